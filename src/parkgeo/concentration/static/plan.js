/* Draws a plan from the JSON that stands in the page, with what panel.js gives. */
"use strict";

function parkgeoPlanMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, node, say, button, swatch, section, polygons, tip, rows, fit } = page;
  const ZONE = "#1b5e8a";

  for (const [pane, depth, still] of [
    ["pgZones", 380], ["pgWays", 400, true], ["pgSites", 420], ["pgMark", 440, true],
  ]) page.pane(pane, depth, still);

  /* Zones and sites ------------------------------------------------------------------------- */

  for (const zone of data.zones) {
    polygons(zone.geometry, {
      pane: "pgZones", className: "pg-block", color: ZONE, weight: 1.8, fillColor: ZONE, fillOpacity: 0.1,
    }).bindTooltip(tip(zone.name), { sticky: true }).addTo(map);
  }

  const sites = data.sites.map((site) => {
    const layer = polygons(site.geometry, {
      pane: "pgSites", className: "pg-site", color: site.color, weight: 1.6, fillColor: site.color,
      fillOpacity: site.group ? 0.7 : 0.35,
    });
    layer.bindTooltip(tip(site.name, ...site.lines), { sticky: true });
    layer.bindPopup(() => card(site), page.popupOptions());
    layer.addTo(map);
    if (site.way) {
      L.polyline(site.way, {
        pane: "pgWays", className: "pg-way", color: site.color, weight: 2, dashArray: "2 6", lineCap: "round",
        interactive: false,
      }).addTo(map);
    }
    return { ...site, layer };
  });

  function card(site) {
    return node("div", "pg-card", say(node("h3"), site.name), rows(site.card));
  }

  /* Choosing one ---------------------------------------------------------------------------- */

  const mark = L.layerGroup().addTo(map);

  function choose(site) {
    mark.clearLayers();
    polygons(site.geometry, {
      pane: "pgMark", className: "pg-mark", color: "#f2a900", weight: 5, opacity: 0.95, fill: false,
      interactive: false,
    }).addTo(mark);
    const extent = site.layer.getBounds();
    fit((site.way ? extent.extend(site.way) : extent).pad(0.2));
    site.layer.openPopup(site.layer.getBounds().getCenter());
  }

  /* Panel ----------------------------------------------------------------------------------- */

  function siteStyle(color) {
    return { stroke: color, fill: color, "fill-opacity": 0.7 };
  }

  function item(site) {
    return node("li", "", button(
      "pg-measure", () => choose(site),
      swatch(siteStyle(site.color)),
      node("span", "pg-words", say(node("span", "pg-name"), site.name),
        ...site.lines.map((line) => say(node("span", "pg-quiet"), line))),
    ));
  }

  function groupSection(group) {
    const own = sites.filter((site) => site.group === group.key);
    return section(
      { zh: group.label.zh + "（" + own.length + "）", en: group.label.en + " (" + own.length + ")" },
      node("ul", "pg-measures", ...own.map(item)),
    );
  }

  const STYLES = {
    site: (color) => siteStyle(color),
    way: (color) => ({ stroke: color, "stroke-dasharray": "2 3", fill: "none" }),
    zone: () => ({ stroke: ZONE, fill: ZONE, "fill-opacity": 0.1 }),
  };

  /* Start ----------------------------------------------------------------------------------- */

  root.classList.add("pg-plan");
  page.build(
    ...(data.groups.length ? data.groups.flatMap(groupSection) : [say(node("p", "pg-quiet"), words.nothing)]),
    ...page.legend(data.legend.map(({ color, kind, label }) => [swatch(STYLES[kind](color)), label])),
  );
  page.start();
}

/* Draws what a plan does and lists it: for the map of a plan, and for maps that show one among others. */
"use strict";

/** Draw data.sites; "sections" lists those of data.groups, "layers" can be taken off the map. Where
 * something lies below, "opacity" keeps it from changing their colours. */
function parkgeoMeasures(map, page, { opacity = 0.7 } = {}) {
  const { data, node, say, button, swatch, section, polygons, tip, rows, fit } = page;
  const layers = L.layerGroup().addTo(map);
  const mark = L.layerGroup().addTo(layers);

  for (const [pane, depth, still] of [
    ["pgWays", 415, true], ["pgSites", 420], ["pgSiteMark", 440, true],
  ]) page.pane(pane, depth, still);

  const sites = data.sites.map((site) => {
    const layer = polygons(site.geometry, {
      pane: "pgSites", className: "pg-site", color: site.color, weight: 1.6, fillColor: site.color,
      fillOpacity: site.group ? opacity : 0.35,
    });
    layer.bindTooltip(tip(site.name, ...site.lines), { sticky: true });
    layer.bindPopup(() => card(site), page.popupOptions());
    layer.addTo(layers);
    if (site.way) {
      L.polyline(site.way, {
        pane: "pgWays", className: "pg-way", color: site.color, weight: 2, dashArray: "2 6", lineCap: "round",
        interactive: false,
      }).addTo(layers);
    }
    return { ...site, layer };
  });

  function card(site) {
    return node("div", "pg-card", say(node("h3"), site.name), rows(site.card));
  }

  function choose(site) {
    mark.clearLayers();
    layers.addTo(map);
    polygons(site.geometry, {
      pane: "pgSiteMark", className: "pg-mark", color: "#f2a900", weight: 5, opacity: 0.95, fill: false,
      interactive: false,
    }).addTo(mark);
    const extent = site.layer.getBounds();
    fit((site.way ? extent.extend(site.way) : extent).pad(0.2));
    site.layer.openPopup(site.layer.getBounds().getCenter());
  }

  function style(color) {
    return { stroke: color, fill: color, "fill-opacity": opacity };
  }

  function item(site) {
    return node("li", "", button(
      "pg-measure", () => choose(site),
      swatch(style(site.color)),
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

  return { layers, style, sections: data.groups.flatMap(groupSection) };
}

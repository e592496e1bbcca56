/* Shows what each zone lives by: zones in the colour of what leads, firms as points, ranks. */
"use strict";

function parkgeoIndustry(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, node, svg, say, button, swatch, section, rows, fit, polygons } = page;
  const hatch = parkgeoHatches(page);
  const OTHER = "#9aa5ae";
  const NONE = hatch("rising", OTHER);
  const MANY = 2000;
  let [mass, table, firmsShown] = [null, null, true];
  /* The last style is that of firms whose industry is not known. */
  const styles = [...data.colors.map(({ color }) => color), OTHER].map((color) => (
    { color, opacity: 0.9, radius: 4, outline: "#ffffff", hidden: false }
  ));

  function same(text) {
    return { zh: text, en: text };
  }

  function percent(value) {
    const text = (100 * value).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    return { zh: `${text}%`, en: `${text} %` };
  }

  function figure(value) {
    return same(value.toLocaleString("en", { maximumFractionDigits: 2 }));
  }

  function colorOf(zone) {
    return zone.industry < 0 ? OTHER : data.colors[zone.industry].color;
  }

  /* Ground ---------------------------------------------------------------------------------- */

  page.pane("pgZones", 400);
  page.pane("pgMark", 420, true);
  page.pane("pgFirms", 430, true);
  const mark = L.layerGroup().addTo(map);
  const number = new Map(data.zones.map((zone, i) => [zone.zone, i]));
  const extents = data.zones.map(() => L.latLngBounds([]));
  const drawn = new Map();
  for (const block of data.blocks) {
    const at = number.get(block.zone);
    const zone = at === undefined ? null : data.zones[at];
    const empty = !zone || zone.industry < 0;
    const layer = polygons(block.geometry, {
      pane: "pgZones", className: "pg-region", color: zone ? colorOf(zone) : "#5b6773", weight: 2,
      fillColor: empty ? NONE : colorOf(zone), fillOpacity: empty ? 1 : 0.42,
    });
    layer.bindTooltip(page.tip(block.name, zone ? zone.leading : words.none), { sticky: true });
    layer.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      clicked(event.latlng, zone ? at : null);
    });
    layer.addTo(map);
    if (zone) {
      extents[at].extend(layer.getBounds());
      drawn.set(at, [...(drawn.get(at) || []), block]);
    }
    page.label(say(node("div"), block.name), block.label, {}, {}).addTo(map);
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function zoneCard(i) {
    const zone = data.zones[i];
    const pairs = [];
    if (zone.share !== null) pairs.push([words.share, percent(zone.share)], [words.target, percent(zone.target)]);
    if (zone.share_before !== null) pairs.push([words.before, percent(zone.share_before)]);
    if (zone.quotient !== null) pairs.push([words.quotient, figure(zone.quotient)]);
    if (zone.hhi !== null) pairs.push([words.hhi, figure(zone.hhi)]);
    if (zone.without) pairs.push([words.without, percent(zone.without)]);
    pairs.push([words.n_firms, same(zone.n_firms.toLocaleString("en"))]);
    const own = zone.industries.filter(([, share]) => share !== null);
    return node(
      "div", "pg-card", say(node("h3"), zone.name),
      say(node("p", "pg-quiet pg-of"), zone.industry < 0 ? words.none : zone.leading),
      rows(pairs, words.share.en), say(node("p", "pg-quiet pg-reason"), zone.reason),
      ...(own.length ? [say(node("h4"), words.industries), rows(own.map(([one, share]) => [data.colors[one].name, percent(share)]))] : []),
    );
  }

  function firmName(i) {
    return table.names[i] === null ? words.firm : same(table.names[i]);
  }

  function firmCard(i) {
    const industry = table.industry[i];
    return node("div", "pg-card", say(node("h3"), firmName(i)), rows([
      [words.industry, industry < 0 ? words.no_code : data.colors[industry].name],
    ]));
  }

  function open(place, card) {
    map.openPopup(L.popup(page.popupOptions()).setLatLng(place).setContent(card));
  }

  function unmark() {
    mark.clearLayers();
    if (mass) mass.mark(-1);
    for (const control of panel.querySelectorAll(".pg-rank")) control.setAttribute("aria-pressed", "false");
  }

  function openZone(i, place) {
    const bounds = extents[i];
    if (!place && bounds.isValid()) fit(bounds);
    const at = place || (bounds.isValid() ? bounds.getCenter() : null);
    if (at) open(at, zoneCard(i));
    unmark();
    for (const { geometry } of drawn.get(i) || []) {
      polygons(geometry, { pane: "pgMark", className: "pg-mark", color: "#f2a900", weight: 4, fill: false, interactive: false }).addTo(mark);
    }
    controls[i].setAttribute("aria-pressed", "true");
  }

  function openFirm(i, place) {
    open(place, firmCard(i));
    unmark();
    mass.mark(i);
  }

  function clicked(place, zone) {
    if (!mass || root.classList.contains("pg-measuring")) return;
    const firm = mass.at(place);
    if (firm >= 0) openFirm(firm, place);
    else if (zone !== null) openZone(zone, place);
    else unmark();
  }

  map.on("popupclose", unmark);

  /* Panel ----------------------------------------------------------------------------------- */

  const controls = data.zones.map((zone, i) => {
    const sample = node("span", "pg-mark-of");
    sample.style.background = colorOf(zone);
    const control = button(
      "pg-rank", () => openZone(i), sample, say(node("span", "pg-name"), zone.name),
      say(node("span", "pg-value"), zone.share === null ? words.none : percent(zone.share)),
    );
    if (zone.share !== null) {
      const [bar, aim] = [node("i"), node("b")];
      bar.style.width = `${100 * Math.min(1, zone.share)}%`;
      bar.style.background = colorOf(zone);
      aim.style.left = `${100 * zone.target}%`;
      control.append(node("span", "pg-share-bar", bar, aim), say(node("span", "pg-quiet"), zone.leading));
    }
    control.setAttribute("aria-pressed", "false");
    return control;
  });

  function legendSection() {
    const items = data.colors.filter(({ leads }) => leads > 0 && data.zones.length)
      .filter(({ color }) => color.toLowerCase() !== OTHER)
      .map(({ color, name }) => [swatch({ fill: color, "fill-opacity": 0.42, stroke: color }), name]);
    const others = data.zones.some((zone) => zone.industry >= 0 && colorOf(zone).toLowerCase() === OTHER);
    if (others) items.push([swatch({ fill: OTHER, "fill-opacity": 0.42, stroke: OTHER }), words.others]);
    if (data.zones.some((zone) => zone.industry < 0)) items.push([swatch({ fill: NONE, stroke: OTHER }), words.none]);
    const made = node("ul", "pg-legend", ...items.map(([sample, text]) => node("li", "", sample, say(node("span"), text))));
    if (!items.length) return [];
    const [own] = section(words.leading, made);
    own.classList.add("pg-first");
    return [own];
  }

  function firmSection() {
    if (!data.shapes.count) return [];
    const sample = svg(
      "svg", { class: "pg-swatch", viewBox: "0 0 22 15", "aria-hidden": "true" },
      ...[0, 1, 2].map((i) => svg("circle", { cx: 5 + 6 * i, cy: 7.5, r: 4, fill: (data.colors[i] || { color: OTHER }).color })),
    );
    const [, caption] = page.labelledSwitch(true, sample, [words.firms], (on) => {
      firmsShown = on;
      for (const style of styles) style.hidden = !firmsShown;
      if (mass) mass.draw();
    });
    const own = data.colors.filter(({ leads, color }) => !leads && color.toLowerCase() !== OTHER);
    const rest = data.colors.some(({ color }) => color.toLowerCase() === OTHER);
    const items = [...own.map(({ color, name }) => [color, name]), ...(rest ? [[OTHER, words.others]] : [])];
    return [
      node("div", "pg-switch", caption),
      node("ul", "pg-dots", ...items.map(([color, text]) => node("li", "", dot(color), say(node("span", "pg-name"), text)))),
    ];
  }

  function dot(color) {
    return svg(
      "svg", { width: 12, height: 12, viewBox: "-6 -6 12 12", "aria-hidden": "true" },
      svg("circle", { r: 5, fill: color, "fill-opacity": 0.9 }),
    );
  }

  function findables() {
    if (!table) return [];
    const firms = table.names.flatMap((text, i) => (text === null ? [] : [{
      texts: [same(text)],
      open: () => {
        const bounds = mass.boundsOf(i);
        fit(bounds);
        openFirm(i, bounds.getCenter());
      },
    }]));
    return [...data.zones.map((zone, i) => ({ texts: [zone.name], open: () => openZone(i) })), ...firms];
  }

  const reading = say(node("p", "pg-quiet"), words.loading);
  page.find(findables);
  page.build(
    reading, ...legendSection(), ...firmSection(),
    ...section(words.zones, node("ul", "pg-zones-by-share", ...controls.map((control) => node("li", "", control)))),
  );
  page.start();

  Promise.all([parkgeoShapes(data.shapes), parkgeoTable(data.table)]).then(([shapes, read]) => {
    table = read;
    for (const style of styles) style.radius = table.industry.length > MANY || root.classList.contains("pg-narrow") ? 2.5 : 4;
    mass = new ParkgeoMass(
      shapes, Uint16Array.from(table.industry, (one) => (one < 0 ? styles.length - 1 : one)), styles, { pane: "pgFirms" },
    );
    mass.addTo(map);
    reading.remove();
    map.on("click", ({ latlng }) => clicked(latlng, null));
    root.classList.add("pg-ready");
  });
}

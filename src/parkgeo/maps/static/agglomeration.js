/* Shows where an industry stands together: regions by a measure, plants as dots, ranks and a curve. */
"use strict";

function parkgeoAgglomerationMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, node, svg, say, name, button, swatch } = page;
  const { section, polygons, popupOptions, rows, fit } = page;
  const hatch = parkgeoHatches(page);
  const NONE = { color: "#8b96a0", fill: hatch("rising", "#9aa5ae") };
  const EDGE = "#5b6773";
  const ZONE_NAMED_PX = 80;
  const MANY_PLANTS = 1000;
  let [table, mass] = [null, null];
  let chosen = 0;
  let measure = data.measures.find(({ key }) => key === data.measure) || data.measures[0] || null;
  let [ownShown, othersShown] = [true, false];

  function same(text) {
    return { zh: text, en: text };
  }

  /* Numbers --------------------------------------------------------------------------------- */

  function figure(value) {
    if (value === null || value === undefined) return "–";
    return value.toLocaleString("en", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 3 });
  }

  function percent(value) {
    return `${(100 * value).toLocaleString("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 })}%`;
  }

  function shownValue(of, value) {
    if (value === null) return words.rank_none;
    return same(of.percent ? percent(value) : figure(value));
  }

  function valueOf(of, region, industry = chosen) {
    return table.values[of.key][industry][region];
  }

  function classOf(of, value) {
    return of.limits.filter((limit) => value >= limit).length;
  }

  function colorOf(of, value) {
    return value === null ? NONE.fill : of.colors[classOf(of, value)];
  }

  /** The range of a class, as it stands in the legend. */
  function range(of, number) {
    const write = (value) => (of.percent ? `${figure(100 * value)}%` : figure(value));
    const { limits } = of;
    if (!limits.length) return "0";
    if (number === 0) return `< ${write(limits[0])}`;
    if (number === limits.length) return `≥ ${write(limits[number - 1])}`;
    return `${write(limits[number - 1])} – ${write(limits[number])}`;
  }

  /* Ground ---------------------------------------------------------------------------------- */

  page.pane("pgRegions", 400);
  page.pane("pgZones", 420, true);
  page.pane("pgPlants", 430, true);
  page.pane("pgMark", 440, true);
  const mark = L.layerGroup().addTo(map);
  const zoneLayers = L.layerGroup().addTo(map);

  const regions = data.regions.map((region, i) => {
    if (!region.geometry) return { ...region, layer: null };
    const layer = polygons(region.geometry, {
      pane: "pgRegions", className: "pg-region", color: EDGE, weight: 1, fillColor: "#eef1f3", fillOpacity: 0.8,
    });
    layer.bindTooltip(() => regionTip(i), { sticky: true });
    layer.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      clicked(event.latlng, i);
    });
    layer.addTo(map);
    page.label(say(node("div"), region.name), region.label, {}, {}).addTo(map);
    return { ...region, layer };
  });

  const zoneLabels = [];
  for (const zone of data.zones) {
    const outline = polygons(zone.geometry, {
      pane: "pgZones", className: "pg-zone", color: "#1f2933", weight: 1.8, dashArray: "7 3", fill: false, interactive: false,
    }).addTo(zoneLayers);
    const label = page.label(say(node("div"), zone.name), zone.label, { className: "pg-label pg-zone-label" }, {});
    zoneLabels.push({ label: label.addTo(zoneLayers), bounds: outline.getBounds() });
  }

  /** A zone is named once it is about as wide as its name. */
  function nameZones() {
    for (const { label, bounds } of zoneLabels) {
      const [west, east] = [bounds.getSouthWest(), bounds.getNorthEast()].map((corner) => map.latLngToContainerPoint(corner).x);
      if (map.hasLayer(label)) label.getElement().classList.toggle("pg-elsewhere", east - west < ZONE_NAMED_PX);
    }
    page.declutter();
  }

  function shade() {
    for (const [i, region] of regions.entries()) {
      if (region.layer && measure) {
        const value = valueOf(measure, i);
        region.layer.setStyle({ fillColor: colorOf(measure, value), fillOpacity: value === null ? 1 : 0.8 });
      }
    }
    data.industries.forEach((_, industry) => setDots(industry, industry === chosen ? ownShown : othersShown, industry === chosen));
    setDots(-1, othersShown, false);
    mass.draw();
  }

  /** Dots have a style for each industry and size; those of the chosen one are strong. */
  const { radii } = data.dots;
  const styles = [-1, ...data.industries.keys()].flatMap((industry) => radii.map((radius) => ({
    color: industry < 0 ? data.other_color : data.industries[industry].color, opacity: 0.85, radius, outline: "#ffffff", hidden: false,
  })));

  /** Dots are smaller where the map is, and where there are many: they must not hide the regions. */
  function scale() {
    const many = table.counts[chosen].reduce((sum, n) => sum + n, 0);
    const crowded = Math.max(0.35, Math.min(1, Math.sqrt(MANY_PLANTS / (many || 1))));
    return crowded * (root.classList.contains("pg-narrow") ? 0.65 : 1);
  }

  function setDots(industry, shown, strong) {
    const size = scale();
    radii.forEach((radius, dot) => {
      const style = styles[(industry + 1) * radii.length + dot];
      Object.assign(style, { hidden: !shown, opacity: strong ? 0.9 : 0.4, radius: size * radius });
    });
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function regionTip(i) {
    const lines = [data.regions[i].name];
    if (table && measure) {
      const value = shownValue(measure, valueOf(measure, i));
      lines.push({ zh: `${measure.label.zh} ${value.zh}`, en: `${measure.label.en} ${value.en}` });
    }
    return page.tip(...lines)();
  }

  /** Where there is no plant of an industry, the formula has no width to give. */
  function hasInterval(i) {
    const { low } = table.values;
    return low !== undefined && table.counts[chosen][i] > 0 && low[chosen][i] !== null;
  }

  function regionCard(i) {
    const region = data.regions[i];
    const pairs = data.measures.map((one) => [one.label, shownValue(one, valueOf(one, i))]);
    const { low, high } = table.values;
    const quotient = table.values.location_quotient[chosen][i];
    if (hasInterval(i)) {
      pairs.splice(1, 0, [words.interval, same(`${figure(low[chosen][i])} – ${figure(high[chosen][i])}`)]);
    }
    const around = hasInterval(i) && low[chosen][i] <= 1 && high[chosen][i] >= 1;
    pairs.push([words.own_plants, same(table.counts[chosen][i].toLocaleString("en"))]);
    pairs.push([words.n_of_region, same(region.n.toLocaleString("en"))]);
    if (region.area) pairs.push([words.area, region.area]);
    const special = data.industries
      .map((industry, k) => [industry.name, table.values.location_quotient[k][i]])
      .filter(([, value]) => value !== null && value > 1).sort((a, b) => b[1] - a[1]).slice(0, 5);
    return node(
      "div", "pg-card", say(node("h3"), region.name), say(node("p", "pg-quiet pg-of"), data.industries[chosen].name),
      rows(pairs, measure ? measure.label.en : ""),
      ...(quotient === null ? [say(node("p", "pg-quiet"), words.undefined)] : []),
      ...(around ? [say(node("p", "pg-quiet"), words.around_one)] : []),
      ...(special.length ? [say(node("h4"), words.special), rows(special.map(([label, value]) => [label, same(figure(value))]))] : []),
    );
  }

  function plantName(i) {
    const own = table.names ? table.names[i] : null;
    if (own !== null) return same(own);
    const industry = table.industry[i];
    return industry < 0 ? words.plants : data.industries[industry].name;
  }

  function plantCard(i) {
    const [industry, region] = [table.industry[i], table.region[i]];
    const pairs = [
      [words.industry, industry < 0 ? words.unknown : data.industries[industry].name],
      [words.region, region < 0 ? words.no_region : data.regions[region].name],
    ];
    if (table.size) pairs.push([words.size, same(figure(table.size[i]))]);
    return node("div", "pg-card", say(node("h3"), plantName(i)), rows(pairs));
  }

  function openPlant(i, place) {
    unmark();
    mass.mark(i);
    map.openPopup(L.popup(popupOptions()).setLatLng(place).setContent(plantCard(i)));
  }

  function unmark() {
    mark.clearLayers();
    if (mass) mass.mark(-1);
    for (const control of panel.querySelectorAll(".pg-rank")) control.setAttribute("aria-pressed", "false");
  }

  function openRegion(i, place) {
    unmark();
    const { layer, geometry, label } = regions[i];
    if (geometry) {
      polygons(geometry, { pane: "pgMark", className: "pg-mark", color: "#f2a900", weight: 4, fill: false, interactive: false }).addTo(mark);
    }
    controls.get(i)?.setAttribute("aria-pressed", "true");
    const bounds = layer ? layer.getBounds() : plantsOf(i);
    if (!place && bounds.isValid()) fit(bounds);
    const at = place || label || (bounds.isValid() ? bounds.getCenter() : null);
    if (at) map.openPopup(L.popup(popupOptions()).setLatLng(at).setContent(regionCard(i)));
  }

  /** Where the plants are of a region that has no outline. */
  function plantsOf(region) {
    const bounds = L.latLngBounds([]);
    table.region.forEach((own, i) => { if (own === region) bounds.extend(mass.boundsOf(i)); });
    return bounds;
  }

  function clicked(place, region) {
    if (!mass || root.classList.contains("pg-measuring")) return;
    const plant = mass.at(place);
    if (plant >= 0) openPlant(plant, place);
    else if (region !== null) openRegion(region, place);
    else unmark();
  }

  /* Panel ----------------------------------------------------------------------------------- */

  function choose(label, options, value, onChange) {
    const select = name(node("select"), label);
    options.forEach((text, i) => {
      const option = say(node("option"), text);
      option.value = i;
      select.append(option);
    });
    /* The attribute is what a copy of the page, for a picture, has of the choice. */
    const mark = (i) => [...select.options].forEach((option, k) => option.toggleAttribute("selected", k === i));
    select.value = value;
    mark(value);
    select.addEventListener("change", () => {
      mark(Number(select.value));
      onChange(Number(select.value));
    });
    return node("label", "pg-choose", say(node("span", "pg-quiet"), label), select);
  }

  function shortened({ zh, en }) {
    const cut = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
    return { zh: cut(zh), en: cut(en) };
  }

  const own = { legend: node("div"), whole: node("div"), curve: node("div"), ranks: node("div") };
  const controls = new Map();

  function legendSection() {
    if (!measure) return [...dotLegend(), ...colorLegend()];
    const entries = measure.colors.map((color, number) => {
      const text = range(measure, number);
      const middle = measure.key === "location_quotient" && number === 3;
      return [
        swatch({ stroke: EDGE, fill: color, "fill-opacity": 0.8 }),
        middle ? { zh: `${text}　${words.as_all.zh}`, en: `${text}  ${words.as_all.en}` } : same(text),
      ];
    });
    const none = data.regions.some((region, i) => region.geometry && valueOf(measure, i) === null);
    if (none) entries.push([swatch({ stroke: EDGE, fill: NONE.fill }), words.undefined]);
    const items = entries.map(([sample, text]) => node("li", "", sample, say(node("span"), text)));
    return [...section(measure.label, node("ul", "pg-legend", ...items)), ...dotLegend(), ...colorLegend()];
  }

  function dot(radius, color) {
    return svg(
      "svg", { width: 26, height: 26, viewBox: "-13 -13 26 26", "aria-hidden": "true" },
      svg("circle", { r: radius, fill: color, "fill-opacity": 0.9 }),
    );
  }

  function dotLegend() {
    const { limits } = data.dots;
    if (!limits.length) return [];
    const { color } = data.industries[chosen];
    const items = radii.map((radius, i) => node(
      "li", "", dot(scale() * radius, color), node("span", "", i < limits.length ? `≤ ${figure(limits[i])}` : `> ${figure(limits[i - 1])}`),
    ));
    return section(words.size_classes, node("ul", "pg-dots", ...items));
  }

  /** Which colour is which industry's, once plants of several are shown. */
  function colorLegend() {
    if (!othersShown) return [];
    const items = data.industries.flatMap((one, i) => (one.color === data.other_color || i === chosen ? []
      : [node("li", "", dot(5, one.color), say(node("span", "pg-name"), shortened(one.name)))]));
    const rest = data.industries.some((one) => one.color === data.other_color) || table.industry.includes(-1);
    if (rest) items.push(node("li", "", dot(5, data.other_color), say(node("span"), words.the_rest)));
    return [say(node("h2"), words.other_plants), node("ul", "pg-dots", ...items)];
  }

  function wholeSection() {
    const items = data.industries[chosen].card.map(([label, value]) => node(
      "li", "", say(node("span", "pg-quiet"), label), say(node("span"), value),
    ));
    return section(words.whole, node("ul", "pg-whole-industry", ...items));
  }

  function curveSection() {
    const { curve } = data.industries[chosen];
    if (!curve) return [];
    const { r, lines, says } = curve;
    const [width, height, left, bottom] = [312, 168, 44, 34];
    const [from, to] = [r[0], r[r.length - 1]];
    const values = Object.values(lines).flat().filter((value) => value !== null);
    const top = Math.max(...values) * 1.05 || 1;
    const low = Math.min(0, ...values);
    const x = (value) => left + ((width - left - 8) * (value - from)) / (to - from || 1);
    const y = (value) => 8 + (height - 8 - bottom) * (1 - (value - low) / (top - low));
    const path = (line) => line.flatMap((value, i) => (value === null ? [] : [`${x(r[i]).toFixed(1)} ${y(value).toFixed(1)}`])).join("L");
    const band = (upper, lower) => `M${path(upper)}L${path(lower).split("L").reverse().join("L")}Z`;
    const stroke = (line, options) => svg("path", { d: `M${path(line)}`, fill: "none", ...options });
    const drawn = [];
    if (lines.local_low) drawn.push(svg("path", { d: band(lines.local_high, lines.local_low), fill: "#c9cfd6" }));
    for (const key of ["global_low", "global_high"]) {
      if (lines[key]) drawn.push(stroke(lines[key], { stroke: "#5b6773", "stroke-dasharray": "5 3", class: "pg-global" }));
    }
    if (lines.expected) drawn.push(stroke(lines.expected, { stroke: "#5b6773", "stroke-dasharray": "1.5 3" }));
    drawn.push(stroke(lines.observed, { stroke: "#332288", "stroke-width": 2, class: "pg-observed" }));
    const axis = { stroke: "#5b6773", fill: "none" };
    const ticks = [from, (from + to) / 2, to].map((value, i) => {
      const text = svg("text", { x: x(value), y: height - bottom + 14, "text-anchor": ["start", "middle", "end"][i] });
      text.textContent = figure(value);
      return text;
    });
    const heights = [low, top].map((value) => {
      const text = svg("text", { x: left - 5, y: y(value) + 4, "text-anchor": "end" });
      text.textContent = value === low ? figure(low) : figure(Number(value.toPrecision(2)));
      return text;
    });
    const caption = say(svg("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }), words.distance);
    const picture = svg(
      "svg", { class: "pg-curve", viewBox: `0 0 ${width} ${height}`, role: "img" },
      ...drawn, svg("path", { d: `M${left} 8V${height - bottom}H${width - 8}`, ...axis }), ...ticks, ...heights, caption,
    );
    name(picture, curve.measure, ...says);
    const key = [
      [{ stroke: "#332288", "stroke-width": 2 }, words.observed],
      ...(lines.local_low ? [[{ stroke: "#c9cfd6", "stroke-width": 9 }, words.local_band]] : []),
      ...(lines.global_low ? [[{ stroke: "#5b6773", "stroke-dasharray": "5 3" }, words.global_band]] : []),
    ].map(([style, text]) => node(
      "li", "", svg("svg", { width: 22, height: 10, viewBox: "0 0 22 10", "aria-hidden": "true" }, svg("path", { d: "M0 5H22", fill: "none", ...style })),
      say(node("span"), text),
    ));
    const title = { zh: `${words.curve.zh}：${curve.measure.zh}`, en: `${words.curve.en}: ${curve.measure.en}` };
    return section(title, picture, node("ul", "pg-curve-key", ...key), ...says.map((text) => say(node("p", "pg-quiet pg-says"), text)));
  }

  function rankSection() {
    const by = measure || { key: "location_quotient", label: words.quotient, percent: false };
    const ranked = data.regions.map((_, i) => [i, valueOf(by, i)])
      .sort(([i, a], [k, b]) => (b === null ? -1 : b) - (a === null ? -1 : a)
        || table.counts[chosen][k] - table.counts[chosen][i]);
    controls.clear();
    const items = ranked.map(([i, value], place) => {
      const { low, high } = table.values;
      const interval = by.key === "location_quotient" && hasInterval(i)
        ? ` · ${figure(low[chosen][i])} – ${figure(high[chosen][i])}` : "";
      const count = table.counts[chosen][i];
      const n = count.toLocaleString("en");
      const control = button(
        `pg-rank${value === null ? " pg-none" : ""}`, () => openRegion(i),
        node("span", "pg-place", value === null ? "" : String(place + 1)), say(node("span", "pg-name"), data.regions[i].name),
        say(node("span", "pg-value"), shownValue(by, value)),
        say(node("span", "pg-quiet"), { zh: `${n} 家${interval}`, en: `${n} ${count === 1 ? "plant" : "plants"}${interval}` }),
      );
      control.setAttribute("aria-pressed", "false");
      controls.set(i, control);
      return node("li", "", control);
    });
    const title = { zh: `${words.ranks.zh}：${by.label.zh}`, en: `${words.ranks.en}: ${by.label.en}` };
    return section(title, node("ul", "pg-ranks", ...items));
  }

  /** Say and shade everything anew, for another industry or measure. */
  function show() {
    map.closePopup();
    unmark();
    shade();
    own.legend.replaceChildren(...legendSection());
    own.whole.replaceChildren(...wholeSection());
    own.curve.replaceChildren(...curveSection());
    own.ranks.replaceChildren(...rankSection());
    ownSwatch.firstChild.setAttribute("fill", data.industries[chosen].color);
  }

  const ownSwatch = svg(
    "svg", { class: "pg-swatch", viewBox: "0 0 22 15", "aria-hidden": "true" },
    svg("circle", { cx: 11, cy: 7.5, r: 6, "fill-opacity": 0.9, stroke: "#ffffff" }),
  );

  function layerSection() {
    const others = svg(
      "svg", { class: "pg-swatch", viewBox: "0 0 22 15", "aria-hidden": "true" },
      ...data.industries.slice(0, 3).map(({ color }, i) => svg("circle", { cx: 5 + 6 * i, cy: 7.5, r: 4, fill: color, "fill-opacity": 0.5 })),
    );
    const switches = [
      [true, ownSwatch, words.own_plants, (on) => { ownShown = on; shade(); }],
      [false, others, words.other_plants, (on) => {
        othersShown = on;
        shade();
        own.legend.replaceChildren(...legendSection());
      }],
    ];
    if (data.zones.length) {
      const sample = swatch({ stroke: "#1f2933", "stroke-dasharray": "4 2", fill: "none" });
      switches.push([true, sample, words.zones, (on) => {
        map[on ? "addLayer" : "removeLayer"](zoneLayers);
        nameZones();
      }]);
    }
    const items = switches.map(([on, sample, text, change]) => node(
      "li", "pg-switch pg-layer", page.labelledSwitch(on, sample, [text], change)[1],
    ));
    return section(words.layers, node("ul", "", ...items));
  }

  function findables() {
    if (!table) return [];
    const plants = (table.names || []).flatMap((text, i) => (text === null ? [] : [{
      texts: [same(text)],
      open: () => {
        const bounds = mass.boundsOf(i);
        fit(bounds);
        openPlant(i, bounds.getCenter());
      },
    }]));
    return [...data.regions.map((region, i) => ({ texts: [region.name], open: () => openRegion(i) })), ...plants];
  }

  const choices = node("div");
  choices.append(choose(words.industry, data.industries.map((one) => shortened(one.name)), 0, (i) => {
    chosen = i;
    show();
  }));
  if (data.measures.length) {
    choices.append(choose(words.indicator, data.measures.map((one) => one.label), data.measures.indexOf(measure), (i) => {
      measure = data.measures[i];
      show();
    }));
  }
  const reading = say(node("p", "pg-quiet"), words.loading);
  page.find(findables);
  page.build(choices, reading, own.legend, ...layerSection(), own.whole, own.curve, own.ranks);
  page.start();
  map.on("zoomend", nameZones);
  nameZones();

  Promise.all([parkgeoShapes(data.shapes), parkgeoTable(data.table)]).then(([shapes, read]) => {
    table = read;
    const classes = Uint16Array.from(table.industry, (industry, i) => (industry + 1) * radii.length + table.dot[i]);
    mass = new ParkgeoMass(shapes, classes, styles, { pane: "pgPlants" });
    mass.addTo(map);
    reading.remove();
    show();
    map.on("click", ({ latlng }) => clicked(latlng, null));
    map.on("popupclose", () => mass.mark(-1));
    root.classList.add("pg-ready");
  });
}

/* Draws a concentration map from the JSON in the page: what lies inside the zones, what outside, and the way on. */
"use strict";

function parkgeoConcentration(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, node, say, button, icon, swatch, section, polygons, tip, rows, fit, ICONS } = page;
  const [INK, GROUND, CLUSTER] = ["#1f2933", "#1b5e8a", "#7a1f4b"];
  const [OTHER, UNKNOWN, INSIDE, OUTSIDE, ACROSS] = [0, 1, 2, 3, 4];
  const [COMMA, LIST_COMMA] = [{ zh: "，", en: ", " }, { zh: "、", en: ", " }];
  const FIRST_CLUSTERS = 12;
  /* In metres: where a pixel is more, outlines would hide the parcels that they go around. */
  const OUTLINED_UP_TO = 20;
  const MOST_NUMBERS = 40;

  for (const [pane, depth, still] of [
    ["pgZones", 380], ["pgCasings", 402, true], ["pgBorders", 404, true], ["pgClusters", 408, true],
  ]) {
    page.pane(pane, depth, still);
  }

  /* Texts ----------------------------------------------------------------------------------- */

  function same(text) {
    return { zh: text, en: text };
  }

  function both(make) {
    return { zh: make("zh"), en: make("en") };
  }

  function filled(pattern, value) {
    return both((key) => pattern[key].replace("{}", () => value[key] ?? value));
  }

  function figure(value, digits) {
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  }

  function inMu(mu) {
    return filled(words.mu, figure(mu, mu < 10 ? 1 : 0));
  }

  function percent(share) {
    const text = (100 * share).toFixed(1);
    return { zh: `${text}%`, en: `${text} %` };
  }

  /* Bars ------------------------------------------------------------------------------------ */

  function part(className, left, width) {
    const made = node("div", className);
    made.style.left = `${100 * left}%`;
    if (width !== undefined) made.style.width = `${100 * width}%`;
    return made;
  }

  /** A bar of the ratio, a line for its interval, and a mark at the target. */
  function gauge({ ratio, low, high, target }) {
    const bar = node("div", "pg-gauge");
    bar.setAttribute("aria-hidden", "true"); /* The figures stand beside it. */
    if (ratio !== null) {
      const filling = part("pg-bar", 0, ratio);
      filling.style.background = data.kinds[INSIDE].color;
      bar.append(filling);
    }
    if (low !== null) bar.append(part("pg-span", low, high - low));
    bar.append(part("pg-aim", target));
    return bar;
  }

  function scale({ target }) {
    const aimed = say(node("span", "pg-aimed"), both((key) => `${words.target[key]} ${percent(target)[key]}`));
    aimed.style.left = `clamp(44px, ${100 * target}%, calc(100% - 60px))`;
    const line = node("div", "pg-scale", aimed);
    line.setAttribute("aria-hidden", "true");
    return line;
  }

  /* Zones ----------------------------------------------------------------------------------- */

  const blocks = data.blocks.map((block) => {
    const ground = polygons(block.geometry, {
      pane: "pgZones", className: "pg-block", stroke: false, fillColor: GROUND, fillOpacity: 0.09,
    });
    const still = { fill: false, interactive: false };
    const layers = [
      ground,
      polygons(block.geometry, { ...still, pane: "pgCasings", color: "#fff", weight: 5, opacity: 0.8 }),
      polygons(block.geometry, {
        ...still, pane: "pgBorders", className: "pg-border", color: INK, weight: 2.2, dashArray: block.dash || null,
      }),
    ];
    ground.bindTooltip(tip(block.name), { sticky: true });
    ground.on("click", ({ latlng }) => {
      if (!root.classList.contains("pg-measuring") && !hit(latlng)) openBlock(block, latlng);
    });
    page.label(say(node("div"), block.name), block.label, {}, { brand: block.brand });
    return { ...block, ground, layers };
  });

  function toggle(layer, visible) {
    if (visible) layer.addTo(map);
    else layer.remove();
  }

  const brandItems = data.brands.map(({ name, line }, number) => ({
    text: name, more: [line], sample: zoneSwatch(""), zoom: () => showBrand(number),
  }));
  const drawnItems = brandItems.filter((_, number) => data.brands[number].drawn);
  const tree = page.tree([{ text: words.all_zones, more: [], items: drawnItems }], { title: words.zones, onChange: refresh });

  function refresh() {
    for (const block of blocks) for (const layer of block.layers) toggle(layer, tree.shows(brandItems[block.brand]));
    for (const label of page.labels) if ("brand" in label) toggle(label.tip, tree.shows(brandItems[label.brand]));
    page.declutter();
  }

  function openBlock(block, place) {
    const brand = data.brands[block.brand];
    open(place, node(
      "div", "pg-card", say(node("h3"), block.name), ...page.otherLanguage(block.name),
      rows([...brand.card, ...block.card], words.measured.en),
    ));
  }

  function showBrand(number) {
    if (!tree.shows(brandItems[number])) tree.show(brandItems[number]);
    const own = blocks.filter((block) => block.brand === number);
    fit(own.reduce((all, block) => all.extend(block.ground.getBounds()), L.latLngBounds([])));
    openBlock(own[0], own[0].label);
  }

  /* Parcels and clusters: what is read from the page ----------------------------------------- */

  let [mass, table, outlines, clusters] = [null, null, null, null];
  const styles = data.kinds.map(({ color }, kind) => ({ color, opacity: kind === OTHER ? 0.55 : 0.88, hidden: false }));
  const clusterStyle = { color: CLUSTER, opacity: 1, hidden: false };
  const scattered = new Map();
  const members = new Map();

  function nameOf(i) {
    const own = table.names[i];
    return own === null ? filled(words.row, i + 1) : same(own);
  }

  function areaText(i) {
    const [mu, m2] = [inMu(table.areas[i] * 0.0015), filled(words.m2, figure(table.areas[i], 0))];
    return { zh: `${mu.zh}（${m2.zh}）`, en: `${mu.en} (${m2.en})` };
  }

  function membersText(i) {
    const own = members.get(i);
    if (!own) return words.no_member;
    return both((key) => own.map(({ brand, share }) => {
      const name = data.brands[brand].name[key];
      return share >= 0.9995 ? name : `${name} ${percent(share)[key]}`;
    }).join(LIST_COMMA[key]));
  }

  function nearText(nearest, distance_m) {
    return nearest < 0 ? [] : [
      [words.nearest, clusters.names[nearest]],
      [words.distance, filled(words.metres, figure(distance_m, 0))],
    ];
  }

  function parcelCard(i) {
    const counts = table.shares[i] !== null;
    const own = scattered.get(i);
    const pairs = [
      [words.area, areaText(i)],
      [words.place, data.kinds[mass.classes[i]].label],
      ...(counts ? [[words.inside_share, percent(table.shares[i])], [words.members, membersText(i)]] : []),
      ...table.columns.filter(({ codes }) => codes[i] >= 0).map(({ label, codes, texts }) => [label, texts[codes[i]]]),
      ...(own ? nearText(own.nearest, own.distance_m) : []),
    ];
    const card = node("div", "pg-card", say(node("h3"), nameOf(i)), rows(pairs, words.area.en));
    if (own) card.append(say(button("pg-button", () => showCluster(own.cluster)), clusterName(own.cluster)));
    return card;
  }

  function clusterName(number) {
    return filled(words.cluster, figure(number + 1, 0));
  }

  function clusterCard(number) {
    return node("div", "pg-card", say(node("h3"), clusterName(number)), rows([
      [words.area, inMu(clusters.area_mu[number])],
      [words.outside_area, inMu(clusters.outside_mu[number])],
      [words.n_parcels, same(figure(clusters.n_parcels[number], 0))],
      ...nearText(clusters.nearest[number], clusters.distance_m[number]),
    ], words.area.en));
  }

  /* Opening cards --------------------------------------------------------------------------- */

  /** Opening one card closes another, which takes its mark away; so the mark comes after. */
  function open(place, card) {
    map.openPopup(L.popup(page.popupOptions()).setLatLng(place).setContent(card));
  }

  function unmark() {
    if (mass) mass.mark(-1);
    if (outlines) outlines.mark(-1);
  }

  function openParcel(i, place) {
    open(place, parcelCard(i));
    mass.mark(i);
  }

  function openCluster(number, place) {
    open(place, clusterCard(number));
    outlines.mark(number);
  }

  function showParcel(i) {
    const kind = mass.classes[i];
    if (styles[kind].hidden) kindSwitches[kind].click();
    const bounds = mass.boundsOf(i);
    fit(bounds);
    openParcel(i, bounds.getCenter());
  }

  function showCluster(number) {
    if (!clustersShown) clusterSwitch.click();
    const bounds = outlines.boundsOf(number);
    fit(bounds);
    openCluster(number, summit(bounds));
  }

  /** In the middle of the northern edge, where a number or a card hides no parcel. */
  function summit(bounds) {
    return L.latLng(bounds.getNorth(), bounds.getCenter().lng);
  }

  /** Say whether there is a parcel or a cluster at a place. */
  function hit(latlng) {
    return mass !== null && (mass.at(latlng) >= 0 || (outlines !== null && outlines.at(latlng) >= 0));
  }

  map.on("click", ({ latlng }) => {
    if (!mass || root.classList.contains("pg-measuring")) return;
    const i = mass.at(latlng);
    if (i >= 0) {
      openParcel(i, latlng);
      return;
    }
    const number = outlines ? outlines.at(latlng) : -1;
    if (number >= 0) openCluster(number, latlng);
  });
  map.on("popupclose", unmark);

  /* Numbers of clusters: those in view, the first in order -------------------------------------- */

  const numbers = [];

  function placeNumbers() {
    if (!outlines) return;
    const view = map.getBounds();
    let used = 0;
    for (let i = 0; i < clusters.places.length && used < numbers.length && clustersShown; i += 1) {
      if (!view.contains(clusters.places[i])) continue;
      const own = numbers[used];
      own.getContent().textContent = figure(i + 1, 0);
      own.setLatLng(clusters.places[i]);
      own.addTo(map);
      used += 1;
    }
    for (const own of numbers.slice(used)) own.remove();
    page.declutter();
  }

  map.on("moveend", placeNumbers);

  /* Outlines of clusters, where there is room for them ------------------------------------------ */

  let clustersShown = true;

  function outlineClusters() {
    if (!outlines) return;
    const { x, y } = map.getSize().divideBy(2);
    const [one, other] = [[x, y], [x + 100, y]].map((place) => map.containerPointToLatLng(place));
    const hidden = !clustersShown || map.distance(one, other) / 100 > OUTLINED_UP_TO;
    if (hidden === clusterStyle.hidden) return;
    clusterStyle.hidden = hidden;
    outlines.draw();
  }

  map.on("zoomend resize", outlineClusters);

  /* Panel ----------------------------------------------------------------------------------- */

  const kindSwitches = [];
  let clusterSwitch = null;
  const clusterList = node("ul", "pg-clusters");

  function square(color, opacity) {
    return swatch({ fill: color, "fill-opacity": opacity, stroke: color });
  }

  function kindItem(kind) {
    const { label, line, color } = data.kinds[kind];
    const [input, caption] = page.labelledSwitch(true, square(color, styles[kind].opacity), [label, line], (on) => {
      styles[kind].hidden = !on;
      if (mass) mass.draw();
    });
    kindSwitches[kind] = input;
    return node("li", "pg-switch", caption);
  }

  function parcelSection() {
    const always = [INSIDE, ACROSS, OUTSIDE];
    const there = [UNKNOWN, OTHER].filter((kind) => data.kinds[kind].count);
    const [made] = section(words.parcels, node("ul", "pg-kinds", ...[...always, ...there].map(kindItem)));
    made.classList.add("pg-first"); /* It is the legend, and goes with the figures on paper. */
    return [made];
  }

  function districtItem({ name, value, line, gauge: figures, bounds }) {
    const made = button(
      "pg-district", () => fit(bounds),
      node("span", "pg-first", say(node("span", "pg-name"), name), say(node("span", "pg-value"), value)),
      gauge(figures), say(node("span", "pg-quiet"), line),
    );
    made.disabled = !bounds;
    return node("li", "", made);
  }

  function districtSection() {
    if (!data.districts.length) return [];
    return section(data.grouped, node("ul", "pg-districts", ...data.districts.map(districtItem)));
  }

  function zoneSwatch(dash) {
    return swatch({ stroke: INK, "stroke-dasharray": dash || "none", fill: GROUND, "fill-opacity": 0.09 });
  }

  function zoneSection() {
    if (!drawnItems.length) return section(words.zones, say(node("p", "pg-quiet"), words.no_zones));
    return tree.sections;
  }

  /** What the plan does, clusters and lines of zones: with the land, all that is on the map. */
  function legendSection() {
    const zones = drawnItems.length ? [[zoneSwatch(""), words.all_zones]] : [];
    const lines = data.lines.length > 1 ? data.lines.map(({ dash, label }) => [zoneSwatch(dash), label]) : zones;
    const outline = data.clusters && data.clusters.count ? [[clusterSwatch(), words.clusters]] : [];
    return page.legend([...data.groups.map(({ color, label }) => [square(color, 0.95), label]), ...outline, ...lines]);
  }

  function clusterSwatch() {
    return swatch({ stroke: CLUSTER, fill: "none" });
  }

  function clusterItem(number) {
    const count = figure(number + 1, 0);
    const nearest = clusters.nearest[number];
    const lines = [both((key) => `${words.n_parcels[key]} ${figure(clusters.n_parcels[number], 0)}`)];
    if (nearest >= 0) {
      const metres = filled(words.metres, figure(clusters.distance_m[number], 0));
      lines.push(both((key) => [`${words.nearest[key]} ${clusters.names[nearest][key]}`, metres[key]].join(COMMA[key])));
    }
    return node("li", "", button(
      "pg-measure pg-cluster", () => showCluster(number),
      node("span", "pg-cluster-number", count),
      node("span", "pg-words", say(node("span", "pg-name"), inMu(clusters.area_mu[number])),
        ...lines.map((line) => say(node("span", "pg-quiet"), line))),
    ));
  }

  function listClusters() {
    const every = clusters.area_mu.map((_, number) => number);
    clusterList.append(...every.slice(0, FIRST_CLUSTERS).map(clusterItem));
    if (every.length <= FIRST_CLUSTERS) return;
    const more = say(button("pg-button pg-more", () => {
      const rest = every.slice(FIRST_CLUSTERS).map(clusterItem);
      clusterList.append(...rest);
      more.remove();
      rest[0].querySelector("button").focus({ preventScroll: true });
    }), filled(words.more, figure(every.length, 0)));
    clusterList.after(more);
  }

  function clusterSection() {
    if (!data.clusters) return [];
    if (!data.clusters.count) return section(words.clusters, say(node("p", "pg-quiet"), words.no_clusters));
    const [input, caption] = page.labelledSwitch(true, clusterSwatch(), [words.clusters_shown, words.clusters_how], (on) => {
      clustersShown = on;
      outlineClusters();
      placeNumbers();
    });
    clusterSwitch = input;
    return section(words.clusters, node("div", "pg-switch", caption), clusterList);
  }

  function planSection() {
    if (!data.plan) return [];
    const measures = parkgeoMeasures(map, page, { opacity: 0.95 });
    const sample = swatch(measures.style(data.groups.length ? data.groups[0].color : INK));
    const [input, caption] = page.labelledSwitch(true, sample, [words.plan_shown], (on) => toggle(measures.layers, on));
    measures.layers.on("add", () => { input.checked = true; });
    const outcome = rows(data.plan.rows);
    outcome.className = "pg-summary";
    const nothing = measures.sections.length ? [] : [say(node("p", "pg-quiet"), words.plan_nothing)];
    return [
      ...section(words.plan, node("div", "pg-switch pg-plan-switch", caption), outcome, ...nothing),
      ...measures.sections,
    ];
  }

  function noteSection() {
    const notes = data.notes.map((text) => say(node("p", "pg-quiet pg-note"), text));
    const missing = data.missing.map(({ name, reason }) => node(
      "li", "", say(node("div", "pg-name"), name), say(node("div", "pg-quiet"), reason),
    ));
    return [
      ...(notes.length ? section(words.notes, ...notes) : []),
      ...(missing.length ? section(words.no_extent, node("ul", "pg-missing", ...missing)) : []),
    ];
  }

  function findables() {
    if (!table) return [];
    const drawn = data.brands.map((brand, number) => [brand, number]).filter(([brand]) => brand.drawn);
    return [
      ...drawn.map(([brand, number]) => ({ texts: [brand.name], open: () => showBrand(number) })),
      ...data.districts.filter(({ bounds }) => bounds).map(({ name, bounds }) => ({ texts: [name], open: () => fit(bounds) })),
      ...(clusters ? clusters.area_mu.map((_, number) => ({ texts: [clusterName(number)], open: () => showCluster(number) })) : []),
      ...table.names.map((_, i) => ({ texts: [nameOf(i)], open: () => showParcel(i) })),
    ];
  }

  /* Start ----------------------------------------------------------------------------------- */

  const reading = say(node("p", "pg-quiet"), words.loading);
  const head = data.gauge.ratio === null ? [] : [gauge(data.gauge), scale(data.gauge)];
  root.classList.add("pg-concentration");
  page.find(findables);
  page.build(
    ...head, reading, ...districtSection(), ...parcelSection(), ...legendSection(), ...clusterSection(), ...planSection(),
    ...zoneSection(), ...noteSection(),
  );
  refresh();
  page.start();

  function readClusters(shapes, read) {
    clusters = read;
    read.parcels.place.forEach((i, at) => scattered.set(i, {
      cluster: read.parcels.cluster[at], distance_m: read.parcels.distance_m[at], nearest: read.parcels.nearest[at],
    }));
    if (!shapes.count) return;
    outlines = new ParkgeoMass(shapes, new Uint8Array(shapes.count), [clusterStyle], { pane: "pgClusters" });
    outlines.addTo(map);
    clusters.places = read.area_mu.map((_, number) => summit(outlines.boundsOf(number)));
    for (let i = 0; i < Math.min(MOST_NUMBERS, shapes.count); i += 1) {
      numbers.push(page.label(node("div", "pg-cluster-number"), clusters.places[i], { className: "pg-label pg-cluster-label" }));
    }
    listClusters();
    outlineClusters();
    placeNumbers();
  }

  function readMembers({ parcel, brand, share }) {
    parcel.forEach((i, at) => {
      if (!members.has(i)) members.set(i, []);
      members.get(i).push({ brand: brand[at], share: share[at] });
    });
  }

  const wanted = [parkgeoShapes(data.shapes), parkgeoTable(data.codes), parkgeoTable(data.table)];
  if (data.clusters) wanted.push(parkgeoShapes(data.clusters.shapes), parkgeoTable(data.clusters.table));
  Promise.all(wanted).then(([shapes, codes, read, clusterShapes, clusterTable]) => {
    table = read;
    readMembers(read.members);
    mass = new ParkgeoMass(shapes, Uint8Array.from(codes), styles);
    mass.addTo(map);
    if (clusterTable) readClusters(clusterShapes, clusterTable);
    reading.remove();
    root.classList.add("pg-ready");
  });
}

/* Shows land that can be had: filters by status, size, industry and price, a list and cards. */
"use strict";

function parkgeoInvestment(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, node, say, name, button, swatch, section, rows, fit, polygons } = page;
  const FIRST = 20;
  const HIDDEN = data.statuses.length;
  const styles = [
    ...data.statuses.map(({ color }) => ({ color, opacity: 0.72, hidden: false })),
    { color: "#000000", opacity: 0, hidden: true },
  ];
  const asked = {
    statuses: new Set(data.statuses.keys()), sizes: new Set(data.sizes.keys()), industry: -1, low: null, high: null, unpriced: true,
  };
  let [mass, table, fitting, shown] = [null, null, [], FIRST];

  function same(text) {
    return { zh: text, en: text };
  }

  function filled(text, ...values) {
    const put = (said, key) => values.reduce((sum, value) => sum.replace("{}", () => (value[key] === undefined ? value : value[key])), said);
    return { zh: put(text.zh, "zh"), en: put(text.en, "en") };
  }

  function figure(value, digits) {
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  }

  function inMu(value) {
    return filled(words.mu, figure(value, value < 10 ? 2 : 1));
  }

  /** 10 000 yuan have a word in Chinese, and none in English. */
  function money(text, value, digits) {
    return filled(text, { zh: figure(value, digits), en: figure(1e4 * Number(value.toFixed(digits)), 0) });
  }

  function nameOf(i) {
    const own = table.names[i];
    return own === null ? filled(words.row, String(i + 1)) : same(own);
  }

  /* Ground ---------------------------------------------------------------------------------- */

  page.pane("pgZones", 420, true);
  const zoneLayers = L.layerGroup().addTo(map);
  for (const zone of data.zones) {
    polygons(zone.geometry, {
      pane: "pgZones", className: "pg-zone", color: "#1f2933", weight: 1.8, dashArray: "7 3", fill: false, interactive: false,
    }).addTo(zoneLayers);
    page.label(say(node("div"), zone.name), zone.label, { className: "pg-label pg-zone-label" }, {}).addTo(zoneLayers);
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function joined(texts) {
    return { zh: texts.map(({ zh }) => zh).join("、"), en: texts.map(({ en }) => en).join(", ") };
  }

  function card(i) {
    const price = table.price[i];
    const pairs = [
      [words.counted, inMu(table.area_mu[i])],
      [words.status, data.statuses[table.status[i]].label],
    ];
    if (table.gross_mu[i] - table.area_mu[i] > 0.005) pairs.push([words.gross, inMu(table.gross_mu[i])]);
    pairs.push([words.per_mu, price === null ? words.no_price : money(words.per_mu_value, price, 2)]);
    if (price !== null) pairs.push([words.total, money(words.wanyuan, price * table.area_mu[i], 0)]);
    const industries = table.industries[i].map((one) => same(table.every_industry[one]));
    if (industries.length) pairs.push([words.industry, joined(industries)]);
    const zones = table.zones[i].map((one) => data.zone_names[one]);
    pairs.push([words.zones, zones.length ? joined(zones) : words.outside]);
    if (table.districts[i] !== null) pairs.push([words.district, same(table.districts[i])]);
    return node("div", "pg-card", say(node("h3"), nameOf(i)), rows(pairs, words.counted.en));
  }

  /** Opening one card closes another, which takes its mark away; so the mark comes after. */
  function open(i, place) {
    map.openPopup(L.popup(page.popupOptions()).setLatLng(place).setContent(card(i)));
    mass.mark(i);
  }

  function show(i) {
    const bounds = mass.boundsOf(i);
    fit(bounds);
    open(i, bounds.getCenter());
  }

  /* Filters --------------------------------------------------------------------------------- */

  function fits(i) {
    if (!asked.statuses.has(table.status[i]) || !asked.sizes.has(table.size[i])) return false;
    if (asked.industry >= 0 && !table.industries[i].includes(asked.industry)) return false;
    const price = table.price[i];
    if (price === null) return asked.unpriced;
    return (asked.low === null || price >= asked.low) && (asked.high === null || price <= asked.high);
  }

  const output = node("output");
  output.setAttribute("aria-live", "polite");
  const list = node("ul", "pg-parcels");
  const more = say(button("pg-button pg-rest", () => { shown += 5 * FIRST; tell(); }), words.more);

  function item(i) {
    const mark = node("span", "pg-mark-of");
    mark.style.background = data.statuses[table.status[i]].color;
    const price = table.price[i] === null ? words.no_price : money(words.per_mu_value, table.price[i], 2);
    return node("li", "", button(
      "pg-rank", () => show(i), mark, say(node("span", "pg-name"), nameOf(i)), say(node("span", "pg-value"), inMu(table.area_mu[i])),
      say(node("span", "pg-quiet"), price),
    ));
  }

  function tell() {
    const total = fitting.reduce((sum, i) => sum + table.area_mu[i], 0);
    say(output, filled(words.found_line, figure(fitting.length, 0), figure(total, 0)));
    list.replaceChildren(...fitting.slice(0, shown).map(item));
    if (!fitting.length) list.append(say(node("li", "pg-quiet"), words.nothing));
    more.hidden = fitting.length <= shown;
  }

  function filter() {
    if (!table) return;
    fitting = [];
    for (let i = 0; i < table.status.length; i += 1) {
      const own = fits(i);
      mass.classes[i] = own ? table.status[i] : HIDDEN;
      if (own) fitting.push(i);
    }
    fitting.sort((a, b) => table.area_mu[b] - table.area_mu[a] || a - b);
    shown = FIRST;
    map.closePopup();
    mass.draw();
    tell();
  }

  function unfilter() {
    for (const reset of inputs) reset();
    filter();
  }

  function find(i) {
    if (!fits(i)) unfilter();
    show(i);
  }

  function group(title, ...children) {
    return node("fieldset", "pg-filter", say(node("legend"), title), ...children);
  }

  function toggled(set, key, on) {
    if (on) set.add(key);
    else set.delete(key);
    filter();
  }

  const inputs = [];

  function statusItem({ label, color }, number) {
    const [input, caption] = page.labelledSwitch(
      true, swatch({ fill: color, "fill-opacity": 0.72, stroke: color }), [label], (on) => toggled(asked.statuses, number, on),
    );
    inputs.push(() => { input.checked = true; asked.statuses.add(number); });
    return node("div", "pg-switch", caption);
  }

  function sizeItem(label, number) {
    const input = node("input");
    Object.assign(input, { type: "checkbox", checked: true });
    input.addEventListener("change", () => toggled(asked.sizes, number, input.checked));
    inputs.push(() => { input.checked = true; asked.sizes.add(number); });
    return node("label", "", input, node("span", "", label));
  }

  function shortened(text) {
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }

  function industryFilter() {
    if (!data.industries.length) return [];
    const select = name(node("select"), words.industry);
    [words.every_industry, ...data.industries.map((text) => same(shortened(text)))].forEach((text, i) => {
      const option = say(node("option"), text);
      option.value = i - 1;
      select.append(option);
    });
    /* The attribute is what a copy of the page, for a picture, has of the choice. */
    const mark = () => [...select.options].forEach((option) => option.toggleAttribute("selected", option.value === select.value));
    select.addEventListener("change", () => {
      mark();
      asked.industry = Number(select.value);
      filter();
    });
    inputs.push(() => { select.value = -1; mark(); asked.industry = -1; });
    return [node("label", "pg-choose", say(node("span", "pg-quiet"), words.industry), select)];
  }

  function priceInput(key, label) {
    const input = name(node("input"), words.price, label);
    Object.assign(input, { type: "number", min: 0, step: "any" });
    input.placeholder = label.zh;
    const placed = () => { input.placeholder = page.said(label); };
    map.on("pglanguage", placed);
    placed();
    input.addEventListener("input", () => {
      asked[key] = input.value === "" || Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber;
      filter();
    });
    inputs.push(() => { input.value = ""; asked[key] = null; });
    return input;
  }

  function priceFilter() {
    if (!table.price.some((price) => price !== null)) return;
    const input = node("input");
    Object.assign(input, { type: "checkbox", checked: true });
    input.addEventListener("change", () => { asked.unpriced = input.checked; filter(); });
    inputs.push(() => { input.checked = true; asked.unpriced = true; });
    const without = table.price.some((price) => price === null)
      ? [node("div", "pg-chips pg-unpriced", node("label", "", input, say(node("span"), words.unpriced)))] : [];
    prices.append(group(
      words.price, node("div", "pg-range", priceInput("low", words.lowest), node("span", "", "–"), priceInput("high", words.highest)), ...without,
    ));
  }

  function zoneSwitch() {
    if (!data.zones.length) return [];
    const sample = swatch({ stroke: "#1f2933", "stroke-dasharray": "4 2", fill: "none" });
    const [, caption] = page.labelledSwitch(true, sample, [words.outlines], (on) => {
      map[on ? "addLayer" : "removeLayer"](zoneLayers);
      page.declutter();
    });
    return [node("div", "pg-switch", caption)];
  }

  /* Start ----------------------------------------------------------------------------------- */

  const prices = node("div");
  const reading = say(node("p", "pg-quiet"), words.loading);
  const clear = say(button("pg-button", unfilter), words.reset);
  const [filters] = section(
    words.filters,
    group(words.statuses, ...data.statuses.map(statusItem)),
    group(words.sizes, node("div", "pg-chips", ...data.sizes.map(sizeItem))),
    ...industryFilter(), prices, ...zoneSwitch(),
  );
  filters.classList.add("pg-first");
  /* What is looked for by name is shown, whatever the filters leave. */
  page.find(() => (table ? table.names.map((_, i) => ({ texts: [nameOf(i)], open: () => find(i) })) : []));
  page.build(reading, node("div", "pg-fitting", output, clear), filters, ...section(words.list, list, more));
  page.start();

  Promise.all([parkgeoShapes(data.shapes), parkgeoTable(data.table)]).then(([shapes, read]) => {
    table = read;
    mass = new ParkgeoMass(shapes, Uint8Array.from(table.status), styles);
    mass.addTo(map);
    priceFilter();
    reading.remove();
    filter();
    map.on("click", ({ latlng }) => {
      if (root.classList.contains("pg-measuring")) return;
      const i = mass.at(latlng);
      if (i >= 0) open(i, latlng);
      else mass.mark(-1);
    });
    map.on("popupclose", () => mass.mark(-1));
    root.classList.add("pg-ready");
  });
}

/* Draws an overlap map from the JSON that stands in the page, with what panel.js gives. */
"use strict";

function parkgeoOverlapMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, node, svg, say, button, swatch } = page;
  const { section, polygons, tip, labels, popupOptions, rows, otherLanguage, areaText, fit } = page;

  /* Shades and hatching --------------------------------------------------------------------- */

  /* Paul Tol's "YlOrBr" by number of brands, and ink that is seen on them. One direction of lines for
     two brands, one more for each further: without colour the hatching tells as much. */
  const INK = "#1f2933";
  const MOST = 5;
  const SHADES = {
    2: ["#FEE391", INK], 3: ["#FB9A29", INK], 4: ["#CC4C02", "#ffffff"], 5: ["#8C2D04", "#ffffff"],
  };
  const LINES = [
    "M0 0V9", "M0 0H9", "M-1 -1L10 10M-1 8L1 10M8 -1L10 1", "M-1 10L10 -1M-1 1L1 -1M8 10L10 8",
  ];
  let byNumber = data.color === "number";

  function pattern(number, shaded) {
    const [shade, ink] = SHADES[number];
    const ground = shaded ? [svg("rect", { width: 9, height: 9, fill: shade })] : [];
    return svg(
      "pattern",
      {
        id: patternId(number, shaded), width: 9, height: 9, patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)",
      },
      ...ground,
      ...LINES.slice(0, number - 1).map((d) => svg(
        "path", { d, stroke: shaded ? ink : INK, "stroke-width": 1.3, "stroke-opacity": shaded ? 0.65 : 0.8 },
      )),
    );
  }

  function patternId(number, shaded) {
    return `${dataId}_${shaded ? "shade" : "hatch"}_${number}`;
  }

  const patterns = Object.keys(SHADES).flatMap((number) => [pattern(+number, true), pattern(+number, false)]);
  root.append(svg("svg", { class: "pg-defs", "aria-hidden": "true" }, svg("defs", {}, ...patterns)));

  function hatch(number) {
    return `url(#${patternId(Math.max(2, Math.min(number, MOST)), byNumber)})`;
  }

  /** How ground with so many brands is drawn in the legend. */
  function numberStyle(number) {
    if (number > 1) return { stroke: INK, "stroke-width": 1, fill: hatch(number) };
    return { stroke: "#5b6773", "stroke-width": 1, fill: "#8c97a1", "fill-opacity": 0.2 };
  }

  /* Extents and faces ----------------------------------------------------------------------- */

  page.pane("pgBlocks", 400);
  page.pane("pgFaces", 420);
  page.pane("pgLines", 430, true);
  page.pane("pgMark", 440, true);

  const shown = data.brands.map(() => true);
  let overlapsShown = true;

  function fillOf(color) {
    return byNumber ? { fillColor: "#8c97a1", fillOpacity: 0.16 } : { fillColor: color, fillOpacity: 0.24 };
  }

  const blocks = data.blocks.map((block) => {
    const color = data.brands[block.brand].color;
    const layer = polygons(block.geometry, {
      pane: "pgBlocks", className: "pg-block", stroke: false, ...fillOf(color),
    });
    /* Above the faces, so that their shades leave every border to be seen. */
    const line = polygons(block.geometry, {
      pane: "pgLines", className: "pg-line", color, weight: data.blocks.length > 40 ? 1.5 : 2.2, dashArray: block.dash || null, fill: false, interactive: false,
    });
    layer.bindTooltip(tip(block.name), { sticky: true });
    layer.bindPopup(() => blockCard(block), popupOptions());
    return { ...block, layer, line, on: true };
  });

  const faces = data.faces.map((face) => {
    const layer = polygons(face.geometry, {
      /* No outline: the border is made of the extents', which say how sure they are. */
      pane: "pgFaces", className: "pg-face", stroke: false,
      fillColor: hatch(face.members.length), fillOpacity: byNumber ? 0.9 : 1,
    });
    const names = face.members.map((member) => data.brands[member].name);
    layer.bindTooltip(tip(...names), { sticky: true });
    layer.bindPopup(() => faceCard(face), popupOptions());
    return { ...face, layer };
  });

  function toggle(layer, visible) {
    if (visible) layer.addTo(map);
    else layer.remove();
  }

  /** Brands of a face that are shown on it. */
  function brandsOn(positions) {
    return new Set(positions.filter((i) => blocks[i].on).map((i) => blocks[i].brand));
  }

  /** A face is hatched while two of its brands are shown: one brand alone overlaps nothing. */
  function refresh() {
    shown.fill(false);
    for (const block of blocks) {
      block.on = tree.shows(block.entry);
      shown[block.brand] ||= block.on;
      toggle(block.layer, block.on);
      toggle(block.line, block.on);
      block.layer.setStyle(fillOf(data.brands[block.brand].color));
    }
    const areas_km2 = new Array(MOST + 1).fill(0);
    for (const face of faces) {
      face.number = brandsOn(face.blocks).size;
      face.layer.setStyle({ fillColor: hatch(face.number), fillOpacity: byNumber ? 0.9 : 1 });
      toggle(face.layer, overlapsShown && face.number > 1);
      areas_km2[Math.min(face.number, MOST)] += face.area_km2;
    }
    for (const [positions, area_km2] of data.alone) areas_km2[brandsOn(positions).size] += area_km2;
    if (marked && !(overlapsShown && marked.members.every((member) => shown[member]))) unmark();
    for (const label of labels) toggle(label.tip, label.block.on);
    refreshNumbers(areas_km2);
    page.declutter();
  }

  /* Labels ---------------------------------------------------------------------------------- */

  for (const block of blocks) {
    page.label(say(node("div"), block.name), block.label, {}, { block });
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function blockCard(block) {
    return node(
      "div", "pg-card",
      say(node("h3"), block.name), ...otherLanguage(block.name), rows(block.card, words.measured.en),
    );
  }

  function faceCard(face) {
    const members = face.members.map((member, i) => {
      const brand = data.brands[member];
      return button(
        "pg-button pg-member", () => openBrand(member), swatch(brandStyle(brand)),
        node("span", "pg-words", say(node("span", "pg-name"), brand.name), ...face.notes[i].map((text) => say(node("span", "pg-quiet"), text))),
      );
    });
    return node(
      "div", "pg-card",
      say(node("h3"), numberText(face.members.length, false)), rows([[words.area, face.area]], words.area.en),
      say(node("p", "pg-quiet"), words.members), ...members,
    );
  }

  /** "3 brands"; where all of more are meant, "5 brands or more". */
  function numberText(number, open) {
    const pattern = number === 1 ? words.carried_one : open && number === MOST ? words.carried_most : words.carried;
    return { zh: pattern.zh.replace("{}", number), en: pattern.en.replace("{}", number) };
  }

  function brandStyle(brand) {
    return { stroke: brand.color, fill: brand.color, "fill-opacity": 0.24 };
  }

  /* Moving about ---------------------------------------------------------------------------- */

  function openBrand(index) {
    const own = blocks.filter((block) => block.brand === index);
    if (!shown[index]) tree.show(items[index]);
    fit(own.reduce((all, block) => all.extend(block.layer.getBounds()), L.latLngBounds([])));
    const first = own.find((block) => block.on);
    first.layer.openPopup(first.label);
  }

  function openBlock(block) {
    if (!block.on) tree.show(block.entry);
    fit(block.layer.getBounds());
    block.layer.openPopup(block.label);
  }

  const mark = L.layerGroup().addTo(map);

  let marked = null;

  function unmark() {
    mark.clearLayers();
    marked = null;
    for (const control of panel.querySelectorAll(".pg-overlap")) control.setAttribute("aria-pressed", "false");
  }

  function showHatching() {
    if (!overlapsShown) overlapSwitch.click();
  }

  function markFaces(some) {
    const extent = L.latLngBounds([]);
    for (const face of some) {
      polygons(face.geometry, {
        pane: "pgMark", className: "pg-mark", color: "#0b6ef5", weight: 4, opacity: 0.95,
        fill: false, interactive: false,
      }).addTo(mark);
      extent.extend(face.layer.getBounds());
    }
    return extent;
  }

  /** Go to the largest ground with so many brands, with each further click to the next. */
  function showNext(entry) {
    const own = faces.filter((face) => Math.min(face.number, MOST) === entry.number);
    if (!own.length) return;
    const face = own[entry.next % own.length];
    entry.next += 1;
    unmark();
    showHatching();
    marked = { members: face.members.filter((member) => shown[member]) };
    fit(markFaces([face]));
    face.layer.openPopup();
  }

  function showOverlap(overlap, control) {
    const again = marked === overlap;
    unmark();
    if (again) return;
    for (const member of overlap.members) if (!shown[member]) tree.show(items[member]);
    showHatching();
    marked = overlap;
    control.setAttribute("aria-pressed", "true");
    const both = faces.filter((face) => overlap.members.every((member) => face.members.includes(member)));
    const extent = markFaces(both);
    map.closePopup();
    if (extent.isValid()) fit(extent);
  }

  /* Panel ----------------------------------------------------------------------------------- */

  let overlapSwitch = null;
  let tree = null;
  const items = [];

  /** A brand with several blocks has them as parts; one of a single block is that block. */
  function brandItem(index) {
    const brand = data.brands[index];
    const own = blocks.filter((block) => block.brand === index);
    const parts = own.length < 2 ? [] : own.map((block) => ({
      text: block.part, more: [block.area], zoom: () => openBlock(block),
    }));
    const item = { text: brand.name, more: [brand.area], sample: swatch(brandStyle(brand)), zoom: () => openBrand(index), parts };
    own.forEach((block, i) => { block.entry = parts[i] || item; });
    items[index] = item;
    return item;
  }

  function brandTree() {
    const groups = data.groups.map((group) => ({ text: group.label, more: [group.note], items: group.brands.map(brandItem) }));
    tree = page.tree(groups, { title: words.brands, onChange: refresh });
    return tree.sections;
  }

  const numbers = [];

  function numberItem(number) {
    const sample = swatch(numberStyle(number));
    const area = node("span", "pg-area");
    const entry = { number, next: 0, area, rect: sample.firstChild };
    numbers.push(entry);
    const texts = node("span", "pg-words", say(node("span", "pg-count"), numberText(number, true)), area);
    if (number === 1) return node("li", "pg-number", sample, texts);
    return node("li", "", button("pg-number", () => showNext(entry), sample, texts));
  }

  function refreshNumbers(areas_km2) {
    for (const { number, area, rect } of numbers) {
      say(area, areaText(areas_km2[number]));
      for (const [key, value] of Object.entries(numberStyle(number))) rect.setAttribute(key, value);
    }
  }

  function numberSection() {
    if (!data.overlaps.length) return [];
    const most = Math.min(MOST, Math.max(1, ...data.faces.map((face) => face.members.length)));
    const list = node("ul", "pg-numbers", ...Array.from({ length: most }, (_, i) => numberItem(i + 1)));
    const choice = page.choice(
      words.coloring, { number: words.by_number, brand: words.by_brand }, data.color,
      (key) => { byNumber = key === "number"; refresh(); },
    );
    const [made] = section(words.on_ground, list, choice);
    made.classList.add("pg-first");
    return [made];
  }

  function overlapItem(overlap) {
    const [left, right] = overlap.members.map((member) => say(node("span"), data.brands[member].name));
    const lines = overlap.lines.map((line) => say(node("span", "pg-quiet"), line));
    const control = button(
      "pg-overlap" + (overlap.significant ? "" : " pg-slight"), () => showOverlap(overlap, control),
      node("span", "pg-pair", left, " × ", right), say(node("span", "pg-area"), overlap.area), ...lines,
    );
    control.setAttribute("aria-pressed", "false");
    return node("li", "", control);
  }

  function overlapSection() {
    if (!data.overlaps.length) return section(words.overlaps, say(node("p", "pg-quiet"), words.no_overlaps));
    const [input, label] = page.labelledSwitch(
      true, "", [words.show_overlaps], (on) => { overlapsShown = on; refresh(); },
    );
    overlapSwitch = input;
    const [made] = section(
      words.overlaps, node("div", "pg-switch pg-overlap-switch", label),
      ...firstOf("pg-overlaps", data.overlaps, 20, overlapItem, words.all_overlaps),
    );
    made.classList.add("pg-screen");
    return [made];
  }

  /** A list of the first rows; hundreds are made when they are asked for. */
  function firstOf(className, all, most, item, { zh, en }) {
    const list = node("ul", className, ...all.slice(0, most).map(item));
    if (all.length <= most) return [list];
    const more = say(button("pg-button pg-rest", () => {
      const rest = all.slice(most).map(item);
      list.append(...rest);
      rest[0].tabIndex = -1;
      (rest[0].querySelector("button") || rest[0]).focus();
      more.remove();
    }), { zh: zh.replace("{}", all.length), en: en.replace("{}", all.length) });
    return [list, more];
  }

  function legendSection() {
    const styles = data.legend.map(({ dash, label }) => [{ stroke: "#5b6773", "stroke-dasharray": dash, fill: "none" }, label]);
    return page.legend(styles.map(([style, text]) => [swatch(style), text]));
  }

  function missingItem(row) {
    return node("li", "", say(node("div", "pg-name"), row.name), say(node("div", "pg-quiet"), row.reason));
  }

  function missingSection() {
    if (!data.missing.length) return [];
    const [made] = section(words.no_extent, ...firstOf("pg-missing", data.missing, 5, missingItem, words.all_missing));
    made.classList.add("pg-screen");
    return [made];
  }

  function build() {
    page.find([
      ...data.groups.flatMap((group) => group.brands).map((i) => ({ texts: [data.brands[i].name], open: () => openBrand(i) })),
      ...blocks.filter((block) => block.name.zh !== data.brands[block.brand].name.zh)
        .map((block) => ({ texts: [block.name], open: () => openBlock(block) })),
    ]);
    page.build(...numberSection(), ...brandTree(), ...overlapSection(), ...legendSection(), ...missingSection());
  }

  /* Start ----------------------------------------------------------------------------------- */

  build();
  refresh();
  page.start();
}

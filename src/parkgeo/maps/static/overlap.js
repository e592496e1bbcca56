/* Draws an overlap map from the JSON that stands in the page, with what panel.js gives. */
"use strict";

function parkgeoOverlapMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, ICONS, node, svg, say, name, button, icon, swatch } = page;
  const { section, polygons, tip, labels, popupOptions, rows, otherLanguage, fit } = page;
  const hatchId = dataId + "_hatch";
  const crossId = dataId + "_cross";

  /* Hatching -------------------------------------------------------------------------------- */

  function pattern(id, ...paths) {
    return svg(
      "pattern",
      { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      ...paths.map((d) => svg("path", { d, stroke: "#1f2933", "stroke-width": 1.5, "stroke-opacity": 0.8 })),
    );
  }

  root.append(
    svg(
      "svg",
      { class: "pg-defs", "aria-hidden": "true" },
      svg("defs", {}, pattern(hatchId, "M0 0V7"), pattern(crossId, "M0 0V7", "M0 0H7")),
    ),
  );

  function hatch(members) {
    return "url(#" + (members > 2 ? crossId : hatchId) + ")";
  }

  function hatchStyle(members) {
    return { stroke: "#1f2933", "stroke-width": 1.2, fill: hatch(members) };
  }

  /* Extents and faces ----------------------------------------------------------------------- */

  page.pane("pgBlocks", 400);
  page.pane("pgFaces", 420);
  page.pane("pgMark", 440, true);

  const shown = data.brands.map(() => true);
  let overlapsShown = true;

  const blocks = data.blocks.map((block) => {
    const color = data.brands[block.brand].color;
    const layer = polygons(block.geometry, {
      pane: "pgBlocks", className: "pg-block", color, weight: 2.2, dashArray: block.dash || null,
      fillColor: color, fillOpacity: 0.24,
    });
    layer.bindTooltip(tip(block.name), { sticky: true });
    layer.bindPopup(() => blockCard(block), popupOptions());
    return { ...block, layer };
  });

  const faces = data.faces.map((face) => {
    const layer = polygons(face.geometry, {
      /* No outline: the border is made of the extents', which say how sure they are. */
      pane: "pgFaces", className: "pg-face", stroke: false,
      fillColor: hatch(face.members.length), fillOpacity: 1,
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

  /** A face is hatched while two of its brands are shown: one brand alone overlaps nothing. */
  function refresh() {
    for (const block of blocks) toggle(block.layer, shown[block.brand]);
    for (const face of faces) {
      const members = face.members.filter((member) => shown[member]);
      face.layer.setStyle({ fillColor: hatch(members.length) });
      toggle(face.layer, overlapsShown && members.length > 1);
    }
    if (marked && !(overlapsShown && marked.members.every((member) => shown[member]))) unmark();
    for (const label of labels) toggle(label.tip, shown[label.brand]);
    page.declutter();
  }

  /* Labels ---------------------------------------------------------------------------------- */

  for (const block of blocks) {
    page.label(say(node("div"), block.name), block.label, {}, { brand: block.brand });
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function blockCard(block) {
    return node(
      "div", "pg-card",
      say(node("h3"), block.name), ...otherLanguage(block.name), rows(block.card, words.measured.en),
    );
  }

  function faceCard(face) {
    const members = face.members.map((member) => {
      const brand = data.brands[member];
      return button(
        "pg-button pg-member", () => openBrand(member),
        swatch(brandStyle(brand)), say(node("span", "pg-name"), brand.name),
      );
    });
    return node(
      "div", "pg-card",
      say(node("h3"), words.overlap), rows([[words.area, face.area]], words.area.en),
      say(node("p", "pg-quiet"), words.members), ...members,
    );
  }

  function brandStyle(brand) {
    return { stroke: brand.color, fill: brand.color, "fill-opacity": 0.24 };
  }

  /* Moving about ---------------------------------------------------------------------------- */

  function openBrand(index) {
    const own = blocks.filter((block) => block.brand === index);
    if (!shown[index]) switches[index].click();
    fit(own.reduce((all, block) => all.extend(block.layer.getBounds()), L.latLngBounds([])));
    own[0].layer.openPopup(own[0].label);
  }

  function openBlock(block) {
    if (!shown[block.brand]) switches[block.brand].click();
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

  function showOverlap(overlap, control) {
    const again = marked === overlap;
    unmark();
    if (again) return;
    for (const member of overlap.members) if (!shown[member]) switches[member].click();
    if (!overlapsShown) overlapSwitch.click();
    marked = overlap;
    control.setAttribute("aria-pressed", "true");
    const both = faces.filter((face) => overlap.members.every((member) => face.members.includes(member)));
    const extent = L.latLngBounds([]);
    for (const face of both) {
      polygons(face.geometry, {
        pane: "pgMark", className: "pg-mark", color: "#f2a900", weight: 5, opacity: 0.95,
        fill: false, interactive: false,
      }).addTo(mark);
      extent.extend(face.layer.getBounds());
    }
    map.closePopup();
    if (extent.isValid()) fit(extent);
  }

  /* Panel ----------------------------------------------------------------------------------- */

  const switches = [];
  let overlapSwitch = null;

  function brandItem(index) {
    const brand = data.brands[index];
    const [input, label] = page.labelledSwitch(true, swatch(brandStyle(brand)), [brand.name, brand.area], (on) => {
      shown[index] = on;
      refresh();
    });
    switches[index] = input;
    const zoom = name(button("pg-icon", () => openBrand(index), icon(ICONS.zoom)), words.zoom_to, brand.name);
    return node("li", "pg-switch", label, zoom);
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
      true, swatch(hatchStyle(2)), [words.hatched], (on) => { overlapsShown = on; refresh(); },
    );
    overlapSwitch = input;
    return section(
      words.overlaps, node("div", "pg-switch pg-overlap-switch", label),
      node("ul", "pg-overlaps", ...data.overlaps.map(overlapItem)),
    );
  }

  function legendSection() {
    const lines = data.legend.map(({ dash, label }) => [{ stroke: "#5b6773", "stroke-dasharray": dash, fill: "none" }, label]);
    const hatches = data.overlaps.length ? [[hatchStyle(2), words.hatched]] : [];
    if (data.faces.some((face) => face.members.length > 2)) hatches.push([hatchStyle(3), words.crossed]);
    return page.legend([...lines, ...hatches].map(([style, text]) => [swatch(style), text]));
  }

  function missingSection() {
    if (!data.missing.length) return [];
    const items = data.missing.map((row) => node(
      "li", "", say(node("div", "pg-name"), row.name), say(node("div", "pg-quiet"), row.reason),
    ));
    return section(words.no_extent, node("ul", "pg-missing", ...items));
  }

  function build() {
    const brands = data.groups.flatMap(
      (group) => section(group.label, node("ul", "pg-brands", ...group.brands.map(brandItem))),
    );
    page.find([
      ...data.groups.flatMap((group) => group.brands).map((i) => ({ texts: [data.brands[i].name], open: () => openBrand(i) })),
      ...blocks.filter((block) => block.name.zh !== data.brands[block.brand].name.zh)
        .map((block) => ({ texts: [block.name], open: () => openBlock(block) })),
    ]);
    page.build(...brands, ...overlapSection(), ...legendSection(), ...missingSection());
  }

  /* Start ----------------------------------------------------------------------------------- */

  build();
  refresh();
  page.start();
}

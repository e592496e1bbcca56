/* Draws an overlap map from the JSON that stands in the page.
 *
 * Every text comes from the data and is placed with textContent, never as HTML, so that a brand
 * called "</script>" is shown as "</script>". A text is {zh, en}; each node remembers its text, and
 * the language button goes over the nodes.
 */
"use strict";

function parkgeoOverlapMap(map, dataId) {
  const data = JSON.parse(document.getElementById(dataId).textContent);
  const root = map.getContainer();
  const words = data.words;
  const hatchId = dataId + "_hatch";
  const crossId = dataId + "_cross";
  const NARROW_PX = 640;
  let language = data.language;
  let opened = null;

  /* Nodes and texts ------------------------------------------------------------------------- */

  function node(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function svg(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /** Give a node a text in both languages; "dir" keeps right-to-left names from turning the rest. */
  function say(target, text) {
    target.pgText = text;
    target.dataset.pgText = "";
    target.dir = "auto";
    target.textContent = text[language];
    return target;
  }

  /** Name a control that shows only an icon. */
  function name(target, ...texts) {
    target.pgName = texts;
    target.dataset.pgName = "";
    target.title = shortened(texts.map((text) => text[language]).join(" "));
    target.setAttribute("aria-label", target.title);
    return target;
  }

  function shortened(text) {
    return text.length > 120 ? text.slice(0, 120) + "…" : text;
  }

  function speak(chosen) {
    language = chosen;
    root.lang = language === "zh" ? "zh-CN" : "en";
    for (const target of root.querySelectorAll("[data-pg-text]")) {
      target.textContent = target.pgText[language];
    }
    for (const target of root.querySelectorAll("[data-pg-name]")) name(target, ...target.pgName);
    for (const label of labels) label.tip.setContent(label.tip.getContent());
    if (opened) opened.update();
    declutter();
  }

  function button(className, onClick, ...children) {
    const made = node("button", className, ...children);
    made.type = "button";
    made.addEventListener("click", onClick);
    return made;
  }

  function icon(path) {
    return svg(
      "svg",
      { width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" },
      svg("path", {
        d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.7,
        "stroke-linecap": "round", "stroke-linejoin": "round",
      }),
    );
  }
  const ICON_ZOOM = "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4M9 6v6M6 9h6";
  const ICON_WHOLE = "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4";
  const ICON_FOLD = "M4 11l5-5 5 5";

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

  function swatch(style) {
    return svg(
      "svg",
      { class: "pg-swatch", viewBox: "0 0 22 15", "aria-hidden": "true" },
      svg("rect", { x: 1, y: 1, width: 20, height: 13, rx: 2, "stroke-width": 2, ...style }),
    );
  }

  /* Extents and faces ----------------------------------------------------------------------- */

  for (const [pane, depth] of [["pgGrid", 250], ["pgBlocks", 400], ["pgFaces", 420], ["pgMark", 440]]) {
    map.createPane(pane).style.zIndex = depth;
  }
  map.getPane("pgGrid").style.pointerEvents = "none";
  map.getPane("pgMark").style.pointerEvents = "none";

  const shown = data.brands.map(() => true);
  let overlapsShown = true;

  function polygons(geometry, options) {
    return L.geoJSON(geometry, { style: () => options, ...options });
  }

  function tip(...lines) {
    return () => node("div", "pg-tip", ...lines.map((text) => say(node("div"), text)));
  }

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
    declutter();
  }

  /* Labels ---------------------------------------------------------------------------------- */

  const labels = blocks.map((block) => ({
    brand: block.brand,
    tip: L.tooltip({ permanent: true, direction: "center", className: "pg-label", opacity: 1 })
      .setLatLng(block.label)
      .setContent(say(node("div"), block.name)),
  }));

  /** Hide the labels of smaller extents where they would lie on those of larger ones. */
  function declutter() {
    const taken = [];
    for (const label of labels) {
      const element = label.tip.getElement();
      if (!element || !map.hasLayer(label.tip)) continue;
      const box = element.getBoundingClientRect();
      const free = taken.every(
        (other) => box.right < other.left || box.left > other.right
          || box.bottom < other.top || box.top > other.bottom,
      );
      element.classList.toggle("pg-hidden", !free);
      if (free) taken.push(box);
    }
  }

  /* Cards ----------------------------------------------------------------------------------- */

  function popupOptions() {
    return { minWidth: 230, maxWidth: Math.min(330, Math.max(230, root.clientWidth - 104)), autoPan: false };
  }

  function rows(pairs, strong) {
    const list = node("dl");
    for (const [label, value] of pairs) {
      const cell = say(node("dd", label.en === strong ? "pg-strong" : ""), value);
      list.append(say(node("dt"), label), cell);
    }
    return list;
  }

  function otherLanguage(text) {
    return text.zh === text.en ? [] : [say(node("p", "pg-other pg-quiet"), { zh: text.en, en: text.zh })];
  }

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

  const panel = node("section", "pg-panel");

  /** What the panel covers, so that nothing is shown behind it. */
  function paddings() {
    const narrow = root.classList.contains("pg-narrow");
    const covered = panel.getBoundingClientRect();
    const folded = root.classList.contains("pg-folded");
    return {
      paddingTopLeft: narrow ? [24, 64] : [64, 36],
      paddingBottomRight: narrow ? [24, covered.height + 24] : [folded ? 36 : covered.width + 36, 44],
    };
  }

  function fit(bounds) {
    if (bounds) map.fitBounds(bounds, { ...paddings(), animate: false, maxZoom: 17 });
  }

  function openBrand(index) {
    const own = blocks.filter((block) => block.brand === index);
    if (!shown[index]) switches[index].click();
    fit(own.reduce((all, block) => all.extend(block.layer.getBounds()), L.latLngBounds([])));
    own[0].layer.openPopup(own[0].label);
  }

  /** Bring an opened card into the part of the map that panel and controls leave free. */
  map.on("popupclose", () => { opened = null; });
  map.on("popupopen", ({ popup }) => {
    opened = popup;
    const narrow = root.classList.contains("pg-narrow");
    if (narrow) setFolded(true);
    const { paddingTopLeft, paddingBottomRight } = paddings();
    const { offsetWidth, offsetHeight } = popup.getElement();
    const left = narrow ? 58 : paddingTopLeft[0];
    const right = narrow ? 4 : paddingBottomRight[0];
    map.panInside(popup.getLatLng(), {
      paddingTopLeft: [left + offsetWidth / 2, paddingTopLeft[1] + offsetHeight],
      paddingBottomRight: [right + offsetWidth / 2, paddingBottomRight[1]],
      animate: false,
    });
  });

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

  function labelledSwitch(swatchStyle, text, area, onChange) {
    const input = node("input");
    input.type = "checkbox";
    input.checked = true;
    input.addEventListener("change", () => onChange(input.checked));
    const caption = node("div", "pg-words", say(node("div", "pg-name"), text));
    if (area) caption.append(say(node("div", "pg-quiet"), area));
    return [input, node("label", "", input, swatch(swatchStyle), caption)];
  }

  const switches = [];
  let overlapSwitch = null;

  function brandItem(index) {
    const brand = data.brands[index];
    const [input, label] = labelledSwitch(brandStyle(brand), brand.name, brand.area, (on) => {
      shown[index] = on;
      refresh();
    });
    switches[index] = input;
    const zoom = name(button("pg-icon", () => openBrand(index), icon(ICON_ZOOM)), words.zoom_to, brand.name);
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

  function section(title, ...children) {
    return [say(node("h2"), title), ...children];
  }

  function overlapSection() {
    if (!data.overlaps.length) return section(words.overlaps, say(node("p", "pg-quiet"), words.no_overlaps));
    const [input, label] = labelledSwitch(
      { stroke: "#1f2933", "stroke-width": 1.2, fill: hatch(2) }, words.hatched, null,
      (on) => { overlapsShown = on; refresh(); },
    );
    overlapSwitch = input;
    return section(
      words.overlaps, node("div", "pg-switch pg-overlap-switch", label),
      node("ul", "pg-overlaps", ...data.overlaps.map(overlapItem)),
    );
  }

  function legendSection() {
    const lines = data.legend.map(({ dash, label }) => [{ stroke: "#5b6773", "stroke-dasharray": dash, fill: "none" }, label]);
    const hatches = data.overlaps.length ? [[{ stroke: "#1f2933", "stroke-width": 1.2, fill: hatch(2) }, words.hatched]] : [];
    if (data.faces.some((face) => face.members.length > 2)) {
      hatches.push([{ stroke: "#1f2933", "stroke-width": 1.2, fill: hatch(3) }, words.crossed]);
    }
    const entries = [...lines, ...hatches];
    if (!entries.length) return [];
    const items = entries.map(([style, text]) => node("li", "", swatch(style), say(node("span"), text)));
    return section(words.legend, node("ul", "pg-legend", ...items));
  }

  function missingSection() {
    if (!data.missing.length) return [];
    const items = data.missing.map((row) => node(
      "li", "", say(node("div", "pg-name"), row.name), say(node("div", "pg-quiet"), row.reason),
    ));
    return section(words.no_extent, node("ul", "pg-missing", ...items));
  }

  function buildPanel() {
    const body = node("div", "pg-body");
    body.id = dataId + "_body";
    const summary = rows(data.summary);
    summary.className = "pg-summary";
    body.append(summary);
    for (const group of data.groups) {
      body.append(...section(group.label, node("ul", "pg-brands", ...group.brands.map(brandItem))));
    }
    body.append(...overlapSection(), ...legendSection(), ...missingSection());
    const speaking = say(
      button("pg-button pg-language", () => speak(language === "zh" ? "en" : "zh")), words.language,
    );
    const fold = name(
      button("pg-button pg-fold", () => setFolded(!root.classList.contains("pg-folded")), icon(ICON_FOLD)),
      words.panel,
    );
    fold.setAttribute("aria-controls", body.id);
    panel.append(node("header", "pg-head", say(node("h1"), data.title), speaking, fold), body);
    L.DomEvent.disableClickPropagation(panel);
    L.DomEvent.disableScrollPropagation(panel);
    root.append(panel);
  }

  function setFolded(folded) {
    root.classList.toggle("pg-folded", folded);
    panel.querySelector(".pg-fold").setAttribute("aria-expanded", String(!folded));
  }

  /* Graticule ------------------------------------------------------------------------------- */

  const grid = L.layerGroup();
  const STEPS_DEG = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

  function gridLine(ends) {
    L.polyline(ends, {
      pane: "pgGrid", className: "pg-grid", color: "#c9d2d6", weight: 1, interactive: false,
    }).addTo(grid);
  }

  function degree(value, step, letter, pixel) {
    const digits = Math.max(0, Math.ceil(-Math.log10(step)));
    L.tooltip({ permanent: true, direction: "right", className: "pg-degree", pane: "pgGrid", offset: [0, 0] })
      .setLatLng(map.containerPointToLatLng(pixel))
      .setContent(document.createTextNode(value.toFixed(digits) + "°" + letter))
      .addTo(grid);
  }

  /** Lines of longitude and latitude, about a finger apart; figures only where no control lies. */
  function drawGrid() {
    grid.clearLayers();
    const view = map.getBounds();
    const [west, east, south, north] = [view.getWest(), view.getEast(), view.getSouth(), view.getNorth()];
    const size = map.getSize();
    const step = STEPS_DEG.findLast((degrees) => (degrees * size.x) / (east - west) >= 100) || STEPS_DEG[0];
    const free = paddings();
    const narrow = root.classList.contains("pg-narrow");
    for (let i = Math.ceil(west / step); i * step < east; i += 1) {
      gridLine([[south, i * step], [north, i * step]]);
      const { x } = map.latLngToContainerPoint([north, i * step]);
      const last = narrow ? size.x - 280 : size.x - free.paddingBottomRight[0] - 40;
      if (x > 56 && x < last) degree(i * step, step, "E", [x, 12]);
    }
    for (let i = Math.ceil(south / step); i * step < north; i += 1) {
      gridLine([[i * step, west], [i * step, east]]);
      const { y } = map.latLngToContainerPoint([i * step, west]);
      if (y > 150 && y < size.y - free.paddingBottomRight[1]) degree(i * step, step, "N", [4, y - 8]);
    }
  }

  /* Start ----------------------------------------------------------------------------------- */

  root.classList.add("pg-map");
  buildPanel();
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 120 }).addTo(map);
  const whole = L.control({ position: "topleft" });
  whole.onAdd = () => {
    const control = name(button("pg-button pg-fold pg-whole", () => fit(data.bounds), icon(ICON_WHOLE)), words.zoom_all);
    L.DomEvent.disableClickPropagation(control);
    return control;
  };
  whole.addTo(map);
  map.attributionControl.setPrefix(false);
  if (data.attribution) {
    const said = node("span");
    said.textContent = data.attribution;
    map.attributionControl.addAttribution(said.innerHTML);
  }
  if (data.graticule) {
    grid.addTo(map);
    map.on("moveend", drawGrid);
  }
  map.on("zoomend moveend", declutter);

  let fitted = false;
  function arrange() {
    const { width, height } = root.getBoundingClientRect();
    if (!width || !height) return; /* a folded notebook cell: wait until it is seen */
    root.classList.toggle("pg-narrow", width < NARROW_PX);
    if (!fitted) setFolded(width < NARROW_PX);
    map.invalidateSize({ animate: false });
    if (!fitted) fit(data.bounds);
    fitted = true;
  }
  refresh();
  speak(language);
  arrange();
  new ResizeObserver(arrange).observe(root);
}

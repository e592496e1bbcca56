/* Draws two states of a plan on one map, the first left of a divider, the second right of it. */
"use strict";

function parkgeoCompareMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, node, svg, say, name, button, icon, swatch } = page;
  const { section, polygons, tip, popupOptions, rows, otherLanguage, fit } = page;
  const hatch = parkgeoHatches(page);
  const GRIP = "M6 4L1.500 9L6 14M12 4l4.500 5L12 14";
  const KINDS = {
    gained: ["rising", "#0b6aa6"], lost: ["falling", "#c4480b"],
    changed: ["upright", "#8a2f8a"], kept: ["dotted", "#5b6773"],
  };
  const PARTS = [KINDS.lost[1], "#9aa5ae", KINDS.gained[1]];
  const PANES = [["pgBefore", "pgBeforeMark"], ["pgAfter", "pgAfterMark"]];
  let onEachOther = false;

  /* Extents and faces ----------------------------------------------------------------------- */

  for (const [own, mark] of PANES) {
    page.pane(own, 400);
    page.pane(mark, 430, true);
  }
  page.pane("pgFaces", 420);

  function styleOf(block, side) {
    const { color } = data.brands[block.brand];
    if (onEachOther && side === 0) return { color: "#1f2933", weight: 1.6, dashArray: null, fillOpacity: 0 };
    return { color, weight: 2.2, dashArray: block.dash || null, fillColor: color, fillOpacity: 0.28 };
  }

  const states = data.states.map((blocks, side) => blocks.map((block) => {
    const layer = polygons(block.geometry, {
      pane: PANES[side][0], className: `pg-block pg-state-${side}`, ...styleOf(block, side),
    });
    layer.bindTooltip(tip(data.labels[side], block.name), { sticky: true });
    layer.bindPopup(() => blockCard(block, side), popupOptions());
    return { ...block, side, layer: layer.addTo(map) };
  }));
  const blocks = states.flat();

  const faces = data.faces.map((face) => {
    const [shape, color] = KINDS[face.kind];
    const layer = polygons(face.geometry, {
      pane: "pgFaces", className: `pg-face pg-${face.kind}`, color, weight: 1, fillColor: hatch(shape, color), fillOpacity: 1,
    });
    layer.bindTooltip(tip(face.change, face.area), { sticky: true });
    layer.bindPopup(() => faceCard(face), popupOptions());
    return { ...face, layer };
  });

  /* Cards ----------------------------------------------------------------------------------- */

  function blockCard(block, side) {
    const { card } = data.brands[block.brand];
    return node(
      "div", "pg-card", say(node("h3"), block.name), ...otherLanguage(block.name),
      say(node("p", "pg-quiet pg-side-name"), data.labels[side]), rows(block.card, words.measured.en),
      say(node("h4"), words.balance), rows(card),
    );
  }

  function faceCard(face) {
    const lists = face.members.map((members, side) => [
      say(node("h4"), data.labels[side]),
      ...(members.length ? members.map((i) => say(node("div", "pg-name"), data.brands[i].name))
        : [say(node("div", "pg-quiet"), words.no_one)]),
    ]);
    return node(
      "div", "pg-card", say(node("h3"), face.change), rows([[words.area, face.area]], words.area.en), ...lists.flat(),
    );
  }

  /* Divider --------------------------------------------------------------------------------- */

  const sides = data.labels.map((label) => say(node("div", "pg-side"), label));
  const grip = name(node("div", "pg-grip", icon(GRIP)), words.slider);
  const divider = node("div", "pg-divider", ...sides, grip);
  let share = 0.5;
  let card = null;
  for (const [key, value] of Object.entries({
    role: "slider", tabindex: 0, "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
  })) grip.setAttribute(key, value);

  /** How wide the map is beside the panel. */
  function free() {
    const covered = panel.getBoundingClientRect();
    const whole = root.getBoundingClientRect();
    const open = !root.classList.contains("pg-narrow") && !root.classList.contains("pg-folded");
    return open ? covered.left - whole.left : whole.width;
  }

  /** Show of a pane only what lies between two places of the window. */
  function clip(pane, from, to) {
    const { x: left, y: top } = map.containerPointToLayerPoint([from, 0]);
    const { x: right, y: bottom } = map.containerPointToLayerPoint([to, map.getSize().y]);
    map.getPane(pane).style.clipPath = onEachOther ? ""
      : `polygon(${left}px ${top}px, ${right}px ${top}px, ${right}px ${bottom}px, ${left}px ${bottom}px)`;
  }

  function update() {
    const whole = free();
    const x = Math.round(share * whole);
    const corner = map.containerPointToLayerPoint([x, 0]);
    L.DomUtil.setPosition(divider, corner);
    divider.style.height = `${map.getSize().y}px`;
    const spans = [[0, x], [x, map.getSize().x]];
    PANES.forEach((panes, side) => panes.forEach((pane) => clip(pane, ...spans[side])));
    grip.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    grip.setAttribute("aria-valuetext", `${Math.round(100 * share)} %`);
    const from = root.classList.contains("pg-narrow") ? 58 : 64;
    const widths = sides.map((own) => own.offsetWidth);
    [x - from, whole - x].forEach((room, side) => {
      sides[side].classList.toggle("pg-no-room", room < widths[side] + 12);
    });
    placeLabels(x, whole);
  }

  /** Say whether a place can be seen that belongs to one of the sides. */
  function seen(side, x, half, middle) {
    return side === 0 ? x + half <= middle - 3 : x - half >= middle + 3;
  }

  function moveTo(wanted) {
    share = Math.min(1, Math.max(0, wanted));
    update();
    hideCard();
  }

  const KEYS = {
    ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
  };
  grip.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo(share + KEYS[event.key]);
  });
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    const offset = event.clientX - divider.getBoundingClientRect().left;
    const from = root.getBoundingClientRect().left;
    const width = free();
    let [wanted, waiting] = [share, 0];
    /* A mouse moves more often than a screen shows. */
    const follow = () => {
      waiting = 0;
      moveTo(wanted);
    };
    const drag = ({ clientX }) => {
      wanted = (clientX - offset - from) / width;
      waiting = waiting || requestAnimationFrame(follow);
    };
    const end = () => {
      grip.removeEventListener("pointermove", drag);
      if (!waiting) return;
      cancelAnimationFrame(waiting);
      follow();
    };
    grip.addEventListener("pointermove", drag);
    grip.addEventListener("lostpointercapture", end, { once: true });
  });
  L.DomEvent.disableClickPropagation(grip);

  /* Labels ---------------------------------------------------------------------------------- */

  /* A name that the divider would cut is left out, rather than half of it. Where names of both
     states are shown, those of what is come first. */
  const drawnLabels = [...states[1], ...states[0]].map((block) => ({
    ...block, half: null, away: false, tip: page.label(say(node("div"), block.name), block.label, {}, { brand: block.brand }).addTo(map),
  }));

  function placeLabels(middle, open) {
    const changed = [];
    for (const own of drawnLabels) {
      const element = own.tip.getElement();
      if (own.half === null) own.half = element.offsetWidth / 2;
      const { x } = map.latLngToContainerPoint(own.label);
      const goesOn = data.brands[own.brand].places.length > 1;
      const on = onEachOther ? own.side === 1 || !goesOn : seen(own.side, x, own.half, middle);
      const away = !on || x + own.half > open;
      if (away === own.away) continue;
      own.away = away;
      element.classList.toggle("pg-elsewhere", away);
      changed.push(own);
    }
    /* What comes into sight has been moved about unseen. */
    for (const own of changed) if (!own.away) own.tip.update();
    if (changed.length) page.declutter();
  }

  /** Names are as wide as their language has them. */
  function measureLabels() {
    for (const own of drawnLabels) {
      own.tip.getElement().classList.remove("pg-elsewhere");
      Object.assign(own, { half: null, away: false });
    }
    update();
    page.declutter();
  }

  /** The card of a side goes when its place does. */
  function hideCard() {
    if (!card || onEachOther) return;
    const { x } = map.latLngToContainerPoint(card.popup.getLatLng());
    if (!seen(card.side, x, 0, share * free())) map.closePopup(card.popup);
  }

  map.on("popupopen", ({ popup }) => {
    const owner = blocks.find(({ layer }) => layer.getPopup() === popup);
    if (!owner) return;
    /* Making room for the card may have moved its place across: the divider goes with it. */
    const { x } = map.latLngToContainerPoint(popup.getLatLng());
    if (!onEachOther && !seen(owner.side, x, 0, share * free())) {
      share = Math.min(1, Math.max(0, (x + (owner.side === 0 ? 24 : -24)) / free()));
    }
    card = { popup, side: owner.side };
    update();
  });
  map.on("popupclose", () => { card = null; });

  /* Panel ----------------------------------------------------------------------------------- */

  const mark = L.layerGroup().addTo(map);

  function open(index, control) {
    const again = control.getAttribute("aria-pressed") === "true";
    mark.clearLayers();
    for (const other of panel.querySelectorAll(".pg-flow")) other.setAttribute("aria-pressed", "false");
    if (again) return;
    control.setAttribute("aria-pressed", "true");
    const own = blocks.filter((block) => block.brand === index);
    for (const { geometry, side } of own) {
      polygons(geometry, {
        pane: PANES[side][1], className: "pg-mark", color: "#f2a900", weight: 5, opacity: 0.95, fill: false, interactive: false,
      }).addTo(mark);
    }
    map.closePopup();
    fit(own.reduce((all, block) => all.extend(block.layer.getBounds()), L.latLngBounds([])));
  }

  /** What was lost, kept and gained, as lengths. */
  function bar(parts) {
    const total = parts.reduce((sum, part) => sum + part, 0) || 1;
    let at = 0;
    return svg(
      "svg", { class: "pg-bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      ...parts.map((part, i) => {
        const rect = svg("rect", { x: (100 * at) / total, y: 0, width: (100 * part) / total, height: 8, fill: PARTS[i] });
        at += part;
        return rect;
      }),
    );
  }

  const controls = new Map();

  function brandItem(index) {
    const brand = data.brands[index];
    const control = button(
      "pg-flow", () => open(index, control),
      node("span", "pg-title", swatch({ stroke: brand.color, fill: brand.color, "fill-opacity": 0.28 }), say(node("span", "pg-name"), brand.name)),
      say(node("span", "pg-areas"), brand.areas), bar(brand.bar), say(node("span", "pg-quiet"), brand.flows),
    );
    control.setAttribute("aria-pressed", "false");
    controls.set(index, control);
    return node("li", "", control);
  }

  function brandSections() {
    const only = (label) => ({ zh: words.only.zh + label.zh, en: words.only.en + label.en.toLowerCase() });
    const kinds = [[[0, 1], words.in_both], [[0], only(data.labels[0])], [[1], only(data.labels[1])]];
    return kinds.flatMap(([places, title]) => {
      const own = data.brands.flatMap((brand, i) => (String(brand.places) === String(places) ? [i] : []));
      const heading = { zh: `${title.zh} · ${own.length}`, en: `${title.en} · ${own.length}` };
      return own.length ? section(heading, node("ul", "pg-brands", ...own.map(brandItem))) : [];
    });
  }

  function changeSection() {
    const items = data.changes.map(({ kind, label, area }) => {
      const [shape, color] = KINDS[kind];
      const [, caption] = page.labelledSwitch(false, swatch({ stroke: color, fill: hatch(shape, color) }), [label, area], (on) => {
        for (const face of faces) {
          if (face.kind === kind) map[on ? "addLayer" : "removeLayer"](face.layer);
        }
      });
      return node("li", "pg-switch pg-change", caption);
    });
    return items.length ? section(words.changes, node("ul", "", ...items)) : [];
  }

  function viewSection() {
    const texts = { divided: words.side_by_side, both: words.both };
    const made = page.choice(words.view, texts, "divided", (key) => {
      onEachOther = key === "both";
      show();
    });
    const own = section(words.view, made, howDrawn());
    own[0].classList.add("pg-view");
    return own;
  }

  /** In a picture of both, what was is an outline above what is. */
  function show() {
    root.classList.toggle("pg-on-each-other", onEachOther);
    map.getPane("pgBefore").style.zIndex = onEachOther ? 402 : 400;
    for (const block of blocks) block.layer.setStyle(styleOf(block, block.side));
    for (const row of panel.querySelectorAll(".pg-only-both")) row.hidden = !onEachOther;
    update();
  }

  /** How the states are told apart where they lie on each other. */
  function howDrawn() {
    const samples = [{ stroke: "#1f2933", fill: "none" }, { stroke: "#5b6773", fill: "#5b6773", "fill-opacity": 0.28 }];
    const items = data.labels.map((label, side) => {
      const how = side === 0 ? words.outline_only : words.filled;
      const text = { zh: `${label.zh}：${how.zh}`, en: `${label.en}: ${how.en}` };
      return node("li", "", swatch(samples[side]), say(node("span"), text));
    });
    return node("ul", "pg-legend pg-only-both", ...items);
  }

  function legendSection() {
    return page.legend(data.legend.map(({ dash, label }) => [
      swatch({ stroke: "#5b6773", "stroke-dasharray": dash, fill: "none" }), label,
    ]));
  }

  function missingSection() {
    if (!data.missing.length) return [];
    const items = data.missing.map((row) => node(
      "li", "", say(node("div", "pg-name"), row.name), say(node("div", "pg-quiet"), row.reason),
    ));
    return section(words.no_extent, node("ul", "pg-missing", ...items));
  }

  page.find(data.brands.flatMap((brand, i) => (
    brand.places.length ? [{ texts: [brand.name], open: () => controls.get(i).click() }] : []
  )));
  page.build(...viewSection(), ...changeSection(), ...brandSections(), ...legendSection(), ...missingSection());

  /* Start ----------------------------------------------------------------------------------- */

  /* Above names on the ground, below cards. */
  page.pane("pgDivider", 660);
  map.getPane("pgDivider").append(divider);
  page.start();
  show();
  map.on("move zoom viewreset resize zoomend", update);
  map.on("move", hideCard);
  const observed = new ResizeObserver(update);
  observed.observe(panel);
  observed.observe(root);
  new MutationObserver(measureLabels).observe(root, { attributeFilter: ["lang"] });
}

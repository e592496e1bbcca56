/* The panel, the cards and the labels that parkgeo's maps share.
 *
 * Every text comes from the data and is placed with textContent, never as HTML, so that a brand
 * called "</script>" is shown as "</script>". A text is {zh, en}; each node remembers its text, and
 * the language button goes over the nodes.
 */
"use strict";

/** Return what a map's own script draws with; it calls build() with its sections, then start(). */
function parkgeoPanel(map, dataId) {
  const data = JSON.parse(document.getElementById(dataId).textContent);
  const root = map.getContainer();
  const words = data.words;
  /* Up to here the panel is a sheet at the bottom, and up to there a slender column: in Jupyter. */
  const NARROW_PX = 640;
  const SLENDER_PX = 1100;
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
    if (target.type === "search") target.placeholder = target.title;
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
    for (const { tip: own } of labels) own.setContent(own.getContent());
    if (opened) opened.update();
    declutter();
    map.fire("pglanguage");
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
  const ICONS = {
    zoom: "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4M9 6v6M6 9h6",
    whole: "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4",
    fold: "M4 11l5-5 5 5",
    open: "M7 4l5 5-5 5",
    only: "M9 4.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9M9 8.500v1M9 1v2M9 15v2M1 9h2M15 9h2",
  };

  function swatch(style) {
    return svg(
      "svg",
      { class: "pg-swatch", viewBox: "0 0 22 15", "aria-hidden": "true" },
      svg("rect", { x: 1, y: 1, width: 20, height: 13, rx: 2, "stroke-width": 2, ...style }),
    );
  }

  /** Text as HTML, for the one place where Leaflet takes nothing else: its attribution. */
  function escaped(text) {
    const said = node("span");
    said.textContent = text;
    return said.innerHTML;
  }

  function section(title, ...children) {
    return [node("section", "pg-section", say(node("h2"), title), ...children)];
  }

  /** Write an area as parkgeo._style.area_text does. */
  function areaText(area_km2) {
    const fixed = (value, digits) => value.toLocaleString(
      "en", { minimumFractionDigits: digits, maximumFractionDigits: digits },
    );
    const mu = area_km2 * 1500;
    const small = area_km2 > 0 && area_km2 < 0.1;
    const km2 = small && area_km2 < 0.0001 ? "< 0.0001" : fixed(area_km2, small ? 4 : 2);
    const in_mu = fixed(mu, mu >= 10 ? 0 : 1);
    return { zh: `${km2} 平方公里（${in_mu} 亩）`, en: `${km2} km² (${in_mu} mu)` };
  }

  /* Layers ---------------------------------------------------------------------------------- */

  function polygons(geometry, options) {
    return L.geoJSON(geometry, { style: () => options, ...options });
  }

  function pane(name, depth, still) {
    map.createPane(name).style.zIndex = depth;
    if (still) map.getPane(name).style.pointerEvents = "none";
  }

  function tip(...lines) {
    return () => node("div", "pg-tip", ...lines.map((text) => say(node("div"), text)));
  }

  /* Labels ---------------------------------------------------------------------------------- */

  /** Labels on the ground; those that come first stay where two would lie on each other. */
  const labels = [];

  function label(content, place, options, more) {
    const tip = L.tooltip({ permanent: true, direction: "center", className: "pg-label", opacity: 1, ...options })
      .setLatLng(place)
      .setContent(content);
    labels.push({ tip, ...more });
    return tip;
  }

  /** Hide the labels where they would lie on those before them. */
  function declutter() {
    const taken = [];
    const seen = labels.map(({ tip: own }) => own.getElement()).filter((element) => element && element.isConnected);
    /* All boxes are read before any class is set, so that the browser lays the page out once. */
    const boxes = seen.map((element) => element.getBoundingClientRect());
    seen.forEach((element, i) => {
      const box = boxes[i];
      const free = taken.every(
        (other) => box.right < other.left || box.left > other.right
          || box.bottom < other.top || box.top > other.bottom,
      );
      element.classList.toggle("pg-hidden", !free);
      if (free) taken.push(box);
    });
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

  /* A card opened by key takes the focus, and gives it back. */
  let byKey = false;
  let opener = null;
  root.addEventListener("keydown", () => { byKey = true; }, true);
  root.addEventListener("pointerdown", () => { byKey = false; }, true);
  /* The focus may be nowhere: what had it can have been folded away by the card. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !opened || event.defaultPrevented) return;
    if (root.contains(event.target) || event.target === document.body) map.closePopup(opened);
  });

  function takeFocus(card) {
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", shortened(card.querySelector("h3")?.textContent || ""));
    card.tabIndex = -1;
    if (!byKey) return;
    if (!card.contains(document.activeElement)) opener = document.activeElement;
    card.focus({ preventScroll: true });
  }

  map.on("popupclose", () => {
    opened = null;
    if (byKey && opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  });

  /** Bring an opened card into the part of the map that panel and controls leave free. */
  map.on("popupopen", ({ popup }) => {
    opened = popup;
    if (popup._source && popup._source.closeTooltip) popup._source.closeTooltip();
    takeFocus(popup.getElement());
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

  /* Moving about ---------------------------------------------------------------------------- */

  const panel = node("section", "pg-panel");

  /** What the panel covers, so that nothing is shown behind it. */
  function paddings() {
    const narrow = root.classList.contains("pg-narrow");
    const covered = panel.getBoundingClientRect();
    const folded = root.classList.contains("pg-folded");
    const slender = root.classList.contains("pg-slender");
    return {
      paddingTopLeft: narrow ? [24, 64] : [slender ? 56 : 64, slender ? 26 : 36],
      paddingBottomRight: narrow ? [24, covered.height + 24] : [folded ? 36 : covered.width + 24, slender ? 34 : 44],
    };
  }

  /** Show an extent in full; "room" is what the labels around it need, in a wide map. */
  function fit(bounds) {
    if (!bounds) return;
    const [x, y] = (data.room || [0, 0]).map((px) => (root.classList.contains("pg-narrow") ? 0.75 * px : px));
    const { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] } = paddings();
    map.fitBounds(bounds, {
      paddingTopLeft: [left + x, top + y], paddingBottomRight: [right + x, bottom + y],
      animate: false, maxZoom: 17,
    });
  }

  /* Panel ----------------------------------------------------------------------------------- */

  /** Things that can be searched by name, as parkgeoSearch takes them; to be said before build(). */
  let findable = null;

  function build(...children) {
    const body = node("div", "pg-body");
    body.id = dataId + "_body";
    const summary = rows(data.summary);
    summary.className = "pg-summary";
    if (findable) body.append(parkgeoSearch(own, findable, dataId));
    body.append(summary, ...children);
    body.append(...ground.section());
    const speaking = say(
      button("pg-button pg-language", () => speak(language === "zh" ? "en" : "zh")), words.language,
    );
    const fold = name(
      button("pg-button pg-fold", () => setFolded(!root.classList.contains("pg-folded")), icon(ICONS.fold)),
      words.panel,
    );
    fold.setAttribute("aria-controls", body.id);
    const title = say(node("h1"), data.title);
    title.id = dataId + "_title";
    panel.setAttribute("aria-labelledby", title.id);
    panel.append(node("header", "pg-head", title, speaking, fold), body);
    L.DomEvent.disableClickPropagation(panel);
    L.DomEvent.disableScrollPropagation(panel);
    root.append(panel);
  }

  /** Entries are a swatch and a text each. */
  function legend(entries) {
    const items = entries.map(([sample, text]) => node("li", "", sample, say(node("span"), text)));
    if (!entries.length) return [];
    const [made] = section(words.legend, node("ul", "pg-legend", ...items));
    made.classList.add("pg-first");
    return [made];
  }

  /** One of a few, side by side; texts are {key: text}. */
  function choice(title, texts, chosen, onChange) {
    const options = Object.entries(texts).map(([key, text]) => {
      const input = node("input", "pg-unseen");
      Object.assign(input, { type: "radio", name: `${dataId}_${title.en}`, value: key, checked: key === chosen });
      input.addEventListener("change", () => onChange(key));
      return node("label", "", input, say(node("span", "pg-option"), text));
    });
    const made = name(node("div", "pg-choice", ...options), title);
    made.setAttribute("role", "radiogroup");
    return made;
  }

  /** A checkbox with a swatch and its texts; the first text is its name. */
  function labelledSwitch(checked, sample, texts, onChange) {
    const input = node("input");
    input.type = "checkbox";
    input.checked = checked;
    input.addEventListener("change", () => onChange(input.checked));
    const [title, ...more] = texts;
    const caption = node("div", "pg-words", say(node("div", "pg-name"), title));
    caption.append(...more.map((text) => say(node("div", "pg-quiet"), text)));
    return [input, node("label", "", input, sample, caption)];
  }

  function setFolded(folded) {
    root.classList.toggle("pg-folded", folded);
    panel.querySelector(".pg-fold").setAttribute("aria-expanded", String(!folded));
  }

  /* Start ----------------------------------------------------------------------------------- */

  function addControls() {
    L.control.zoom({ position: "topleft" }).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 120 }).addTo(map);
    const whole = L.control({ position: "topleft" });
    whole.onAdd = () => {
      const control = name(button("pg-button pg-fold pg-whole", () => fit(data.bounds), icon(ICONS.whole)), words.zoom_all);
      L.DomEvent.disableClickPropagation(control);
      return control;
    };
    whole.addTo(map);
    parkgeoTools(map, own);
    map.attributionControl.setPrefix(false);
    if (data.attribution) map.attributionControl.addAttribution(escaped(data.attribution));
    map.on("zoomend moveend", declutter);
  }

  let fitted = false;
  function arrange() {
    const { width, height } = root.getBoundingClientRect();
    if (!width || !height || before) return; /* a folded notebook cell: wait until it is seen */
    root.classList.toggle("pg-narrow", width < NARROW_PX);
    root.classList.toggle("pg-slender", width >= NARROW_PX && width < SLENDER_PX);
    if (!fitted) setFolded(width < NARROW_PX);
    map.invalidateSize({ animate: false });
    if (!fitted) fit(data.bounds);
    fitted = true;
  }

  /** Put away what would lie on the map while the reader draws on it. */
  function makeRoom() {
    map.closePopup();
    if (root.classList.contains("pg-narrow")) setFolded(true);
  }

  let before = null;

  /** Lay the page out as a sheet of a given size in px: what is seen now, without controls. */
  function layOut(size) {
    if (before) return;
    const { paddingTopLeft, paddingBottomRight } = paddings();
    const view = L.latLngBounds([
      map.containerPointToLatLng(paddingTopLeft),
      map.containerPointToLatLng(map.getSize().subtract(paddingBottomRight)),
    ]);
    /* A sheet is of another form: where all is seen, there is no more to show. */
    const seen = data.bounds && view.pad(0.05).contains(data.bounds) ? L.latLngBounds(data.bounds) : view;
    before = {
      style: root.style.cssText, classes: root.className, center: map.getCenter(), zoom: map.getZoom(),
    };
    root.classList.remove("pg-narrow", "pg-folded");
    root.classList.add("pg-paper", "pg-slender");
    Object.assign(root.style, { width: `${size.width}px`, height: `${size.height}px` });
    map.invalidateSize({ pan: false });
    const covered = panel.getBoundingClientRect().width;
    const [x, y] = seen === view ? [0, 0] : data.room || [0, 0];
    map.fitBounds(seen, {
      paddingTopLeft: [16 + x, 28 + y], paddingBottomRight: [covered + 24 + x, 28 + y], animate: false,
    });
    cutLists();
    declutter();
  }

  /** Leave out what would be cut in the middle by the end of the sheet. */
  function cutLists() {
    const limit = panel.getBoundingClientRect().bottom - 6;
    const parts = [...panel.querySelectorAll(".pg-body li, .pg-section > :not(ul, h2)")];
    const over = parts.filter((part) => {
      const { top, bottom } = part.getBoundingClientRect();
      return top >= limit || (bottom > limit && !part.querySelector("li"));
    });
    for (const part of over) part.classList.add("pg-cut");
    /* A heading without anything below it says nothing. */
    for (const own of panel.querySelectorAll(".pg-section")) {
      const left = [...own.querySelectorAll("li, :scope > :not(ul, h2)")].some((part) => part.getClientRects().length);
      if (!left) own.classList.add("pg-cut");
    }
  }

  function putBack() {
    if (!before) return;
    const { style, classes, center, zoom } = before;
    before = null;
    root.style.cssText = style;
    root.className = classes;
    for (const part of panel.querySelectorAll(".pg-cut")) part.classList.remove("pg-cut");
    map.invalidateSize({ pan: false });
    map.setView(center, zoom, { animate: false });
  }

  /** Show the page; whatever the map shows at first is on it already. */
  function start() {
    root.classList.add("pg-map");
    addControls();
    ground.start();
    speak(language);
    arrange();
    new ResizeObserver(arrange).observe(root);
  }

  const own = {
    data, dataId, root, words, panel, ICONS, node, svg, say, said: (text) => text[language], escaped, name,
    button, icon, swatch, section, polygons, pane, tip, label, labels, declutter, popupOptions, rows,
    otherLanguage, areaText, paddings, fit, legend, labelledSwitch, choice, build, start, makeRoom, layOut, putBack,
    find: (items) => { findable = items; },
    tree: (groups, options) => parkgeoTree(own, groups, options),
  };
  const ground = parkgeoGround(map, own);
  return own;
}

/* What a reader can do on every map: full screen, measure and draw, export, save a picture, search. */
"use strict";

/** Lengths and areas on the ellipsoid of CGCS2000, as parkgeo.measure has them. */
const parkgeoMeasure = (() => {
  const A = 6378137;
  const F = 1 / 298.257222101;
  const E2 = F * (2 - F);
  const E = Math.sqrt(E2);
  const B = A * (1 - F);
  const RAD = Math.PI / 180;

  /** Height of a parallel on the equal-area plane: a q / 2. */
  function height(lat) {
    const s = Math.sin(lat * RAD);
    return 0.5 * A * (1 - E2) * (s / (1 - E2 * s * s) + Math.atanh(E * s) / E);
  }

  /** Official area of a polygon, with edges straight on the equal-area plane. */
  function area(points) {
    const [first] = points;
    const plane = points.map(({ lat, lng }) => [A * (lng - first.lng) * RAD, height(lat) - height(first.lat)]);
    let twice = 0;
    for (let i = 0; i < plane.length; i += 1) {
      const [[x, y], [u, v]] = [plane[i], plane[(i + 1) % plane.length]];
      twice += x * v - u * y;
    }
    return Math.abs(twice) / 2;
  }

  /** Length of the geodesic between two points (Vincenty 1975); NaN near antipodes. */
  function distance(from, to) {
    const [u1, u2] = [from, to].map(({ lat }) => Math.atan((1 - F) * Math.tan(lat * RAD)));
    const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
    const across = (to.lng - from.lng) * RAD;
    let lambda = across;
    for (let round = 0; round < 200; round += 1) {
      const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
      const sine = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
      if (sine === 0) return 0;
      const cosine = s1 * s2 + c1 * c2 * cl;
      const sigma = Math.atan2(sine, cosine);
      const azimuth = (c1 * c2 * sl) / sine;
      const square = 1 - azimuth * azimuth;
      const middle = square === 0 ? 0 : cosine - (2 * s1 * s2) / square;
      const c = (F / 16) * square * (4 + F * (4 - 3 * square));
      const before = lambda;
      const turn = sigma + c * sine * (middle + c * cosine * (2 * middle * middle - 1));
      lambda = across + (1 - c) * F * azimuth * turn;
      if (Math.abs(lambda - before) < 1e-13) {
        const k = (square * (A * A - B * B)) / (B * B);
        const p = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
        const q = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
        const inner = cosine * (2 * middle * middle - 1)
          - (q / 6) * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3);
        return B * p * (sigma - q * sine * (middle + (q / 4) * inner));
      }
    }
    return NaN;
  }

  function length(points) {
    return points.slice(1).reduce((sum, point, i) => sum + distance(points[i], point), 0);
  }

  return { area, distance, length };
})();

/** Add the tools to a map; returns what the panel needs of them. */
function parkgeoTools(map, page) {
  const { root, words, node, say, name, button, icon } = page;
  const ICONS = {
    full: "M2 3h14v9H2zM6 15h6M9 12v3",
    measure: "M2 12L12 2l4 4L6 16zM5 9l2 2M7.500 6.500l1.500 1.500M10 4l2 2",
    picture: "M2 4h14v10H2zM4.500 12l3.500-4 2.500 3 2-2 2.500 3M12 7h.01",
  };

  function control(label, path, onClick) {
    const made = L.control({ position: "topleft" });
    const own = name(button("pg-button pg-fold pg-tool", onClick, icon(path)), label);
    L.DomEvent.disableClickPropagation(own);
    made.onAdd = () => own;
    made.addTo(map);
    return own;
  }

  function download(content, file) {
    const link = node("a");
    link.href = URL.createObjectURL(content);
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function fileName(ending) {
    const title = page.data.title.zh.replace(/[\\/:*?"<>|\s]+/g, "_").slice(0, 60);
    return `${title || "map"}.${ending}`;
  }

  /* Measure and draw ------------------------------------------------------------------------ */

  const drawn = L.featureGroup().addTo(map);
  const style = { pane: "pgDrawn", color: "#B00058", weight: 3, fillOpacity: 0.12, interactive: false };
  const bar = node("div", "pg-measured");
  const reading = node("output", "pg-reading");
  let points = [];
  let sketch = null;

  function figures(shape) {
    const length_m = parkgeoMeasure.length(shape);
    return { length_m, area_m2: shape.length > 2 ? parkgeoMeasure.area(shape) : 0 };
  }

  function number(value, digits) {
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  function sentence({ length_m, area_m2 }) {
    const km = length_m >= 1000;
    const long = number(km ? length_m / 1000 : length_m, km ? 3 : 1);
    const km2 = number(area_m2 / 1e6, area_m2 < 1e5 ? 4 : 2);
    const mu = number(area_m2 * 0.0015, 0);
    return {
      zh: `长 ${long} ${km ? "公里" : "米"}` + (area_m2 ? `，围成 ${km2} 平方公里（${mu} 亩）` : ""),
      en: `${long} ${km ? "km" : "m"} long` + (area_m2 ? `, ${km2} km² (${mu} mu) enclosed` : ""),
    };
  }

  function redraw() {
    if (sketch) drawn.removeLayer(sketch);
    sketch = points.length > 2 ? L.polygon(points, style) : L.polyline(points, style);
    sketch.addTo(drawn);
    if (points.length === 1) L.circleMarker(points[0], { ...style, radius: 4 }).addTo(drawn);
    say(reading, points.length > 1 ? sentence(figures(points)) : words.measure_how);
  }

  function addPoint(place) {
    const last = points[points.length - 1];
    if (last && map.latLngToContainerPoint(last).distanceTo(map.latLngToContainerPoint(place)) < 3) return;
    points.push(place.wrap());
    redraw();
  }

  function finish() {
    points = [];
    sketch = null;
  }

  function clear() {
    finish();
    drawn.clearLayers();
    say(reading, words.measure_how);
  }

  const onClick = ({ latlng }) => addPoint(latlng);
  /* The keyboard's point is the middle of the map: arrows move it there. */
  const onKey = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) setMeasuring(false);
    if (event.key === "Enter" && event.target === root) addPoint(map.getCenter());
  };

  function setMeasuring(on) {
    root.classList.toggle("pg-measuring", on);
    measuring.setAttribute("aria-pressed", String(on));
    bar.hidden = !on;
    map[on ? "on" : "off"]("click", onClick);
    map[on ? "on" : "off"]("dblclick", finish);
    map.doubleClickZoom[on ? "disable" : "enable"]();
    root[on ? "addEventListener" : "removeEventListener"]("keydown", onKey);
    if (on) page.makeRoom();
    if (on) say(reading, words.measure_how);
    else clear();
  }

  function exportDrawn() {
    const features = drawn.getLayers().flatMap((layer) => {
      const shape = layer.getLatLngs ? layer.getLatLngs().flat(Infinity) : [];
      return shape.length > 1 ? [{ ...layer.toGeoJSON(9), properties: figures(shape) }] : [];
    });
    const content = JSON.stringify({ type: "FeatureCollection", features });
    download(new Blob([content], { type: "application/geo+json" }), fileName("geojson"));
  }

  /* Start ----------------------------------------------------------------------------------- */

  map.createPane("pgDrawn").style.zIndex = 460;
  if (root.requestFullscreen) {
    control(words.full_screen, ICONS.full, () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    });
  }
  const measuring = control(words.measure, ICONS.measure, () => setMeasuring(!root.classList.contains("pg-measuring")));
  measuring.setAttribute("aria-pressed", "false");
  control(words.picture, ICONS.picture, () => parkgeoPicture(page).then((content) => download(content, fileName("png"))));
  parkgeoPrint(page);
  reading.setAttribute("aria-live", "polite");
  bar.hidden = true;
  bar.append(
    reading,
    say(button("pg-button", finish), words.measure_next),
    say(button("pg-button", clear), words.measure_clear),
    say(button("pg-button", exportDrawn), words.export),
  );
  L.DomEvent.disableClickPropagation(bar);
  root.append(bar);
}

/** A field that finds what has a name; items are {texts, open}, or a function that returns them. */
function parkgeoSearch(page, items, id) {
  const { words, node, say, name } = page;
  const MOST = 8;
  const field = node("input", "pg-find");
  Object.assign(field, { type: "search", autocomplete: "off", spellcheck: false });
  name(field, words.search);
  const list = name(node("ul", "pg-found"), words.search);
  const note = node("p", "pg-quiet pg-found-note");
  list.id = `${id}_found`;
  list.setAttribute("role", "listbox");
  note.setAttribute("aria-live", "polite");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let known = [];
  let chosen = -1;

  /** Read the names when they are first asked for: a large layer has many. */
  function read() {
    if (known.length) return;
    known = (typeof items === "function" ? items() : items).map((item) => ({
      ...item, words: item.texts.flatMap((text) => [text.zh, text.en]).join("\n").toLowerCase(),
    }));
  }

  function hit(item, i) {
    const made = node("li", "pg-hit", say(node("span", "pg-name"), item.texts[0]));
    made.id = `${list.id}_${i}`;
    made.setAttribute("role", "option");
    /* The focus stays in the field, from where arrow keys choose. */
    made.addEventListener("mousedown", (event) => event.preventDefault());
    made.addEventListener("click", () => item.open());
    return made;
  }

  /** Choose a hit by its number; beyond the ends the choice goes round. */
  function choose(number) {
    const hits = [...list.children];
    chosen = hits.length ? (number + hits.length) % hits.length : -1;
    hits.forEach((own, i) => own.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) field.setAttribute("aria-activedescendant", hits[chosen].id);
    else field.removeAttribute("aria-activedescendant");
    hits[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function show() {
    read();
    const wanted = field.value.trim().toLowerCase();
    const found = wanted ? known.filter((item) => item.words.includes(wanted)) : [];
    list.replaceChildren(...found.slice(0, MOST).map(hit));
    list.hidden = !found.length;
    if (wanted && !found.length) say(note, words.search_none);
    else note.textContent = found.length > MOST ? `+ ${found.length - MOST}` : "";
    if (!wanted || found.length) delete note.dataset.pgText;
    note.hidden = !note.textContent;
    field.setAttribute("aria-expanded", String(!list.hidden));
    choose(0);
  }

  const KEYS = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => list.children[chosen]?.click(),
    Escape: () => {
      field.value = "";
      show();
    },
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] || !field.value) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  show();
  return node("div", "pg-search", field, list, note);
}

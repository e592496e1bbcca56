/* Draws a basemap of lines, water and names that stand in the page: see _drawn_ground.py.
 *
 * What is drawn depends on the scale, in metres to a pixel: long and important lines from afar,
 * others from near. Names keep clear of each other and of what the map says above them.
 */
"use strict";

const PARKGEO_GROUND = {
  /** From how many metres to a pixel a rank is drawn, and named; ranks count from 1. */
  SEEN_M: [0, Infinity, 220, 90, 36, 15, 5],
  NAMED_M: [0, 160, 75, 30, 13, 6, 2.5],
  PLACE_NAMED_M: [0, 800, 160, 60, 25, 10, 5],
  /** Widths of roads at 16 m to a pixel. */
  ROAD_PX: [0, 3.2, 2.6, 2.1, 1.4, 0.9, 0.5],
  ROAD: [
    null,
    { fill: "#f3e2bd", edge: "#d9c08a", thin: "#dfc794" },
    { fill: "#f8eed6", edge: "#d8cba9", thin: "#dcd1b4" },
    { fill: "#ffffff", edge: "#d3d8da", thin: "#d5d9da" },
    { fill: "#ffffff", edge: "#dbdfe0", thin: "#dde0e1" },
    { fill: "#ffffff", edge: "#e1e4e5", thin: "#e2e5e5" },
    { fill: "#ffffff", edge: "#e5e8e8", thin: "#e6e9e9" },
  ],
  WATER: "#d3e2ec",
  SHORE: "#bfd3e0",
  RAILWAY: "#b3b8bd",
  BORDER: "#b9a9bf",
  HALO: "rgb(250 251 251 / 88%)",
  /** Colour, weight and size of the names of each kind. */
  NAMES: {
    place: { color: "#655e6e", style: "600", sizes: [0, 17, 15, 13, 12, 11, 11] },
    water_name: { color: "#47708f", style: "italic 500", sizes: [0, 14, 13, 12, 12, 11, 11] },
    river: { color: "#47708f", style: "italic 500", sizes: [0, 13, 12, 12, 11, 11, 11] },
    road: { color: "#666d75", style: "400", sizes: [0, 12, 12, 11, 11, 11, 11] },
    railway: { color: "#666d75", style: "400", sizes: [0, 11, 11, 11, 11, 11, 11] },
    border: { color: "#7a6a82", style: "400", sizes: [0, 11, 11, 11, 11, 11, 11] },
  },
  /** Which names have the right of way where ranks are alike. */
  FIRST: ["place", "water_name", "river", "road", "railway", "border"],
  LONGEST_NAME: 32,
  APART_PX: 260,
  REPEAT_PX: 480,
};

const ParkgeoGround = L.Renderer.extend({
  /** What parkgeoGroundDrawing read, the panel's page object, and whose data it is, as HTML. */
  initialize({ shapes, table, kinds }, page, attribution) {
    L.Renderer.prototype.initialize.call(this, { pane: "pgGround", padding: 0.2, attribution });
    Object.assign(this, { shapes, table, page, placed: [], widths: new Map(), groups: new Map() });
    this.kindOf = table.classes.map((number) => kinds[number]);
    this.kindOf.forEach((kind, i) => {
      const key = `${kind} ${table.ranks[i]}`;
      if (!this.groups.has(key)) this.groups.set(key, []);
      this.groups.get(key).push(i);
    });
  },

  /** One canvas under everything, and one for names, which lie over areas and under labels. */
  _initContainer() {
    const make = (className) => {
      const canvas = L.DomUtil.create("canvas", className);
      canvas.setAttribute("aria-hidden", "true");
      return canvas;
    };
    this._container = make("pg-ground");
    this._over = make("pg-ground-names");
    this._context = this._container.getContext("2d");
    this._writing = this._over.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
    this._over.remove();
    delete this._container;
    delete this._context;
  },

  onAdd(map) {
    L.Renderer.prototype.onAdd.call(this, map);
    this._over.className += ` ${this._zoomAnimated ? "leaflet-zoom-animated" : ""}`;
    this.getPane("pgGroundNames").append(this._over);
    map.on("pglanguage", this.draw, this);
    map.on("layeradd layerremove", this._labelsChanged, this);
    return this;
  },

  onRemove(map) {
    map.off("pglanguage", this.draw, this);
    map.off("layeradd layerremove", this._labelsChanged, this);
    L.Util.cancelAnimFrame(this._asked);
    L.Renderer.prototype.onRemove.call(this, map);
  },

  _updateTransform(center, zoom) {
    L.Renderer.prototype._updateTransform.call(this, center, zoom);
    this._over.style.transform = this._container.style.transform;
  },

  /** Follow the view, after each move. */
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min, max } = this._bounds;
    const [width, height] = [max.x - min.x, max.y - min.y];
    /* Fine enough for paper and for a picture of twice the size. */
    const ratio = Math.max(2, window.devicePixelRatio || 1);
    for (const context of [this._context, this._writing]) {
      const { canvas } = context;
      L.DomUtil.setPosition(canvas, min);
      [canvas.width, canvas.height] = [ratio * width, ratio * height];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.draw();
  },

  /** Names of the map have come or gone: draw once more, when all of them have. */
  _labelsChanged({ layer }) {
    if (!this.page.labels.some(({ tip }) => tip === layer)) return;
    L.Util.cancelAnimFrame(this._asked);
    this._asked = L.Util.requestAnimFrame(this.draw, this);
  },

  draw() {
    if (!this._context || !this._bounds) return;
    const { crs } = this._map.options;
    if (!this.plane || this.plane.crs !== crs) this.plane = parkgeoTurns.finish(parkgeoLaying(this.shapes, crs));
    const { min, max } = this._bounds;
    const origin = this._map.getPixelOrigin().add(min);
    const scale = crs.scale(this._map.getZoom()) / crs.scale(0);
    this.view = {
      k: this.plane.unit * scale, dx: this.plane.left * scale - origin.x, dy: this.plane.top * scale - origin.y,
      width: max.x - min.x, height: max.y - min.y, m: this._metres(),
    };
    this._context.clearRect(0, 0, this.view.width, this.view.height);
    this._writing.clearRect(0, 0, this.view.width, this.view.height);
    this._drawWater();
    this._drawDashed("border", PARKGEO_GROUND.BORDER, 1.2, [8, 3, 1.5, 3]);
    this._drawRailways();
    this._drawRoads();
    this._drawNames();
  },

  /** Metres to a pixel in the middle of the view. */
  _metres() {
    const middle = this._map.getSize().divideBy(2);
    const [a, b] = [middle, middle.add([100, 0])].map((pixel) => this._map.containerPointToLatLng(pixel));
    return L.CRS.Earth.distance(a, b) / 100;
  },

  /** Where a shape lies on the canvas: west, north, east, south. */
  _box(i) {
    const { k, dx, dy } = this.view;
    const { boxes } = this.plane;
    return [boxes[4 * i] * k + dx, boxes[4 * i + 1] * k + dy, boxes[4 * i + 2] * k + dx, boxes[4 * i + 3] * k + dy];
  },

  _inView(i) {
    const [west, north, east, south] = this._box(i);
    return east >= 0 && south >= 0 && west <= this.view.width && north <= this.view.height;
  },

  /** How long the box of a shape is on the canvas. */
  _reach(i) {
    const [west, north, east, south] = this._box(i);
    return Math.max(east - west, south - north);
  },

  _at(vertex) {
    const { k, dx, dy } = this.view;
    return [this.plane.x[vertex] * k + dx, this.plane.y[vertex] * k + dy];
  },

  /** All that is seen of a kind and a rank, as one path; null where nothing is. */
  _path(kind, rank) {
    const found = this.groups.get(`${kind} ${rank}`);
    if (!found || this.view.m > PARKGEO_GROUND.SEEN_M[rank]) return null;
    const path = new Path2D();
    const { runs, kinds, vertices } = this.shapes;
    for (const i of found) {
      if (!this._inView(i) || this._reach(i) < 2) continue;
      for (let run = runs[i]; run < runs[i + 1]; run += 1) {
        this._trace(path, vertices[run], vertices[run + 1]);
        if (kinds[run] === 0) path.closePath();
      }
    }
    return path;
  },

  /** Follow a line, past corners nearer than a pixel. */
  _trace(path, begin, end) {
    let [lastX, lastY] = this._at(begin);
    path.moveTo(lastX, lastY);
    for (let vertex = begin + 1; vertex < end; vertex += 1) {
      const [x, y] = this._at(vertex);
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.75 && vertex < end - 1) continue;
      path.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
  },

  _stroke(path, color, width, dash) {
    const context = this._context;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash || []);
    context.stroke(path);
    context.setLineDash([]);
  },

  /** How much wider lines are than at 16 m to a pixel. */
  _widening(power) {
    return (16 / Math.max(this.view.m, 1)) ** power;
  },

  _drawWater() {
    const context = this._context;
    [context.lineJoin, context.lineCap] = ["round", "round"];
    for (let rank = 6; rank > 0; rank -= 1) {
      const line = this._path("river", rank);
      const width = Math.max(0.8, (3.4 - 0.45 * rank) * this._widening(0.35));
      if (line) this._stroke(line, PARKGEO_GROUND.WATER, Math.min(width, 7));
    }
    for (let rank = 6; rank > 0; rank -= 1) {
      const area = this._path("water", rank);
      if (!area) continue;
      this._stroke(area, PARKGEO_GROUND.SHORE, 1);
      context.fillStyle = PARKGEO_GROUND.WATER;
      context.fill(area, "nonzero");
    }
  },

  _drawDashed(kind, color, width, dash) {
    this._context.lineCap = "butt";
    for (let rank = 6; rank > 0; rank -= 1) {
      const path = this._path(kind, rank);
      if (path) this._stroke(path, color, width, dash);
    }
  },

  /** A grey line with white dashes, as Chinese maps have railways; from afar a thin one. */
  _drawRailways() {
    this._context.lineCap = "butt";
    for (let rank = 6; rank > 0; rank -= 1) {
      const path = this._path("railway", rank);
      if (!path) continue;
      const wide = this.view.m < 40 && rank < 5;
      this._stroke(path, PARKGEO_GROUND.RAILWAY, wide ? 2.6 : 1.1);
      if (wide) this._stroke(path, "#fbfbfb", 1.3, [7, 7]);
    }
  },

  _drawRoads() {
    const { ROAD, ROAD_PX } = PARKGEO_GROUND;
    const paths = ROAD.map((style, rank) => (style ? this._path("road", rank) : null));
    const widths = ROAD_PX.map((px) => Math.min(px * this._widening(0.6), 6 + 2 * px));
    this._context.lineCap = "round";
    for (const layer of ["edge", "fill"]) {
      for (let rank = 6; rank > 0; rank -= 1) {
        const thin = widths[rank] < 2.4;
        if (!paths[rank]) continue;
        if (layer === "edge") {
          const color = thin ? ROAD[rank].thin : ROAD[rank].edge;
          this._stroke(paths[rank], color, thin ? Math.max(widths[rank], 0.7) : widths[rank] + 1.6);
        } else if (!thin) this._stroke(paths[rank], ROAD[rank].fill, widths[rank]);
      }
    }
  },

  /* Names ----------------------------------------------------------------------------------- */

  /** Shapes with a name, those first that have the right of way; once, for any scale. */
  _named() {
    if (!this.named) {
      const { ranks, names } = this.table;
      const order = (i) => 10 * ranks[i] + PARKGEO_GROUND.FIRST.indexOf(this.kindOf[i]);
      const length = (i) => this.shapes.vertices[this.shapes.runs[i] + 1] - this.shapes.vertices[this.shapes.runs[i]];
      this.named = [...names.keys()].filter((i) => names[i] >= 0 && PARKGEO_GROUND.NAMES[this.kindOf[i]]);
      this.named.sort((a, b) => order(a) - order(b) || length(b) - length(a));
    }
    return this.named;
  },

  _drawNames() {
    this.placed = [];
    this.family = getComputedStyle(this.page.root).fontFamily;
    this.covered = this._covered();
    const byText = new Map();
    for (const i of this._named()) {
      const rank = this.table.ranks[i];
      const { NAMED_M, PLACE_NAMED_M } = PARKGEO_GROUND;
      const most_m = (this.kindOf[i] === "place" ? PLACE_NAMED_M : NAMED_M)[rank];
      if (this.view.m > most_m || !this._inView(i)) continue;
      const label = this._label(i, rank);
      for (const near of this._places(i, label.width)) near.some((place) => this._place({ ...label, ...place }, byText));
    }
    this.placed.forEach((label) => this._write(label));
  },

  /** Boxes of what the map itself says, on the canvas: its labels, and degrees at its edges. */
  _covered() {
    const canvas = this._container.getBoundingClientRect();
    const labels = this.page.labels.map(({ tip }) => (this._map.hasLayer(tip) ? tip.getElement() : null))
      .filter((element) => element && !element.classList.contains("pg-hidden"));
    return [...labels, ...this.page.root.querySelectorAll(".pg-degree")].map((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return [left - canvas.left, top - canvas.top, right - canvas.left, bottom - canvas.top];
    });
  },

  _label(i, rank) {
    const { color, style, sizes } = PARKGEO_GROUND.NAMES[this.kindOf[i]];
    const characters = Array.from(this.page.said(this.table.texts[this.table.names[i]]));
    const most = PARKGEO_GROUND.LONGEST_NAME;
    const text = characters.length > most ? characters.slice(0, most).join("") + "…" : characters.join("");
    const font = `${style} ${sizes[rank]}px ${this.family}`;
    const key = `${font}\n${text}`;
    if (!this.widths.has(key)) {
      this._writing.font = font;
      this.widths.set(key, this._writing.measureText(text).width);
    }
    return { text, font, color, width: this.widths.get(key), height: 1.25 * sizes[rank] };
  },

  /** Where a name may stand, each time with places to choose from: at its point, or along its line. */
  _places(i, width) {
    const { runs, kinds, vertices } = this.shapes;
    const [begin, end] = [vertices[runs[i]], vertices[runs[i] + 1]];
    if (kinds[runs[i]] === 2) {
      const room = this.table.rooms[i];
      const [x, y] = this._at(begin);
      return room && room / this.view.m < width ? [] : [[{ x, y, angle: 0 }]];
    }
    if (2 * this._reach(i) < width) return [];
    const points = Array.from({ length: end - begin }, (_, n) => this._at(begin + n));
    return parkgeoAlong(points, width, PARKGEO_GROUND.REPEAT_PX);
  },

  /** Keep a name if nothing lies there, and it does not stand near by already; say whether. */
  _place(label, byText) {
    const { x, y, text, width, height } = label;
    if (x < 0 || y < 0 || x > this.view.width || y > this.view.height) return false;
    const same = byText.get(text) || [];
    if (same.some(([u, v]) => Math.hypot(u - x, v - y) < PARKGEO_GROUND.APART_PX)) return false;
    const radius = 0.62 * height;
    const count = Math.max(1, Math.ceil(width / height));
    const [dx, dy] = [Math.cos(label.angle), Math.sin(label.angle)];
    const discs = Array.from({ length: count }, (_, k) => {
      const along = count > 1 ? (k / (count - 1) - 0.5) * (width - 0.8 * height) : 0;
      return [x + along * dx, y + along * dy];
    });
    const reach = width / 2 + height;
    const meets = (other) => Math.abs(other.x - x) < other.reach + reach && Math.abs(other.y - y) < other.reach + reach
      && discs.some(([u, v]) => other.discs.some(([s, t]) => Math.hypot(u - s, v - t) < radius + other.radius));
    const under = ([west, north, east, south]) => discs.some(([u, v]) => (
      Math.hypot(Math.max(west - u, 0, u - east), Math.max(north - v, 0, v - south)) < radius
    ));
    if (this.covered.some(under) || this.placed.some(meets)) return false;
    this.placed.push({ ...label, discs, radius, reach });
    byText.set(text, [...same, [x, y]]);
    return true;
  },

  _write({ x, y, angle, text, font, color }) {
    const context = this._writing;
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    Object.assign(context, {
      font, textAlign: "center", textBaseline: "middle", lineJoin: "round",
      strokeStyle: PARKGEO_GROUND.HALO, lineWidth: 3, fillStyle: color,
    });
    context.strokeText(text, 0, 0);
    context.fillText(text, 0, 0);
    context.restore();
  },
});

/** Find where a text fits along a line: at even distances, and near each where the line is straight. */
function parkgeoAlong(points, width, apart) {
  const NEAR = [0, -0.16, 0.16, -0.3, 0.3];
  const lengths = [0];
  for (let k = 1; k < points.length; k += 1) {
    lengths.push(lengths[k - 1] + Math.hypot(points[k][0] - points[k - 1][0], points[k][1] - points[k - 1][1]));
  }
  const total = lengths[lengths.length - 1];
  function at(distance) {
    let [low, high] = [0, lengths.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (lengths[middle] <= distance) low = middle;
      else high = middle;
    }
    const t = lengths[high] > lengths[low] ? (distance - lengths[low]) / (lengths[high] - lengths[low]) : 0;
    return [0, 1].map((axis) => points[low][axis] + t * (points[high][axis] - points[low][axis]));
  }
  /** The place for a text's middle, if the line does not leave the text's own line there. */
  function straight(middle) {
    const [from, to] = [middle - width / 2, middle + width / 2];
    if (from < 0 || to > total) return [];
    const [[ax, ay], [x, y], [bx, by]] = [at(from), at(middle), at(to)];
    if (Math.hypot(bx - ax, by - ay) < 0.97 * width) return [];
    let angle = Math.atan2(by - ay, bx - ax);
    if (Math.abs(angle) > Math.PI / 2) angle -= Math.sign(angle) * Math.PI;
    return [{ x: (ax + 2 * x + bx) / 4, y: (ay + 2 * y + by) / 4, angle }];
  }
  if (total < width + 16) return [];
  const count = Math.max(1, Math.floor(total / apart));
  return Array.from({ length: count }, (_, n) => (
    NEAR.flatMap((shift) => straight(((n + 0.5 + shift) / count) * total))
  ));
}

/** Read a drawing that stands in the page under an id. */
async function parkgeoGroundDrawing(id) {
  const { kinds, shapes, table } = JSON.parse(document.getElementById(id).textContent);
  return { kinds, shapes: await parkgeoShapes(shapes), table: await parkgeoTable(table) };
}

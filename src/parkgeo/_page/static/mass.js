/* Draws a large layer on one canvas from the few bytes that the page holds of it.
 *
 * Shapes stay arrays of numbers: no object per shape, no element per shape. What is smaller than a
 * pixel is drawn as one, and corners nearer than a pixel are passed over, so that the cost of a
 * picture is bounded by the screen more than by the data.
 */
"use strict";

/** Read compressed text that stands in the page; nothing is fetched. */
async function parkgeoBytes(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function parkgeoTable(text) {
  return JSON.parse(new TextDecoder().decode(await parkgeoBytes(text)));
}

/** Unpack shapes, as _packed.py packs them, into arrays: see there. */
async function parkgeoShapes({ count, origin, step, sizes, data }) {
  const bytes = await parkgeoBytes(data);
  let at = 0;
  function number() {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at];
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }
  const runs = new Uint32Array(count + 1);
  for (let i = 0; i < count; i += 1) runs[i + 1] = runs[i] + number();
  const kinds = bytes.subarray(at, at + sizes[1]);
  at += sizes[1];
  const vertices = new Uint32Array(kinds.length + 1);
  for (let i = 0; i < kinds.length; i += 1) vertices[i + 1] = vertices[i] + number();
  const total = vertices[kinds.length];
  const [lng, lat] = [new Float64Array(total), new Float64Array(total)];
  let [beginX, beginY] = [0, 0];
  for (let run = 0; run < kinds.length; run += 1) {
    let [x, y] = [beginX, beginY];
    for (let i = vertices[run]; i < vertices[run + 1]; i += 1) {
      const [dx, dy] = [number(), number()];
      x += dx % 2 ? -(dx + 1) / 2 : dx / 2;
      y += dy % 2 ? -(dy + 1) / 2 : dy / 2;
      if (i === vertices[run]) [beginX, beginY] = [x, y];
      lng[i] = origin[0] + x * step;
      lat[i] = origin[1] + y * step;
    }
  }
  return { count, runs, kinds, vertices, lng, lat };
}

const ParkgeoMass = L.Renderer.extend({
  options: { padding: 0.25, pane: "overlayPane" },

  /** Shapes from parkgeoShapes; of each, the number of its style; and the styles. */
  initialize(shapes, classes, styles, options) {
    L.Renderer.prototype.initialize.call(this, options);
    Object.assign(this, { shapes, classes, styles, marked: -1 });
  },

  _initContainer() {
    this._container = L.DomUtil.create("canvas", "pg-mass");
    this._context = this._container.getContext("2d");
  },

  _destroyContainer() {
    L.DomUtil.remove(this._container);
    delete this._context;
  },

  /** Put all vertices on the plane of the map, at zoom 0; again where its datum has changed. */
  _project() {
    const { crs } = this._map.options;
    if (this._crs === crs) return;
    this._crs = crs;
    const { count, runs, vertices, lng, lat } = this.shapes;
    const [x, y] = [new Float64Array(lng.length), new Float64Array(lng.length)];
    for (let i = 0; i < lng.length; i += 1) {
      const point = crs.latLngToPoint({ lng: lng[i], lat: lat[i] }, 0);
      [x[i], y[i]] = [point.x, point.y];
    }
    const boxes = new Float64Array(4 * count);
    for (let i = 0; i < count; i += 1) {
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let k = vertices[runs[i]]; k < vertices[runs[i + 1]]; k += 1) {
        if (x[k] < west) west = x[k];
        if (x[k] > east) east = x[k];
        if (y[k] < north) north = y[k];
        if (y[k] > south) south = y[k];
      }
      boxes.set([west, north, east, south], 4 * i);
    }
    Object.assign(this, { x, y, boxes });
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    [this._container.width, this._container.height] = [ratio * size.x, ratio * size.y];
    [this._container.style.width, this._container.style.height] = [`${size.x}px`, `${size.y}px`];
    this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
    this.fire("update");
  },

  draw() {
    this._project();
    const context = this._context;
    const { min, max } = this._bounds;
    context.clearRect(0, 0, max.x - min.x, max.y - min.y);
    const { crs } = this._map.options;
    const scale = crs.scale(this._map.getZoom()) / crs.scale(0);
    const origin = this._map.getPixelOrigin().add(min);
    const view = { scale, left: origin.x, top: origin.y, width: max.x - min.x, height: max.y - min.y };
    this.styles.forEach((style, number) => {
      if (style.hidden) return;
      const areas = new Path2D();
      const lines = new Path2D();
      for (let i = 0; i < this.shapes.count; i += 1) {
        if (this.classes[i] === number) this._trace(i, view, areas, lines);
      }
      this._paint(areas, lines, style);
    });
    if (this.marked >= 0) {
      const path = new Path2D();
      this._trace(this.marked, view, path, path);
      context.strokeStyle = "#f2a900";
      context.lineWidth = 4;
      context.stroke(path);
    }
  },

  _paint(areas, lines, { color, opacity }) {
    const context = this._context;
    context.fillStyle = color;
    context.strokeStyle = color;
    context.globalAlpha = opacity;
    context.fill(areas, "nonzero");
    context.globalAlpha = 1;
    context.lineWidth = 0.6;
    context.stroke(areas);
    context.lineWidth = 2;
    context.stroke(lines);
  },

  _trace(i, { scale, left, top, width, height }, areas, lines) {
    const west = this.boxes[4 * i] * scale - left;
    const north = this.boxes[4 * i + 1] * scale - top;
    const east = this.boxes[4 * i + 2] * scale - left;
    const south = this.boxes[4 * i + 3] * scale - top;
    if (!(east >= 0 && south >= 0 && west <= width && north <= height)) return;
    const { runs, kinds, vertices } = this.shapes;
    const small = east - west < 1 && south - north < 1;
    for (let run = runs[i]; run < runs[i + 1]; run += 1) {
      const [begin, end] = [vertices[run], vertices[run + 1]];
      const kind = kinds[run];
      if (kind === 2) {
        const [x, y] = [this.x[begin] * scale - left, this.y[begin] * scale - top];
        areas.moveTo(x + 4, y);
        areas.arc(x, y, 4, 0, 2 * Math.PI);
      } else if (small) {
        areas.rect(west, north, 1, 1);
        return;
      } else {
        this._traceRun(begin, end, kind === 0, kind === 0 ? areas : lines, scale, left, top);
      }
    }
  },

  _traceRun(begin, end, closed, path, scale, left, top) {
    let [lastX, lastY] = [this.x[begin] * scale - left, this.y[begin] * scale - top];
    path.moveTo(lastX, lastY);
    for (let k = begin + 1; k < end; k += 1) {
      const [x, y] = [this.x[k] * scale - left, this.y[k] * scale - top];
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.75 && k < end - 1) continue;
      path.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
    if (closed) path.closePath();
  },

  /** Find the shape at a place, the last drawn first; -1 where there is none. */
  at(latlng) {
    if (!this.boxes) return -1;
    const { crs } = this._map.options;
    const { x, y } = crs.latLngToPoint(latlng, 0);
    const near = 6 / (crs.scale(this._map.getZoom()) / crs.scale(0));
    const { boxes, classes, styles } = this;
    for (let i = this.shapes.count - 1; i >= 0; i -= 1) {
      const out = x < boxes[4 * i] - near || y < boxes[4 * i + 1] - near
        || x > boxes[4 * i + 2] + near || y > boxes[4 * i + 3] + near;
      if (!out && !styles[classes[i]].hidden && this._hit(i, x, y, near)) return i;
    }
    return -1;
  },

  _hit(i, x, y, near) {
    const { runs, kinds, vertices } = this.shapes;
    let winding = 0;
    for (let run = runs[i]; run < runs[i + 1]; run += 1) {
      const [begin, end] = [vertices[run], vertices[run + 1]];
      if (kinds[run] === 0) {
        for (let k = begin; k < end; k += 1) {
          const next = k + 1 < end ? k + 1 : begin;
          const [ax, ay, bx, by] = [this.x[k], this.y[k], this.x[next], this.y[next]];
          if ((ay <= y) !== (by <= y)) {
            const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
            if (side > 0 === by > ay) winding += by > ay ? 1 : -1;
          }
        }
      } else {
        for (let k = begin; k < end; k += 1) {
          const next = Math.min(k + 1, end - 1);
          const [ax, ay] = [this.x[k], this.y[k]];
          const [dx, dy] = [this.x[next] - ax, this.y[next] - ay];
          const square = dx * dx + dy * dy;
          const t = square ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
          if (Math.hypot(x - ax - t * dx, y - ay - t * dy) <= near) return true;
        }
      }
    }
    return winding !== 0;
  },

  mark(i) {
    this.marked = i;
    if (this._context) this.draw();
  },

  /** Where a shape lies, as Leaflet wants it. */
  boundsOf(i) {
    const { runs, vertices, lng, lat } = this.shapes;
    const bounds = L.latLngBounds([]);
    for (let k = vertices[runs[i]]; k < vertices[runs[i + 1]]; k += 1) bounds.extend([lat[k], lng[k]]);
    return bounds;
  },
});

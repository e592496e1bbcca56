/* Draws a large layer on canvas tiles from the few bytes that the page holds of it.
 *
 * Shapes stay arrays of numbers (shapes.js): no object per shape, no element per shape. A tile is
 * drawn once and moved by the browser, so panning costs what comes into view, and a zoom fills tile
 * by tile over the picture before it. Layers of up to AT_ONCE vertices are drawn at once; larger
 * ones in turns of a few milliseconds, from the middle of the window. Corners are drawn on a lattice
 * of half a pixel, and those that meet there once: neighbours keep the border they share. What is
 * smaller than a pixel is one pixel, however many such shapes lie there.
 */
"use strict";

/** How near to a point or a line a click is on it, in pixels. */
function parkgeoReach({ radius }) {
  return Math.max(6, (radius || 4) + 2);
}

const ParkgeoMass = L.Layer.extend({
  options: { pane: "overlayPane", tile: 256, atOnce: 60000 },

  /** Shapes from parkgeoShapes; of each, the number of its style; and the styles: color, opacity,
   * hidden, and if need be the radius of points in pixels, and another color of the outline. */
  initialize(shapes, classes, styles, options) {
    L.setOptions(this, options);
    Object.assign(this, { shapes, classes, styles, marked: -1, levels: [], plane: null, jobs: new Set() });
  },

  onAdd() {
    this._container = L.DomUtil.create("div", "pg-mass", this.getPane());
    this._container.style.position = "absolute";
    this._flush = () => this.finish();
    window.addEventListener("beforeprint", this._flush);
    this._update();
  },

  onRemove() {
    window.removeEventListener("beforeprint", this._flush);
    this._forget();
    this._unmark();
    this._container.remove();
  },

  getEvents() {
    return {
      viewreset: this._update, moveend: this._update, move: this._follow, zoom: this._place,
      zoomanim: this._animate,
    };
  },

  /** Whether something is still to be drawn. */
  busy() {
    return this.jobs.size > 0;
  },

  /** Whether to draw without turns: little, or a page that is printed or saved as a picture. */
  _now() {
    return this.shapes.x.length <= this.options.atOnce || this._map.getContainer().classList.contains("pg-paper");
  },

  /** Draw what is still to be drawn now. */
  finish() {
    for (const job of [...this.jobs].sort((a, b) => a.rank - b.rank)) parkgeoTurns.finish(job.steps);
    if (this.busy()) this.finish();
  },

  /* Work ------------------------------------------------------------------------------------ */

  _do(steps, rank, then) {
    const layer = this;
    function* whole() {
      yield* steps;
      layer._cancel(job);
      if (then) then();
      layer._settle();
    }
    const job = { steps: whole(), rank };
    this.jobs.add(job);
    if (this._now()) parkgeoTurns.finish(job.steps);
    else job.turn = parkgeoTurns.add(job.steps, rank);
    return job;
  },

  _cancel(job) {
    this.jobs.delete(job);
    if (job && job.turn) parkgeoTurns.cancel(job.turn);
  },

  /** When everything in view is drawn, take away what lay below it. */
  _settle() {
    if (this.busy()) return;
    for (const level of this.levels.splice(0, this.levels.length - 1)) level.element.remove();
    this.fire("settled");
  },

  _forget() {
    for (const job of [...this.jobs]) this._cancel(job);
    for (const level of this.levels.splice(0)) level.element.remove();
  },

  /* Levels: the tiles of one zoom ----------------------------------------------------------- */

  /** See to it that the tiles in view are there, or will be. */
  _update() {
    const map = this._map;
    if (!map || map._animatingZoom) return;
    const { crs } = map.options;
    if (this._crs !== crs) {
      this._crs = crs;
      this._forget();
      this.plane = null;
      this._do(this._lay(crs), -1, () => this._update());
      return;
    }
    if (!this.plane) return;
    this._place();
    const ratio = window.devicePixelRatio || 1;
    let level = this.levels[this.levels.length - 1];
    if (!level || level.zoom !== map.getZoom() || level.ratio !== ratio) level = this._addLevel(ratio);
    this._fill(level);
    if (this._now()) this.finish();
  },

  * _lay(crs) {
    this.plane = yield* parkgeoLaying(this.shapes, crs);
  },

  _addLevel(ratio) {
    for (const level of this.levels) this._stop(level);
    const zoom = this._map.getZoom();
    const element = L.DomUtil.create("div", "leaflet-zoom-animated", this._container);
    const level = {
      zoom, ratio, element, tiles: new Map(), origin: this._map.getPixelOrigin(),
      /* Whole pixels of the screen, or edges of tiles would show. */
      side: Math.round(this.options.tile * ratio) / ratio,
      scale: this._crs.scale(zoom) / this._crs.scale(0),
    };
    this.levels.push(level);
    this._placeLevel(level, this._map.getCenter(), zoom);
    return level;
  },

  _stop(level) {
    for (const tile of level.tiles.values()) this._cancel(tile.job);
  },

  _place() {
    for (const level of this.levels) this._placeLevel(level, this._map.getCenter(), this._map.getZoom());
  },

  _animate({ center, zoom }) {
    for (const level of this.levels) this._placeLevel(level, center, zoom);
  },

  _placeLevel(level, center, zoom) {
    const scale = this._map.getZoomScale(zoom, level.zoom);
    const shift = level.origin.multiplyBy(scale).subtract(this._map._getNewPixelOrigin(center, zoom));
    L.DomUtil.setTransform(level.element, scale === 1 ? shift.round() : shift, scale);
  },

  /** While the map is dragged, once a frame. */
  _follow() {
    if (this._following || !this.plane) return;
    this._following = requestAnimationFrame(() => {
      this._following = 0;
      const level = this.levels[this.levels.length - 1];
      if (this._map && !this._map._animatingZoom && level && level.zoom === this._map.getZoom()) this._fill(level);
    });
  },

  /** Add tiles that are missing in view and around it, and drop those far off. */
  _fill(level) {
    const { min, max } = this._map.getPixelBounds();
    const [middle, { side, tiles }] = [min.add(max).divideBy(2), level];
    const around = (max.x - min.x + max.y - min.y) / 8;
    for (const tile of tiles.values()) {
      const far = Math.max(
        min.x - (tile.column + 1) * side, tile.column * side - max.x,
        min.y - (tile.row + 1) * side, tile.row * side - max.y,
      );
      if (far > 8 * around) this._drop(level, tile);
      else if (tile.job && tile.job.turn) tile.job.turn.rank = this._rank(tile, side, middle);
    }
    for (let row = Math.floor((min.y - around) / side); row * side < max.y + around; row += 1) {
      for (let column = Math.floor((min.x - around) / side); column * side < max.x + around; column += 1) {
        const key = `${column} ${row}`;
        if (tiles.has(key) || !this._meets(level, column, row)) continue;
        const tile = { key, column, row, canvas: null, job: null };
        tiles.set(key, tile);
        tile.job = this._do(this._drawTile(level, tile), this._rank(tile, side, middle));
      }
    }
    this._settle();
  },

  _rank({ column, row }, side, middle) {
    return Math.hypot((column + 0.5) * side - middle.x, (row + 0.5) * side - middle.y);
  },

  _drop(level, tile) {
    this._cancel(tile.job);
    if (tile.canvas) tile.canvas.remove();
    level.tiles.delete(tile.key);
  },

  /** Whether a tile has ground of the layer on it. */
  _meets(level, column, row) {
    const [west, north, east, south] = this._ground(level, column, row);
    return east >= 0 && south >= 0 && west <= 2 ** 30 && north <= 2 ** 30;
  },

  /** How far around its place, in pixels, anything is drawn or clicked. */
  _reach() {
    return Math.max(...this.styles.map(parkgeoReach));
  },

  /** The ground of a tile on the plane, and what may reach into it from around. */
  _ground({ side, scale }, column, row) {
    const { left, top, unit } = this.plane;
    const reach = this._reach();
    return [
      ((column * side - reach) / scale - left) / unit, ((row * side - reach) / scale - top) / unit,
      (((column + 1) * side + reach) / scale - left) / unit, (((row + 1) * side + reach) / scale - top) / unit,
    ];
  },

  /* Tiles ----------------------------------------------------------------------------------- */

  * _drawTile(level, tile) {
    const { side, scale, ratio } = level;
    const { left, top, unit, index, boxes } = this.plane;
    const found = index(...this._ground(level, tile.column, tile.row));
    const view = {
      k: unit * scale, dx: left * scale - tile.column * side, dy: top * scale - tile.row * side,
      taken: new Uint8Array(Math.ceil(side) ** 2), side: Math.ceil(side),
    };
    const paths = new Map();
    for (let n = 0; n < found.length; n += 1) {
      const number = this.classes[found[n]];
      if (this.styles[number] && !this.styles[number].hidden) {
        if (!paths.has(number)) paths.set(number, { areas: new Path2D(), outlines: [], lines: new Path2D(), count: 0 });
        const own = paths.get(number);
        /* Outlines are painted some hundreds at a time; areas at once, or seams would show. */
        if (own.count % 256 === 0) own.outlines.push(new Path2D());
        own.count += 1;
        this._trace(found[n], boxes, view, own, number);
      }
      if (n % 64 === 63) yield;
    }
    const canvas = L.DomUtil.create("canvas", "");
    const pixels = Math.round(side * ratio);
    [canvas.width, canvas.height] = [pixels, pixels];
    canvas.style.cssText = `position:absolute;width:${side}px;height:${side}px;`
      + `left:${tile.column * side - level.origin.x}px;top:${tile.row * side - level.origin.y}px`;
    /* Drawn once and moved often: on the CPU, which fills thousands of small shapes best. */
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const number of [...paths.keys()].sort((a, b) => a - b)) {
      yield* this._paint(context, paths.get(number), this.styles[number]);
    }
    if (tile.canvas) tile.canvas.replaceWith(canvas);
    else level.element.append(canvas);
    tile.canvas = canvas;
    this._uncover(level, tile);
  },

  /** Clear the ground of a new tile from the pictures below. */
  _uncover(level, tile) {
    for (const below of this.levels) {
      if (below === level) continue;
      const by = (below.scale / level.scale) * level.side;
      for (const old of below.tiles.values()) {
        if (!old.canvas) continue;
        old.canvas.getContext("2d").clearRect(
          tile.column * by - old.column * below.side, tile.row * by - old.row * below.side, by, by,
        );
      }
    }
  },

  * _paint(context, { areas, outlines, lines }, { color, opacity, outline }) {
    /* Reading a pixel has what was asked for painted in this turn, not all at the end of a frame. */
    const painted = () => context.getImageData(0, 0, 1, 1);
    context.fillStyle = color;
    context.globalAlpha = opacity;
    context.fill(areas, "nonzero");
    context.globalAlpha = 1;
    painted();
    yield;
    context.strokeStyle = outline || color;
    context.lineWidth = 0.6;
    for (const path of outlines) {
      context.stroke(path);
      painted();
      yield;
    }
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.stroke(lines);
    painted();
  },

  _trace(i, boxes, view, { areas, outlines: all, lines }, number) {
    const outlines = all[all.length - 1];
    const { k, dx, dy, taken, side } = view;
    const { runs, kinds, vertices } = this.shapes;
    const west = boxes[4 * i] * k + dx;
    const north = boxes[4 * i + 1] * k + dy;
    const [wide, high] = [boxes[4 * i + 2] * k + dx - west, boxes[4 * i + 3] * k + dy - north];
    const small = wide < 1 && high < 1;
    if (small && kinds[runs[i]] !== 2) {
      const [x, y] = [Math.floor(west + wide / 2), Math.floor(north + high / 2)];
      if (x < 0 || y < 0 || x >= side || y >= side || taken[y * side + x] === number + 1) return;
      taken[y * side + x] = number + 1;
      areas.moveTo(x, y);
      areas.lineTo(x + 1, y);
      areas.lineTo(x + 1, y + 1);
      areas.lineTo(x, y + 1);
      return;
    }
    /* Outlines of what is but a few pixels large would hide it. */
    const outlined = wide >= 5 || high >= 5;
    for (let run = runs[i]; run < runs[i + 1]; run += 1) {
      const [begin, end] = [vertices[run], vertices[run + 1]];
      if (kinds[run] === 2) {
        const [x, y] = [this.plane.x[begin] * k + dx, this.plane.y[begin] * k + dy];
        const radius = this.styles[number].radius || 4;
        for (const path of [areas, outlines]) {
          path.moveTo(x + radius, y);
          path.arc(x, y, radius, 0, 2 * Math.PI);
        }
      } else if (kinds[run] === 1) {
        this._traceRun(begin, end, false, lines, lines, view);
      } else {
        this._traceRun(begin, end, true, areas, outlined ? outlines : areas, view);
      }
    }
  },

  /** Add a ring or a line to a path. Rings are not closed by closePath(), which goes over the whole
   * path in Chromium, so that many would take forever; fills need no closing. */
  _traceRun(begin, end, closed, path, second, { k, dx, dy }) {
    const { x, y } = this.plane;
    const firstX = Math.round(2 * (x[begin] * k + dx));
    const firstY = Math.round(2 * (y[begin] * k + dy));
    const both = second !== path;
    let lastX = firstX;
    let lastY = firstY;
    path.moveTo(lastX / 2, lastY / 2);
    if (both) second.moveTo(lastX / 2, lastY / 2);
    for (let i = begin + 1; i < end; i += 1) {
      const nextX = Math.round(2 * (x[i] * k + dx));
      const nextY = Math.round(2 * (y[i] * k + dy));
      if (nextX === lastX && nextY === lastY) continue;
      path.lineTo(nextX / 2, nextY / 2);
      if (both) second.lineTo(nextX / 2, nextY / 2);
      lastX = nextX;
      lastY = nextY;
    }
    if (closed && both) second.lineTo(firstX / 2, firstY / 2);
  },

  /** Draw everything anew, after styles have changed. */
  draw() {
    const level = this.levels[this.levels.length - 1];
    if (!level) return;
    const { min, max } = this._map.getPixelBounds();
    const middle = min.add(max).divideBy(2);
    for (const tile of level.tiles.values()) {
      this._cancel(tile.job);
      tile.job = this._do(this._drawTile(level, tile), this._rank(tile, level.side, middle));
    }
  },

  /* Places ---------------------------------------------------------------------------------- */

  /** Find the shape at a place, the last row first; -1 where there is none. */
  at(latlng) {
    if (!this.plane || !this._map) return -1;
    const { left, top, unit, index } = this.plane;
    const point = this._crs.latLngToPoint(latlng, 0);
    const [x, y] = [(point.x - left) / unit, (point.y - top) / unit];
    const pixel = this._crs.scale(0) / this._crs.scale(this._map.getZoom()) / unit;
    const reach = this._reach() * pixel;
    const found = index(x - reach, y - reach, x + reach, y + reach);
    for (let n = found.length - 1; n >= 0; n -= 1) {
      const style = this.styles[this.classes[found[n]]];
      if (style && !style.hidden && this._hit(found[n], x, y, parkgeoReach(style) * pixel)) return found[n];
    }
    return -1;
  },

  _hit(i, x, y, near) {
    const { runs, kinds, vertices } = this.shapes;
    const { x: xs, y: ys } = this.plane;
    let winding = 0;
    for (let run = runs[i]; run < runs[i + 1]; run += 1) {
      const [begin, end] = [vertices[run], vertices[run + 1]];
      if (kinds[run] === 0) {
        for (let k = begin; k < end; k += 1) {
          const next = k + 1 < end ? k + 1 : begin;
          const [ax, ay, bx, by] = [xs[k], ys[k], xs[next], ys[next]];
          if ((ay <= y) !== (by <= y)) {
            const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
            if (side > 0 === by > ay) winding += by > ay ? 1 : -1;
          }
        }
      } else {
        for (let k = begin; k < end; k += 1) {
          const next = Math.min(k + 1, end - 1);
          const [ax, ay] = [xs[k], ys[k]];
          const [dx, dy] = [xs[next] - ax, ys[next] - ay];
          const square = dx * dx + dy * dy;
          const t = square ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
          if (Math.hypot(x - ax - t * dx, y - ay - t * dy) <= near) return true;
        }
      }
    }
    return winding !== 0;
  },

  /** Outline a shape; -1 for none. */
  mark(i) {
    this.marked = i;
    this._unmark();
    if (i < 0 || !this._map) return;
    if (!this._map.getPane("pgMarked")) {
      Object.assign(this._map.createPane("pgMarked").style, { zIndex: 440, pointerEvents: "none" });
    }
    const style = { pane: "pgMarked", color: "#f2a900", weight: 4, opacity: 1, fill: false, interactive: false };
    const { runs, kinds, vertices } = this.shapes;
    const { radius = 4 } = this.styles[this.classes[i]] || {};
    const drawn = [];
    for (let run = runs[i]; run < runs[i + 1]; run += 1) {
      const places = Array.from({ length: vertices[run + 1] - vertices[run] }, (_, k) => this._latlng(vertices[run] + k));
      if (kinds[run] === 2) drawn.push(L.circleMarker(places[0], { ...style, radius }));
      else drawn.push((kinds[run] ? L.polyline : L.polygon)(places, style));
    }
    this._mark = L.layerGroup(drawn).addTo(this._map);
  },

  _unmark() {
    if (this._mark) this._mark.remove();
    this._mark = null;
  },

  _latlng(k) {
    const { x, y, origin, step } = this.shapes;
    return [origin[1] + y[k] * step, origin[0] + x[k] * step];
  },

  /** Where a shape lies, as Leaflet wants it. */
  boundsOf(i) {
    const { runs, vertices } = this.shapes;
    const bounds = L.latLngBounds([]);
    for (let k = vertices[runs[i]]; k < vertices[runs[i + 1]]; k += 1) bounds.extend(this._latlng(k));
    return bounds;
  },
});

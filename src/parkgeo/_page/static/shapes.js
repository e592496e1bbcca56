/* Shapes of a large layer as arrays of numbers: unpacked, laid on the plane of a map, and indexed.
 *
 * Long work is written as generators that stop now and then. Small layers run them through at once;
 * large ones take turns with the page, so that it paints early and never stands still.
 */
"use strict";

/** Turns of long work: a few milliseconds of a frame, for all layers of the page together. */
const parkgeoTurns = (() => {
  const TURN_MS = 9;
  /* For what has to be done before there is anything to move about in. */
  const FIRST_MS = 40;
  const jobs = [];
  let waiting = false;

  function turn() {
    waiting = false;
    const began = performance.now();
    while (jobs.length) {
      let first = 0;
      for (let i = 1; i < jobs.length; i += 1) if (jobs[i].rank < jobs[first].rank) first = i;
      const job = jobs[first];
      if (performance.now() - began > (job.rank < 0 ? FIRST_MS : TURN_MS)) break;
      if (job.steps.next().done) cancel(job);
    }
    wait();
  }

  function wait() {
    if (!jobs.length || waiting) return;
    waiting = true;
    /* Frames do not come to a page that nobody sees. */
    if (document.hidden) setTimeout(turn, 0);
    else requestAnimationFrame(turn);
  }

  /** Do the steps in turns, the lowest rank first. */
  function add(steps, rank) {
    const job = { steps, rank };
    jobs.push(job);
    wait();
    return job;
  }

  function cancel(job) {
    const place = jobs.indexOf(job);
    if (place >= 0) jobs.splice(place, 1);
  }

  /** Do all steps now. */
  function finish(steps) {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  /** Do all steps, with pauses in which the page can answer. */
  async function pausing(steps) {
    for (;;) {
      const until = performance.now() + FIRST_MS;
      do {
        const { done, value } = steps.next();
        if (done) return value;
      } while (performance.now() < until);
      await new Promise((resolve) => { setTimeout(resolve, 0); });
    }
  }

  return { add, cancel, finish, pausing };
})();

/** Read compressed text that stands in the page; nothing is fetched. */
async function parkgeoBytes(text) {
  const unzip = new DecompressionStream("gzip");
  const reading = new Response(unzip.readable).arrayBuffer();
  const writer = unzip.writable.getWriter();
  function* pieces() {
    for (let at = 0; at < text.length; at += 1 << 18) {
      const binary = atob(text.slice(at, at + (1 << 18)));
      const piece = new Uint8Array(binary.length);
      for (let i = 0; i < binary.length; i += 1) piece[i] = binary.charCodeAt(i);
      writer.write(piece);
      yield;
    }
  }
  await parkgeoTurns.pausing(pieces());
  writer.close();
  return new Uint8Array(await reading);
}

async function parkgeoTable(text) {
  return JSON.parse(new TextDecoder().decode(await parkgeoBytes(text)));
}

/** Unpack shapes, as _packed.py packs them.
 *
 * Shape i has the runs (rings, lines, points: kinds 0, 1, 2) from runs[i] to runs[i + 1], a run its
 * vertices likewise; x and y are whole steps of so many degrees from the origin.
 */
async function parkgeoShapes(packed) {
  const bytes = await parkgeoBytes(packed.data);
  return parkgeoTurns.pausing(parkgeoUnpacking(packed, bytes));
}

function* parkgeoUnpacking({ count, origin, step, sizes }, bytes) {
  const PIECE = 1 << 11;
  let at = 0;
  function number() {
    let byte = bytes[at];
    at += 1;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; ; shift += 7) {
      byte = bytes[at];
      at += 1;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  function ends(length) {
    const all = new Uint32Array(length + 1);
    for (let i = 0; i < length; i += 1) all[i + 1] = all[i] + number();
    return all;
  }
  const runs = ends(count);
  const kinds = bytes.slice(at, at + sizes[1]);
  at += sizes[1];
  const vertices = ends(kinds.length);
  yield;
  const x = new Int32Array(vertices[kinds.length]);
  const y = new Int32Array(vertices[kinds.length]);
  let beginX = 0;
  let beginY = 0;
  function unpack(from, to) {
    for (let run = from; run < to; run += 1) {
      let nowX = beginX;
      let nowY = beginY;
      for (let i = vertices[run]; i < vertices[run + 1]; i += 1) {
        const east = number();
        const up = number();
        nowX += (east >>> 1) ^ -(east & 1);
        nowY += (up >>> 1) ^ -(up & 1);
        x[i] = nowX;
        y[i] = nowY;
        if (i === vertices[run]) [beginX, beginY] = [nowX, nowY];
      }
    }
  }
  for (let run = 0; run < kinds.length; run += PIECE) {
    unpack(run, Math.min(run + PIECE, kinds.length));
    yield;
  }
  return { count, origin, step, runs, kinds, vertices, x, y };
}

/** Lay shapes on the plane of a map's CRS.
 *
 * Vertices become whole numbers, so that they take as little room as the steps they come from:
 * pixels at zoom 0 are left + x * unit and top + y * unit. The extent of a layer has 2^30 units.
 */
function* parkgeoLaying(shapes, crs) {
  const PIECE = 1 << 15;
  const total = shapes.x.length;
  const [x, y] = [new Int32Array(total), new Int32Array(total)];
  const mesh = yield* parkgeoMesh(shapes, crs);
  for (let k = 0; k < total; k += PIECE) {
    mesh.lay(x, y, k, Math.min(k + PIECE, total));
    yield;
  }
  const boxes = yield* parkgeoBoxes(shapes, x, y);
  const index = yield* parkgeoIndexing(boxes, shapes.count);
  return { crs, left: mesh.left, top: mesh.top, unit: mesh.unit, x, y, boxes, index };
}

/** Return the extent on the plane, and lay(), which lays a piece of the vertices on it.
 *
 * Where vertices are many they are laid between the corners of cells of 0.001°, between which every
 * projection and datum of datums.js is straight to 3 cm; otherwise each is projected.
 */
function* parkgeoMesh({ x, y, origin, step }, crs) {
  const CELL_DEG = 0.0013;
  const total = x.length;
  let [west, south, east, north] = [0, 0, 0, 0];
  for (let k = 0; k < total; k += 1) {
    if (x[k] < west) west = x[k];
    if (x[k] > east) east = x[k];
    if (y[k] < south) south = y[k];
    if (y[k] > north) north = y[k];
  }
  const project = (i, j) => crs.latLngToPoint({ lng: origin[0] + i * step, lat: origin[1] + j * step }, 0);
  const bits = Math.max(0, Math.floor(Math.log2(CELL_DEG / step)));
  const [wide, high] = [((east - west) >> bits) + 2, ((north - south) >> bits) + 2];
  const meshed = wide * high < total / 4;
  const [columns, rows] = meshed ? [wide, high] : [65, 65];
  const [dx, dy] = meshed ? [2 ** bits, 2 ** bits] : [(east - west) / 64, (north - south) / 64];
  const [meshX, meshY] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  function layRow(row) {
    for (let column = 0; column < columns; column += 1) {
      const { x: px, y: py } = project(west + column * dx, south + row * dy);
      meshX[row * columns + column] = px;
      meshY[row * columns + column] = py;
      if (px < left) left = px;
      if (px > right) right = px;
      if (py < top) top = py;
      if (py > bottom) bottom = py;
    }
  }
  for (let row = 0; row < rows; row += 1) {
    layRow(row);
    yield;
  }
  const unit = Math.max((right - left) / 2 ** 30, (bottom - top) / 2 ** 30, 2 ** -40);

  function layBetween(outX, outY, from, to) {
    const part = 1 / 2 ** bits;
    for (let k = from; k < to; k += 1) {
      const i = (x[k] - west) >> bits;
      const j = (y[k] - south) >> bits;
      const u = (x[k] - west) * part - i;
      const v = (y[k] - south) * part - j;
      const at = j * columns + i;
      const up = at + columns;
      const lowX = meshX[at] + u * (meshX[at + 1] - meshX[at]);
      const lowY = meshY[at] + u * (meshY[at + 1] - meshY[at]);
      const highX = meshX[up] + u * (meshX[up + 1] - meshX[up]);
      const highY = meshY[up] + u * (meshY[up + 1] - meshY[up]);
      outX[k] = Math.round((lowX + v * (highX - lowX) - left) / unit);
      outY[k] = Math.round((lowY + v * (highY - lowY) - top) / unit);
    }
  }

  function layEach(outX, outY, from, to) {
    for (let k = from; k < to; k += 1) {
      const point = project(x[k], y[k]);
      outX[k] = Math.round((point.x - left) / unit);
      outY[k] = Math.round((point.y - top) / unit);
    }
  }

  return { left, top, unit, lay: meshed ? layBetween : layEach };
}

/** Return the west, north, east and south of each shape; what has no vertices lies nowhere. */
function* parkgeoBoxes({ count, runs, vertices }, x, y) {
  const PIECE = 1 << 11;
  const boxes = new Int32Array(4 * count);
  function measure(i) {
    let west = 0x7fffffff;
    let north = 0x7fffffff;
    let east = -0x80000000;
    let south = -0x80000000;
    for (let k = vertices[runs[i]]; k < vertices[runs[i + 1]]; k += 1) {
      if (x[k] < west) west = x[k];
      if (x[k] > east) east = x[k];
      if (y[k] < north) north = y[k];
      if (y[k] > south) south = y[k];
    }
    boxes[4 * i] = west;
    boxes[4 * i + 1] = north;
    boxes[4 * i + 2] = east;
    boxes[4 * i + 3] = south;
  }
  for (let i = 0; i < count; i += 1) {
    measure(i);
    if (i % PIECE === 0) yield;
  }
  return boxes;
}

/** Build an R-tree: boxes along a curve that fills the plane, sixteen to a node, level over level. */
function* parkgeoIndexing(boxes, count) {
  const FAN = 16;
  /* Every other bit, so that two numbers can be put between each other. */
  function spread(value) {
    let bits = value;
    bits = (bits | (bits << 8)) & 0x00ff00ff;
    bits = (bits | (bits << 4)) & 0x0f0f0f0f;
    bits = (bits | (bits << 2)) & 0x33333333;
    return (bits | (bits << 1)) & 0x55555555;
  }
  const keys = new Float64Array(count);
  let there = 0;
  for (let i = 0; i < count; i += 1) {
    if (boxes[4 * i] > boxes[4 * i + 2]) continue;
    const [x, y] = [(boxes[4 * i] + boxes[4 * i + 2]) / 2, (boxes[4 * i + 1] + boxes[4 * i + 3]) / 2];
    /* 2^30 units to 15 bits; then 22 bits for the shape itself. */
    const curve = spread(Math.max(0, Math.min(0x7fff, x / 32768))) + 2 * spread(Math.max(0, Math.min(0x7fff, y / 32768)));
    keys[there] = curve * 2 ** 22 + i;
    there += 1;
  }
  yield;
  const order = Uint32Array.from(keys.subarray(0, there).sort(), (key) => key % 2 ** 22);
  yield;
  const levels = [];
  let below = { length: there, box: (i, side) => boxes[4 * order[i] + side] };
  do {
    const length = Math.ceil(below.length / FAN);
    const own = new Int32Array(4 * length);
    for (let node = 0; node < length; node += 1) {
      for (let side = 0; side < 4; side += 1) {
        let edge = below.box(node * FAN, side);
        for (let i = node * FAN + 1; i < Math.min((node + 1) * FAN, below.length); i += 1) {
          edge = side < 2 ? Math.min(edge, below.box(i, side)) : Math.max(edge, below.box(i, side));
        }
        own[4 * node + side] = edge;
      }
      if (node % 256 === 0) yield;
    }
    levels.push(own);
    below = { length, box: (i, side) => own[4 * i + side] };
  } while (below.length > 1);

  /** Return the shapes whose boxes meet one, in their order. */
  return function search(west, north, east, south) {
    const found = [];
    function visit(level, from, to) {
      const own = level < 0 ? null : levels[level];
      for (let i = from; i < to; i += 1) {
        const at = 4 * (own ? i : order[i]);
        const box = own || boxes;
        if (box[at] > east || box[at + 1] > south || box[at + 2] < west || box[at + 3] < north) continue;
        if (own) visit(level - 1, i * FAN, Math.min((i + 1) * FAN, level ? levels[level - 1].length / 4 : there));
        else found.push(order[i]);
      }
    }
    if (there) visit(levels.length - 1, 0, 1);
    return Uint32Array.from(found).sort();
  };
}

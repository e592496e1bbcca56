/* What lies under everything in parkgeo's maps: lines of longitude and latitude, or a basemap.
 *
 * Each basemap has a datum, and the whole map is drawn in the datum of the one that is shown. One
 * that the page itself draws (ground_drawn.js) lies in WGS 84, with the lines over it.
 */
"use strict";

/** Return what panel.js asks for: the reader's choice as a section of the panel, and a start. */
function parkgeoGround(map, page) {
  const { dataId, root, words, node, say, escaped, section, paddings } = page;

  /* Graticule ------------------------------------------------------------------------------- */

  const grid = L.layerGroup();
  /** The basemap that is shown; none is a plain ground. */
  let shown = null;
  const STEPS_DEG = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

  function gridLine(ends) {
    L.polyline(ends, {
      pane: "pgGrid", className: "pg-grid", color: shown ? "#e2e7e9" : "#c9d2d6", weight: 1, interactive: false,
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
    if (!map.hasLayer(grid)) return;
    const view = map.getBounds();
    const [west, east, south, north] = [view.getWest(), view.getEast(), view.getSouth(), view.getNorth()];
    const size = map.getSize();
    const step = STEPS_DEG.findLast((degrees) => (degrees * size.x) / (east - west) >= 100) || STEPS_DEG[0];
    const free = paddings();
    const narrow = root.classList.contains("pg-narrow");
    const tools = root.querySelector(".leaflet-top.leaflet-left");
    for (let i = Math.ceil(west / step); i * step < east; i += 1) {
      gridLine([[south, i * step], [north, i * step]]);
      const { x } = map.latLngToContainerPoint([north, i * step]);
      const last = narrow ? size.x - 280 : size.x - free.paddingBottomRight[0] - 40;
      if (x > 56 && x < last) degree(i * step, step, "E", [x, 12]);
    }
    for (let i = Math.ceil(south / step); i * step < north; i += 1) {
      gridLine([[i * step, west], [i * step, east]]);
      const { y } = map.latLngToContainerPoint([i * step, west]);
      if (y > tools.offsetHeight + 8 && y < size.y - free.paddingBottomRight[1]) degree(i * step, step, "N", [4, y - 8]);
    }
  }

  /* Basemaps -------------------------------------------------------------------------------- */

  const basemaps = map.pgBasemaps || [];
  const tiles = L.layerGroup();

  function metresPerPixel() {
    const middle = map.getSize().divideBy(2);
    const [a, b] = [middle, middle.add([100, 0])].map((pixel) => map.containerPointToLatLng(pixel));
    return L.CRS.Earth.distance(a, b) / 100;
  }

  /* What the reader has zoomed to; levels of two servers may differ, and should not add up. */
  let wished_m = null;
  map.on("zoomend", () => { wished_m = null; });

  const drawings = new Map();

  /** Show what the page draws itself, once it has been read. */
  async function showDrawing(basemap) {
    const { drawing, attribution } = basemap;
    if (!drawings.has(drawing)) {
      const read = parkgeoGroundDrawing(drawing);
      drawings.set(drawing, read.then((content) => new ParkgeoGround(content, page, escaped(attribution))));
    }
    const layer = await drawings.get(drawing);
    if (shown === basemap) layer.addTo(tiles);
  }

  /** Show a basemap, or a plain ground; everything else is drawn anew in its datum. */
  function showBasemap(basemap) {
    const tiled = Boolean(basemap && basemap.urls.length);
    shown = basemap;
    /* Areas let a basemap through. */
    root.classList.toggle("pg-based", Boolean(basemap));
    const crs = parkgeoDatums.CRS[basemap ? basemap.datum : "wgs84"];
    tiles.clearLayers().addTo(map);
    map.options.zoomSnap = tiled ? 1 : 0.25;
    if (crs !== map.options.crs) {
      const [center, wish_m] = [map.getCenter(), wished_m || metresPerPixel()];
      map.options.crs = crs;
      map.setView(center, map.getZoom(), { reset: true, animate: false });
      const zoom = map.getZoom() + Math.log2(metresPerPixel() / wish_m);
      map.setView(center, tiled ? Math.floor(zoom + 0.01) : zoom, { reset: true, animate: false });
      wished_m = wish_m;
    }
    for (const url of basemap ? basemap.urls : []) {
      parkgeoDatums.tileLayer(url, basemap.datum, {
        subdomains: basemap.subdomains, maxNativeZoom: basemap.maxZoom, maxZoom: 22,
        attribution: escaped(basemap.attribution),
      }).addTo(tiles);
    }
    if (basemap && !tiled) showDrawing(basemap);
    if (tiled) grid.remove();
    else grid.addTo(map);
    drawGrid();
  }

  function chooser() {
    if (!basemaps.length) return [];
    const choices = [...basemaps, null].map((basemap, i) => {
      const input = node("input");
      Object.assign(input, { type: "radio", name: dataId + "_basemap", checked: i === 0 });
      input.addEventListener("change", () => showBasemap(basemap));
      return node("li", "pg-switch", node("label", "", input, say(node("span"), basemap ? basemap.name : words.plain)));
    });
    return section(words.basemap, node("ul", "pg-basemaps", ...choices));
  }

  page.pane("pgGround", 210, true);
  page.pane("pgGroundNames", 430, true);
  page.pane("pgGrid", 250, true);
  return {
    section: chooser,
    /** Show the first basemap; the graticule follows the view from then on. */
    start() {
      map.on("moveend", drawGrid);
      showBasemap(basemaps[0]);
    },
  };
}

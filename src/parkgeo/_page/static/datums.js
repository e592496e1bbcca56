/* Coordinate systems for basemaps that are drawn in GCJ-02 or BD-09.
 *
 * All layers of a page keep WGS 84. The shift to a basemap's datum is part of the projection, so that
 * every vector, label, card and click follows when the basemap changes, and tiles lie as they are.
 * The formulas are those of parkgeo.crs, which has their sources; the way back is found by iteration.
 */
"use strict";

const parkgeoDatums = (() => {
  const BOX = [72.004, 0.8293, 137.8347, 55.8271];
  const RAD = Math.PI / 180;
  const AXIS_M = 6378245;
  const E2 = 0.00669342162296594323;
  const BD_ANGLE = Math.PI * 3000 / 180;

  function inside(lon, lat) {
    return lon >= BOX[0] && lon <= BOX[2] && lat >= BOX[1] && lat <= BOX[3];
  }

  function gcjOffset(lon, lat) {
    const [x, y] = [lon - 105, lat - 35];
    const s = (t) => Math.sin(t * Math.PI);
    const shared = 20 * (s(6 * x) + s(2 * x));
    const root = Math.sqrt(Math.abs(x));
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
      + (shared + 20 * s(y) + 40 * s(y / 3) + 160 * s(y / 12) + 320 * s(y / 30)) * 2 / 3;
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
      + (shared + 20 * s(x) + 40 * s(x / 3) + 150 * s(x / 12) + 300 * s(x / 30)) * 2 / 3;
    const square = 1 - E2 * Math.sin(lat * RAD) ** 2;
    return [
      east / (RAD * AXIS_M / Math.sqrt(square) * Math.cos(lat * RAD)),
      north / (RAD * AXIS_M * (1 - E2) / (square * Math.sqrt(square))),
    ];
  }

  function bdOffset(lon, lat) {
    const radius = Math.hypot(lon, lat) + 2e-5 * Math.sin(lat * BD_ANGLE);
    const angle = Math.atan2(lat, lon) + 3e-6 * Math.cos(lon * BD_ANGLE);
    return [radius * Math.cos(angle) + 0.0065 - lon, radius * Math.sin(angle) + 0.006 - lat];
  }

  function add(offset, lon, lat) {
    if (!inside(lon, lat)) return [lon, lat];
    const [east, north] = offset(lon, lat);
    return [lon + east, lat + north];
  }

  /** Find the point that an offset brings here; one that lies in the box, or the point itself. */
  function remove(offset, lon, lat) {
    let [x, y] = [lon, lat];
    for (let round = 0; round < 20; round += 1) {
      const [east, north] = offset(x, y);
      const step = Math.abs(lon - east - x) + Math.abs(lat - north - y);
      [x, y] = [lon - east, lat - north];
      if (step < 1e-13) break;
    }
    return inside(x, y) ? [x, y] : [lon, lat];
  }

  const TO = {
    wgs84: (lon, lat) => [lon, lat],
    gcj02: (lon, lat) => add(gcjOffset, lon, lat),
    bd09: (lon, lat) => add(bdOffset, ...add(gcjOffset, lon, lat)),
  };
  const FROM = {
    wgs84: (lon, lat) => [lon, lat],
    gcj02: (lon, lat) => remove(gcjOffset, lon, lat),
    bd09: (lon, lat) => remove(gcjOffset, ...remove(bdOffset, lon, lat)),
  };

  /** Put a shift in front of a projection. */
  function shifted(projection, datum) {
    return {
      ...projection,
      project: ({ lng, lat }) => {
        const [x, y] = TO[datum](lng, lat);
        return projection.project(L.latLng(y, x));
      },
      unproject: (point) => {
        const { lng, lat } = projection.unproject(point);
        const [x, y] = FROM[datum](lng, lat);
        return L.latLng(y, x);
      },
    };
  }

  /** Baidu's Mercator: on the ellipsoid of Clarke 1866, with one metre to a pixel at level 18. */
  const BAIDU = { ...L.Projection.Mercator, R: 6378206.4, R_MINOR: 6356583.8 };

  const CRS = {
    wgs84: L.CRS.EPSG3857,
    gcj02: { ...L.CRS.EPSG3857, code: "GCJ-02", projection: shifted(L.Projection.SphericalMercator, "gcj02") },
    bd09: {
      ...L.CRS.EPSG3857, code: "BD-09", projection: shifted(BAIDU, "bd09"),
      transformation: new L.Transformation(1, 0, -1, 0), infinite: true,
      scale: (zoom) => 2 ** (zoom - 18), zoom: (scale) => Math.log2(scale) + 18,
    },
  };
  CRS.cgcs2000 = CRS.wgs84;

  /** Return a layer of tiles; Baidu counts them to the north, from the equator. */
  function tileLayer(url, datum, options) {
    const layer = L.tileLayer(url, options);
    if (datum === "bd09") {
      layer.getTileUrl = ({ x, y, z }) => L.TileLayer.prototype.getTileUrl.call(layer, { x, y: -1 - y, z });
    }
    return layer;
  }

  return { CRS, TO, FROM, tileLayer };
})();

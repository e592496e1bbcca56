"""Pages of parcels: bytes, seconds to make, first whole picture, and frames while panning.

The parcels are those of ``parcels.py``, 33 corners on average, in EPSG:4490. Everybody makes a page
of the same rows with the same two columns on its cards, folium and geopandas on canvas, which is
the faster of their ways; Chromium opens it without a network, and it is dragged and zoomed as a
hand would. Before anything is said about time, each page is asked how many shapes it has and where
they lie, and both must be those of the frame, to what a map shows; lonboard's cannot be asked.

- The first whole picture is the last frame that differed from the one before, as the browser's
  screencast has them, once nothing has moved for two seconds.
- Frames are the times between two calls of requestAnimationFrame during drags of a second and a
  half; then during zooms by the wheel.
- folium's pages fetch their libraries from a dozen servers. Here Leaflet and jQuery come from the
  packages that parkgeo takes them from, and everything else is answered with nothing: icons and
  Bootstrap, which a page of polygons does not need.
- lonboard's page needs a widget manager, and its bundle fetches WebAssembly that reads its data and
  a worker that cuts polygons into triangles. No Python package carries them. A small host below
  stands in for the manager; the files are taken from ``--files``, by their names, and without them
  lonboard's page is made and weighed, not opened. WebGL is software in this browser.

A peer that fails at a size, or takes longer than a minute to be ready, is said to have, and larger
sizes are left out for it.

    python benchmarks/bench_maps.py                                # all sizes and peers
    python benchmarks/bench_maps.py --sizes 1000 10000 --peers parkgeo folium
    python benchmarks/bench_maps.py --files DIR   # parquet_wasm_bg.wasm, earcut-worker.min.js
"""

import argparse
import importlib
import mimetypes
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlparse

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from kept import Run, keep
from parcels import parcels
from playwright.sync_api import Browser, CDPSession, Page, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from parkgeo import maps
from parkgeo._page._libraries import libraries

SIZES: Final = (1_000, 10_000, 50_000, 500_000)
CORNER_M: Final = (13_358_000.0, 3_170_000.0)
PARCEL_M2: Final = 80_000.0
WINDOW: Final = (1440, 900)
PATIENCE_MS: Final = 60_000
QUIET_S: Final = 2.0
SLOW_MS: Final = 50.0
MOST_OFF_DEG: Final = 1e-5

HOST: Final = """
addEventListener('load', async () => {
  const part = (kind) => JSON.parse(
    document.querySelector(`script[type="application/vnd.jupyter.widget-${kind}+json"]`).textContent);
  const [{ state }, { model_id }] = [part('state'), part('view')];
  const models = {};
  for (const [id, { state: own, buffers }] of Object.entries(state)) {
    for (const { path, data } of buffers || []) {
      const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
      const last = path.pop();
      path.reduce((within, key) => within[key], own)[last] = new DataView(bytes.buffer);
    }
    models[id] = {
      model_id: id, get: (key) => own[key], set: (key, value) => { own[key] = value; },
      on() {}, off() {}, save_changes() {}, send() {},
      widget_manager: { get_model: async (wanted) => models[wanted] },
    };
  }
  window.hostModels = models;
  const code = new Blob([models[model_id].get('_esm')], { type: 'text/javascript' });
  const { default: made } = await import(URL.createObjectURL(code));
  const widget = typeof made === 'function' ? await made() : made;
  const style = document.head.appendChild(document.createElement('style'));
  style.textContent = models[model_id].get('_css');
  const el = document.body.appendChild(document.createElement('div'));
  el.style.height = '100vh';
  if (widget.initialize) await widget.initialize({ model: models[model_id] });
  await widget.render({ model: models[model_id], el });
});
"""
"""Shows a saved widget without the widget manager that only a server has."""

RECORD: Final = """() => {
  window.frames_ms = [];
  let last = performance.now();
  requestAnimationFrame(function next(now) {
    window.frames_ms.push(performance.now() - last);
    last = performance.now();
    requestAnimationFrame(next);
  });
}"""
LAYER: Final = """
  const map = Object.values(window).find((one) => one instanceof L.Map);
  let mass = null;
  map?.eachLayer((one) => { if (one instanceof ParkgeoMass) mass = one; });
"""


class Options(argparse.Namespace):
    """What the command line says."""

    sizes: list[int]
    peers: list[str]
    files: Path | None


@dataclass(frozen=True)
class Peer:
    """Who makes a page, when it is ready, and what it says that it shows."""

    name: str
    make: Callable[[gpd.GeoDataFrame, Path], None]
    ready: str
    answer: str
    """Number of shapes, west, south, east, north."""


@dataclass
class Row:
    """A line of the table; what is not known is null."""

    peer: str
    size: int
    megabytes: float | None = None
    made_s: float | None = None
    picture_s: float | None = None
    pan: list[float] | None = None
    zoom: list[float] | None = None
    note: str = ""


def layer_of(n: int) -> gpd.GeoDataFrame:
    """Draw parcels on ground of their own."""
    side = float(np.sqrt(n * PARCEL_M2))
    bounds = np.array([*CORNER_M, CORNER_M[0] + side, CORNER_M[1] + side])
    frame = pd.concat(list(parcels(n, bounds)), ignore_index=True).to_crs("EPSG:4490")
    return frame[["parcel_id", "class_code", "geometry"]]


def by_parkgeo(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Make the page that this library makes."""
    maps.save(maps.explore(frame, color="class_code", name="parcel_id"), path)


def by_folium(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Make the page of tutorials: GeoJson with a tooltip."""
    folium = importlib.import_module("folium")
    west, south, east, north = frame.total_bounds
    m = folium.Map(tiles=None, prefer_canvas=True)
    tooltip = folium.GeoJsonTooltip(["parcel_id", "class_code"])
    folium.GeoJson(frame.to_crs("EPSG:4326"), tooltip=tooltip).add_to(m)
    m.fit_bounds([[south, west], [north, east]])
    m.save(path)


def by_geopandas(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Make the page of ``explore``."""
    tooltip = ["parcel_id", "class_code"]
    frame.explore(
        column="class_code", tooltip=tooltip, tiles=None, legend=False, prefer_canvas=True
    ).save(path)


def by_lonboard(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Make the page of a polygon layer, without the ground that it would fetch."""
    lonboard = importlib.import_module("lonboard")
    m = lonboard.Map(lonboard.PolygonLayer.from_geopandas(frame.to_crs("EPSG:4326")), basemap=None)
    m.to_html(path)


GEOJSON: Final = """() => {
  const layers = Object.values(window).filter((one) => one instanceof L.GeoJSON);
  const bounds = layers[0].getBounds();
  return [layers.reduce((sum, one) => sum + one.getLayers().length, 0), bounds.getWest(),
    bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}"""
PEERS: Final = (
    Peer(
        "parkgeo",
        by_parkgeo,
        f"() => {{ {LAYER} return document.querySelector('.pg-ready')"
        " && mass?.plane && !mass.busy(); }",
        f"""() => {{ {LAYER}
          const bounds = [Infinity, Infinity, -Infinity, -Infinity];
          const {{ x, y, runs, count, origin: [lng, lat], step }} = mass.shapes;
          for (let k = 0; k < x.length; k += 1) {{
            bounds[0] = Math.min(bounds[0], lng + step * x[k]);
            bounds[1] = Math.min(bounds[1], lat + step * y[k]);
            bounds[2] = Math.max(bounds[2], lng + step * x[k]);
            bounds[3] = Math.max(bounds[3], lat + step * y[k]);
          }}
          let shown = 0;
          for (let i = 0; i < count; i += 1) if (runs[i + 1] > runs[i]) shown += 1;
          return [shown, ...bounds];
        }}""",
    ),
    Peer("folium", by_folium, "() => document.readyState === 'complete'", GEOJSON),
    Peer("geopandas", by_geopandas, "() => document.readyState === 'complete'", GEOJSON),
    Peer("lonboard", by_lonboard, "() => document.querySelector('canvas')", ""),
)


def serve(files: Path | None) -> Callable[[Route], None]:
    """Answer what a page asks of servers with what packages carry, or with nothing."""
    code = {name: element.code for name, element in libraries()}
    own = {"leaflet.js": code["leaflet"], "leaflet.css": code["leaflet_css"]}

    def answer(route: Route) -> None:
        url = urlparse(route.request.url)
        name = Path(url.path).name
        if url.scheme in {"file", "blob", "data"}:
            route.continue_()
        elif name in own:
            route.fulfill(body=own[name], content_type=mimetypes.guess_type(name)[0])
        elif name.startswith("jquery-"):
            route.fulfill(body=code["jquery"], content_type="text/javascript")
        elif name == "embed-amd.js":
            route.fulfill(body=HOST, content_type="text/javascript", headers=CROSS)
        elif files is not None and (files / name).is_file():
            route.fulfill(path=files / name, headers=CROSS)
        else:
            kind = mimetypes.guess_type(name)[0] or "text/plain"
            route.fulfill(body="", content_type=kind, headers=CROSS)

    return answer


CROSS: Final = {"Access-Control-Allow-Origin": "*"}


class Screencast:
    """Times of frames that differed from the one before."""

    def __init__(self, session: CDPSession) -> None:
        self.changed: list[float] = []
        self._last = ""
        self._session = session
        session.on("Page.screencastFrame", self._take)
        session.send("Page.startScreencast", {"format": "jpeg", "quality": 50})

    def _take(self, frame: dict[str, Any]) -> None:
        self._session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        if frame["data"] != self._last:
            self._last = frame["data"]
            self.changed.append(frame["metadata"]["timestamp"])

    def quiet_since(self, page: Page, begin: float) -> float:
        """Wait until nothing has changed for some time, and say since when."""
        while True:
            page.wait_for_timeout(200)
            last = max([begin, *self.changed])
            if time.time() - last > QUIET_S:
                self._session.send("Page.stopScreencast")
                return last


def frames(page: Page, move: Callable[[Page], None]) -> list[float]:
    """Median, 95th percentile and longest frame in milliseconds, and the share of slow ones."""
    page.evaluate("() => { window.frames_ms.length = 0; }")
    move(page)
    times = page.evaluate("() => window.frames_ms")
    slow = sum(one > SLOW_MS for one in times) / len(times)
    return [statistics.median(times), float(np.quantile(times, 0.95)), max(times), slow]


def drag(page: Page) -> None:
    """Drag to and fro, a second and a half each way."""
    for way in (1, -1):
        page.mouse.move(700 - way * 220, 450 + way * 100)
        page.mouse.down()
        begin = time.perf_counter()
        while (part := (time.perf_counter() - begin) / 1.5) < 1:
            page.mouse.move(700 - way * 220 * (1 - 2 * part), 450 + way * 100 * (1 - 2 * part))
            page.wait_for_timeout(8)
        page.mouse.up()
        page.wait_for_timeout(300)


def turn(page: Page) -> None:
    """Zoom in three steps and out again, by the wheel."""
    for step in (-200, -200, -200, 200, 200, 200):
        page.mouse.wheel(0, step)
        page.wait_for_timeout(700)


def opened(page: Page, peer: Peer, path: Path, frame: gpd.GeoDataFrame, row: Row) -> None:
    """Open a page, compare what it shows, and measure it."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        cast = Screencast(page.context.new_cdp_session(page))
        begin = time.time()
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_function(peer.ready)
        row.picture_s = cast.quiet_since(page, begin) - begin
        if peer.answer:
            compare(page.evaluate(peer.answer), frame)
        page.evaluate(RECORD)
        row.pan = frames(page, drag)
        row.zoom = frames(page, turn)
    except PlaywrightError as error:
        row.note = "not ready in 60 s" if "Timeout" in str(error) else str(error).split("\n")[0]
    if errors:
        row.note = f"{row.note} page error: {errors[0][:80]}".strip()


def compare(answer: list[float], frame: gpd.GeoDataFrame) -> None:
    """Stop where a page shows other shapes, or elsewhere."""
    shown, bounds = answer[0], np.array(answer[1:])
    off = float(np.abs(bounds - frame.total_bounds).max())
    if shown != len(frame) or off > MOST_OFF_DEG:
        sys.exit(f"the page shows {shown} of {len(frame)} shapes, {off:.2g}° off")


def measured(browser: Browser, peer: Peer, frame: gpd.GeoDataFrame, options: Options) -> Row:
    """Make a page and open it."""
    row = Row(peer.name, len(frame))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        begin = time.perf_counter()
        try:
            peer.make(frame, path)
        except ImportError as error:
            row.note = f"not installed: {str(error).split(chr(10))[0][:90]}"
            return row
        row.made_s = time.perf_counter() - begin
        row.megabytes = path.stat().st_size / 1e6
        if peer.name == "lonboard" and options.files is None:
            row.note = "not opened: its WebAssembly is on a server only, see --files"
        else:
            page = browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]})
            page.set_default_timeout(PATIENCE_MS)
            page.route("**/*", serve(options.files))
            opened(page, peer, path, frame, row)
    return row


def line(row: Row) -> str:
    """Write a line of the table."""

    def figure(value: float | None, digits: int = 1) -> str:
        return "–" if value is None else f"{value:,.{digits}f}"

    def times(four: list[float] | None) -> str:
        if four is None:
            return "–"
        *milliseconds, slow = four
        return f"{' / '.join(f'{one:.0f}' for one in milliseconds)} ms, {slow:.0%} slow"

    cells = [figure(row.megabytes), figure(row.made_s), figure(row.picture_s)]
    columns = "".join(f"{cell:>9}" for cell in cells)
    motion = f"{times(row.pan):<30}{times(row.zoom):<30}"
    return f"{row.size:>9,} {row.peer:<10}{columns}  {motion}{row.note}"


def read_options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = [peer.name for peer in PEERS]
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--peers", nargs="+", choices=names, default=names)
    parser.add_argument("--files", type=Path, help="folder of files that stand in for addresses")
    return parser.parse_args(namespace=Options())


def main() -> None:
    """Print the table."""
    options = read_options()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on the PATH")
    # Loops are compiled once a machine; that is not the time of a page.
    by_parkgeo(layer_of(SIZES[0]), Path(tempfile.mkdtemp()) / "map.html")
    print(
        "    rows  by            MB   made s  whole s  "
        "pan: median / 95 % / longest  zoom: median / 95 % / longest"
    )
    failed: set[str] = set()
    with sync_playwright() as playwright:
        for size in sorted(options.sizes):
            frame = layer_of(size)
            corners = int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum())
            print(f"{size:,} parcels, {corners:,} corners")
            rows: list[Row] = []
            for peer in PEERS:
                if peer.name not in options.peers or peer.name in failed:
                    continue
                # A browser each, so that nobody pays for another's memory.
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                row = measured(browser, peer, frame, options)
                browser.close()
                print(line(row), flush=True)
                rows.append(row)
                if row.note.startswith(("not ready", "not installed")):
                    failed.add(peer.name)
            keep(f"maps-{size}", f"a page of {size:,} synthetic parcels, {corners:,} corners", [
                Run(row.peer, row.made_s, row.peer == "parkgeo", row.note, page_mb=row.megabytes)
                for row in rows
            ])  # fmt: skip


if __name__ == "__main__":
    main()

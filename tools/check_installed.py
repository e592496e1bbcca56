"""Try an installed parkgeo as a user would: import, data, a compiled loop, pages, the demo.

Run by ``check_package.py`` with the Python of a new environment, outside the checkout. No network
can be reached, and importing writes nothing; the one argument is the folder of the demo's results.
"""

import math
import os
import sys
from pathlib import Path
from typing import Any, Final

_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_CHANGES: Final = {"os.mkdir", "os.remove", "os.rename", "os.system", "subprocess.Popen"}
_NETWORK: Final = {"socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request"}
_LEAST_PAGE_BYTES: Final = 100_000
"""Leaflet alone, which stands in a page that opens without a network, has more."""

_FINER: Final = 2 * math.pi**2 / (3 * 4000**2)
"""By how much of it a circle is larger than the polygon of 4000 corners in it, at most."""


def main(folder: Path) -> int:
    """Run everything; an error says what does not work."""
    sys.addaudithook(_no_network)
    _import()
    _data()
    _compiled_loop()
    _pages(folder.parent)
    from parkgeo.cli import main as command  # noqa: PLC0415 - not before the hook

    return command(["demo", "--output", str(folder)])


def _require(what: object, message: str) -> None:
    if not what:
        raise RuntimeError(message)


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    _require(event not in _NETWORK, f"the network was asked for: {event} {arguments}")


def _import() -> None:
    """See that importing writes nothing and starts no process, and that each name is there."""
    done: list[str] = []

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if written or event in _CHANGES:
            done.append(f"{event} {arguments[0]}")

    sys.addaudithook(note)
    import parkgeo  # noqa: PLC0415 - not before the hook

    _require(not done, f"importing did more than import: {done}")
    _require("site-packages" in str(parkgeo.__file__), f"not installed: {parkgeo.__file__}")
    for name in parkgeo.__all__:
        getattr(parkgeo, name)
    print(f"parkgeo {parkgeo.__version__} on Python {sys.version.split()[0]}")


def _data() -> None:
    """Read everything that comes with the package."""
    import pandas as pd  # noqa: PLC0415 - not before the hook

    import parkgeo as pg  # noqa: PLC0415

    inside = pg.landuse.matches(pd.Series(["1001", "0101"]), "industry", system="用地用海分类")
    _require(inside.tolist() == [True, False], "the tables of land use do not say what is industry")
    for name, found in (
        ("extents", pg.datasets.hangzhou()),
        ("brands", pg.datasets.hangzhou_brands()),
        ("streets", pg.datasets.hangzhou_ground()),
        ("sites", pg.datasets.hangzhou_land_use_sites()),
        ("grid", pg.raster.concentration(pg.datasets.hangzhou_industrial_share(), _parks())),
        ("targets", pg.policy.targets()),
    ):
        _require(len(found), f"{name}: no row")


def _parks() -> Any:  # noqa: ANN401 - geopandas is not there before the hook
    import parkgeo as pg  # noqa: PLC0415

    return pg.datasets.hangzhou()


def _compiled_loop() -> None:
    """Measure a circle so fine that a compiled loop does it, wherever numba finds room for code.

    A polygon of n corners in a circle is smaller than it by 2π²/3n² of it.
    """
    import geopandas as gpd  # noqa: PLC0415 - not before the hook
    import numpy as np  # noqa: PLC0415
    from shapely import Polygon  # noqa: PLC0415

    import parkgeo as pg  # noqa: PLC0415

    turns = [np.linspace(0, 2 * np.pi, corners + 1)[:-1] for corners in (4_000, 800_000)]
    circles = [
        Polygon(np.column_stack([120.1 + np.cos(turn) / 20, 30.2 + np.sin(turn) / 20]))
        for turn in turns
    ]
    coarse, fine = pg.measure.area_m2(gpd.GeoSeries(circles, crs="EPSG:4490"))
    _require("numba" in sys.modules, "no compiled loop has run")
    _require(0 < fine / coarse - 1 < _FINER, f"areas of a circle: {coarse}, {fine} m²")


def _pages(folder: Path) -> None:
    """Save a map that opens without a network, and a figure."""
    import parkgeo as pg  # noqa: PLC0415 - not before the hook

    page = folder / "map.html"
    pg.maps.save(pg.maps.overlap_map(_parks()), page, offline=True)
    _require(page.stat().st_size > _LEAST_PAGE_BYTES, f"{page} has no Leaflet in it")
    pg.plots.save(pg.plots.overlap_map(_parks(), language="en"), folder / "figure.png")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

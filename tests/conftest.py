"""A hand-drawn town with round-number areas, and the development data beside the repository."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import settings
from pyproj import Transformer
from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PARKGEO_SHARED", ROOT.parent / "shared"))
TOWN_CORNER = (13_358_000.0, 3_170_000.0)
"""South-west corner of the town on the equal-area plane, in metres: in the west of Hangzhou."""

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# PROJ's own equal-area cylinder on the CGCS2000 ellipsoid: independent of parkgeo's formulas.
_TO_DEGREES = Transformer.from_crs("+proj=cea +lat_ts=0 +ellps=GRS80", "EPSG:4490", always_xy=True)


def from_metres(shape: BaseGeometry) -> BaseGeometry:
    """Put a shape drawn in metres from the town's corner on the ground, in EPSG:4490.

    Its official area is its planar area in the drawing.
    """
    east, north = TOWN_CORNER

    return shapely.transform(
        shape,
        lambda x, y: _TO_DEGREES.transform(x + east, y + north),
        interleaved=False,
    )


@pytest.fixture(scope="session", autouse=True)
def no_assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what plugins load out of the tests, whatever this machine has in its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARKGEO_ASSETS", str(tmp_path_factory.mktemp("no_assets")))
        yield


@pytest.fixture(scope="session")
def town() -> gpd.GeoDataFrame:
    """Five extents of four brands; areas in km² by hand.

    ========= ===== =========== ======================================================
    block     brand area        where
    ========= ===== =========== ======================================================
    a         A     4 km²       square (0, 0)–(2000, 2000)
    b         B     4 km²       square (1000, 1000)–(3000, 3000): 1 km² on A
    c1        C     1 km²       square (0, 0)–(1000, 1000): wholly in A
    c2        C     1 km²       square (5000, 0)–(6000, 1000): apart
    d         D     3 km²       square (0, 4000)–(2000, 6000) with a hole of 1 km²: apart
    ========= ===== =========== ======================================================

    Union 4 + 4 - 1 + 1 + 3 = 11 km².
    """
    hole = Polygon(box(0, 4000, 2000, 6000).exterior, [box(500, 4500, 1500, 5500).exterior])
    shapes = [
        box(0, 0, 2000, 2000),
        box(1000, 1000, 3000, 3000),
        box(0, 0, 1000, 1000),
        box(5000, 0, 6000, 1000),
        hole,
    ]
    return gpd.GeoDataFrame(
        {
            "brand_id": ["A", "B", "C", "C", "D"],
            "administrator": ["east", "east", "west", "west", "west"],
        },
        geometry=[from_metres(shape) for shape in shapes],
        index=["a", "b", "c1", "c2", "d"],
        crs="EPSG:4490",
    ).rename_axis("block_id")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the development data, or skip with the reason."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}")
    return folder


@pytest.fixture(scope="session")
def sources() -> Path:
    """Folder of the five policy documents, or skip with the reason."""
    folder = SHARED / "sources"
    if not folder.is_dir():
        pytest.skip(f"no policy documents at {folder}")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; skip without one, or fail where one is required."""
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None:
        message = (
            "no Chromium on the PATH; on Debian: apt-get install chromium fonts-noto-cjk libatomic1"
        )
        if os.environ.get("PARKGEO_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture
def agg() -> Iterator[None]:
    """Draw figures without a display, and leave none open."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - heavy, and most tests draw nothing

    before = plt.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)

"""Official area of 200 000 parcels against a loop over pyproj.Geod, in turns in one process.

The parcels are synthetic: seeded, twelve corners each, 5 to 200 m across, between 118° and 122° E,
28° and 32° N. Answers are compared before anything is timed.

    python benchmarks/bench_area.py            # the ratio
    python benchmarks/bench_area.py --tables   # the two tables of docs/area.md
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import geopandas as gpd
import numpy as np
import shapely
from kept import Run, keep
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from parkgeo import measure

PARCELS = 200_000
CORNERS = 12
TURNS = 3
GEOD = Geod(ellps="GRS80")
DEGREE_M = 111_320.0

Floats = NDArray[np.float64]


def synthetic_parcels() -> gpd.GeoSeries:
    """Draw star-shaped parcels that are valid by construction."""
    rng = np.random.default_rng(20_251_122)
    angle = (np.arange(CORNERS) + rng.uniform(0.1, 0.9, (PARCELS, CORNERS))) * 2 * np.pi / CORNERS
    radius = rng.uniform(2.5, 100.0, (PARCELS, 1)) * rng.uniform(0.6, 1.0, angle.shape) / DEGREE_M
    lon = rng.uniform(118.0, 122.0, (PARCELS, 1)) + radius * np.cos(angle)
    lat = rng.uniform(28.0, 32.0, (PARCELS, 1)) + radius * np.sin(angle)
    return gpd.GeoSeries(shapely.polygons(np.stack([lon, lat], axis=-1)), crs="EPSG:4490")


def geod_loop(parcels: gpd.GeoSeries) -> Floats:
    """Measure as users do today."""
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in parcels])


def seconds(task: Callable[[], object]) -> float:
    """Time one run."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def compare(parcels: gpd.GeoSeries) -> dict[str, str]:
    """Print how far the answers differ, and stop when they do; return what was said of each."""
    proj = geod_loop(parcels)
    first = seconds(lambda: measure.area_m2(parcels))
    print(f"first call (loads or compiles the kernel): {first:.2f} s")
    geodesic = measure.area_m2(parcels, edges="geodesic").to_numpy()
    official = measure.area_m2(parcels).to_numpy()
    said = {
        "parkgeo geodesic": f"at most {np.abs(geodesic - proj).max():.1e} m² apart",
        "parkgeo official": f"at most {np.abs(official / proj - 1).max():.1e} of the area apart",
    }
    for who, how in said.items():
        print(f"{who} against pyproj.Geod: {how}")
    assert np.allclose(geodesic, proj, rtol=2e-7, atol=1e-3)
    assert np.allclose(official, proj, rtol=1e-4)
    return said


def ratio() -> None:
    """Run everybody in turns and print medians."""
    parcels = synthetic_parcels()
    size = f"{PARCELS} synthetic parcels of {CORNERS} corners"
    print(size)
    said = compare(parcels)
    tasks: dict[str, Callable[[], object]] = {
        "pyproj.Geod loop": lambda: geod_loop(parcels),
        "parkgeo official": lambda: measure.area_m2(parcels),
        "parkgeo geodesic": lambda: measure.area_m2(parcels, edges="geodesic"),
        "reading coordinates": lambda: shapely.get_coordinates(parcels.to_numpy()),
        "checking validity": lambda: shapely.is_valid(parcels.to_numpy()),
    }
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(TURNS):
        for name, task in tasks.items():
            spent[name].append(seconds(task))
    slow = median(spent["pyproj.Geod loop"])
    for name, runs in spent.items():
        print(
            f"{name:22} {median(runs):8.3f} s   {slow / median(runs):7.1f} times the loop's speed"
        )
    order = ("parkgeo official", "parkgeo geodesic", "pyproj.Geod loop")
    keep("area", size, [
        Run(name, median(spent[name]), name.startswith("parkgeo"), said.get(name, ""))
        for name in order
    ])  # fmt: skip


def square(lon: float, lat: float, size_m: float, turn_deg: float) -> shapely.Polygon:
    """Draw a square on the ground, with nothing between its corners."""
    half = size_m / 2**0.5
    spokes = [GEOD.fwd(lon, lat, turn_deg + angle, half)[:2] for angle in (45, 135, 225, 315)]
    return shapely.Polygon(spokes)


def tables() -> None:
    """Print the tables of docs/area.md."""
    park = square(120.5, 30.25, 2_000.0, 0.0)
    true = measure.area_m2(gpd.GeoSeries([park], crs="EPSG:4490")).iloc[0]
    print("planar area of a 2 km park at 120.5° E, 30.25° N, against the official area")
    for code in ("EPSG:4549", "EPSG:32651", "EPSG:3857"):
        project = Transformer.from_crs("EPSG:4490", code, always_xy=True).transform
        planar = shapely.transform(park, project, interleaved=False).area
        print(f"{code:12} {planar / true - 1:+.1e}")
    print("official against geodesic edges at 30° N, no vertex between the corners, ppm at most")
    print("     edge     square  irregular   triangle")
    rng = np.random.default_rng(7)
    for size_m in (50, 100, 500, 1_000, 2_000, 5_000, 10_000, 20_000):
        turns = range(0, 180, 3)
        squares = [square(120.5, 30.25, size_m, turn) for turn in turns]
        irregular = [uneven(shape, rng) for shape in squares for _ in range(5)]
        # Opposite edges of a square bend the same way and cancel; half of it shows what is left.
        halves = [shapely.Polygon(shape.exterior.coords[:3]) for shape in squares]
        columns = [difference_ppm(shapes) for shapes in (squares, irregular, halves)]
        print(f"{size_m:7} m " + " ".join(f"{ppm:10.3f}" for ppm in columns))


def uneven(shape: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    """Pull the corners of a square towards its middle by up to a third."""
    middle = np.array(shape.centroid.coords[0])
    corners = np.array(shape.exterior.coords[:-1])
    return shapely.Polygon(middle + rng.uniform(0.67, 1.0, (4, 1)) * (corners - middle))


def difference_ppm(shapes: list[shapely.Polygon]) -> float:
    """Return the largest relative difference of the two kinds of edges."""
    series = gpd.GeoSeries(shapes, crs="EPSG:4490")
    official, geodesic = (
        measure.area_m2(series, edges=edges) for edges in ("official", "geodesic")
    )
    return float((official / geodesic - 1).abs().max() * 1e6)


if __name__ == "__main__":
    tables() if "--tables" in sys.argv[1:] else ratio()

"""GCJ-02 back to WGS 84: speed against the fastest package on PyPI that reaches 1 mm.

A million seeded points in China. Peers are compared first: the distance from the points that they
should find. Those that stay within 1 mm are then timed in turns with parkgeo in one process. They
take one point at a time, so each turn gives them a sample and rates are compared.

    python -m pip install --no-deps prcoords eviltransform coord-convert
    python benchmarks/bench_datum.py
"""

import time
from collections.abc import Callable
from importlib import import_module
from statistics import median

import numpy as np
from kept import Run, keep
from numpy.typing import NDArray

from parkgeo import crs

POINTS = 1_000_000
SAMPLE = 20_000
TURNS = 3
GOOD_ENOUGH_M = 1e-3
DEGREE_M = 111_320.0
INSTALL = "python -m pip install --no-deps prcoords eviltransform coord-convert"

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
Inverse = Callable[[float, float], tuple[float, float]]


def prcoords() -> Inverse:
    """Take the precise inverse of prcoords, latitude first."""
    module = import_module("prcoords")

    def inverse(lon: float, lat: float) -> tuple[float, float]:
        found = module.gcj_wgs_bored(module.Coords(lat, lon))
        return found.lon, found.lat

    return inverse


def eviltransform() -> Inverse:
    """Take the bisection of eviltransform, latitude first."""
    module = import_module("eviltransform")

    def inverse(lon: float, lat: float) -> tuple[float, float]:
        found = module.gcj2wgs_exact(lat, lon)
        return found[1], found[0]

    return inverse


def coord_convert() -> Inverse:
    """Take the iteration of coord-convert, longitude first."""
    inverse: Inverse = import_module("coord_convert.transform").gcj2wgs
    return inverse


PEERS = {"prcoords": prcoords, "eviltransform": eviltransform, "coord-convert": coord_convert}


def installed() -> dict[str, Inverse]:
    """Load the peers that are there."""
    found = {}
    for name, load in PEERS.items():
        try:
            found[name] = load()
        except ImportError:
            print(f"{name} is not installed; {INSTALL}")
    return found


def error_m(found: Pair, true: Pair) -> float:
    """Return the largest distance in metres."""
    east = (found[0] - true[0]) * np.cos(np.radians(true[1]))
    return float(DEGREE_M * np.hypot(east, found[1] - true[1]).max())


def one_by_one(inverse: Inverse, points: Pair) -> Pair:
    """Run a peer over points."""
    found = np.array(
        [inverse(x, y) for x, y in zip(points[0].tolist(), points[1].tolist(), strict=True)]
    )
    return found[:, 0], found[:, 1]


def rate(task: Callable[[], object], n: int) -> float:
    """Return points a second of one run."""
    start = time.perf_counter()
    task()
    return n / (time.perf_counter() - start)


def main() -> None:
    """Compare answers, then speed."""
    rng = np.random.default_rng(20_251_122)
    true = rng.uniform(73.0, 135.0, POINTS), rng.uniform(18.0, 54.0, POINTS)
    shifted = crs.wgs84_to_gcj02(*true)
    start = time.perf_counter()
    found = crs.gcj02_to_wgs84(*shifted)
    print(f"first call (loads or compiles the kernel): {time.perf_counter() - start:.2f} s")
    print(f"{'parkgeo':14} error at most {error_m(found, true):.1e} m on {POINTS} points")
    assert error_m(found, true) <= 1e-8

    sample = shifted[0][:SAMPLE], shifted[1][:SAMPLE]
    known = true[0][:SAMPLE], true[1][:SAMPLE]
    fit = {}
    said = {"parkgeo": f"at most {error_m(found, true):.1e} m off"}
    for name, inverse in installed().items():
        error = error_m(one_by_one(inverse, sample), known)
        verdict = "timed" if error <= GOOD_ENOUGH_M else "more than 1 mm, not timed"
        print(f"{name:14} error at most {error:.1e} m: {verdict}")
        said[name] = f"at most {error:.1e} m off"
        if error <= GOOD_ENOUGH_M:
            fit[name] = inverse

    rates: dict[str, list[float]] = {name: [] for name in ("parkgeo", "parkgeo, sample", *fit)}
    for _ in range(TURNS):
        rates["parkgeo"].append(rate(lambda: crs.gcj02_to_wgs84(*shifted), POINTS))
        rates["parkgeo, sample"].append(rate(lambda: crs.gcj02_to_wgs84(*sample), SAMPLE))
        for name, inverse in fit.items():
            rates[name].append(rate(lambda run=inverse: one_by_one(run, sample), SAMPLE))  # type: ignore[misc]
    for name, runs in rates.items():
        print(f"{name:16} {median(runs):12,.0f} points a second")
    if fit:
        fastest = max(median(rates[name]) for name in fit)
        for name in ("parkgeo", "parkgeo, sample"):
            print(f"{name:16} {median(rates[name]) / fastest:8.1f} times the fastest peer's speed")
    keep("datum", f"GCJ-02 to WGS 84, for {POINTS} points at the speed of {SAMPLE} (peers)", [
        Run(name, POINTS / median(rates[name]) if name in rates else None, name == "parkgeo", how)
        for name, how in said.items()
    ])  # fmt: skip


if __name__ == "__main__":
    main()

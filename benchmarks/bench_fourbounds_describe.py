"""How many real city blocks survive the way from polygon to words and back.

The blocks are the faces between the named roads of Hangzhou as ``Gazetteer.find`` gives them: where
several sources draw one road, once, but with both carriageways. They are noded and polygonised.
Faces of 0.05 to 5 km² on at least three differently named roads are kept (fewer are the inside of
an interchange, or of a loop), and 500 of them drawn by a seeded sample, no other choice made. Each
is described, the text parsed, and the bounds resolved, with the stated area and without it, all
against the whole gazetteer with rivers, railways and borders. Nobody has written these texts.

Two samples are drawn. *Any lines*: of all blocks. Most have a road of two carriageways on their
border: the block is the face inside the inner ones, and the words must say so. *Single lines*: of
the blocks on at most a tenth of whose border a second strand of the same name runs beside it within
45 m, so that "the road" is one line there.

The method was worked out on the sample of the seed that is set here. Another one, to be looked at
only when nothing more is changed, is drawn with ``--seed``.
Run: ``python benchmarks/bench_fourbounds_describe.py [--blocks 500] [--seed N] [--failures]``.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from bench_fourbounds import read_lines

from parkgeo import crs, fourbounds, gazetteer, measure
from parkgeo.errors import ParkgeoError

LEAST_KM2, MOST_KM2 = 0.05, 5.0
LEAST_NAMES = 3
SEED = 20_260_322
GOOD_IOU = 0.98
BESIDE_M = 45.0
MOST_BESIDE = 0.1
LEVELS = (0.8, 0.9, 0.95, GOOD_IOU)


@dataclass(frozen=True)
class Told:
    """One block in words."""

    block: shapely.Polygon
    text: str
    error: str
    seconds: float


@dataclass(frozen=True)
class Trip:
    """One block, described and resolved again."""

    told: Told
    found: shapely.Polygon | None
    iou: float
    area_ratio: float
    error: str
    seconds: float


def main() -> None:
    """Print the shares."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--blocks", type=int, default=500, help="how many blocks")
    options.add_argument("--seed", type=int, default=SEED, help="which sample of the blocks")
    options.add_argument("--failures", action="store_true", help="list what did not come back")
    asked = options.parse_args()
    lines = read_lines()
    started = time.perf_counter()
    network = network_of(lines)
    blocks = city_blocks(network)
    print(
        f"{len(network)} pieces of roads make {len(blocks)} blocks of {LEAST_KM2}–{MOST_KM2} km²"
        f" in {time.perf_counter() - started:.0f} s"
    )
    double = beside(blocks, network)
    for title, some in (("single lines", blocks[~double]), ("any lines", blocks)):
        count = min(asked.blocks, len(some))
        chosen = some.sample(count, random_state=asked.seed, ignore_index=True)
        print(f"\n{title}: {count} of {len(some)} blocks, seed {asked.seed}")
        every = list(told(chosen, lines))
        for use_area in (True, False):
            trips = list(run(every, lines, use_area=use_area))
            report(f"stated area {'used' if use_area else 'not used'}", trips)
            for trip in trips if asked.failures else ():
                if trip.iou < GOOD_IOU:
                    words = f"{trip.told.text} {trip.error[:200]}"
                    print(f"    {trip.iou:.3f} {trip.area_ratio:.3f} {words}")


def network_of(lines: gazetteer.Gazetteer) -> gpd.GeoSeries:
    """Return every named road once, as the gazetteer gives it, indexed by its name."""
    roads = lines.lines.loc[(lines.lines["kind"] == "road") & ~lines.lines["outline"], "name"]
    names = sorted(set(roads.map(gazetteer.normalise)))
    parts = []
    for name in names:
        rows = lines.find(name, kind="road", most=100)
        own = rows["name"].map(gazetteer.normalise) == name
        parts.append(gpd.GeoSeries(rows.geometry[own].to_numpy(), index=[name] * own.sum()))
    joined = gpd.GeoSeries(
        np.concatenate([part.to_numpy() for part in parts]),
        index=np.concatenate([part.index.to_numpy(object) for part in parts]),
        crs=crs.CGCS2000,
    )
    return joined.explode()


def city_blocks(network: gpd.GeoSeries) -> gpd.GeoSeries:
    """Faces of the noded network of the size of a block, with three names on the border or more."""
    noded = shapely.get_parts(shapely.unary_union(network.to_numpy()))
    series = gpd.GeoSeries(shapely.get_parts(shapely.polygonize(noded)), crs=network.crs)
    series = series[(measure.area_m2(series) / 1e6).between(LEAST_KM2, MOST_KM2)]
    # Every piece of the noded network lies on its road: its middle tells the name.
    middles = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    nearest = shapely.STRtree(network.to_numpy()).nearest(middles)
    name = network.index.to_numpy(object)[nearest]
    piece, block = shapely.STRtree(series.exterior.to_numpy()).query(middles, "dwithin", 1e-9)
    pairs = pd.DataFrame({"name": name[piece], "block": block}).drop_duplicates()
    count = pairs.groupby("block").size().reindex(range(len(series)), fill_value=0).to_numpy()
    return series[count >= LEAST_NAMES].reset_index(drop=True)


def beside(blocks: gpd.GeoSeries, network: gpd.GeoSeries) -> np.ndarray:
    """Say of each block whether a line on its border has another strand of its name beside it."""
    plane = network.to_crs(crs.zone_of(network))
    starts, stops, names = segments(plane)
    tree = shapely.STRtree(shapely.linestrings(np.stack([starts, stops], axis=1)))
    towards = unit(stops - starts)
    return np.array(
        [
            share_beside(block.exterior, tree, towards, names) > MOST_BESIDE
            for block in blocks.to_crs(plane.crs)
        ]
    )


def share_beside(
    rim: shapely.LinearRing, tree: shapely.STRtree, towards: np.ndarray, names: np.ndarray
) -> float:
    """Share of a border that has a strand of its own name beside it, 2–45 m off."""
    ends = shapely.get_coordinates(shapely.segmentize(rim, 10.0))
    middles, headings = (ends[1:] + ends[:-1]) / 2.0, unit(np.diff(ends, axis=0))
    points = shapely.points(middles)
    step, near = tree.query(points, predicate="dwithin", distance=BESIDE_M)
    link = shapely.get_coordinates(shapely.shortest_line(points[step], tree.geometries[near]))
    offset = link[1::2] - link[::2]
    apart = np.linalg.norm(offset, axis=1)
    along = np.abs((towards[near] * headings[step]).sum(axis=1)) > np.cos(np.radians(20.0))
    square = np.abs((offset * headings[step]).sum(axis=1)) <= 0.3 * apart
    own: dict[int, set[str]] = {}
    on = apart < 0.5
    for at, name in zip(step[on], names[near[on]], strict=True):
        own.setdefault(int(at), set()).add(name)
    other = along & square & (apart > 2.0)
    hit = {
        int(at)
        for at, name in zip(step[other], names[near[other]], strict=True)
        if name in own.get(int(at), ())
    }
    lengths = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    return float(lengths[list(hit)].sum() / lengths.sum())


def segments(lines: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight pieces of lines, and the name of each."""
    points, row = shapely.get_coordinates(lines.to_numpy(), return_index=True)
    same = row[1:] == row[:-1]
    return points[:-1][same], points[1:][same], lines.index.to_numpy(object)[row[:-1][same]]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors to length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def told(blocks: gpd.GeoSeries, lines: gazetteer.Gazetteer) -> Iterator[Told]:
    """Describe every block."""
    for block in blocks:
        started = time.perf_counter()
        text, error = "", ""
        try:
            text = fourbounds.describe(block, lines)
        except ParkgeoError as caught:
            error = f"{type(caught).__name__}: {caught}"
        yield Told(block, text, error, time.perf_counter() - started)


def run(every: list[Told], lines: gazetteer.Gazetteer, *, use_area: bool) -> Iterator[Trip]:
    """Parse every text and resolve it."""
    for one in every:
        started = time.perf_counter()
        found, error = None, one.error
        if one.text:
            try:
                block = fourbounds.parse(one.text)[0]
                found = fourbounds.resolve(block, lines, use_area=use_area).geometry
            except ParkgeoError as caught:
                error = f"{type(caught).__name__}: {caught}"
        iou, ratio = compare(one.block, found)
        yield Trip(one, found, iou, ratio, error, time.perf_counter() - started)


def compare(block: shapely.Polygon, found: shapely.Polygon | None) -> tuple[float, float]:
    """Intersection over union, and area over area, by official areas."""
    if found is None:
        return 0.0, 0.0
    both = crs.to_plane(gpd.GeoSeries([block, found], crs=crs.CGCS2000)).make_valid()
    shared = both.iloc[0].intersection(both.iloc[1]).area
    left, right = both.area
    return float(shared / (left + right - shared)), float(right / left)


def report(title: str, trips: list[Trip]) -> None:
    """Print the shares that came back."""
    iou = np.array([trip.iou for trip in trips])
    shares = " ".join(f"IoU ≥ {least} {np.mean(iou >= least):.1%}," for least in LEVELS)
    near = np.mean([abs(trip.area_ratio - 1.0) <= 0.02 for trip in trips])
    print(f"  {title:22}{shares} area within 2% {near:.1%}")
    reasons = Counter(trip.error.split(":")[0] for trip in trips if trip.error)
    describe_s = np.median([trip.told.seconds for trip in trips])
    resolve_s = np.median([trip.seconds for trip in trips])
    print(f"    median {describe_s:.2f} s to describe, {resolve_s:.2f} s to resolve")
    print(f"    errors: {dict(reasons) or 'none'}")


if __name__ == "__main__":
    main()

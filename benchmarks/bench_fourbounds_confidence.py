"""Whether a confidence of 0.8 means that four in five are right.

Real city blocks are described in words, as in ``bench_fourbounds_describe.py``, and resolved again
without their area. Clean words are too easy a test of how sure to be, so each text is also spoilt,
in the ways in which published ones are: a reference of a chain is left out (*dropped*); a name is
written that is not the one meant, but that of another road within 1 km (*replaced*); a side has
no name that could be looked up (*unnamed*); a chain is written against the boundary (*backwards*).
A polygon is right when its area is within 10 % of the block's; the share with IoU ≥ 0.9 is given
beside it. Words with another name may bound another block without any fault that could be seen:
no rule can tell, and what is called sure then says how often that is so.

What is chosen by looking at one seed must be reported from another.
Run: ``python benchmarks/bench_fourbounds_confidence.py [--blocks 150] [--seed 2]``.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from bench_fourbounds import SURE, read_lines
from bench_fourbounds_describe import city_blocks, compare, network_of, told

from parkgeo import crs, fourbounds, gazetteer
from parkgeo.errors import ParkgeoError
from parkgeo.fourbounds import Bounds, Reference

NEAR_M = 1_000.0
BINS = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0)
RIGHT_AREA, RIGHT_IOU = 0.1, 0.9
NOT_A_NAME = Reference("规划支路", "planned_road", raw="规划支路", generic=True)

Sides = dict[str, tuple[Reference, ...]]
Spoil = Callable[[Sides, list[str], np.random.Generator], Sides | None]


@dataclass(frozen=True)
class Trial:
    """One block, its words spoilt in one way or left as they are, resolved again."""

    how: str
    confidence: float
    area_ratio: float
    iou: float
    text: str


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--blocks", type=int, default=150, help="how many blocks")
    options.add_argument("--seed", type=int, default=2, help="of the blocks and of what is spoilt")
    options.add_argument("--failures", action="store_true", help="list what is sure and wrong")
    asked = options.parse_args()
    lines = read_lines()
    network = network_of(lines)
    blocks = city_blocks(network)
    chosen = blocks.sample(min(asked.blocks, len(blocks)), random_state=asked.seed)
    every = list(trials(chosen.reset_index(drop=True), lines, network, seed=asked.seed))
    frame = pd.DataFrame(every)
    print(f"{len(chosen)} of {len(blocks)} blocks, seed {asked.seed}; stated area not used")
    for how in SPOILT:
        report(how, frame[frame["how"] == how])
    report("all that are spoilt", frame[frame["how"] != "clean"])
    report("all", frame)
    wrong = frame[(frame["confidence"] >= SURE) & ~is_right(frame)]
    for row in wrong.itertuples() if asked.failures else ():
        print(f"  {row.how:10}{row.confidence:.2f} {row.area_ratio:.2f} {row.iou:.2f} {row.text}")


def trials(
    blocks: gpd.GeoSeries, lines: gazetteer.Gazetteer, network: gpd.GeoSeries, *, seed: int
) -> Iterator[Trial]:
    """Describe every block, spoil its words in every way, and resolve them."""
    plane = network.to_crs(crs.zone_of(network))
    tree = shapely.STRtree(plane.to_numpy())
    around = blocks.to_crs(plane.crs)
    for number, one in enumerate(told(blocks, lines)):
        if not one.text:
            continue
        block = fourbounds.parse(one.text)[0]
        rng = np.random.default_rng([seed, number])
        near = tree.query(around.iloc[number], predicate="dwithin", distance=NEAR_M)
        names = sorted(set(plane.index[near]))
        for how, spoil in SPOILT.items():
            sides = spoil(dict(block.sides), names, rng)
            if sides is not None:
                words = replace(block, sides=sides)
                yield resolved(how, words, one.block, lines)


def resolved(how: str, words: Bounds, block: shapely.Polygon, lines: gazetteer.Gazetteer) -> Trial:
    """Resolve words and compare what comes of them with the block."""
    text = "，".join(
        f"{side}: " + "转".join(reference.name for reference in references)
        for side, references in words.sides.items()
    )
    try:
        found = fourbounds.resolve(words, lines, use_area=False)
    except ParkgeoError:
        return Trial(how, 0.0, 0.0, 0.0, text)
    iou, ratio = compare(block, found.geometry)
    return Trial(how, found.confidence, ratio, iou, text)


def clean(sides: Sides, _: list[str], __: np.random.Generator) -> Sides:
    """Leave the words as they are."""
    return sides


def dropped(sides: Sides, _: list[str], rng: np.random.Generator) -> Sides | None:
    """Leave one reference of a chain out."""
    chains = [side for side, references in sides.items() if len(references) > 1]
    if not chains:
        return None
    side = str(rng.choice(chains))
    out = int(rng.integers(len(sides[side])))
    return sides | {side: sides[side][:out] + sides[side][out + 1 :]}


def replaced(sides: Sides, names: list[str], rng: np.random.Generator) -> Sides | None:
    """Write the name of another road near the block in the place of one."""
    used = {gazetteer.normalise(one.name) for some in sides.values() for one in some}
    others = [name for name in names if name not in used]
    if not others:
        return None
    side = str(rng.choice(list(sides)))
    at = int(rng.integers(len(sides[side])))
    other = replace(sides[side][at], name=str(rng.choice(others)), alias=None, core=None)
    return sides | {side: (*sides[side][:at], other, *sides[side][at + 1 :])}


def unnamed(sides: Sides, _: list[str], rng: np.random.Generator) -> Sides:
    """Take the name of one side away."""
    return sides | {str(rng.choice(list(sides))): (NOT_A_NAME,)}


def backwards(sides: Sides, _: list[str], rng: np.random.Generator) -> Sides | None:
    """Write one chain against the boundary."""
    chains = [side for side, references in sides.items() if len(references) > 1]
    if not chains:
        return None
    side = str(rng.choice(chains))
    return sides | {side: sides[side][::-1]}


SPOILT: dict[str, Spoil] = {
    "clean": clean,
    "dropped": dropped,
    "replaced": replaced,
    "unnamed": unnamed,
    "backwards": backwards,
}


def is_right(frame: pd.DataFrame) -> pd.Series:
    """Say of each trial whether its area is that of the block."""
    return (frame["area_ratio"] - 1.0).abs() <= RIGHT_AREA


def report(title: str, frame: pd.DataFrame) -> None:
    """Print how many are right for each range of confidence, and from 0.8 on."""
    print(f"\n{title}: {len(frame)}")
    print("  confidence      count  area within 10%  IoU ≥ 0.9")
    groups = pd.cut(frame["confidence"], BINS, right=False)
    groups = groups.where(frame["confidence"] < 1.0, groups.cat.categories[-1])
    for interval in groups.cat.categories:
        line(f"{interval.left:.1f}–{interval.right:.1f}", frame[groups == interval])
    line(f"≥ {SURE}", frame[frame["confidence"] >= SURE])


def line(title: str, frame: pd.DataFrame) -> None:
    """Print one line of a table."""
    if frame.empty:
        print(f"  {title:14}{0:7}")
        return
    good = (frame["iou"] >= RIGHT_IOU).mean()
    print(f"  {title:14}{len(frame):7}{is_right(frame).mean():17.0%}{good:11.0%}")


if __name__ == "__main__":
    main()

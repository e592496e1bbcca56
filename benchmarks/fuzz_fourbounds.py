"""Hostile texts for parsing and resolving four bounds: no hang, no error outside the family.

Seeded noise over the words of the grammar, whole ranges with pieces cut out and put elsewhere,
runs of one word, nests of brackets, and random characters of all planes, lone surrogates among
them; most are short, a few hold a megabyte. The first block of one short text in ten is resolved
too, against a drawn town whose names the texts use: a resolution takes as long as a hundred
parses, and ``--resolve-every 1`` resolves them all.
Run: ``python benchmarks/fuzz_fourbounds.py [--texts 10000] [--seed 1]``. Ends with status 1 where
a text raised anything but a ParkgeoError or took longer than the limit to parse.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
from shapely import LineString

from parkgeo import gazetteer
from parkgeo.errors import ParkgeoError
from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds import parse, resolve

MEGABYTE: Final = 1_000_000
HAN_BYTES: Final = 3
LIMIT_S_PER_MB: Final = 5.0
LEAST_LIMIT_S: Final = 1.0
EVERY: Final = 500
"""One text in so many holds a megabyte."""
RANGE: Final = (
    "甲片区面积2.1平方公里,东至古墩路转文一路,南至文三路以南50米,"
    "西至丰潭路(规划),北至余杭塘河北岸。"
)
LONGEST_RESOLVED: Final = 500
WAYS: Final = {
    "古墩路": [(120.02, 29.99), (120.02, 30.03)],
    "文一路": [(119.99, 30.015), (120.03, 30.015)],
    "文三路": [(119.99, 30.0), (120.03, 30.0)],
    "丰潭路": [(120.0, 29.99), (120.0, 30.03)],
    "余杭塘河": [(119.99, 30.02), (120.03, 30.02)],
}
"""A town in which the range above, and what is left of it, can be found."""
SIGNS: Final = "东西南北至以为由、,;:。()[]/-—…\t \n0123456789.米亩“”"


def grammar_words() -> list[str]:
    """Every word in the tables of the grammar."""
    tables = [table for table in vars(grammar).values() if isinstance(table, grammar.Words)]
    return sorted({word for table in tables for word in table.words} | set(SIGNS) | {RANGE})


WORDS: Final = grammar_words()


def _salad(dice: random.Random, length: int) -> str:
    few = dice.sample(WORDS, dice.choice((2, 5, 40)))
    return "".join(dice.choices(few, k=length))[:length]


def _run(dice: random.Random, length: int) -> str:
    unit = "".join(dice.choices(WORDS, k=dice.choice((1, 1, 2, 3))))
    return dice.choice(("", "东至", "由", "四至:")) + unit * (length // len(unit) + 1)


def _cut(dice: random.Random, length: int) -> str:
    text = (RANGE * (length // len(RANGE) + 1))[:length]
    for _ in range(dice.randint(1, 12)):
        at, to = sorted(dice.choices(range(len(text) + 1), k=2))
        to = min(to, at + 20)
        text = text[:at] + dice.choice(WORDS) + text[to:] + text[at:to]
    return text


def _nest(dice: random.Random, length: int) -> str:
    """Ranges in brackets in ranges, closed or not."""
    deep = max(1, length // (2 * len(RANGE)))
    opening = "".join(dice.choice("(（[【〔") + RANGE for _ in range(deep))
    closing = "".join(dice.choice(")）]】〕") + dice.choice(WORDS) for _ in range(deep))
    return opening + dice.choice(("", closing, closing[: deep // 2]))


def _characters(dice: random.Random, length: int) -> str:
    top = dice.choice((0x80, 0x3000, 0xFFFF, 0x10FFFF))
    return "".join(map(chr, dice.choices(range(top + 1), k=length)))


MAKERS: Final[tuple[Callable[[random.Random, int], str], ...]] = (
    _salad,
    _run,
    _cut,
    _nest,
    _characters,
)


def texts(number: int, *, seed: int) -> Iterator[str]:
    """Hostile texts, the same ones for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - texts, not keys
    for at in range(number):
        make = dice.choice(MAKERS)
        if at % EVERY == EVERY - 1:
            yield make(dice, MEGABYTE // HAN_BYTES)
        else:
            yield make(dice, int(10 ** dice.uniform(0, 3)))


def town() -> gazetteer.Gazetteer:
    """Lines of the names that the texts use."""
    lines = gpd.GeoDataFrame(
        {"name": list(WAYS), "kind": ["river" if name.endswith("河") else "road" for name in WAYS]},
        geometry=[LineString(way) for way in WAYS.values()],
        crs="EPSG:4490",
    )
    return gazetteer.read().add(lines, source="drawn")


@dataclass
class Tally:
    """What became of the texts."""

    blocks: int = 0
    resolved: int = 0
    refused: int = 0
    wrong: int = 0
    characters: int = 0
    slowest: tuple[float, str] = (0.0, "")


def read(text: str, lines: gazetteer.Gazetteer | None, tally: Tally) -> float:
    """Parse a text, resolve its first block where lines are given, and time the parsing."""
    began = time.process_time()
    blocks = parse(text)
    spent = time.process_time() - began
    tally.blocks += len(blocks)
    if blocks and lines is not None and len(text) <= LONGEST_RESOLVED:
        try:
            resolve(blocks[0], lines)
            tally.resolved += 1
        except ParkgeoError:
            tally.refused += 1
    return spent


def main() -> int:
    """Read all texts and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--resolve-every", type=int, default=10)
    chosen = options.parse_args()
    lines, tally = town(), Tally()
    for at, text in enumerate(texts(chosen.texts, seed=chosen.seed)):
        spent = 0.0
        try:
            spent = read(text, None if at % chosen.resolve_every else lines, tally)
        except Exception as error:  # noqa: BLE001 - the point is to see every one of them
            tally.wrong += 1
            print(f"raised {type(error).__name__}: {error}: {text[:60]!r}")
        megabytes = len(text.encode("utf-8", "surrogatepass")) / MEGABYTE
        tally.characters += len(text)
        if spent > max(LEAST_LIMIT_S, LIMIT_S_PER_MB * megabytes):
            tally.wrong += 1
            print(f"slow: {spent:.1f} s for {megabytes:.2f} MB: {text[:60]!r}")
        tally.slowest = max(tally.slowest, (spent, text[:60]))
    print(
        f"{chosen.texts} texts, {tally.characters} characters, {tally.blocks} blocks read, "
        f"{tally.resolved} resolved, {tally.refused} refused with a reason; slowest parse "
        f"{tally.slowest[0]:.2f} s: {tally.slowest[1]!r}; {tally.wrong} wrong"
    )
    return int(tally.wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

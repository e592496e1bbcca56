"""Hostile texts for the four-bounds parser: no hang, no error outside the family, linear time.

Seeded noise over the words of the grammar, whole ranges with pieces cut out and put elsewhere,
runs of one word, and random characters of all planes; most are short, a few hold a megabyte.
Run: ``python benchmarks/fuzz_fourbounds.py [--texts 10000] [--seed 1]``. Ends with status 1 where
a text raised anything but a ParkgeoError or took longer than the limit.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from parkgeo.errors import ParkgeoError
from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds import parse

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


def _characters(dice: random.Random, length: int) -> str:
    top = dice.choice((0x80, 0x3000, 0xFFFF, 0x10FFFF))
    return "".join(map(chr, dice.choices(range(top + 1), k=length)))


MAKERS: Final[tuple[Callable[[random.Random, int], str], ...]] = (_salad, _run, _cut, _characters)


def texts(number: int, *, seed: int) -> Iterator[str]:
    """Hostile texts, the same ones for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - texts, not keys
    for at in range(number):
        make = dice.choice(MAKERS)
        if at % EVERY == EVERY - 1:
            yield make(dice, MEGABYTE // HAN_BYTES)
        else:
            yield make(dice, int(10 ** dice.uniform(0, 3)))


def main() -> int:
    """Read all texts and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    wrong, slowest, characters, blocks = 0, (0.0, ""), 0, 0
    for text in texts(chosen.texts, seed=chosen.seed):
        began = time.process_time()
        try:
            blocks += len(parse(text))
        except ParkgeoError:
            pass
        except Exception as error:  # noqa: BLE001 - the point is to see every one of them
            wrong += 1
            print(f"raised {type(error).__name__}: {error}: {text[:60]!r}")
        spent = time.process_time() - began
        megabytes = len(text.encode("utf-8", "surrogatepass")) / MEGABYTE
        characters += len(text)
        if spent > max(LEAST_LIMIT_S, LIMIT_S_PER_MB * megabytes):
            wrong += 1
            print(f"slow: {spent:.1f} s for {megabytes:.2f} MB: {text[:60]!r}")
        slowest = max(slowest, (spent, text[:60]))
    print(
        f"{chosen.texts} texts, {characters} characters, {blocks} blocks read; "
        f"slowest {slowest[0]:.2f} s: {slowest[1]!r}; {wrong} wrong"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Score of the four-bounds parser on the development files, with its failures by tag.

A side is right when the names of its references, their order and their relations are those of the
gold parse or of an alternative reading; a text is right when all sides of all its blocks are, and
nothing else was read. Run: ``python benchmarks/bench_fourbounds_parse.py [--failures]``.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from parkgeo.fourbounds import Bounds, Reference, parse

SHARED = Path(os.environ.get("PARKGEO_SHARED", Path(__file__).resolve().parents[2] / "shared"))
FILES = ("hangzhou_dev.json", "china_dev.json")

Case = Mapping[str, Any]
Read = list[tuple[str, str]]


@dataclass
class Score:
    """Counts over the cases of one file."""

    sides: int = 0
    sides_right: int = 0
    texts: int = 0
    texts_right: int = 0
    areas: int = 0
    areas_right: int = 0
    wrong_tags: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def side_ratio(self) -> float:
        """Share of gold sides that were read exactly right."""
        return self.sides_right / self.sides

    @property
    def text_ratio(self) -> float:
        """Share of texts in which everything was read exactly right."""
        return self.texts_right / self.texts


def score(cases: Sequence[Case]) -> Score:
    """Score the parser on cases of the schema of the development files."""
    result = Score()
    for case in cases:
        found = parse(case["text"])
        gold = case["gold"]["blocks"]
        wrong = list(_wrong_sides(gold, found))
        result.sides += sum(len(_sides_of(block)) for block in gold)
        result.sides_right += sum(len(_sides_of(block)) for block in gold) - len(
            [one for one in wrong if one[0] == "side"]
        )
        result.texts += 1
        result.texts_right += not wrong
        if wrong:
            result.wrong_tags.update(case["tags"])
            result.failures += [f"{case['id']}: {message}" for _, message in wrong]
        _score_area(case, found, result)
    return result


def _score_area(case: Case, found: Sequence[Bounds], result: Score) -> None:
    stated = case["stated_area"]
    if not stated or len(case["gold"]["blocks"]) > 1 or f"{stated['value']:g}" not in case["text"]:
        return
    result.areas += 1
    right = bool(found) and found[0].stated_area_m2 is not None
    right = right and abs(found[0].stated_area_m2 - stated["m2"]) <= 1e-6 * stated["m2"]
    result.areas_right += right
    if not right:
        read = found[0].stated_area_m2 if found else None
        result.failures.append(f"{case['id']}: area {stated['m2']} read as {read}")


def _wrong_sides(
    gold: Sequence[Mapping[str, Any]], found: Sequence[Bounds]
) -> Iterator[tuple[str, str]]:
    for at, block in enumerate(gold):
        read = _read(found[at]) if at < len(found) else {}
        for side, expected in _sides_of(block).items():
            got = read.pop(side, [])
            readings = [expected, *_alternatives(block, side)]
            if not any(got == _names(reading) for reading in readings):
                yield "side", f"{side} {_names(expected)} read as {got}"
        for side, got in read.items():
            yield "extra", f"{side} read as {got} but not stated"
    for block in found[len(gold) :]:
        yield "extra", f"block {block.name} {_read(block)}"


def _sides_of(block: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    ring = block.get("enclosure")
    return dict(block["sides"]) if not ring else {**block["sides"], "enclosure": ring}


def _alternatives(block: Mapping[str, Any], side: str) -> Iterator[list[dict[str, Any]]]:
    """Second readings, wherever the annotator put them."""
    other = block.get("alternative")
    for reading in other if isinstance(other, list) else [other] if other else []:
        sides = reading.get("sides", reading)
        if side in sides:
            yield sides[side]
    references = _sides_of(block)[side]
    if any("alternative" in one for one in references):
        yield [{**one, **one.get("alternative", {})} for one in references]


def _names(references: Sequence[Mapping[str, Any]]) -> Read:
    return [(one["name"], one["relation"]) for one in references]


def _read(block: Bounds) -> dict[str, Read]:
    def names(references: Sequence[Reference]) -> Read:
        return [(one.name, one.relation) for one in references]

    read = {str(side): names(references) for side, references in block.sides.items()}
    return {**read, "enclosure": names(block.enclosure)} if block.enclosure else read


LENGTHS: Final = (100_000, 400_000)
HOSTILE: Final = (
    "东至古墩路转文一路,南至文三路以南50米,西至丰潭路(规划),北至余杭塘河北岸,面积2平方公里。",
    *("东至", "东南西北", "甲路以南、", "甲路转乙路、", "四至东", "由甲路、", "东\t甲路\n"),
    *("(", ")(", "((东至甲路)", "[(", "1", "一二三", "甲", "甲路", "段", "面积 ", "约12公顷"),
    *("\ud800", "\x00", "\u202e东至", "😀", "東至絕繞", "转沿江", "、沿甲路", "三江两岸绿道下沙"),
    *(
        "甲路,乙路,",
        "甲路,乙路,丙河围合",
        "(甲路、乙路、丙河围合",
        "已出让的甲路",
        "东至甲路与南区相接",
    ),
)
"""Words whose repetition is a text made to be slow."""


def print_growth() -> None:
    """Print how the time grows from 100 kB to 400 kB of each hostile text: linear is 4."""
    for unit in HOSTILE:
        spent = []
        for size in LENGTHS:
            width = len(unit.encode("utf-8", "surrogatepass"))
            text = unit * (size // width)
            began = time.process_time()
            parse(text)
            spent.append(time.process_time() - began)
        per_mb = 1e6 * spent[1] / LENGTHS[1]
        print(f"  x{spent[1] / max(spent[0], 1e-9):5.1f}  {per_mb:5.2f} s/MB  {unit[:16]!r}")


def main() -> None:
    """Print the scores, and how the time grows with the length of hostile texts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--failures", action="store_true", help="list what was read wrongly")
    options.add_argument("--growth", action="store_true", help="time hostile texts instead")
    chosen = options.parse_args()
    if chosen.growth:
        print_growth()
        return
    for name in FILES:
        path = SHARED / "data" / "fourbounds" / name
        if not path.is_file():
            print(f"{name}: not here, nothing to score")
            continue
        cases = json.loads(path.read_text(encoding="utf-8"))
        began = time.perf_counter()
        result = score(cases)
        spent = time.perf_counter() - began
        print(
            f"{name}: sides {result.sides_right}/{result.sides} = {result.side_ratio:.3f}, "
            f"texts {result.texts_right}/{result.texts} = {result.text_ratio:.3f}, "
            f"areas {result.areas_right}/{result.areas}, {1e3 * spent / len(cases):.1f} ms a text",
        )
        print("  tags of texts not wholly right:", dict(result.wrong_tags.most_common(12)))
        if chosen.failures:
            print("\n".join(f"  {line}" for line in result.failures))


if __name__ == "__main__":
    main()

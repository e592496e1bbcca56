"""Ranges in the style of official documents; see ``tests/reference/fourbounds/README.md``."""

import json
from pathlib import Path
from typing import Any

import pytest

from parkgeo.fourbounds import Bounds, parse

REFERENCE = Path(__file__).parent / "reference" / "fourbounds"
CASES: list[dict[str, Any]] = [
    case
    for name in ("styles.json", "places.json", "regions.json", "documents.json")
    for case in json.loads((REFERENCE / name).read_text("utf-8"))
]


def read(block: Bounds) -> dict[str, str]:
    sides = {**block.sides, **({"enclosure": block.enclosure} if block.enclosure else {})}
    return {
        str(side): "|".join(
            one.name if one.relation == "line" else f"{one.name}~{one.relation}" for one in found
        )
        for side, found in sides.items()
    }


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:20] for case in CASES])
def test_a_range_reads_as_by_hand(case: dict[str, Any]) -> None:
    blocks, expected = parse(case["text"]), case["blocks"]
    assert [read(block) for block in blocks] == [one["sides"] for one in expected]
    for block, one in zip(blocks, expected, strict=True):
        area_m2 = one["stated_area_m2"]
        if len(expected) > 1:
            assert block.name == one["name"]
        assert block.stated_area_m2 == (
            None if area_m2 is None else pytest.approx(area_m2, rel=1e-9)
        )

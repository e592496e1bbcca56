"""The four published ranges in their whole document, and the scores on the development files."""

import json
from pathlib import Path
from types import ModuleType

import pytest
from scripts import load

from parkgeo.fourbounds import Bounds, parse

ROOT = Path(__file__).resolve().parents[1]

Sides = dict[str, list[tuple[str, str, str | None]]]

ZIJINGANG: Sides = {
    "east": [("吉鸿路", "road", None), ("紫荆花北路", "road", "转")],
    "south": [("余杭塘河", "river", None)],
    "west": [("余杭交界", "admin_boundary", None)],
    "north": [("杭长高速", "road", None)],
}
SOUTH: Sides = {
    "east": [
        ("杭长高速", "road", None),
        ("留祥快速路", "road", "—"),
        ("紫荆花北路", "road", "—"),
    ],
    "south": [("余杭塘河", "river", None), ("振华西路", "road", "—")],
    "west": [("云涛南路", "planned_road", None), ("荆大路", "planned_road", "—")],
    "north": [
        ("灯彩街", "road", None),
        ("墩余路", "road", "—"),
        ("宣杭铁路", "railway", "—"),
        ("灯彩街", "road", "—"),
        ("油车桥港", "river", "—"),
    ],
}
NORTH: Sides = {
    "east": [("绕城高速", "road", None)],
    "south": [("云霄路", "planned_road", None)],
    "west": [("云涛北路", "planned_road", None)],
    "north": [("下确桥港", "river", None)],
}
PLATFORM: Sides = {
    "east": [("高铁", "railway", None)],
    "south": [("振华路", "road", None), ("宣杭铁路", "railway", "、")],
    "west": [("良祥路", "road", None)],
    "north": [("墩余路", "road", None)],
}


@pytest.fixture(scope="module")
def document(sources: Path) -> str:
    return (sources / "xihu-2021-zone-consolidation-plan.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocks(document: str) -> list[Bounds]:
    return parse(document)


@pytest.fixture(scope="module")
def benchmark_module() -> ModuleType:
    return load("benchmarks/bench_fourbounds_parse.py")


def sides(block: Bounds) -> Sides:
    return {
        str(side): [(one.name, one.kind, one.connector) for one in found]
        for side, found in block.sides.items()
    }


@pytest.mark.shared
def test_the_document_states_five_ranges(blocks: list[Bounds]) -> None:
    assert [sides(block) for block in blocks] == [ZIJINGANG, SOUTH, NORTH, PLATFORM, ZIJINGANG]
    assert {one.relation for block in blocks for one in block.references} == {"line"}
    assert [block.unparsed for block in blocks] == [()] * 5


@pytest.mark.shared
def test_their_names_areas_and_parents(blocks: list[Bounds]) -> None:
    park = ("杭州紫金港数字信息高新技术产业园区", 13.76e6)
    stated = [
        (block.name, block.stated_area_m2, block.stated_area_text, block.stated_area_approx)
        for block in blocks
    ]
    assert stated == [
        ("紫金港科技城", 21e6, "21平方公里", True),
        ("南区", 11.95e6, "11.95平方公里", False),
        ("北区", 1.81e6, "1.81平方公里", False),
        ("紫金港数字信息产业平台", 4.6e6, "6900亩", False),
        ("紫金港科技城", 21e6, "21平方公里", True),
    ]
    assert [(block.parent, block.parent_area_m2) for block in blocks] == [
        (None, None),
        park,
        park,
        (None, None),
        (None, None),
    ]


@pytest.mark.shared
def test_only_the_high_speed_line_has_no_name_to_look_up(blocks: list[Bounds]) -> None:
    generic = {one.name for block in blocks for one in block.references if one.generic}
    assert generic == {"高铁"}


@pytest.mark.shared
def test_spans_are_exact_in_the_whole_document(document: str, blocks: list[Bounds]) -> None:
    for block in blocks:
        assert document[slice(*block.span)] == block.text
        for one in block.references:
            assert document[slice(*one.span)] == one.raw
            assert one.name in one.raw


@pytest.mark.shared
def test_the_other_documents_state_no_range(sources: Path) -> None:
    others = [path for path in sources.glob("*.txt") if not path.name.startswith("xihu-2021")]
    assert len(others) == 4
    assert [parse(path.read_text(encoding="utf-8")) for path in others] == [[]] * 4


@pytest.mark.shared
@pytest.mark.parametrize("name", ["hangzhou_dev.json", "china_dev.json"])
def test_scores_on_the_development_files(
    shared_data: Path, benchmark_module: ModuleType, name: str
) -> None:
    cases = json.loads((shared_data / "fourbounds" / name).read_text(encoding="utf-8"))
    result = benchmark_module.score(cases)
    assert result.side_ratio >= 0.99, result.failures
    assert result.text_ratio >= 0.98, result.failures
    assert result.areas_right >= 0.97 * result.areas, result.failures

"""Rings of lines without directions, and the name of a block where other clauses stand before."""

import pytest

from parkgeo.fourbounds import Bounds, parse

LINES = ["秋涛路", "艮山西路", "德胜路", "石桥路"]
RING = "、".join(LINES)
SIDES = "东至秋涛路,南至艮山西路,西至德胜路,北至石桥路"


def only(text: str) -> Bounds:
    [block] = parse(text)
    return block


@pytest.mark.parametrize(
    "text",
    [
        f"{RING}围合区域",
        f"由{RING}围合而成",
        f"以{RING}为边界的区域",
        f"{RING}四条道路围合区域",
        f"{RING}等4条路合围的地块",
        f"{RING}所包围的区域",
        f"{RING}之间的区域",
        f"本项目位于{RING}围合区域",
        f"城东之心是指{RING}围合的区域",
        f"城东单元（{RING}围合区域）",
        "秋涛路，艮山西路，德胜路，石桥路围合区域",
        "由秋涛路，艮山西路，德胜路及石桥路围合，面积1平方公里",
        "秋涛路→艮山西路→德胜路→石桥路围合区域",
        "项目靠近文一路，秋涛路、艮山西路、德胜路、石桥路围合区域",
    ],
)
def test_lines_of_a_ring(text: str) -> None:
    block = only(text)
    assert [one.name for one in block.enclosure] == LINES
    assert not block.sides
    assert all(text[slice(*one.span)] == one.raw for one in block.enclosure)


def test_two_lines_are_no_ring() -> None:
    assert parse("秋涛路、艮山西路围合区域") == []


def test_a_bracket_inside_a_ring_belongs_to_its_line() -> None:
    block = only("由秋涛路、02省道(艮山西路)、德胜路围合")
    assert [(one.name, one.alias) for one in block.enclosure] == [
        ("秋涛路", None),
        ("02省道", "艮山西路"),
        ("德胜路", None),
    ]


@pytest.mark.parametrize("bounds", [f"{RING}围合区域", SIDES])
@pytest.mark.parametrize(
    "before",
    [
        "杭州今年将新建三条地铁。",
        "这条路全长10公里,沿线设站,",
        "记者近日从市规划局获悉,",
        "昨日，市政府召开会议。",
        "该片区交通便利，",
        "此次规划调整涉及两个地块，",
        "地铁线开通,带动了城东新城,",
        "市民张先生说，家门口变美了，",
        "改造范围：",
    ],
)
def test_a_clause_that_speaks_of_something_else_is_no_name(before: str, bounds: str) -> None:
    assert only(before + bounds).name is None


@pytest.mark.parametrize("bounds", [f"由{RING}围合", SIDES])
@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("城东新城", "城东新城"),
        ("城东新城,", "城东新城"),
        ("记者获悉,城东新城", "城东新城"),
        ("城东之心位于杭州,", "城东之心"),
        ("“城东之心”,", "城东之心"),
        ("城东植物园,", "城东植物园"),
        ("城东植物园。", "城东植物园"),
        ("杭州云城以火车西站为核心,", "杭州云城"),
        ("中以创新园", "中以创新园"),
        ("本次拆迁地块", "拆迁地块"),
    ],
)
def test_the_name_of_the_block(before: str, name: str, bounds: str) -> None:
    assert only(before + bounds).name == name


def test_a_service_road_is_a_road_and_has_edges() -> None:
    block = only("东至机场路辅路,南至石大路辅道北侧,西至石桥路,北至德胜路北侧辅路")
    read = [(one.name, one.relation, one.edge) for one in block.references]
    assert read == [
        ("机场路辅路", "line", None),
        ("石大路辅道", "edge", "北侧"),
        ("石桥路", "line", None),
        ("德胜路", "edge", "北侧辅路"),
    ]


def test_traditional_characters_read_as_the_simplified_ones() -> None:
    old, new = "由秋濤路、機場路、後橫溝圍合", "由秋涛路、机场路、后横沟围合"
    written = only(old).enclosure
    assert [one.span for one in written] == [one.span for one in only(new).enclosure]
    assert [one.name for one in written] == ["秋濤路", "機場路", "後橫溝"]

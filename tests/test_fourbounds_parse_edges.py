"""Edges of lines, alone and in chains: the name stays whole, and is not longer."""

import pytest

from parkgeo.fourbounds import parse

RING = "南至文三街,西至丰潭街,北至余杭塘河"
NAMES = [
    "甲路",
    "甲河",
    "甲支线",
    "杭甬高速",
    "G60沪昆高速",
    "104国道",
    "S224省道",
    "中河高架",
    "后梯线",
    "新开港",
    "后横浜",
    "五号浦",
    "二环",
    "环城北路",
    "1号线",
    "沪昆铁路",
    "运河东路",
    "支路八",
    "规划一路",
    "沿江大道",
    "沿山河",
    "沿河滨路",
    "转塘街",
    "转运路",
    "连接线",
    "和睦路",
    "经九路",
    "至善路",
    "到发线",
    "新建路",
    "东边路",
    "南岸路",
    "海岸路",
    "红线路",
    "中心线路",
    "北岸线",
    "江边路",
]
EDGES = ["西边线", "西侧边线", "西侧红线", "道路红线", "西侧", "东岸", "东侧绿化带", "北侧边界"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_leaves_the_name_whole(name: str, edge: str) -> None:
    expected = (name, "edge", edge)
    other = ("乙路", "edge", "南边线")
    for chain, read in {
        f"{name}{edge}": [expected],
        f"{name}{edge}转乙路南边线": [expected, other],
        f"乙路南边线转{name}{edge}": [other, expected],
        f"乙路转{name}{edge}": [("乙路", "line", None), expected],
        f"{name}{edge}、乙路": [expected, ("乙路", "line", None)],
    }.items():
        [block] = parse(f"东至{chain},{RING}")
        found = [(one.name, one.relation, one.edge) for one in block.sides["east"]]
        assert found == read, chain


@pytest.mark.parametrize("first", NAMES)
def test_a_turn_between_any_two_names(first: str) -> None:
    for second in NAMES:
        if first == second:
            continue
        [block] = parse(f"东至{first}转{second},{RING}")
        assert [one.name for one in block.sides["east"]] == [first, second]


@pytest.mark.parametrize(
    ("words", "name", "part", "edge"),
    [
        ("藕花洲大街东段", "藕花洲大街", "东段", None),
        ("藕花洲大街东段北侧", "藕花洲大街", "东段", "北侧"),
        ("文一西路延伸段西侧边线", "文一西路", "延伸段", "西侧边线"),
        ("三江两岸绿道下沙段", "三江两岸绿道", "下沙段", None),
        ("京杭运河杭州段南岸", "京杭运河", "杭州段", "南岸"),
        ("杭甬高速公路杭州绕城段", "杭甬高速公路", "杭州绕城段", None),
        ("地铁3号线高架段", "地铁3号线", "高架段", None),
        ("102省道改建段", "102省道", "改建段", None),
    ],
)
def test_parts_come_off_with_and_without_an_edge(
    words: str, name: str, part: str, edge: str | None
) -> None:
    [block] = parse(f"东至{words},{RING}")
    [found] = block.sides["east"]
    assert (found.name, found.part, found.edge) == (name, part, edge)


@pytest.mark.parametrize(
    ("words", "generic"),
    [
        ("支路八", False),
        ("规划支路八", True),
        ("规划城市次干道", True),
        ("新建路", False),
        ("新建南路", False),
        ("新建河", False),
        ("新建支路", True),
        ("国有空闲地", True),
        ("用地红线", True),
        ("城市绿地", True),
        ("大路村", False),
    ],
)
def test_general_words_are_not_looked_up_but_old_names_are(words: str, generic: bool) -> None:  # noqa: FBT001
    [block] = parse(f"东至{words},{RING}")
    [found] = block.sides["east"]
    assert (found.name, found.generic) == (words, generic)


@pytest.mark.parametrize("name", ["新建路", "新建南路", "新建河"])
def test_a_name_that_says_new_is_not_planned(name: str) -> None:
    [block] = parse(f"东至{name},{RING}")
    assert block.sides["east"][0].kind in {"road", "river"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("杭州空港经济开发区", ["杭州空港经济开发区"]),
        ("甲路经济南路至乙路", ["甲路", "济南路", "乙路"]),
        ("甲路转运河路", ["甲路", "运河路"]),
        ("甲路沿湖滨路至乙路", ["甲路", "湖滨路", "乙路"]),
        ("甲路折向南至乙路", ["甲路", "乙路"]),
        ("甲路、沿乙路至丙河", ["甲路", "乙路", "丙河"]),
        ("甲路转向东路", ["甲路", "东路"]),
    ],
)
def test_words_that_may_turn_or_begin_a_name(words: str, names: list[str]) -> None:
    [block] = parse(f"东至{words},{RING}")
    assert [one.name for one in block.sides["east"]] == names


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("文三路口", [("文三路", "point")]),
        ("教工路与学院路口", [("教工路", "point"), ("学院路", "point")]),
        ("石头岭村口", [("石头岭村", "point")]),
        ("塔里木河北岸防洪堤", [("塔里木河", "edge")]),
        ("规划36米路", [("规划36米路", "line")]),
    ],
)
def test_mouths_dykes_and_widths(words: str, expected: list[tuple[str, str]]) -> None:
    [block] = parse(f"东至{words},{RING}")
    assert [(one.name, one.relation) for one in block.sides["east"]] == expected

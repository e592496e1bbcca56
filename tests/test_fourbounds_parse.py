"""Phrasings of four-bounds texts, one made-up text each; the expected side is read by hand."""

import pytest

from parkgeo.errors import SchemaError
from parkgeo.fourbounds import Bounds, Reference, parse

RING = "南至文三路,西至丰潭路,北至余杭塘河"


def only(text: str) -> Bounds:
    [block] = parse(text)
    return block


def east(text: str) -> tuple[Reference, ...]:
    """References of the east side of a text whose other sides are plain."""
    return only(f"东{text},{RING}").sides["east"]


def names(block: Bounds) -> dict[str, list[str]]:
    return {str(side): [one.name for one in found] for side, found in block.sides.items()}


PLAIN = {"east": ["古墩路"], "south": ["文三路"], "west": ["丰潭路"], "north": ["余杭塘河"]}


@pytest.mark.parametrize(
    "text",
    [
        "东至古墩路,南至文三路,西至丰潭路,北至余杭塘河",
        "东至古墩路，南至文三路，西至丰潭路，北至余杭塘河。",
        "东至古墩路、南至文三路、西至丰潭路、北至余杭塘河",
        "东至古墩路；南至文三路；西至丰潭路；北至余杭塘河",
        "东至：古墩路；南至：文三路；西至：丰潭路；北至：余杭塘河",
        "东:古墩路;南:文三路;西:丰潭路;北:余杭塘河",
        "东至古墩路南至文三路西至丰潭路北至余杭塘河",
        "东至古墩路\n南至文三路\n西至丰潭路\n北至余杭塘河",
        "东起古墩路,南起文三路,西到丰潭路,北到余杭塘河",
        "东临古墩路,南靠文三路,西濒丰潭路,北抵余杭塘河",
        "东接古墩路,南连文三路,西邻丰潭路,北达余杭塘河",
        "东面到古墩路,南面到文三路,西面到丰潭路,北面到余杭塘河",
        "东侧为古墩路,南侧为文三路,西侧为丰潭路,北侧为余杭塘河",
        "东边界为古墩路,南边界为文三路,西边界为丰潭路,北边界为余杭塘河",
        "东以古墩路为界,南以文三路为界,西以丰潭路为界,北以余杭塘河为界",
        "东部以古墩路为界,南部以文三路为界,西部以丰潭路为界,北部以余杭塘河为界",
        "以古墩路为东界,文三路为南界,丰潭路为西界,余杭塘河为北界",
        "东、南、西、北分别至古墩路、文三路、丰潭路、余杭塘河",
        "东南西北分别以古墩路、文三路、丰潭路和余杭塘河为界",
        "东西两侧分别为古墩路和丰潭路,南北分别为文三路、余杭塘河",
        "四至:东古墩路,南文三路,西丰潭路,北余杭塘河",
        "东 至 古 墩 路 ， 南 至 文 三 路 ， 西 至 丰潭 路 ， 北 至 余杭塘 河",
        "东至古墩路,南至文三路,西至丰潭路,北至余杭塘河围合区域",
        "东至古墩路,南至文三路,西至丰潭路,北至余杭塘河范围内的房屋",
        "统筹范围(约4.2平方公里,东至古墩路、南至文三路、西至丰潭路、北至余杭塘河)",
        "古墩路以西,文三路以北,丰潭路以东,余杭塘河以南",
        "位于古墩路西侧、文三路北侧、丰潭路东侧、余杭塘河南侧",
        "丰潭路以东至古墩路以西,文三路以北至余杭塘河以南",
        "东经120°05′至120°10′,北纬30°15′至30°20′,东至古墩路,南至文三路,西至丰潭路,北至余杭塘河",
    ],
)
def test_one_range_in_many_wordings(text: str) -> None:
    assert names(only(text)) == PLAIN


def test_sides_keep_the_order_of_the_text() -> None:
    block = only("北起余杭塘河,东至古墩路,南至文三路,西至丰潭路")
    assert list(block.sides) == ["north", "east", "south", "west"]


@pytest.mark.parametrize(
    ("words", "expected", "connectors"),
    [
        ("至教工路转学院路", ["教工路", "学院路"], [None, "转"]),
        ("至教工路—学院路——古翠路", ["教工路", "学院路", "古翠路"], [None, "—", "——"]),
        ("至教工路-学院路", ["教工路", "学院路"], [None, "-"]),
        ("至教工路、学院路及余杭塘河", ["教工路", "学院路", "余杭塘河"], [None, "、", "及"]),
        ("至教工路和和睦路", ["教工路", "和睦路"], [None, "和"]),
        ("至教工路/学院路", ["教工路", "学院路"], [None, "/"]),
        ("沿小河至登云路", ["小河", "登云路"], [None, "至"]),
        ("至教工路、向南折至学院路", ["教工路", "学院路"], [None, "向南折至"]),
        ("至教工路,学院路", ["教工路", "学院路"], [None, ","]),
        ("至教工路→学院路", ["教工路", "学院路"], [None, "→"]),
    ],
)
def test_chains(words: str, expected: list[str], connectors: list[str | None]) -> None:
    found = east(words)
    assert [one.name for one in found] == expected
    assert [one.connector for one in found] == connectors


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("至和睦路", "和睦路"),
        ("至北京西路", "北京西路"),
        ("至西山路", "西山路"),
        ("至东南溪", "东南溪"),
        ("至转塘街", "转塘街"),
        ("至沿江大道", "沿江大道"),
        ("至连山路", "连山路"),
        ("至自由路一段", "自由路一段"),
        ("至R21-13、R22-07地块", "R21-13、R22-07地块"),
        ("至中正路52巷7弄", "中正路52巷7弄"),
    ],
)
def test_words_of_the_grammar_inside_names_are_names(words: str, name: str) -> None:
    assert [one.name for one in east(words)] == [name]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("文三路", "road"),
        ("留祥快速路", "road"),
        ("杭长高速", "road"),
        ("104国道", "road"),
        ("省道S224", "road"),
        ("G60沪昆高速", "road"),
        ("后梯线", "road"),
        ("余杭塘河", "river"),
        ("下确桥港", "river"),
        ("河道", "river"),
        ("青山水库", "river"),
        ("宣杭铁路", "railway"),
        ("沪昆铁路绕行线", "railway"),
        ("高铁", "railway"),
        ("余杭交界", "admin_boundary"),
        ("塘栖镇界", "admin_boundary"),
        ("仁和街道", "admin_boundary"),
        ("规划支路", "planned_road"),
        ("老和山", "landform"),
        ("复兴大桥", "facility"),
        ("官岭隧道", "facility"),
        ("某某小学", "facility"),
        ("向阳村", "other"),
    ],
)
def test_kind_follows_the_suffix(name: str, kind: str) -> None:
    assert [(one.name, one.kind) for one in east(f"至{name}")] == [(name, kind)]


def test_planned_is_no_part_of_the_name_of_a_road() -> None:
    [road] = east("至规划云涛南路")
    assert (road.name, road.kind, road.raw, road.generic) == (
        "云涛南路",
        "planned_road",
        "规划云涛南路",
        False,
    )
    [generic] = east("至规划支路")
    assert (generic.name, generic.generic) == ("规划支路", True)
    [bracket] = east("至古墩路(规划)")
    assert (bracket.name, bracket.kind, bracket.alias) == ("古墩路", "planned_road", None)


@pytest.mark.parametrize(
    ("words", "name", "relation", "details"),
    [
        ("至古墩路以东1500米", "古墩路", "offset", {"offset_m": 1500.0, "offset_dir": "east"}),
        ("至古墩路西侧约0.3公里", "古墩路", "offset", {"offset_m": 300.0, "offset_dir": "west"}),
        ("至古墩路以东", "古墩路", "offset", {"offset_m": None, "offset_dir": "east"}),
        ("至古墩路外扩20米", "古墩路", "offset", {"offset_m": 20.0, "offset_dir": "east"}),
        ("面距古墩路约80米", "古墩路", "offset", {"offset_m": 80.0, "offset_dir": "west"}),
        ("至古墩路道路红线以东5米", "古墩路", "offset", {"offset_m": 5.0}),
        ("至园区南边界以东30米", "园区南边界", "offset", {"offset_m": 30.0}),
        ("至古墩路中心线", "古墩路", "middle", {}),
        ("至余杭塘河河道中心线", "余杭塘河", "middle", {}),
        ("至余杭塘河西岸", "余杭塘河", "edge", {"edge": "西岸"}),
        ("至江山江东岸线", "江山江", "edge", {"edge": "东岸线"}),
        ("至古墩路东侧道路红线", "古墩路", "edge", {"edge": "东侧道路红线"}),
        ("至某厂东边界", "某厂", "edge", {"edge": "东边界"}),
        ("至老和山南麓", "老和山", "edge", {"edge": "南麓"}),
        ("至黄牛山山脚", "黄牛山", "edge", {"edge": "山脚"}),
        ("至大明山脚", "大明山", "edge", {"edge": "脚"}),
        ("至官岭隧道出口", "官岭隧道", "point", {"part": "出口"}),
        ("至古墩路北段", "古墩路", "line", {"part": "北段"}),
        ("至古墩路延伸段", "古墩路", "line", {"part": "延伸段"}),
        ("至古墩路附近", "古墩路", "line", {"approx": True}),
        ("至古墩路(丰登街)", "古墩路", "line", {"alias": "丰登街"}),
        ("至古墩路(紧邻某医院)", "古墩路", "line", {"alias": None}),
        ("至三墩镇古墩路", "三墩镇古墩路", "line", {"core": "古墩路"}),
        ("至向阳村", "向阳村", "area", {}),
    ],
)
def test_relations(words: str, name: str, relation: str, details: dict[str, object]) -> None:
    [found] = east(words)
    assert (found.name, found.relation) == (name, relation)
    assert {field: getattr(found, field) for field in details} == details


def test_a_crossing_is_a_point_of_all_that_meet_there() -> None:
    found = east("至教工路与学院路交叉口")
    assert [(one.name, one.relation) for one in found] == [("教工路", "point"), ("学院路", "point")]


def test_one_border_of_two_areas_is_one_reference() -> None:
    [border] = east("至江干区和余杭区交界")
    assert (border.name, border.kind) == ("江干区和余杭区交界", "admin_boundary")
    [village] = east("至东山村与城南村村界")
    assert village.name == "东山村与城南村村界"


def test_neighbours_are_areas() -> None:
    block = only("东与良渚镇接壤,南与西湖区毗邻,西与德清县交界,北与湖州市相邻")
    assert names(block) == {
        "east": ["良渚镇"],
        "south": ["西湖区"],
        "west": ["德清县"],
        "north": ["湖州市"],
    }
    assert {one.relation for one in block.references} == {"area"}


def test_who_lies_across_a_river_is_no_bound() -> None:
    assert [one.name for one in east("隔钱塘江与萧山区相望")] == ["钱塘江"]


def test_joint_and_diagonal_sides() -> None:
    block = only("东、北至古墩路,西南至文三路,西至丰潭路")
    assert names(block) == {
        "east": ["古墩路"],
        "north": ["古墩路"],
        "southwest": ["文三路"],
        "west": ["丰潭路"],
    }


def test_heads_that_share_the_references_behind_the_last() -> None:
    block = only("东至、北至古墩路,南至文三路,西至丰潭路")
    assert names(block)["east"] == names(block)["north"] == ["古墩路"]


def test_inverse_wording_gives_the_opposite_bound() -> None:
    block = only("望梅路以西,运河以南以东")
    assert names(block) == {"east": ["望梅路"], "north": ["运河"], "west": ["运河"]}
    assert all(one.inverse for one in block.references)
    assert block.references[0].raw == "望梅路以西"


def test_where_a_parcel_lies_is_not_its_range() -> None:
    block = only(f"新城(杭乔路以东、天万路以北地块);东至规划支路,{RING}")
    assert names(block)["west"] == ["丰潭路"]


def test_a_ring_without_directions() -> None:
    block = only("由西环路、北环路、环镇路、创新路围合的区域约5.3平方公里")
    assert [one.name for one in block.enclosure] == ["西环路", "北环路", "环镇路", "创新路"]
    assert block.sides == {}
    assert block.stated_area_m2 == 5.3e6


def test_distances_from_a_basis_point() -> None:
    block = only("保护范围:以塔基中心为基点,东30米,南20米,西、北各15米以内")
    assert {side: one.offset_m for side, (one,) in block.sides.items()} == {
        "east": 30.0,
        "south": 20.0,
        "west": 15.0,
        "north": 15.0,
    }
    assert {one.name for one in block.references} == {"塔基中心"}


def test_brackets_that_include() -> None:
    block = only("东至古墩路,南至文三路,西至丰潭路,北至余杭塘河(含河北岸公园)")
    assert block.include == "河北岸公园"


@pytest.mark.parametrize(
    ("words", "m2"),
    [
        ("总面积约21平方公里", 21e6),
        ("规划面积13.5平方千米", 13.5e6),
        ("面积86.4km²", 86.4e6),
        ("用地面积25.6公顷", 256_000.0),
        ("用地面积1.1ha", 11_000.0),
        ("占地26万平方米", 260_000.0),
        ("占地300万㎡", 3e6),
        ("面积33605.4平方米", 33_605.4),
        ("面积33,605.4平方米", 33_605.4),
        ("占地1500亩", 1e6),
        ("占地1.2万亩", 8e6),
        ("规划总面积22余平方公里", 22e6),
    ],
)
def test_areas(words: str, m2: float) -> None:
    assert only(f"东至古墩路,{RING},{words}。").stated_area_m2 == pytest.approx(m2, rel=1e-12)
    assert only(f"{words},东至古墩路,{RING}。").stated_area_m2 == pytest.approx(m2, rel=1e-12)


def test_areas_of_parts_and_ranges_are_not_that_of_the_block() -> None:
    block = only(f"东至古墩路,{RING},面积6平方公里,其中水域面积2平方公里")
    assert block.stated_area_m2 == 6e6
    assert only(f"东至古墩路,{RING},其中水域面积2平方公里").stated_area_m2 is None
    assert only(f"东至古墩路,{RING},面积大约30到50平方公里").stated_area_m2 is None


def test_approximate_areas_say_so() -> None:
    assert only(f"东至古墩路,{RING},面积约6平方公里").stated_area_approx
    assert not only(f"东至古墩路,{RING},面积6平方公里").stated_area_approx


def test_blocks_of_one_zone_share_their_parent() -> None:
    text = (
        "杭州某某产业园区由东片和西片组成,规划面积3平方公里。"
        f"东片区东至古墩路,{RING},面积1.2平方公里;西片区东至丰潭路,南至文一路,"
        "西至常二路,北至石祥路,面积1.8平方公里。"
    )
    first, second = parse(text)
    assert (first.name, second.name) == ("东片区", "西片区")
    assert (first.stated_area_m2, second.stated_area_m2) == (1.2e6, 1.8e6)
    assert {first.parent, second.parent} == {"杭州某某产业园区"}
    assert {first.parent_area_m2, second.parent_area_m2} == {3e6}


def test_parts_that_share_one_area_and_the_block_after_them() -> None:
    text = (
        "甲乙区块规划面积5.6平方公里,分两个片区:甲片区四至范围为东至古墩路,"
        f"{RING};乙片区四至范围为东至教工路,{RING}。"
        f"丙区块规划面积1.2平方公里,四至范围:东至学院路,{RING}。"
    )
    first, second, third = parse(text)
    assert [block.name for block in (first, second, third)] == ["甲片区", "乙片区", "丙区块"]
    assert [block.stated_area_m2 for block in (first, second, third)] == [None, None, 1.2e6]
    assert [block.parent for block in (first, second, third)] == ["甲乙区块", "甲乙区块", None]
    assert first.parent_area_m2 == 5.6e6


def test_a_name_that_breaks_off_is_unparsed() -> None:
    block = only("东至古墩路,南至文三路,西至规...,北至余杭塘河")
    assert "west" not in block.sides
    assert block.unparsed[0][0] == "规"


def test_words_between_sides_are_kept_as_unparsed() -> None:
    block = only("东至古墩路,与某某镇相邻,南至文三路,西至丰潭路,北至余杭塘河")
    [(words, (start, end))] = block.unparsed
    assert words == "与某某镇相邻"
    assert "东至古墩路,与某某镇相邻,"[start:end] == words


def test_traditional_characters_and_full_width_keep_their_form() -> None:
    block = only("東至繞城公路１號橋，南臨新開河，西以鐵路線為界，北鄰區界")
    assert [one.name for one in block.references] == ["繞城公路１號橋", "新開河", "鐵路線", "區界"]
    assert block.sides["west"][0].kind == "railway"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "全区工业增加值40亿元,占规上工业的60%以上。",
        "列车由南至北行驶,自东向西折返。",
        "东至古墩路",
        "项目位于古墩路以东",
    ],
)
def test_no_range_is_an_empty_list(text: str) -> None:
    assert parse(text) == []


@pytest.mark.parametrize("wrong", [None, 7, b"\xe4\xb8\x9c", ["东至古墩路"]])
def test_what_is_no_text_is_refused(wrong: object) -> None:
    with pytest.raises(SchemaError, match=type(wrong).__name__):
        parse(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["地块边界", "用地边界", "规划界线", "规划边界", "宗地边界"])
def test_a_border_of_the_plan_is_not_a_name_to_look_up(words: str) -> None:
    [block] = parse(f"东至{words}，南至甲路，西至乙河，北至丙街")
    [reference] = block.sides["east"]
    assert reference.generic
    assert not block.sides["south"][0].generic

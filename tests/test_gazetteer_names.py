"""The normal form of names, and laws that hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgeo.gazetteer import normalise, simplified
from parkgeo.gazetteer._names import border_forms, forms, refs, spellings

ANY_NAME = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "规划在建拟东南西北中路街道大快速高架铁公线河港区界镇段支延伸（）()[] 　Rà0９G·—、"
        ),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("振华路", "振华路"),
        (" 振华路 ", "振华路"),
        ("振 华　路", "振华路"),
        ("文一西路 Wenyi Road (West)", "文一西路"),
        ("文二西路 Wen'er Road West", "文二西路"),
        ("绕城高速 Ràochéng Gāosù", "绕城高速"),
        ("德桐线 détóng Line", "德桐线"),
        ("杭州地铁10号线 (黄龙体育中心-逸盛路 一期)", "杭州地铁10号线"),
        ("红旗路（在建）", "红旗路"),
        ("红旗路【规划】", "红旗路"),
        ("（红旗路）", "红旗路"),
        ("红旗路（振谷街", "红旗路"),
        ("规划墩余路", "墩余路"),
        ("规划 在建墩余路", "墩余路"),
        ("秋濤北路", "秋涛北路"),
        ("規劃臺灣路（擬建）", "台湾路"),
        ("乾德門後街", "干德门后街"),
        ("衞國道", "卫国道"),
        ("新建河", "新建河"),
        ("规划路", "规划路"),
        ("规划支路", "规划支路"),
        ("Ｓ１４", "s14"),
        ("Ｇ2504", "g2504"),
        ("6号大街", "6号大街"),
        ("DS-road", "dsroad"),
        ("湘湖·西山游步道", "湘湖西山游步道"),
        ("西湖⼤道", "西湖大道"),  # a Kangxi radical in place of the character
        ("九里松XC", "九里松xc"),
        ("", ""),
        ("（）", ""),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@given(ANY_NAME)
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@given(ANY_NAME)
def test_a_normal_form_has_no_spaces_and_no_punctuation(name: str) -> None:
    assert all(char.isalnum() or not char.isascii() for char in normalise(name))
    assert not any(char.isspace() for char in normalise(name))


@given(ANY_NAME)
def test_any_text_has_forms(name: str) -> None:
    form = forms(name)
    assert form.exact == normalise(name)
    assert all(spelling == normalise(spelling) for spelling in spellings(name))
    assert border_forms(name).full.count("|") >= border_forms(name).bare.count("|")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("振华路", ["振华路"]),
        ("绕城高速 杭金衢高速", ["绕城高速", "杭金衢高速"]),
        ("环城东路 解放路", ["环城东路", "解放路"]),
        ("杭州东 6站台", ["杭州东6站台"]),
        ("振谷街（红旗路）", ["振谷街", "红旗路"]),
        ("丰登街(沁园路)", ["丰登街", "沁园路"]),
        ("彩虹快速路（在建）", ["彩虹快速路"]),
        ("湘湖杨堤以北环线（北段）", ["湘湖杨堤以北环线"]),
        ("文晖路(公交专用道)", ["文晖路"]),
        ("十里琅珰（狮峰支线）", ["十里琅珰"]),
        ("（）", []),
    ],
)
def test_names_in_one_written_name(written: str, names: list[str]) -> None:
    assert list(spellings(written)) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("G25;G2504", ["G25", "G2504"]),
        ("G25; G2504", ["G25", "G2504"]),
        ("G60 G2501", ["G60", "G2501"]),
        ("s14", ["S14"]),
        ("0008", ["0008"]),
        ("鑫丰路", []),
        ("https://example.org/art_1229436763_4434549.html", []),
        ("1", []),
        ("", []),
    ],
)
def test_numbers_of_roads(text: str, found: list[str]) -> None:
    assert refs(text) == found


@pytest.mark.parametrize(
    ("name", "full", "bare", "said"),
    [
        ("余杭区", "余杭区", "余杭", False),
        ("余杭区界", "余杭区", "余杭", True),
        ("余杭区区界", "余杭区", "余杭", True),
        ("余杭交界", "余杭", "余杭", True),
        ("余杭界", "余杭", "余杭", True),
        ("塘栖镇界", "塘栖镇", "塘栖", True),
        ("所前镇行政边界", "所前镇", "所前", True),
        ("江干区和余杭区交界", "余杭区|江干区", "余杭|江干", True),
        ("塘栖(杭州)与德清行政边界", "塘栖|德清", "塘栖|德清", True),
        ("界", "界", "界", False),
    ],
)
def test_borders(name: str, full: str, bare: str, said: bool) -> None:  # noqa: FBT001
    form = border_forms(name)
    assert (form.full, form.bare, form.said) == (full, bare, said)


def test_long_hostile_names_take_no_time() -> None:
    for name in ("(" * 50_000 + ")" * 50_000, "规划" * 50_000, "一 a" * 30_000, "路西" * 50_000):
        assert len(forms(name).exact) <= len(name)


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("後庄裏", "后庄里"),
        ("鐘樓鍾樓", "钟楼钟楼"),
        ("幹渠乾渠", "干渠干渠"),
        ("環莊綫線", "环庄线线"),
    ],
)
def test_characters_fold_one_for_one(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple
    assert simplified(simple) == simple


@given(ANY_NAME)
def test_folding_keeps_every_place(name: str) -> None:
    assert len(simplified(name)) == len(name)


def test_ways_of_writing_meet_in_every_form() -> None:
    assert forms("德勝快速路") == forms("德胜快速路")
    assert border_forms("餘杭區與江幹區交界") == border_forms("余杭区与江干区交界")
    assert list(spellings("振穀街（紅旗路）")) == ["振谷街", "红旗路"]

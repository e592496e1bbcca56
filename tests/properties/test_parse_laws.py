"""Laws of the four-bounds parser: exact spans, no surprise on any text, and round trips."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgeo.fourbounds import Bounds, parse

_PIECES = [
    *["东至", "南至", "西至", "北至", "东、北至", "东以", "為界", "为界", "東至", "起", "临", "与"],
    *["和", "、", ",", "，", " ", "。", ";", ":", "(", ")", "（", "）", "\n", "\u3000", "…", "..."],
    *["转", "—", "→", "/", "沿", "至", "以东", "以南", "米", "500", "1.5", "２", "3、4", "G60"],
    *["平方公里", "亩", "面积", "约", "规划", "中心线", "红线", "西岸", "交叉口", "延伸段", "北段"],
    *["附近", "围合", "基点", "其中", "由", "含", "某区块", "古墩路", "余杭塘河", "宣杭铁路"],
    *["塘栖镇界", "老和山"],
]
_STEMS = ["古墩", "丰潭", "学院", "天目山", "教工", "文三", "石祥", "登云", "莫干山"]
_SUFFIXES = {
    "路": "road",
    "大道": "road",
    "河": "river",
    "铁路": "railway",
    "镇界": "admin_boundary",
}
_HEADS = {"east": "东", "south": "南", "west": "西", "north": "北"}
_NAMES = st.builds(str.__add__, st.sampled_from(_STEMS), st.sampled_from(sorted(_SUFFIXES)))


def check_spans(text: str, blocks: list[Bounds]) -> None:
    for block in blocks:
        assert text[slice(*block.span)] == block.text
        for words, span in block.unparsed:
            assert text[slice(*span)] == words
        for found in (*block.sides.values(), block.enclosure):
            starts = [one.span[0] for one in found]
            assert starts == sorted(starts)
            for one in found:
                assert text[slice(*one.span)] == one.raw
                assert one.name


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    check_spans(text, parse(text))


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
def test_any_order_of_the_words_of_the_grammar_is_read_without_an_error(text: str) -> None:
    blocks = parse(text)
    check_spans(text, blocks)
    spans = [block.span for block in blocks]
    assert spans == sorted(spans)


@given(
    st.permutations(list(_HEADS)),
    st.lists(st.lists(_NAMES, min_size=1, max_size=4, unique=True), min_size=4, max_size=4),
    st.sampled_from(["至", "临", "起", "到", "抵"]),
    st.sampled_from([",", "，", "、", "；", ""]),
    st.sampled_from(["、", "—", "转", "和", "/"]),
)
def test_a_sentence_of_the_grammar_gives_back_what_it_was_made_from(
    order: list[str], chains: list[list[str]], verb: str, gap: str, connector: str
) -> None:
    made = dict(zip(order, chains, strict=True))
    text = gap.join(_HEADS[side] + verb + connector.join(names) for side, names in made.items())
    [block] = parse(text)
    read = {side: [one.name for one in found] for side, found in block.sides.items()}
    assert read == made
    assert list(read) == order
    kinds = {one.name: one.kind for one in block.references}
    assert all(kinds[name].startswith(_kind(name)) for name in kinds)
    check_spans(text, [block])


def _kind(name: str) -> str:
    return _SUFFIXES[max((one for one in _SUFFIXES if name.endswith(one)), key=len)]


@given(
    st.lists(_NAMES, min_size=4, max_size=4, unique=True),
    st.floats(min_value=0.01, max_value=999, allow_nan=False).map(lambda area: round(area, 2)),
    st.text(alphabet="本区以创新为先,推动发展。", max_size=40),
)
def test_a_range_in_prose_is_found_where_it_stands(
    lines: list[str], area: float, prose: str
) -> None:
    clause = ",".join(head + "至" + line for head, line in zip("东南西北", lines, strict=True))
    text = f"{prose}。{clause},总面积约{area}平方公里。{prose}"
    [block] = parse(text)
    assert block.span[0] == len(prose) + 1
    assert block.stated_area_m2 == pytest.approx(area * 1e6, abs=1e-3)


@pytest.mark.parametrize(
    "piece",
    [
        "东至",
        "、",
        "7",
        "9,999",
        "(",
        "()",
        "东",
        " ",
        "东至甲路,",
        "甲路以南、",
        "甲路(乙路",
        "围合",
        "面积1亩",
        "以甲为基点,东1米",
        "南与西与",
        "村与村界、",
        "再向南折至",
    ],
)
@pytest.mark.parametrize("opening", ["", "东至甲路"])
def test_time_grows_with_the_length_and_not_with_its_square(piece: str, opening: str) -> None:
    short, long = (opening + piece * (size // len(piece)) for size in (4_000, 32_000))
    parse(short)  # once, so that nothing is timed for the first time
    spent = []
    for text in (short, long):
        began = time.perf_counter()
        parse(text)
        spent.append(time.perf_counter() - began)
    # eight times the text: linear takes about 8 times as long, quadratic 64 times
    assert spent[1] < 40 * spent[0] + 0.5


def test_a_megabyte_of_heads_is_read_in_seconds() -> None:
    began = time.perf_counter()
    assert parse("东至" * 500_000) == []
    assert time.perf_counter() - began < 60

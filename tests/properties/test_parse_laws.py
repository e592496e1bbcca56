"""Laws of the four-bounds parser: exact spans, no surprise on any text, and round trips."""

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
_OPENINGS = ["(", "（", "[", "【", ""]
_CLOSINGS = [")", "）", "]", "】"]
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


@st.composite
def nested(draw: st.DrawFn) -> str:
    """Blocks in brackets in blocks, with noise between, brackets missing or left over."""

    def block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        sides = st.permutations("东南西北").flatmap(
            lambda order: st.tuples(
                *[st.builds("{}至{}".format, st.just(one), _NAMES) for one in order]
            )
        )
        return st.builds(
            "{}{}{}{}{}{}".format,
            st.sampled_from(["甲片区", "其中:", "(一)", "", "包括"]),
            st.sampled_from(_OPENINGS),
            sides.map(",".join),
            inner,
            st.sampled_from([*_CLOSINGS, ""]),
            st.sampled_from(["面积2公顷", ";", "。", "", "约3亩"]),
        )

    return draw(st.recursive(st.sampled_from(_PIECES), block, max_leaves=6))


@settings(max_examples=200)
@given(nested())
def test_blocks_in_brackets_in_blocks_are_read_without_an_error(text: str) -> None:
    check_spans(text, parse(text))


@given(st.lists(_NAMES, min_size=4, max_size=4, unique=True), st.integers(0, 8))
def test_brackets_around_a_range_do_not_matter(lines: list[str], deep: int) -> None:
    clause = ",".join(head + "至" + line for head, line in zip("东南西北", lines, strict=True))
    [block] = parse("(" * deep + clause + ")" * deep)
    assert [one.name for one in block.references] == lines


@pytest.mark.parametrize("noise", ["\ud800", "\x00", "\u202e", "\u200f", "😀", "\x1b[2J", "\ufeff"])
@given(st.lists(_NAMES, min_size=4, max_size=4, unique=True))
def test_what_no_text_should_hold_between_the_sides_breaks_nothing(
    noise: str, lines: list[str]
) -> None:
    clause = f",{noise}".join(
        f"{head}至{line}" for head, line in zip("东南西北", lines, strict=True)
    )
    text = f"{noise}{clause}{noise}"
    blocks = parse(text)
    check_spans(text, blocks)
    assert len(blocks) == 1
    assert all(line in one.name for line, one in zip(lines, blocks[0].references, strict=True))

"""Texts made to be slow or to break: the work grows with the length and not with its square."""

import random
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds import parse

SHORT, LONG = 1_500, 6_000

RANGE = "东至古墩路,南至文三路转文二路,西至丰潭路以西50米,北至余杭塘河北岸,面积2平方公里。"
UNITS = [
    RANGE,
    "东至",
    "东、南、",
    "东至古墩路、",
    "古墩路以东、",
    "由甲路、乙路、丙路围合",
    "由甲路为界",
    "以甲为基点,东3米",
    "四至:",
    "四至:东甲路,南乙路,西丙路,北丁路,",
    "再又转向东",
    "转交界为界相邻",
    "止于西北",
    "(",
    "()",
    "((东至甲路)",
    "甲区",
    "甲镇界与",
    "沿",
    "约约约12公顷",
    "一百二十",
    "1,234",
    "面积(公顷)",
    " ",
    "甲 ",
    "\t",
    "…",
    "段",
    "之",
    "甲路转沿江大道",
    "甲路、沿乙路",
    "三江两岸绿道下沙段",
    "东\t甲路\n",
    "四至东",
    ")(",
    "[(",
    "\ud800",
    "\u202e东至",
    "東至絕繞",
    "甲岸乙侧北岸丙",
    "规划城市国有",
]


def _filled(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def _calls(text: str) -> int:
    """Number of calls that reading a text takes: the same in every run."""
    count = 0

    def note(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        parse(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "shape",
    [
        _filled,
        lambda unit, length: "东至" + _filled(unit, length),
    ],
    ids=["alone", "behind a head"],
)
@pytest.mark.parametrize("unit", UNITS)
def test_four_times_the_text_is_four_times_the_work(
    unit: str, shape: Callable[[str, int], str]
) -> None:
    short, long = shape(unit, SHORT), shape(unit, LONG)
    parse(long)  # what is remembered from one text to the next is remembered for both
    assert _calls(long) < 7 * _calls(short)  # sixteen times, were it quadratic


def test_salads_of_words_are_read_without_an_error() -> None:
    dice = random.Random(7)  # noqa: S311 - texts, not keys
    tables = [table for table in vars(grammar).values() if isinstance(table, grammar.Words)]
    words = sorted({word for table in tables for word in table.words} | set("东南西北至,、。():12"))
    for _ in range(400):
        text = "".join(dice.choices(words, k=dice.randint(1, 60)))
        for block in parse(text):
            for reference in block.references:
                start, end = reference.span
                assert text[start:end] == reference.raw

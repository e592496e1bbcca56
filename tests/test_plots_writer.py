"""Names broken into lines, for labels and legends."""

import pytest

from parkgeo.plots._writer import wrapped


@pytest.mark.parametrize("width", [4, 7, 18, 34])
@pytest.mark.parametrize(
    "name",
    [
        "杭州紫金港数字信息高新技术产业园区（北区）",
        "城西科创大走廊（含未来科技城、青山湖科技城）二期",
        "中国(浙江)自由贸易试验区杭州片区",
        "Hangzhou Zijingang Digital Information Hi-Tech Industrial Park (南区)",
        "（（（（（（（（“东区”）））））））",
        "x" * 50,
    ],
)
def test_lines_do_not_tear_brackets_from_what_they_hold(name: str, width: int) -> None:
    lines = wrapped(name, width).split("\n")
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert not any(line[-1] in "（(“" or line[0] in "）)”、" for line in lines)


def test_lines_are_even() -> None:
    # 18 Chinese letters in lines of 17 at most: two of nine, not one of 17 and one letter.
    assert wrapped("杭州紫金港数字信息高新技术产业园区" + "群", 34).split("\n") == [
        "杭州紫金港数字信息",
        "高新技术产业园区群",
    ]

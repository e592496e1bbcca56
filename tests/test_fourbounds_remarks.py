"""Every remark is there in both languages, with the same values in both."""

import copy
import pickle
import re
from collections.abc import Callable
from string import Formatter

import pytest

from parkgeo.fourbounds._remarks import CATALOGUE, SIDES_ZH, Remark, in_chinese, joined, remark

VALUES = {
    "name": "留祥路",
    "names": ("留祥路", "石祥西路"),
    "side": "north",
    "via": "alias",
    "metres": 1234.5,
    "km": 21.0,
    "area_m2": 1e15,
    "error": -0.12,
    "ratio": 1.013,
}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_say_the_same_of_each_value(key: str) -> None:
    en, zh = CATALOGUE[key]
    assert fields(en) == fields(zh)
    said = remark(key, **{name: VALUES[name] for name in fields(en)})
    assert not re.search("[\u4e00-\u9fff]", re.sub("留祥路|石祥西路", "", said))
    assert not re.search("[A-Za-z]{2,}", said.zh)
    for name in fields(en) & {"name", "names"}:
        for value in [VALUES[name]] if name == "name" else VALUES[name]:
            assert value in said
            assert value in said.zh


def test_a_remark_is_a_string_that_knows_its_chinese() -> None:
    said = remark("placed_by_ends", side="north")
    assert said == "the north side was placed where the lines beside it end"
    assert said.zh == "北边按相邻边的端点推定"
    assert {said: 1}[str(said)] == 1


def test_remarks_are_joined_in_both_languages() -> None:
    both = joined(
        remark("found_as", name="石祥西路", via="alias"), Remark(), remark("gaps", metres=80.0)
    )
    assert both == "found as '石祥西路' (alias); 80 m bridged or carried on"
    assert both.zh == "已找到，名为“石祥西路”（别名）；补接或延长80米"


def pickled(said: Remark) -> object:
    return pickle.loads(pickle.dumps(said))  # noqa: S301 - our own


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_copies_keep_both_languages(again: Callable[[Remark], object]) -> None:
    said = remark("left_out", names=("甲路", "乙路"))
    other = again(said)
    assert isinstance(other, Remark)
    assert (str(other), other.zh) == ("left out: 甲路, 乙路", "未采用：甲路、乙路")


@pytest.mark.parametrize("name", ["{7*7}", "{{name}}", "<script>", "甲\ud800路", "a'b\"c", "%s"])
def test_hostile_names_are_values_and_no_templates(name: str) -> None:
    said = remark("generic", name=name)
    assert name.replace("\ud800", "?") in said.zh
    assert (str(said) + said.zh).encode("utf-8")


def test_other_texts_stay_as_they_are() -> None:
    assert in_chinese("a note of my own") == "a note of my own"
    assert in_chinese(remark("unsaid")) == "原文未提及此边"


def test_eight_directions() -> None:
    assert len(set(SIDES_ZH.values())) == 8

"""Levels, kinds, methods and provenances."""

from enum import StrEnum
from typing import Any

import pytest

from parkgeo.errors import SchemaError
from parkgeo.model import Kind, Level, LineKind, Method, Provenance


@pytest.mark.parametrize("words", [Level, Kind, LineKind, Method])
def test_each_word_is_a_slug_with_two_labels_of_its_own(words: type[StrEnum]) -> None:
    for member in words:
        assert member.value.isascii()
        assert member.value.replace("_", "").isalpha()
        assert member.label_en.isascii()
        assert not member.label_zh.isascii()
    assert len({member.label_zh for member in words}) == len(words)
    assert len({member.label_en for member in words}) == len(words)


def test_a_word_is_plain_text() -> None:
    assert Level.NATIONAL == "national"
    assert f"{Level.NATIONAL}" == "national"
    assert isinstance(Kind.OTHER, str)


def test_provenance_survives_a_dictionary() -> None:
    made = Provenance(source="a", license="ODbL-1.0", method=Method.OFFICIAL, accuracy_m=0.5)
    assert made.to_dict() == {
        "source": "a",
        "license": "ODbL-1.0",
        "method": "official",
        "accuracy_m": 0.5,
    }
    assert Provenance.from_dict(made.to_dict()) == made


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"source": "  "}, "needs a source"),
        ({"license": "MIT"}, "has a source"),
        ({"source": "a", "colour": "red"}, "found colour, source"),
        ({"source": "a", "method": "guessed"}, "unknown method 'guessed'"),
        ({"source": "a", "accuracy_m": 0}, "metres above 0"),
        ({"source": "a", "accuracy_m": float("nan")}, "metres above 0"),
    ],
)
def test_a_bad_provenance_says_what_is_wrong(values: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemaError, match=says):
        Provenance.from_dict(values)

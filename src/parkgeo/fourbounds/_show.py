"""Colours, signs and words for the sides of a resolution, which map and notebook share."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import pandas as pd

from parkgeo._style import PALETTE, Text
from parkgeo.fourbounds._explain import LIKELY, PHRASES, SURE
from parkgeo.fourbounds._remarks import SIDES_ZH, VIA_ZH

__all__ = [
    "COLORS",
    "STATUSES",
    "Status",
    "direction",
    "drawn_as",
    "phrase",
    "reliance",
    "row_dicts",
    "via_text",
]


class Status(NamedTuple):
    """How a status is shown: a sign and a word, so that nothing hangs on colour alone."""

    sign: str
    label: Text
    tone: str


STATUSES: Final[Mapping[str, Status]] = {
    "found": Status("✓", Text("查得", "Found"), "good"),
    "bridged": Status("≈", Text("接通", "Found, gaps bridged"), "fair"),
    "area-closed": Status("◇", Text("按面积闭合", "Placed by area"), "poor"),
    "inferred": Status("?", Text("推定", "Inferred"), "poor"),
    "missing": Status("✕", Text("未采用", "Not used"), "bad"),
}
"""From the surest to the least sure."""

# Light blue is left out: as a line it is hardly seen on a light ground.
_SEEN: Final = [color for color in PALETTE if color != "#88CCEE"]
_ORDER: Final = (
    "north",
    "east",
    "south",
    "west",
    "northeast",
    "southeast",
    "southwest",
    "northwest",
)
COLORS: Final[Mapping[str, str]] = dict(zip(_ORDER, _SEEN, strict=True))
"""Colour of each direction; the four cardinal ones have the strongest contrasts."""


def drawn_as(how: str, status: str) -> str:
    """Say how a piece is drawn: as its way, or as its side was placed where that has no line.

    A side placed by area may run along a line that the text does not name: that is no match.
    """
    placed = status in {"area-closed", "inferred"}
    return status if placed and how in {"line", "closing"} else how


def direction(side: str) -> Text:
    """Name a side in both languages."""
    return Text(SIDES_ZH[side], side.capitalize())


def via_text(via: object) -> Text:
    """Say by which kind of likeness a name was matched."""
    return Text(VIA_ZH.get(str(via), str(via)), str(via))


def phrase(key: str) -> Text:
    """Return a phrase of :meth:`Resolution.explain` in both languages."""
    return Text(PHRASES["zh"][key], PHRASES["en"][key])


def reliance(confidence: float) -> Text:
    """Say in words how far a polygon can be relied on."""
    return phrase(
        "sure" if confidence >= SURE else "likely" if confidence >= LIKELY else "doubtful"
    )


def row_dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts, null where a value is missing."""
    plain = frame.astype(object)
    return cast("list[dict[str, Any]]", plain.where(plain.notna(), None).to_dict("records"))

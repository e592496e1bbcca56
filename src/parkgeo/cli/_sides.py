"""Words of four-bounds: sides, lines, names and places; what cannot be meant is wrong usage."""

import argparse
import math
from collections.abc import Sequence
from typing import TypeAlias

from parkgeo.fourbounds import BEARINGS_DEG, Side

__all__ = ["by_side", "choice", "other_name", "others", "place"]

Line: TypeAlias = str | tuple[str, int | str]

_LONGITUDES, _LATITUDES = (-180.0, 180.0), (-90.0, 90.0)
_HAN_SIDES = dict(
    zip(("东", "南", "西", "北"), ("east", "south", "west", "north"), strict=True)
) | {
    "东北": "northeast",
    "东南": "southeast",
    "西南": "southwest",
    "西北": "northwest",
}


def other_name(words: str) -> tuple[str, str]:
    """Read NAME=OTHER, two names of one line."""
    name, _, other = (part.strip() for part in words.partition("="))
    if not name or not other:
        raise argparse.ArgumentTypeError(f"{words!r} is not NAME=OTHER, such as 留祥路=石祥西路")
    return name, other


def choice(words: str) -> tuple[Side, Line]:
    """Read SIDE=NAME or SIDE=NAME@PLACE, the line that a side is meant to be."""
    said, _, named = (part.strip() for part in words.partition("="))
    word = _HAN_SIDES.get(said, said)
    side: Side | None = next((side for side in BEARINGS_DEG if side == word), None)
    if side is None or not named:
        raise argparse.ArgumentTypeError(
            f"{words!r} is not SIDE=NAME, such as east=绕城高速; sides are "
            f"{', '.join(BEARINGS_DEG)}, or {', '.join(_HAN_SIDES)}"
        )
    name, _, number = named.rpartition("@")
    return side, ((name, number) if name and number else named)


def by_side(choices: Sequence[tuple[Side, Line]]) -> dict[Side, list[Line]]:
    """Gather the lines chosen for each side, in the order in which they were given."""
    gathered: dict[Side, list[Line]] = {}
    for side, line in choices:
        gathered.setdefault(side, []).append(line)
    return gathered


def others(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather the other names of each name."""
    gathered: dict[str, list[str]] = {}
    for name, other in pairs:
        gathered.setdefault(name, []).append(other)
    return gathered


def place(words: str) -> tuple[float, float]:
    """Read LON,LAT in degrees."""
    try:
        lon, lat = (float(part) for part in words.replace("，", ",").split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{words!r} is not LON,LAT in degrees, such as 120.06,30.32"
        ) from None
    inside = _LONGITUDES[0] <= lon <= _LONGITUDES[1] and _LATITUDES[0] <= lat <= _LATITUDES[1]
    if not (math.isfinite(lon) and math.isfinite(lat) and inside):
        turned = " (latitude and longitude the other way round?)" if abs(lon) <= 90 < lat else ""  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{words!r} is no longitude,latitude in degrees{turned}")
    return lon, lat

"""What a person puts right: other lines, other names, and which line a side is meant to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import geopandas as gpd
import pandas as pd
import shapely

from parkgeo import crs, gazetteer
from parkgeo.errors import GeometryError, UnknownNameError
from parkgeo.fourbounds._references import BEARINGS_DEG, Bounds, Reference, Side
from parkgeo.fourbounds._resolve_match import Gazetteer, LineKind

Choice: TypeAlias = str | tuple[str, int | str] | shapely.LineString | shapely.MultiLineString
"""A line: its name, its name and place, or its geometry in EPSG:4490."""
Choices: TypeAlias = Mapping[Side, Choice | Sequence[Choice]]
Names: TypeAlias = Mapping[str, str | Sequence[str]]

_GIVEN: Final = "given line"


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A gazetteer with a few more lines and names, without a new index of all of its lines."""

    base: Gazetteer
    extra: gazetteer.Gazetteer | None
    aliases: Mapping[str, tuple[str, ...]]

    @property
    def lines(self) -> gpd.GeoDataFrame:
        """All lines, EPSG:4490."""
        if self.extra is None:
            return self.base.lines
        both = pd.concat([self.base.lines, self.extra.lines], ignore_index=True)
        return gpd.GeoDataFrame(both, crs=crs.CGCS2000)

    def find(self, name: str, *, kind: LineKind | None = None) -> gpd.GeoDataFrame:
        """Return the lines of a name, and those of its other names, best first."""
        found = list(self._find(name, kind))
        for other in self.aliases.get(gazetteer.normalise(name), ()):
            for rows in self._find(other, kind):
                score = rows["score"] * gazetteer.SCORES["alias"]
                found.append(rows.assign(score=score, via="alias", query=name))
        return _joined(found)

    def _find(self, name: str, kind: LineKind | None) -> Iterable[gpd.GeoDataFrame]:
        yield self.base.find(name, kind=kind)
        if self.extra is not None:
            rows = self.extra.find(name, kind=kind)
            # Places are numbered for each gazetteer.
            yield rows.assign(place=-1 - rows["place"].astype("int64"))


def corrected(
    base: Gazetteer, *, aliases: Names | None, lines: gpd.GeoDataFrame | None
) -> Gazetteer:
    """Return a gazetteer that also knows these names and these lines."""
    if not aliases and lines is None:
        return base
    extra = None if lines is None else gazetteer.read().add(lines, source="given")
    return Corrected(base, extra, _both_ways(aliases or {}))


def choose_lines(
    block: Bounds, base: Gazetteer, choose: Choices
) -> tuple[Bounds, dict[Side, tuple[gpd.GeoDataFrame, ...]]]:
    """Put chosen lines in the place of what the text says of a side.

    Returns the block with one reference for each chosen line, and the rows of each. The words of
    the text are kept where there are as many of them as lines.

    Raises
    ------
    UnknownNameError
        A side is no side, or there is no line of a chosen name, or none in the chosen place.
    GeometryError
        A chosen geometry is no line.
    CRSMismatchError
        A chosen geometry is not in degrees, longitude first.
    """
    sides = dict(block.sides)
    rows: dict[Side, tuple[gpd.GeoDataFrame, ...]] = {}
    for side, given in choose.items():
        if side not in BEARINGS_DEG:
            raise UnknownNameError(f"no side {side!r}; sides are {', '.join(BEARINGS_DEG)}")
        chosen = _as_list(given)
        if not chosen:
            raise UnknownNameError(f"chosen for the {side} side: an empty list; leave the side out")
        rows[side] = tuple(_rows(choice, base, side) for choice in chosen)
        said = sides.get(side, ())
        if len(said) != len(chosen):
            said = tuple(Reference(str(one["name"].iloc[0]), "other") for one in rows[side])
        # A chosen line is where the side runs: no distance from it is left to apply.
        sides[side] = tuple(
            replace(one, relation="line", offset_m=None, generic=False) for one in said
        )
    return replace(block, sides=sides), rows


def _as_list(given: Choice | Sequence[Choice]) -> list[Choice]:
    # A name with its place is a tuple, so that only a list is several lines.
    return list(given) if isinstance(given, list) else [given]  # type: ignore[list-item]


def _rows(choice: Choice, base: Gazetteer, side: Side) -> gpd.GeoDataFrame:
    if isinstance(choice, shapely.Geometry):
        return _given(choice, side)
    name, place = _name_and_place(choice, side)
    found = base.find(name)
    found = gpd.GeoDataFrame(found.loc[found["score"] == found["score"].max()])
    if found.empty:
        raise UnknownNameError(
            f"chosen for the {side} side: no line named {name!r} in the gazetteer; look with "
            "gazetteer.suggest(), or give its geometry or lines="
        )
    if place is not None:
        here = found.loc[found["place"].astype(str) == str(place)]
        if here.empty:
            known = ", ".join(map(str, found["place"]))
            raise UnknownNameError(
                f"chosen for the {side} side: {name!r} is not in place {place!r}; its places are "
                f"{known}"
            )
        found = gpd.GeoDataFrame(here)
    found["via"] = "chosen"
    return found


def _name_and_place(choice: object, side: Side) -> tuple[str, object]:
    match choice:
        case str(name) | (str(name),):
            return name, None
        case (str(name), place):
            return name, place
    raise UnknownNameError(
        f"chosen for the {side} side: {choice!r}; give a name, a name and its place, or a "
        "LineString in EPSG:4490, or a list of these"
    )


def _given(line: shapely.Geometry, side: Side) -> gpd.GeoDataFrame:
    is_line = isinstance(line, shapely.LineString | shapely.MultiLineString)
    if not is_line or shapely.is_empty(line) or not shapely.is_valid(line):
        raise GeometryError(
            f"chosen for the {side} side: {shapely.to_wkt(line)[:60]}; give a LineString or "
            "MultiLineString with length, in EPSG:4490"
        )
    crs.require_lonlat(
        gpd.GeoSeries([line], crs=crs.CGCS2000), f"the line chosen for the {side} side"
    )
    row = {"name": _GIVEN, "score": 1.0, "via": "chosen", "place": None, "length_m": 0.0}
    return gpd.GeoDataFrame([row | {"outline": False}], geometry=[line], crs=crs.CGCS2000)


def _both_ways(aliases: Names) -> dict[str, tuple[str, ...]]:
    """Other names of each name in normal form, whichever of a pair the text has."""
    others: dict[str, list[str]] = {}
    for alias, names in aliases.items():
        for name in [names] if isinstance(names, str) else names:
            left, right = gazetteer.normalise(alias), gazetteer.normalise(name)
            others.setdefault(left, []).append(right)
            others.setdefault(right, []).append(left)
    return {name: tuple(dict.fromkeys(found)) for name, found in others.items()}


def _joined(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    full = [part for part in parts if len(part)]
    if not full:
        return parts[0]
    rows = gpd.GeoDataFrame(pd.concat(full, ignore_index=True), crs=full[0].crs)
    order = ["score", "length_m"]
    return rows.sort_values(order, ascending=False, kind="stable", ignore_index=True)

"""What a four-bounds text says: blocks, their sides, and what each side refers to.

The vocabulary is that of the gold parses with which the parser is tested. Nothing here knows
geometry; :mod:`parkgeo.fourbounds` turns it into polygons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Side: TypeAlias = Literal[
    "east",
    "south",
    "west",
    "north",
    "northeast",
    "southeast",
    "southwest",
    "northwest",
]
Kind: TypeAlias = Literal[
    "road",
    "river",
    "railway",
    "admin_boundary",
    "planned_road",
    "landform",
    "facility",
    "other",
]
Relation: TypeAlias = Literal["line", "offset", "middle", "edge", "point", "area"]

BEARINGS_DEG: Final[Mapping[Side, float]] = MappingProxyType(
    {
        "north": 0.0,
        "northeast": 45.0,
        "east": 90.0,
        "southeast": 135.0,
        "south": 180.0,
        "southwest": 225.0,
        "west": 270.0,
        "northwest": 315.0,
    },
)
"""Direction from the middle of a block to each side, in degrees clockwise from north."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that a side of a block runs along.

    Parameters
    ----------
    name
        The object as written, without 规划 and without relation words such as 东侧.
    kind
        What the name says it is. ``planned_road`` wins over ``road``.
    relation
        How the boundary lies to it: on the ``line``, at an ``offset`` from it, in its ``middle``,
        at an ``edge`` of it, at a ``point`` of it, or around the ``area`` that it is.
    offset_m
        Distance in metres where ``relation`` is ``offset`` and one is given.
    raw
        The exact substring of the text.
    span
        Start and end of ``raw`` in the text, counted in characters.
    offset_dir, edge, part, alias, core, connector
        Direction of the offset; the named edge (西侧, 北岸); the named part (北段); a second name
        in brackets; the name without the place before it; what stood before it in the chain.
    approx, generic, inverse
        Given as approximate (附近); not a name that can be looked up (规划支路); the site lies on
        the named side, so that this is the opposite bound (X以南).
    """

    name: str
    kind: Kind
    relation: Relation = "line"
    offset_m: float | None = None
    raw: str = ""
    span: tuple[int, int] = (0, 0)
    offset_dir: str | None = None
    edge: str | None = None
    part: str | None = None
    alias: str | None = None
    core: str | None = None
    connector: str | None = None
    approx: bool = False
    generic: bool = False
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """The published bounds of one block (区块).

    Parameters
    ----------
    name
        Name of the block as written, or null where the text has only one without a name.
    stated_area_m2
        Published area in square metres, or null.
    sides
        For each side in the order of the text, its references in the order of the text.
    stated_area_text
        The area as published, with its unit.
    text, span
        The clause that this block was read from, and where it stands in the whole text.
    unparsed
        Parts of the clause that were not understood, with their spans.
    parent, parent_area_m2
        The block or group that this is part of, and the area that the parts share.
    enclosure
        The lines around the block in the order of the text, where it gives them without directions
        (由A、B、C围合); ``sides`` is then empty.
    include
        What the text adds in brackets (含…).
    stated_area_approx
        Whether the area is published as approximate (约).
    """

    name: str | None
    stated_area_m2: float | None
    sides: Mapping[Side, tuple[Reference, ...]]
    stated_area_text: str | None = None
    text: str = ""
    span: tuple[int, int] = (0, 0)
    unparsed: tuple[tuple[str, tuple[int, int]], ...] = field(default=())
    parent: str | None = None
    parent_area_m2: float | None = None
    enclosure: tuple[Reference, ...] = ()
    include: str | None = None
    stated_area_approx: bool = False

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references of all sides, in the order of the text."""
        return tuple(reference for side in self.sides.values() for reference in side)

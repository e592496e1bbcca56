"""A basemap without tiles: lines, water and names that stand in the page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import geopandas as gpd

from parkgeo._page._json import to_script_json
from parkgeo._page._packed import compressed_json, packed

__all__ = ["CLASSES", "DrawnBasemap", "drawing"]

CLASSES: Final = ("water", "river", "border", "railway", "road", "water_name", "place")
"""What ``ground_drawn.js`` can draw: areas, lines, and names at a point."""


@dataclass(frozen=True, eq=False)
class DrawnBasemap:
    """A basemap (底图) that is drawn from lines and areas, and needs no network.

    Made by :func:`parkgeo.maps.drawn_basemap`; any map takes it as its ``basemap``.

    Parameters
    ----------
    name, name_en
        What the reader chooses it by, in Chinese and English; one name does for both.
    attribution
        Whose data it is made of.
    content
        The drawing, as JSON for the page's script.
    size
        How many lines, areas and names it holds.
    """

    name: str
    content: str = field(repr=False)
    name_en: str = ""
    attribution: str = ""
    size: int = 0

    @cached_property
    def key(self) -> str:
        """Name the drawing in a page; maps that share one hold it once."""
        return "parkgeo_ground_" + hashlib.sha256(self.content.encode()).hexdigest()[:16]


def drawing(
    shapes: gpd.GeoSeries,
    *,
    classes: Sequence[str],
    ranks: Sequence[int],
    names: Sequence[tuple[str, str] | None],
    rooms_m: Sequence[float],
) -> str:
    """Pack what a drawn basemap shows.

    Parameters
    ----------
    shapes
        Simple lines, polygons and points in WGS 84, none empty.
    classes
        Of each shape, one of :data:`CLASSES`.
    ranks
        Of each shape, 1 for what is seen from afar to 6 for what is only seen from near.
    names
        Of each shape, in Chinese and English, or null.
    rooms_m
        Of each shape, the width in which its name must fit; 0 where it need not.

    Returns
    -------
    JSON that can stand in a page.
    """
    known = {name: i for i, name in enumerate(dict.fromkeys(n for n in names if n is not None))}
    table: dict[str, Any] = {
        "classes": [CLASSES.index(one) for one in classes],
        "ranks": list(ranks),
        "texts": [{"zh": zh, "en": en} for zh, en in known],
        "names": [-1 if name is None else known[name] for name in names],
        "rooms": [round(room) for room in rooms_m],
    }
    return to_script_json(
        {"kinds": list(CLASSES), "shapes": packed(shapes), "table": compressed_json(table)}
    )

"""What came of resolving one block: the polygon, and the reasons for it."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import pandas as pd
import shapely

from parkgeo.fourbounds._card import card
from parkgeo.fourbounds._explain import Language, explain
from parkgeo.fourbounds._remarks import in_chinese

if TYPE_CHECKING:
    from parkgeo._page import BasemapChoice, Map

SIDE_COLUMNS: Final = (
    "side",
    "position",
    "reference",
    "raw",
    "status",
    "name",
    "score",
    "via",
    "place",
    "length_m",
    "share_of_border",
    "gap_bridged_m",
    "bearing_error_deg",
    "reason",
    "reason_zh",
)
"""Columns of ``Resolution.sides``."""


@dataclass(frozen=True, eq=False, repr=False)
class Resolution:
    """A polygon found from its four bounds (四至), and how far it can be relied on.

    Parameters
    ----------
    name
        Name of the block, or null.
    geometry
        The polygon, EPSG:4490, longitude and latitude.
    area_km2
        Its official area.
    stated_area_km2
        The published area, or null.
    confidence
        0–1; never above 0.75 where a side has no line.
    accuracy_m
        One standard deviation of the boundary's position, in metres.
    sides
        One row per reference in clockwise order: ``side``, ``position`` in the text, ``reference``,
        ``raw`` text, ``status``, matched ``name``, ``score``, ``via``, ``place``, ``length_m`` of
        border on its lines, ``share_of_border``, ``gap_bridged_m``, ``bearing_error_deg`` of the
        side, ``reason`` in English words, ``reason_zh`` in Chinese. ``status`` is ``found``;
        ``bridged``, found with gaps of more than 45 m; ``area-closed``, a side without a line,
        placed so that the stated area is met; ``inferred``, a side without a line, placed where the
        lines beside it end; ``missing``, not used, while other references of its side are.
    candidates
        Polygons ranked by ``score``, the chosen one first: ``score``, ``area_km2``,
        ``confidence``, ``accuracy_m``, ``references`` used, ``geometry`` in EPSG:4490.
    pieces
        The border cut by what it runs on, clockwise, and the rest of its lines near the block:
        ``side`` and ``position`` of the row of ``sides`` to which a piece belongs, ``name`` of the
        line, ``how``, ``geometry`` in EPSG:4490. ``how`` is ``line``; ``bridge``, across a gap or
        beyond an end; ``closing``, a straight side without a line; ``beyond``, not of the border.
    used_area
        Whether the stated area had a part in choosing or placing anything.
    warnings
        What a reader must know before using the polygon, in English; :attr:`warnings_zh` in
        Chinese.
    area_finding
        How the stated area lies to the polygon's: ``agrees``, within 5 %; ``net``, without roads
        and green along the border; ``part``, of a parcel inside; ``differs``, at odds with the
        sides. Null without one, or where a side was placed by it.
    sources
        Where the lines under the border come from, as the ``source`` column of the gazetteer says.
    """

    name: str | None
    geometry: shapely.Polygon
    area_km2: float
    stated_area_km2: float | None
    confidence: float
    accuracy_m: float
    sides: pd.DataFrame
    candidates: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    used_area: bool
    warnings: tuple[str, ...] = field(default=())
    area_finding: Literal["agrees", "net", "part", "differs"] | None = None
    sources: tuple[str, ...] = ()

    @property
    def warnings_zh(self) -> tuple[str, ...]:
        """What a reader must know, in Chinese (说明), in the order of ``warnings``."""
        return tuple(in_chinese(warning) for warning in self.warnings)

    @property
    def area_error(self) -> float | None:
        """Relative difference of the area from the stated one; null without one."""
        if self.stated_area_km2 is None:
            return None
        return self.area_km2 / self.stated_area_km2 - 1.0

    @property
    def area_closed(self) -> tuple[str, ...]:
        """Sides placed by the stated area, whose agreement then proves nothing."""
        closed = self.sides.loc[self.sides["status"] == "area-closed", "side"]
        return tuple(dict.fromkeys(closed))

    def explain(self, *, language: Language = "en") -> str:
        """Tell in words how this polygon was found and what would make it better.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``.

        Returns
        -------
        A text of a screenful: the area against the stated one; for each side what was asked, what
        was found under which name and how sure that is, gaps, sides that were placed; the
        second-best candidate and how it differs; what to do next.

        Raises
        ------
        SchemaError
            When the language is another.
        """
        return explain(self, language=language)

    def map(
        self,
        *,
        language: Language = "zh",
        basemap: "BasemapChoice" = None,
        title: str | None = None,
        attribution: str | None = None,
    ) -> "Map":
        """Show on a map what was found and what was not; opens without a network.

        Parameters
        ----------
        language
            With which the page opens, ``"zh"`` or ``"en"``.
        basemap
            Tiles below, which need a network, as for :func:`parkgeo.maps.overlap_map`.
        title
            Heading, by default the name of the block.
        attribution
            What the licence of the lines asks to be said; by default the names of their sources.

        Returns
        -------
        A folium map; :func:`parkgeo.maps.resolution_map` says what is on it.

        Raises
        ------
        UnknownNameError
            No such language or basemap.
        """
        # folium is heavy, and most resolutions are never drawn.
        show = import_module("parkgeo.fourbounds._map")
        m: Map = show.resolution_map(
            self, language=language, basemap=basemap, title=title, attribution=attribution
        )
        return m

    def to_row(self) -> dict[str, Any]:
        """Return what a row of the ``parks`` frame needs of this extent.

        Returns
        -------
        ``stated_area_km2``, ``method`` (reconstructed), ``accuracy_m`` in metres, and ``geometry``
        in EPSG:4490.
        """
        return {
            "stated_area_km2": self.stated_area_km2,
            "method": "reconstructed",
            "accuracy_m": self.accuracy_m,
            "geometry": self.geometry,
        }

    def __repr__(self) -> str:
        stated = "" if self.stated_area_km2 is None else f" of {self.stated_area_km2:.2f} stated"
        return (
            f"<Resolution {self.name!r}: {self.area_km2:.2f} km²{stated}, "
            f"confidence {self.confidence:.2f}, accuracy {self.accuracy_m:.0f} m>"
        )

    def _repr_html_(self) -> str:
        return card(self)

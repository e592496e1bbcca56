"""A gazetteer of any place from OpenStreetMap, over the network."""

import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeAlias

import geopandas as gpd
import numpy as np

from parkgeo.errors import MissingExtraError, ParkgeoError, SchemaError, UnknownNameError
from parkgeo.gazetteer._gazetteer import Gazetteer, read
from parkgeo.gazetteer._lines import KINDS

__all__ = ["from_osm"]

_SOURCE: Final = "OpenStreetMap"
_TAGS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "road": {"highway": True},
        "river": {"waterway": True, "natural": "water"},
        "railway": {"railway": True},
        "border": {"boundary": "administrative"},
    },
)
"""OpenStreetMap tags to ask for, by kind of line."""
_COLUMNS: Final = (
    *("name", "ref", "name:zh", "alt_name", "old_name", "official_name", "short_name"),
    *("highway", "waterway", "railway", "boundary", "admin_level", "natural", "water", "geometry"),
)
"""Tags to keep; others, such as OpenStreetMap's own ``source``, mean something else here."""
_BY_FILE: Final = (
    "without one, bring an extract of your province as an .osm.pbf file (Geofabrik and the "
    "OpenStreetMap mirrors publish one for each province of China every day) and read it with "
    'parkgeo.gazetteer.read("zhejiang-latest.osm.pbf")'
)
Box: TypeAlias = tuple[float, float, float, float]


def from_osm(place: str | Box, *, kinds: Iterable[str] = KINDS) -> Gazetteer:
    """Build a gazetteer of a place from OpenStreetMap, over the network.

    Needs ``pip install parkgeo[osm]`` and a network. Results are © OpenStreetMap contributors,
    ODbL 1.0; say so wherever they are shown.

    Parameters
    ----------
    place
        A name that OpenStreetMap knows as an area (``"余杭区, 杭州市"``), or west, south, east and
        north in degrees on WGS 84.
    kinds
        What to ask for: road, river, railway, border.

    Returns
    -------
    A gazetteer of the named lines, and of the edges of named water and districts. A line that
    crosses the edge of the place comes whole. Rows without a name are counted in ``dropped``.

    Raises
    ------
    MissingExtraError
        osmnx is not installed.
    ParkgeoError
        There is no network, and the message says how to go on without one; or OpenStreetMap
        refuses the request.
    UnknownNameError
        OpenStreetMap has no area of that name, or nothing with a name in it.
    SchemaError
        A kind is none of the four, or the box is not four numbers in order.

    References
    ----------
    Boeing, G. (2017). OSMnx: New methods for acquiring, constructing, analyzing, and visualizing
    complex street networks. *Computers, Environment and Urban Systems*, 65, 126–139.

    Examples
    --------
    >>> from_osm("余杭区, 杭州市", kinds=["road"]).find("文一西路")  # doctest: +SKIP
    """
    wanted = _wanted(kinds)
    tags = _tags(wanted)
    found = _ask(_osmnx(), _place(place), tags)
    lines = found.loc[~found.geom_type.isin(["Point", "MultiPoint"])]
    if "name" not in lines or lines["name"].isna().all():
        raise UnknownNameError(
            f"OpenStreetMap has no named {', '.join(wanted)} in {place!r}; try a larger place",
        )
    kept = lines[[column for column in _COLUMNS if column in lines]].reset_index(drop=True)
    whole = read().add(kept, source=_SOURCE)
    chosen = whole.lines[whole.lines["kind"].isin(wanted)].reset_index(drop=True)
    return Gazetteer(chosen, whole.aliases, whole.dropped)


def _wanted(kinds: Iterable[str]) -> tuple[str, ...]:
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown or not wanted:
        raise SchemaError(f"kinds {wanted!r}: give some of {', '.join(KINDS)}")
    return wanted


def _tags(kinds: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for kind in kinds for key, value in _TAGS[kind].items()}


def _place(place: str | Box) -> str | Box:
    """Refuse a box that is none, before anybody is asked."""
    if isinstance(place, str):
        if not place.strip():
            raise SchemaError("the place has no name; give one, or a box in degrees")
        return place
    try:
        west, south, east, north = (float(value) for value in place)
    except (TypeError, ValueError):
        raise SchemaError(
            f"{place!r} is neither a name nor a box (west, south, east, north) in degrees",
        ) from None
    if not (np.isfinite([west, south, east, north]).all() and west < east and south < north):
        raise SchemaError(
            f"the box {place!r} is not in order: west < east and south < north, in degrees",
        )
    return west, south, east, north


def _osmnx() -> ModuleType:
    try:
        return importlib.import_module("osmnx")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "reading OpenStreetMap over the network needs osmnx: pip install parkgeo[osm]; it also "
            f"needs a network: {_BY_FILE}",
        ) from error


def _ask(osmnx: ModuleType, place: str | Box, tags: dict[str, Any]) -> gpd.GeoDataFrame:
    try:
        if isinstance(place, str):
            return gpd.GeoDataFrame(osmnx.features_from_place(place, tags))
        return gpd.GeoDataFrame(osmnx.features_from_bbox(place, tags))
    except OSError as error:  # what requests raises is an OSError too
        if error.filename is not None:
            raise  # a file of osmnx's cache, and no matter of the network
        raise ParkgeoError(
            "no answer from OpenStreetMap: there is no network, or it does not let requests out; "
            f"{_BY_FILE}"
        ) from error
    except (ValueError, TypeError) as error:
        raise _refused(place, error) from error


def _refused(place: str | Box, error: Exception) -> ParkgeoError:
    """Put what osmnx says of an answer into an error of the family."""
    nothing = type(error).__name__ == "InsufficientResponseError" or isinstance(error, TypeError)
    if nothing:
        return UnknownNameError(
            f"OpenStreetMap has no area or no such lines for {place!r} ({error}); give another "
            "name, or a box (west, south, east, north) in degrees",
        )
    return ParkgeoError(
        f"OpenStreetMap refused the request for {place!r}: {error}; try a smaller place, or later",
    )

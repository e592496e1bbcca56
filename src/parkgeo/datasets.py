"""The bundled brands and extents, city by city.

A city is a folder of ``data/boundaries``: ``brands.csv`` holds every zone, platform, town and park
that the city's documents name, ``blocks.geojson`` the extents that could be built from their
published words, ``SOURCES.md`` where each came from. Adding a city is adding such a folder.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import io, tables
from parkgeo._synthetic import SyntheticCity, draw_city
from parkgeo.crs import CGCS2000
from parkgeo.errors import SchemaError, UnknownNameError

__all__ = [
    "ATTRIBUTION",
    "SyntheticCity",
    "brands",
    "cities",
    "hangzhou",
    "hangzhou_brands",
    "hangzhou_ground",
    "hangzhou_industrial_share",
    "hangzhou_land_use_sites",
    "load",
    "synthetic_city",
]

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"
"""What a map or a table made from the bundled extents has to say."""

_PACKAGED: Final = Path(__file__).parent / "data" / "boundaries"
_CHECKOUT: Final = Path(__file__).parents[2] / "data" / "boundaries"
_INDUSTRIAL_SHARE: Final = "hangzhou_industrial_share_2019_100m.tif"
_GROUND: Final = "hangzhou_ground.geojson"
_LAND_USE_SITES: Final = "hangzhou_land_use_sites_2019.csv"
_PRECISIONS: Final = {4: "year", 7: "month", 10: "day"}


def cities() -> list[str]:
    """Name the cities whose boundaries are bundled.

    Returns
    -------
    The names that :func:`load` and :func:`brands` take, sorted.

    Raises
    ------
    SchemaError
        The bundled data are not where an installation or a checkout has them.

    Examples
    --------
    >>> "hangzhou" in cities()
    True
    """
    return sorted(path.parent.name for path in _boundaries().glob("*/brands.csv"))


def load(city: str) -> gpd.GeoDataFrame:
    """Read the published extents of a city that could be built.

    One row per block (one published extent of one brand, 四至范围). Blocks whose words could not be
    turned into a polygon are left out; :func:`brands` says why.

    Parameters
    ----------
    city
        One of :func:`cities`.

    Returns
    -------
    The ``parks`` frame, indexed by ``block_id``, in EPSG:4490, with two columns more: ``sides``
    says for each side whether it was found, and along what, or closed by the stated area;
    ``reasons`` what else has to be known. ``attrs["attribution"]`` names the source of the lines
    and its licence.

    Raises
    ------
    UnknownNameError
        No such city is bundled.
    SchemaError
        The bundled data are missing or not as they must be.

    Examples
    --------
    >>> parks = load("hangzhou")
    >>> "zijingang-sci-tech-city" in parks.index
    True
    """
    blocks = _blocks(city)
    parks = blocks[blocks.geometry.notna()].copy()
    parks.attrs["attribution"] = ATTRIBUTION
    return parks


def brands(city: str) -> gpd.GeoDataFrame:
    """Read every brand that a city's documents name, with or without an extent.

    Parameters
    ----------
    city
        One of :func:`cities`.

    Returns
    -------
    One row per brand, indexed by ``brand_id``, in the order of the documents. Beside the columns
    of ``brands.csv``: ``approved_on`` is a date and ``approved_precision`` says how much of it was
    published (``year``, ``month``, ``day``); ``extent`` is ``built``, ``partial`` (some blocks
    only) or ``none``, with ``extent_reason`` where it is not ``built``; ``geometry`` is the union
    of the blocks, EPSG:4490, or null. ``attrs["attribution"]`` as in :func:`load`.

    Raises
    ------
    UnknownNameError
        No such city is bundled.
    SchemaError
        The bundled data are missing or not as they must be.

    Examples
    --------
    >>> named = brands("hangzhou")
    >>> named.loc["yunqi-town", ["brand", "extent"]].tolist()
    ['云栖小镇', 'none']
    """
    table = pd.read_csv(
        _folder(city) / "brands.csv",
        index_col="brand_id",
        dtype={"approved_on": "str", "stated_area_km2": "float64"},
    )
    published = table["approved_on"]
    table["approved_on"] = pd.to_datetime(published, format="ISO8601")
    precision = published.str.len().map(_PRECISIONS)
    table.insert(list(table).index("approved_on") + 1, "approved_precision", precision)
    table = table.join(_extents(_blocks(city)))
    table["extent"] = table["extent"].fillna("none")
    table["extent_reason"] = table["extent_reason"].fillna(table.pop("no_extent_reason"))
    # Popped and set again, so that the geometry is the last column.
    frame = gpd.GeoDataFrame(table, geometry=table.pop("geometry"), crs=CGCS2000)
    frame.attrs["attribution"] = ATTRIBUTION
    return frame


def hangzhou() -> gpd.GeoDataFrame:
    """Read the extents of Hangzhou's brands; ``load("hangzhou")``.

    Returns
    -------
    The ``parks`` frame of :func:`load`.

    Examples
    --------
    >>> sorted(hangzhou()["administrator"].unique())
    ['杭州紫金港科技城管理委员会']
    """
    return load("hangzhou")


def hangzhou_brands() -> gpd.GeoDataFrame:
    """Read every brand of Hangzhou that the documents name; ``brands("hangzhou")``.

    Returns
    -------
    The frame of :func:`brands`.

    Examples
    --------
    >>> hangzhou_brands().loc["turing-town", "group"]
    '八个特色小镇'
    """
    return brands("hangzhou")


def hangzhou_ground() -> gpd.GeoDataFrame:
    """Read roads, railways and water of Hangzhou, to draw a basemap (底图) from.

    Around the city's core (119.58–120.72° E, 29.92–30.62° N), from OpenStreetMap: roads and lakes
    as of 2019, railways, rivers and names of places as of 2026, these within some 10 km of the West
    Lake and the Qiantang river only. Joined by name, both carriageways as one, and simplified to
    30–45 m: to see where one is, not to measure. It has no borders of districts.

    Returns
    -------
    One row per name and rank: ``kind`` (road, railway, river, place), ``rank`` (1 is seen from
    afar), ``name``, ``name_en`` (not of roads), ``ref``, and lines, areas of water, or points of
    places in EPSG:4490.
    ``attrs["attribution"]`` as in :func:`load`.

    Raises
    ------
    SchemaError
        The file is not where an installation or a checkout has it.

    See Also
    --------
    parkgeo.maps.drawn_basemap : Make a basemap of it that needs no network.

    Examples
    --------
    >>> ground = hangzhou_ground()
    >>> ground.loc[ground["name"] == "西湖", "kind"].tolist()
    ['river']
    """
    frame = io.read(_beside("ground", _GROUND))
    frame.attrs["attribution"] = ATTRIBUTION
    return frame


def hangzhou_industrial_share() -> Path:
    """Return the path of a grid of OSM-mapped industrial land around Hangzhou.

    Cells of 100 m in EPSG:4549 around the city's core (119.66–120.62° E, 29.97–30.60° N); each
    holds the share of it that ``landuse=industrial`` covered in 2019. Volunteers' mapping is
    incomplete and is not the land survey (国土调查): a figure made from it must say "OSM-mapped
    industrial land 2019, incomplete", and ``ATTRIBUTION``.

    Returns
    -------
    A GeoTIFF of one band in ten-thousandths, with the scale in its tags, as
    :func:`parkgeo.raster.concentration` reads it.

    Raises
    ------
    SchemaError
        The file is not where an installation or a checkout has it.

    Examples
    --------
    >>> hangzhou_industrial_share().suffix
    '.tif'
    """
    return _beside("grids", _INDUSTRIAL_SHARE)


def hangzhou_land_use_sites() -> gpd.GeoDataFrame:
    """Read a point of each piece of built land of OpenStreetMap around Hangzhou.

    Land of ``landuse`` industrial, commercial, retail and residential in 2019
    (119.58–120.64° E, 29.89–30.66° N), to try measures of agglomeration on. A site is a piece of
    land as somebody drew it, not a plant; mapping is incomplete and is not the land survey
    (国土调查), and a figure made from it must say so, and ``ATTRIBUTION``.

    Returns
    -------
    One row per site: ``land_use``, its official ``area_m2``, and a point inside it in EPSG:4490,
    to ten metres. ``attrs["attribution"]`` as in :func:`load`.

    Raises
    ------
    SchemaError
        The file is not where an installation or a checkout has it.

    Examples
    --------
    >>> sorted(hangzhou_land_use_sites()["land_use"].unique())
    ['commercial', 'industrial', 'residential', 'retail']
    """
    table = pd.read_csv(_beside("sites", _LAND_USE_SITES))
    at = gpd.points_from_xy(table.pop("longitude"), table.pop("latitude"))
    frame = gpd.GeoDataFrame(table, geometry=at, crs=CGCS2000)
    frame.attrs["attribution"] = ATTRIBUTION
    return frame


def synthetic_city(*, seed: int = 2026) -> SyntheticCity:
    """Draw a city that does not exist, to try an evaluation of zones on (合成城市).

    Fifteen brands that a consolidation makes five, one of them a cooperation park in another
    district; 2 816 parcels between streets, with prices of those that can be had; and some 550
    firms with their figures of two quarters. It lies in the open sea east of Zhejiang, and every
    name says that it is synthetic: no figure of it says anything about a real place.

    Parameters
    ----------
    seed
        Of the random numbers: parcels and firms are the same for the same seed; the zones always.

    Returns
    -------
    A :class:`SyntheticCity`: frames of the schemas ``parks``, ``parcels`` and ``enterprises`` in
    EPSG:4490, and the units of the firms' figures.

    Examples
    --------
    >>> city = synthetic_city()
    >>> len(city.parks_before), len(city.parks)
    (15, 5)
    """
    return draw_city(seed=seed)


def _beside(folder: str, name: str) -> Path:
    """Find a file in a folder beside that of the cities."""
    found = _boundaries().parent / folder / name
    if not found.is_file():
        raise SchemaError(
            f"{found} is missing; reinstall parkgeo, or work in a complete checkout",
        )
    return found


def _boundaries() -> Path:
    """Find the folder of the cities: beside the package, or beside ``src`` in a checkout."""
    for folder in (_PACKAGED, _CHECKOUT):
        if folder.is_dir():
            return folder
    raise SchemaError(
        f"the bundled boundaries are missing: neither {_PACKAGED} nor {_CHECKOUT} is a folder. "
        "Reinstall parkgeo, or work in a complete checkout.",
    )


def _folder(city: str) -> Path:
    known = cities()
    if city in known:
        return _boundaries() / city
    nearest = get_close_matches(city, known, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise UnknownNameError(
        f"no boundaries of {city!r} are bundled; there are those of {', '.join(known)}.{hint}",
    )


def _blocks(city: str) -> gpd.GeoDataFrame:
    """Read all blocks of a city, built or not."""
    path = _folder(city) / "blocks.geojson"
    if not path.is_file():
        raise SchemaError(f"{path} is missing; `make boundaries` builds it.")
    return tables.validate_parks(io.read(path))


def _extents(blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Union the blocks of each brand and say what is missing."""
    built = blocks.geometry.notna()
    by_brand = built.groupby(blocks["brand_id"])
    unbuilt = blocks[~built]
    reasons = (unbuilt.index + ": " + unbuilt["reasons"]).groupby(unbuilt["brand_id"].to_numpy())
    # The blocks of one brand lie apart, so their union has no new vertex and needs no plane.
    extents = blocks[built].dissolve("brand_id")[["geometry"]].reindex(by_brand.size().index)
    state = np.select([by_brand.all(), by_brand.any()], ["built", "partial"], "none")
    return extents.assign(extent=state, extent_reason=reasons.agg("; ".join))


def __dir__() -> list[str]:
    return sorted(__all__)

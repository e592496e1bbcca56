"""Where each parcel lies: inside the zones, across a border or outside, and under which brands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs, landuse, measure
from parkgeo._ground import Flags, Floats, Indices, union_by
from parkgeo._style import Text, known
from parkgeo.concentration import Scattered
from parkgeo.concentration import scattered as find_scattered
from parkgeo.concentration._ratio import origin_of
from parkgeo.concentration._select import Where, select, weigh
from parkgeo.concentration._shares import inside, shared
from parkgeo.concentration._zones import zones_of
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.units import KM2_M2

__all__ = [
    "ACROSS",
    "INSIDE",
    "OTHER",
    "OUTSIDE",
    "UNKNOWN",
    "Asked",
    "Land",
    "Members",
    "clusters_of",
    "columns_of",
    "land_of",
    "outlines_of",
]

OTHER, UNKNOWN, INSIDE, OUTSIDE, ACROSS = range(5)
"""What a parcel is to the ratio, in the order in which the canvas draws them."""
SEEN: Final = 0.0005
"""Share of a parcel that is nothing as shares are written, to a tenth of a per cent."""
_MARGIN_M: Final = 15.0
"""How far from its parcels the outline of a cluster is drawn."""
_WIDER: Final = 1.001
"""So that parcels just as far apart as a cluster allows are surely in one outline."""


class Asked(NamedTuple):
    """Which parcels count, as :func:`parkgeo.concentration.ratio` is told."""

    where: Where
    classes: Sequence[str] | str | None
    system: str | None


@dataclass(frozen=True)
class Members:
    """For each counted parcel and brand that meet, in order of the parcels: the share of it."""

    parcel: Indices
    """Positions among the parcels that are drawn."""
    brand: Indices
    share: Floats


@dataclass(frozen=True)
class Land:
    """The parcels that are drawn, in order of the frame; areas are official ones."""

    rows: Indices
    kind: NDArray[np.uint8]
    area_m2: Floats
    share: Floats
    """Of the parcel inside the zones; NaN where it does not count."""
    members: Members

    @property
    def counted(self) -> Flags:
        """Which of the parcels count."""
        return ~np.isnan(self.share)

    def places_of(self, rows: Indices) -> Indices:
        """Return where rows of the frame stand among the parcels drawn."""
        return np.searchsorted(self.rows, rows)


def land_of(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    brand_ids: Sequence[str],
    asked: Asked,
    *,
    others: bool,
) -> Land:
    """Measure what share of each parcel lies inside, and which brands it lies in.

    Parameters
    ----------
    parcels, parks
        As for :func:`parkgeo.concentration.ratio`.
    brand_ids
        Brands in the order in which members name them.
    asked
        Which parcels count.
    others
        Whether parcels that do not count are drawn too.
    """
    selection = select(parcels, where=asked.where, classes=asked.classes, system=asked.system)
    found = zones_of(parks)
    # The interval is the ratio's: a parcel is drawn by where the zones are drawn.
    zones = replace(found, accuracy_m=np.zeros_like(found.accuracy_m))
    weighed = weigh(parcels, selection.chosen, None, origin=origin_of(zones))
    placed = weighed.placed
    rest, unknown = _rest(parcels, selection.chosen, selection.unknown, others=others)
    rows = np.sort(np.concatenate([placed.rows, rest]))
    own, its = np.searchsorted(rows, placed.rows), np.searchsorted(rows, rest)
    share, area_m2 = np.full(len(rows), np.nan), np.zeros(len(rows))
    share[own] = inside(placed.outlines, zones.bands()).drawn
    area_m2[own] = weighed.value * KM2_M2
    area_m2[its] = measure.area_m2(parcels.iloc[rest]).to_numpy(dtype=np.float64)
    kind = np.where(unknown[rows], UNKNOWN, OTHER).astype(np.uint8)
    kind[own] = _kinds(share[own])
    position = {brand_id: i for i, brand_id in enumerate(brand_ids)}
    brands = parks["brand_id"].iloc[zones.blocks.rows]
    codes = np.array([position[brand_id] for brand_id in brands], dtype=np.intp)
    ground = zones.bands(codes, len(position)).drawn
    pairs = shared(placed.outlines, ground)
    members = _members(own[pairs.parcel], ground.owner[pairs.part], pairs.share, len(position))
    return Land(rows, kind, area_m2, share, members)


def _rest(
    parcels: gpd.GeoDataFrame, chosen: Flags, unknown: Mapping[str, Flags], *, others: bool
) -> tuple[Indices, Flags]:
    """Find what is drawn and does not count, and of which rows it cannot be told."""
    doubtful = np.zeros(len(parcels), dtype=np.bool_)
    for rows in unknown.values():
        doubtful |= rows & ~chosen
    shapes = parcels.geometry
    there = ~(shapes.isna() | shapes.is_empty).to_numpy(dtype=np.bool_)
    wanted = there & ~chosen if others else there & doubtful
    return np.flatnonzero(wanted), doubtful


def _kinds(share: Floats) -> NDArray[np.uint8]:
    """Say of shares, to a tenth of a per cent, whether they are all, nothing or something."""
    out = np.full(len(share), ACROSS, dtype=np.uint8)
    out[share >= 1 - SEEN] = INSIDE
    out[share < SEEN] = OUTSIDE
    return out


def _members(parcel: Indices, brand: Indices, share: Floats, count: int) -> Members:
    """Add up what parts of one brand hold of a parcel."""
    pair, place = np.unique(parcel * max(count, 1) + brand, return_inverse=True)
    held = np.bincount(place.ravel(), share, minlength=len(pair))
    seen = held >= SEEN
    own, its = np.divmod(pair[seen], max(count, 1))
    return Members(own.astype(np.intp), its.astype(np.intp), np.minimum(held[seen], 1.0))


# Clusters ----------------------------------------------------------------------------------------


def clusters_of(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    asked: Asked,
    given: Scattered | bool,  # noqa: FBT001 - what the user wrote
    options: Mapping[str, Any],
) -> tuple[Scattered | None, Indices]:
    """Return the clusters that are shown, and the positions in the frame of their parcels.

    Clusters that are given must be of parcels that count, on the labels of the frame; ``options``
    are those of :func:`parkgeo.concentration.scattered` where they are looked for.
    """
    if given is False:
        return None, np.empty(0, dtype=np.intp)
    if isinstance(given, Scattered):
        return given, _rows_of(given, parcels, asked)
    if given is not True:
        raise SchemaError(
            f"scattered must be true, false or what concentration.scattered returned, not {given!r}"
        )
    numbered = pd.RangeIndex(len(parcels))
    where = asked.where
    if isinstance(where, pd.Series):
        where = where.set_axis(numbered)
    found = find_scattered(
        parcels.set_axis(numbered),
        parks,
        where=where,
        classes=asked.classes,
        system=asked.system,
        **options,
    )
    return found, found.parcels.index.to_numpy(dtype=np.intp)


def _rows_of(given: Scattered, parcels: gpd.GeoDataFrame, asked: Asked) -> Indices:
    """Find scattered parcels among all by their labels."""
    labels = given.parcels.index
    if not parcels.index.is_unique:
        raise SchemaError(
            "labels of parcels stand twice, so the scattered ones cannot be found among them; "
            "give both frames a fresh index with reset_index first, or leave scattered=True"
        )
    rows = parcels.index.get_indexer(labels)
    chosen = select(parcels, where=asked.where, classes=asked.classes, system=asked.system).chosen
    strange = (rows < 0) | ~chosen[rows]
    if strange.any():
        raise SchemaError(
            f"scattered holds parcels that do not count here: rows {first_rows(labels[strange])}; "
            "look for them with the same parcels, where and classes, or leave scattered=True"
        )
    return np.asarray(rows, dtype=np.intp)


def outlines_of(found: Scattered) -> gpd.GeoDataFrame:
    """Draw a line around the parcels of each cluster, a little away from them."""
    if not len(found.clusters):
        return found.clusters[["geometry"]].iloc[:0]
    flat = crs.to_zone(found.parcels.geometry)
    code = found.parcels["cluster"].to_numpy(dtype=np.intp) - 1
    across_m = _WIDER * float(found.clusters.attrs.get("gap_m", 0.0)) / 2
    # Mitred corners come back to where they were, where arcs of few segments lose some of the way.
    wide = shapely.buffer(
        shapely.force_2d(flat.to_numpy()), across_m + _MARGIN_M, join_style="mitre", mitre_limit=2.0
    )
    joined = union_by(wide, code, len(found.clusters))
    around = shapely.buffer(joined, -across_m, join_style="mitre", mitre_limit=2.0)
    return gpd.GeoDataFrame(geometry=_rims(around), crs=flat.crs)


def _rims(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the outer borders as lines."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    filled = np.asarray(shapely.polygons(shapely.get_exterior_ring(parts)))
    return np.asarray(shapely.boundary(shapely.multipolygons(filled, indices=owner)))


# Cards -------------------------------------------------------------------------------------------

_LABELS: Final = {
    "class_code": Text("地类", "Land use"),
    "district": Text("行政区", "District"),
}


def columns_of(
    parcels: gpd.GeoDataFrame, asked: Asked, by: str | None
) -> Iterator[tuple[Text, NDArray[np.intp], list[Text]]]:
    """Yield what cards say of each parcel: a label, which text, −1 for none, and the texts.

    These are the class, the district, what ``by`` groups by, and what ``where`` looks at.
    """
    conditions = list(asked.where) if isinstance(asked.where, Mapping) else []
    wanted = dict.fromkeys(["class_code", by or "district", *conditions])
    for name in wanted:
        if parcels.columns.tolist().count(name) != 1:
            continue
        label = _LABELS.get(name, Text.same(str(name)))
        if name == "class_code":
            texts = _classes(parcels, asked.system)
        else:
            texts = [Text.same(str(one)) if known(one) else None for one in parcels[name]]
        place: dict[Text, int] = {}
        codes = [-1 if text is None else place.setdefault(text, len(place)) for text in texts]
        yield label, np.array(codes, dtype=np.intp), list(place)


def _classes(parcels: gpd.GeoDataFrame, system: str | None) -> list[Text | None]:
    """Name each class as the standard does, where somebody says which standard it is of."""
    codes = parcels["class_code"].astype(object).reset_index(drop=True)
    texts = [Text.same(str(code)) if known(code) else None for code in codes]
    said = pd.Series(system, index=codes.index, dtype=object)
    if "class_system" in parcels.columns:
        said = parcels["class_system"].reset_index(drop=True).astype(object).fillna(said)
    for name in said.dropna().unique():
        rows = np.flatnonzero((said == name) & codes.notna())
        named = _names(codes.iloc[rows], str(name))
        for row, text in zip(rows.tolist(), named, strict=True):
            texts[row] = text
    return texts


def _names(codes: "pd.Series[Any]", system: str) -> Iterator[Text]:
    """Yield code and name of each class; the code alone where the standard has none such."""
    try:
        table = landuse.classes(system)
    except UnknownNameError:
        yield from (Text.same(str(code)) for code in codes)
        return
    zh, en = table["name"].to_dict(), table["name_en"].to_dict()
    for code in landuse.normalise(codes, system=system):
        yield Text(f"{code} {zh.get(code, '')}".strip(), f"{code} {en.get(code, '')}".strip())

"""What rows have with each other: repeats, ids, overlaps and gaps within a brand."""

from collections.abc import Hashable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import overlap, units
from parkgeo.check._finding import Finding, few, places, say
from parkgeo.check._place import metres_of
from parkgeo.check._shapes import on_degrees
from parkgeo.check._subject import Geometries, Ground, Subject
from parkgeo.crs import CGCS2000
from parkgeo.errors import ParkgeoError

__all__ = ["brands_of", "doubled_rows", "neighbours", "repeats"]

_ROW: Final = "row"
_NOISE_M: Final = 0.02
"""Borders that two rows draw apart, straight in different planes, differ by so much."""
_M2_PER_KM2: Final = 1e6


def repeats(subject: Subject) -> list[Finding]:
    """Find rows, extents and ids that stand more than once."""
    shapes = subject.shapes
    found = []
    whole = doubled_rows(subject.frame)
    if whole.any():
        found.append(say("row-doubled", np.flatnonzero(whole), n=int(whole.sum())))
    known = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    with np.errstate(invalid="ignore"):  # what is no number is a finding of its own
        codes = pd.Series(shapely.to_wkb(shapely.normalize(shapes)))
    same = codes.duplicated(keep=False).to_numpy() & known & ~whole
    twins = codes[same].duplicated(keep=False).to_numpy()
    rows = np.flatnonzero(same)[twins]
    if len(rows):
        found.append(say("extent-doubled", rows, n=len(rows)))
    ids = subject.column("block_id")
    if ids is not None:
        plain = hashable(ids)
        doubled = (plain.notna() & plain.duplicated(keep=False)).to_numpy()
        if doubled.any():
            values = few(plain[doubled].drop_duplicates())
            found.append(
                say("id-doubled", np.flatnonzero(doubled), column=few([ids.name]), values=values)
            )
    return found


def doubled_rows(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Say which rows repeat an earlier one, with its geometry, in everything but the index."""
    name = str(frame.active_geometry_name)
    shapes = frame.geometry.to_numpy()
    known = ~shapely.is_missing(shapes)
    plain = pd.DataFrame(frame.drop(columns=name)).astype(str)
    plain = plain.assign(**{name: shapely.to_wkb(shapes)})
    doubled: NDArray[np.bool_] = plain.duplicated().to_numpy() & known
    return doubled


def brands_of(subject: Subject, by: str | None) -> "pd.Series[Any] | None":
    """Return to which brand each row belongs, by position; null where nothing says."""
    if by is not None:
        values = subject.frame[by]
    else:
        columns = (subject.column("brand_id"), subject.column("brand"))
        found = next((column for column in columns if column is not None), None)
        if found is None:
            return None
        values = found
    return hashable(values)


def hashable(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return values by position, with lists and the like as text, so that they can be compared."""
    plain = values.reset_index(drop=True).astype(object)
    return plain.map(lambda value: value if isinstance(value, Hashable) else repr(value))


def neighbours(subject: Subject, ground: Ground, brands: "pd.Series[Any]") -> list[Finding]:
    """Find overlaps and gaps between the blocks of one brand."""
    usable = _usable(ground.metres) & brands.notna().to_numpy()
    codes = pd.factorize(brands)[0]
    rows = np.flatnonzero(usable & brands.duplicated(keep=False).to_numpy())
    left, right = _near_pairs(ground.metres[rows], codes[rows], subject.limits.gap_m)
    left, right = rows[left], rows[right]
    return [
        *_overlaps(subject, ground, brands, np.unique(np.concatenate([left, right]))),
        *_gaps(ground.metres, brands, (left, right), subject.limits.gap_m),
    ]


def _usable(shapes: Geometries) -> NDArray[np.bool_]:
    solid = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 - polygons
    usable: NDArray[np.bool_] = solid & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    return usable


def _near_pairs(
    shapes: Geometries, codes: NDArray[np.intp], gap_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of one brand that touch, overlap or nearly touch, each once."""
    tree = shapely.STRtree(shapes)
    boxes = shapely.bounds(shapes) + np.array([-gap_m, -gap_m, gap_m, gap_m])
    around = shapely.box(*boxes.T) if len(boxes) else np.array([], dtype=object)
    left, right = tree.query(around)
    mine = (left < right) & (codes[left] == codes[right])
    left, right = left[mine], right[mine]
    near = shapely.dwithin(shapes[left], shapes[right], gap_m)
    return left[near], right[near]


def _overlaps(
    subject: Subject, ground: Ground, brands: "pd.Series[Any]", rows: NDArray[np.intp]
) -> list[Finding]:
    """Tell by brand what :func:`parkgeo.overlap.pairs` finds between its rows."""
    if not len(rows):
        return []
    frame = gpd.GeoDataFrame({_ROW: rows}, geometry=ground.degrees.to_numpy()[rows], crs=CGCS2000)
    try:
        pairs = gpd.GeoDataFrame(overlap.pairs(frame, by=_ROW, geometry=True, adjacent=False))
    except ParkgeoError as error:
        return [say("invalid", rows, why=str(error))]
    mine = (brands.to_numpy()[pairs["left"]] == brands.to_numpy()[pairs["right"]]).astype(bool)
    pairs = pairs[mine]
    border_m = shapely.length(metres_of(pairs.geometry))
    width_m = 2 * pairs["overlap_km2"].to_numpy() * _M2_PER_KM2 / np.maximum(border_m, 1e-9)
    pairs = pairs.assign(brand=brands.to_numpy()[pairs["left"]], width_m=width_m)
    pairs = pairs[pairs["width_m"] >= _NOISE_M]
    thin = pairs["width_m"] < subject.limits.narrow_m
    return [
        say(
            code,
            np.unique(group[["left", "right"]].to_numpy()),
            place=places(group.geometry.to_numpy()),
            brand=few([brand]),
            n=len(group),
            area_mu=float(units.km2_to_mu(group["overlap_km2"].sum())),
        )
        for code, part in (("overlap-in-brand", pairs[~thin]), ("overlap-sliver", pairs[thin]))
        for brand, group in part.groupby("brand", sort=True)
    ]


def _gaps(
    metres: Geometries,
    brands: "pd.Series[Any]",
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
    gap_m: float,
) -> list[Finding]:
    """Find slits between rows that nearly touch, and narrow holes that rows leave between them."""
    left, right = pairs
    apart = ~shapely.intersects(metres[left], metres[right])
    lines = shapely.shortest_line(metres[left[apart]], metres[right[apart]])
    slits: dict[Hashable, list[Any]] = {}
    owners: dict[Hashable, set[int]] = {}
    names = brands.to_numpy()
    for a, b, line in zip(left[apart], right[apart], lines, strict=True):
        slits.setdefault(names[a], []).append(shapely.centroid(line))
        owners.setdefault(names[a], set()).update((int(a), int(b)))
    touching = np.unique(np.concatenate([left[~apart], right[~apart]]))
    for brand, rows in pd.Series(touching).groupby(names[touching]):
        holes = _new_holes(metres[rows.to_numpy()], gap_m)
        if len(holes):
            slits.setdefault(brand, []).extend(shapely.point_on_surface(holes))
            beside = shapely.intersects(metres[rows.to_numpy()][:, None], holes[None, :]).any(
                axis=1
            )
            owners.setdefault(brand, set()).update(rows.to_numpy()[beside].tolist())
    return [
        say(
            "gap-in-brand",
            sorted(owners[brand]),
            place=on_degrees(np.array(slits[brand], dtype=object)),
            brand=few([brand]),
            n=len(slits[brand]),
            limit=gap_m,
        )
        for brand in sorted(slits, key=str)
    ]


def _new_holes(shapes: Geometries, gap_m: float) -> Geometries:
    """Return narrow holes of the union that are no hole of any one row."""
    united = shapely.get_parts(shapely.union_all(shapes))
    rings, part = shapely.get_rings(united, return_index=True)
    holes: Any = shapely.polygons(rings[np.diff(part, prepend=-1) == 0])
    around_m = shapely.length(holes)
    narrow = holes[2 * shapely.area(holes) < gap_m * around_m]
    own = shapely.get_rings(shapely.get_parts(shapes))
    whole: Any = shapely.polygons(own)
    solid = {shape.wkb for shape in shapely.normalize(whole)}
    kept: Geometries = np.array(
        [hole for hole in narrow if shapely.normalize(hole).wkb not in solid], dtype=object
    )
    return kept

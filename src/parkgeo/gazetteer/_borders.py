"""Borders of administrative units as lines, each drawn once, with both neighbours."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo.errors import GeometryError, SchemaError, first_rows

__all__ = ["borders"]

_BESIDE_DEG: Final = 1e-6


def borders(
    polygons: gpd.GeoDataFrame, *, name: str = "name", source: str | None = None
) -> gpd.GeoDataFrame:
    """Draw the borders between administrative units, each stretch once.

    Published bounds run along borders: 余杭交界 is wherever Yuhang District meets another one. A
    stretch that two units share bears both names, so that it is found under either and under both.

    Parameters
    ----------
    polygons
        Districts, streets or villages in any CRS; nested levels (a city and its districts) may be
        mixed.
    name
        Column of their names.
    source
        Where they come from, for the ``source`` column.

    Returns
    -------
    A ``lines`` frame in EPSG:4490 of kind ``border``. ``left`` and ``right`` are the units on
    either side in the direction of the line, several joined by ``;``, null where there is none.
    ``name`` joins all of them with ``—``; ``other_names`` lists them with ``;``.

    Raises
    ------
    MissingCRSError
        The polygons do not say their CRS.
    SchemaError
        There is no such column of names, or one of them is null; the polygons are no frame.
    GeometryError
        A row is not a polygon, or is invalid.

    Notes
    -----
    Where two units do not meet exactly, each keeps its own line and the strip between is nobody's.

    Examples
    --------
    >>> from shapely import box
    >>> two = gpd.GeoDataFrame({"name": ["甲区", "乙区"]}, crs=4490,
    ...     geometry=[box(120, 30, 121, 31), box(121, 30, 122, 31)])
    >>> sorted(borders(two)["name"])
    ['乙区', '乙区—甲区', '甲区']
    """
    _check(polygons)
    names = _names(polygons, name)
    shapes = crs.to_geographic(polygons.geometry).to_numpy()
    network = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
    pieces = np.asarray(shapely.get_parts(network), object)
    left, right = _neighbours(pieces, shapes, names)
    every = [tuple(sorted({*one, *other})) for one, other in zip(left, right, strict=True)]
    return gpd.GeoDataFrame(
        {
            "name": ["—".join(both) for both in every],
            "kind": "border",
            "ref": None,
            "source": source,
            "other_names": [";".join(both) for both in every],
            "outline": True,
            "left": [";".join(one) or None for one in left],
            "right": [";".join(one) or None for one in right],
        },
        geometry=pieces,
        crs=crs.CGCS2000,
    ).loc[lambda frame: frame["name"] != ""]


def _check(polygons: gpd.GeoDataFrame) -> None:
    crs.require_crs(polygons, "polygons")
    shapes = polygons.geometry
    bad = ~shapes.geom_type.isin(["Polygon", "MultiPolygon"]) | ~shapes.is_valid | shapes.is_empty
    if bad.any():
        raise GeometryError(
            f"rows {first_rows(polygons.index[bad])} are not valid polygons; borders need whole, "
            "valid areas: repair or leave out these rows",
        )


def _names(polygons: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    """Return what the units are called; one without a name could be no neighbour of any."""
    columns = polygons.columns.tolist()
    if columns.count(name) != 1:
        found = "several columns" if name in columns else "no column"
        have = ", ".join(map(str, columns))
        raise SchemaError(f"{found} {name!r} of names; the columns are {have}; say name=…")
    nameless = polygons[name].isna().to_numpy()
    if nameless.any():
        raise SchemaError(
            f"column {name!r} is null in rows {first_rows(polygons.index[nameless])}; name these "
            "units, or leave them out",
        )
    return np.array([str(one) for one in polygons[name]], object)


def _neighbours(
    pieces: NDArray[np.object_], shapes: NDArray[np.object_], names: NDArray[np.object_]
) -> tuple[list[list[str]], list[list[str]]]:
    """Name the units to the left and right of each piece, without those that it runs inside of."""
    if len(pieces) == 0:
        return [], []
    sides = [_inside(points, shapes, len(pieces)) for points in _beside(pieces)]
    return (
        [sorted(set(names[list(one - other)])) for one, other in zip(*sides, strict=True)],
        [sorted(set(names[list(other - one)])) for one, other in zip(*sides, strict=True)],
    )


def _beside(pieces: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Put a point just to the left and one just to the right of the middle of each line."""
    length = shapely.length(pieces)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(pieces, length / 2 + step))
        for step in (-_BESIDE_DEG, _BESIDE_DEG)
    )
    along = after - before
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal *= _BESIDE_DEG / np.hypot(normal[:, 0], normal[:, 1])[:, None]
    middle = (before + after) / 2
    return np.asarray(shapely.points(middle + normal)), np.asarray(shapely.points(middle - normal))


def _inside(points: NDArray[np.object_], shapes: NDArray[np.object_], count: int) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(count)]
    for point, shape in zip(*shapely.STRtree(shapes).query(points, "within"), strict=True):
        found[point].add(int(shape))
    return found

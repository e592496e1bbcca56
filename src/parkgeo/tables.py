"""The schema of each frame, and the check that a frame keeps it.

A check looks at everything before it speaks: one :class:`~parkgeo.errors.SchemaError` lists each
fault with its column, what was found, in which rows, and what to do.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo.crs import CGCS2000, require_crs, require_lonlat
from parkgeo.errors import CRSMismatchError, SchemaError, first_rows
from parkgeo.model import Kind, Level, LineKind, Method

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = [
    "ENTERPRISE_COLUMNS",
    "LINE_COLUMNS",
    "PARCEL_COLUMNS",
    "PARK_COLUMNS",
    "Column",
    "validate_enterprises",
    "validate_lines",
    "validate_parcels",
    "validate_parks",
]

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_POLYGONS: Final = ("Polygon", "MultiPolygon")
_LINES: Final = ("LineString", "MultiLineString")
_POINTS: Final = ("Point",)
_NUMBERS: Final = ("number", "amount", "share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a schema.

    Parameters
    ----------
    name
        Name of the column.
    holds
        What its values are: text, a short ASCII name, a number above 0 in the unit that the name
        says, an amount (any finite number, losses and refunds below 0), a share from 0 to 1, or a
        day.
    nullable
        Whether a value may be missing in a complete frame.
    words
        The values that are allowed, where they are a closed set.
    required
        Whether a frame without the column is no frame of this schema at all.
    unique
        Whether no two rows may have the same value.
    """

    name: str
    holds: Literal["text", "slug", "number", "amount", "share", "date"] = "text"
    nullable: bool = True
    words: type[StrEnum] | None = None
    required: bool = False
    unique: bool = False


PARK_COLUMNS: Final = (
    Column(name="brand_id", holds="slug", nullable=False, required=True),
    Column(name="brand", nullable=False),
    Column(name="brand_en"),
    Column(name="block"),
    Column(name="level", nullable=False, words=Level),
    Column(name="kind", nullable=False, words=Kind),
    Column(name="administrator"),
    Column(name="approved_on", holds="date"),
    Column(name="document"),
    Column(name="stated_area_km2", holds="number"),
    Column(name="stated_area_text"),
    Column(name="method", words=Method),
    Column(name="accuracy_m", holds="number"),
    Column(name="four_bounds"),
    Column(name="source", nullable=False),
    Column(name="license", nullable=False),
)
"""Columns of the parks frame (园区), in their order; the index is ``block_id``."""

LINE_COLUMNS: Final = (
    Column(name="name"),
    Column(name="kind", nullable=False, words=LineKind, required=True),
    Column(name="ref"),
    Column(name="source"),
)
"""Columns of the lines frame, in their order; any index."""

PARCEL_COLUMNS: Final = (
    Column(name="parcel_id", nullable=False, required=True, unique=True),
    Column(name="class_code"),
    Column(name="class_system"),
    Column(name="area_m2", holds="number"),
    Column(name="status"),
    Column(name="district"),
    Column(name="far", holds="amount"),
    Column(name="density", holds="share"),
    Column(name="green_ratio", holds="share"),
    Column(name="output", holds="amount"),
    Column(name="tax", holds="amount"),
)
"""Columns of the parcels frame (宗地, 图斑), in their order; any index.

``far`` is the floor area ratio (容积率), ``density`` the share of the parcel that is built on
(建筑密度), ``green_ratio`` the share that is green (绿地率). A null ``class_code`` is no fault:
what is counted by class says how much of it there is.
"""

ENTERPRISE_COLUMNS: Final = (
    Column(name="enterprise_id", nullable=False, required=True, unique=True),
    Column(name="name", nullable=False),
    Column(name="industry_code"),
    Column(name="employment", holds="amount"),
    Column(name="output", holds="amount"),
    Column(name="tax", holds="amount"),
    Column(name="parcel_id"),
)
"""Columns of the enterprises frame (企业名录), in their order; any index."""


def validate_parks(parks: gpd.GeoDataFrame, *, complete: bool = False) -> gpd.GeoDataFrame:
    """Check a parks frame, and return it with every column in its place.

    A park (园区) is one block of one brand. Only the index ``block_id``, the column ``brand_id``
    and the geometry are needed; the other columns of :data:`PARK_COLUMNS` are added as nulls where
    they are missing. Values are never changed.

    Parameters
    ----------
    parks
        One row a block, index ``block_id``; polygons in EPSG:4490, or null where the extent is not
        known.
    complete
        Also ask that each column is there, and that those a reader relies on have no null.

    Returns
    -------
    A new frame: the columns of the schema in their order, further columns, then the geometry.

    Raises
    ------
    SchemaError
        Lists every fault: columns, types, values, ids, geometries.
    MissingCRSError, CRSMismatchError
        The geometry has no CRS, or one other than EPSG:4490, or coordinates that contradict it,
        such as latitude before longitude.

    Notes
    -----
    An invalid ring, a third dimension, and a geometry that is no polygon are faults;
    :func:`parkgeo.io.repair` mends rings.

    Examples
    --------
    >>> square = shapely.box(120.0, 30.0, 120.01, 30.01)
    >>> park = gpd.GeoDataFrame({"brand_id": ["zijingang"]}, geometry=[square], crs="EPSG:4490")
    >>> validate_parks(park.rename_axis("block_id"))
    Traceback (most recent call last):
    parkgeo.errors.SchemaError: parks: ...index block_id: ...
    """
    return _validate(
        parks, PARK_COLUMNS, what="parks", index="block_id", kinds=_POLYGONS, complete=complete
    )


def validate_lines(lines: gpd.GeoDataFrame, *, complete: bool = False) -> gpd.GeoDataFrame:
    """Check a lines frame, and return it with every column in its place.

    Lines are what four-bounds texts (四至) refer to: roads, rivers, railways, borders.

    Parameters
    ----------
    lines
        One row a line, any unique index; lines in EPSG:4490.
    complete
        Also ask that each column is there, and that ``kind`` has no null.

    Returns
    -------
    A new frame: the columns of the schema in their order, further columns, then the geometry.

    Raises
    ------
    SchemaError
        Lists every fault: columns, types, values, ids, geometries.
    MissingCRSError, CRSMismatchError
        The geometry has no CRS, or one other than EPSG:4490, or coordinates that contradict it,
        such as latitude before longitude.

    Examples
    --------
    >>> road = shapely.LineString([(120.0, 30.0), (120.1, 30.0)])
    >>> frame = gpd.GeoDataFrame({"kind": ["road"]}, geometry=[road], crs="EPSG:4490")
    >>> list(validate_lines(frame).columns)
    ['name', 'kind', 'ref', 'source', 'geometry']
    """
    return _validate(lines, LINE_COLUMNS, what="lines", index=None, kinds=_LINES, complete=complete)


def validate_parcels(parcels: gpd.GeoDataFrame, *, complete: bool = False) -> gpd.GeoDataFrame:
    """Check a parcels frame, and return it with every column in its place.

    A parcel (宗地, or 图斑 of a survey) is the smallest piece of ground with one use. Only
    ``parcel_id`` and the geometry are needed; the other columns of :data:`PARCEL_COLUMNS` are added
    as nulls where they are missing. Values are never changed.

    Parameters
    ----------
    parcels
        One row a parcel, any unique index; polygons in EPSG:4490, or null where the ground is not
        known. Codes are text: ``"0601"``, not 601.
    complete
        Also ask that each column is there.

    Returns
    -------
    A new frame: the columns of the schema in their order, further columns, then the geometry.

    Raises
    ------
    SchemaError
        Lists every fault: columns, types, values, ids that stand twice, geometries.
    MissingCRSError, CRSMismatchError
        The geometry has no CRS, or one other than EPSG:4490, or coordinates that contradict it,
        such as latitude before longitude.

    Notes
    -----
    ``area_m2`` is not compared with the geometry: the area in a deed may be another than that of
    the drawing. :func:`parkgeo.measure.area_m2` measures the drawing.

    Examples
    --------
    >>> square = shapely.box(120.0, 30.0, 120.01, 30.01)
    >>> frame = gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=[square], crs="EPSG:4490")
    >>> list(validate_parcels(frame).columns)[:4]
    ['parcel_id', 'class_code', 'class_system', 'area_m2']
    """
    return _validate(
        parcels, PARCEL_COLUMNS, what="parcels", index=None, kinds=_POLYGONS, complete=complete
    )


def validate_enterprises(
    enterprises: gpd.GeoDataFrame, *, complete: bool = False
) -> gpd.GeoDataFrame:
    """Check an enterprises frame, and return it with every column in its place.

    Enterprises (企业) are points with what is produced and paid there. Only ``enterprise_id`` and
    the geometry are needed; the other columns of :data:`ENTERPRISE_COLUMNS` are added as nulls
    where they are missing. Values are never changed.

    Parameters
    ----------
    enterprises
        One row an enterprise, any unique index; points in EPSG:4490, or null where the place is
        not known. ``parcel_id`` is that of the parcel on which it stands.
    complete
        Also ask that each column is there, and that ``name`` has no null.

    Returns
    -------
    A new frame: the columns of the schema in their order, further columns, then the geometry.

    Raises
    ------
    SchemaError
        Lists every fault: columns, types, values, ids that stand twice, geometries.
    MissingCRSError, CRSMismatchError
        As :func:`validate_parcels`.

    Examples
    --------
    >>> places = gpd.points_from_xy([120.0, 120.1], [30.0, 30.0], crs="EPSG:4490")
    >>> validate_enterprises(gpd.GeoDataFrame({"enterprise_id": ["a", "a"]}, geometry=places))
    Traceback (most recent call last):
    parkgeo.errors.SchemaError: enterprises: ...'a' stands in more than one row...
    """
    return _validate(
        enterprises,
        ENTERPRISE_COLUMNS,
        what="enterprises",
        index=None,
        kinds=_POINTS,
        complete=complete,
    )


def _validate(  # noqa: PLR0913 - one call for each schema
    frame: gpd.GeoDataFrame,
    columns: Sequence[Column],
    *,
    what: str,
    index: str | None,
    kinds: tuple[str, ...],
    complete: bool,
) -> gpd.GeoDataFrame:
    _require_geometry(frame, what=what)
    _require_cgcs2000(frame, what=what)
    tidy = _tidy(frame, columns)
    faults = [
        *_frame_faults(frame, columns, index=index, complete=complete),
        *_value_faults(
            tidy, [c for c in columns if c.name in frame], index=index, complete=complete
        ),
        *_geometry_faults(tidy.geometry, kinds=kinds),
    ]
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise SchemaError(f"{what}: {count}\n" + "\n".join(f"- {fault}" for fault in faults))
    return tidy


def _require_geometry(frame: object, *, what: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(
            f"{what}: found a {type(frame).__name__}, not a GeoDataFrame; read the file with "
            "parkgeo.read, or make one with geopandas.GeoDataFrame(frame, geometry=..., crs=...)",
        )
    if frame.active_geometry_name is None:
        raise SchemaError(f"{what}: the frame has no geometry; name it with set_geometry(...)")


def _require_cgcs2000(frame: gpd.GeoDataFrame, *, what: str) -> None:
    found = require_crs(frame, what)
    if found != CRS.from_user_input(CGCS2000):
        raise CRSMismatchError(
            f"{what} stand in {found.to_string()}, and the schema asks for EPSG:4490; convert them "
            "with parkgeo.crs.to_geographic(frame)",
        )
    require_lonlat(frame, what)


def _tidy(frame: gpd.GeoDataFrame, columns: Sequence[Column]) -> gpd.GeoDataFrame:
    """Put columns in their order, add the missing ones, and unify types that lose nothing."""
    geometry = frame.active_geometry_name
    own = [column.name for column in columns]
    further = [name for name in frame.columns if name not in {*own, geometry}]
    data = {
        column.name: _typed(frame[column.name], column)
        if column.name in frame and isinstance(frame[column.name], pd.Series)
        else _nulls(frame.index, column)
        for column in columns
    }
    tidy = pd.DataFrame(data, index=frame.index)
    if further:
        tidy = pd.concat([tidy, pd.DataFrame(frame[further])], axis=1)
    made = gpd.GeoDataFrame(tidy, geometry=gpd.GeoSeries(frame.geometry))
    made.attrs = dict(frame.attrs)
    return made


def _nulls(index: pd.Index, column: Column) -> pd.Series:
    numbers = dict.fromkeys(_NUMBERS, "float64")
    dtype = {**numbers, "date": "datetime64[us]"}.get(column.holds, "str")
    empty = np.nan if dtype != "datetime64[us]" else np.datetime64("NaT")
    return pd.Series(empty if dtype != "str" else None, index=index, dtype=dtype)


def _typed(values: pd.Series, column: Column) -> pd.Series:
    """Return the column with the dtype of the schema where that changes no value."""
    if values.isna().all():
        return _nulls(values.index, column)
    kinds = pd.api.types
    other = kinds.is_bool_dtype(values) or kinds.is_complex_dtype(values)
    if column.holds in _NUMBERS and kinds.is_numeric_dtype(values) and not other:
        return values.astype("float64")
    # As objects: what is mapped over categories stays a category, which has no all().
    if column.holds in {"text", "slug"} and values.dropna().astype(object).map(_is_text).all():
        return values.astype(object).where(values.notna(), None).astype("str")
    return values


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _frame_faults(
    frame: gpd.GeoDataFrame,
    columns: Sequence[Column],
    *,
    index: str | None,
    complete: bool,
) -> Iterator[str]:
    if len(frame) == 0:
        yield "the frame is empty; a frame needs at least one row"
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        yield f"columns: {', '.join(map(str, doubled))} stand twice; keep one of each"
    missing = [c.name for c in columns if (c.required or complete) and c.name not in frame]
    if missing:
        have = ", ".join(map(str, frame.columns))
        yield f"column {', '.join(missing)}: missing; the frame has {have}"
    if index is not None and frame.index.name != index:
        where = "it is a column" if index in frame else f"the index is called {frame.index.name!r}"
        yield f"index {index}: missing, {where}; use frame.set_index({index!r})"


def _value_faults(
    tidy: gpd.GeoDataFrame,
    columns: Sequence[Column],
    *,
    index: str | None,
    complete: bool,
) -> Iterator[str]:
    repeated = tidy.index[tidy.index.duplicated()].unique()
    if len(repeated):
        label = "index" if index is None else f"index {index}"
        yield (
            f"{label}: {first_rows(repeated)} stand more than once; a row needs a name of its own, "
            "for example brand_id with a number"
        )
    for column in columns:
        if column.unique:
            yield from _doubled(tidy[column.name])
    # By position, so that rows of one name are told apart.
    plain = pd.DataFrame(tidy[[column.name for column in columns]])
    named = index if index is not None and tidy.index.name == index else None
    with warnings.catch_warnings():
        # Pandera loads pyspark.pandas where that is installed, which then warns of pandas 3;
        # neither is used here.
        warnings.filterwarnings("ignore", "PySpark", FutureWarning)
        cases = _failure_cases(plain, columns, index=named, complete=complete)
    if cases is not None:
        yield from _messages(cases, plain)


def _failure_cases(
    plain: pd.DataFrame, columns: Sequence[Column], *, index: str | None, complete: bool
) -> pd.DataFrame | None:
    """Return what pandera finds wrong, if anything."""
    # Pandera is heavy, and only a validation needs it.
    import pandera.pandas as pa  # noqa: PLC0415

    schema = pa.DataFrameSchema(
        {column.name: _pandera_column(column, complete=complete) for column in columns},
        index=None if index is None else pa.Index(checks=_checks("slug"), name=index),
    )
    try:
        schema.validate(plain, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases: pd.DataFrame = found.failure_cases
        return cases
    return None


def _doubled(values: pd.Series) -> Iterator[str]:
    """Name the values that stand in several rows, and those rows."""
    doubled = (values.duplicated(keep=False) & values.notna()).to_numpy()
    if doubled.any():
        found, rows = values[doubled].drop_duplicates(), values.index[doubled]
        yield (
            f"column {values.name}: {first_rows(found)} {'stands' if len(found) == 1 else 'stand'} "
            f"in more than one row, {first_rows(rows)}; a row needs a value of its own: dissolve "
            "the parts of one, or drop what is doubled"
        )


def _pandera_column(column: Column, *, complete: bool) -> "pa.Column":
    import pandera.pandas as pa  # noqa: PLC0415

    nullable = column.nullable or not (complete or column.required)
    checks = _checks(column.holds)
    if column.words is not None:
        words = [word.value for word in column.words]
        checks.append(
            pa.Check.isin(words, error=f"is none of {', '.join(words)}; use one of these, in full"),
        )
    return pa.Column(None, checks=checks, nullable=nullable)


def _checks(holds: str) -> "list[pa.Check]":
    import pandera.pandas as pa  # noqa: PLC0415

    def check(test: Any, error: str) -> "pa.Check":  # noqa: ANN401 - pandera's own type
        return pa.Check(test, element_wise=True, error=error)

    match holds:
        case "slug":
            return [
                check(
                    lambda value: isinstance(value, str) and _SLUG.fullmatch(value) is not None,
                    "is no short ASCII name; use letters, digits, '.', '_' and '-' only",
                ),
            ]
        case "number":
            return [
                check(
                    lambda value: isinstance(value, float | int) and 0 < value < np.inf,
                    "is no finite number above 0; give a number in the unit of the column's name",
                ),
            ]
        case "amount":
            return [
                check(
                    lambda value: isinstance(value, float | int) and np.isfinite(value),
                    "is no finite number; give a number, and null where it is not known",
                ),
            ]
        case "share":
            return [
                check(
                    lambda value: isinstance(value, float | int) and 0 <= value <= 1,
                    "is no share from 0 to 1; divide percentages by 100",
                ),
            ]
        case "date":
            return [
                check(
                    lambda value: isinstance(value, pd.Timestamp),
                    "is no date; use pandas.to_datetime on the column",
                ),
            ]
        case _:
            return [
                check(
                    lambda value: isinstance(value, str) and value == value.strip() and value != "",
                    "is no text, empty, or has spaces around it; use text, and null where unknown",
                ),
            ]


def _messages(cases: pd.DataFrame, plain: pd.DataFrame) -> Iterator[str]:
    """Turn pandera's failure cases into one line a column and check."""
    remedies: Mapping[str, str] = {"not_nullable": "is null; this column must have a value"}
    for (context, column, check), group in cases.groupby(
        ["schema_context", "column", "check"], sort=False, dropna=False
    ):
        values = first_rows(group["failure_case"].drop_duplicates())
        rows = group["index"].tolist()
        where = f"index {plain.index.name}" if context == "Index" else f"column {column}"
        says = remedies.get(str(check), str(check))
        found = "a value" if check == "not_nullable" else values
        yield f"{where}: {found} {says}; rows {first_rows(rows)}"


def _geometry_faults(geometry: gpd.GeoSeries, *, kinds: tuple[str, ...]) -> Iterator[str]:
    shapes = geometry.to_numpy()
    known = ~shapely.is_missing(shapes)
    types = geometry.geom_type.to_numpy()
    wrong = known & ~np.isin(types, kinds)
    for kind in sorted(set(types[wrong])):
        rows = geometry.index[wrong & (types == kind)]
        yield (
            f"geometry: {kind} where {' or '.join(kinds)} belongs; take the parts that are meant "
            f"with explode(); rows {first_rows(rows)}"
        )
    faults = {
        "is empty; use null where the extent is not known": known & shapely.is_empty(shapes),
        "has a third dimension; drop it with shapely.force_2d": known & shapely.has_z(shapes),
    }
    for says, bad in faults.items():
        if bad.any():
            yield f"geometry: {says}; rows {first_rows(geometry.index[bad])}"
    invalid = known & ~wrong & ~shapely.is_valid(shapes)
    if invalid.any():
        reason = shapely.is_valid_reason(shapes[invalid][0])
        yield (
            f"geometry: invalid ({reason}); mend it with parkgeo.io.repair(frame), which reports "
            f"what changes; rows {first_rows(geometry.index[invalid])}"
        )


def __dir__() -> list[str]:
    return sorted(__all__)

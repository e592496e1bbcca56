"""Any file of zones as a parks frame."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs as _crs
from parkgeo.errors import GeometryError, SchemaError, first_rows
from parkgeo.io import _aliases
from parkgeo.io._files import read
from parkgeo.io._repair import check
from parkgeo.io._repair import repair as _repair
from parkgeo.tables import validate_parks

_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)")
_CUT_NAMES: Final = frozenset({".shp", ".zip"})


def read_parks(  # noqa: PLR0913 - each is a fact that a file may leave out
    path: str | Path,
    *,
    aliases: Mapping[str, str | None] | None = None,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    repair: bool = False,
) -> gpd.GeoDataFrame:
    """Read development zones (开发区/园区) of any file as a parks frame.

    Columns and values in Chinese are understood (园区名称, 级别, 批准面积(公顷), 国家级 …), areas
    are turned into km² and kept as published, days are read, and the geometry is brought to
    EPSG:4490.

    Parameters
    ----------
    path
        A file that :func:`read` knows.
    aliases
        What further columns mean, for example ``{"地盘名": "brand"}``; it wins over the table of
        the package. ``"stated_area_ha"`` (or ``_km2``, ``_mu``, ``_m2``) also names the unit of an
        area. Null leaves a column as it is.
    crs, datum, encoding, layer
        As for :func:`read`.
    repair
        Mend invalid rings as :func:`parkgeo.io.repair` does; what changed stands in
        ``attrs["repairs"]``.

    Returns
    -------
    A frame of the parks schema (:data:`parkgeo.tables.PARK_COLUMNS`), further columns after its
    own. Index ``block_id``. Where the file has no ids, ``brand_id`` is ``b`` and eight hexadecimal
    digits of the SHA-256 of the brand's name, and ``block_id`` is made of ``brand_id`` and, where a
    brand has several rows, their number in the order of the file.

    Raises
    ------
    GeometryError
        Rings are invalid and ``repair`` is false; names the rows.
    AmbiguousNameError
        Two columns mean the same, or a name cut at ten bytes may mean several things.
    UnknownNameError
        An alias names a column that is not there.
    SchemaError
        Names neither brands nor ids, or breaks the schema; lists every fault.
    MissingCRSError, CRSMismatchError, FileNotFoundError
        As for :func:`read`; also where coordinates contradict the CRS.

    Notes
    -----
    Heights are dropped, as an extent has none; ``attrs["dropped_heights"]`` names the rows.

    Examples
    --------
    >>> import tempfile, parkgeo as pg
    >>> zone = gpd.GeoDataFrame({"园区名称": ["紫金港科技城"], "规划面积(平方公里)": [21.0]},
    ...                         geometry=[shapely.box(120.0, 30.3, 120.1, 30.4)], crs="EPSG:4490")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pg.read_parks(pg.write(zone, f"{folder}/a.gpkg"))["stated_area_km2"].item()
    21.0
    """
    path = Path(path)
    frame = read(path, crs=crs, datum=datum, encoding=encoding, layer=layer)
    if not len(frame):
        raise SchemaError(f"{path.name} has no rows; a parks frame needs at least one")
    _crs.require_lonlat(frame, path.name)
    attrs: dict[Any, Any] = dict(frame.attrs)
    if frame.index.name is not None or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    named = _named(frame, aliases, cut=path.suffix.casefold() in _CUT_NAMES)
    drawn, notes = shaped(named, path.name, mend=repair)
    identified = _identified(drawn)
    made = gpd.GeoDataFrame(_crs.to_geographic(identified))
    made.attrs = attrs | notes
    try:
        return validate_parks(made)
    except SchemaError as error:
        if "block_id" in drawn:
            raise
        raise SchemaError(f"{error}{_legend(str(error), made)}") from error


def _named(
    frame: gpd.GeoDataFrame,
    aliases: Mapping[str, str | None] | None,
    *,
    cut: bool,
) -> gpd.GeoDataFrame:
    """Give columns and values the names of the schema."""
    geometry = str(frame.active_geometry_name)
    names = [str(name) for name in frame.columns if name != geometry]
    meanings = _aliases.renamed(names, aliases, cut=cut)
    made = frame.rename(
        columns={name: target for name, (target, _) in meanings.items() if target != _aliases.AREA}
    )
    for name, (target, unit) in meanings.items():
        if target == _aliases.AREA and not _is_own_area(frame, name):
            km2, text = _aliases.stated_area(frame[name], unit)
            made = made.drop(columns=name).assign(stated_area_km2=km2)
            if "stated_area_text" not in made:
                made = made.assign(stated_area_text=text)
    for column in ("level", "kind", "method"):
        if column in made:
            made[column] = _aliases.with_words(made[column], column)
    if "approved_on" in made:
        own = {target: name for name, (target, _) in meanings.items()}
        made["approved_on"] = _days(made["approved_on"], own.get("approved_on", "approved_on"))
    for column in ("block_id", "brand_id", "brand", "block", "document"):
        if column in made:
            made[column] = _texts(made[column])
    return gpd.GeoDataFrame(made, geometry=geometry)


def _is_own_area(frame: gpd.GeoDataFrame, name: str) -> bool:
    return name == "stated_area_km2" and pd.api.types.is_numeric_dtype(frame[name])


def _texts(values: pd.Series) -> pd.Series:
    """Turn whole numbers that stand for names (地块编号 12) into text; trim and empty to null."""
    if pd.api.types.is_integer_dtype(values):
        return values.astype("str").where(values.notna(), None)
    trimmed = values.map(lambda value: value.strip() or None if isinstance(value, str) else value)
    return trimmed.where(trimmed.notna(), None)


def _days(values: pd.Series, called: str) -> pd.Series:
    """Read days as offices write them: 2021-1-2, 2021/01/02, 2021年1月2日, 20210102."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    parsed = values.map(_day, na_action="ignore")
    bad = values.index[values.notna() & parsed.isna()]
    if len(bad):
        raise SchemaError(
            f"column {called}: {first_rows(values[bad])} is no day such as 2021-01-02 or "
            f"2021年1月2日; rows {first_rows(bad)}; correct it, or leave the column out with "
            f"aliases={{{called!r}: None}}",
        )
    return pd.Series(pd.to_datetime(parsed.astype(object)), index=values.index)


def _day(value: object) -> pd.Timestamp | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = _DAY.fullmatch(str(value).strip())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return None


def shaped(
    frame: gpd.GeoDataFrame,
    name: str,
    *,
    mend: bool,
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Drop heights, and mend or refuse invalid rings."""
    notes: dict[str, Any] = {}
    shapes = frame.geometry.to_numpy()
    high = shapely.has_z(shapes)
    if high.any():
        notes["dropped_heights"] = frame.index[high].tolist()
        flat = gpd.GeoSeries(shapely.force_2d(shapes), index=frame.index, crs=frame.crs)
        frame = frame.assign(**{str(frame.active_geometry_name): flat})
    faults = check(frame)
    if not len(faults):
        return frame, notes
    if not mend:
        first = faults.iloc[0]
        raise GeometryError(
            f"{name}: invalid rings in rows {first_rows(faults['row'])} (the first: "
            f"{first['reason']} at {first['location']}); read with repair=True to mend them and "
            "see attrs['repairs'], or read with parkgeo.read and look at parkgeo.io.check(frame)",
        )
    frame, report = _repair(frame)
    places = report["location"].to_wkt()
    table = pd.DataFrame(report.drop(columns="location")).assign(location=places)
    notes["repairs"] = table.to_dict("records")
    return frame, notes


def _identified(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make ids where the file has none; never where it has some."""
    if "brand_id" not in frame:
        brand = frame.get("brand")
        if brand is None:
            have = ", ".join(name for name in frame.columns if name != frame.active_geometry_name)
            raise SchemaError(
                f"no column names the brands; found {have or 'none'}; say which does with "
                "aliases={'its name': 'brand'}",
            )
        missing = frame.index[brand.isna()]
        if len(missing):
            raise SchemaError(
                f"column brand: null in rows {first_rows(missing)}, and there is no brand_id; name "
                "each brand",
            )
        frame = frame.assign(brand_id=[_slug(str(one)) for one in brand])
    if "block_id" not in frame:
        number = frame.groupby("brand_id", dropna=False).cumcount() + 1
        several = frame["brand_id"].duplicated(keep=False)
        ids = frame["brand_id"].astype(object)
        frame = frame.assign(block_id=np.where(several, ids + "-" + number.astype(str), ids))
    return frame.set_index("block_id")


def _legend(message: str, made: gpd.GeoDataFrame) -> str:
    """Say which rows of the file the ids in a message are, where the ids are of our own making."""
    meant = [
        f"{label!r} is row {row}" + ("" if pd.isna(brand) else f" ({brand})")
        for row, (label, brand) in enumerate(
            zip(made.index, made.get("brand", made["brand_id"]), strict=True)
        )
        if repr(label) in message
    ]
    return f"\n(the file has no block_id: {'; '.join(meant)})" if meant else ""


def _slug(brand: str) -> str:
    return "b" + hashlib.sha256(brand.encode()).hexdigest()[:8]

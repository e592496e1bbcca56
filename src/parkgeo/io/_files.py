"""Read and write by suffix, with the datum declared and never guessed."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.crs import DATUMS, require_crs, set_datum
from parkgeo.errors import (
    CRSMismatchError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
    first_rows,
)
from parkgeo.io import _atomic, _geojson, _parquet, _shapefile, _txt, _vector

_READABLE: Final = (
    ".parquet, .geoparquet, .gpkg, .geojson, .json, .shp, .zip, .txt, .fgb and .osm.pbf"
)
_LAYERED: Final = frozenset({".gpkg", ".pbf", ".zip"})
_WRITABLE: Final = ".parquet, .geoparquet, .gpkg, .geojson, .json, .shp, .zip and .txt"
_TABLES: Final = frozenset({".csv", ".tsv", ".xls", ".xlsx", ".ods"})


def read(  # noqa: PLR0913 - each is a fact that a file may leave out
    path: str | Path,
    *,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    columns: Sequence[str] | None = None,
) -> gpd.GeoDataFrame:
    """Read a vector file of any format that parkgeo knows, as it is.

    The format is told by the suffix. What :func:`write` wrote comes back as it was: values, dtypes,
    nulls, index, CRS and ``attrs``. Nothing is repaired, reprojected or renamed.

    Parameters
    ----------
    path
        GeoParquet, GeoPackage, GeoJSON, Shapefile (or a zip that holds one), 界址点 TXT, FlatGeobuf
        or OSM PBF.
    crs
        The CRS of the coordinates, where the file does not say it.
    datum
        ``"wgs84"``, ``"cgcs2000"``, ``"gcj02"`` or ``"bd09"``: the datum of coordinates in
        degrees, where the file does not say it, or says WGS 84 or CGCS2000 for want of a better
        name (see :func:`parkgeo.crs.set_datum`).
    encoding
        Encoding of the text, where the file does not say it.
    layer
        Name of the layer, where the file has several.
    columns
        Read only these columns and the geometry.

    Returns
    -------
    The rows of the file, in its own CRS.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    MissingCRSError
        The file does not say its CRS, and neither does the call.
    CRSMismatchError
        The file says another CRS than the call.
    SchemaError
        The file is cut off, damaged, in another encoding, or of an unknown format.

    Notes
    -----
    A file without rows gives an empty frame. Curves in a GeoPackage come as lines of many points.
    A field called ``geometry`` becomes ``geometry_1``, since the shapes have that name.

    Examples
    --------
    >>> import tempfile, shapely
    >>> frame = gpd.GeoDataFrame({"名称": ["甲"]}, geometry=[shapely.Point(120, 30)], crs=4490)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read(write(frame, Path(folder, "a.gpkg"))).loc[0, "名称"]
    '甲'
    """
    path = Path(path)
    _require_file(path)
    declared = _declared(crs, datum)
    suffix = _suffix(path)
    if layer is not None and suffix not in _LAYERED:
        raise SchemaError(f"{suffix} has no layers; leave layer= out")
    try:
        frame = _content(path, layer=layer, encoding=encoding, declared=declared is not None)
    except MemoryError:
        # Arrow's own is of the kind of its other errors, and says nothing about the file.
        raise
    except _vector.DAMAGE as error:
        raise _vector.broken(path, error) from error
    if columns is not None:
        frame = _selected(frame, columns, path)
    if datum is not None:
        return set_datum(frame, datum, path.name)
    return _with_crs(frame, declared, path, weak=suffix in {".geojson", ".json"})


def _require_file(path: Path) -> None:
    if _suffix(path) == ".shp":
        _atomic.settle(path)
    if path.is_dir():
        raise SchemaError(f"{path.name} is a folder; name a file, or export its layers to .gpkg")
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}; look for a typing error in the path")


def _content(
    path: Path,
    *,
    layer: str | None,
    encoding: str | None,
    declared: bool,
) -> gpd.GeoDataFrame:
    match _suffix(path):
        case ".geojson" | ".json":
            return _geojson.read(path, encoding=encoding)
        case ".shp":
            return _shapefile.read(path, encoding=encoding)
        case ".zip":
            with _shapefile.unzipped(path, layer) as inner:
                return _shapefile.read(inner, encoding=encoding)
        case ".txt":
            return _txt.read(path, encoding=encoding, declared=declared)
        case ".parquet" | ".geoparquet" as suffix:
            _require_utf8(suffix, encoding)
            return _parquet.read(path)
        case ".gpkg" | ".fgb" | ".pbf" as suffix:
            _require_utf8(suffix, encoding)
            return _vector.read(path, layer=layer)
    other = _other_way_in(_suffix(path))
    raise SchemaError(f"{path.name} has no suffix that parkgeo reads: {_READABLE}; {other}")


def _other_way_in(suffix: str) -> str:
    if suffix in _TABLES:
        return (
            "a table is read by pandas, and its columns of coordinates become points with "
            "geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table['lon'], "
            "table['lat']), crs=…)"
        )
    return "where geopandas.read_file reads it, write it as .gpkg first"


def _require_utf8(suffix: str, encoding: str | None) -> None:
    if encoding is not None and encoding.casefold() not in {"utf-8", "utf8"}:
        raise SchemaError(f"{suffix} is always UTF-8; leave encoding= out")


def write(
    frame: gpd.GeoDataFrame,
    path: str | Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    overwrite: bool = True,
) -> Path:
    """Write a frame so that :func:`read` gives it back, or write nothing.

    The file is made beside its place and moved into it when it is whole: a write that fails, or is
    killed, leaves the old file as it was. A symbolic link is replaced itself, not what it points
    at. ``frame.attrs`` goes into the file, and with it the provenance.

    Parameters
    ----------
    frame
        Any frame with one geometry column and a CRS.
    path
        Where to; the suffix tells the format.
    layer
        Name of the layer of a GeoPackage; the name of the file where none is given.
    encoding
        ``"UTF-8"`` or ``"GBK"``, for Shapefile and TXT.
    overwrite
        Whether a file that is there is replaced.

    Returns
    -------
    The path.

    Raises
    ------
    FileNotFoundError, FileExistsError
        The folder is not there; the file is there and ``overwrite`` is false.
    MissingCRSError
        The frame has no CRS.
    SchemaError
        The frame holds what the format cannot keep; the message names a format that can.

    Examples
    --------
    >>> import tempfile, shapely
    >>> frame = gpd.GeoDataFrame(geometry=[shapely.Point(120, 30)], crs="EPSG:4490")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(frame, Path(folder, "a.parquet")).name
    'a.parquet'
    """
    path = Path(path)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise SchemaError(
            f"write needs a GeoDataFrame with a geometry, not a {type(frame).__name__}; write "
            "other tables with their own to_csv or to_parquet",
        )
    require_crs(frame, "the frame to write")
    suffix = _suffix(path)
    make = _writer(suffix, layer=layer or path.stem, encoding=encoding)
    if layer is not None and suffix != ".gpkg":
        raise SchemaError(f"{suffix} has no layers; leave layer= out, or write .gpkg")
    _atomic.require_writable(path, overwrite=overwrite)
    with _atomic.scratch(path) as folder:
        # GDAL makes a.shp of a.SHP too.
        made = folder / (path.with_suffix(suffix).name if suffix == ".shp" else path.name)
        try:
            make(frame, made)
        except (*_vector.GDAL_ERRORS, SchemaError) as error:
            # Where the disk is full, GDAL speaks of transactions and objects, or says nothing, and
            # shapes are not what they were.
            _atomic.require_space(folder)
            if isinstance(error, SchemaError):
                raise
            raise SchemaError(
                f"{path.name} cannot be written: {error}; what was there before is as it was, and "
                f"{_atomic.free_mb(folder)} MB are free: free some if that is little, or write "
                "another format",
            ) from error
        if suffix == ".shp":
            _atomic.publish_all(folder, path, parts=_shapefile.PARTS, stale=_shapefile.STALE)
        else:
            _atomic.publish(made, path)
    return path


def _suffix(path: Path) -> str:
    return path.suffix.casefold()


def _writer(
    suffix: str,
    *,
    layer: str,
    encoding: str | None,
) -> Callable[[gpd.GeoDataFrame, Path], None]:
    match suffix:
        case ".shp":
            return partial(_shapefile.write, encoding=encoding)
        case ".zip":
            return partial(_shapefile.write_zip, encoding=encoding)
        case ".txt":
            return partial(_txt.write, encoding=encoding)
    _require_utf8(suffix, encoding)
    match suffix:
        case ".parquet" | ".geoparquet":
            return _parquet.write
        case ".geojson" | ".json":
            return _geojson.write
        case ".gpkg":
            return partial(_vector.write_gpkg, layer=layer)
    table = (
        "; a table is written by pandas: frame.drop(columns='geometry').to_csv(path, "
        "encoding='utf-8-sig')"
    )
    raise SchemaError(
        f"{suffix or 'no suffix'} is nothing that parkgeo writes: {_WRITABLE}"
        f"{table if suffix in _TABLES else ''}",
    )


def _selected(frame: gpd.GeoDataFrame, columns: Sequence[str], path: Path) -> gpd.GeoDataFrame:
    geometry = str(frame.active_geometry_name)
    have = [name for name in frame.columns if name != geometry]
    missing = [name for name in columns if name not in have]
    if missing:
        raise SchemaError(
            f"{path.name} has no column {first_rows(missing)}; it has {', '.join(have) or 'none'}",
        )
    return gpd.GeoDataFrame(frame[[*columns, geometry]])


def _declared(crs: object, datum: str | None) -> CRS | None:
    """Return the CRS that the call says; refuse words that say nothing before any file is read."""
    if crs is not None and datum is not None:
        raise SchemaError("crs= and datum= both say the CRS; give one of them")
    if datum not in {None, *DATUMS}:
        raise UnknownNameError(f"unknown datum {datum!r}; use one of {', '.join(DATUMS)}")
    if crs is None:
        return None
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise UnknownNameError(
            f"PROJ knows no CRS {crs!r}; name one such as 'EPSG:4490' for degrees, or 'EPSG:4549' "
            "for metres in the zone of 120° E",
        ) from error


def _with_crs(
    frame: gpd.GeoDataFrame,
    declared: CRS | None,
    path: Path,
    *,
    weak: bool,
) -> gpd.GeoDataFrame:
    """Give the frame the declared CRS; WGS84 is weak where it stands for "not said"."""
    found = frame.crs
    if declared is None:
        if found is None:
            raise MissingCRSError(
                f"{path.name} does not say its CRS; name it with crs='EPSG:4490' or another, or "
                "the datum with datum='gcj02' or another",
            )
        return frame
    # OGC:CRS84 and EPSG:4326 differ in the order of axes alone, and x is the longitude in both.
    if (
        found is None
        or found.equals(declared, ignore_axis_order=True)
        or (weak and found == DATUMS["wgs84"])
    ):
        return frame.set_crs(declared, allow_override=True)
    raise CRSMismatchError(
        f"{path.name} says it stands in {_called(found)}, and the call says "
        f"{_called(declared)}; leave crs= out, or correct the file",
    )


def _called(crs: CRS) -> str:
    authority = crs.to_authority()
    return crs.name if authority is None else ":".join(authority)

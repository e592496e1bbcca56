"""GeoPackage, FlatGeobuf and OSM PBF, through GDAL and Arrow."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError
from pyproj.exceptions import ProjError

from parkgeo.errors import SchemaError
from parkgeo.io import _codec, _pbf
from parkgeo.io._columns import dump_json

GDAL_ERRORS = (CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError)
DAMAGE = (
    *GDAL_ERRORS,
    pa.ArrowException,
    shapely.errors.ShapelyError,
    ProjError,
    UnicodeError,
    RecursionError,
    OverflowError,
    # pyogrio, of a CRS that GDAL cannot spell.
    UnboundLocalError,
)
"""What libraries say about bytes that are not what they should be."""
_KEY = "parkgeo"


def write_gpkg(frame: gpd.GeoDataFrame, path: Path, *, layer: str) -> None:
    """Write a GeoPackage with the manifest in its layer metadata."""
    encoded = _codec.encode(frame, reserved=["fid"])
    pyogrio.write_arrow(
        encoded.with_geometry(),
        path,
        layer=layer,
        driver="GPKG",
        geometry_name=_codec.GEOMETRY,
        geometry_type="Unknown",
        crs=None if encoded.crs is None else encoded.crs.to_wkt(),
        layer_metadata={_KEY: dump_json(encoded.manifest)},
    )
    # On a disk that fills up at the end, GDAL leaves the index out and says nothing.
    info = pyogrio.read_info(path, layer=layer)
    if info["features"] != len(frame) or not info["capabilities"]["fast_spatial_filter"]:
        raise DataLayerError("GDAL left out rows, or the spatial index")


def read(path: Path, *, layer: str | None) -> gpd.GeoDataFrame:
    """Read one layer of any vector file that GDAL knows."""
    if path.suffix.casefold() == ".pbf":
        _pbf.require_whole(path)
    layer = _layer(path, layer)
    try:
        info = pyogrio.read_info(path, layer=layer)
        notes = (info["layer_metadata"] or {}).get(_KEY)
        meta, table = pyogrio.read_arrow(path, layer=layer)
    except (*GDAL_ERRORS, OSError) as error:
        raise broken(path, error) from error
    if 0 <= info["features"] != table.num_rows:
        raise broken(path, f"{table.num_rows} rows of {info['features']}")
    manifest = _codec.manifest_from(notes, what=path.name)
    geometry = meta["geometry_name"] or "wkb_geometry"
    if geometry not in table.column_names:
        raise SchemaError(
            f"layer {layer!r} of {path.name} has no geometry; read it with pyogrio.read_dataframe",
        )
    shapes = _shapes(path, table, geometry, layer)
    return _codec.decode(table.drop_columns(geometry), shapes, crs=meta["crs"], manifest=manifest)


def read_shapes(path: Path) -> tuple[Any, str | None]:
    """Read the geometries of a file of one layer, and its CRS as the file says it."""
    try:
        # Columns are not wanted, but their names are decoded: as Latin-1 any bytes are names.
        meta, table = pyogrio.read_arrow(path, columns=[], encoding="ISO-8859-1")
    except GDAL_ERRORS as error:
        raise broken(path, error) from error
    geometry = meta["geometry_name"] or "wkb_geometry"
    return _shapes(path, table, geometry, None), meta["crs"]


def _shapes(path: Path, table: pa.Table, geometry: str, layer: str | None) -> Any:  # noqa: ANN401
    """Return the geometries; curves (弧段) as GDAL draws them, with a vertex every 4°."""
    try:
        return shapely.from_wkb(np.asarray(table[geometry].to_pylist(), dtype=object))
    except NotImplementedError:
        # Arrow hands curves on as they are; GDAL's older way makes lines of them.
        return shapely.from_wkb(pyogrio.raw.read(path, layer=layer, columns=[])[2])
    except shapely.errors.ShapelyError as error:
        raise broken(path, error) from error


def _layer(path: Path, layer: str | None) -> str:
    try:
        layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    except GDAL_ERRORS as error:
        raise broken(path, error) from error
    if not layers:
        raise SchemaError(f"{path.name} has no layers; write it again")
    # QGIS keeps its styles as a table beside the layers.
    names = [name for name, kind in layers if kind is not None] or [layers[0][0]]
    if layer is None and len(names) > 1:
        raise SchemaError(f"{path.name} has layers {', '.join(names)}; name one with layer=")
    if layer is not None and layer not in names:
        raise SchemaError(f"{path.name} has no layer {layer!r}; it has {', '.join(names)}")
    return layer or names[0]


def broken(path: Path, error: object) -> SchemaError:
    """Say that a file cannot be read, in words that name the file and the remedy."""
    reason = str(error).split(";")[0].replace(str(path), path.name).split(" failed: ")[-1][:200]
    return SchemaError(
        f"{path.name} cannot be read ({reason}); it is cut off, damaged, or not what its suffix "
        "says: fetch or write it again",
    )

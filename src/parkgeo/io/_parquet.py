"""GeoParquet: every dtype as it is; only what Arrow has no type for goes as JSON text."""

from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from parkgeo.errors import SchemaError
from parkgeo.io import _codec
from parkgeo.io._columns import dump_json

_KEY = "parkgeo"
_UNREADABLE = (
    pa.ArrowException,
    OSError,
    NotImplementedError,
    shapely.errors.ShapelyError,
    # What geopandas and pandas make of metadata of another form.
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
)


def write(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet 1.1 with the manifest among the attributes of the frame."""
    encoded = _codec.encode(frame, reserved=["bbox"])
    plain = gpd.GeoDataFrame(
        encoded.table.to_pandas(types_mapper=_nullable),
        geometry=gpd.GeoSeries(encoded.shapes),
        crs=frame.crs,
    ).rename_geometry(_codec.GEOMETRY)
    plain.attrs = {_KEY: dump_json(encoded.manifest)}
    plain.to_parquet(path, index=False, compression="zstd", write_covering_bbox=True)


def _nullable(kind: pa.DataType) -> object:
    """Keep whole numbers and truth values as they are where some are missing."""
    import pandas as pd  # noqa: PLC0415

    if pa.types.is_integer(kind):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if pa.types.is_boolean(kind) else None


def read(path: Path) -> gpd.GeoDataFrame:
    """Read GeoParquet of any maker; what parkgeo wrote comes back as it was."""
    try:
        pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SchemaError(
            f"{path.name} is no whole Parquet file ({error}); fetch or write it again",
        ) from error
    try:
        found = gpd.read_parquet(path)
    except MemoryError:
        raise
    except _UNREADABLE as error:
        raise SchemaError(
            f"{path.name} cannot be read: {repr(error)[:200]}; write it again"
        ) from error
    except ValueError as error:
        raise SchemaError(
            f"{path.name} is Parquet without geometry ({error}); read it with pandas.read_parquet",
        ) from error
    manifest = _codec.manifest_from(found.attrs.get(_KEY), what=path.name)
    if manifest is None:
        return found
    return _codec.decode(
        found.drop(columns=found.active_geometry_name),
        found.geometry.to_numpy(),
        crs=found.crs,
        manifest=manifest,
    )

"""Files that cannot be read, and options that no file can answer."""

import threading
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import parkgeo as pg
from parkgeo import concentration
from parkgeo.concentration import _stream
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda d, _: d / "none.parquet", FileNotFoundError, "no file"),
        (lambda d, _: d, SchemaError, "holds no file that can be read piece by piece"),
        (lambda d, f: _damaged(f, d / "a.parquet"), SchemaError, "a.parquet cannot be read"),
        (lambda d, f: _damaged(f, d / "a.gpkg"), SchemaError, "a.gpkg cannot be read"),
        (lambda d, f: pg.write(f, d / "a.zip"), SchemaError, "cannot be read piece by piece"),
        (lambda d, f: _plain(f, d / "a.parquet"), SchemaError, "Parquet without geometry"),
        (lambda d, f: _mixed(f, d), SchemaError, "holds .gpkg, .parquet; parcels need files of"),
        (lambda *_: [], SchemaError, "the list of files is empty"),
        (lambda *_: [1, 2], SchemaError, "must be a GeoDataFrame or paths of files, not a list"),
    ],
)
def test_files_that_cannot_be_read(  # noqa: PLR0913, PLR0917
    land: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    tmp_path: Path,
    make: object,
    error: type[Exception],
    says: str,
) -> None:
    path = make(tmp_path, land.iloc[:50])  # type: ignore[operator]
    with pytest.raises(error, match=says):
        concentration.ratio(path, parks)


def _damaged(frame: gpd.GeoDataFrame, path: Path) -> Path:
    pg.write(frame, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _plain(frame: gpd.GeoDataFrame, path: Path) -> Path:
    pd.DataFrame(frame.drop(columns="geometry")).to_parquet(path)
    return path


def _mixed(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    pg.write(frame, folder / "a.parquet")
    pg.write(frame, folder / "a.gpkg")
    return folder


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ({"by": "county"}, UnknownNameError, "no column 'county'"),
        ({"weight": "output"}, SchemaError, "a.parquet has no column output"),
        ({"where": {"status": "built"}}, SchemaError, "a.parquet has no column status"),
        ({"where": pd.Series([True])}, SchemaError, "where must be a mapping"),
        ({"batch_rows": 0}, SchemaError, "batch_rows must be 1 or more"),
        ({"reading": {"crs": "EPSG:4549"}}, CRSMismatchError, "a.parquet says it stands in"),
        ({"reading": {"columns": []}}, SchemaError, "reading says columns; it takes crs"),
        ({"weight": "parcel_id"}, SchemaError, "found 'p0', 'p1'.* in rows 0, 1"),
    ],
)
def test_bad_options(
    stored: Path,
    parks: gpd.GeoDataFrame,
    how: dict[str, object],
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        concentration.ratio(stored, parks, **how)


def test_bad_geometry_is_named_by_its_row_in_the_file(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    bow_tie = shapely.Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])
    bad = land.geometry.to_numpy().copy()
    bad[777] = bow_tie
    land.set_geometry(gpd.GeoSeries(bad, crs=4490)).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(GeometryError, match="invalid geometries .* in rows 777;"):
        concentration.ratio(tmp_path / "a.parquet", parks, batch_rows=100)


def test_a_file_without_rows_has_no_ratio(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    land.iloc[:0].to_parquet(tmp_path / "a.parquet")
    row = concentration.ratio(tmp_path / "a.parquet", parks, classes="06").iloc[0]
    assert row["total"] == 0
    assert np.isnan(row["ratio"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_what_stops_a_run_leaves_no_thread(
    stored: Path,
    parks: gpd.GeoDataFrame,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    """At its third batch, when others are read and worked on."""
    answer, batches = _stream.sums_of, iter(range(2))

    def breaking(*args: object, **options: object) -> object:
        if next(batches, None) is None:
            raise error
        return answer(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(_stream, "sums_of", breaking)
    with pytest.raises(error):
        concentration.ratio(stored, parks, batch_rows=50)
    assert not [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


def test_files_options_are_not_for_frames(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(SchemaError, match="are for parcels of files"):
        concentration.ratio(land, parks, checkpoint="a.checkpoint")

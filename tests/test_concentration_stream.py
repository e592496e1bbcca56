"""Parcels of files: the answer of a frame in memory, whatever the format and the batches."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from strategies import on_ground

import parkgeo as pg
from parkgeo import concentration, crs
from parkgeo.concentration._batches import source_of
from parkgeo.concentration._stream import fingerprint_of
from parkgeo.errors import (
    AmbiguousNameError,
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.io._layers import open_layer

N = 900


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(5000, 0, 6000, 1000)]
    return gpd.GeoDataFrame(
        {"brand": ["A", "B", "C"], "accuracy_m": [5.0, 20.0, 0.0]},
        geometry=on_ground(shapes),
        crs=4490,
    )


@pytest.fixture(scope="module")
def land() -> gpd.GeoDataFrame:
    """Squares of 150 m on a raster of 200 m; two ids double, some classes and towns unknown."""
    rng = np.random.default_rng(5)
    side = 200 * np.arange(30)
    corners = [(x, y) for x in side for y in side]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"p{i % (N - 2)}" for i in range(N)],
            "class_code": rng.choice(["0601", "0602", "07", None], N),
            "town": rng.choice(["余杭", "萧山", None], N),
            "tax": np.round(rng.random(N) * 10, 3),
            "built": pd.to_datetime(rng.choice(["2019-01-01", "2024-05-06"], N)),
        },
        geometry=on_ground([box(x, y, x + 150, y + 150) for x, y in corners]),
        crs=4490,
    )


OPTIONS: dict[str, object] = {"by": "town", "classes": "06"}


def require_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same table, and the same notes but for what is only looked at within a batch."""
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
    assert found.attrs.keys() == expected.attrs.keys()
    for name in found.attrs.keys() - {"counted_twice", "unknown", "all"}:
        assert found.attrs[name] == expected.attrs[name], name
    for name, note in expected.attrs["unknown"].items():
        other = dict(found.attrs["unknown"][name])
        assert other.pop("area_km2") == pytest.approx(note["area_km2"], rel=1e-12)
        assert other == {key: value for key, value in note.items() if key != "area_km2"}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("own.parquet", {}),
        ("own.gpkg", {}),
        ("own.geojson", {}),
        ("own.shp", {}),
        ("gbk.shp", {"encoding": "gbk"}),
    ],
)
def test_files_of_parkgeo_answer_as_the_frame(
    land: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    tmp_path: Path,
    name: str,
    how: dict[str, str],
) -> None:
    path = pg.write(land, tmp_path / name, **how)
    found = concentration.ratio(path, parks, batch_rows=130, **OPTIONS)
    require_same(found, concentration.ratio(pg.io.read(path), parks, **OPTIONS))
    assert found.index[:2].tolist() == ["余杭", "萧山"]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_files_of_gdal_answer_as_the_frame(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path, suffix: str
) -> None:
    """A Shapefile in GBK with the names of the land survey, as an office hands it out."""
    path = tmp_path / f"a{suffix}"
    plain = land.rename(columns={"class_code": "地类编码", "parcel_id": "标识码"})
    plain = plain.drop(columns="built")
    plain.to_file(path, encoding="gbk" if suffix == ".shp" else None)
    found = concentration.ratio(path, parks, batch_rows=130, **OPTIONS)
    back = pg.io.read(path).rename(columns={"地类编码": "class_code", "地类编": "class_code"})
    back = back.rename(columns={"标识码": "parcel_id"})
    require_same(found, concentration.ratio(back, parks, **OPTIONS))


@pytest.mark.parametrize(
    "how",
    [
        {"row_group_size": 77},
        {"geometry_encoding": "geoarrow"},
        {"compression": "zstd", "write_covering_bbox": True},
    ],
)
def test_geoparquet_of_others(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path, how: dict[str, object]
) -> None:
    path = tmp_path / "a.parquet"
    land.to_parquet(path, **how)
    found = concentration.ratio(str(path), parks, batch_rows=100, **OPTIONS)
    require_same(found, concentration.ratio(land, parks, **OPTIONS))


def test_a_folder_or_a_list_is_one_layer(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """Ids that are double across files are told, and rows are named by file and number."""
    folder = tmp_path / "parts"
    folder.mkdir()
    parts = [land.iloc[:400], land.iloc[400:401], land.iloc[401:401], land.iloc[401:]]
    for i, part in enumerate(parts):
        part.to_parquet(folder / f"{i}.parquet")
    paths = sorted(folder.iterdir())
    (folder / "_SUCCESS").touch()
    expected = concentration.ratio(land, parks, **OPTIONS)
    for given_ in (folder, paths, [folder]):
        found = concentration.ratio(given_, parks, batch_rows=150, **OPTIONS)
        pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
        ids = found.attrs["duplicate_ids"]
        assert ids == expected.attrs["duplicate_ids"]
        first = int(str(expected.attrs["unknown"]["class_code"]["rows"]).split(",")[0])
        rows = str(found.attrs["unknown"]["class_code"]["rows"])
        assert rows.startswith(f"'0.parquet:{first}', ")
        assert (
            rows.split(" and ")[1]
            == expected.attrs["unknown"]["class_code"]["rows"].split(" and ")[1]
        )
    assert expected.attrs["duplicate_ids"]["n"] in {0, 2, 4}


@pytest.fixture(scope="module")
def stored(land: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / "a.parquet"
    land.to_parquet(path, row_group_size=211)
    return path


@given(size=st.integers(40, 1200))
@settings(max_examples=6)
def test_the_size_of_batches_changes_nothing(
    stored: Path, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, size: int
) -> None:
    found = concentration.ratio(stored, parks, by="brand", shapley=True, batch_rows=size)
    expected = concentration.ratio(land, parks, by="brand", shapley=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_districts_and_points_of_files(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path, tmp_path: Path
) -> None:
    towns = gpd.GeoDataFrame(
        {"name": ["w", "e"]}, geometry=on_ground([box(0, 0, 1010, 5000), box(1010, 0, 4e3, 4e3)])
    ).set_crs(4490)
    how = {"by": "name", "districts": towns}
    found = concentration.ratio(stored, parks, batch_rows=200, **how)
    require_same(found, concentration.ratio(land, parks, **how))
    firms = land.set_geometry(gpd.GeoSeries.from_xy(*_middles(land), crs=4490))
    path = pg.write(firms, tmp_path / "firms.gpkg")
    found = concentration.ratio(path, parks, weight="tax", batch_rows=200)
    assert found["inside"].item() == pytest.approx(
        concentration.ratio(firms, parks, weight="tax")["inside"].item(), rel=1e-12
    )


def _middles(land: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    bounds = shapely.bounds(land.geometry.to_numpy())
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def test_the_datum_of_a_file_is_heeded(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """GCJ-02 that the file says, or the call; without a word it would be 500 m off."""
    true = concentration.ratio(land, parks)["inside"].item()
    gcj = crs.to_datum(land, "gcj02")
    for name in ("a.parquet", "a.gpkg", "a.geojson", "a.shp"):
        path = pg.write(gcj, tmp_path / name)
        assert concentration.ratio(path, parks)["inside"].item() == pytest.approx(true, rel=1e-6)
    silent = tmp_path / "silent.parquet"
    gcj.set_crs(4326, allow_override=True).to_parquet(silent)
    told = concentration.ratio(silent, parks, reading={"datum": "gcj02"})["inside"].item()
    assert told == pytest.approx(true, rel=1e-6)
    assert concentration.ratio(silent, parks)["inside"].item() != pytest.approx(true, rel=1e-3)


def test_geoparquet_without_a_crs_is_longitude_and_latitude(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """As GeoParquet 1.1 has it; a CRS that is null says that nobody knows."""
    path = tmp_path / "a.parquet"
    land.set_crs("OGC:CRS84", allow_override=True).to_parquet(path)
    _edit_geo(path, lambda column: column.pop("crs"))
    expected = concentration.ratio(land, parks)["inside"].item()
    assert concentration.ratio(path, parks)["inside"].item() == pytest.approx(expected, rel=1e-9)
    _edit_geo(path, lambda column: column.update(crs=None))
    with pytest.raises(MissingCRSError, match="a.parquet does not say its CRS"):
        concentration.ratio(path, parks)
    assert concentration.ratio(path, parks, reading={"crs": 4490})["inside"].item() > 0


def _edit_geo(path: Path, edit: object) -> None:
    import json  # noqa: PLC0415

    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    geo = json.loads(metadata[b"geo"])
    edit(geo["columns"]["geometry"])  # type: ignore[operator]
    metadata[b"geo"] = json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_class_systems_are_those_of_the_whole_layer(
    parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """A batch in which nobody says the system is judged as in memory."""
    land = gpd.GeoDataFrame(
        {"class_code": ["1001"] * 4, "class_system": [None, None, "land_sea_use", None]},
        geometry=on_ground([box(200 * i, 0, 200 * i + 100, 100) for i in range(4)]),
        crs=4490,
    )
    land.to_parquet(tmp_path / "a.parquet")
    how = {"classes": "1001"}
    found = concentration.ratio(tmp_path / "a.parquet", parks, batch_rows=1, **how)
    require_same(found, concentration.ratio(land, parks, **how))
    assert found.attrs["unknown"]["class_code"]["n"] == 3
    with pytest.raises(SchemaError, match="classes are given in 'gbt21010'"):
        concentration.ratio(tmp_path / "a.parquet", parks, system="gbt21010", **how)


def test_aliases_name_columns(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    two = land.rename(columns={"class_code": "DLBM"}).assign(地类编码="07")
    two.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(AmbiguousNameError, match="may all be class_code"):
        concentration.ratio(tmp_path / "a.parquet", parks, classes="06")
    expected = concentration.ratio(land, parks, classes="06")["inside"].item()
    named = {"aliases": {"DLBM": "class_code"}}
    found = concentration.ratio(tmp_path / "a.parquet", parks, classes="06", reading=named)
    assert found["inside"].item() == pytest.approx(expected, rel=1e-12)
    by = concentration.ratio(tmp_path / "a.parquet", parks, by="DLBM", reading=named)
    assert by.index[:3].tolist() == ["0601", "0602", "07"]


def test_several_names_are_refused_only_where_they_are_asked_for(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    land.assign(地类编码="07", DLBM="06", 行政区="a", XZQMC="b").drop(
        columns="class_code"
    ).to_parquet(path)
    expected = concentration.ratio(land, parks)["inside"].item()
    found = concentration.ratio(path, parks)["inside"].item()
    assert found == pytest.approx(expected, rel=1e-12)
    with pytest.raises(AmbiguousNameError, match="行政区, XZQMC may all be district"):
        concentration.ratio(path, parks, by="district")


def test_of_several_ids_the_one_that_names_the_parcel_for_good_comes_first(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    own = land.drop(columns="parcel_id", errors="ignore")
    unique = [f"{i:018d}" for i in range(len(own))]
    own.assign(图斑编号="1", 标识码=unique).to_parquet(path)
    assert concentration.ratio(path, parks).attrs["duplicate_ids"]["n"] == 0
    own.assign(图斑编号=unique, 标识码="1").to_parquet(path)
    assert concentration.ratio(path, parks).attrs["duplicate_ids"]["n"] == len(own)


# --- hostile files --------------------------------------------------------------------------


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


def test_files_options_are_not_for_frames(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(SchemaError, match="are for parcels of files"):
        concentration.ratio(land, parks, checkpoint="a.checkpoint")


# --- killed and taken up --------------------------------------------------------------------

RUN = """
import sys, time
import geopandas as gpd
from parkgeo import concentration
from parkgeo.concentration import _checkpoint, _stream
_checkpoint._SECONDS = 0.0
_checkpoint._SHARE = 0.0
answer = _stream.sums_of
def slow(*args, **options):
    print("batch", flush=True)
    time.sleep(float(sys.argv[4]))
    return answer(*args, **options)
_stream.sums_of = slow
table = concentration.ratio(sys.argv[1], gpd.read_parquet(sys.argv[2]), by="town",
                            checkpoint=sys.argv[3], batch_rows=100)
table.to_pickle(sys.argv[3] + ".table")
"""


def test_killed_half_way_and_taken_up(
    land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """Same totals, no parcel twice, none lost; and the second run does not begin anew."""
    parks.to_parquet(tmp_path / "parks.parquet")
    kept = tmp_path / "run.checkpoint"
    command = [sys.executable, "-c", RUN, str(stored), str(tmp_path / "parks.parquet"), str(kept)]
    with subprocess.Popen([*command, "0.2"], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for _ in range(6):
            run.stdout.readline()
        os.kill(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    assert kept.exists()
    again = subprocess.run([*command, "0"], capture_output=True, text=True, check=True)
    n_batches = -(-N // 100) + 3  # row groups of 211 rows end some batches early
    assert 0 < again.stdout.count("batch") <= n_batches - 4
    found = pd.read_pickle(f"{kept}.table")  # noqa: S301 - our own
    expected = concentration.ratio(land, parks, by="town")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.attrs["n_parcels"] == N
    assert found.attrs["duplicate_ids"] == expected.attrs["duplicate_ids"]
    assert not kept.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parks.parquet", "run.checkpoint.table"]


@pytest.fixture
def interrupted(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkpoint of three batches of the stored parcels by town."""
    from parkgeo.concentration import _checkpoint, _stream  # noqa: PLC0415

    answer, kept = _stream.sums_of, tmp_path / "a.checkpoint"
    batches = iter(range(3))

    def breaking(*args: object, **options: object) -> object:
        if next(batches, None) is None:
            raise KeyboardInterrupt
        return answer(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(_checkpoint, "_SECONDS", 0.0)
        patch.setattr(_checkpoint, "_SHARE", 0.0)
        patch.setattr(_stream, "sums_of", breaking)
        with pytest.raises(KeyboardInterrupt):
            concentration.ratio(stored, parks, by="town", checkpoint=kept, batch_rows=100)
    return kept


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"by": "town", "classes": "06"}, "classes differ .classes was null, and is"),
        ({"by": "built"}, 'by differ .by was "town", and is "built"'),
        ({"by": "town", "weight": "tax"}, "weight differ"),
        ({"by": "town", "where": {"tax": [1.0]}}, "where differ"),
    ],
)
def test_a_checkpoint_of_another_question_is_refused(
    interrupted: Path,
    stored: Path,
    parks: gpd.GeoDataFrame,
    how: dict[str, object],
    says: str,
) -> None:
    with pytest.raises(SchemaError, match=says):
        concentration.ratio(stored, parks, checkpoint=interrupted, **how)
    assert interrupted.exists()


def test_a_checkpoint_of_other_files_or_parks_is_refused(
    interrupted: Path, land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame
) -> None:
    how = {"by": "town", "checkpoint": interrupted}
    with pytest.raises(SchemaError, match="parks differ"):
        concentration.ratio(stored, parks.assign(accuracy_m=1.0), **how)
    moved = parks.set_geometry(parks.translate(1e-9))
    with pytest.raises(SchemaError, match="parks differ"):
        concentration.ratio(stored, moved, **how)
    touched = stored.with_name("b.parquet")
    land.to_parquet(touched, row_group_size=211)
    with pytest.raises(SchemaError, match="files differ"):
        concentration.ratio(touched, parks, **how)


def test_another_target_or_size_of_batches_takes_a_checkpoint_up(
    interrupted: Path, land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame
) -> None:
    """Neither changes a sum."""
    how = {"by": "town", "target": 0.5}
    found = concentration.ratio(stored, parks, checkpoint=interrupted, batch_rows=333, **how)
    expected = concentration.ratio(land, parks, **how)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert not interrupted.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 not a zip"])
def test_what_is_no_checkpoint_is_left_alone(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path, content: bytes
) -> None:
    kept = tmp_path / "thesis.docx"
    kept.write_bytes(content)
    with pytest.raises(SchemaError, match=r"thesis.docx is no checkpoint of parkgeo"):
        concentration.ratio(stored, parks, checkpoint=kept)
    assert kept.read_bytes() == content


def test_days_and_numbers_are_labels_in_a_checkpoint(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    from parkgeo.concentration._checkpoint import Checkpoint  # noqa: PLC0415
    from parkgeo.concentration._ratio import question_of  # noqa: PLC0415
    from parkgeo.concentration._stream import streamed  # noqa: PLC0415

    options: dict[str, object] = dict.fromkeys(
        ("of", "districts", "where", "classes", "system", "weight")
    )
    source = source_of(stored)
    for by in ("built", "tax", "class_code"):
        question = question_of(
            parks, columns=source.columns, by=by, target=0.7, shapley=False, **options
        )  # type: ignore[arg-type]
        sums = streamed(source, question, size=400)
        made = fingerprint_of(question, source, parks, None)
        kept = Checkpoint(tmp_path / by, made)
        kept.save(source_place := next(iter(source.batches([], size=400))).after, sums, now=True)
        back = kept.load()
        assert back is not None
        place, again = back
        assert place == source_place
        assert again.groups.labels == sums.groups.labels
        assert again.notes.unknown == sums.notes.unknown
        for name, total in sums.groups.sums.items():
            np.testing.assert_array_equal(again.groups.sums[name].head, total.head)
            np.testing.assert_array_equal(again.groups.sums[name].tail, total.tail)
        assert (again.notes.doubled() == sums.notes.doubled()).all()


# --- memory ---------------------------------------------------------------------------------

GROWTH = """
import resource, sys
import geopandas as gpd
from parkgeo import concentration
parks = gpd.read_parquet(sys.argv[2])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
concentration.ratio(sys.argv[3], parks, batch_rows=5000)
before = peak()
concentration.ratio(sys.argv[1], parks, batch_rows=5000)
print(before, peak())
"""


def test_what_was_read_is_let_go(tmp_path: Path) -> None:
    """Each piece is a twentieth of the file; half of it would be a leak."""
    points = np.random.default_rng(0).random((40_000, 2))
    shapes = shapely.buffer(shapely.points(points), 0.1, quad_segs=2)
    path = tmp_path / "a.parquet"
    gpd.GeoDataFrame(geometry=shapes, crs=4490).to_parquet(path, row_group_size=2000)
    held, before = [], pa.total_allocated_bytes()
    for _, wkb in open_layer(path).parts([], start=0, size=2000):
        assert len(wkb) == 2000
        held.append(pa.total_allocated_bytes())
    assert len(held) == 20
    assert max(held) - before < path.stat().st_size / 2


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_memory_does_not_grow_with_the_file(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """20 times the rows may cost the hashes of their ids and little more."""
    sizes = {"small.parquet": 10_000, "large.parquet": 200_000}
    for name, n in sizes.items():
        x, y = 119.9 + 0.2 * (np.arange(n) % 500) / 500, 29.9 + 0.2 * (np.arange(n) // 500) / 500
        frame = gpd.GeoDataFrame(
            {"parcel_id": np.arange(n)}, geometry=shapely.box(x, y, x + 2e-4, y + 2e-4), crs=4490
        )
        frame.to_parquet(tmp_path / name, row_group_size=20_000)
    parks.to_parquet(tmp_path / "parks.parquet")
    arguments = [str(tmp_path / name) for name in ("large.parquet", "parks.parquet")]
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", GROWTH, *arguments, str(tmp_path / "small.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(float, run.stdout.split())
    assert after - before < 60, f"{before:.0f} MiB, then {after:.0f} MiB"
    assert time.monotonic() - began < 120


# --- what is new ----------------------------------------------------------------------------


def test_what_is_new_of_a_file_is_that_of_the_frame(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path, tmp_path: Path
) -> None:
    how: dict[str, object] = {
        "since": "2020-01-01",
        "date": "built",
        "measures": ["tax", "land", "projects"],
        "classes": "06",
    }
    expected = concentration.increments(land, parks, **how)
    kept = tmp_path / "a.checkpoint"
    found = concentration.increments(stored, parks, batch_rows=140, checkpoint=kept, **how)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
    assert found.index.tolist() == ["tax", "land", "projects"]
    for name in ("n_parcels", "duplicate_ids", "compared_as_text", "accuracy_unknown"):
        assert found.attrs[name] == expected.attrs[name]
    assert found.attrs.keys() == expected.attrs.keys()
    assert not kept.exists()


def test_states_of_files_are_not_compared(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path
) -> None:
    with pytest.raises(SchemaError, match="parcels of files need since="):
        concentration.increments(stored, parks, before=land)
    with pytest.raises(SchemaError, match="a.parquet has no column date"):
        concentration.increments(stored, parks, since="2020-01-01")

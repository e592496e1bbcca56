"""Files that are cut off, overwritten in places, or made to do harm."""

import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from faults.discs import contents, parcels

from parkgeo import gazetteer, io
from parkgeo.errors import ParkgeoError, SchemaError


def refused(path: Path) -> bool:
    """Read a file; whether it was refused in words that name it."""
    try:
        io.read(path)
    except ParkgeoError as error:
        return path.stem in str(error)
    return False


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".geojson", ".zip", ".txt"])
def test_a_file_that_is_cut_off_anywhere(tmp_path: Path, suffix: str) -> None:
    # A TXT does not say how many parcels it has, so that one cut off between two of them is whole.
    rows = 1 if suffix == ".txt" else 40
    data = io.write(parcels(rows), tmp_path / f"whole{suffix}").read_bytes()
    path = tmp_path / f"cut{suffix}"
    # The last pages of a GeoPackage may hold nothing, and the last number of a text may be shorter.
    unseen = {".gpkg": 5000, ".txt": 30}.get(suffix, 4)
    for length in np.linspace(0, len(data) - unseen, 25):
        path.write_bytes(data[: int(length)])
        assert refused(path), f"{int(length)} of {len(data)} bytes: {data[: int(length)][-30:]!r}"


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_a_shapefile_of_which_one_file_is_cut_off(tmp_path: Path, part: str) -> None:
    path = io.write(parcels(40), tmp_path / "a.shp")
    data = path.with_suffix(part).read_bytes()
    for length in np.linspace(0, len(data) - 2, 15):
        path.with_suffix(part).write_bytes(data[: int(length)])
        assert refused(path), f"{int(length)} of {len(data)} bytes"


@pytest.mark.filterwarnings("ignore")  # of GDAL, about rings that no longer close
@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".shp", ".zip"])
def test_bytes_that_changed_give_rows_or_a_reason(tmp_path: Path, suffix: str) -> None:
    """Bytes of a value may change unseen; what is never seen is an error of another family."""
    path = io.write(parcels(40), tmp_path / f"a{suffix}")
    data = np.frombuffer(path.read_bytes(), "u1")
    dice = np.random.default_rng(7)
    told = 0
    for _ in range(60):
        changed = data.copy()
        changed[dice.integers(0, len(data), 8)] = dice.integers(0, 256, 8, "u1")
        path.write_bytes(changed.tobytes())
        told += refused(path)
    assert told > 0


def blob(kind: bytes, body: bytes) -> bytes:
    """Make a blob of an OSM PBF, stored without compression."""
    inner = b"\x0a" + bytes([len(body)]) + body
    head = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + bytes([len(inner)])
    return struct.pack(">I", len(head)) + head + inner


def test_a_pbf_that_is_cut_off_anywhere(tmp_path: Path) -> None:
    whole = blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6") + blob(b"OSMData", b"")
    for length in range(len(whole)):
        path = tmp_path / "roads.osm.pbf"
        path.write_bytes(whole[:length])
        first = len(blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6"))
        if length == first:
            continue  # a file that ends after a blob is whole, and has nothing in it
        with pytest.raises(SchemaError, match=r"roads.osm.pbf .*fetch it again"):
            io.read(path)
        with pytest.raises(SchemaError, match=r"roads.osm.pbf .*fetch it again"):
            gazetteer.read(path)


def bomb(path: Path, members: dict[str, int]) -> Path:
    """Zip members of so many zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, size in members.items():
            with archive.open(name, "w", force_zip64=True) as file:
                for _ in range(size >> 20):
                    file.write(bytes(1 << 20))
    return path


def test_a_zip_that_grows_a_thousandfold_is_not_unpacked(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.zip", {"a.shp": 300 << 20, "a.shx": 0, "a.dbf": 0})
    assert path.stat().st_size < 1_000_000
    with pytest.raises(SchemaError, match="a.zip would grow to 315 MB, .* times its size"):
        io.read(path)


def test_a_zip_larger_than_the_disk_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = io.write(parcels(100), tmp_path / "a.zip")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SchemaError, match="0 MB are free for it"):
        io.read(path)


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    """It says 10 bytes and holds 2 MB: no more than it says is ever unpacked."""
    path = bomb(tmp_path / "a.zip", {"a.shp": 2 << 20})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 10)
    path.write_bytes(bytes(data))
    with pytest.raises(SchemaError, match=r"a\.(zip|shp)"):
        io.read(path)


@pytest.mark.parametrize(
    "name", ["../../zone", "/zone", "..\\..\\zone", "C:\\zone", "a/../../../zone", "..", "~/zone"]
)
def test_names_in_a_zip_never_say_where_to(tmp_path: Path, name: str) -> None:
    whole = io.write(parcels(2), tmp_path / "zone.shp")
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("zone.*"):
            archive.write(part, name + part.name.removeprefix("zone"))
    for part in tmp_path.glob("zone.*"):
        part.unlink()
    before = contents(tmp_path), contents(folder)
    assert len(io.read(path)) == 2
    assert (contents(tmp_path), contents(folder)) == before
    assert not whole.exists()


def test_links_in_a_zip_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret words")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for end in (".shp", ".dbf", ".shx"):
            link = zipfile.ZipInfo(f"a{end}")
            link.create_system = 3
            link.external_attr = 0o120777 << 16
            archive.writestr(link, str(secret))
    with pytest.raises(SchemaError) as caught:
        io.read(path)
    assert "secret words" not in str(caught.value)


LITTLE_MEMORY = """
import resource, sys
from parkgeo import io
from parkgeo.errors import ParkgeoError
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
try:
    io.read(sys.argv[1])
except ParkgeoError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_headers_that_promise_more_than_there_is(tmp_path: Path) -> None:
    """A table of 4 thousand million rows in 100 bytes is refused before memory is asked for."""
    path = io.write(parcels(2), tmp_path / "a.shp")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    struct.pack_into("<I", table, 4, 0xFFFFFFFF)
    path.with_suffix(".dbf").write_bytes(bytes(table))
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "a.dbf is cut off: its header says 4294967295 rows" in done.stdout

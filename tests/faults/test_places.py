"""Where a file shall stand: links, closed folders, two writers, programs that died."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.discs import contents, parcels

from parkgeo import _atomic, io
from parkgeo.errors import ParkgeoError, SchemaError
from parkgeo.io import _atomic as _moves

SUFFIXES = [".parquet", ".gpkg", ".geojson", ".shp", ".zip", ".txt"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, locks and modes of POSIX")


@posix
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_link_is_replaced_and_not_what_it_points_at(tmp_path: Path, suffix: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("not to be touched")
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / f"a{suffix}"
    path.symlink_to(outside)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        io.write(parcels(2), path, overwrite=False)
    io.write(parcels(2), path)
    assert outside.read_text() == "not to be touched"
    assert not path.is_symlink()
    assert len(io.read(path)) == 2


@posix
def test_a_link_to_nothing_is_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.symlink_to(tmp_path / "nothing")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        io.write(parcels(2), path, overwrite=False)
    with pytest.raises(FileNotFoundError, match="no file"):
        io.read(path)


@posix
def test_companions_that_are_links_are_replaced_too(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("not to be touched")
    path = tmp_path / "a.shp"
    for end in (".dbf", ".prj", ".qix"):
        path.with_suffix(end).symlink_to(outside)
    assert len(io.read(io.write(parcels(2), path))) == 2
    assert outside.read_text() == "not to be touched"
    assert not path.with_suffix(".qix").is_symlink()  # an index of other shapes


@posix
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_may_not_be_changed(
    open_folder: Path, as_nobody: Callable[[], None], suffix: str
) -> None:
    path = io.write(parcels(2), open_folder / f"a{suffix}")
    before = contents(open_folder)
    open_folder.chmod(0o555)
    as_nobody()
    with pytest.raises(PermissionError, match="as it was; write to a folder that you may") as one:
        io.write(parcels(3), path)
    assert one.value.filename == str(path)
    assert contents(open_folder) == before
    assert len(io.read(path)) == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_target_that_is_a_folder(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.mkdir()
    (path / "kept").write_text("old")
    for call in (lambda: io.write(parcels(2), path), lambda: io.read(path)):
        with pytest.raises(SchemaError, match="is a folder; name a file"):
            call()
    assert contents(path) == {"kept": b"old"}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_part_that_is_a_folder_takes_nothing_away(tmp_path: Path) -> None:
    path = io.write(parcels(2), tmp_path / "a.shp")
    path.with_suffix(".qix").mkdir()
    (path.with_suffix(".qix") / "kept").write_text("old")
    before = contents(tmp_path)
    with pytest.raises((OSError, ParkgeoError)):
        io.write(parcels(3), path)
    assert contents(tmp_path) == before
    assert len(io.read(path)) == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_writers_at_once(tmp_path: Path, suffix: str) -> None:
    """Whoever is last, the file is whole; nobody takes away what the other is making."""
    path = tmp_path / f"a{suffix}"
    failed: list[BaseException] = []

    def write(rows: int) -> None:
        try:
            for _ in range(5):
                io.write(parcels(rows), path)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=write, args=(rows,)) for rows in (2, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = io.read(path)
    assert found.geometry.to_wkb().tolist() == parcels(len(found)).geometry.to_wkb().tolist()
    assert len(found) in {2, 30}
    assert [name for name in contents(tmp_path) if name.startswith(".")] == []


@posix
def test_what_a_dead_program_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{_atomic.SCRATCH}dead").mkdir()
    (tmp_path / f"{_atomic.SCRATCH}dead" / "half.gpkg").write_text("half")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "kept").write_text("kept")
    (tmp_path / f"{_atomic.SCRATCH}link").symlink_to(tmp_path / "far")
    (tmp_path / f"{_atomic.SCRATCH}file").write_text("a file of somebody")
    with _atomic.scratch(tmp_path / "b") as alive:
        io.write(parcels(2), tmp_path / "a.gpkg")
        assert alive.is_dir()  # its maker lives
    left = {"a.gpkg", "far", f"{_atomic.SCRATCH}link", f"{_atomic.SCRATCH}file"}
    assert {one.name for one in tmp_path.iterdir()} == left
    assert (tmp_path / "far" / "kept").read_text() == "kept"


@posix
def test_a_move_that_was_cut_short_is_told_where_it_cannot_be_finished(
    open_folder: Path, tmp_path: Path, as_nobody: Callable[[], None]
) -> None:
    path = io.write(parcels(2), open_folder / "a.shp")
    io.write(parcels(3), tmp_path / "a.shp")
    moving = _moves._folder_of(path)
    moving.mkdir()
    for end in (".shp", ".shx"):  # as if the others stood in their places already
        (tmp_path / "a.shp").with_suffix(end).rename(moving / f"a{end}")
    for one in open_folder.iterdir():
        one.chmod(0o755)
    open_folder.chmod(0o555)
    as_nobody()
    with pytest.raises(PermissionError, match="its new files are in .parkgeo-moving-.*move them"):
        io.read(path)


@pytest.mark.parametrize("fails_at", range(1, 7))
def test_a_shapefile_that_cannot_be_moved_is_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    path = io.write(parcels(2), tmp_path / "a.shp")
    (tmp_path / "a.qix").write_text("an index")
    before = contents(tmp_path)
    moved = 0
    whole = Path.replace

    def fails(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += self.parent.name.startswith(".parkgeo-moving-")
        if moved == fails_at and self.parent.name.startswith(".parkgeo-moving-"):
            raise PermissionError(13, "in use by another program")
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(PermissionError):
        io.write(parcels(3), path)
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert len(io.read(path)) == 2


def test_files_beside_it_of_another_case_do_not_stay(tmp_path: Path) -> None:
    for end in (".SHP", ".DBF", ".Shx"):
        (tmp_path / f"zone{end}").write_text("old")
    (tmp_path / "zones.dbf").write_text("another")
    path = io.write(parcels(2), tmp_path / "zone.shp")
    ends = [".shp", ".shx", ".dbf", ".prj", ".cpg", ".parkgeo.json"]
    assert set(contents(tmp_path)) == {"zones.dbf", *(f"zone{end}" for end in ends)}
    assert len(io.read(path)) == 2


def test_a_suffix_in_capitals_is_kept(tmp_path: Path) -> None:
    path = io.write(parcels(2), tmp_path / "ZONE.SHP")
    assert path.is_file()
    assert len(io.read(path)) == 2

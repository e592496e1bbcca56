"""A disk that is full, by the system's own word: a limit on the size of files, or a small disk."""

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.discs import contents, parcels

from parkgeo import _atomic, io

resource = pytest.importorskip("resource")

SUFFIXES = [".parquet", ".gpkg", ".geojson", ".shp", ".zip", ".txt"]


@contextmanager
def files_of_at_most(limit: int) -> Iterator[None]:
    """Let the kernel refuse longer files, to GDAL, SQLite and Arrow as well as to Python."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_old_file_stays_wherever_the_space_ends(tmp_path: Path, suffix: str) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "folder"
    whole.mkdir()
    folder.mkdir()
    io.write(parcels(400), whole / f"a{suffix}")
    needed = max(map(len, contents(whole).values()))
    path = io.write(parcels(2), folder / f"a{suffix}")
    before = contents(folder)
    for limit in sorted({0, 1, 100, 4096, needed // 4, needed // 2, needed - 4097, needed - 1}):
        with files_of_at_most(limit), pytest.raises(OSError, match="free some space") as caught:
            io.write(parcels(400), path)
        assert caught.value.errno == errno.EFBIG
        assert caught.value.filename == str(path)
        assert contents(folder) == before
    with files_of_at_most(20 * needed):
        io.write(parcels(400), path)
    assert len(io.read(path)) == 400


def test_pages_and_tables_stay_too(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    with files_of_at_most(10), pytest.raises(OSError, match="free some space"):  # noqa: SIM117
        with _atomic.replaced(target) as made:
            made.write_text("new" * 10)
    assert contents(tmp_path) == {"page.html": b"old"}


SMALL_DISK = """
import pathlib, subprocess, sys
folder = pathlib.Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={sys.argv[1]}", "tmpfs", folder], check=True)
sys.path.insert(0, sys.argv[3])
from parkgeo import io
from faults.discs import contents, parcels
for suffix in sys.argv[4:]:
    path = io.write(parcels(2), folder / f"a{suffix}")
    before = contents(folder)
    try:
        io.write(parcels(9000), path)
    except OSError as error:
        print(suffix, error.errno, "free some space" in str(error), contents(folder) == before)
    for one in folder.iterdir():
        one.unlink()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs in a namespace of its own")
def test_a_small_disk_that_is_really_full(tmp_path: Path) -> None:
    """The error that a full disk gives is another one than that of a limit."""
    unshare = ["unshare", "--map-root-user", "--mount"]
    try:
        probe = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
        subprocess.run([*unshare, *probe], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("unshare cannot make a namespace to mount in here")
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [*unshare, sys.executable, "-c", SMALL_DISK, "250k", str(tmp_path), root, *SUFFIXES],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"{s} {errno.ENOSPC} True True" for s in SUFFIXES]

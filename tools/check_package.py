"""Build what is released from the last commit, and check it: files, metadata, twins, a new machine.

Four questions, one line each; the first fault ends it with exit code 1.

1. Does the wheel hold every file of the package and of ``data``, and nothing else? Does the source
   archive hold the checkout?
2. Is the metadata complete, and does the README render (``twine check``)?
3. Do two builds give the same bytes, and does the wheel of the source archive equal that of the
   checkout?
4. Does it work where it is installed: a new environment outside the checkout, read-only, without
   a home, without a network? ``check_installed.py`` runs there, and the tables of its demo are
   compared with those of the checkout.

Only what is committed is packed. The newest releases of the dependencies are installed; with
``--constraint FILE`` those of a file.
"""

import argparse
import filecmp
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MOST_WHEEL_MB: Final = 3.0
MOST_SDIST_MB: Final = 10.0
"""Of the sizes to which both may grow before somebody has to say why."""
PACKAGE: Final = "src/parkgeo/"
NOBODY: Final = 65534
UNPACKED: Final = (".ci/",)
"""What of the checkout the source archive leaves out."""


class Fault(Exception):  # noqa: N818 - it is what was found
    """What is wrong with the package."""


def main(arguments: list[str] | None = None) -> int:
    """Check everything; return the exit code."""
    options = _options(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="parkgeo-package-") as name:
            _check(Path(name), options)
    except Fault as fault:
        print(f"FAULT: {fault}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder of the result")
    parser.add_argument("--constraint", type=Path, help="versions to install beside the wheel")
    parser.add_argument("--python", default=sys.executable, help="that of the new environment")
    parser.add_argument("--no-install", action="store_true", help="leave question 4 out")
    return parser.parse_args(arguments)


def _check(work: Path, options: argparse.Namespace) -> None:
    checkout = work / "checkout"
    tracked, made = export(checkout)
    wheel, sdist = build(checkout, work / "first", made=made)
    check_wheel(wheel, tracked)
    check_sdist(sdist, tracked)
    print(f"files: {wheel.name} {_mb(wheel):.1f} MB, {sdist.name} {_mb(sdist):.1f} MB")
    check_metadata(wheel, sdist)
    print("metadata: complete, and the README renders")
    check_twins(checkout, (wheel, sdist), work, made=made)
    print("twins: two builds and the wheel of the source archive are the same bytes")
    options.output.mkdir(parents=True, exist_ok=True)
    for one in (wheel, sdist):
        (options.output / one.name).write_bytes(one.read_bytes())
    if not options.no_install:
        check_installed(wheel, work, options)
        print("installed: works read-only, without home and network; same tables of the demo")


def run(*words: str | Path, **settings: object) -> str:
    """Run a program, and return what it printed, or say what failed."""
    done = subprocess.run(  # noqa: S603 - programs of the environment
        [str(word) for word in words],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **settings,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise Fault(f"{' '.join(map(str, words))}\n{done.stdout[-4000:]}")
    return str(done.stdout)


def export(folder: Path) -> tuple[list[str], str]:
    """Copy what is committed into a folder; name its files and the second of the commit."""
    changed = run("git", "-C", ROOT, "status", "--porcelain").splitlines()
    if changed:
        print(f"note: {len(changed)} changed files are not in the last commit, and are not packed")
    commit, made = run("git", "-C", ROOT, "log", "-1", "--format=%H %ct").split()
    folder.mkdir()
    packed = folder.with_suffix(".tar")
    run("git", "-C", ROOT, "archive", "--output", packed, commit)
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(files), made


def build(source: Path, folder: Path, *, made: str) -> tuple[Path, Path]:
    """Build wheel and source archive; the times in them are that of the commit."""
    for kind in ("--sdist", "--wheel"):
        run(
            *(sys.executable, "-m", "build", "--no-isolation", kind),
            *("--outdir", folder, source),
            env=os.environ | {"SOURCE_DATE_EPOCH": made},
        )
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def check_wheel(wheel: Path, tracked: list[str]) -> None:
    """Compare the files of a wheel with those of the checkout."""
    wanted = {name.removeprefix("src/") for name in tracked if name.startswith(PACKAGE)}
    wanted |= {f"parkgeo/{name}" for name in tracked if name.startswith("data/")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        info = {name.partition(".dist-info/")[2] for name in archive.namelist()} - {""}
        for made in archive.infolist():
            if made.external_attr >> 16 & stat.S_IWOTH:
                raise Fault(f"anybody may write {made.filename}")
    _same(wheel.name, names, wanted)
    _same(
        f"{wheel.name}, metadata",
        info,
        {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
        | {f"licenses/{name}" for name in ("LICENSE", "data/boundaries/LICENSE")},
    )
    for must in ("parkgeo/py.typed", "parkgeo/data/boundaries/hangzhou/brands.csv"):
        if must not in names:
            raise Fault(f"{wheel.name} has no {must}")
    _small(wheel, MOST_WHEEL_MB)


def check_sdist(sdist: Path, tracked: list[str]) -> None:
    """Compare the files of a source archive with those of the checkout."""
    wanted = {name for name in tracked if not name.startswith(UNPACKED)} | {"PKG-INFO"}
    with tarfile.open(sdist) as archive:
        names = {one.name.partition("/")[2] for one in archive if one.isfile()}
        strange = [one.name for one in archive if not one.isfile()]
    if strange:
        raise Fault(f"{sdist.name} has more than files: {strange[:5]}")
    _same(sdist.name, names, wanted)
    _small(sdist, MOST_SDIST_MB)


def check_metadata(wheel: Path, sdist: Path) -> None:
    """Render the README as an index of packages does, and compare metadata with the project's."""
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = archive.read(name).decode()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for line in (
        f"Version: {project['version']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Provides-Extra: {extra}" for extra in project["optional-dependencies"]),
    ):
        if line not in said.splitlines():
            raise Fault(f"the metadata of {wheel.name} do not say: {line}")


def check_twins(checkout: Path, built: tuple[Path, Path], work: Path, *, made: str) -> None:
    """Build again, and from the source archive, and compare bytes."""
    wheel, sdist = built
    again = build(checkout, work / "second", made=made)
    with tarfile.open(sdist) as archive:
        archive.extractall(work / "unpacked", filter="data")
    unpacked = next((work / "unpacked").iterdir())
    third, _ = build(unpacked, work / "third", made=made)
    for one, other in ((wheel, again[0]), (sdist, again[1]), (wheel, third)):
        if one.read_bytes() != other.read_bytes():
            raise Fault(f"two builds differ: {one} and {other}")


def check_installed(wheel: Path, work: Path, options: argparse.Namespace) -> None:
    """Install into a new environment, and run what a user would, as one who may write nothing."""
    place = work / "environment"
    run(options.python, "-m", "venv", place)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    versions = ("--constraint", options.constraint.resolve()) if options.constraint else ()
    run(python, "-m", "pip", "install", "--quiet", *versions, wheel, cwd=work)
    demo, theirs = work / "out" / "demo", work / "checkout-demo"
    # With the same versions of the dependencies: only the place of parkgeo differs.
    run(
        *(python, "-c", "import sys; from parkgeo.cli import main; sys.exit(main())"),
        *("demo", "--output", theirs),
        cwd=work,
        env=os.environ | {"PYTHONPATH": str(work / "checkout" / "src")},
    )
    with _unwritable(work, place) as settings:
        script = work / "check_installed.py"
        script.write_bytes((ROOT / "tools" / "check_installed.py").read_bytes())
        said = run(python, "-I", "-B", script, demo, cwd=work / "out", **settings)
        print(*(line for line in said.splitlines() if line.startswith("parkgeo ")), sep="\n")
    tables = sorted(path.name for path in theirs.glob("*.csv"))
    _, differ, lost = filecmp.cmpfiles(demo, theirs, tables, shallow=False)
    if differ or lost or not tables:
        raise Fault(f"tables of the demo that differ or are not there: {differ + lost}")


@contextmanager
def _unwritable(work: Path, place: Path) -> Iterator[dict[str, object]]:
    """Take the right to write from an environment, and give settings to run a program so.

    Rights do not bind root, who runs the program as nobody, if nobody can run that Python.
    """
    (work / "out").mkdir()
    there = (path for path in (place, *place.rglob("*")) if not path.is_symlink())
    kept = {path: path.stat().st_mode for path in there}
    for path, mode in kept.items():
        path.chmod(mode & ~0o222 | 0o444)
    home = {"HOME": "/nonexistent", "USERPROFILE": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}
    settings: dict[str, object] = {"env": _plain() | home | {"TMPDIR": str(work / "out")}}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        work.chmod(0o755)
        (work / "out").chmod(0o777)
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            run(place / "bin/python", "-c", "import sys", cwd=work, **nobody)
            settings |= nobody
        except (Fault, PermissionError):
            print("note: nobody cannot run that Python, so root was not kept from writing")
    try:
        yield settings
    finally:
        for path, mode in kept.items():
            path.chmod(mode)


def _plain() -> dict[str, str]:
    """Return the environment without what would change where parkgeo or its caches are."""
    changed = ("PYTHON", "NUMBA", "MPL", "PARKGEO", "XDG")
    return {name: value for name, value in os.environ.items() if not name.startswith(changed)}


def _same(what: str, names: set[str], wanted: set[str]) -> None:
    if names != wanted:
        more, less = sorted(names - wanted), sorted(wanted - names)
        raise Fault(
            f"{what}: {len(more)} files too many {more[:5]}, {len(less)} missing {less[:5]}"
        )


def _small(made: Path, most_mb: float) -> None:
    if _mb(made) > most_mb:
        raise Fault(f"{made.name} has {_mb(made):.1f} MB, more than {most_mb}")


def _mb(made: Path) -> float:
    return made.stat().st_size / 1e6


if __name__ == "__main__":
    sys.exit(main())

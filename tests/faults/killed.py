"""Write one file over another and be killed at each step, one step a run.

Run by ``test_killed.py`` as a program of its own, so that nothing of pytest is forked:
``python killed.py SUFFIX FOLDER``. The old file is one row, the new one three. A child writes and
kills itself at its n-th call into the file system, for n = 1, 2, … until it comes to its end; after
each, another child reads what is there and writes once more. Prints, as JSON, what each found.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import shapely

from parkgeo import _atomic, io, maps

SEEN = ("open", "os.", "shutil.", "tempfile.")
MOST_STEPS = 400


def frame(rows: int) -> gpd.GeoDataFrame:
    """Squares in the zone of 120° E, which TXT holds too."""
    shapes = [
        shapely.box(505_000 + 50 * row, 3_345_000, 505_040 + 50 * row, 3_345_040)
        for row in range(rows)
    ]
    return gpd.GeoDataFrame({"name": [f"地块{rows}"] * rows}, geometry=shapes, crs=4549)


def write(rows: int, path: Path) -> None:
    match path.suffix:
        case ".html":
            page = maps.Map(location=[30.3, 120.1], zoom_start=10 + rows)
            maps.save(page, path)
        case ".csv":
            with _atomic.replaced(path) as made:
                frame(rows).drop(columns="geometry").to_csv(made)
        case _:
            io.write(frame(rows), path)


def read(path: Path) -> str:
    """Return how many rows, or times three, the file holds; half a file is no answer."""
    if path.suffix == ".html":
        text = path.read_text("utf-8")
        return str(1 + 2 * ('"zoom": 13' in text)) if text.endswith("</html>") else "half a page"
    if path.suffix == ".csv":
        return str(path.read_text("utf-8").count("地块"))
    found = io.read(path)
    names = set(found["name"])
    return str(len(found)) if names == {f"地块{len(found)}"} else f"a mix: {names}"


def kill_at(step: int) -> None:
    """Kill this process at its n-th call into the file system."""
    left = step

    def count(event: str, _arguments: object) -> None:
        nonlocal left
        if event.startswith(SEEN):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def in_child(work: Callable[[], object]) -> tuple[bool, str]:
    """Return whether a child came to its end, and what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            said = str(work())
        except Exception as error:  # noqa: BLE001 - the parent prints it
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status), said


def one_run(path: Path, step: int) -> dict[str, object]:
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir()
    in_child(lambda: write(1, path))
    own = {one.name for one in path.parent.iterdir()}

    def killed() -> None:
        kill_at(step)
        write(3, path)

    ended, said = in_child(killed)
    left = {one.name for one in path.parent.iterdir()} - own
    _, found = in_child(lambda: read(path))
    _, again = in_child(lambda: (write(3, path), read(path))[1])
    after = {one.name for one in path.parent.iterdir()}
    return {
        "step": step,
        "ended": ended,
        "said": said,
        "found": found,
        "left": sorted(left),
        "again": again,
        "rubbish": sorted(after - own),
    }


def main() -> None:
    path = Path(sys.argv[2], "in", f"zone{sys.argv[1]}")
    # A kill loses nothing that is written, on disk or not, and waiting for the disk takes long.
    os.fsync = lambda _: None
    # Once, for what is loaded on first use.
    path.parent.mkdir()
    write(1, path)
    runs = []
    for step in range(1, MOST_STEPS):
        runs.append(one_run(path, step))
        if runs[-1]["ended"]:
            break
    print(json.dumps(runs, ensure_ascii=False))  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()

"""Execute the notebooks of a folder from top to bottom; stop at the first error.

The files are not changed: what a notebook prints belongs to the one who runs it. A notebook whose
metadata name development data (``"parkgeo": {"needs": [...]}``, paths below the folder
``PARKGEO_SHARED``, or ``shared`` beside the repository) is skipped with a reason where these are
missing, and is committed with its outputs, so that it can be read there. ``--write`` executes it
and stores them anew, without counters, times, and outputs of cells tagged ``not-stored``.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ROOT: Final = Path(__file__).resolve().parents[1]
TIMEOUT_S: Final = 600
NOT_STORED: Final = "not-stored"
"""Tag of a cell whose outputs stay with the one who runs it, such as texts of others."""
_METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks; return the exit code."""
    options = _options(arguments)
    notebooks = sorted(options.folder.glob("*.ipynb"))
    unknown = set(options.write) - {path.stem for path in notebooks}
    if not notebooks or unknown:
        what = ", ".join(sorted(unknown)) or "any"
        print(f"no such notebook in {options.folder}: {what}", file=sys.stderr)
        return 1
    if options.write:
        notebooks = [path for path in notebooks if path.stem in options.write]
    return 1 if any(not _done(path, write=bool(options.write)) for path in notebooks) else 0


def shared() -> Path:
    """Return the folder of the development data, which need not be there."""
    return Path(os.environ.get("PARKGEO_SHARED", ROOT.parent / "shared"))


def missing(notebook: NotebookNode) -> list[str]:
    """Return what a notebook needs of the development data and does not find."""
    needs = notebook.metadata.get("parkgeo", {}).get("needs", [])
    return [need for need in needs if not (shared() / need).exists()]


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute a copy of a notebook in a folder, and return it with its outputs."""
    copy: NotebookNode = nbformat.from_dict(notebook)
    client = NotebookClient(
        copy,
        timeout=TIMEOUT_S,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return copy


def stored(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook as it is committed: outputs without what changes from run to run."""
    copy: NotebookNode = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.metadata.pop("execution", None)
            kept = NOT_STORED not in cell.metadata.get("tags", [])
            cell.outputs = list(_outputs(cell.outputs)) if kept else []
    copy.metadata = nbformat.from_dict({**copy.metadata, **_METADATA})
    return copy


def texts(notebook: NotebookNode) -> list[str]:
    """Return what a notebook says in its outputs, pictures aside."""
    cells = [cell for cell in stored(notebook).cells if cell.cell_type == "code"]
    return [_text(output) for cell in cells for output in cell.outputs]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the notebooks")
    parser.add_argument(
        "--write",
        metavar="NAME",
        action="append",
        default=[],
        help="execute only this notebook (its name without .ipynb) and store its outputs in it",
    )
    return parser.parse_args(arguments)


def _done(path: Path, *, write: bool) -> bool:
    """Execute one notebook, say what came of it, and return whether all is well."""
    notebook = nbformat.read(path, as_version=4)
    lacking = missing(notebook)
    if lacking:
        print(f"{path}: skipped, no {', '.join(lacking)} in the development data")
        return not write
    try:
        executed = execute(notebook, path.parent)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"{path}: failed\n{error}", file=sys.stderr)
        return False
    print(f"{path}: {len(executed.cells)} cells executed")
    if write:
        return _write(path, stored(executed))
    if _keeps_outputs(notebook) and texts(notebook) != texts(executed):
        print(f"{path}: its stored outputs say something else; store them with --write {path.stem}")
    return True


def _write(path: Path, notebook: NotebookNode) -> bool:
    """Write a notebook with its outputs, unless they name a place on this machine."""
    text = nbformat.writes(notebook)
    for place in (ROOT.parent, shared().resolve(), Path.home(), Path(sys.prefix)):
        if str(place) != "/" and f"{place}/" in text:
            print(f"{path}: not written, its outputs name the folder {place}", file=sys.stderr)
            return False
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"{path}: written, {len(text.encode()) / 1e6:.2f} MB")
    return True


def _keeps_outputs(notebook: NotebookNode) -> bool:
    return any(cell.get("outputs") for cell in notebook.cells)


def _text(output: NotebookNode) -> str:
    # A kernel lists what it says in any order, a file by name.
    said = sorted((kind, value) for kind, value in output.get("data", {}).items())
    return str(output.get("text", [one for one in said if "image" not in one[0]]))


def _outputs(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield outputs without counters, without progress bars, and pictures without their names."""
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        kept: NotebookNode = nbformat.from_dict(output)
        if kept.output_type == "execute_result":
            kept = nbformat.v4.new_output("display_data", data=kept.data, metadata=kept.metadata)
        if any(kind.startswith("image/") for kind in kept.get("data", {})):
            kept.data.pop("text/plain", None)
        yield kept


if __name__ == "__main__":
    sys.exit(main())

"""Execute the notebooks of a folder from top to bottom; stop at the first error.

The files are not changed: what a notebook prints belongs to the one who runs it.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main(folder: Path) -> int:
    """Execute every notebook of a folder; return the exit code."""
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        print(f"no notebooks in {folder}", file=sys.stderr)
        return 1
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, timeout=600, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
        print(f"{path}: {len(notebook.cells)} cells executed")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

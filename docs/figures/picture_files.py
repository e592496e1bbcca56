"""Pictures as files that are the same from the same code."""  # noqa: INP001

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["write"]


def write(
    figures: Mapping[str, Callable[[], Figure]],
    folder: Path,
    *,
    kind: str = "svg",
    letters: Literal["path", "none"] = "path",
) -> None:
    """Draw figures into files of a folder, named as they are in the mapping.

    ``letters``: ``"path"`` draws them, ``"none"`` leaves them to the reader's fonts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # No date, and no names drawn at random.
    metadata = {"Date": None} if kind == "svg" else {}
    with mpl.rc_context({"svg.hashsalt": "parkgeo", "svg.fonttype": letters}):
        for name, figure in figures.items():
            figure().savefig(folder / f"{name}.{kind}", metadata=metadata, dpi=150)

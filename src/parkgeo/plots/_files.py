"""Figures as files."""

import os
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parkgeo import _atomic
from parkgeo.errors import ParkgeoError


def save(figure: Figure | Axes, path: str | os.PathLike[str], *, dpi: float = 200) -> Path:
    """Write a figure to a file, as ``.png``, ``.svg`` or ``.pdf`` by the suffix.

    In SVG and PDF names are drawn as outlines or with their font embedded, so they look the same
    on a machine that lacks the font.

    Parameters
    ----------
    figure
        What :func:`parkgeo.plots.overlap_map` returned, or any matplotlib figure.
    path
        File to write, replaced in one step; folders on the way are made.
    dpi
        Dots per inch, for PNG.

    Returns
    -------
    The path written.

    Raises
    ------
    ParkgeoError
        matplotlib cannot write such a format.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> save(Figure(), f"{mkdtemp()}/empty.svg").name
    'empty.svg'
    """
    target = Path(path)
    whole = figure_of(figure) if isinstance(figure, Axes) else figure
    kind = target.suffix.lstrip(".").lower()
    known = whole.canvas.get_supported_filetypes()
    if kind not in known:
        raise ParkgeoError(
            f"no such picture format: {target.suffix or target.name!r}; use one of "
            f"{', '.join(f'.{name}' for name in known)}",
        )
    with _atomic.replaced(target) as part:
        whole.savefig(part, format=kind, dpi=dpi, bbox_inches="tight", pad_inches=0.2)
    return target


def figure_of(axes: Axes) -> Figure:
    """Return the whole figure that axes belong to."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ParkgeoError("the axes belong to no figure; take them from plt.subplots()")
    return figure

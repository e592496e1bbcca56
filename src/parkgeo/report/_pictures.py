"""Figures of matplotlib as SVG that can stand in a page beside others."""

import io
import re
from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parkgeo.errors import MissingExtraError
from parkgeo.plots._files import figure_of
from parkgeo.report._content import Picture
from parkgeo.report._say import plain

__all__ = ["picture"]

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_HREFS: Final = ("href", f"{{{_XLINK}}}href")
_DPI: Final = 200
"""Of what a figure holds as a picture, because it is too much for shapes."""
_WIDE_PT: Final = 480.0
"""From here on a figure keeps its size on a phone and is moved there, so that it can be read."""
_LEFT_OUT: Final = frozenset({f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"})
_REFERENCE: Final = re.compile(r"url\(#([^)]+)\)")
_METADATA: Final = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def picture(draw: Callable[[], Figure | Axes], *, name: str, caption: str) -> Picture:
    """Draw a figure for the page, or say in its place which font must be installed for it.

    Parameters
    ----------
    draw
        Makes the figure.
    name
        Begins every id in it, so that no two figures of a page share one.
    caption
        What it shows, in one sentence; also what a screen reader says of it.
    """
    try:
        drawn = draw()
    except MissingExtraError as error:
        return Picture(caption, None, missing=str(error))
    figure = figure_of(drawn) if isinstance(drawn, Axes) else drawn
    try:
        with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
            held = io.StringIO()
            figure.savefig(
                held,
                format="svg",
                dpi=_DPI,
                bbox_inches="tight",
                pad_inches=0.05,
                metadata=_METADATA,
            )
    finally:
        plt.close(figure)
    return Picture(caption, _inline(held.getvalue(), name, caption))


def _inline(svg: str, name: str, caption: str) -> Markup:
    """Make an element of a page of an SVG file: own ids, no comments, as wide as there is room."""
    root = ET.fromstring(svg)  # noqa: S314 - drawn by matplotlib a moment ago
    for element in root.iter():
        _rename(element, f"{name}-")
    for parent in [root, *root.iter(f"{{{_SVG}}}defs")]:
        # Rules for every element of the file would hold for every element of the page.
        for child in [c for c in parent if c.tag in _LEFT_OUT]:
            parent.remove(child)
    width_pt = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.set("style", f"width:{width_pt:.0f}pt;stroke-linejoin:round;stroke-linecap:butt")
    if width_pt > _WIDE_PT:
        root.set("class", "wide")
    root.set("role", "img")
    root.set("aria-label", plain(caption))
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - escaped by ElementTree


def _rename(element: ET.Element, prefix: str) -> None:
    """Begin the ids of an element, and those that it refers to, with a prefix."""
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, prefix + value)
        elif key in _HREFS and value.startswith("#"):
            element.set(key, f"#{prefix}{value[1:]}")
        elif "url(#" in value:
            element.set(key, _REFERENCE.sub(rf"url(#{prefix}\1)", value))

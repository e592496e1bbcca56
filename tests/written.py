"""What is written in a figure, and where."""

import itertools
from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text


def figure_of(drawn: Axes | Figure) -> Figure:
    figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def texts_of(drawn: Axes | Figure) -> list[Text]:
    """Lay the figure out, and return its texts that are seen."""
    figure = figure_of(drawn)
    FigureCanvasAgg(figure).draw()  # matplotlib warns, and the test fails, where a glyph is missing
    hidden = {text for axes in figure.axes for text in _unseen(axes)}
    found = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
    return [one for one in found if one not in hidden]


def _unseen(axes: Axes) -> Iterator[Text]:
    """Yield labels of axes that are off, and those of ticks beyond their ends."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not (axes.axison and low <= tick.get_loc() <= high):
                yield from (tick.label1, tick.label2)
        if not axes.axison:
            yield from (axis.label, axis.offsetText)


def joined(text: Text) -> str:
    return text.get_text().replace("\n", "")


def clashes(drawn: Axes | Figure) -> list[tuple[str, str]]:
    """Return the texts that lie on each other, by more than a pixel."""
    texts = texts_of(drawn)
    # A label with a line to its place takes the room of its words.
    rooms = [Text.get_window_extent(text).padded(-1) for text in texts]
    pairs = itertools.combinations(zip(texts, rooms, strict=True), 2)
    return [
        (one.get_text(), two.get_text())
        for (one, room), (two, other) in pairs
        if min(room.width, room.height, other.width, other.height) > 0 and room.overlaps(other)
    ]

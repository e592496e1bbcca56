"""Scale bar, north arrow, and names that keep out of each other's way."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from parkgeo._style import INK, WORDS, label_points
from parkgeo.plots._files import figure_of
from parkgeo.plots._writer import Writer, wrapped

Floats = NDArray[np.float64]

_LEADER_FROM_PT: Final = 20.0
_APART_PT: Final = 2.0


def scale_bar(axes: Axes, writer: Writer) -> list[Artist]:
    """Draw a bar of a round length, about a quarter of the width, at the lower left."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length_m = round_length(0.25 * (east - west))
    height = 0.010 * (north - south)
    x, y = west + 0.03 * (east - west), south + 0.035 * (north - south)
    halves = [
        Rectangle(
            (x + part * length_m / 2, y),
            length_m / 2,
            height,
            facecolor=face,
            edgecolor=INK,
            linewidth=0.8,
            zorder=5,
        )
        for part, face in ((0, INK), (1, "white"))
    ]
    for half in halves:
        axes.add_patch(half)
    unit, scale = ("km", 1000) if length_m >= 1000 else ("m", 1)  # noqa: PLR2004
    ticks = [
        axes.annotate(
            f"{distance / scale:g}{f' {unit}' if distance == length_m else ''}",
            (x + distance, y + height),
            (0, 3),
            textcoords="offset points",
            ha="center",
            zorder=5,
            **writer.style(8),
        )
        for distance in (0, length_m / 2, length_m)
    ]
    return [*halves, *ticks]


def round_length(most_m: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is no longer.

    Examples
    --------
    >>> round_length(1300.0)
    1000.0
    """
    power = 10.0 ** np.floor(np.log10(most_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most_m))


def north_arrow(axes: Axes, writer: Writer) -> Artist:
    """Draw an arrow to grid north at the upper right."""
    return axes.annotate(
        WORDS["north"].of(writer.language),
        (0.965, 0.975),
        (0.965, 0.89),
        xycoords="axes fraction",
        ha="center",
        va="top",
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "mutation_scale": 14},
        zorder=5,
        **writer.style(10, bold=True),
    )


def label_extents(
    axes: Axes, writer: Writer, zone: gpd.GeoDataFrame, kept_free: Sequence[Artist]
) -> None:
    """Write each name in its extent, or beside it with a line where another name is in the way.

    The largest extents come first; a name for which no place is left is not written.
    """
    figure = figure_of(axes)
    figure.draw_without_rendering()
    taken = [np.asarray(artist.get_window_extent().extents) for artist in kept_free]
    points = label_points(zone.geometry.to_numpy())
    largest_first = np.argsort(-shapely.area(zone.geometry.to_numpy()), kind="stable")
    written = writer.names(zone)
    for row in largest_first:
        label = axes.annotate(
            wrapped(written[row], 18),
            tuple(points[row]),
            (0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            linespacing=1.15,
            zorder=6,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.7, "shrinkB": 0},
            path_effects=[withStroke(linewidth=2.6, foreground="white")],
            **writer.style(9, bold=True),
        )
        room = _place(label, axes.get_window_extent(), np.array(taken), figure.dpi)
        if room is None:
            label.remove()
        else:
            taken.append(room)


def _place(label: Annotation, within: Bbox, taken: Floats, dpi: float) -> Floats | None:
    """Move a label to the nearest place that is free, and return the room that it takes.

    Rooms are left, bottom, right and top in pixels, one row each.
    """
    arrow = label.arrow_patch
    if arrow is not None:
        arrow.set_visible(False)
    room: Floats = np.asarray(label.get_window_extent().padded(_APART_PT * dpi / 72).extents)
    offsets_pt = np.array(list(_offsets()))
    rooms = room + np.tile(offsets_pt * dpi / 72, 2)
    beyond = np.hstack([rooms[:, :2] < within.min, rooms[:, 2:] > within.max])
    outside = np.asarray(beyond.any(axis=1))
    # What is wider than the ground stays where it is, unless it makes another unreadable.
    outside[0] &= not outside.all()
    across = np.dstack([rooms[:, None, :2] < taken[:, 2:], rooms[:, None, 2:] > taken[:, :2]])
    meets = np.asarray(across.all(axis=2))
    free = np.flatnonzero(~outside & ~np.asarray(meets.any(axis=1)))
    if len(free) == 0:
        return None
    nearest = offsets_pt[free[0]]
    label.set_position(tuple(nearest))
    if arrow is not None:
        arrow.set_visible(bool(np.hypot(*nearest) > _LEADER_FROM_PT))
    return np.asarray(rooms[free[0]])


def _offsets() -> Iterator[Floats]:
    """Yield places around a point, the nearest first: in points to the right and up."""
    yield np.zeros(2)
    for radius_pt, turn in product(range(12, 121, 12), range(12)):
        angle = np.pi * turn / 6
        yield radius_pt * np.array([np.cos(angle), np.sin(angle)])

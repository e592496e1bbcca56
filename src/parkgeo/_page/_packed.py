"""Many shapes as few bytes: what a page holds of a large layer.

Coordinates are whole steps from a corner, each written as its way from the one before, in as few
bytes as it needs, and all of it is compressed: about three bytes for a corner of a parcel, where
GeoJSON takes forty-five.
"""

import base64
import gzip
import json
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["compressed_json", "packed"]

Integers = NDArray[np.int64]

STEP_DEG: Final = 1e-6
"""0.1 m, finer than any screen shows at the deepest zoom."""
COARSE_STEP_DEG: Final = 5e-6
"""0.5 m, a pixel at zoom 18, so that a corner lies within half a pixel of its place there."""

RING, LINE, POINT = 0, 1, 2
_SEVEN_BITS: Final = 7
_MOST_BYTES: Final = 5


def packed(shapes: gpd.GeoSeries, *, step_deg: float = STEP_DEG) -> dict[str, Any]:
    """Pack polygons, lines and points, in any mixture, for ``shapes.js``.

    A corner is rounded to the lattice by itself, so corners that neighbours share stay shared.

    Parameters
    ----------
    shapes
        In WGS 84. Heights are left out; missing and empty ones have no runs.
    step_deg
        Step of the lattice, in degrees: a corner moves by half of it at most, each way.

    Returns
    -------
    ``count``, ``origin`` (longitude, latitude), ``step`` in degrees, ``sizes`` of the four lists in
    bytes, and ``data``, their compressed bytes as text: runs of each shape, kinds of the runs,
    vertices of the runs, and ways from vertex to vertex. Shells run against the clock and holes
    with it, and the last vertex of a ring, which is the first, is left out.
    """
    runs, owner, kind = _runs(shapes.to_numpy())
    xy, run = shapely.get_coordinates(runs, return_index=True)
    origin = xy.min(axis=0) if len(xy) else np.zeros(2)
    steps = np.round((xy - origin) / step_deg).astype(np.int64)
    steps, counts = _told_apart(steps, run, kind)
    first = np.cumsum(counts) - counts
    ways = np.diff(steps, axis=0, prepend=steps[:1])
    if len(first):
        # A run begins where the one before began, or near it.
        ways[first] = np.diff(steps[first], axis=0, prepend=np.zeros((1, 2), np.int64))
    lists = [
        _varints(np.bincount(owner, minlength=len(shapes))),
        kind.astype(np.uint8),
        _varints(counts),
        _varints(_unsigned(ways).ravel()),
    ]
    return {
        "count": len(shapes),
        "origin": origin.tolist(),
        "step": step_deg,
        "sizes": [len(part) for part in lists],
        "data": _text(np.concatenate(lists).tobytes()),
    }


def compressed_json(payload: object) -> str:
    """Write plain values as compressed JSON, as text."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    # Halves of characters, which no file can hold, are replaced.
    return _text(text.encode("utf-8", "replace"))


def _text(content: bytes) -> str:
    # Without the time of writing, so that the same map is the same page.
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode("ascii")


def _runs(
    shapes: NDArray[np.object_],
) -> tuple[NDArray[np.object_], Integers, Integers]:
    """Take shapes apart into rings, lines and points, in the order of the shapes."""
    parts, row = shapely.get_parts(shapely.force_2d(shapes), return_index=True)
    # What a collection holds may have parts itself.
    parts, of = shapely.get_parts(parts, return_index=True)
    row = row[of]
    types = shapely.get_type_id(parts)
    areal = types == shapely.GeometryType.POLYGON
    rings, of = shapely.get_rings(shapely.orient_polygons(parts[areal]), return_index=True)
    rest = ~areal & ~shapely.is_empty(parts)
    runs = np.concatenate([rings, parts[rest]])
    owner = np.concatenate([row[areal][of], row[rest]]).astype(np.int64)
    is_point = types[rest] == shapely.GeometryType.POINT
    kind = np.concatenate([np.full(len(rings), RING), np.where(is_point, POINT, LINE)])
    order = np.argsort(owner, kind="stable")
    return runs[order], owner[order], kind[order].astype(np.int64)


def _told_apart(steps: Integers, run: Integers, kind: Integers) -> tuple[Integers, Integers]:
    """Leave out vertices that a screen cannot tell from the one before, and the end of rings."""
    same_run = np.diff(run, prepend=-1) == 0
    repeated = same_run & (np.diff(steps, axis=0, prepend=steps[:1] - 1) == 0).all(axis=1)
    last = np.diff(run, append=-1) != 0
    closing = last & same_run & (kind[run] == RING)
    kept = ~(repeated | closing)
    return steps[kept], np.bincount(run[kept], minlength=len(kind)).astype(np.int64)


def _unsigned(values: Integers) -> Integers:
    """Write 0, −1, 1, −2 and so on as 0, 1, 2, 3, so that small numbers stay small."""
    return (values << 1) ^ (values >> 63)


def _varints(values: Integers) -> NDArray[np.uint8]:
    """Write numbers with seven bits to a byte, the lowest first; the eighth says that more come."""
    limits = 1 << (_SEVEN_BITS * np.arange(1, _MOST_BYTES))
    size = np.searchsorted(limits, values, side="right") + 1
    ends = np.cumsum(size)
    out = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for k in range(_MOST_BYTES):
        there = size > k
        more = (size[there] > k + 1).astype(np.int64) << _SEVEN_BITS
        out[(ends - size)[there] + k] = ((values[there] >> (_SEVEN_BITS * k)) & 0x7F) | more
    return out

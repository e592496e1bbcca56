"""One finding, before it is a row of a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo._style import Text
from parkgeo.check._codes import CODES
from parkgeo.crs import CGCS2000

__all__ = ["COLUMNS", "Finding", "few", "say", "tabulate"]

COLUMNS = (
    "severity",
    "code",
    "rows",
    "n_rows",
    "found",
    "found_zh",
    "remedy",
    "remedy_zh",
    "fixable",
)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in which rows (by position), and where in EPSG:4490."""

    code: str
    rows: Sequence[int]
    found: Text
    remedy: Text
    place: Any = None
    facts: Mapping[str, object] = field(default_factory=dict)


def say(code: str, rows: Iterable[int] = (), *, place: Any = None, **facts: object) -> Finding:  # noqa: ANN401 - a geometry
    """Fill the words of a code with the facts of a file.

    A fact that differs between the languages is given twice, as ``hint`` and ``hint_zh``.
    """
    kind = CODES[code]
    found, remedy = (
        Text(text.zh.format(**facts), text.en.format(**facts)) for text in (kind.found, kind.remedy)
    )
    return Finding(code, [int(row) for row in rows], found, remedy, place, facts)


def few(values: Iterable[object], *, most: int = 5) -> str:
    """Show the first values on one line; what a file says must not move a terminal's cursor."""
    shown = [one_line(value) for value in values]
    rest = f" … +{len(shown) - most}" if len(shown) > most else ""
    return ", ".join(shown[:most]) + rest


def one_line(value: object) -> str:
    text = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)
    )
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def places(points: NDArray[np.object_]) -> Any:  # noqa: ANN401 - a geometry, or None
    """Gather what is there of some geometries into one."""
    known = points[~shapely.is_missing(points) & ~shapely.is_empty(points)]
    if not len(known):
        return None
    parts = shapely.get_parts(known)
    kinds = set(shapely.get_type_id(parts).tolist())
    makers: dict[int, Any] = {0: shapely.multipoints, 3: shapely.multipolygons}
    maker = makers.get(kinds.pop(), shapely.geometrycollections) if len(kinds) == 1 else None
    return (maker or shapely.geometrycollections)(parts)


def tabulate(findings: Iterable[Finding], index: pd.Index) -> gpd.GeoDataFrame:
    """Make the table, the worst first; ``rows`` are labels of the index."""
    ranked = sorted(findings, key=lambda one: list(CODES).index(one.code))
    order = ["error", "warning", "note"]
    ranked.sort(key=lambda one: order.index(CODES[one.code].severity))
    labels = index.to_flat_index()
    rows = [
        (
            CODES[one.code].severity.value,
            one.code,
            tuple(labels[list(one.rows)].tolist()),
            len(one.rows),
            one.found.en,
            one.found.zh,
            one.remedy.en,
            one.remedy.zh,
            CODES[one.code].fixable,
        )
        for one in ranked
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n_rows": "int64", "fixable": "bool"})
    shapes = np.empty(len(ranked), dtype=object)
    shapes[:] = [one.place for one in ranked]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=CGCS2000))

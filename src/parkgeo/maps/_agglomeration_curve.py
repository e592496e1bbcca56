"""A measure by distance with its bands, as numbers that a page draws."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from parkgeo._style import Text
from parkgeo.agglomeration import DistanceResult
from parkgeo.agglomeration._distance_plot import heading

__all__ = ["curve"]

_POWERS: Final = {"K": -2, "L": -1, "Kd": 1}
"""By which power of a length the measure is one over it."""
_UNITS: Final = {
    -2: Text("平方公里", "km²"),
    -1: Text("公里", "km"),
    0: Text("", ""),
    1: Text("每公里", "per km"),
}
_LINES: Final = (
    "observed", "expected", "local_low", "local_high", "global_low", "global_high",
)  # fmt: skip
_MOST: Final = 240
"""Distances that are drawn: as many as the panel has pixels."""
_BEYOND: Final = {
    "localisation": Text("{} 公里：比随机更集聚", "{} km: closer together than chance"),
    "dispersion": Text("{} 公里：比随机更分散", "{} km: further apart than chance"),
}
_NOWHERE: Final = Text("各距离上均与随机无显著差别", "nowhere beyond what chance gives")


def curve(found: DistanceResult) -> dict[str, Any]:
    """Lay out a curve in kilometres, and what is said about it."""
    table = found.table
    rows = np.unique(np.linspace(0, len(table) - 1, min(len(table), _MOST)).round().astype(int))
    power = _POWERS.get(found.measure, 0)
    scale = 1000.0**power
    unit = _UNITS[power]
    return {
        "r": _numbers(table["r_m"].to_numpy()[rows] / 1000),
        "lines": {
            name: _numbers(table[name].to_numpy()[rows] * scale)
            for name in _LINES
            if name in table and table[name].notna().any()
        },
        "measure": Text(
            f"{found.measure}（{unit.zh}）" if unit.zh else found.measure,
            f"{found.measure} ({unit.en})" if unit.en else found.measure,
        ),
        "says": [Text(heading(found, "zh"), heading(found, "en")), *_says(found)],
    }


def _says(found: DistanceResult) -> Iterator[Text]:
    """Say at which distances the curve is beyond the band of all distances."""
    if not found.simulations:
        return
    beyond = False
    for name, text in _BEYOND.items():
        at = np.flatnonzero(found.table[name].to_numpy() > 0)
        for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
            if not len(run):
                continue
            beyond = True
            near, far = found.table["r_m"].to_numpy()[run[[0, -1]]] / 1000
            span = f"{near:.3g}" if near == far else f"{near:.3g}–{far:.3g}"
            yield Text(text.zh.format(span), text.en.format(span))
    if not beyond:
        yield _NOWHERE


def _numbers(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values]

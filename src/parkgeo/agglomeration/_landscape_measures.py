"""The formulas of FRAGSTATS, on patches that are measured in cells."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from parkgeo.agglomeration._patches import Counts, Floats, Labels, Patches

Groups: TypeAlias = Counts | Labels

HA_M2: Final = 1e4
_TEMPLATE: Final = 13
"""Sum of FRAGSTATS' template for contiguity: the cell 1, across a side 2, across a corner 1."""

_TYPES_FOR_IJI: Final = 3

PATCH: Final = {
    "AREA": "ha",
    "PERIM": "m",
    "GYRATE": "m",
    "SHAPE": "1",
    "FRAC": "1",
    "PARA": "m/ha",
    "CONTIG": "1",
    "ENN": "m",
    "PROX": "1",
}
CLASS: Final = {
    "CA": "ha",
    "PLAND": "%",
    "NP": "1",
    "PD": "1/100 ha",
    "LPI": "%",
    "TE": "m",
    "ED": "m/ha",
    "LSI": "1",
    "COHESION": "%",
    "AI": "%",
    "DIVISION": "1",
    "MESH": "ha",
    "SPLIT": "1",
    "IJI": "%",
}
LANDSCAPE: Final = {
    "TA": "ha",
    "NP": "1",
    "PD": "1/100 ha",
    "LPI": "%",
    "TE": "m",
    "ED": "m/ha",
    "LSI": "1",
    "COHESION": "%",
    "AI": "%",
    "DIVISION": "1",
    "MESH": "ha",
    "SPLIT": "1",
    "IJI": "%",
    "CONTAG": "%",
    "SHDI": "1",
    "SIDI": "1",
    "SHEI": "1",
    "PR": "1",
}
SUMMED: Final = tuple(name for name in PATCH if name != "PERIM")
STATISTICS: Final = ("MN", "AM", "MD", "RA", "SD", "CV")


@dataclass(frozen=True)
class Landscape:
    """Patches with the side of a cell: what all formulas start from."""

    patches: Patches
    cell_m: float
    n_classes: int
    count_boundary: bool

    @property
    def cells(self) -> int:
        """Return how many cells are no background."""
        return int(self.patches.cells.sum())


def least_edges(cells: Counts) -> Counts:
    """Return the sides around so many cells in the most compact patch."""
    n = np.floor(np.sqrt(cells)).astype(np.int64)
    rest = cells - n * n
    return 4 * n + np.where(rest == 0, 0, np.where(rest <= n, 2, 4))


def most_joins(cells: Counts) -> Counts:
    """Return the sides between so many cells in the most compact patch."""
    return (4 * cells - least_edges(cells)) // 2


def by_patch(land: Landscape) -> dict[str, Floats]:
    """Return the measures of each patch that follow from its own cells."""
    p, side = land.patches, land.cell_m
    cells = p.cells.astype(np.float64)
    area, edge = cells * side**2, p.edges * side
    with np.errstate(divide="ignore", invalid="ignore"):
        fractal = 2 * np.log(edge / 4) / np.log(area)
    # Of squares; where an area of 1 m² makes it 0 / 0 as well.
    fractal = np.where(p.edges**2 == 16 * p.cells, 1.0, fractal)
    return {
        "AREA": area / HA_M2,
        "PERIM": edge,
        "SHAPE": p.edges / least_edges(p.cells),
        "FRAC": np.where(np.isfinite(fractal), fractal, np.nan),
        "PARA": edge / (area / HA_M2),
        "CONTIG": ((cells + p.touching) / cells - 1) / (_TEMPLATE - 1),
    }


def _by_group(group: Groups, values: NDArray[Any], n: int) -> Floats:
    return np.bincount(group, values, minlength=n).astype(np.float64)


def _ratio(upper: Floats, lower: Floats) -> Floats:
    """Divide; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(lower != 0, upper / lower, np.nan))


def _of_groups(land: Landscape, group: Groups, n: int) -> dict[str, Floats]:
    """Return the measures that classes and the landscape share, from patches in groups."""
    p = land.patches
    whole = np.full(n, float(land.cells))
    cells = p.cells.astype(np.float64)
    count = _by_group(group, np.ones(len(p)), n)
    largest = np.zeros(n)
    np.maximum.at(largest, group, cells)
    square = _by_group(group, cells**2, n)
    hectares = whole * land.cell_m**2 / HA_M2
    long, wide = (_by_group(group, p.edges * w, n) for w in (1.0, np.sqrt(cells)))
    cohesion = _ratio(1 - _ratio(long, wide), 1 - _ratio(np.ones(n), np.sqrt(whole))) * 100
    return {
        "NP": count,
        "PD": _ratio(count, hectares) * 100,
        "LPI": _ratio(largest, whole) * 100,
        "COHESION": cohesion,
        "DIVISION": 1 - _ratio(square, whole**2),
        "MESH": _ratio(square, whole) * land.cell_m**2 / HA_M2,
        "SPLIT": _ratio(whole**2, square),
    }


def _class_cells(land: Landscape) -> Counts:
    p = land.patches
    return _by_group(p.of_class, p.cells.astype(np.float64), land.n_classes).astype(np.int64)


def _aggregation(land: Landscape) -> Floats:
    joins = np.diag(land.patches.adjacency)[:-1] / 2
    return _ratio(joins, most_joins(_class_cells(land)).astype(np.float64)) * 100


def _between(land: Landscape) -> Floats:
    """Return the sides between classes, without those within a class."""
    between = land.patches.adjacency.astype(np.float64)
    np.fill_diagonal(between, 0.0)
    return between


def _counted(land: Landscape) -> Floats:
    """Return the sides towards others that count as edge, class by class."""
    between = _between(land)
    return np.asarray((between if land.count_boundary else between[:, :-1]).sum(axis=1)[:-1])


def _entropy(share: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(-np.where(share > 0, share * np.log(share), 0.0).sum(axis=-1))


def by_class(land: Landscape) -> dict[str, Floats]:
    """Return the measures of each class."""
    n, side = land.n_classes, land.cell_m
    cells = _class_cells(land)
    hectares = land.cells * side**2 / HA_M2
    whole = np.full(n, float(land.cells))
    between = _between(land)
    edge = _counted(land) * side
    mixed = between[:-1, :-1]
    present = int((cells > 0).sum())
    interspersion = np.full(n, np.nan)
    if present >= _TYPES_FOR_IJI:
        share = _ratio(mixed, mixed.sum(axis=1, keepdims=True))
        found = _entropy(share) / np.log(present - 1) * 100
        interspersion = np.where(mixed.sum(axis=1) > 0, found, np.nan)
    values = {
        **_of_groups(land, land.patches.of_class, n),
        "CA": cells * side**2 / HA_M2,
        "PLAND": _ratio(cells.astype(np.float64), whole) * 100,
        "TE": edge,
        "ED": _ratio(edge, np.full(n, hectares)),
        "LSI": _ratio(between.sum(axis=1)[:-1], least_edges(cells).astype(np.float64)),
        "AI": _aggregation(land),
        "IJI": interspersion,
    }
    there = ("CA", "PLAND", "NP", "PD", "LPI", "TE", "ED")
    return {
        name: found if name in there else np.where(cells > 0, found, np.nan)
        for name, found in values.items()
    }


def by_landscape(land: Landscape) -> dict[str, Floats]:
    """Return the measures of the landscape, each an array of one number."""
    side, cells = land.cell_m, _class_cells(land)
    group, whole = np.zeros(len(land.patches), np.int64), np.array([land.cells])
    hectares = land.cells * side**2 / HA_M2
    between = _between(land)
    inner, outer = between[:-1, :-1].sum() / 2, between[:-1, -1].sum()
    edge = (inner + outer * land.count_boundary) * side
    share = _ratio(cells.astype(np.float64), np.full(len(cells), float(land.cells)))[cells > 0]
    shannon = float(_entropy(share)) if land.cells else np.nan
    aggregation = _aggregation(land)[cells > 0]
    values = {
        "TA": hectares,
        "TE": edge,
        "ED": edge / hectares if hectares else np.nan,
        "LSI": (inner + outer) / least_edges(whole)[0] if land.cells else np.nan,
        "AI": np.nansum(share * aggregation) if np.isfinite(aggregation).any() else np.nan,
        "IJI": _interspersion(between[:-1, :-1], len(share)),
        "CONTAG": _contagion(land, cells),
        "SHDI": shannon,
        "SIDI": 1 - float((share**2).sum()) if land.cells else np.nan,
        "SHEI": _evenness(shannon, len(share)),
        "PR": float(len(share)),
    }
    own = _of_groups(land, group, 1)
    return own | {name: np.array([float(value)]) for name, value in values.items()}


def _evenness(shannon: float, present: int) -> float:
    """Return Shannon's index in parts of its most; FRAGSTATS gives 0 to a single class."""
    return shannon / np.log(present) if present > 1 else shannon


def _interspersion(mixed: Floats, present: int) -> float:
    total = mixed.sum() / 2
    if present < _TYPES_FOR_IJI or total == 0:
        return np.nan
    pairs = np.triu(mixed, 1).ravel() / total
    return float(_entropy(pairs) / np.log(present * (present - 1) / 2) * 100)


def _contagion(land: Landscape, cells: Counts) -> float:
    there = np.flatnonzero(cells > 0)
    if len(there) < 2:  # noqa: PLR2004 - one class has nothing to be mixed with
        return np.nan
    joins = land.patches.adjacency[np.ix_(there, there)].astype(np.float64)
    # A class that touches nothing but background has no joins, and adds nothing.
    like = np.nan_to_num(_ratio(joins, joins.sum(axis=1, keepdims=True)))
    share = (cells[there] / land.cells)[:, None] * like
    return float((1 - _entropy(share.ravel()) / (2 * np.log(len(there)))) * 100)


def statistics(
    values: Floats, weights: Floats, group: Groups, n: int, wanted: AbstractSet[str]
) -> dict[str, Floats]:
    """Return mean, area-weighted mean, median, range, deviation and variation by group.

    Patches without a value do not count; a group without any has NaN.
    """
    some = np.isfinite(values)
    x, w, g = values[some], weights[some], group[some]
    count = _by_group(g, np.ones(len(x)), n)
    mean = _ratio(_by_group(g, x, n), count)
    deviation = np.sqrt(_ratio(_by_group(g, (x - mean[g]) ** 2, n), count))
    out = {
        "MN": mean,
        "AM": _ratio(_by_group(g, x * w, n), _by_group(g, w, n)),
        "SD": deviation,
        "CV": _ratio(deviation, mean) * 100,
    }
    if not wanted.isdisjoint(("MD", "RA")):
        low, median, high = _ordered(x, g, count.astype(np.int64))
        out |= {"MD": median, "RA": high - low}
    return {name: found for name, found in out.items() if name in wanted}


def _ordered(x: Floats, group: Groups, count: Counts) -> tuple[Floats, Floats, Floats]:
    """Return the least, the median and the largest value of each group."""
    order = np.argsort(x)
    # Of 16 bits, which NumPy sorts digit by digit.
    order = order[np.argsort(group[order].astype(np.int16), kind="stable")]
    start, has = np.cumsum(count) - count, count > 0
    ordered = np.append(x[order], np.nan)

    def at(place: Counts) -> Floats:
        return ordered[np.where(has, start + place, -1)]

    middle = (at((count - 1) // 2) + at(count // 2)) / 2
    return at(np.zeros_like(count)), middle, at(count - 1)

"""What chance gives: simulations, bands about them, and how far beyond the observed lies."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Final

import numpy as np

from parkgeo._ground import in_threads
from parkgeo.agglomeration._cross import Floats
from parkgeo.errors import SchemaError

_HALVINGS: Final = 40


@dataclass(frozen=True)
class Bands:
    """Bands of simulations by distance, and the p-value of the observed curve.

    Between the local ones a simulation lies with the level asked for at each distance; more than
    1 - level of all simulations leave neither global one anywhere.
    """

    mean: Floats
    local: Floats
    overall: Floats
    p_value: float
    beyond: tuple[float, float]


@dataclass(frozen=True)
class Chance:
    """How often chance was asked, and what it gave; no bands where it was not."""

    simulations: int
    level: float
    seed: int | None
    bands: Bands | None


def chance_of(  # noqa: PLR0913
    observed: Floats,
    draw: Callable[[np.random.Generator], Floats],
    *,
    simulations: int,
    level: float,
    seed: int | None,
    doing: str,
    finish: Callable[[Floats], Floats] = np.asarray,
) -> Chance:
    """Draw on all cores, each time with a seed of its own, so that threads change nothing.

    ``finish`` makes curves of what was drawn, all at once, row by row.
    """
    if not simulations:
        return Chance(0, np.nan, None, None)
    taken = _seed_of(seed)
    seeds = np.random.SeedSequence(taken).spawn(simulations)
    found = in_threads(lambda one: draw(np.random.default_rng(one)), seeds, doing=doing)
    bands = bands_of(observed, finish(np.asarray(found)), level=level)
    return Chance(simulations, level, taken, bands)


def bands_of(observed: Floats, curves: Floats, *, level: float) -> Bands:
    """Find the local and global bands of simulated curves (rows).

    As Duranton and Overman do, a global band is the local one of another level, chosen so that a
    share of 1 - level of the simulations crosses it anywhere, above and below for themselves.
    """
    known = np.isfinite(curves).all(axis=0)
    some, spare = curves[:, known], 1 - level
    upper, above = _global(some, spare)
    lower, below = _global(-some, spare)
    found = np.full((5, len(observed)), np.nan)
    found[0, known] = some.mean(axis=0)
    found[1:3, known] = np.quantile(some, (spare / 2, 1 - spare / 2), axis=0)
    found[3:, known] = -lower, upper
    return Bands(found[0], found[1:3], found[3:], _p_value(observed, curves), (below, above))


def _global(curves: Floats, spare: float) -> tuple[Floats, float]:
    """Find the lowest band that no more than the spare share of curves crosses upwards."""
    ranked = np.sort(curves, axis=0)
    low, high = 0.5, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _crossing(curves, _between(ranked, middle)) <= spare:
            high = middle
        else:
            low = middle
    band = _between(ranked, high)
    return band, _crossing(curves, band)


def _between(ranked: Floats, share: float) -> Floats:
    """Interpolate the quantile of each column, which stands in order."""
    place = share * (len(ranked) - 1)
    at = min(int(place), len(ranked) - 2)
    return np.asarray(ranked[at] + (place - at) * (ranked[at + 1] - ranked[at]))


def _crossing(curves: Floats, band: Floats) -> float:
    """Return the share of curves that rise above a band anywhere."""
    return float((curves > band).any(axis=1).mean())


def _p_value(observed: Floats, curves: Floats) -> float:
    """Rank the greatest studentised deviation of the observed among those of all curves."""
    every = np.vstack([observed, curves])
    used = np.isfinite(every).all(axis=0)
    every = every[:, used]
    spread = every.std(axis=0)
    varies = spread > 1e-12 * np.abs(every).max(axis=0, initial=0.0)
    if not varies.any():
        return 1.0
    apart = np.abs(every - every.mean(axis=0))[:, varies] / spread[varies]
    most = apart.max(axis=1)
    return float((most >= most[0] * (1 - 1e-12)).mean())


def _seed_of(seed: int | None) -> int:
    """Take the seed, or draw one that can be given again."""
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(seed)


def require_settings(simulations: int, level: float, seed: object = None) -> None:
    """Refuse numbers of simulations, levels and seeds that mean nothing."""
    if seed is not None and (not isinstance(seed, Integral) or seed < 0):
        raise SchemaError(f"the seed must be a whole number, 0 or more, not {seed!r}")
    if not (0 <= simulations < np.inf and int(simulations) == simulations):
        raise SchemaError(f"simulations must be a whole number, 0 or more, not {simulations!r}")
    if not 0 < level < 1:
        raise SchemaError(f"level must lie between 0 and 1, not {level!r}")
    if 0 < simulations < 1 / (1 - level) - 1e-9:
        raise SchemaError(
            f"{simulations} simulations cannot show a level of {level}; take "
            f"{round(1 / (1 - level))} at least, better 1000"
        )

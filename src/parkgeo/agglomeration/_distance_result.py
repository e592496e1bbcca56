"""A curve by distance, what chance gives, and how far beyond that it lies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pyproj import CRS

from parkgeo.agglomeration._cross import Floats, Report
from parkgeo.agglomeration._distance_bands import Bands, Chance
from parkgeo.agglomeration._distance_plot import draw, heading, page
from parkgeo.agglomeration._distance_points import Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class DistanceResult:
    """A measure of agglomeration by distance, with what chance gives.

    Parameters
    ----------
    measure
        "K", "L", "Kd", "M" or "m".
    table
        One row per distance: ``r_m``, ``observed``, ``expected`` (where there are simulations of
        Kd: their mean; of K: πr²; of M and m: 1), and, with simulations, ``local_low``,
        ``local_high``, ``global_low``, ``global_high``, ``localisation`` and ``dispersion``: how
        far above or below the global bands the observed lies.
    n_reference, n_neighbours, n_sites
        Points around which neighbours are looked for, those that count, and all.
    simulations, level, seed
        How many draws, the level of the bands, and the seed that gives the same ones again.
    p_value
        Share of all curves, the observed one included, that deviate as much from their mean,
        anywhere and in standard deviations; NaN without simulations.
    localisation_index, dispersion_index
        Duranton and Overman's Γ and Ψ over all distances: the area between the observed curve and
        the global band. Ψ is 0 where Γ is not. NaN without simulations.
    beyond
        Shares of the simulations that cross the lower and the upper global band; less than
        1 - level where there are too few simulations to come nearer.
    bandwidth_m
        Of the kernel, for Kd and m.
    error
        By what share of the greatest value the curve may be off, for how it was computed.
    error_note
        What that error is.
    crs
        In which distances were measured.
    report
        Rows that were left out, and how many points share a place with another.
    """

    measure: str
    table: pd.DataFrame
    n_reference: int
    n_neighbours: int
    n_sites: int
    crs: CRS
    report: Report
    simulations: int = 0
    level: float = np.nan
    seed: int | None = None
    p_value: float = np.nan
    localisation_index: float = np.nan
    dispersion_index: float = np.nan
    beyond: tuple[float, float] = (np.nan, np.nan)
    bandwidth_m: float = np.nan
    error: float = 0.0
    error_note: str = "rounding only"

    @property
    def bands_hold(self) -> bool:
        """Whether as many simulations cross the global bands as their level says, nearly."""
        return self.simulations > 0 and min(self.beyond) >= (1 - self.level) / 2

    def plot(
        self,
        *,
        ax: "Axes | None" = None,
        language: Literal["zh", "en"] | None = None,
        title: str | None = None,
    ) -> "Axes":
        """Draw the curve over the bands of chance.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure without.
        language
            Of the words; Chinese by default where an installed font has its glyphs.
        title
            Heading; the empty string for none.

        Returns
        -------
        The axes: grey where draws are at each distance by itself, dashed what they stay between
        at all distances, dotted what is expected, and the observed curve. Distances at which it is
        beyond the global bands are filled, and marked on the axis.

        Raises
        ------
        MissingExtraError
            Chinese was asked for and no installed font has its glyphs.
        UnknownNameError
            No such language.
        """
        return draw(self, ax=ax, language=language, title=title)

    def __repr__(self) -> str:
        r = self.table["r_m"]
        return (
            f"<{heading(self, 'en')}, {len(r)} distances to {r.max():,.0f} m, "
            f"{self.simulations} simulations>"
        )

    def _repr_html_(self) -> str:
        return page(self)


def result_of(  # noqa: PLR0913
    measure: str,
    points: Points,
    r: Floats,
    observed: Floats,
    *,
    chance: Chance,
    expected: Floats | None = None,
    bandwidth: float = np.nan,
    error: float = 0.0,
    error_note: str = "rounding only",
) -> DistanceResult:
    """Put a curve and what chance gives together; expected is the mean of draws unless given."""
    bands = chance.bands
    if expected is None:
        expected = np.full(len(r), np.nan) if bands is None else bands.mean
    table, localisation, dispersion = _table(r, observed, expected, bands)
    return DistanceResult(
        measure=measure,
        table=table,
        n_reference=int(points.reference.sum()),
        n_neighbours=int(points.neighbours.sum()),
        n_sites=len(points.xy),
        crs=points.crs,
        report=points.report,
        simulations=chance.simulations,
        level=chance.level,
        seed=chance.seed,
        p_value=np.nan if bands is None else bands.p_value,
        localisation_index=localisation,
        dispersion_index=dispersion,
        beyond=(np.nan, np.nan) if bands is None else bands.beyond,
        bandwidth_m=bandwidth,
        error=error,
        error_note=error_note,
    )


def _table(
    r: Floats, observed: Floats, expected: Floats, bands: Bands | None
) -> tuple[pd.DataFrame, float, float]:
    """Lay out the frame, and find the indices of localisation and dispersion."""
    table = pd.DataFrame({"r_m": r, "observed": observed, "expected": expected})
    if bands is None:
        return table, np.nan, np.nan
    table["local_low"], table["local_high"] = bands.local
    table["global_low"], table["global_high"] = bands.overall
    above = np.maximum(observed - bands.overall[1], 0.0)
    below = np.maximum(bands.overall[0] - observed, 0.0)
    table["localisation"] = above
    # An industry that is localised at any distance is not said to be dispersed (2005, eq. 5).
    table["dispersion"] = np.zeros_like(below) if np.nansum(above) > 0 else below
    return table, _area(r, above), _area(r, table["dispersion"].to_numpy())


def _area(r: Floats, height: Floats) -> float:
    r, height = r[np.isfinite(height)], height[np.isfinite(height)]
    return float((np.diff(r) * (height[1:] + height[:-1]) / 2).sum())

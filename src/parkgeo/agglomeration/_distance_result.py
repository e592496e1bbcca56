"""A curve by distance, what chance gives, and how far beyond that it lies."""

import io
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pyproj import CRS

from parkgeo.agglomeration._cross import Floats, Report
from parkgeo.agglomeration._distance_bands import Bands

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK: Final = "#332288"
_GREY: Final = "#5B6773"


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

    def plot(self, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
        """Draw the curve over the bands of chance.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure without.
        title
            Heading; the empty string for none.

        Returns
        -------
        The axes.
        """
        if ax is None:
            import matplotlib.pyplot as plt  # noqa: PLC0415 - heavy, and many are never drawn

            _, ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
        self._draw(ax)
        ax.set_title(self._heading() if title is None else title, loc="left", fontsize=11)
        return ax

    def _draw(self, ax: "Axes") -> None:
        table, far = self.table, self.table["r_m"].max() >= 5_000  # noqa: PLR2004
        r = table["r_m"] / (1000 if far else 1)
        if self.simulations:
            ax.fill_between(
                r, table["local_low"], table["local_high"], color="#C9CFD6", lw=0,
                label=f"{self.level:.0%} at each distance",
            )  # fmt: skip
            ax.plot(r, table["global_low"], color=_GREY, ls="--", lw=1)
            ax.plot(
                r, table["global_high"], color=_GREY, ls="--", lw=1,
                label=f"{self.level:.0%} anywhere",
            )  # fmt: skip
        if table["expected"].notna().any():
            ax.plot(r, table["expected"], color=_GREY, ls=":", lw=1, label="expected")
        ax.plot(r, table["observed"], color=_INK, lw=1.8, label="observed")
        ax.set_xlabel("distance (km)" if far else "distance (m)")
        ax.set_ylabel(self.measure)
        ax.margins(x=0)
        ax.legend(frameon=False, fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)

    def _heading(self) -> str:
        chance = f", p = {self.p_value:.3g}" if self.simulations else ""
        return f"{self.measure}: {self.n_reference} points of {self.n_sites}{chance}"

    def __repr__(self) -> str:
        r = self.table["r_m"]
        return (
            f"<{self._heading()}, {len(r)} distances to {r.max():,.0f} m, "
            f"{self.simulations} simulations>"
        )

    def _repr_html_(self) -> str:
        from matplotlib.figure import Figure  # noqa: PLC0415 - heavy

        figure = Figure(figsize=(7.0, 3.6), layout="constrained")
        self.plot(ax=figure.subplots(), title="")
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg")
        picture = drawn.getvalue().partition("<svg")
        return (
            '<div style="background:#fff;color:#1f2933;padding:12px 14px;max-width:760px">'
            f"<b>{escape(self._heading())}</b><br>{escape(self._words())}"
            f"{picture[1]}{picture[2]}</div>"
        )

    def _words(self) -> str:
        words = [] if np.isnan(self.bandwidth_m) else [f"bandwidth {self.bandwidth_m:,.0f} m"]
        if self.simulations:
            words += [
                f"{self.simulations} simulations (seed {self.seed})",
                f"localisation {self.localisation_index:.4g}",
                f"dispersion {self.dispersion_index:.4g}",
            ]
        if self.error > 0:
            words.append(f"error ≤ {self.error:.1e} ({self.error_note})")
        return " · ".join(words)


def table_of(
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

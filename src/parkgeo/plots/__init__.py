"""Figures for print: extents and overlaps with scale bar, north arrow, legend and sources."""

from parkgeo.plots._before_after import before_after, before_after_map
from parkgeo.plots._census import census_bars
from parkgeo.plots._concentration import concentration_bars, concentration_gauge
from parkgeo.plots._files import save
from parkgeo.plots._overlap import overlap_map
from parkgeo.plots._plan import plan_frontier
from parkgeo.plots._profile import city_profile
from parkgeo.plots._radar import radar
from parkgeo.plots._upset import upset

__all__ = [
    "before_after",
    "before_after_map",
    "census_bars",
    "city_profile",
    "concentration_bars",
    "concentration_gauge",
    "overlap_map",
    "plan_frontier",
    "radar",
    "save",
    "upset",
]

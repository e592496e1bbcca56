"""Figures for print: extents and overlaps with scale bar, north arrow, legend and sources."""

from parkgeo.plots._census import census_bars
from parkgeo.plots._files import save
from parkgeo.plots._overlap import overlap_map
from parkgeo.plots._plan import plan_frontier
from parkgeo.plots._profile import city_profile
from parkgeo.plots._upset import upset

__all__ = ["census_bars", "city_profile", "overlap_map", "plan_frontier", "save", "upset"]

"""Figures for print: extents and overlaps with scale bar, north arrow, legend and sources."""

from parkgeo.plots._files import save
from parkgeo.plots._overlap import overlap_map

__all__ = ["overlap_map", "save"]

"""What lies inside the extents on a raster of land cover, by exact shares of cells.

:func:`shares` says how much of each zone each class takes; :func:`concentration` is the number
behind "industrial land in zones ≥ 70 %" where land is known by cells and not by parcels.

A cell that a boundary crosses counts by the share of it that lies inside, not by its middle, and
areas are official ones: cells are measured on the ellipsoid.
"""

from parkgeo.raster._concentration import concentration
from parkgeo.raster._shares import shares

__all__ = ["concentration", "shares"]

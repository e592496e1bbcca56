"""How much of the land, or of what stands on it, lies inside the zones.

:func:`ratio` is the number behind "industrial land in zones ≥ 70 %", with its interval and the gap
to the target; :func:`increments` asks the same of what is new; :func:`scattered` finds the parcels
outside, in clusters, and the nearest zone; :func:`plan` is the least-cost way to the target.

All areas are official ones, on the equal-area plane of :mod:`parkgeo.crs`; ground under several
brands counts once.
"""

from parkgeo.concentration._increments import increments
from parkgeo.concentration._plan import plan
from parkgeo.concentration._plan_result import Plan
from parkgeo.concentration._plan_terms import Costs, Limits
from parkgeo.concentration._ratio import ratio
from parkgeo.concentration._scattered import Scattered, scattered

__all__ = [
    "Costs",
    "Limits",
    "Plan",
    "Scattered",
    "increments",
    "plan",
    "ratio",
    "scattered",
]

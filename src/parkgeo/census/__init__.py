"""The census of industrial land: what it is used for, by whom, and how intensively.

:func:`tabulate` lays out use × status × district × platform so that everything adds up;
:func:`match` lays an enterprise register on the parcels and lists where they disagree;
:func:`link` joins projects, land and output without losing any of it;
:func:`intensity` evaluates how intensively each zone uses its land, in the manner of TD/T 1029.

All areas are official ones, on the equal-area plane of :mod:`parkgeo.crs`; ground under several
platforms counts once.
"""

from parkgeo.census._census import Census
from parkgeo.census._intensity import indicators, intensity
from parkgeo.census._land_totals import land_totals
from parkgeo.census._link import Link, link
from parkgeo.census._match import Match, match
from parkgeo.census._tabulate import tabulate
from parkgeo.census._words import Activity, Status, Use

__all__ = [
    "Activity",
    "Census",
    "Link",
    "Match",
    "Status",
    "Use",
    "indicators",
    "intensity",
    "land_totals",
    "link",
    "match",
    "tabulate",
]

"""One page of it all: what a planner attaches to a memo (评估报告).

:func:`compose` turns zones, and parcels where there are some, into a :class:`Report`: a page with
map, tables, figures, method and sources that opens without a network, prints on A4, and whose
numbers are those of :mod:`parkgeo.overlap` and :mod:`parkgeo.concentration`.
"""

from parkgeo.report._compose import Source, compose
from parkgeo.report._report import Report

__all__ = ["Report", "Source", "compose"]

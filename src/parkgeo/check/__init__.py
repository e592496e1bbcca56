"""What is wrong with a boundary file, what to do about it, and a new file that is put right.

:func:`inspect` looks at a file or a frame from every side and gives :class:`Findings`: a table with
a severity, the rows, what was found and a remedy, in English and Chinese. :meth:`Findings.fix`
mends what can be mended without guessing, and :meth:`Fixed.save` writes a new file with a report of
every change. ``CODES`` lists everything that is looked for.
"""

from parkgeo.check._codes import CODES, Severity
from parkgeo.check._inspect import inspect
from parkgeo.check._result import Findings, Fixed

__all__ = ["CODES", "Findings", "Fixed", "Severity", "inspect"]

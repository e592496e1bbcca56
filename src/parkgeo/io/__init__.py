"""Files of parks, parcels and lines, from GeoParquet to the land office's TXT (界址点坐标).

:func:`read` gives a file as it is and :func:`write` keeps a frame as it is. :func:`read_parks`
makes a parks frame of any file, and :func:`read_parcels` a parcels frame, with Chinese column names
understood. :func:`check` and :func:`repair` find and mend invalid rings. :func:`read_text` reads
plain text in any encoding.
"""

from parkgeo.io._files import read, write
from parkgeo.io._parcels import read_parcels
from parkgeo.io._parks import read_parks
from parkgeo.io._repair import check, repair
from parkgeo.io._text import read_text

__all__ = ["check", "read", "read_parcels", "read_parks", "read_text", "repair", "write"]

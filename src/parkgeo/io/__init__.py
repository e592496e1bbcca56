"""Files of parks, parcels and lines: GeoParquet, GeoPackage, GeoJSON, Shapefile, 界址点 TXT, OSM PBF.

:func:`read` gives a file as it is and :func:`write` keeps a frame as it is. :func:`read_parks` makes
a parks frame of any file, with Chinese column names understood. :func:`check` and :func:`repair`
find and mend invalid rings.
"""

from parkgeo.io._files import read, write

__all__ = ["read", "write"]

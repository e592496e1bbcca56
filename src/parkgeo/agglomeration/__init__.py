"""Whether industry stands together, and more than chance and the size of plants would have it.

By region, from a table of plants, parcels or values: :func:`by_region`, which gives all that
follow of each industry; :func:`location_quotient`, :func:`hoover`,
:func:`krugman`, :func:`locational_gini`, :func:`ellison_glaeser`, :func:`maurel_sedillot`,
:func:`coagglomeration`, :func:`cluster_index`, :func:`mix_entropy`; of any numbers: :func:`gini`,
:func:`hhi`, :func:`theil`.

By distance, from points: :func:`duranton_overman`, :func:`marcon_puech`, :func:`ripley_k`,
:func:`ripley_l`.

By patch, from a raster of classes: :func:`landscape_metrics`, the measures of FRAGSTATS;
from polygons: :func:`vector_patches`.

Beside each other: :func:`autocorrelation`, Moran's I, local Moran and Getis–Ord. A city against the
70 % question, in one frame: :func:`profile`.
"""

from parkgeo.agglomeration._autocorrelation import Autocorrelation, autocorrelation
from parkgeo.agglomeration._by_region import by_region
from parkgeo.agglomeration._distance_result import DistanceResult
from parkgeo.agglomeration._duranton_overman import duranton_overman
from parkgeo.agglomeration._inequality import gini, hhi, theil
from parkgeo.agglomeration._landscape import landscape_metrics
from parkgeo.agglomeration._marcon_puech import marcon_puech
from parkgeo.agglomeration._plants import coagglomeration, ellison_glaeser, maurel_sedillot
from parkgeo.agglomeration._profile import profile
from parkgeo.agglomeration._ripley import ripley_k, ripley_l
from parkgeo.agglomeration._shares import (
    cluster_index,
    hoover,
    krugman,
    location_quotient,
    locational_gini,
    mix_entropy,
)
from parkgeo.agglomeration._vector_patches import vector_patches

__all__ = [
    "Autocorrelation",
    "DistanceResult",
    "autocorrelation",
    "by_region",
    "cluster_index",
    "coagglomeration",
    "duranton_overman",
    "ellison_glaeser",
    "gini",
    "hhi",
    "hoover",
    "krugman",
    "landscape_metrics",
    "location_quotient",
    "locational_gini",
    "marcon_puech",
    "maurel_sedillot",
    "mix_entropy",
    "profile",
    "ripley_k",
    "ripley_l",
    "theil",
    "vector_patches",
]

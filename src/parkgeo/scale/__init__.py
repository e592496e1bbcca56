"""The same results on Spark, for land surveys that fit no one machine.

:func:`ratio` is :func:`parkgeo.concentration.ratio` on a Spark DataFrame, or on Parquet files that
Spark reads. It needs ``pip install parkgeo[spark]`` and Java 17 or newer.
"""

from parkgeo.scale._ratio import ratio

__all__ = ["ratio"]

"""What is looked at: the rows as read, and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Ground", "Limits", "Subject"]

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is told."""

    narrow_m: float = 1.0
    near_m: float = 0.01
    gap_m: float = 2.0
    area: float = 0.10


@dataclass(frozen=True, slots=True)
class Ground:
    """The shapes of rows where they lie: in degrees and in metres; null where that is not known.

    Metres are those of CGCS2000 3° zones whose eastings carry the number of the zone, so that all
    of China fits into one array.
    """

    degrees: gpd.GeoSeries
    metres: Geometries


@dataclass(frozen=True, slots=True)
class Subject:
    """The rows as read, their file where there is one, and what their columns mean."""

    frame: gpd.GeoDataFrame
    path: Path | None
    meanings: Mapping[str, tuple[str, str | None]]
    limits: Limits

    @property
    def shapes(self) -> Geometries:
        """The geometries as read."""
        shapes: Any = self.frame.geometry.to_numpy()
        return np.asarray(shapes, dtype=object)

    def column(self, target: str) -> "pd.Series[Any] | None":
        """Return the column that means something of the parks schema, or null."""
        names = [name for name, (meant, _) in self.meanings.items() if meant == target]
        return self.frame[names[0]] if names else None

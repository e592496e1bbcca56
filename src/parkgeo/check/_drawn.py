"""Findings as a layer that a map can draw: the rows, and the places."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import io
from parkgeo._style import Language, Text
from parkgeo.check._codes import SEVERITY_WORDS, Severity
from parkgeo.crs import CGCS2000

__all__ = ["layer"]

_FINE = Text("未发现问题", "nothing found")
_PLACE = Text("位置", "place")


def layer(
    table: gpd.GeoDataFrame, degrees: gpd.GeoSeries, index: pd.Index, language: Language
) -> gpd.GeoDataFrame:
    """Return rows with the worst that was found of each, and then the places of the findings.

    Rows are drawn where they really lie: axes the right way round, rings repaired. Rows whose place
    is not known have no geometry.
    """
    end = "_zh" if language == "zh" else ""
    labels = index.to_flat_index()
    worst = np.full(len(labels), _FINE.of(language), dtype=object)
    told = np.full(len(labels), "", dtype=object)
    places = []
    # The worst findings stand first, so that the last to be written is the worst.
    for one in reversed(table.to_dict("records")):
        severity = SEVERITY_WORDS[Severity(str(one["severity"]))].of(language)
        text = f"{one['code']}: {one[f'found{end}']} → {one[f'remedy{end}']}"
        mine = labels.isin(list(one["rows"]))
        worst[mine] = severity
        told[mine] = [f"{text}  {old}".strip() for old in told[mine]]
        if one["geometry"] is not None:
            places.append((_PLACE.of(language), severity, text, one["geometry"]))
    rows = pd.DataFrame({"row": labels.map(str), "severity": worst, "found": told})
    made = gpd.GeoDataFrame(rows, geometry=_drawable(degrees), crs=CGCS2000)
    if not places:
        return made
    names = ["row", "severity", "found", "geometry"]
    spots = gpd.GeoDataFrame(pd.DataFrame(places, columns=names), geometry="geometry", crs=CGCS2000)
    return gpd.GeoDataFrame(pd.concat([made, spots], ignore_index=True))


def _drawable(degrees: gpd.GeoSeries) -> gpd.GeoSeries:
    """Repair rings: what crosses itself has no inside that a map could fill."""
    flat = gpd.GeoSeries(shapely.force_2d(degrees.to_numpy()), crs=degrees.crs)
    return io.repair(gpd.GeoDataFrame(geometry=flat))[0].geometry

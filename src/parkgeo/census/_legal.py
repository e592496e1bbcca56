"""Whether land is industrial by its class (地类), row by row in the system that the row says."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import landuse
from parkgeo.census._keys import column_of
from parkgeo.census._words import UNKNOWN, Texts
from parkgeo.errors import SchemaError, first_rows
from parkgeo.landuse._groups import group_of

INDUSTRIAL: Final = "industrial"
OTHER: Final = "other"

Classes = str | tuple[str, ...]


def legal_use(parcels: gpd.GeoDataFrame, classes: Classes, system: str | None) -> Texts:
    """Say whether each parcel is industrial land by its class: industrial, other, unknown."""
    nobody_knows = np.full(len(parcels), UNKNOWN, dtype=object)
    if "class_code" not in parcels.columns:
        return nobody_knows
    wanted = [group_of(one) for one in ([classes] if isinstance(classes, str) else classes)]
    index = pd.RangeIndex(len(parcels))
    codes = column_of(parcels, "class_code", "parcels").set_axis(index)
    if codes.isna().all():
        return nobody_knows
    said = pd.Series(system, index=index, dtype=object)
    if "class_system" in parcels.columns:
        given = column_of(parcels, "class_system", "parcels").set_axis(index)
        said = given.astype(object).fillna(system)
    systems = said.dropna().unique()
    groups = [name for name in wanted if name in landuse.INDUSTRIAL]
    if not len(systems):
        if groups:
            raise SchemaError(
                f"what {', '.join(groups)} means depends on the class system, and none is said; "
                "give system='third_survey' (or another: parkgeo.landuse.detect_system ranks them)",
            )
        return _by_text(codes, tuple(wanted), parcels.index)
    if len(systems) > 1 and len(groups) < len(wanted):
        raise SchemaError(
            f"parcels stand in several class systems ({', '.join(map(str, systems))}), in which "
            f"one code means different uses; ask for a group: {', '.join(landuse.INDUSTRIAL)}",
        )
    answer = np.full(len(parcels), UNKNOWN, dtype=object)
    for name in systems:
        rows = (said == name).to_numpy(dtype=np.bool_)
        held = landuse.matches(codes[rows], wanted, system=str(name))
        answer[rows] = held.map({True: INDUSTRIAL, False: OTHER}).fillna(UNKNOWN)
    return answer


def _by_text(codes: "pd.Series", wanted: tuple[str, ...], labels: pd.Index) -> Texts:
    """Compare codes by their beginning."""
    known = codes.notna().to_numpy(dtype=np.bool_)
    text = codes.map(lambda code: isinstance(code, str)).to_numpy(dtype=np.bool_)
    if (known & ~text).any():
        raise SchemaError(
            f"class_code must be text, since 0601 is not 601; rows "
            f"{first_rows(labels[known & ~text])}; read the column as text, or say system=",
        )
    answer = np.full(len(codes), UNKNOWN, dtype=object)
    holds = codes[known].astype("str").str.strip().str.startswith(wanted)
    answer[known] = np.where(holds.to_numpy(dtype=np.bool_), INDUSTRIAL, OTHER)
    return answer

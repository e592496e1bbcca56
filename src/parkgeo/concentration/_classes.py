"""Which parcels lie in the classes that are asked for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from parkgeo import landuse
from parkgeo.concentration._plane import Flags
from parkgeo.errors import SchemaError, first_rows


@dataclass(frozen=True)
class Judged:
    """For each row: its class is wanted; that cannot be told; it was compared as text."""

    holds: Flags
    unknown: Flags
    as_text: Flags


def in_classes(
    parcels: pd.DataFrame,
    codes: "pd.Series",
    classes: Sequence[str],
    system: str | None,
    systems: Collection[str] | None = None,
) -> Judged:
    """Say for each row whether its class is wanted, and whether that cannot be told.

    Each row is judged in the system that it says, or else in ``system``. Where nobody says one,
    codes are compared as text, by their beginning: nobody, not in this batch nor in the others,
    whose ``systems`` are given with it.
    """
    said = _systems(parcels, system)
    found = sorted(
        {*said.dropna().unique(), *(landuse.find_system(name) for name in systems or ())}
    )
    if not found:
        return _by_text(codes, classes)
    groups = set(classes) <= set(landuse.INDUSTRIAL)
    if len(found) > 1 and not groups:
        raise SchemaError(
            f"parcels stand in several class systems ({', '.join(found)}), in which one code means "
            f"different uses; ask for a group such as {', '.join(landuse.INDUSTRIAL)}, or bring "
            "the codes to one system with parkgeo.landuse.crosswalk",
        )
    answer = pd.Series(pd.NA, index=codes.index, dtype="boolean").reset_index(drop=True)
    plain = codes.reset_index(drop=True)
    for name in found:
        rows = (said == name).to_numpy(dtype=np.bool_, na_value=False)
        answer[rows] = landuse.matches(plain[rows], list(classes), system=name)
    unknown = answer.isna().to_numpy(dtype=np.bool_)
    holds = answer.fillna(value=False).to_numpy(dtype=np.bool_)
    return Judged(holds, unknown, np.zeros(len(codes), dtype=np.bool_))


def _systems(parcels: pd.DataFrame, system: str | None) -> "pd.Series":
    """Say in which system each row stands; null where nobody says."""
    index = pd.RangeIndex(len(parcels))
    if "class_system" not in parcels.columns:
        return pd.Series(
            None if system is None else landuse.find_system(system), index=index, dtype="str"
        )
    given = parcels["class_system"].set_axis(index)
    names = {name: landuse.find_system(name) for name in given.dropna().unique()}
    said = given.map(names).astype("str")
    if system is None:
        return said
    other = (said.notna() & (said != landuse.find_system(system))).to_numpy(dtype=np.bool_)
    if other.any():
        found = ", ".join(sorted(said[other].unique()))
        raise SchemaError(
            f"classes are given in {system!r}, and class_system says {found} in rows "
            f"{first_rows(parcels.index[other])}; bring the codes to one system "
            "with parkgeo.landuse.crosswalk, or leave the rows out",
        )
    return said.fillna(landuse.find_system(system))


def _by_text(codes: "pd.Series", classes: Sequence[str]) -> Judged:
    groups = sorted(set(classes) & set(landuse.INDUSTRIAL))
    if groups and len(codes):  # an empty selection has no codes to be mistaken
        raise SchemaError(
            f"classes: {', '.join(groups)} means other codes in each class system, and neither "
            f"system= nor a column class_system says which is used; there are "
            f"{', '.join(landuse.SYSTEMS)}, and parkgeo.landuse.detect_system ranks them",
        )
    null = codes.isna().to_numpy(dtype=np.bool_)
    wrong = ~codes.map(lambda code: isinstance(code, str)).to_numpy(dtype=np.bool_) & ~null
    if wrong.any():
        raise SchemaError(
            f"class_code must be text, since 0601 is not 601; rows {first_rows(codes.index[wrong])}"
            "; read the column as text, or say system=",
        )
    holds = np.zeros(len(codes), dtype=np.bool_)
    begins = tuple(classes)
    holds[~null] = [str(code).strip().startswith(begins) for code in codes[~null]]
    return Judged(holds, null, ~null)

"""The measures of FRAGSTATS for patches, classes and the landscape, from a raster of classes."""

from collections.abc import Sequence
from difflib import get_close_matches
from numbers import Real
from typing import Final, Literal

import numpy as np
import pandas as pd

from parkgeo.agglomeration import _landscape_measures as formulas
from parkgeo.agglomeration._landscape_measures import CLASS, LANDSCAPE, PATCH, STATISTICS, SUMMED
from parkgeo.agglomeration._landscape_source import Classes, RasterLike, Wanted, classes_of
from parkgeo.agglomeration._patches import COMPILE_ABOVE, Floats, patches_of, radii
from parkgeo.agglomeration._patches_near import nearest, proximity
from parkgeo.errors import SchemaError, UnknownNameError

Level = Literal["patch", "class", "landscape"]
_ACROSS_SIDES: Final = 4
_OWN: Final = {"patch": PATCH, "class": CLASS, "landscape": LANDSCAPE}


def landscape_metrics(  # noqa: PLR0913 - independent options, all by keyword
    raster: RasterLike,
    *,
    level: Level = "patch",
    metrics: Sequence[str] | str | None = None,
    neighbours: Literal[8, 4] = 8,
    band: int = 1,
    classes: Wanted = None,
    nodata: float | None = None,
    cell_m: float | None = None,
    search_radius_m: float | None = None,
    count_boundary: bool = False,
) -> pd.DataFrame:
    r"""Measure how the land of each class is cut into patches (景观格局指数).

    Names, units and conventions are those of FRAGSTATS 4, so that results can stand beside
    published ones: shares in percent, areas in hectares.

    Parameters
    ----------
    raster
        Path of a raster of classes, an open dataset of rasterio, or an array (with ``cell_m``).
        Cells are squares in a projected CRS; without a CRS the transform is taken in metres.
    level
        One row per patch, per class, or one for the whole.
    metrics
        Names as in FRAGSTATS; at class and landscape level ``"AREA"`` means all its statistics and
        ``"AREA_MN"`` the mean alone (``_MN``, ``_AM`` by area, ``_MD``, ``_RA``, ``_SD``, ``_CV``).
        By default all that the level has.
    neighbours
        8: cells that share a corner are one patch; 4: only those that share a side.
    band
        Band of the raster, from 1.
    classes
        Codes whose rows are wanted, or names with their codes, which become one class each. All
        other land stays in the landscape under its own code.
    nodata
        Value of the background; by default what the raster says.
    cell_m
        Side of a cell, for an array or a raster that does not say it.
    search_radius_m
        Radius for PROX, which is given only with it.
    count_boundary
        Whether TE and ED count edges towards the background and the end of the raster too.

    Returns
    -------
    patch: on an index ``patch`` from 1, in the order of first cells, ``class``, ``x`` and ``y`` of
    the middle in the raster's CRS, AREA, PERIM, GYRATE, SHAPE, FRAC, PARA, CONTIG, ENN, PROX.

    class: on an index ``class``, CA, PLAND, NP, PD, LPI, TE, ED, LSI, COHESION, AI, DIVISION, MESH,
    SPLIT, IJI and statistics of the patches. A class without a cell has 0 where something is
    counted and NaN elsewhere.

    landscape: one row, with TA for CA, and CONTAG, SHDI, SIDI, SHEI, PR besides.

    NaN is FRAGSTATS' N/A: ENN of the only patch of a class, IJI below three classes, CONTAG below
    two, AI of a single cell. ``attrs``: ``units`` by column, ``cell_m``, ``neighbours``, ``crs``.

    Raises
    ------
    CRSMismatchError, SchemaError, UnknownNameError, FileNotFoundError
        Cells in degrees; that are no squares, or no whole numbers; a name that is not known.

    References
    ----------
    McGarigal, K., Marks, B. J. (1995), FRAGSTATS, USDA PNW-GTR-351; FRAGSTATS 4 help.

    Examples
    --------
    >>> land = np.array([[1, 1, 2], [2, 2, 1]])
    >>> landscape_metrics(land, level="class", metrics=["NP", "ENN_MN"], cell_m=10, neighbours=4)
           NP     ENN_MN
    class
    1       2  14.142136
    2       2  14.142136
    """
    _one_of("level", level, tuple(_OWN))
    _one_of("neighbours", neighbours, (8, _ACROSS_SIDES))
    columns = _columns(level, metrics, search_radius_m)
    found = classes_of(raster, band=band, nodata=nodata, classes=classes, cell_m=cell_m)
    eight = neighbours != _ACROSS_SIDES
    patches = patches_of(found.codes, len(found.labels), eight=eight, compile_above=COMPILE_ABOVE)
    land = formulas.Landscape(patches, found.cell_m, len(found.labels), count_boundary)
    own = formulas.by_patch(land) | _far(land, found, columns, search_radius_m)
    out = _FRAMES[level](land, found, own, columns)
    out.attrs = {
        "units": {name: _unit(level, name) for name in columns},
        "cell_m": found.cell_m,
        "neighbours": int(neighbours),
        "crs": None if found.crs is None else found.crs.to_string(),
    }
    return out


def _far(
    land: formulas.Landscape, found: Classes, columns: list[str], radius_m: float | None
) -> dict[str, Floats]:
    """Return those of the measures by distance that are asked for, as they take the longest."""
    asked = {name.split("_")[0] for name in columns}
    patches, side, own = land.patches, land.cell_m, {}
    if "GYRATE" in asked:
        # FRAGSTATS gives a single cell, whose centre is its middle, half its side.
        radius = radii(patches, compile_above=COMPILE_ABOVE)
        own["GYRATE"] = np.where(patches.cells == 1, 0.5, radius) * side
    if "ENN" in asked:
        own["ENN"] = nearest(found.codes, patches, compile_above=COMPILE_ABOVE) * side
    if "PROX" in asked and radius_m is not None:
        own["PROX"] = proximity(patches, radius_m / side, compile_above=COMPILE_ABOVE)
    return own


def _one_of(name: str, given: object, known: tuple[object, ...]) -> None:
    if given not in known:
        raise SchemaError(f"{name} must be one of {', '.join(map(repr, known))}, not {given!r}")


def _known(level: Level) -> dict[str, list[str]]:
    """Return what may be asked for, with the columns that it means."""
    own = {name: [name] for name in _OWN[level]}
    if level == "patch":
        return own
    every = {name: [f"{name}_{s}" for s in STATISTICS] for name in SUMMED}
    single = {column: [column] for columns in every.values() for column in columns}
    return own | every | single


def _columns(
    level: Level, metrics: Sequence[str] | str | None, radius_m: float | None
) -> list[str]:
    """Return the columns that are asked for, in that order."""
    _require_radius(radius_m)
    known = _known(level)
    if metrics is None:
        names = [
            name for name in known if "_" not in name and (radius_m is not None or name != "PROX")
        ]
    else:
        names = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in names:
        if name not in known:
            raise UnknownNameError(_not_known(str(name), level, list(known)))
        if name.startswith("PROX") and radius_m is None:
            raise SchemaError("PROX looks within a radius: give search_radius_m")
    return list(dict.fromkeys(column for name in names for column in known[name]))


def _require_radius(given: object) -> None:
    if given is not None and (not isinstance(given, Real) or not 0 < float(given) < np.inf):
        raise SchemaError(f"search_radius_m must be above 0 metres, not {given!r}")


def _not_known(name: str, level: Level, known: list[str]) -> str:
    elsewhere = [other for other in ("patch", "class", "landscape") if name in _known(other)]
    if elsewhere:
        return f"{name!r} is a measure at level {' and '.join(map(repr, elsewhere))}, not {level!r}"
    close = get_close_matches(name.upper(), known, 3, 0.5)
    offer = f"; did you mean {', '.join(close)}?" if close else ""
    return f"there is no measure {name!r} at level {level!r}{offer}"


def _unit(level: Level, name: str) -> str:
    if name in _OWN[level]:
        return _OWN[level][name]
    base, statistic = name.split("_")
    return "%" if statistic == "CV" else PATCH[base]


def _patch_frame(
    land: formulas.Landscape, found: Classes, own: dict[str, Floats], columns: list[str]
) -> pd.DataFrame:
    patches = land.patches
    labels = np.array([*found.labels, None], dtype=object)[:-1]
    place = (patches.middle[:, ::-1] + 0.5) @ np.array(found.axes).T + found.corner
    table = pd.DataFrame(
        {
            "class": pd.Series(labels[patches.of_class]).infer_objects(),
            "x": place[:, 0],
            "y": place[:, 1],
            **{name: own[name] for name in columns},
        }
    )
    table.index = pd.RangeIndex(1, len(table) + 1, name="patch")
    wanted = np.isin(patches.of_class, found.rows)
    return table if wanted.all() else table[wanted]


def _class_frame(
    land: formulas.Landscape, found: Classes, own: dict[str, Floats], columns: list[str]
) -> pd.DataFrame:
    values = formulas.by_class(land)
    _add_statistics(values, land, own, columns, land.patches.of_class)
    index = pd.Index(list(found.labels), name="class")
    return _counts(pd.DataFrame({name: values[name] for name in columns}, index=index)).iloc[
        list(found.rows)
    ]


def _landscape_frame(
    land: formulas.Landscape, _: Classes, own: dict[str, Floats], columns: list[str]
) -> pd.DataFrame:
    values = formulas.by_landscape(land)
    _add_statistics(values, land, own, columns, np.zeros(len(land.patches), np.int64))
    return _counts(pd.DataFrame({name: values[name] for name in columns}))


def _add_statistics(
    values: dict[str, Floats],
    land: formulas.Landscape,
    own: dict[str, Floats],
    columns: list[str],
    group: formulas.Groups,
) -> None:
    wanted: dict[str, set[str]] = {}
    for name in columns:
        base, _, statistic = name.partition("_")
        if statistic:
            wanted.setdefault(base, set()).add(statistic)
    area = land.patches.cells.astype(np.float64)
    n = len(next(iter(values.values())))
    for base, asked in wanted.items():
        found = formulas.statistics(own[base], area, group, n, asked)
        values.update({f"{base}_{s}": x for s, x in found.items()})


def _counts(table: pd.DataFrame) -> pd.DataFrame:
    """Make counts whole numbers."""
    return table.astype({name: np.int64 for name in ("NP", "PR") if name in table.columns})


_FRAMES: Final = {"patch": _patch_frame, "class": _class_frame, "landscape": _landscape_frame}

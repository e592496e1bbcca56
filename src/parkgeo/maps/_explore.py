"""A map of any frame, however many rows it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs, measure
from parkgeo._page import (
    BasemapChoice,
    DrawnLayers,
    Map,
    base_map,
    bounds_of,
    compressed_json,
    on_wgs84,
    packed,
)
from parkgeo._page._packed import COARSE_STEP_DEG, STEP_DEG
from parkgeo._style import PALETTE, WORDS, Text, area_text, known, require_language
from parkgeo._style import attribution as attribution_of
from parkgeo.errors import (
    GeometryError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
    first_rows,
)
from parkgeo.units import KM2_M2

__all__ = ["explore"]

_SEQUENCE: Final = ("#FFFFCC", "#A1DAB4", "#41B6C4", "#2C7FB8", "#253494")
"""ColorBrewer's YlGnBu, from low to high, which colour-blind readers can tell apart."""
_GREY: Final = "#9AA5AE"
_MOST_NUMBERS: Final = 10
"""So many different numbers are still names: levels, years, codes."""
_DIGITS: Final = 6
_MB: Final = 1e6
_COARSE_ABOVE: Final = 5_000_000
"""Corners above which they are rounded to a pixel of zoom 18; some 150 000 parcels of a survey."""

_WORDS: Final = {
    **{key: WORDS[key] for key in ("legend", "language", "panel", "zoom_to", "zoom_all")},
    "area": WORDS["area"],
    "row": Text("第 {} 行", "Row {}"),
    "loading": Text("正在读取…", "Reading…"),
}
_ALL: Final = Text("全部", "All")
_OTHERS: Final = Text("其他 {} 类", "{} other values")
_NONE: Final = Text("无数值", "No value")
_TITLE: Final = Text("图层浏览", "A layer")


def explore(  # noqa: PLR0913 - independent options, all by keyword
    frame: gpd.GeoDataFrame,
    *,
    color: str | None = None,
    name: str | None = None,
    columns: Sequence[str] | None = None,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
    tolerance_m: float = 0.0,
    budget_mb: float = 60.0,
) -> Map:
    """Look at any frame on a map: click a row, search by name, switch classes.

    Shapes are packed to a few bytes a corner and drawn on canvas tiles, so a page holds half a
    million parcels; it needs no network. How follows from their number, see the notes.

    Parameters
    ----------
    frame
        Polygons, lines, points or a mixture, in any CRS that parkgeo knows. Rows without a
        geometry are counted and not drawn.
    color
        Column that says the colour: numbers in five classes of as many rows each, other values a
        colour each, the nine most frequent, and grey for the rest.
    name
        Column by which rows are called and searched; the index unless given.
    columns
        What a card shows; all columns unless given.
    language
        With which the page opens.
    basemap, title, attribution
        As for :func:`overlap_map`; the attribution is that of the frame unless given.
    tolerance_m
        Simplify outlines by up to about so many metres first; borders that two polygons share stay
        shared. The frame's values, and areas, are those before.
    budget_mb
        Largest page, in megabytes; half a million parcels of 33 corners, with three columns, fit
        into 60.

    Returns
    -------
    A folium map: more can be added to it, Jupyter shows it, :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        The frame does not say where it lies, or its coordinates contradict what it says.
    UnknownNameError
        No such column, language or basemap.
    GeometryError
        Coordinates that are no numbers, or polygons that are invalid, which have no area.
    SchemaError
        No geometry column, several columns of one name, or a tolerance or a budget that is none.
    ParkgeoError
        The page would be larger than its budget.

    Notes
    -----
    What happens at which size, counted in corners of all shapes together:

    - up to 60 000 corners, some 2 000 parcels, each view is drawn at once;
    - above, tile by tile from the middle, in turns of a few milliseconds, so that the page can be
      moved meanwhile; a zoom is drawn over the picture before it;
    - up to 5 million corners are rounded to 0.000 001°, 0.1 m; above, to 0.000 005°, 0.5 m, a pixel
      at zoom 18. Corners that neighbours share stay shared;
    - what would be larger than ``budget_mb`` is refused, with what can be done about it.

    At any size shapes smaller than a pixel are drawn as one pixel, and outlines only of those
    larger than five. On the canvas shapes lie in the order of their classes; a click finds the last
    row at its place.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.02, 30.0, 120.03, 30.02)]
    >>> frame = gpd.GeoDataFrame({"use": ["工业", "居住"]}, geometry=squares, crs="EPSG:4490")
    >>> "工业" in explore(frame, color="use").get_root().render()
    True
    """
    require_language(language)
    _require(frame, color, name, columns, tolerance_m, budget_mb)
    crs.require_lonlat(frame, "frame")
    drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    ground = on_wgs84(gpd.GeoDataFrame(geometry=drawn.geometry))
    classes = _classes(drawn, color)
    areas = _areas_m2(drawn)
    table = compressed_json(_table(drawn, areas, name, columns))
    shapes = _packed_by_size(_simplified(drawn, ground, tolerance_m))
    _refuse_large(len(shapes["data"]) + len(table), len(drawn), budget_mb)
    heading = _TITLE if title is None else Text.same(title)
    payload: dict[str, Any] = {
        "words": _WORDS,
        "language": language,
        "title": heading,
        "bounds": bounds_of(ground),
        "summary": list(_summary(frame, areas)),
        "attribution": attribution_of(frame) if attribution is None else attribution,
        "classes": [
            {"label": label, "color": shade} for label, shade in zip(*classes.legend, strict=True)
        ],
        "codes": compressed_json(classes.codes.tolist()),
        "shapes": shapes,
        "table": table,
    }
    layers = DrawnLayers(
        "parkgeoExplore",
        payload,
        package="parkgeo.maps",
        static=("overlap.css", "explore.css", "explore.js"),
    )
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)


def _require(  # noqa: PLR0913, PLR0917 - the options of the map
    frame: gpd.GeoDataFrame,
    color: str | None,
    name: str | None,
    columns: Sequence[str] | None,
    tolerance_m: float,
    budget_mb: float,
) -> None:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise SchemaError(
            f"explore needs a GeoDataFrame with a geometry column, not a {type(frame).__name__}"
        )
    if isinstance(columns, str):
        raise SchemaError(f"columns must be a list: [{columns!r}], not {columns!r}")
    asked = [one for one in (color, name, *(columns or ())) if one is not None]
    own = frame.drop(columns=frame.geometry.name).columns.tolist()
    if missing := [one for one in asked if one not in own]:
        raise UnknownNameError(
            f"no column {', '.join(map(repr, missing))}; found {', '.join(map(str, own[:12]))}"
        )
    if doubled := [one for one in asked if own.count(one) > 1]:
        raise SchemaError(
            f"several columns are named {', '.join(map(repr, doubled))}; rename them, or drop all "
            "but one"
        )
    if not 0 <= tolerance_m < np.inf:
        raise SchemaError(f"tolerance_m must be metres, 0 or more, not {tolerance_m}")
    if not budget_mb > 0:
        raise SchemaError(f"budget_mb must be megabytes, more than 0, not {budget_mb}")
    places, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    if len(wrong := np.unique(row[~np.isfinite(places).all(axis=1)])):
        raise GeometryError(
            f"coordinates that are no numbers in rows {first_rows(frame.index[wrong])}; mend them "
            "with parkgeo.io.repair, or leave the rows out"
        )


@dataclass(frozen=True)
class _Classes:
    """Which class each row is in, and what the classes are called and look like."""

    codes: NDArray[np.int64]
    legend: tuple[list[Text], list[str]]


def _classes(drawn: gpd.GeoDataFrame, color: str | None) -> _Classes:
    if color is None:
        return _Classes(np.zeros(len(drawn), np.int64), ([_ALL], [PALETTE[0]]))
    values = drawn[color]
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if is_number and values.nunique() > _MOST_NUMBERS:
        return _by_size(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return _by_name(values)


def _by_size(values: NDArray[np.float64]) -> _Classes:
    """Cut numbers into five classes of as many rows each; what has no number is one of its own."""
    finite = np.isfinite(values)
    limits = np.unique(np.quantile(values[finite], np.linspace(0, 1, len(_SEQUENCE) + 1)))
    codes = np.full(len(values), len(limits) - 1)
    inner = limits[1:-1]
    codes[finite] = np.searchsorted(inner, values[finite], side="right")
    labels = [Text.same(f"{low:,.4g} – {high:,.4g}") for low, high in pairwise(limits.tolist())]
    shades = list(_SEQUENCE[: len(labels)])
    if not finite.all():
        labels, shades = [*labels, _NONE], [*shades, _GREY]
    return _Classes(codes.astype(np.int64), (labels, shades))


def _by_name(values: "pd.Series[Any]") -> _Classes:
    """Give each value a colour, the most frequent first; grey for others and for none."""
    texts = values.astype("object").where(values.notna(), None)
    counts = pd.Series([str(text) for text in texts if known(text)]).value_counts()
    shown = counts.index[: len(PALETTE)].tolist()
    place = {text: i for i, text in enumerate(shown)}
    others, none = len(shown), len(shown) + (len(counts) > len(shown))
    codes = [place.get(str(text), others) if known(text) else none for text in texts]
    labels = [Text.same(text) for text in shown]
    shades = list(PALETTE[: len(shown)])
    if len(counts) > len(shown):
        count = len(counts) - len(shown)
        labels.append(Text(_OTHERS.zh.format(count), _OTHERS.en.format(count)))
        shades.append("#5B6773")
    if none in codes:
        labels.append(_NONE)
        shades.append(_GREY)
    return _Classes(np.array(codes, dtype=np.int64), (labels, shades))


def _table(
    drawn: gpd.GeoDataFrame,
    areas_m2: NDArray[np.float64],
    name: str | None,
    columns: Sequence[str] | None,
) -> dict[str, Any]:
    """Collect what cards show: names, columns, and official areas of what has some."""
    own = drawn.drop(columns=drawn.geometry.name).columns
    shown = own if columns is None else list(columns)
    names = drawn.index if name is None else drawn[name]
    areas = np.round(areas_m2, 1).astype(object)
    areas[np.isnan(areas_m2)] = None
    return {
        "names": [str(one) if known(one) else None for one in names],
        "areas": areas.tolist(),
        "columns": [
            {"label": str(column), **_column(drawn[column])}
            for column in shown
            if column in own and drawn.columns.tolist().count(column) == 1
        ],
    }


def _areas_m2(drawn: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the official area of what has one; not a number for lines and points."""
    shapes = drawn.geometry.to_numpy()
    areal = np.asarray(shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004
    areas = np.full(len(drawn), np.nan)
    areas[areal] = measure.area_m2(gpd.GeoSeries(shapes[areal], crs=drawn.crs))
    return areas


def _column(values: "pd.Series[Any]") -> dict[str, Any]:
    """Write a column as numbers, or as texts that are written once each."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        shown = [float(f"{one:.{_DIGITS}g}") if np.isfinite(one) else None for one in numbers]
        return {
            "numbers": [int(one) if one is not None and one.is_integer() else one for one in shown]
        }
    codes, texts = pd.factorize(values.map(lambda one: str(one) if known(one) else None))
    return {"codes": codes.tolist(), "texts": [str(text) for text in texts]}


def _simplified(
    drawn: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, tolerance_m: float
) -> gpd.GeoSeries:
    """Simplify outlines by metres on the ground, borders of neighbours alike."""
    if tolerance_m == 0 or drawn.empty:
        return ground.geometry
    flat = crs.to_zone(drawn.geometry)
    shapes = flat.to_numpy().copy()
    areal = np.isin(
        shapely.get_type_id(shapes),
        (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
    )
    shapes[areal] = shapely.coverage_simplify(shapes[areal], tolerance_m)
    shapes[~areal] = shapely.simplify(shapes[~areal], tolerance_m)
    thinned = gpd.GeoDataFrame(geometry=shapes, crs=flat.crs, index=drawn.index)
    return on_wgs84(thinned).geometry


def _packed_by_size(shapes: gpd.GeoSeries) -> dict[str, Any]:
    """Pack shapes, coarser where they are very many."""
    corners = int(shapely.get_num_coordinates(shapes.to_numpy()).sum())
    return packed(shapes, step_deg=COARSE_STEP_DEG if corners > _COARSE_ABOVE else STEP_DEG)


def _refuse_large(size: int, count: int, budget_mb: float) -> None:
    if size > budget_mb * _MB:
        raise ParkgeoError(
            f"the page of {count:,} rows would hold {size / _MB:.0f} MB, more than budget_mb="
            f"{budget_mb:g}; simplify it with tolerance_m=2, say, name fewer columns, take a part "
            "of the rows, or raise the budget"
        )


def _summary(frame: gpd.GeoDataFrame, areas_m2: NDArray[np.float64]) -> Iterator[tuple[Text, Text]]:
    missing = len(frame) - len(areas_m2)
    if missing:
        yield Text("没有范围", "Without a geometry"), Text.same(f"{missing:,}")
    if not np.isnan(areas_m2).all():
        total_km2 = float(np.nansum(areas_m2)) / KM2_M2
        yield Text("面积合计（逐行相加）", "Areas, row by row"), area_text(total_km2)
    yield Text("行数", "Rows"), Text.same(f"{len(areas_m2):,}")

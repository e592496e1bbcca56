"""What can be wrong with a frame: each entry takes a good one and returns it damaged, or nothing.

Nothing is returned where a damage makes no sense, such as swapped axes for a frame without
geometry. Damages of columns take the name of the column as well.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely import GeometryCollection, LineString, Point, Polygon

from parkgeo import crs

Frame: TypeAlias = pd.DataFrame | pd.Series
Damage: TypeAlias = Callable[[Any], object]

SCRIPT: Final = "\"'><script>alert(1)</script>\n</script>{{7*7}}"
LONG: Final = "长" * 100_000
LOCAL: Final = CRS.from_wkt(
    'ENGCRS["Works grid",EDATUM["Works"],CS[Cartesian,2],'
    'AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
)
FEET: Final = CRS.from_proj4(
    "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=us-ft"
)


def is_drawn(frame: object) -> bool:
    return isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries)


def _with_shapes(frame: Any, shapes: np.ndarray) -> Any:  # noqa: ANN401 - frame or series
    drawn = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return drawn if isinstance(frame, gpd.GeoSeries) else frame.set_geometry(drawn)


def _first(shape: Callable[[Any], Any]) -> Damage:
    """Damage the geometry of the first row."""

    def damage(frame: Any) -> object:  # noqa: ANN401
        if not is_drawn(frame):
            return None
        shapes = frame.geometry.to_numpy().copy()
        shapes[0] = shape(shapes[0])
        return _with_shapes(frame, shapes)

    return damage


def _all(shape: Callable[[np.ndarray], np.ndarray]) -> Damage:
    """Damage every geometry."""

    def damage(frame: Any) -> object:  # noqa: ANN401
        return _with_shapes(frame, shape(frame.geometry.to_numpy())) if is_drawn(frame) else None

    return damage


def _drawn(change: Damage) -> Damage:
    return lambda frame: change(frame) if is_drawn(frame) else None


def _bow_tie(shape: Any) -> Polygon:  # noqa: ANN401
    west, south, east, north = shape.buffer(1e-4).bounds
    return Polygon([(west, south), (east, north), (east, south), (west, north)])


def _moved_to(value: float) -> Callable[[Any], Any]:
    """Give one vertex a coordinate that is no number."""

    def change(shape: Any) -> Any:  # noqa: ANN401
        places = shapely.get_coordinates(shape)
        places[len(places) // 2, 0] = value
        return shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(shape)), places)

    return change


def _with_m(shapes: np.ndarray) -> np.ndarray:
    # M alone can be made from WKB only.
    return np.array([shapely.from_wkt(_m_text(shape)) for shape in shapes], dtype=object)


def _m_text(shape: Any) -> str:  # noqa: ANN401
    text = shapely.to_wkt(shapely.force_3d(shape, 7.0), rounding_precision=-1)
    return text.replace(" Z ", " M ")


def _plain(frame: Any) -> object:  # noqa: ANN401
    if isinstance(frame, gpd.GeoDataFrame):
        return pd.DataFrame({str(name): list(frame[name]) for name in frame.columns})
    return None


def _two_geometries(frame: Any) -> object:  # noqa: ANN401
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    return frame.assign(centre=frame.geometry.representative_point())


def _renamed(frame: Any) -> object:  # noqa: ANN401
    return frame.rename_geometry("shape") if isinstance(frame, gpd.GeoDataFrame) else None


def _arrow(frame: Any) -> object:  # noqa: ANN401
    if not isinstance(frame, pd.DataFrame):
        return None
    plain = [name for name in frame.columns if frame[name].dtype != "geometry"]
    kinds = {n: "string[pyarrow]" for n in plain if pd.api.types.is_string_dtype(frame[n].dropna())}
    numbers = {n: "double[pyarrow]" for n in plain if pd.api.types.is_float_dtype(frame[n])}
    return frame.astype(kinds | numbers)


def _on(target: object) -> Damage:
    return _drawn(lambda frame: frame.to_crs(target))


def _local(frame: Any) -> object:  # noqa: ANN401
    return frame.set_crs(LOCAL, allow_override=True)


SAME: Final[dict[str, Damage]] = {
    "another order": lambda frame: frame.iloc[::-1] if isinstance(frame, pd.DataFrame) else None,
    "Gauss–Krüger": _on("EPSG:4549"),
    "Web Mercator": _on("EPSG:3857"),
    "feet": _on(FEET),
    "geometry called shape": _renamed,
    "two geometries": _two_geometries,
    "columns in another order": (
        lambda frame: frame[frame.columns[::-1]] if isinstance(frame, pd.DataFrame) else None
    ),
    "Arrow": _arrow,
    "index of two levels": (
        lambda frame: (
            frame.set_axis(
                pd.MultiIndex.from_arrays([["x"] * len(frame), range(len(frame))], names=["k", "n"])
            )
            if isinstance(frame, gpd.GeoDataFrame)
            else None
        )
    ),
}
"""Other wrappings of the same data."""

WHOLE: Final[dict[str, Damage]] = {
    "no rows": lambda frame: frame.iloc[:0],
    "no CRS": _drawn(lambda frame: frame.set_crs(None, allow_override=True)),
    "GCJ-02": _drawn(
        lambda frame: crs.to_datum(frame, "gcj02") if crs.datum_of(frame) != "gcj02" else None
    ),
    "a local grid": _drawn(_local),
    "null geometry": _first(lambda _: None),
    "only null geometries": _all(lambda shapes: np.full(len(shapes), None)),
    "empty geometry": _first(lambda _: Polygon()),
    "bow-tie": _first(_bow_tie),
    "collection": _first(lambda shape: GeometryCollection([shape, Point(120.05, 30.05)])),
    "lines": _all(lambda shapes: shapely.boundary(shapely.buffer(shapes, 1e-4))),
    "points": _all(shapely.point_on_surface),
    "polygons": _all(lambda shapes: shapely.buffer(shapes, 1e-5)),
    "a line": _first(lambda _: LineString([(120.0, 30.0), (120.1, 30.1)])),
    "Z": _all(lambda shapes: shapely.force_3d(shapes, 5.0)),
    "M": _all(_with_m),
    "coordinate that is no number": _first(_moved_to(np.nan)),
    "infinite coordinate": _first(_moved_to(np.inf)),
    "swapped axes": _all(lambda shapes: shapely.transform(shapes, lambda xy: xy[:, ::-1])),
    "doubled index": lambda frame: frame.set_axis([frame.index[0]] * len(frame)),
    "plain frame": _plain,
    "index of names": lambda frame: frame.set_axis([SCRIPT + str(i) for i in range(len(frame))]),
    "long index": lambda frame: frame.set_axis([LONG + str(i) for i in range(len(frame))]),
    "a further long column": (
        lambda frame: frame.assign(**{LONG: 1.0}) if isinstance(frame, pd.DataFrame) else None
    ),
    "None": lambda _: None,
    "a list": lambda _: [1, 2, 3],
    "a text": lambda _: "parks.shp",
    "a dictionary": lambda _: {"a": [1]},
}
"""Damages of a frame as a whole."""

MISSING: Final = "column missing"

COLUMN: Final[dict[str, Callable[[pd.DataFrame, Any], object]]] = {
    MISSING: lambda frame, name: frame.drop(columns=name),
    "column renamed": lambda frame, name: frame.rename(columns={name: f"{name}{SCRIPT}"}),
    "column doubled": lambda frame, name: frame.loc[:, [*frame.columns, name]],
    "all null": lambda frame, name: frame.assign(**{name: None}),
    "first null": lambda frame, name: _set(frame, name, None),
    "numbers as text": lambda frame, name: frame.assign(**{name: frame[name].astype(str)}),
    "mixed": lambda frame, name: _set(frame, name, {"a": [1]}),
    "bytes": lambda frame, name: _set(frame, name, b"\xff"),
    "script": lambda frame, name: _set(frame, name, SCRIPT),
    "long": lambda frame, name: _set(frame, name, LONG),
    "categorical": lambda frame, name: frame.assign(**{name: frame[name].astype("category")}),
    "Int64": lambda frame, name: _whole(frame, str(name)),
    "moment with zone": lambda frame, name: frame.assign(
        **{name: pd.date_range("2020-01-01", periods=len(frame), tz="Asia/Shanghai")}
    ),
    "negative": lambda frame, name: _set(frame, name, -5.0),
    "zero": lambda frame, name: _set(frame, name, 0.0),
    "infinite": lambda frame, name: _set(frame, name, np.inf),
    "not a number": lambda frame, name: _set(frame, name, np.nan),
    "huge": lambda frame, name: _set(frame, name, 1e100),
    "yes or no": lambda frame, name: frame.assign(**{name: [True] * len(frame)}),
}
"""Damages of one column."""


def _set(frame: pd.DataFrame, name: object, value: object) -> pd.DataFrame:
    """Put a value into the first row."""
    values = [value, *frame[name].to_list()[1:]]
    kind = frame[name].dtype if isinstance(value, float) and frame[name].dtype == float else object
    return frame.assign(**{str(name): pd.Series(values, index=frame.index, dtype=kind)})


def _whole(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    values = pd.array([*range(1, len(frame)), pd.NA], dtype="Int64")
    return frame.assign(**{name: values})


TEXTS: Final[tuple[object, ...]] = ("", "no such thing", SCRIPT, LONG, "\0", 7, None, ["x"], b"x")
NUMBERS: Final[tuple[object, ...]] = (np.nan, np.inf, -1.0, 0.0, 1e100, "x", None, [1.0], True)
PATHS: Final[tuple[object, ...]] = (
    Path("no such folder/no such file.gpkg"),
    Path(),
    "",
    "\0",
    "x" * 5_000,
    None,
    7,
    SCRIPT,
)
OTHERS: Final[tuple[object, ...]] = (None, 7, "x", [], {})


def others(value: object) -> tuple[object, ...]:
    """Return what may be given by mistake where a value that is no frame is meant."""
    if isinstance(value, str):
        return TEXTS
    if isinstance(value, Path):
        return PATHS
    return NUMBERS if isinstance(value, int | float) else OTHERS

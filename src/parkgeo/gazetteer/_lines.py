"""Files and frames into the ``lines`` frame: names, kinds, and borders of areas as lines."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, io
from parkgeo.errors import GeometryError, SchemaError, first_rows
from parkgeo.gazetteer._borders import borders
from parkgeo.gazetteer._characters import simplified
from parkgeo.model import LineKind

__all__ = ["COLUMNS", "KINDS", "empty_lines", "read_lines", "tidy"]

KINDS: Final = tuple(kind.value for kind in LineKind)
COLUMNS: Final = ("name", "kind", "ref", "source", "other_names", "outline", "geometry")

_NAME_COLUMNS: Final = (
    *("名称", "路名", "道路名", "道路名称", "河名", "河流名称", "水系名称", "铁路名称", "线路名称"),
    *("NAME", "Name"),
)
"""What files call the column of names, where none is called ``name``."""

_KIND_OF_TAG: Final[Mapping[str, str]] = MappingProxyType(
    {
        "highway": "road",
        "waterway": "river",
        "water": "river",
        "railway": "railway",
        "boundary": "border",
        "admin_level": "border",
        "adcode": "border",
        "lvl": "border",
    },
)
"""Columns that tell the kind by being filled: OpenStreetMap tags, columns of district files."""

_CLASS_COLUMNS: Final = ("fclass", "cls", "class", "natural", "landuse")
_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "road": "motorway trunk primary secondary tertiary unclassified residential service "
        "footway path cycleway steps pedestrian track living_street bridleway busway road",
        "river": "river canal stream ditch drain water reservoir wetland lake bay basin dock "
        "riverbank dam weir lock_gate",
        "railway": "rail subway light_rail tram narrow_gauge monorail platform",
        "border": "administrative",
    },
)
"""Values of class columns, as Geofabrik's ``fclass`` and OpenStreetMap's tags have them."""
_LINES_ONLY: Final = ("road", "railway")
"""Kinds that an area cannot be: a square is no road, and landuse=residential is no street."""
_KIND_OF_CLASS: Final = {word: kind for kind, words in _CLASSES.items() for word in words.split()}
_LINK = re.compile(r"_(?:link|grade\d)$")
_KIND_OF_ENDING: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?:铁路|高铁|铁路线)$"), "railway"),
    (re.compile(r"[河江溪港湖浜渠塘海]$"), "river"),
    (re.compile(r"[省市区县镇乡村]$|街道$|社区$"), "border"),
    (re.compile(r"[路街道巷弄速架线里桥]$|[Rr]oad$|[Ss]treet$"), "road"),
)
_OTHER_NAME_TAGS: Final = ("name:zh", "alt_name", "old_name", "official_name", "short_name")
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_LINES = ("LineString", "LinearRing")
_AREAS = ("Polygon", "MultiPolygon")


def empty_lines() -> gpd.GeoDataFrame:
    """Make a lines frame without rows."""
    columns = {name: pd.Series(dtype="str") for name in COLUMNS[:-1]}
    columns["outline"] = pd.Series(dtype=bool)
    return gpd.GeoDataFrame(columns, geometry=[], crs=crs.CGCS2000)


def read_lines(
    path: str | Path,
    *,
    kind: str | None,
    columns: Mapping[str, str] | None,
    said: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[gpd.GeoDataFrame, Counter[str]]:
    """Read one file; ``said`` goes to :func:`parkgeo.io.read`."""
    path = Path(path)
    frames = [frame for frame in _layers(path, said) if len(frame)]
    if not frames:
        raise SchemaError(f"{path.name} has no rows; nothing can be looked up in it")
    source = path.name.removesuffix(".pbf").removesuffix(path.suffix).removesuffix(".osm")
    many = len(frames) > 1
    parts = [
        tidy(frame, kind=kind, source=source, columns=columns, strict=not many) for frame in frames
    ]
    dropped = sum((lost for _, lost in parts), Counter())
    lines = pd.concat([lines for lines, _ in parts], ignore_index=True)
    return gpd.GeoDataFrame(lines, geometry="geometry", crs=crs.CGCS2000), dropped


def _layers(path: Path, said: Mapping[str, Any]) -> list[gpd.GeoDataFrame]:
    if path.suffix.casefold() != ".pbf":
        return [io.read(path, **said)]
    layers = [said["layer"]] if said.get("layer") else ["lines", "multipolygons"]
    return [_with_tags(io.read(path, **{**said, "layer": layer})) for layer in layers]


def _with_tags(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Unpack GDAL's ``other_tags`` where they hold a number, another name or a class."""
    if "other_tags" not in frame:
        return frame
    tags = [dict(_HSTORE.findall(text)) for text in frame["other_tags"].fillna("")]
    for key in ("ref", "water", *_OTHER_NAME_TAGS):
        frame[key] = pd.Series([tag.get(key) for tag in tags], index=frame.index, dtype="str")
    return frame


def tidy(
    frame: gpd.GeoDataFrame,
    *,
    kind: str | None,
    source: str | None,
    columns: Mapping[str, str] | None = None,
    strict: bool = True,
) -> tuple[gpd.GeoDataFrame, Counter[str]]:
    """Bring any named lines or areas into the ``lines`` frame, and count what had to stay out."""
    if kind is not None and kind not in KINDS:
        raise SchemaError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    what = source or "the frame"
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise SchemaError(
            f"{what} is a {type(frame).__name__} without geometry; a gazetteer needs lines: make a "
            "GeoDataFrame of them, or read the file with parkgeo.read",
        )
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise SchemaError(f"{what} has columns {first_rows(doubled)} twice; keep one of each")
    named, dropped = _named(_renamed(frame, columns, what))
    kinds = _kinds(named, kind)
    if strict and len(named) and kinds.isna().all():
        raise SchemaError(
            f"nothing in {what} says whether its {len(named)} names are roads, rivers, railways "
            f"or borders; give kind= (columns: {', '.join(map(str, frame.columns))})",
        )
    _count(dropped, "kind not known", kinds.isna())
    named = named.assign(
        kind=kinds,
        source=_text(named, "source", source),
        ref=_text(named, "ref"),
        other_names=_other_names(named),
        outline=named["outline"].astype(bool) if "outline" in named else False,
    )[kinds.notna()]
    located = crs.to_geographic(named.set_geometry(named.geometry.rename("geometry")))
    parts = [_as_lines(located), _outlines(located)]
    lines = gpd.GeoDataFrame(
        pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True), crs=crs.CGCS2000
    )
    return lines, dropped


def _renamed(
    frame: gpd.GeoDataFrame, columns: Mapping[str, str] | None, what: str
) -> gpd.GeoDataFrame:
    have = ", ".join(map(str, frame.columns))
    missing = [column for column in (columns or {}).values() if column not in frame]
    if missing:
        raise SchemaError(f"{what} has no column {first_rows(missing)}; its columns are {have}")
    if columns:
        taken = frame.drop(columns=[to for to in columns if to in frame and columns[to] != to])
        frame = taken.rename(columns={have: to for to, have in columns.items()})
    if "name" in frame:
        return frame
    likely = [column for column in frame.columns if column in _NAME_COLUMNS]
    if len(likely) == 1:
        return frame.rename(columns={likely[0]: "name"})
    lacks = f"no column 'name', and {len(likely)} like it" if likely else "no column of names"
    raise SchemaError(f'{what} has {lacks}; its columns are {have}; say columns={{"name": …}}')


def _named(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Counter[str]]:
    """Keep rows with a name and a usable shape; count the others by reason."""
    crs.require_crs(frame, what="lines")
    dropped: Counter[str] = Counter()
    shapes = frame.geometry
    linear = shapes.geom_type.isin([*_LINES, "MultiLineString", *_AREAS])
    empty = shapes.isna() | shapes.is_empty
    if len(frame) and not (linear | empty).any():
        raise GeometryError(
            f"no lines and no areas, but {first_rows(sorted(set(shapes.geom_type.dropna())))}; "
            "a gazetteer needs LineStrings or Polygons",
        )
    sound = _finite(shapes) & (~shapes.geom_type.isin(_AREAS) | shapes.is_valid)
    broken = ~empty & linear & ~sound
    name = _text(frame, "name")
    for reason, rows in (
        ("no geometry", empty),
        ("neither line nor area", ~empty & ~linear),
        ("geometry invalid", broken),
        ("no name", ~empty & linear & ~broken & name.isna()),
    ):
        _count(dropped, reason, rows)
    keep = linear & ~empty & ~broken & name.notna()
    return frame.assign(name=name)[keep].reset_index(drop=True), dropped


def _finite(shapes: gpd.GeoSeries) -> "pd.Series[bool]":
    """Tell shapes with finite coordinates and some extent from those without."""
    bounds = np.asarray(shapes.bounds)
    with np.errstate(invalid="ignore"):
        extent = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=-np.inf)
    return pd.Series(np.isfinite(bounds).all(axis=1) & (extent > 0.0), index=shapes.index)


def _count(dropped: Counter[str], reason: str, rows: "pd.Series[bool]") -> None:
    if rows.any():
        dropped[reason] += int(rows.sum())


def _text(frame: gpd.GeoDataFrame, column: str, said: str | None = None) -> "pd.Series[str]":
    """Return a column as text, null where there is none, or the same text for all rows."""
    if said is not None or column not in frame:
        return pd.Series([said] * len(frame), index=frame.index, dtype="str")
    values = frame[column]
    # By str() one by one: bytes, of a file in another encoding, cannot be cast.
    text = values.astype(object).map(str, na_action="ignore").astype("str").str.strip()
    return text.where(text != "")


def _other_names(frame: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Join the names in other columns, ``;`` between them, null where there is none."""
    have = [column for column in ("other_names", *_OTHER_NAME_TAGS) if column in frame]
    joined: list[str | None] = [None] * len(frame)
    if have:
        texts = frame[have].fillna("").astype(str).agg(";".join, axis=1)
        joined = [
            ";".join(dict.fromkeys(other for other in text.split(";") if other not in {"", name}))
            or None
            for name, text in zip(frame["name"], texts, strict=True)
        ]
    return pd.Series(joined, index=frame.index, dtype="str")


def _kinds(frame: gpd.GeoDataFrame, kind: str | None) -> "pd.Series[str]":
    """Give each row its kind: as said, by tag, by class, by how its name ends; null if unknown."""
    kinds = pd.Series([kind] * len(frame), index=frame.index, dtype="str")
    if kind is not None:
        return kinds
    if "kind" in frame:
        given = _text(frame, "kind")
        return given.where(given.isin(KINDS))
    told = [column for column in (*_KIND_OF_TAG, *_CLASS_COLUMNS) if column in frame]
    for column in told:
        text = _text(frame, column)
        if column in _KIND_OF_TAG:
            found = text.where(text.isna(), _KIND_OF_TAG[column])
        else:
            found = text.str.replace(_LINK, "", regex=True).map(_KIND_OF_CLASS).astype("str")
        area = frame.geom_type.isin(_AREAS) & found.isin(_LINES_ONLY)
        kinds = kinds.fillna(found.mask(area))
    known = kinds.dropna().unique()
    if len(known) == 1:
        # In a file of roads, a line of a class without an entry (construction) is a road too.
        return kinds.mask(kinds.isna() & ~frame.geom_type.isin(_AREAS), known[0])
    return kinds if told else _kinds_by_ending(frame)


def _kinds_by_ending(frame: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Guess the kind of a whole file from how most of its names end."""
    kinds = pd.Series([None] * len(frame), index=frame.index, dtype="str")
    names = frame["name"].map(simplified, na_action="ignore").astype("str")
    for pattern, kind in _KIND_OF_ENDING:
        ends = names.str.contains(pattern, regex=True)
        kinds = kinds.where(kinds.notna() | ~ends, kind)
    most = kinds.mode()
    return kinds if most.empty else kinds.where(kinds.isna(), most[0]).fillna(most[0])


def _as_lines(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lines = frame[~frame.geom_type.isin(_AREAS)]
    flat = lines.set_geometry(shapely.force_2d(lines.geometry.to_numpy()), crs=lines.crs)
    return flat.explode(ignore_index=True)


def _outlines(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn areas into lines: districts into borders with two neighbours, water into its banks."""
    areas = frame[frame.geom_type.isin(_AREAS)]
    administrative = areas["kind"] == "border"
    parts = [areas.iloc[:0]]
    if administrative.any():
        units = areas[administrative]
        source = "; ".join(units["source"].dropna().unique()) or None
        parts.append(borders(units, source=source))
    if not administrative.all():
        # One body of water in several pieces has no bank where the pieces meet.
        water = areas[~administrative]
        keys = ["name", "kind", "source", "ref", "other_names"]
        whole = water[[*keys, "geometry"]].dissolve(keys, dropna=False, as_index=False)
        parts.append(whole.set_geometry(whole.boundary))
    lines = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(lines, crs=crs.CGCS2000).assign(outline=True).explode(ignore_index=True)

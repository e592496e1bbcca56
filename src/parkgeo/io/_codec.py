"""Any frame as an Arrow table of plain columns and a manifest that says how to get it back.

Formats hold text, whole and real numbers, truth values and days. Everything else about a frame
(its dtypes, its index, the names that a format cannot spell, its CRS, its attributes) is in the
manifest, a JSON document that each format keeps in its own way.
"""

import itertools
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.errors import SchemaError, first_rows
from parkgeo.io._columns import decode_column, dump_json, encode_column, to_pandas

MANIFEST_VERSION: Final = 1
GEOMETRY: Final = "geom"
"""Name of the geometry column in a file; the manifest has the name in the frame."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A frame ready for a file: attributes, geometry, and the manifest."""

    table: pa.Table
    shapes: Any
    crs: CRS | None
    manifest: dict[str, Any]

    def with_geometry(self) -> pa.Table:
        """Return the table with the geometry as WKB in its last column."""
        columns = [*self.table.columns, pa.array(shapely.to_wkb(self.shapes), pa.binary())]
        return pa.table(columns, names=[*self.table.column_names, GEOMETRY])


def encode(frame: gpd.GeoDataFrame, *, reserved: Sequence[str] = ()) -> Encoded:
    """Split a frame into what every format holds and a manifest for the rest.

    ``reserved`` names, and names that differ only in case, are stored under other names.
    """
    names = _named_once(frame)
    geometry = str(frame.active_geometry_name)
    index = _index_columns(frame)
    pairs = [*index, *((name, frame[name]) for name in names)]
    stored = unique_names([name for name, _ in pairs], reserved=[*reserved, GEOMETRY])
    columns, notes = [], []
    for (name, values), label in zip(pairs, stored, strict=True):
        array, note = encode_column(values, name)
        columns.append(array)
        notes.append({"name": name, "stored": label, **note})
    manifest = {
        "version": MANIFEST_VERSION,
        "index": _index_note(frame, len(index)),
        "columns": notes,
        "geometry": geometry,
        "position": list(frame.columns).index(geometry),
        "crs": None if frame.crs is None else _crs_text(frame.crs),
        "attrs": plain_attrs(frame.attrs),
    }
    table = pa.table(columns, names=stored)
    return Encoded(table, frame.geometry.to_numpy(), frame.crs, manifest)


_MEMBERS: Final = {"index": dict, "columns": list, "geometry": str, "position": int, "attrs": dict}


def manifest_from(found: object, *, what: str) -> dict[str, Any] | None:
    """Return the manifest that a file holds as JSON or as its parts; None where it holds none.

    Raises
    ------
    SchemaError
        It is damaged, for example edited by hand.
    """
    if found is None:
        return None
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            found = {}
    if isinstance(found, dict) and is_sound(found):
        return found
    raise SchemaError(
        f"{what}: the notes that parkgeo keeps in a file are damaged; read it with "
        "geopandas.read_file, which leaves them aside, and write it again",
    )


def is_sound(manifest: Mapping[str, Any]) -> bool:
    """Tell a whole manifest from one that was damaged."""
    if not all(isinstance(manifest.get(name), kind) for name, kind in _MEMBERS.items()):
        return False
    index, notes = manifest["index"], manifest["columns"]
    levels, names = index.get("levels"), index.get("names")
    return (
        isinstance(manifest.get("crs", 0), str | None)
        and isinstance(levels, int)
        and isinstance(names, list)
        and 0 <= levels == len(names) <= len(notes)
        and not any(isinstance(name, list | dict) for name in names)
        and all(_is_sound_note(note) for note in notes)
        and _differ([manifest["geometry"], *(note["name"] for note in notes[levels:])])
        and _differ([note["stored"] for note in notes])
    )


def _differ(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


def _is_sound_note(note: object) -> bool:
    """Tell whether a note says, in text, which column it is of and which dtype it had."""
    return isinstance(note, dict) and all(
        isinstance(note.get(key), str) for key in ("name", "stored", "dtype")
    )


def decode(
    table: pd.DataFrame | pa.Table,
    shapes: Any,  # noqa: ANN401 - an array of geometries
    *,
    crs: Any,  # noqa: ANN401 - whatever pyproj takes
    manifest: Mapping[str, Any] | None,
) -> gpd.GeoDataFrame:
    """Put a frame together again; without a manifest, as the file says it.

    The manifest describes the frame that parkgeo wrote. A column that has been added since is kept
    as it is, one that is gone is left out, and the CRS of the manifest counts only where the file
    still names the same.
    """
    frame = table if isinstance(table, pd.DataFrame) else to_pandas(table, rows=len(shapes))
    if manifest is None:
        frame = frame.rename(columns=_beside_geometry(list(frame.columns)))
        return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index), crs=crs)
    notes = [note for note in manifest["columns"] if note["stored"] in frame]
    data = {note["stored"]: decode_column(frame[note["stored"]], note) for note in notes}
    frame = frame.assign(**data)
    levels = manifest["index"]["levels"]
    index_names = [note["stored"] for note in manifest["columns"][:levels]]
    if levels and all(name in frame for name in index_names):
        kept = frame.drop(columns=index_names)
        kept.index = _restored_index(frame, index_names, manifest["index"]["names"])
        frame = kept
    frame = frame.rename(columns={note["stored"]: note["name"] for note in notes})
    series = gpd.GeoSeries(shapes, index=frame.index, crs=_restored_crs(crs, manifest["crs"]))
    made = _placed(frame, series, manifest)
    made.attrs = dict(manifest["attrs"])
    return made


def _beside_geometry(names: Sequence[str]) -> dict[str, str]:
    """Give a field that is called as the shapes are a name of its own."""
    if "geometry" not in names:
        return {}
    taken = set(names)
    free = (f"geometry_{number}" for number in itertools.count(1))
    return {"geometry": next(name for name in free if name not in taken)}


def require_no_measures(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse measures (M), which some formats have no place for."""
    measured = shapely.has_m(frame.geometry.to_numpy())
    if measured.any():
        raise SchemaError(
            f"{what} keeps no measures (M), found in rows {first_rows(frame.index[measured])}; "
            "drop them with shapely.force_2d, or write .gpkg",
        )


def plain_attrs(attrs: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return ``frame.attrs`` as JSON can hold it, or say which key it cannot hold."""
    try:
        kept: dict[str, Any] = json.loads(dump_json(dict(attrs)))
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"frame.attrs cannot be written: {error}; keep text, numbers, lists and dictionaries "
            "there",
        ) from error
    return kept


def unique_names(names: Sequence[Hashable], *, reserved: Sequence[str]) -> list[str]:
    """Return names that differ in more than case, with a number where they do not."""
    taken = {name.casefold() for name in reserved}
    given: list[str] = []
    for name in names:
        label, number = str(name), 1
        while label.casefold() in taken:
            number += 1
            label = f"{name}_{number}"
        taken.add(label.casefold())
        given.append(label)
    return given


def _named_once(frame: gpd.GeoDataFrame) -> list[str]:
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise SchemaError(
            f"columns {', '.join(map(str, doubled))} stand twice; rename one of each before "
            "writing",
        )
    strange = [name for name in frame.columns if not isinstance(name, str) or not name]
    if strange:
        raise SchemaError(f"column names must be text, found {first_rows(strange)}; rename them")
    further = [
        name
        for name in frame.columns
        if isinstance(frame[name], gpd.GeoSeries) and name != frame.active_geometry_name
    ]
    if further:
        raise SchemaError(
            f"columns {', '.join(further)} hold further geometries, and a file holds one; drop "
            "them, or write each to a file of its own",
        )
    return [name for name in frame.columns if name != frame.active_geometry_name]


def _index_columns(frame: gpd.GeoDataFrame) -> list[tuple[str, pd.Series]]:
    index = frame.index
    if is_plain_range(index):
        return []
    return [
        (
            f"index_{level}" if name is None else str(name),
            index.get_level_values(level).to_series(index=index),
        )
        for level, name in enumerate(index.names)
    ]


def is_plain_range(index: pd.Index) -> bool:
    """Tell whether an index only counts the rows, so that nothing is lost without it."""
    counts = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return counts and index.name is None


def _index_note(frame: gpd.GeoDataFrame, levels: int) -> dict[str, Any]:
    return {"levels": levels, "names": list(frame.index.names) if levels else []}


def _restored_index(
    frame: pd.DataFrame,
    names: Sequence[str],
    titles: Sequence[str | None],
) -> pd.Index:
    index: pd.Index = (
        pd.Index(frame[names[0]])
        if len(names) == 1
        else pd.MultiIndex.from_arrays([frame[name] for name in names])
    )
    return index.set_names(list(titles))


def _restored_crs(found: object, kept: str | None) -> CRS | None:
    """Return the CRS of the manifest where the file agrees, else that of the file."""
    native = None if found is None else CRS.from_user_input(found)
    if kept is None:
        return native
    try:
        own = CRS.from_user_input(kept)
    except CRSError as error:
        raise SchemaError(f"the file names a CRS that PROJ does not know: {error}") from error
    if native is not None and native.name != own.name:
        return native
    return own


def _crs_text(crs: CRS) -> str:
    """Return ``EPSG:4490`` where that says it all, else WKT."""
    authority = crs.to_authority(min_confidence=100)
    short = None if authority is None else ":".join(authority)
    return short if short is not None and CRS.from_user_input(short) == crs else crs.to_wkt()


def _placed(
    frame: pd.DataFrame,
    geometry: gpd.GeoSeries,
    manifest: Mapping[str, Any],
) -> gpd.GeoDataFrame:
    """Give the geometry its name and place among the columns."""
    name = manifest["geometry"]
    order = list(frame.columns)
    order.insert(min(manifest["position"], len(order)), name)
    return gpd.GeoDataFrame(frame.assign(**{name: geometry})[order], geometry=name)

"""Shapefiles that keep what they are given, and those of others in whatever encoding.

A Shapefile cannot say null for text, cuts names at ten bytes and text at 254, and has no place for
dtypes, an index or attributes. What it cannot hold stands beside it in ``<name>.parkgeo.json``; the
file itself is a plain Shapefile that any program reads.
"""

import json
import re
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from parkgeo.errors import SchemaError, first_rows
from parkgeo.io import _codec, _dbf, _vector
from parkgeo.io._columns import dump_json

SIDECAR: Final = ".parkgeo.json"
PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg", SIDECAR)
"""What is written, in the order in which it is moved into place: the .shp itself comes last."""
_FILLER: Final = "row"
_HEADER_BYTES: Final = 100
_ANY_BYTES: Final = 1 << 28
_MOST_RATIO: Final = 100
"""Shapefiles shrink to a tenth or so; a zip that grows further, and to much, is made to do harm."""
STALE: Final = (".sbn", ".sbx", ".qix", ".fix", ".shp.xml", ".qmd")
"""What other programs put beside a Shapefile, and what is wrong once it is written anew."""
_KINDS: Final = {
    "Point": "Point",
    "MultiPoint": "MultiPoint",
    "LineString": "LineString",
    "MultiLineString": "LineString",
    "Polygon": "Polygon",
    "MultiPolygon": "Polygon",
}
_MULTI: Final[dict[str, Any]] = {
    "LineString": shapely.MultiLineString,
    "Polygon": shapely.MultiPolygon,
}


def write(frame: gpd.GeoDataFrame, path: Path, *, encoding: str | None) -> None:
    """Write the files of one Shapefile beside each other."""
    name = _encoding(encoding)
    _codec.require_no_measures(frame, "a Shapefile of parkgeo's")
    encoded = _codec.encode(frame)
    table, sidecar = _fit(encoded, name, frame.index)
    kind = _kind(frame.geometry)
    _write_shapes(encoded, path, kind)
    sidecar["shapes"] = _shape_notes(frame.geometry)
    _require_same_shapes(frame.geometry, path, sidecar["shapes"])
    path.with_suffix(".dbf").write_bytes(_dbf.dump(table, name))
    path.with_suffix(".cpg").write_text("UTF-8" if name == "utf-8" else "GBK", "ascii")
    prj = path.with_suffix(".prj")
    sidecar["prj"] = prj.read_text("utf-8") if prj.exists() else None
    path.with_suffix(SIDECAR).write_text(dump_json(sidecar) + "\n", "utf-8")


def write_zip(frame: gpd.GeoDataFrame, path: Path, *, encoding: str | None) -> None:
    """Write one Shapefile as a zip."""
    folder = path.parent / "parts"
    folder.mkdir()
    write(frame, folder / f"{path.stem}.shp", encoding=encoding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)


def _encoding(encoding: str | None) -> str:
    plain = (encoding or "utf-8").casefold().replace("_", "-")
    if plain in {"utf-8", "utf8"}:
        return "utf-8"
    if plain in {"gbk", "gb18030", "gb2312", "cp936", "936"}:
        return "gb18030" if plain == "gb18030" else "gbk"
    raise SchemaError(f"a Shapefile is written in UTF-8 or GBK, not {encoding!r}")


def _fit(
    encoded: _codec.Encoded,
    encoding: str,
    rows: pd.Index,
) -> tuple[pa.Table, dict[str, Any]]:
    """Cut names and text to what a .dbf holds; what is lost goes into the sidecar."""
    if encoded.table.num_columns == 0:
        # A .dbf has at least one field.
        return pa.table({_FILLER: range(len(rows))}), {"manifest": encoded.manifest, "values": {}}
    labels = _labels(encoded.table.column_names, encoding)
    columns, values = [], {}
    for label, old, note in zip(
        labels, encoded.table.column_names, encoded.manifest["columns"], strict=True
    ):
        column = encoded.table[old]
        note["stored"] = label
        if pa.types.is_string(column.type):
            texts = column.to_pylist()
            known = pd.Series(texts, index=rows, dtype=object).dropna()
            _dbf.require_encodable(known, encoding, column=note["name"])
            cut = [None if text is None else _cut(text, encoding) for text in texts]
            lost = _lost(texts, cut)
            if lost:
                values[label] = lost
            column = pa.chunked_array([pa.array(cut, pa.string())])
        columns.append(column)
    return pa.table(columns, names=labels), {"manifest": encoded.manifest, "values": values}


def _lost(texts: Sequence[str | None], cut: Sequence[str | None]) -> dict[str, Any]:
    """Say, by row, what a reader of the .dbf sees and what was meant."""
    seen = [None if text is None else text.rstrip(" ") or None for text in cut]
    return {
        str(row): [found, text]
        for row, (found, text) in enumerate(zip(seen, texts, strict=True))
        if found != text
    }


def _cut(text: str, encoding: str, most: int = _dbf.MAX_TEXT_BYTES) -> str:
    return text.encode(encoding)[:most].decode(encoding, "ignore")


def _labels(names: Sequence[str], encoding: str) -> list[str]:
    """Return names of at most ten bytes that differ in more than case."""
    taken: set[str] = set()
    labels = []
    for place, name in enumerate(names):
        stem = _stem(name, encoding) or f"column_{place}"
        label, number = stem, 1
        while label.casefold() in taken:
            number += 1
            end = f"_{number}"
            label = _cut(stem, encoding, _dbf.MAX_NAME_BYTES - len(end)) + end
        taken.add(label.casefold())
        labels.append(label)
    return labels


def _stem(name: str, encoding: str) -> str:
    """Return what of a name other programs can show, cut to ten bytes."""
    shown = "".join(letter for letter in name if letter.isprintable())
    writable = shown.encode(encoding, "ignore").decode(encoding)
    return _cut(writable.strip(), encoding, _dbf.MAX_NAME_BYTES).strip()


def _kind(geometry: gpd.GeoSeries) -> str:
    """Return the one kind of shape that a Shapefile may hold."""
    found = set(geometry.geom_type.dropna())
    kinds = {_KINDS.get(kind) for kind in found}
    if None in kinds or len(kinds) > 1:
        raise SchemaError(
            f"a Shapefile holds one kind of shape, found {', '.join(sorted(found))}; write one "
            "file for each kind, or write .gpkg",
        )
    shapes = geometry.to_numpy()
    known = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    deep = shapely.has_z(shapes)
    flat = known & ~deep
    if deep.any() and flat.any():
        raise SchemaError(
            "a Shapefile has a third dimension in all shapes or in none; missing in rows "
            f"{first_rows(geometry.index[flat])}; write .gpkg, or use shapely.force_2d",
        )
    kind = kinds.pop() if kinds else "Polygon"
    return f"{kind} Z" if deep.any() else str(kind)


def _write_shapes(encoded: _codec.Encoded, path: Path, kind: str) -> None:
    # GDAL writes the shapes and a table of row numbers, which ours takes the place of.
    # With the type said, so that shapes that are all missing are still shapes.
    wkb = pa.array(shapely.to_wkb(encoded.shapes), pa.binary())
    table = pa.table({"row": np.arange(len(encoded.shapes)), "geom": wkb})
    pyogrio.write_arrow(
        table,
        path,
        driver="ESRI Shapefile",
        geometry_name="geom",
        geometry_type=kind,
        crs=None if encoded.crs is None else encoded.crs.to_wkt(),
        encoding="UTF-8",
    )


def _shape_notes(geometry: gpd.GeoSeries) -> dict[str, Any]:
    """Say which shapes come back in another form: multi-parts of one part, and empty ones."""
    shapes = geometry.to_numpy()
    empty = ~shapely.is_missing(shapes) & shapely.is_empty(shapes)
    multi = np.isin(geometry.geom_type, ["MultiLineString", "MultiPolygon"])
    single = multi & (shapely.get_num_geometries(shapes) == 1)
    return {
        "multi": np.flatnonzero(single & ~empty).tolist(),
        "empty": {str(row): shapes[row].wkt for row in np.flatnonzero(empty)},
    }


def _restored_shapes(shapes: Any, notes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - arrays
    """Give shapes back the form that the notes tell, where they still fit."""
    made = shapes.copy()
    for row in notes["multi"]:
        if row < len(made) and made[row] is not None and made[row].geom_type in _MULTI:
            made[row] = _MULTI[made[row].geom_type]([made[row]])
    for row, text in notes["empty"].items():
        if int(row) < len(made) and made[int(row)] is None:
            made[int(row)] = shapely.from_wkt(text)
    return made


def _require_same_shapes(geometry: gpd.GeoSeries, path: Path, notes: Mapping[str, Any]) -> None:
    """Read the shapes back: rings that cross are sorted anew by any reader of a Shapefile."""
    with warnings.catch_warnings():
        # GDAL warns that it sorts rings; the error below says more.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = _restored_shapes(_vector.read_shapes(path)[0], notes)
    same = shapely.equals_identical(
        shapely.normalize(found), shapely.normalize(geometry.to_numpy())
    )
    lost = ~same & ~shapely.is_missing(geometry.to_numpy())
    if lost.any():
        raise SchemaError(
            "a Shapefile cannot keep these shapes, because their rings cross or touch: rows "
            f"{first_rows(geometry.index[lost])}; mend them with parkgeo.io.repair, or write .gpkg",
        )


def read(path: Path, *, encoding: str | None) -> gpd.GeoDataFrame:
    """Read one Shapefile; with its sidecar, as it was."""
    _require_whole(path)
    shapes, crs = _vector.read_shapes(path)
    dbf = _beside(path, ".dbf")
    sidecar = _sidecar(path)
    if dbf is None:
        table = pd.DataFrame(index=pd.RangeIndex(len(shapes)))
    else:
        raw = _dbf.parse(dbf.read_bytes(), what=dbf.name)
        name = _dbf.encoding_of(raw, said=encoding, cpg=_text(path, ".cpg"), what=dbf.name)
        table = _dbf.frame(raw, name, what=dbf.name)
        if len(table) != len(shapes):
            raise SchemaError(
                f"{path.name} has {len(shapes)} shapes and {len(table)} rows of attributes; its "
                "files are not of one make, so fetch them again together",
            )
    manifest = None
    if sidecar is not None:
        table = _restored_values(table, sidecar["values"])
        shapes = _restored_shapes(shapes, sidecar["shapes"])
        manifest = sidecar["manifest"]
        if not manifest["columns"]:
            table = table.drop(columns=_FILLER, errors="ignore")
        if sidecar["prj"] == _text(path, ".prj"):
            crs = manifest["crs"]
    return _codec.decode(table, shapes, crs=crs, manifest=manifest)


def _restored_values(table: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Put back what a .dbf cannot hold, where the row still says what it said."""
    whole = {}
    for name in table.columns.intersection(list(values)):
        column = table[name].astype(object).where(table[name].notna(), None)
        for row, (seen, meant) in values[name].items():
            if int(row) < len(column) and column.iloc[int(row)] == seen:
                column.iloc[int(row)] = meant
        whole[name] = column
    return table.assign(**whole)


def _require_whole(path: Path) -> None:
    """Compare the length of the .shp with the one that its header tells; ask for the .shx."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    told = 2 * int.from_bytes(head[24:28], "big")
    found = path.stat().st_size
    if len(head) < _HEADER_BYTES or told > found:
        told = max(told, _HEADER_BYTES)
        raise SchemaError(
            f"{path.name} is cut off: it needs {told} bytes, and has {found}; fetch or write it "
            "again",
        )
    if _beside(path, ".shx") is None:
        raise SchemaError(
            f"{path.name} came without its {path.stem}.shx; fetch all files of the Shapefile "
            "together (.shp, .shx, .dbf, .prj)",
        )


def _beside(path: Path, suffix: str) -> Path | None:
    """Find a companion file, whatever the case of its suffix; the one that is spelt so first."""
    name = f"{path.stem}{suffix}"
    found = [p for p in path.parent.iterdir() if p.name.casefold() == name.casefold()]
    return min(
        found,
        key=lambda p: (p.name != name, not p.name.startswith(path.stem), p.name),
        default=None,
    )


def _text(path: Path, suffix: str) -> str | None:
    found = _beside(path, suffix)
    return None if found is None else found.read_bytes().decode("utf-8", "replace").strip()


def _sidecar(path: Path) -> dict[str, Any] | None:
    found = _beside(path, SIDECAR)
    if found is None:
        return None
    try:
        sidecar = json.loads(found.read_text("utf-8"))
        fault = _fault(sidecar)
    except (ValueError, RecursionError) as error:
        fault = str(error)
    if fault:
        raise SchemaError(
            f"{found.name} is damaged ({fault}); delete it to read the Shapefile without it",
        )
    told: dict[str, Any] = sidecar
    return told


def _fault(sidecar: object) -> str | None:
    """Say which part of a sidecar is not as :func:`write` makes it; none where all are."""
    if not isinstance(sidecar, dict):
        return "no object"
    manifest, values, shapes = (sidecar.get(part) for part in ("manifest", "values", "shapes"))
    if not isinstance(manifest, dict) or not _codec.is_sound(manifest) or "crs" not in manifest:
        return "manifest"
    if not isinstance(values, dict) or not all(map(_are_pairs, values.values())):
        return "values"
    if not isinstance(shapes, dict) or not _are_shape_notes(shapes):
        return "shapes"
    return None if isinstance(sidecar.get("prj", 0), str | None) else "prj"


def _are_pairs(told: object) -> bool:
    """Tell whether a note on a column says by row what is seen and what was meant."""
    return _is_by_row(told) and all(
        isinstance(pair, list) and len(pair) == len(("seen", "meant"))
        and all(isinstance(text, str | None) for text in pair)
        for pair in told.values()
    )  # fmt: skip


def _are_shape_notes(told: Mapping[str, Any]) -> bool:
    """Tell whether notes on shapes name rows, and empty shapes of any kind by their text."""
    multi, empty = told.get("multi"), told.get("empty")
    rows = isinstance(multi, list) and all(type(row) is int and row >= 0 for row in multi)
    if not rows or not _is_by_row(empty):
        return False
    return all(
        isinstance(text, str) and (made := shapely.from_wkt(text, on_invalid="ignore")) is not None
        and made.is_empty
        for text in empty.values()
    )  # fmt: skip


def _is_by_row(told: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(told, dict) and all(re.fullmatch("[0-9]{1,18}", row) for row in told)


@contextmanager
def unzipped(path: Path, layer: str | None) -> Iterator[Path]:
    """Yield the Shapefile of a zip, copied under names of our own.

    The names in the archive choose what is copied and never where to: that is the archive's own.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            stem = _member(archive, path, layer)
            parts = {
                rest: member
                for member in archive.infolist()
                if member.filename.startswith(stem)
                and (rest := member.filename[len(stem) :].casefold()) in PARTS
            }
            _require_size(path, sum(member.file_size for member in parts.values()), folder)
            for rest, member in parts.items():
                target = Path(folder, f"{path.stem}{rest}")
                with archive.open(member) as packed, target.open("wb") as file:
                    shutil.copyfileobj(packed, file)
            yield Path(folder, f"{path.stem}.shp")
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError) as error:
        raise SchemaError(
            f"{path.name} is no whole zip without a password ({error}); fetch or make it again",
        ) from error


def _require_size(path: Path, unpacked: int, folder: str) -> None:
    """Refuse what would fill the disk or the memory: more than zipping can make of a real layer.

    No member gives more bytes than the archive says it has; zipfile sees to that.
    """
    ratio = unpacked / max(path.stat().st_size, 1)
    free = shutil.disk_usage(folder).free
    if unpacked > free or (unpacked > _ANY_BYTES and ratio > _MOST_RATIO):
        raise SchemaError(
            f"{path.name} would grow to {unpacked / 1e6:.0f} MB, {ratio:.0f} times its size, and "
            f"{free / 1e6:.0f} MB are free for it; if you trust it, unpack it yourself and read "
            "the .shp",
        )


def _member(archive: zipfile.ZipFile, path: Path, layer: str | None) -> str:
    """Return the path in the archive of the one Shapefile that is meant, without its suffix."""
    stems = [
        name[:-4]
        for name in archive.namelist()
        # macOS puts a shadow of each file into a folder of its own.
        if name.casefold().endswith(".shp") and not name.startswith("__MACOSX/")
    ]
    found = [stem for stem in stems if layer is None or stem.split("/")[-1] == layer]
    if len(found) == 1:
        return found[0]
    if not stems:
        raise SchemaError(f"{path.name} holds no Shapefile; unpack it, and read what is in it")
    names = ", ".join(stem.split("/")[-1] for stem in stems)
    wanted = "name one with layer=" if layer is None else f"{layer!r} fits {len(found)} of them"
    raise SchemaError(f"{path.name} must hold one Shapefile; it holds {names}: {wanted}")

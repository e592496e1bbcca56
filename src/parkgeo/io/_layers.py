"""Files read piece by piece, for layers that are larger than memory.

A layer says its columns, its CRS and how many rows it has, and hands out frames of so many rows
from any row on. Values, encodings and the CRS are those of :func:`parkgeo.io.read`: one rule for
small files and for large ones. Only the columns that are asked for are read.
"""

import itertools
import json
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.crs import set_datum
from parkgeo.errors import SchemaError
from parkgeo.io import _codec, _dbf, _files, _geojson, _shapefile, _vector
from parkgeo.io._columns import decode_column, to_pandas

SUFFIXES: Final = (".parquet", ".geoparquet", ".gpkg", ".shp", ".fgb", ".geojson", ".json")
"""What can be read piece by piece, the first that a folder holds first."""

_KEY: Final = "parkgeo"
_READ_ERRORS: Final = (*_vector.DAMAGE, OSError, RuntimeError)
_HEAD_BYTES: Final = 1 << 20
_DBF_ROWS: Final = 50_000
_CURVES: Final = range(8, 15)
"""Kinds of WKB that are curves (弧段), from circular strings to surfaces."""


class Layer(ABC):
    """One layer of one file."""

    path: Path
    rows: int
    crs: CRS | None
    columns: list[str]
    """Names of the columns beside the geometry, as :func:`parkgeo.io.read` gives them."""

    @abstractmethod
    def pieces(
        self, columns: Sequence[str], *, start: int, size: int, shapes: bool
    ) -> Iterator[tuple[pd.DataFrame, Any]]:
        """Yield some columns and the geometries, ``size`` rows or fewer at a time.

        Geometries are shapes, or an Arrow column of WKB where the file holds that.
        """

    def parts(
        self, columns: Sequence[str], *, start: int, size: int
    ) -> Iterator[tuple[pd.DataFrame, Any]]:
        """Yield some columns, on the numbers of the rows, and the geometries as they come."""
        with _readable(self.path):
            for frame, shapes in self.pieces(columns, start=start, size=size, shapes=True):
                frame.index = pd.RangeIndex(start, start + len(frame))
                start += len(frame)
                yield frame, shapes
        if start < self.rows:
            raise _vector.broken(self.path, f"{start} rows of {self.rows}")

    def frames(
        self, columns: Sequence[str], *, start: int, size: int
    ) -> Iterator[gpd.GeoDataFrame]:
        """Yield frames of some columns and the geometry, on the numbers of the rows."""
        for frame, shapes in self.parts(columns, start=start, size=size):
            made = shapes if isinstance(shapes, np.ndarray) else _drawn(shapes)
            yield gpd.GeoDataFrame(frame, geometry=made, crs=self.crs)

    def values(self, column: str, *, size: int = 1 << 18) -> Iterator["pd.Series"]:
        """Yield one column, without the geometries."""
        with _readable(self.path):
            for frame, _ in self.pieces([column], start=0, size=size, shapes=False):
                yield frame[column]


def _drawn(wkb: pa.Array) -> Any:  # noqa: ANN401 - an array of geometries
    return shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))


def open_layer(
    path: Path,
    *,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
) -> Layer:
    """Open a file to be read piece by piece; the options are those of :func:`parkgeo.io.read`.

    Raises
    ------
    FileNotFoundError, MissingCRSError, CRSMismatchError
        As :func:`parkgeo.io.read`.
    SchemaError
        The file is damaged, or of a format that is only read as a whole.
    """
    _files._require_file(path)  # noqa: SLF001 - the rules of read, in its own package
    declared = _files._declared(crs, datum)  # noqa: SLF001
    suffix = path.suffix.casefold()
    if layer is not None and suffix != ".gpkg":
        raise SchemaError(f"{suffix} has no layers; leave layer= out")
    with _readable(path):
        found = _opened(path, suffix, encoding=encoding, layer=layer)
    nothing = gpd.GeoDataFrame(geometry=[], crs=found.crs)
    if datum is not None:
        found.crs = set_datum(nothing, datum, path.name).crs
    else:
        weak = suffix in {".geojson", ".json"}
        found.crs = _files._with_crs(nothing, declared, path, weak=weak).crs  # noqa: SLF001
    return found


def _opened(path: Path, suffix: str, *, encoding: str | None, layer: str | None) -> Layer:
    match suffix:
        case ".shp":
            return _Shapefile(path, encoding=encoding)
        case ".parquet" | ".geoparquet" | ".gpkg" | ".fgb":
            _files._require_utf8(suffix, encoding)  # noqa: SLF001
            return _Parquet(path) if "parquet" in suffix else _Gdal(path, layer=layer)
        case ".geojson" | ".json":
            _files._require_utf8(suffix, encoding)  # noqa: SLF001
            return _GeoJson(path)
    raise SchemaError(
        f"{path.name} cannot be read piece by piece ({', '.join(SUFFIXES)} can); read it with "
        "parkgeo.read, and give the frame, or write it as .parquet",
    )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, MemoryError):
        raise
    except _READ_ERRORS as error:
        raise _vector.broken(path, error) from error


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array of plain binary."""
    found = column.combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = pa.concat_arrays(found.chunks) if found.num_chunks else pa.array([], pa.binary())
    return found.storage if isinstance(found, pa.ExtensionArray) else found


def _has_curves(wkb: pa.Array) -> bool:
    """Look at the kinds of geometries, which stand after the byte of the byte order."""
    heads = [head for head in pc.unique(pc.binary_slice(wkb, 0, 5)).to_pylist() if head]
    kinds = (int.from_bytes(head[1:], "little" if head[0] else "big") for head in heads)
    return any((kind & 0xFFFFFFF) % 1000 in _CURVES for kind in kinds)


class _Noted(Layer):
    """A layer whose values may have notes by parkgeo that say what they were in the frame."""

    def __init__(self, path: Path, stored: Sequence[str], manifest: Any) -> None:  # noqa: ANN401
        self.path = path
        self.manifest = manifest
        notes = [] if manifest is None else manifest["columns"]
        self.notes = {note["stored"]: note for note in notes if note["stored"] in stored}
        self.stored = {self.notes.get(name, {"name": name})["name"]: name for name in stored}
        self.columns = list(self.stored)

    def _own_crs(self, found: object) -> CRS | None:
        if self.manifest is None:
            return None if found is None else CRS.from_user_input(found)
        return _codec._restored_crs(found, self.manifest["crs"])  # noqa: SLF001

    def _decoded(self, frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
        made = {}
        for name in columns:
            stored = self.stored[name]
            note = self.notes.get(stored)
            made[name] = frame[stored] if note is None else decode_column(frame[stored], note)
        return pd.DataFrame(made, index=frame.index)


class _Parquet(_Noted):
    """GeoParquet of any maker."""

    def __init__(self, path: Path) -> None:
        # Buffered ahead, all that was read would stay in memory until the file is closed.
        self._file = pq.ParquetFile(path, pre_buffer=False)
        metadata = self._file.schema_arrow.metadata or {}
        if b"geo" not in metadata:
            raise SchemaError(
                f"{path.name} is Parquet without geometry; write it with parkgeo.write, or read "
                "it with pandas.read_parquet and make points of it",
            )
        try:
            geo = json.loads(metadata[b"geo"])
            self._geometry: str = geo["primary_column"]
            self._about: dict[str, Any] = geo["columns"][self._geometry]
            encoding = str(self._about["encoding"])
        except (ValueError, KeyError, TypeError) as error:
            raise SchemaError(
                f"{path.name}: its GeoParquet metadata is damaged ({error!r}); write it again",
            ) from error
        self._encoding = encoding.casefold()
        attrs = json.loads(metadata.get(b"pandas", b"{}")).get("attributes") or {}
        manifest = _codec.manifest_from(attrs.get(_KEY), what=path.name)
        covering = self._about.get("covering", {}).get("bbox", {}).get("xmin", [None])[0]
        apart = {*geo["columns"], covering}
        super().__init__(
            path, [n for n in self._file.schema_arrow.names if n not in apart], manifest
        )
        self.rows = self._file.metadata.num_rows
        self.crs = self._own_crs(self._said_crs())

    def _said_crs(self) -> object:
        """Return the CRS of the metadata: WGS 84 where it is left out, none where it is null."""
        said = self._about.get("crs", "OGC:CRS84")
        try:
            return None if said is None else CRS.from_user_input(said)
        except CRSError as error:
            raise SchemaError(f"its CRS is none that PROJ knows: {error}") from error

    def pieces(
        self, columns: Sequence[str], *, start: int, size: int, shapes: bool
    ) -> Iterator[tuple[pd.DataFrame, Any]]:
        """Yield pieces; whole row groups before ``start`` are not touched."""
        groups = self._file.metadata.num_row_groups
        lengths = [self._file.metadata.row_group(i).num_rows for i in range(groups)]
        ends = np.cumsum(lengths)
        first = int(np.searchsorted(ends, start, side="right"))
        skip = start - int(ends[first - 1]) if first else start
        wanted = [self.stored[name] for name in columns] + [self._geometry] * shapes
        if first == groups:
            return
        for batch in self._file.iter_batches(
            size, row_groups=list(range(first, groups)), columns=wanted
        ):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            table = pa.Table.from_batches([batch.slice(skip)])
            skip = 0
            made = self._shapes(table) if shapes else None
            plain = table.drop_columns([self._geometry]) if shapes else table
            yield self._decoded(to_pandas(plain, rows=table.num_rows), columns), made

    def _shapes(self, table: pa.Table) -> Any:  # noqa: ANN401 - shapes or an Arrow array
        column = table[self._geometry]
        if self._encoding == "wkb":
            return _one_array(column)
        field = pa.field(
            self._geometry,
            column.type,
            metadata={"ARROW:extension:name": f"geoarrow.{self._encoding}"},
        )
        only = pa.table([column], schema=pa.schema([field]))
        return gpd.GeoDataFrame.from_arrow(only).geometry.to_numpy()


class _Gdal(_Noted):
    """GeoPackage and FlatGeobuf, through GDAL and Arrow."""

    _options: ClassVar[dict[str, str]] = {}

    def __init__(self, path: Path, *, layer: str | None = None) -> None:
        self._layer = _vector._layer(path, layer)  # noqa: SLF001
        info = pyogrio.read_info(path, layer=self._layer, force_feature_count=True, **self._options)
        notes = (info["layer_metadata"] or {}).get(_KEY)
        manifest = self._manifest(path, notes)
        super().__init__(path, list(info["fields"]), manifest)
        if info["geometry_type"] is None:
            raise SchemaError(f"layer {self._layer!r} of {path.name} has no geometry")
        self.rows = int(info["features"])
        self.crs = self._own_crs(info["crs"])

    def _manifest(self, path: Path, notes: object) -> Any:  # noqa: ANN401 - JSON
        return _codec.manifest_from(notes, what=path.name)

    def pieces(
        self, columns: Sequence[str], *, start: int, size: int, shapes: bool
    ) -> Iterator[tuple[pd.DataFrame, Any]]:
        """Yield pieces; GDAL passes over the rows before ``start``."""
        with pyogrio.open_arrow(
            self.path,
            layer=self._layer,
            columns=[self.stored[name] for name in columns],
            batch_size=size,
            skip_features=start,
            read_geometry=shapes,
            use_pyarrow=True,
            **self._options,
        ) as (meta, reader):
            geometry = meta["geometry_name"] or "wkb_geometry"
            for batch in reader:
                table = pa.Table.from_batches([batch])
                made = self._shapes(table[geometry], start) if shapes else None
                start += table.num_rows
                yield self._decoded(to_pandas(table, rows=table.num_rows), columns), made

    def _shapes(self, column: pa.ChunkedArray, start: int) -> Any:  # noqa: ANN401
        found = _one_array(column)
        if not _has_curves(found):
            return found
        # Arrow hands curves on as they are; GDAL's older way makes lines of them.
        return shapely.from_wkb(
            pyogrio.raw.read(
                self.path,
                layer=self._layer,
                columns=[],
                skip_features=start,
                max_features=len(column),
            )[2],
        )


class _GeoJson(_Gdal):
    """GeoJSON, which GDAL reads as a stream; its members beside the features are in the head."""

    _options: ClassVar[dict[str, str]] = {"DATE_AS_STRING": "YES"}

    def __init__(self, path: Path) -> None:
        self._head = _head(path)
        super().__init__(path)
        if self._head is not None:
            self.crs = _geojson._crs(self._head, path)  # noqa: SLF001

    def _manifest(self, path: Path, notes: object) -> Any:  # noqa: ANN401 - JSON
        found = notes if self._head is None else self._head.get(_KEY)
        return _codec.manifest_from(found, what=path.name)


def _head(path: Path) -> dict[str, Any] | None:
    """Return the members that stand before the features; None where they do not stand first."""
    with path.open("rb") as file:
        begin = file.read(_HEAD_BYTES).decode("utf-8-sig", "ignore")
    before, found, _ = begin.partition('"features"')
    if not found:
        return None
    try:
        head: dict[str, Any] = json.loads(before.rstrip().rstrip(",") + "}")
    except ValueError:
        return None
    return head


class _Shapefile(_Noted):
    """A Shapefile: shapes by GDAL, attributes by parkgeo, strictly decoded."""

    def __init__(self, path: Path, *, encoding: str | None) -> None:
        _shapefile._require_whole(path)  # noqa: SLF001
        self._sidecar = _shapefile._sidecar(path)  # noqa: SLF001
        found = _shapefile._beside(path, ".dbf")  # noqa: SLF001
        if found is None:
            raise SchemaError(f"{path.name} came without its .dbf; fetch all of its files together")
        cpg = _shapefile._text(path, ".cpg")  # noqa: SLF001
        self._table = _Dbf(found, said=encoding, cpg=cpg)
        manifest = None if self._sidecar is None else self._sidecar["manifest"]
        super().__init__(path, self._table.names, manifest)
        info = pyogrio.read_info(path, encoding="ISO-8859-1", force_feature_count=True)
        self.rows = int(info["features"])
        self.crs = None if info["crs"] is None else CRS.from_user_input(info["crs"])
        prj = _shapefile._text(path, ".prj")  # noqa: SLF001
        if self._sidecar is not None and manifest is not None and self._sidecar["prj"] == prj:
            self.crs = self._own_crs(manifest["crs"])

    def pieces(
        self, columns: Sequence[str], *, start: int, size: int, shapes: bool
    ) -> Iterator[tuple[pd.DataFrame, Any]]:
        """Yield pieces; attributes and shapes are read side by side."""
        stored = [self.stored[name] for name in columns]
        tables = self._table.pieces(stored, start=start, size=size)
        if not shapes:
            for at, table in tables:
                yield self._decoded(self._whole(table, at), columns), None
            return
        with pyogrio.open_arrow(
            self.path,
            columns=[],
            encoding="ISO-8859-1",
            batch_size=size,
            skip_features=start,
            use_pyarrow=True,
        ) as (meta, reader):
            geometry = meta["geometry_name"] or "wkb_geometry"
            made = _Shapes(reader, geometry)
            for at, table in tables:
                found = made.take(len(table))
                if self._sidecar is not None:
                    found = _restored(found, self._sidecar["shapes"], at)
                yield self._decoded(self._whole(table, at), columns), found

    def _whole(self, table: pd.DataFrame, start: int) -> pd.DataFrame:
        """Put back the long texts that stand beside the .dbf, where there are any."""
        if self._sidecar is None:
            return table
        here = {
            name: _shifted(values, start, len(table))
            for name, values in self._sidecar["values"].items()
        }
        return _shapefile._restored_values(table, here)  # noqa: SLF001


def _shifted(values: dict[str, Any], start: int, count: int) -> dict[str, Any]:
    return {str(int(r) - start): v for r, v in values.items() if start <= int(r) < start + count}


def _restored(shapes: Any, notes: dict[str, Any], start: int) -> Any:  # noqa: ANN401
    stop = start + len(shapes)
    here = {
        "multi": [row - start for row in notes["multi"] if start <= row < stop],
        "empty": _shifted(notes["empty"], start, len(shapes)),
    }
    return _shapefile._restored_shapes(shapes, here)  # noqa: SLF001


class _Shapes:
    """Shapes of an Arrow stream, as many at a time as are asked for."""

    def __init__(self, reader: Any, geometry: str) -> None:  # noqa: ANN401 - a RecordBatchReader
        self._batches = iter(reader)
        self._geometry = geometry
        self._rest: Any = np.empty(0, dtype=object)

    def take(self, count: int) -> Any:  # noqa: ANN401 - an array of geometries
        found = [self._rest]
        while sum(map(len, found)) < count:
            batch = next(self._batches, None)
            if batch is None:
                raise SchemaError(
                    "there are fewer shapes than rows of attributes; the files are not of one "
                    "make, so fetch them again together",
                )
            found.append(shapely.from_wkb(np.asarray(batch[self._geometry].to_pylist(), object)))
        every = np.concatenate(found)
        self._rest = every[count:]
        return every[:count]


class _Dbf:
    """The attribute table of a Shapefile, read by runs of rows."""

    def __init__(self, path: Path, *, said: str | None, cpg: str | None) -> None:
        self._path = path
        with path.open("rb") as file:
            start = file.read(32)
            if len(start) < 32:  # noqa: PLR2004 - the shortest header
                raise SchemaError(f"{path.name} is no whole dBASE table; fetch it again")
            self._records, header, self._width = struct.unpack_from("<IHH", start, 4)
            file.seek(0)
            self._header = bytearray(file.read(header))
        needed, found = header + self._records * self._width, path.stat().st_size
        if needed > found:
            raise SchemaError(
                f"{path.name} is cut off: it needs {needed} bytes, and has {found}; fetch or "
                "write it again",
            )
        self._encoding = self._found_encoding(said, cpg)
        self.names = list(_dbf.frame(self._raw(b""), self._encoding, what=path.name).columns)

    def _found_encoding(self, said: str | None, cpg: str | None) -> str:
        """Judge as for a whole table: text is UTF-8 where all of it is, else GB18030."""
        found: set[str] = set()
        for raw in itertools.chain([self._raw(b"")], self._raws(_DBF_ROWS)):
            found.add(_dbf.encoding_of(raw, said=said, cpg=cpg, what=self._path.name))
            if said is not None or raw.language in _dbf._LANGUAGES:  # noqa: SLF001
                break
        return "gb18030" if "gb18030" in found else found.pop()

    def _raws(self, size: int) -> Iterator[_dbf.RawTable]:
        with self._path.open("rb") as file:
            file.seek(len(self._header))
            for at in range(0, self._records, size):
                yield self._raw(_read(file, self._width * min(size, self._records - at)))

    def _raw(self, records: bytes) -> _dbf.RawTable:
        count = len(records) // self._width
        header = self._header.copy()
        struct.pack_into("<I", header, 4, count)
        return _dbf.parse(bytes(header) + records, what=self._path.name)

    def pieces(
        self, columns: Sequence[str], *, start: int, size: int
    ) -> Iterator[tuple[int, pd.DataFrame]]:
        """Yield where a run of rows begins, and some of its columns; deleted rows are left out."""
        at = 0
        for raw in self._raws(size):
            skip = min(max(start - at, 0), raw.rows)
            some = _rows_of(_fields_of(raw, self.names, columns), skip)
            begin, at = at + skip, at + raw.rows
            if skip == raw.rows:
                continue
            yield (
                begin,
                _dbf.frame(some, self._encoding, what=self._path.name).set_axis(
                    [name for name in self.names if name in columns], axis=1
                ),
            )


def _fields_of(raw: _dbf.RawTable, names: Sequence[str], wanted: Sequence[str]) -> _dbf.RawTable:
    some = [i for i, name in enumerate(names) if name in wanted]
    fields, values = raw.fields, raw.values  # noqa: PD011 - no frame
    return replace(
        raw, fields=tuple(fields[i] for i in some), values=tuple(values[i] for i in some)
    )


def _rows_of(raw: _dbf.RawTable, skip: int) -> _dbf.RawTable:
    values = raw.values  # noqa: PD011 - no frame
    return replace(raw, values=tuple(v[skip:] for v in values), rows=raw.rows - skip)


def _read(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise SchemaError("the table is cut off; fetch or write it again")
    return found

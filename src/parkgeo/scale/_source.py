"""Where parcels come from on Spark: a DataFrame, or Parquet files that say their own CRS."""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.errors import (
    AmbiguousNameError,
    CRSMismatchError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.io._parcels import columns_that_mean
from parkgeo.scale._session import sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_GEOMETRY: Final = "geometry"
_AT_ONCE: Final = 16
"""Files whose footers are read at the same time."""

_UNREADABLE: Final = frozenset(
    {"UNABLE_TO_INFER_SCHEMA", "FAILED_READ_FILE", "CANNOT_READ_FILE_FOOTER"}
)


@dataclass(frozen=True)
class Source:
    """Rows on Spark, the column with their WKB, and the CRS of its coordinates."""

    frame: "DataFrame"
    geometry: str
    crs: CRS


@dataclass(frozen=True)
class _Footer:
    """What a Parquet file says of its geometries; no column where it says nothing."""

    file: str
    column: str | None
    crs: CRS | None


def of_frame(frame: "DataFrame", *, geometry: str | None, crs: object) -> list[Source]:
    """Take a DataFrame, which cannot say its CRS."""
    declared = _declared(crs)
    if declared is None:
        raise MissingCRSError(
            "parcels: a Spark DataFrame does not say its CRS; give crs=, such as 'EPSG:4490' or "
            "what df.crs said of the frame that was written",
        )
    column = geometry or _GEOMETRY
    return [_source(frame, column, declared)]


def of_path(
    path: str | Path, spark: "SparkSession", *, geometry: str | None, crs: object
) -> list[Source]:
    """Read Parquet files: one source for each CRS that they say."""
    declared = _declared(crs)
    # Hadoop takes names as they are: spaces and Chinese characters are not to be escaped.
    where = f"file://{path.absolute().as_posix()}" if isinstance(path, Path) else path
    frame = _read(spark, where, [where])
    footers = _footers(spark, frame.inputFiles())
    found: dict[tuple[str, CRS], list[str]] = {}
    for footer in footers:
        column = geometry or footer.column or _GEOMETRY
        found.setdefault((column, _crs_of(footer, declared)), []).append(footer.file)
    if not found:
        raise SchemaError(f"{path} has no Parquet file; look for a typing error in the path")
    if len(found) == 1:
        [(column, its)] = found
        return [_source(frame, column, its)]
    return [
        _source(_read(spark, where, files), column, its) for (column, its), files in found.items()
    ]


def _source(frame: "DataFrame", column: str, crs: CRS) -> Source:
    return Source(_named(_as_wkb(frame, column)), column, crs)


def _named(frame: "DataFrame") -> "DataFrame":
    """Know columns by the names that surveys give them (DLBM is class_code), as for files."""
    known = columns_that_mean(frame.columns, cut=False)
    for name in sorted({*known} - {*frame.columns}):
        own = known[name]
        if len(own) > 1 and name == "class_code":
            raise AmbiguousNameError(
                f"parcels: columns {', '.join(own)} may all be {name}; choose with "
                f"df.withColumnRenamed({own[0]!r}, {name!r})",
            )
        if len(own) == 1 or name == "parcel_id":
            frame = frame.withColumn(name, frame[own[0]])
    return frame


def _declared(crs: object) -> CRS | None:
    if crs is None:
        return None
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SchemaError(f"crs={crs!r} is no CRS that PROJ knows; give one as 'EPSG:4490'") from (
            error
        )


def _read(spark: "SparkSession", base: str, files: list[str]) -> "DataFrame":
    """Read files of a folder, with the columns that its subfolders (district=…) stand for."""
    reader = spark.read
    if files != [base]:
        reader = reader.option("basePath", base)
    try:
        return reader.parquet(*files)
    except Exception as error:
        # Spark's own exceptions and those of its JVM name the condition in the same way.
        named = re.search(r"\[([A-Z_]+)", str(error))
        condition = named.group(1) if named else ""
        if condition == "PATH_NOT_FOUND":
            raise FileNotFoundError(
                f"no file or folder {base}; look for a typing error in the path, and say file:// "
                "or hdfs:// where it is not on the default file system of the cluster",
            ) from error
        if condition in _UNREADABLE:
            raise SchemaError(
                f"{base} is no Parquet that Spark can read ({_first_line(error)}); write it with "
                "parkgeo.write(frame, 'parcels/part-0.parquet')",
            ) from error
        raise


def _first_line(error: Exception) -> str:
    return next(line.strip() for line in str(error).splitlines() if "[" in line)


def _as_wkb(frame: "DataFrame", column: str) -> "DataFrame":
    """Check the column of geometries; Spark's own geometries become WKB."""
    kinds = dict(frame.dtypes)
    if column not in kinds:
        names = ", ".join(frame.columns)
        raise UnknownNameError(f"parcels have no column {column!r}; say geometry=, of {names}")
    kind = kinds[column]
    if kind.startswith("geometry"):
        return frame.withColumn(column, sql().functions.st_asbinary(column))
    if kind != "binary":
        raise SchemaError(
            f"parcels: column {column!r} is {kind}; geometries must be WKB in a binary column. "
            "Text goes through parkgeo.read and parkgeo.write to GeoParquet, and hexadecimal WKB "
            "through pyspark.sql.functions.unhex",
        )
    return frame


def _crs_of(footer: _Footer, declared: CRS | None) -> CRS:
    if footer.crs is None and declared is None:
        raise MissingCRSError(
            f"{_name(footer.file)} does not say its CRS; give crs=, such as 'EPSG:4490', or write "
            "it with parkgeo.write, which says it",
        )
    if footer.crs is None or declared is None or footer.crs == declared:
        return declared or footer.crs or CRS("EPSG:4490")
    raise CRSMismatchError(
        f"{_name(footer.file)} says {footer.crs.name}, and crs= says {declared.name}; leave crs= "
        "out, or write the file again with its true CRS",
    )


def _name(file: str) -> str:
    return file.rsplit("/", 1)[-1]


def _footers(spark: "SparkSession", files: Iterable[str]) -> Iterator[_Footer]:
    """Read what each file says of itself, through Spark's own file systems."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda file: _footer(spark, file), sorted(files))


def _footer(spark: "SparkSession", file: str) -> _Footer:
    java: Any = spark._jvm  # noqa: SLF001 - no Python API reads a footer from HDFS or S3
    hadoop = spark._jsc.hadoopConfiguration()  # noqa: SLF001
    path = java.org.apache.hadoop.fs.Path(java.java.net.URI(file))
    opened = java.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(path, hadoop)
    reader = java.org.apache.parquet.hadoop.ParquetFileReader.open(opened)
    try:
        said = reader.getFileMetaData().getKeyValueMetaData().get("geo")
    finally:
        reader.close()
    plain = path.toString()
    return _Footer(plain, None, None) if said is None else _parsed(plain, said)


def _parsed(file: str, said: str) -> _Footer:
    """Read the metadata of GeoParquet: a CRS that is left out means longitude and latitude."""
    try:
        meta = json.loads(said)
        column = meta["primary_column"]
        about = meta["columns"][column]
        encoding = about["encoding"]
        given = about.get("crs", "OGC:CRS84")
        its = None if given is None else CRS.from_user_input(given)
    except (ValueError, KeyError, TypeError, CRSError) as error:
        raise SchemaError(
            f"{_name(file)}: its GeoParquet metadata cannot be read ({error!r}); write it again "
            "with parkgeo.write",
        ) from error
    if encoding != "WKB":
        raise SchemaError(
            f"{_name(file)} holds geometries as {encoding}, and Spark reads WKB; write it again "
            "with parkgeo.write, or with geometry_encoding='WKB'",
        )
    return _Footer(file, column, its)

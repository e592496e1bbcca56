"""What share of land lies inside the zones, asked of Spark."""

import pickle
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import pandas as pd

from parkgeo.concentration._plane import overlay_errors
from parkgeo.concentration._ratio import question_of
from parkgeo.concentration._select import Weight
from parkgeo.concentration._sums import Question, Sums, finish, merge, sums_of
from parkgeo.errors import MissingExtraError, ParkgeoError, SchemaError, first_rows
from parkgeo.scale._session import require_session, sql
from parkgeo.scale._source import Source, of_frame, of_path
from parkgeo.scale._work import ANSWER, ID, Answer, ChosenIds, Reader, error_of, without_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark import Broadcast
    from pyspark.sql import DataFrame, Row, SparkSession

_NESTED = ("array", "map", "struct", "variant")
_FIRST = 5
"""How many ids a note names."""


@overlay_errors("ratio")
def ratio(  # noqa: PLR0913 - independent options, all by keyword
    parcels: "DataFrame | str | Path",
    parks: gpd.GeoDataFrame,
    *,
    spark: "SparkSession | None" = None,
    geometry: str | None = None,
    crs: object = None,
    by: str | None = None,
    of: Literal["parcels", "parks", "districts"] | None = None,
    districts: gpd.GeoDataFrame | None = None,
    where: Mapping[str, object] | None = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    weight: Weight = None,
    target: float = 0.70,
    shapley: bool = False,
) -> pd.DataFrame:
    """Measure what share of parcels on Spark lies inside the zones (工业用地集中度).

    :func:`parkgeo.concentration.ratio` for land surveys that fit no one machine: zones go to every
    worker once, each partition of the parcels comes back as its sums, and the driver adds them up.

    Parameters
    ----------
    parcels
        A Spark DataFrame with WKB in a binary column; or Parquet that Spark reads, a file or a
        folder: its GeoParquet metadata say column and CRS, which may differ from file to file.
    parks
        As for :func:`parkgeo.concentration.ratio`.
    spark
        The session; the DataFrame's own, the active one, or a new one unless given.
    geometry
        Column of the geometries; "geometry" or what GeoParquet says.
    crs
        CRS of the coordinates, needed unless files say it; anything that pyproj takes.
    where
        A mapping from columns to values; for any other condition filter the DataFrame.
    by, of, districts, classes, system, weight, target, shapley
        As for :func:`parkgeo.concentration.ratio`.

    Returns
    -------
    The table of :func:`parkgeo.concentration.ratio` with the same ``attrs``, but for these:
    notes call rows by their ``parcel_id``, or else by ``monotonically_increasing_id``; and
    ``counted_twice`` sees only parcels that overlap within one batch of up to 100 000.

    Raises
    ------
    MissingExtraError
        PySpark is not installed, there is no Java, or workers do not have parkgeo.
    MissingCRSError, CRSMismatchError
        Nobody says the CRS; files and ``crs`` disagree; coordinates contradict it.
    FileNotFoundError
        There is no such file or folder.
    SchemaError, GeometryError, UnknownNameError, AmbiguousNameError
        As for :func:`parkgeo.concentration.ratio`; and geometries that are no WKB. Every
        partition is looked at before the first error is raised.
    ParkgeoError
        A Spark Connect session.

    Notes
    -----
    A task that is run again, because its worker died or Spark took it for slow, counts once.

    Examples
    --------
    >>> from parkgeo import scale
    >>> scale.ratio("hdfs:///survey/parcels", parks, classes="industry")  # doctest: +SKIP
    """
    sources = _sources(parcels, spark, geometry=geometry, crs=crs)
    if where is not None and not isinstance(where, Mapping):
        raise SchemaError(
            "where must be a mapping such as {'status': 'built'}; for any other condition filter "
            f"the DataFrame; found {type(where).__name__}",
        )
    question = question_of(
        parks,
        columns=sources[0].frame.columns,
        by=by,
        of=of,
        districts=districts,
        where=where,
        classes=classes,
        system=system,
        weight=weight,
        target=target,
        shapley=shapley,
        systems=_systems(sources) if classes is not None else None,
    )
    nothing = without_ids(_of_nothing(sources[0], question))
    sources = [_needed(source, question) for source in sources]
    with _broadcast(sources[0].frame.sparkSession, question) as sent:
        sums = _asked(sources, sent)
        table = finish(merge(sums or [nothing]), question)
        if ID in sources[0].frame.columns:
            table.attrs["duplicate_ids"] = _duplicates(sources, question, sent)
    return table


def _sources(
    parcels: "DataFrame | str | Path",
    spark: "SparkSession | None",
    *,
    geometry: str | None,
    crs: object,
) -> list[Source]:
    if isinstance(parcels, str | Path):
        return of_path(parcels, require_session(spark), geometry=geometry, crs=crs)
    if isinstance(parcels, sql().DataFrame):
        require_session(parcels.sparkSession)
        return of_frame(parcels, geometry=geometry, crs=crs)
    raise SchemaError(
        f"parcels must be a Spark DataFrame or a path, not a {type(parcels).__name__}; a "
        "GeoDataFrame goes to parkgeo.concentration.ratio, without Spark",
    )


def _systems(sources: list[Source]) -> list[str]:
    """Ask which class systems occur: a batch alone cannot tell whether codes are mere text."""
    name = "class_system"
    said = [one.frame.select(name) for one in sources if name in one.frame.columns]
    if not said:
        return []
    rows = reduce(lambda left, right: left.union(right), said).distinct().collect()
    return sorted(row[0] for row in rows if row[0] is not None)


def _needed(source: Source, question: Question) -> Source:
    """Leave out the columns that nobody asks for, so that Parquet does not read them."""
    weight = question.weight if isinstance(question.weight, str) else None
    asked = [ID, weight, *(question.where or ())]
    if question.side == "parcels":
        asked.append(question.by)
    if question.classes is not None:
        asked += ["class_code", "class_system"]
    asked = [name for name in dict.fromkeys([source.geometry, *asked]) if name is not None]
    frame, names = source.frame, source.frame.columns
    numbered, kinds = _numbered(frame), dict(frame.dtypes)
    columns = []
    for name in (name for name in asked if name in names):
        if names.count(name) > 1:
            raise SchemaError(
                f"{names.count(name)} columns are named {name!r}; rename them, or drop all but one",
            )
        if kinds[name].startswith(_NESTED):
            raise SchemaError(
                f"parcels: column {name!r} is {kinds[name]}; choose a part of it with "
                f"df.withColumn({name!r}, …)",
            )
        column = numbered[names.index(name)]
        exact = name == weight and kinds[name].startswith("decimal")
        columns.append((column.cast("double") if exact else column).alias(name))
    return replace(source, frame=numbered.select(*columns))


def _numbered(frame: "DataFrame") -> "DataFrame":
    """Name columns by number: Spark resolves names, and not all of them to what has the name."""
    return frame.toDF(*map(str, range(len(frame.columns))))


def _of_nothing(source: Source, question: Question) -> Sums:
    """Answer for no parcel, which finds a wrong name before any worker starts."""
    names = [name for name in source.frame.columns if name != source.geometry]
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    return sums_of(gpd.GeoDataFrame(empty, geometry=[], crs=source.crs), question)


@contextmanager
def _broadcast(spark: "SparkSession", question: Question) -> "Iterator[Broadcast[Question]]":
    sent = spark.sparkContext.broadcast(question)
    try:
        yield sent
    finally:
        sent.destroy()


def _mapped(
    sources: list[Source],
    work: "Callable[[Reader], Any]",
    schema: Any,  # noqa: ANN401 - text or a type of Spark
    *,
    geometry: bool,
) -> "DataFrame":
    """Run work on the Arrow batches of all sources."""
    frames = []
    for source in sources:
        kept = {
            str(k): name
            for k, name in enumerate(source.frame.columns)
            if geometry or name != source.geometry
        }
        column = source.geometry if geometry else None
        reader = Reader(column, source.crs, names=tuple(kept.values()))
        frame = _numbered(source.frame).select(*kept)
        frames.append(frame.mapInArrow(work(reader), schema))
    return reduce(lambda left, right: left.union(right), frames)


def _asked(sources: list[Source], sent: "Broadcast[Question]") -> list[Sums]:
    """Collect the sums of all partitions, each from one successful task."""
    answers = _mapped(sources, lambda reader: Answer(sent, reader), ANSWER, geometry=True)
    with _explained():
        rows = answers.collect()
    wrong = [row for row in rows if row["error"] is not None]
    if wrong:
        _refuse(wrong, len(rows))
    return [pickle.loads(row["sums"]) for row in rows]  # noqa: S301 - from our own workers


def _refuse(wrong: "list[Row]", count: int) -> None:
    first, *more = wrong
    others = f"; {len(more)} more of {count} partitions have errors" if more else ""
    raise error_of(first["error"], first["message"] + others)


@contextmanager
def _explained() -> "Iterator[None]":
    """Say what to do about a worker that has no parkgeo, or another one."""
    remedy = (
        "ship the driver's environment to all workers, as docs/scale.md says (--archives with "
        "venv-pack or conda-pack), and point PYSPARK_PYTHON to it"
    )
    try:
        yield
    except Exception as error:
        text = str(error)
        if "No module named 'parkgeo" in text:
            raise MissingExtraError(f"workers do not have parkgeo: {remedy}") from error
        if "VersionError: " in text:
            found = text.split("VersionError: ", 1)[1].splitlines()[0]
            raise ParkgeoError(f"{found}: {remedy}") from error
        raise


def _duplicates(
    sources: list[Source], question: Question, sent: "Broadcast[Question]"
) -> dict[str, object]:
    """Count, on Spark, the parcels whose id another parcel that counts has too."""
    functions = sql().functions
    ids = [source.frame.select(ID) for source in sources]
    if question.where is None and question.classes is None:
        chosen = reduce(lambda left, right: left.union(right), ids)
        chosen = chosen.select(ID, functions.monotonically_increasing_id().alias("place"))
    else:
        schema = ids[0].schema.add("place", "long")
        chosen = _mapped(sources, lambda reader: ChosenIds(sent, reader), schema, geometry=False)
    doubled = (
        chosen.where(functions.col(ID).isNotNull())
        .groupBy(ID)
        .agg(functions.count("*").alias("rows"), functions.min("place").alias("place"))
        .where("rows > 1")
    )
    ids_, rows = doubled.agg(functions.count("*"), functions.sum("rows")).collect()[0]
    names = [row[ID] for row in doubled.orderBy("place").limit(_FIRST).collect()] if ids_ else []
    first = first_rows(names)
    more = ids_ - len(names)
    return {"n": int(rows or 0), "first": f"{first} and {more} more" if more else first}

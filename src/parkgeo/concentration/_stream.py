"""Parcels of files in constant memory, with a bar, and to be taken up where a run was killed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from parkgeo._ground import in_turn
from parkgeo._progress import progress
from parkgeo.concentration._batches import Batch, Place, Source
from parkgeo.concentration._checkpoint import FORMAT, Checkpoint, hash_of
from parkgeo.concentration._land import Parcels
from parkgeo.concentration._sums import Question, Sums, sums_of
from parkgeo.errors import SchemaError

BATCH_ROWS: Final = 1 << 16
"""Rows of a batch, of which three are in memory: fewer cost more looks at the zones."""


def wanted_of(question: Question, columns: Collection[str]) -> list[str]:
    """Name the columns of the parcels that a question needs."""
    where = question.where
    wanted = list(where) if isinstance(where, Mapping) else []
    if question.side == "parcels" and question.by is not None:
        wanted.append(question.by)
    if question.classes is not None:
        wanted += ["class_code", *({"class_system"} & {*columns})]
    if isinstance(question.weight, str):
        wanted.append(question.weight)
    wanted += {"parcel_id"} & {*columns}
    return list(dict.fromkeys(wanted))


def fingerprint_of(
    question: Question,
    source: Source,
    parks: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame | None,
) -> dict[str, Any]:
    """Say all that sums depend on; the target is not among it."""
    by = question.by
    of_parks = [by] if by is not None and question.side == "parks" else []
    return {
        **fingerprint_of_files(source, parks, of_parks),
        "districts": None if districts is None or by is None else hash_of(districts, [by]),
        "by": by,
        "of": question.side,
        "where": plain_where(question.where),
        "classes": question.classes if question.classes is None else list(question.classes),
        "system": question.system,
        "weight": question.weight,
        "shapley": question.brands is not None and question.brands.shapley,
    }


def fingerprint_of_files(
    source: Source, parks: gpd.GeoDataFrame, of_parks: Sequence[str] = ()
) -> dict[str, Any]:
    """Say which files, which parks and which version sums depend on."""
    accuracy = [name for name in ("accuracy_m",) if name in parks.columns]
    return {
        "parkgeo": version("parkgeo"),
        "format": FORMAT,
        "files": source.fingerprint(),
        "columns": source.columns,
        "parks": hash_of(parks, [*accuracy, *of_parks]),
    }


def plain_where(where: object) -> list[list[str]] | None:
    """Write a condition in one way only, whatever the order of its parts."""
    if not isinstance(where, Mapping):
        return None
    return sorted(
        [str(name), *(sorted(map(repr, w)) if _many(w) else [repr(w)])] for name, w in where.items()
    )


def _many(wanted: object) -> bool:
    return isinstance(wanted, Collection) and not isinstance(wanted, str)


def streamed(
    source: Source,
    question: Question,
    *,
    size: int = BATCH_ROWS,
    checkpoint: Checkpoint | None = None,
) -> Sums:
    """Answer a question for all batches of the files, those of an earlier run included."""
    columns = wanted_of(question, source.columns)

    def answer(parcels: Parcels, start: int) -> Sums:
        return sums_of(parcels, question, start=start)

    return added(source, columns, answer, size=size, checkpoint=checkpoint)


def added(
    source: Source,
    columns: Sequence[str],
    answer: Callable[[Parcels, int], Sums],
    *,
    size: int = BATCH_ROWS,
    checkpoint: Checkpoint | None = None,
) -> Sums:
    """Add up the answers for all batches of the files, those of an earlier run included.

    The next batch is read while others are worked on. Answers come back in order, so that what a
    checkpoint holds is all there is up to its place.
    """
    if size < 1:
        raise SchemaError(f"batch_rows must be 1 or more, not {size}")
    done = None if checkpoint is None else checkpoint.load()
    place, sums = (Place(), None) if done is None else done
    rows = 0 if sums is None else sums.notes.n_rows

    def answered(batch: Batch) -> tuple[Place, Sums]:
        return batch.after, answer(batch.parcels, batch.start)

    batches = source.batches(columns, size=size, after=place)
    bar = progress(doing="measuring parcels", total=source.n_rows, done=rows, unit="parcels")
    with bar as shown, closing(in_turn(answered, batches)) as answers:
        for after, found in answers:
            sums = found if sums is None else sums + found
            if checkpoint is not None:
                checkpoint.save(after, sums)
            shown.update(found.notes.n_rows)
    return answer(nothing(source, columns), 0) if sums is None else sums


def nothing(source: Source, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the rows of files without rows."""
    crs = source.files[0].layer.crs
    return gpd.GeoDataFrame(
        {name: pd.Series([], dtype="str") for name in columns}, geometry=[], crs=crs
    )


def checkpoint_of(path: str | Path | None, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
    """Name the file in which a run keeps how far it has come."""
    return None if path is None else Checkpoint(Path(path), fingerprint)

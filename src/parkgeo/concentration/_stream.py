"""Parcels of files in constant memory, with a bar, and to be taken up where a run was killed."""

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from parkgeo.concentration._batches import Place, Source
from parkgeo.concentration._checkpoint import FORMAT, Checkpoint, hash_of
from parkgeo.concentration._sums import Question, Sums, sums_of

BATCH_ROWS: Final = 1 << 17
"""Rows of a batch: fewer cost more looks at the zones, more cost memory."""


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
    accuracy = [name for name in ("accuracy_m",) if name in parks.columns]
    return {
        "parkgeo": version("parkgeo"),
        "format": FORMAT,
        "files": source.fingerprint(),
        "columns": source.columns,
        "parks": hash_of(parks, [*accuracy, *of_parks]),
        "districts": None if districts is None or by is None else hash_of(districts, [by]),
        "by": by,
        "of": question.side,
        "where": None if question.where is None else _ordered(question.where),
        "classes": question.classes if question.classes is None else list(question.classes),
        "system": question.system,
        "weight": question.weight,
        "shapley": question.brands is not None and question.brands.shapley,
    }


def _ordered(where: object) -> list[list[str]]:
    if not isinstance(where, Mapping):
        return [[repr(where)]]
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
    """Add up all batches of the files, those of an earlier run included."""
    columns = wanted_of(question, source.columns)
    done = None if checkpoint is None else checkpoint.load()
    place, sums = (Place(), None) if done is None else done
    rows = 0 if sums is None else sums.notes.n_rows
    with _bar(source.n_rows, rows) as bar:
        for batch in source.batches(columns, size=size, after=place):
            found = sums_of(batch.parcels, question, start=batch.start)
            sums = found if sums is None else sums + found
            if checkpoint is not None:
                checkpoint.save(batch.after, sums)
            bar.update(len(batch.parcels))
    return nothing(source, question) if sums is None else sums


def nothing(source: Source, question: Question) -> Sums:
    """Return the sums of files without rows."""
    columns = wanted_of(question, source.columns)
    crs = source.files[0].layer.crs
    empty = gpd.GeoDataFrame(
        {name: pd.Series([], dtype="str") for name in columns}, geometry=[], crs=crs
    )
    return sums_of(empty, question)


@contextmanager
def _bar(total: int, done: int) -> Iterator[Any]:
    """Show a bar on stderr or in the notebook once two seconds have passed."""
    with warnings.catch_warnings():
        # A notebook without ipywidgets gets a bar of characters, and needs no warning for it.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # noqa: PLC0415 - asks for the notebook only where it is used

    with tqdm(
        desc="measuring parcels",
        total=total,
        initial=done,
        unit=" parcels",
        unit_scale=True,
        delay=2.0,
        leave=False,
    ) as bar:
        yield bar


def checkpoint_of(path: str | Path | None, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
    """Name the file in which a run keeps how far it has come."""
    return None if path is None else Checkpoint(Path(path), fingerprint)

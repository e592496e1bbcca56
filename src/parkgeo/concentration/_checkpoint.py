"""A run over files that can be taken up where it was killed.

A checkpoint is one zip: ``checkpoint.json`` says of which run it is, how far that had come, and its
sums, every float with all its digits; ``ids.npy`` holds the hashes of ids. It is written beside its
place and moved there in one step, so that there is always a whole one or none, and it runs no code
when it is read. A run that ends takes its checkpoint away.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo._atomic import replaced
from parkgeo.concentration._batches import Place
from parkgeo.concentration._exact import Exact
from parkgeo.concentration._notes import Notes, Rows
from parkgeo.concentration._sums import Sums, Totals
from parkgeo.concentration._twice import Twice
from parkgeo.errors import SchemaError

FORMAT: Final = 1
_SECONDS: Final = 5.0
"""Time between checkpoints, at least."""
_SHARE: Final = 20.0
"""As many times as long to work as writing the last one took: 5 % of the time at most."""

_TYPES: Final[dict[str, tuple[type, Callable[[Any], Any]]]] = {
    "time": (pd.Timestamp, pd.Timestamp),
    "str": (str, str),
    "bool": (bool, bool),
    "int": (int, int),
    "float": (float, float),
}


@dataclass
class Checkpoint:
    """Where a run keeps how far it has come."""

    path: Path
    fingerprint: Mapping[str, Any]
    _next: float = field(default_factory=lambda: time.monotonic() + _SECONDS)

    def load(self) -> tuple[Place, Sums] | None:
        """Return what an earlier run of the same question left, if it left anything.

        Raises
        ------
        SchemaError
            It is of another question or of other files, or it is no checkpoint.
        """
        if not self.path.exists():
            return None
        try:
            with zipfile.ZipFile(self.path) as archive:
                found = json.loads(archive.read("checkpoint.json"))
                ids = np.load(io.BytesIO(archive.read("ids.npy")), allow_pickle=False)
            theirs = found["fingerprint"]
            place, sums = Place(**found["place"]), found["sums"]
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise SchemaError(
                f"{self.path.name} is no checkpoint of parkgeo ({error}); name another file, or "
                "delete it to begin anew",
            ) from error
        self._require_same(theirs)
        return place, _sums_from(sums, ids)

    def _require_same(self, theirs: Mapping[str, Any]) -> None:
        ours = json.loads(json.dumps(self.fingerprint))
        other = sorted(k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k))
        if other:
            name = other[0]
            raise SchemaError(
                f"checkpoint {self.path.name} is of another run: {', '.join(other)} differ "
                f"({name} was {_short(theirs.get(name))}, and is {_short(ours.get(name))}); ask "
                "what was asked then, name another file, or delete it to begin anew",
            )

    def save(self, place: Place, sums: Sums, *, now: bool = False) -> None:
        """Write how far the run has come, if it is time to."""
        began = time.monotonic()
        if not now and began < self._next:
            return
        document = {
            "fingerprint": dict(self.fingerprint),
            "place": {"file": place.file, "row": place.row},
            "sums": _plain(sums),
        }
        with replaced(self.path) as made, zipfile.ZipFile(made, "w") as archive:
            archive.writestr("checkpoint.json", json.dumps(document, ensure_ascii=False))
            ids = io.BytesIO()
            np.save(ids, np.concatenate([np.empty(0, np.uint64), *(sums.notes.ids or ())]))
            archive.writestr("ids.npy", ids.getbuffer())
        took = time.monotonic() - began
        self._next = time.monotonic() + max(_SECONDS, _SHARE * took)

    def remove(self) -> None:
        """Take the checkpoint of a run away that has come to its end."""
        self.path.unlink(missing_ok=True)


def hash_of(frame: gpd.GeoDataFrame, columns: list[str]) -> str:
    """Return a hash of geometries, their CRS and some columns."""
    made = hashlib.sha256(str(None if frame.crs is None else frame.crs.to_wkt()).encode())
    for wkb in shapely.to_wkb(frame.geometry.to_numpy()):
        made.update(wkb or b"-")
    for name in columns:
        values = frame[name] if name in frame.columns else frame.index.get_level_values(name)
        made.update(repr([name, *values.tolist()]).encode())
    return made.hexdigest()[:16]


def _short(value: object, *, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def _plain(sums: Sums) -> dict[str, Any]:
    notes = sums.notes
    return {
        "groups": _plain_totals(sums.groups),
        "whole": _plain_totals(sums.whole),
        "twice": {"n": sums.twice.n_parcels, "area": _plain_exact(sums.twice.area_km2)},
        "n_batches": sums.n_batches,
        "notes": {
            "n_rows": notes.n_rows,
            "n_chosen": notes.n_chosen,
            "n_as_text": notes.n_as_text,
            "unknown": {name: _plain_rows(rows) for name, rows in notes.unknown.items()},
            "without_geometry": _plain_rows(notes.without_geometry),
            "ids": None if notes.ids is None else [len(run) for run in notes.ids],
        },
    }


def _sums_from(found: dict[str, Any], ids: np.ndarray[Any, Any]) -> Sums:
    notes = found["notes"]
    runs = notes["ids"]
    return Sums(
        groups=_totals_from(found["groups"]),
        whole=_totals_from(found["whole"]),
        notes=Notes(
            n_rows=notes["n_rows"],
            n_chosen=notes["n_chosen"],
            n_as_text=notes["n_as_text"],
            unknown={name: _rows_from(rows) for name, rows in notes["unknown"].items()},
            without_geometry=_rows_from(notes["without_geometry"]),
            ids=None if runs is None else tuple(np.split(ids, np.cumsum(runs)[:-1])),
        ),
        twice=Twice(found["twice"]["n"], _exact_from(found["twice"]["area"])),
        n_batches=found["n_batches"],
    )


def _plain_totals(totals: Totals) -> dict[str, Any]:
    return {
        "labels": [_plain_label(label) for label in totals.labels],
        "sums": {name: _plain_exact(sums) for name, sums in totals.sums.items()},
    }


def _totals_from(found: dict[str, Any]) -> Totals:
    return Totals(
        tuple(_label_from(label) for label in found["labels"]),
        {name: _exact_from(sums) for name, sums in found["sums"].items()},
    )


def _plain_exact(sums: Exact) -> list[list[float]]:
    return [sums.head.tolist(), sums.tail.tolist()]


def _exact_from(found: list[list[float]]) -> Exact:
    return Exact(*(np.array(part, dtype=np.float64) for part in found))


def _plain_rows(rows: Rows) -> dict[str, Any]:
    first = [[place, _plain_label(label)] for place, label in rows.first]
    return {"n": rows.n, "first": first, "value": _plain_exact(rows.value)}


def _rows_from(found: dict[str, Any]) -> Rows:
    first = tuple((place, _label_from(label)) for place, label in found["first"])
    return Rows(found["n"], first, _exact_from(found["value"]))


def _plain_label(label: object) -> list[object] | None:
    """Write a label with its type, since JSON knows 1 and "1" but no days."""
    if label is None:
        return None
    for name, (kind, _) in _TYPES.items():
        if isinstance(label, kind):
            return [name, str(label) if name == "time" else label]
    raise SchemaError(
        f"checkpoint: a group is named {label!r}, a {type(label).__name__}, which a checkpoint "
        "cannot keep; group by text, numbers or days, or leave checkpoint= out",
    )


def _label_from(found: list[Any] | None) -> object:
    return None if found is None else _TYPES[found[0]][1](found[1])

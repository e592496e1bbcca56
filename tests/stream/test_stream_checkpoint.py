"""Runs that are killed half way, and what takes them up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from parkgeo import concentration
from parkgeo.concentration._batches import source_of
from parkgeo.concentration._stream import fingerprint_of
from parkgeo.errors import (
    SchemaError,
)

RUN = """
import sys, time
import geopandas as gpd
from parkgeo import concentration
from parkgeo.concentration import _checkpoint, _stream
_checkpoint._SECONDS = 0.0
_checkpoint._SHARE = 0.0
answer = _stream.sums_of
def slow(*args, **options):
    print("batch", flush=True)
    time.sleep(float(sys.argv[4]))
    return answer(*args, **options)
_stream.sums_of = slow
table = concentration.ratio(sys.argv[1], gpd.read_parquet(sys.argv[2]), by="town",
                            checkpoint=sys.argv[3], batch_rows=100)
table.to_pickle(sys.argv[3] + ".table")
"""


def test_killed_half_way_and_taken_up(
    land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """Same totals, no parcel twice, none lost; and the second run does not begin anew."""
    parks.to_parquet(tmp_path / "parks.parquet")
    kept = tmp_path / "run.checkpoint"
    command = [sys.executable, "-c", RUN, str(stored), str(tmp_path / "parks.parquet"), str(kept)]
    with subprocess.Popen([*command, "0.2"], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for _ in range(6):
            run.stdout.readline()
        os.kill(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    assert kept.exists()
    again = subprocess.run([*command, "0"], capture_output=True, text=True, check=True)
    n_batches = -(-len(land) // 100) + 3  # row groups of 211 rows end some batches early
    assert 0 < again.stdout.count("batch") <= n_batches - 4
    found = pd.read_pickle(f"{kept}.table")  # noqa: S301 - our own
    expected = concentration.ratio(land, parks, by="town")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.attrs["n_parcels"] == len(land)
    assert found.attrs["duplicate_ids"] == expected.attrs["duplicate_ids"]
    assert not kept.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parks.parquet", "run.checkpoint.table"]


@pytest.fixture
def interrupted(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkpoint of three batches of the stored parcels by town."""
    from parkgeo.concentration import _checkpoint, _stream  # noqa: PLC0415

    answer, kept = _stream.sums_of, tmp_path / "a.checkpoint"
    batches = iter(range(3))

    def breaking(*args: object, **options: object) -> object:
        if next(batches, None) is None:
            raise KeyboardInterrupt
        return answer(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(_checkpoint, "_SECONDS", 0.0)
        patch.setattr(_checkpoint, "_SHARE", 0.0)
        patch.setattr(_stream, "sums_of", breaking)
        with pytest.raises(KeyboardInterrupt):
            concentration.ratio(stored, parks, by="town", checkpoint=kept, batch_rows=100)
    return kept


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"by": "town", "classes": "06"}, "classes differ .classes was null, and is"),
        ({"by": "built"}, 'by differ .by was "town", and is "built"'),
        ({"by": "town", "weight": "tax"}, "weight differ"),
        ({"by": "town", "where": {"tax": [1.0]}}, "where differ"),
    ],
)
def test_a_checkpoint_of_another_question_is_refused(
    interrupted: Path,
    stored: Path,
    parks: gpd.GeoDataFrame,
    how: dict[str, object],
    says: str,
) -> None:
    with pytest.raises(SchemaError, match=says):
        concentration.ratio(stored, parks, checkpoint=interrupted, **how)
    assert interrupted.exists()


def test_a_checkpoint_of_other_files_or_parks_is_refused(
    interrupted: Path, land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame
) -> None:
    how = {"by": "town", "checkpoint": interrupted}
    with pytest.raises(SchemaError, match="parks differ"):
        concentration.ratio(stored, parks.assign(accuracy_m=1.0), **how)
    moved = parks.set_geometry(parks.translate(1e-9))
    with pytest.raises(SchemaError, match="parks differ"):
        concentration.ratio(stored, moved, **how)
    touched = stored.with_name("b.parquet")
    land.to_parquet(touched, row_group_size=211)
    with pytest.raises(SchemaError, match="files differ"):
        concentration.ratio(touched, parks, **how)


def test_another_target_or_size_of_batches_takes_a_checkpoint_up(
    interrupted: Path, land: gpd.GeoDataFrame, stored: Path, parks: gpd.GeoDataFrame
) -> None:
    """Neither changes a sum."""
    how = {"by": "town", "target": 0.5}
    found = concentration.ratio(stored, parks, checkpoint=interrupted, batch_rows=333, **how)
    expected = concentration.ratio(land, parks, **how)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert not interrupted.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 not a zip"])
def test_what_is_no_checkpoint_is_left_alone(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path, content: bytes
) -> None:
    kept = tmp_path / "thesis.docx"
    kept.write_bytes(content)
    with pytest.raises(SchemaError, match=r"thesis.docx is no checkpoint of parkgeo"):
        concentration.ratio(stored, parks, checkpoint=kept)
    assert kept.read_bytes() == content


def test_days_and_numbers_are_labels_in_a_checkpoint(
    stored: Path, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    from parkgeo.concentration._checkpoint import Checkpoint  # noqa: PLC0415
    from parkgeo.concentration._ratio import question_of  # noqa: PLC0415
    from parkgeo.concentration._stream import streamed  # noqa: PLC0415

    options: dict[str, object] = dict.fromkeys(
        ("of", "districts", "where", "classes", "system", "weight")
    )
    source = source_of(stored)
    for by in ("built", "tax", "class_code"):
        question = question_of(
            parks, columns=source.columns, by=by, target=0.7, shapley=False, **options
        )  # type: ignore[arg-type]
        sums = streamed(source, question, size=400)
        made = fingerprint_of(question, source, parks, None)
        kept = Checkpoint(tmp_path / by, made)
        kept.save(source_place := next(iter(source.batches([], size=400))).after, sums, now=True)
        back = kept.load()
        assert back is not None
        place, again = back
        assert place == source_place
        assert again.groups.labels == sums.groups.labels
        assert again.notes.unknown == sums.notes.unknown
        for name, total in sums.groups.sums.items():
            np.testing.assert_array_equal(again.groups.sums[name].head, total.head)
            np.testing.assert_array_equal(again.groups.sums[name].tail, total.tail)
        assert (again.notes.doubled() == sums.notes.doubled()).all()

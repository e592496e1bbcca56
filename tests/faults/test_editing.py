"""Frames written, read, edited and overwritten in any order, with failures in between.

The model is a dictionary: what each file should hold. After each step every file holds just that:
values, dtypes, nulls, index, geometry, CRS and attributes.
"""

import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parkgeo import io

NAMES = ["a.parquet", "b.gpkg", "c.geojson", "d.shp", "e.zip", "f.parquet"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES: dict[str, tuple[str, st.SearchStrategy[object]]] = {
    "whole": ("int64", st.integers(-(2**63), 2**63 - 1)),
    "whole_or_null": ("Int64", st.none() | st.integers(-(2**53), 2**53)),
    "real": ("float64", st.none() | st.floats(allow_nan=False)),
    "text": ("object", st.none() | TEXTS),
    "名称": ("object", st.none() | st.sampled_from(["滨江", "高新区", "甲", "𠮷"])),
    "truth": ("bool", st.booleans()),
    "truth_or_null": ("boolean", st.none() | st.booleans()),
    "day": (
        "datetime64[us]",
        st.none() | st.datetimes(pd.Timestamp(1900, 1, 1), pd.Timestamp(2100, 1, 1)),
    ),
    "kind": ("category", st.none() | st.sampled_from(["road", "river"])),
}
CRS = st.sampled_from(["EPSG:4549", "EPSG:4490", "EPSG:4326"])


def column(name: str, rows: int) -> st.SearchStrategy[pd.Series]:
    dtype, values = VALUES[name]
    return st.lists(values, min_size=rows, max_size=rows).map(
        lambda found: pd.Series(found, dtype=dtype)
    )


def squares(rows: int) -> st.SearchStrategy[list[shapely.Polygon | None]]:
    corner = st.integers(0, 80)
    square = st.builds(lambda x, y: shapely.box(x, y, x + 1, y + 1), corner, corner)
    return st.lists(st.none() | square, min_size=rows, max_size=rows)


@st.composite
def frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    rows = draw(st.integers(0, 4))
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=4))
    data = {name: draw(column(name, rows)) for name in names}
    made = gpd.GeoDataFrame(data, geometry=draw(squares(rows)), crs=draw(CRS))
    if draw(st.booleans()):
        made.index = pd.Index([f"行{row}" for row in range(rows)], name="block_id", dtype="object")
    made.attrs = draw(st.dictionaries(TEXTS.filter(bool), st.integers() | TEXTS, max_size=2))
    return made


class Editing(RuleBasedStateMachine):
    """Files of one folder."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.model: dict[str, gpd.GeoDataFrame] = {}

    @rule(name=st.sampled_from(NAMES), frame=frames())
    def write(self, name: str, frame: gpd.GeoDataFrame) -> None:
        before = frame.copy(deep=True)
        assert io.write(frame, self.folder / name) == self.folder / name
        assert_geodataframe_equal(frame, before)
        self.model[name] = frame

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Read, change, and write back: rows go, come twice, or change their order and values."""
        name = data.draw(st.sampled_from(sorted(self.model)))
        frame = io.read(self.folder / name)
        rows = data.draw(st.lists(st.integers(0, len(frame) - 1), max_size=5)) if len(frame) else []
        edited = gpd.GeoDataFrame(frame.iloc[rows])
        if data.draw(st.booleans()):
            edited = edited.assign(note=[f"新{row}" for row in range(len(edited))])
        edited.attrs = {**frame.attrs, "edited": len(rows)}
        io.write(edited, self.folder / name)
        self.model[name] = edited

    @precondition(lambda self: self.model)
    @rule(data=st.data(), to=st.sampled_from(NAMES))
    def convert(self, data: st.DataObject, to: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        io.write(io.read(self.folder / name), self.folder / to)
        self.model[to] = self.model[name]

    @precondition(lambda self: self.model)
    @rule(name=st.sampled_from(NAMES), frame=frames(), step=st.integers(0, 8))
    def fail(self, name: str, frame: gpd.GeoDataFrame, step: int) -> None:
        """Let the disk fill at some sync or move of a write."""
        left = step

        def full(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(28, "No space left on device")

        with patch.object(os, "fsync", full):
            try:
                io.write(frame, self.folder / name)
            except OSError as error:
                assert "free some space" in str(error)  # noqa: PT017 - it need not fail
            else:
                self.model[name] = frame

    @rule(name=st.sampled_from(NAMES), frame=frames())
    def refuse(self, name: str, frame: gpd.GeoDataFrame) -> None:
        if name in self.model:
            with pytest.raises(FileExistsError):
                io.write(frame, self.folder / name, overwrite=False)

    @invariant()
    def each_file_holds_what_it_should(self) -> None:
        for name, expected in getattr(self, "model", {}).items():
            found = io.read(self.folder / name)
            assert_geodataframe_equal(found, expected, check_index_type=False)
            assert found.attrs == expected.attrs
            assert found.crs == expected.crs

    @invariant()
    def nothing_else_is_there(self) -> None:
        if hasattr(self, "folder"):
            stems = {one.name.split(".")[0] for one in self.folder.iterdir()}
            assert stems == {name.split(".")[0] for name in self.model}

    def teardown(self) -> None:
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)

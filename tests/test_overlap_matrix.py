import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from shapely import box
from strategies import CELL_KM2, Plan, on_ground, plans

from parkgeo import overlap
from parkgeo.errors import SchemaError, UnknownNameError


def test_the_matrix_of_the_town(town: gpd.GeoDataFrame) -> None:
    table = overlap.matrix(town)
    assert table.index.tolist() == table.columns.tolist() == ["A", "B", "C", "D"]
    assert table.index.name == table.columns.name == "brand_id"
    expected = [[4, 1, 1, 0], [1, 4, 0, 0], [1, 0, 2, 0], [0, 0, 0, 3]]
    assert table.to_numpy() == pytest.approx(np.array(expected), rel=1e-8, abs=1e-9)
    assert table.attrs["conservation"] <= 1e-9
    assert table.attrs["unit"] == "km2"


def test_shares_and_units(town: gpd.GeoDataFrame) -> None:
    shares = overlap.matrix(town, share=True)
    assert shares.loc["C", "A"] == pytest.approx(1 / 2)
    assert shares.loc["A", "C"] == pytest.approx(1 / 4)
    assert np.diag(shares).tolist() == [1, 1, 1, 1]
    assert shares.attrs["unit"] == "share"
    assert overlap.matrix(town, unit="亩").loc["A", "B"] == pytest.approx(1500, rel=1e-8)
    committees = overlap.matrix(town, by="administrator")
    assert committees.loc["east", "west"] == pytest.approx(1, rel=1e-8)


def test_refusals(town: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="acre"):
        overlap.matrix(town, unit="acre")
    with pytest.raises(UnknownNameError, match="brand"):
        overlap.matrix(town, by="brand")
    monkeypatch.setattr("parkgeo.overlap._matrix._MOST_GROUPS", 3)
    with pytest.raises(SchemaError, match=r"4 groups would make a table of 4²"):
        overlap.matrix(town)


def test_a_group_without_ground_has_no_share() -> None:
    # A strip of 1 m by 0.5 µm is no face, and 1e-9 of nothing.
    shapes = on_ground([box(0, 0, 1000, 1000), box(2000, 0, 2001, 5e-7)])
    frame = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes.to_numpy(), crs="EPSG:4490")
    shares = overlap.matrix(frame, share=True)
    assert shares.to_numpy().tolist() == [[1, 0], [0, 0]]
    assert 0 < shares.attrs["conservation"] <= 1e-9


def test_no_rows(town: gpd.GeoDataFrame) -> None:
    assert overlap.matrix(town.iloc[:0]).shape == (0, 0)


@settings(max_examples=30)
@given(plans())
def test_the_matrix_counts_common_cells(plan: Plan) -> None:
    extents = plan.extents
    expected = pd.DataFrame(
        [[len(a & b) * CELL_KM2 for b in extents.values()] for a in extents.values()]
    )
    found = overlap.matrix(plan.frame())
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9, abs=1e-9)
    assert (found.to_numpy() == found.to_numpy().T).all()

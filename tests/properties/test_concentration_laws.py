"""Laws of concentration, on parcels and zones whose areas are counted cell by cell."""

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import CELL_KM2, Cells, Plan, on_ground, plans, polygon, shapes_of_cells

from parkgeo import concentration, crs

few = settings(max_examples=20)
TINY_KM2 = 1e-9


@dataclass(frozen=True)
class Land:
    """Parcels as sets of cells that do not overlap, with a district and a value each."""

    parcels: list[Cells]
    district: list[str | None]
    tax: list[int]

    @property
    def frame(self) -> gpd.GeoDataFrame:
        ground = on_ground([polygon(cells) for cells in self.parcels])
        columns = {"district": pd.Series(self.district, dtype=object), "tax": self.tax}
        return gpd.GeoDataFrame(columns, geometry=ground)

    def area(self) -> int:
        return sum(map(len, self.parcels))

    def inside(self, ground: Cells) -> int:
        return sum(len(cells & ground) for cells in self.parcels)


@st.composite
def lands(draw: st.DrawFn) -> Land:
    parcels: list[Cells] = []
    taken: set[object] = set()
    for cells in draw(st.lists(shapes_of_cells(), min_size=1, max_size=6)):
        if free := cells - taken:
            parcels.append(frozenset(free))
            taken |= free
    count = len(parcels)
    district = draw(st.lists(st.sampled_from(["x", "y", None]), min_size=count, max_size=count))
    tax = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    return Land(parcels, district, tax)


def union(plan: Plan) -> Cells:
    return frozenset().union(*plan.blocks)


def near(expected: object) -> object:
    return pytest.approx(expected, rel=1e-9, abs=TINY_KM2)


@few
@given(lands(), plans())
def test_area_inside_is_counted_once(land: Land, plan: Plan) -> None:
    row = concentration.ratio(land.frame, plan.frame()).iloc[0]
    inside = land.inside(union(plan))
    assert row["total"] == near(land.area() * CELL_KM2)
    assert row["inside"] == near(inside * CELL_KM2)
    assert row["ratio"] == pytest.approx(inside / land.area(), abs=1e-9)
    assert 0 <= row["ratio"] <= 1
    assert row["gap"] == near((0.7 * land.area() - inside) * CELL_KM2)
    assert row["gap_mu"] == pytest.approx(row["gap"] * 1500, abs=1e-9)


@few
@given(lands(), plans())
def test_a_weight_is_spread_evenly(land: Land, plan: Plan) -> None:
    row = concentration.ratio(land.frame, plan.frame(), weight="tax").iloc[0]
    ground = union(plan)
    each = zip(land.parcels, land.tax, strict=True)
    expected = sum(tax * len(cells & ground) / len(cells) for cells, tax in each)
    assert row["total"] == sum(land.tax)
    assert row["inside"] == near(expected)
    assert np.isnan(row["ratio"]) == (sum(land.tax) == 0)


@few
@given(lands(), plans(), st.data())
def test_another_zone_never_lowers_the_ratio(land: Land, plan: Plan, data: st.DataObject) -> None:
    accuracy = st.lists(
        st.sampled_from([0.0, 5.0, 30.0]), min_size=len(plan.blocks), max_size=len(plan.blocks)
    )
    parks = plan.frame().assign(accuracy_m=data.draw(accuracy))
    ratios = [concentration.ratio(land.frame, parks.iloc[:n]) for n in range(1, len(parks) + 1)]
    for fewer, more in pairwise(ratios):
        for column in ("ratio", "ratio_low", "ratio_high"):
            # A boundary that should move by 30 m moves by 29.4 to 31.2 m.
            loss = 0.02 if column != "ratio" else 1e-9
            assert more[column].iloc[0] >= fewer[column].iloc[0] - loss
    for table in ratios:
        row = table.iloc[0]
        assert 0 <= row["ratio_low"] <= row["ratio"] <= row["ratio_high"] <= 1


@few
@given(lands(), plans())
def test_splitting_a_parcel_changes_nothing(land: Land, plan: Plan) -> None:
    split = Land(
        [frozenset([cell]) for cells in land.parcels for cell in sorted(cells)],
        [d for cells, d in zip(land.parcels, land.district, strict=True) for _ in cells],
        [0 for cells in land.parcels for _ in cells],
    )
    parks = plan.frame()
    whole, parts = (concentration.ratio(one.frame, parks, by="district") for one in (land, split))
    assert parts.index.equals(whole.index)
    for column in ("total", "inside", "ratio", "gap"):
        assert parts[column].tolist() == pytest.approx(whole[column].tolist(), abs=1e-9)


@few
@given(lands(), plans())
def test_districts_sum_to_the_city(land: Land, plan: Plan) -> None:
    parks = plan.frame()
    city = concentration.ratio(land.frame, parks).iloc[0]
    districts = concentration.ratio(land.frame, parks, by="district")
    for column in ("total", "inside", "gap", "gap_mu", "n_parcels"):
        assert districts[column].sum() == pytest.approx(city[column], rel=1e-12, abs=1e-12)
    assert len(districts) == len(set(land.district))


@few
@given(lands(), plans())
def test_brands_add_up_by_their_faces(land: Land, plan: Plan) -> None:
    table = concentration.ratio(land.frame, plan.frame(), by="brand_id", shapley=True)
    for brand, ground in plan.extents.items():
        row = table.loc[brand]
        assert row["inside"] == near(land.inside(ground) * CELL_KM2)
        assert row["alone"] == near(land.inside(plan.faces.get((brand,), frozenset())) * CELL_KM2)
        assert row["inside"] == near(row["alone"] + row["shared"])
        split = sum(land.inside(face) / len(m) for m, face in plan.faces.items() if brand in m)
        assert row["split"] == near(split * CELL_KM2)
    assert table["ratio_split"].sum() == pytest.approx(table.attrs["all"]["ratio"], abs=1e-9)


@few
@given(lands(), plans(), st.randoms(use_true_random=False))
def test_order_and_crs_do_not_matter(land: Land, plan: Plan, random: object) -> None:
    parcels, parks = land.frame, plan.frame().assign(accuracy_m=5.0)
    expected = concentration.ratio(parcels, parks, by="brand_id", shapley=True)
    rows = random.sample(range(len(parcels)), len(parcels))  # type: ignore[attr-defined]
    blocks = random.sample(range(len(parks)), len(parks))  # type: ignore[attr-defined]
    moved, shifted = (
        parks.iloc[blocks].to_crs("EPSG:4549"),
        crs.to_datum(parcels.iloc[rows], "gcj02"),
    )
    # Where an outline comes back to an edge of its own, another CRS may take it across.
    assume(moved.is_valid.all() and shifted.is_valid.all())
    found = concentration.ratio(
        shifted,
        moved,
        by="brand_id",
        shapley=True,
    )
    assert found.index.equals(expected.index)
    columns = ["total", "inside", "ratio", "ratio_low", "ratio_high", "alone", "split"]
    # Edges that are straight in another CRS bend by up to a millimetre on the plane.
    assert found[columns].to_numpy() == pytest.approx(
        expected[columns].to_numpy(), rel=1e-4, abs=1e-5, nan_ok=True
    )


@few
@given(st.lists(shapes_of_cells(), min_size=1, max_size=5))
def test_ground_counted_twice_is_told(shapes: list[Cells]) -> None:
    land = gpd.GeoDataFrame(geometry=on_ground([polygon(cells) for cells in shapes]))
    zone = gpd.GeoDataFrame(geometry=on_ground([shapely.box(0, 0, 1, 1)]))
    twice = concentration.ratio(land, zone).attrs["counted_twice"]
    expected = sum(map(len, shapes)) - len(frozenset().union(*shapes))
    assert twice["area_km2"] == near(expected * CELL_KM2)
    assert twice["n_parcels"] == sum(
        any(a & b for j, b in enumerate(shapes) if i != j) for i, a in enumerate(shapes)
    )

"""Laws of the census, on parcels and platforms whose areas are counted cell by cell."""

from collections import Counter
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CELL_KM2, Cells, Plan, on_ground, plans, polygon, shapes_of_cells

from parkgeo import census

few = settings(max_examples=15)
TINY_KM2 = 1e-9
USES = {
    "工业": "industry",
    "研发": "innovative",
    "挪作他用": "other",
    "闲置": "idle",
    None: "unknown",
}
STATES = {"在用": "in_use", "低效": "inefficient", "供而未用": "supplied_not_used", "?": "unknown"}


@dataclass(frozen=True)
class Land:
    """Parcels as sets of cells that do not overlap, with their use, status and district."""

    parcels: list[Cells]
    use: list[str | None]
    status: list[str]
    district: list[str | None]

    @property
    def frame(self) -> gpd.GeoDataFrame:
        columns = {
            "use": pd.Series(self.use, dtype=object),
            "status": self.status,
            "district": pd.Series(self.district, dtype=object),
        }
        ground = on_ground([polygon(cells) for cells in self.parcels])
        return gpd.GeoDataFrame(columns, geometry=ground)


@st.composite
def lands(draw: st.DrawFn) -> Land:
    parcels: list[Cells] = []
    taken: set[object] = set()
    for cells in draw(st.lists(shapes_of_cells(), min_size=1, max_size=6)):
        if free := cells - taken:
            parcels.append(frozenset(free))
            taken |= free

    def each(values: list[str | None]) -> list[str | None]:
        return [draw(st.sampled_from(values)) for _ in parcels]

    return Land(parcels, each([*USES]), each([*STATES]), each(["x", "y", None]))


def counted(land: Land, plan: Plan) -> dict[tuple[object, ...], float]:
    """Count the cells of the grid in each cell of the census."""
    found: Counter[tuple[object, ...]] = Counter()
    faces = plan.faces
    for cells, use, status, district in zip(
        land.parcels, land.use, land.status, land.district, strict=True
    ):
        rest = cells
        for members, ground in faces.items():
            key = (district or "unknown", members, USES[use], STATES[status])
            found[key] += len(cells & ground)
            rest -= ground
        found[district or "unknown", (), USES[use], STATES[status]] += len(rest)
    return {key: number * CELL_KM2 for key, number in found.items() if number}


@few
@given(lands(), plans())
def test_every_cell_is_counted_on_the_grid(land: Land, plan: Plan) -> None:
    table = census.tabulate(land.frame, plan.frame()).table
    keys = zip(table["district"], table["members"], table["use"], table["status"], strict=True)
    found = dict(zip(keys, table["area_km2"], strict=True))
    # Rounding leaves needles where the outlines of neighbours meet between corners.
    found = {key: area for key, area in found.items() if area > TINY_KM2}
    assert found == pytest.approx(counted(land, plan), rel=1e-9, abs=TINY_KM2)
    assert table["n_parcels"].sum() == len(land.parcels)


@few
@given(lands(), plans(), st.sampled_from(["area_km2", "area_mu", "n_parcels"]))
def test_margins_add_up(land: Land, plan: Plan, values: str) -> None:
    found = census.tabulate(land.frame, plan.frame())
    for rows, columns in (("use", "status"), ("district", "place"), ("members", "use")):
        cross = found.cross(rows, columns, values=values)
        inner = cross.drop(index="all", columns="all")
        assert inner.sum(axis=1).to_numpy() == pytest.approx(cross["all"].drop("all").to_numpy())
        assert inner.sum().to_numpy() == pytest.approx(cross.loc["all"].drop("all").to_numpy())
        assert cross.loc["all", "all"] == pytest.approx(found.table[values].sum())
    cross = found.cross("platform", "use", values=values)
    names = cross.index.difference(["inside any", "outside", "unknown", "all"])
    together = cross.loc[names].sum().to_numpy(dtype=float)
    assert together == pytest.approx(cross.loc["inside any"].to_numpy(dtype=float), abs=1e-9)
    ends = cross.loc[["inside any", "outside", "unknown"]].sum().to_numpy(dtype=float)
    assert ends == pytest.approx(cross.loc["all"].to_numpy(dtype=float), abs=1e-9)


@few
@given(lands(), plans())
def test_what_a_platform_holds_is_counted_on_the_grid(land: Land, plan: Plan) -> None:
    held = census.tabulate(land.frame, plan.frame()).platforms.groupby("platform")
    sums = held[["area_km2", "alone_km2", "shared_km2"]].sum()
    every = frozenset().union(*land.parcels)
    for brand, ground in plan.extents.items():
        others = frozenset().union(*(g for b, g in plan.extents.items() if b != brand))
        row = sums.loc[brand] if brand in sums.index else pd.Series(0.0, index=sums.columns)
        inside, alone = len(every & ground), len((every & ground) - others)
        expected = [inside * CELL_KM2, alone * CELL_KM2, (inside - alone) * CELL_KM2]
        assert row.tolist() == pytest.approx(expected, rel=1e-9, abs=TINY_KM2)


@few
@given(lands(), plans(), st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(land: Land, plan: Plan, random: np.random.Generator) -> None:
    frame, parks = land.frame, plan.frame()
    order = list(range(len(frame)))
    random.shuffle(order)
    renamed = parks.assign(brand_id=[f"<{brand}>" for brand in parks["brand_id"]]).iloc[::-1]
    one = census.tabulate(frame, parks).table
    two = census.tabulate(frame.iloc[order].set_axis(range(100, 100 + len(frame))), renamed).table
    named = [tuple(f"<{brand}>" for brand in members) for members in one["members"]]
    keys = ["district", "members", "legal_use", "use", "status"]
    left = one.assign(members=named).set_index(keys)["area_km2"]
    right = two.set_index(keys)["area_km2"]
    both = left[left > TINY_KM2].to_dict(), right[right > TINY_KM2].to_dict()
    assert both[0] == pytest.approx(both[1], rel=1e-9, abs=TINY_KM2)


@few
@given(lands(), plans())
def test_totals_of_zones_are_those_of_the_census(land: Land, plan: Plan) -> None:
    frame, parks = land.frame, plan.frame()
    held = census.tabulate(frame, parks).platforms
    sheet = census.land_totals(frame, parks, max_unknown=1.0)
    built = held[held["status"].isin(["in_use", "inefficient"])]
    by_zone = built.groupby("platform")["area_km2"].sum().reindex(sheet.index, fill_value=0.0)
    assert sheet["built_km2"].tolist() == pytest.approx(by_zone.tolist(), abs=TINY_KM2)
    rates = census.intensity(sheet)["build_rate"].dropna()
    assert ((rates >= 0) & (rates <= 1 + 1e-9)).all()

"""Parcels outside the zones: clusters, distances and their order, by hand and by another way."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn import SHRINK, frame, two_zones
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import box
from strategies import on_ground

from parkgeo import concentration, crs
from parkgeo.errors import CRSMismatchError, ParkgeoError, SchemaError, UnknownNameError

scattered = concentration.scattered


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return two_zones()


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """Parcel 0 inside, 1 a quarter outside, 2 half outside; 3 and 4 80 m apart; 5 far off."""
    return frame(
        [
            box(0, 0, 100, 100),
            box(925, 200, 1025, 300),
            box(950, 500, 1050, 600),
            box(3000, 0, 3100, 100),
            box(3192, 0, 3292, 100),
            box(5000, 0, 5400, 400),
        ],
        use=["a", "b", "c", "d", "e", None],
    )


def test_clusters_by_hand(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    clusters, parcels = scattered(land, zones)
    assert parcels.index.tolist() == [2, 3, 4, 5]
    assert clusters.index.tolist() == clusters["priority"].tolist() == [1, 2, 3]
    # 0.16 km² at about 3.1 km; 0.02 at about 1.7 km; 0.005 of 0.01 at the border.
    assert clusters["area_km2"].tolist() == pytest.approx([0.16, 0.02, 0.01], rel=1e-9)
    assert clusters["area_mu"].tolist() == pytest.approx([240, 30, 15], rel=1e-9)
    assert clusters["outside_km2"].tolist() == pytest.approx([0.16, 0.02, 0.005], rel=1e-9)
    assert clusters["share_outside"].tolist() == pytest.approx([1, 1, 0.5], rel=1e-9)
    assert clusters["n_parcels"].tolist() == [1, 2, 1]
    assert parcels["cluster"].tolist() == [3, 2, 2, 1]
    assert clusters["nearest"].tolist() == ["east", "west", "west"]
    expected = np.array([9000 - 5400, 3000 - 1000, 0]) * SHRINK
    assert clusters["distance_m"].to_numpy() == pytest.approx(expected, rel=1e-3)
    assert clusters.crs == "EPSG:4490"
    assert clusters.is_valid.all()


def test_what_is_no_frame_is_refused(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    for first, second, what in ((None, zones, "parcels"), (land, None, "parks")):
        with pytest.raises(SchemaError, match=f"{what} must be a GeoDataFrame"):
            scattered(first, second)


def test_both_sides_of_the_antimeridian() -> None:
    """Cut at 180°, a quarter of the land lies inside; distances outside China are refused."""
    halves = shapely.MultiPolygon([box(179.9, 30, 180, 30.1), box(-180, 30, -179.9, 30.1)])
    land = gpd.GeoDataFrame(geometry=[halves], crs="EPSG:4490")
    zone = gpd.GeoDataFrame({"brand_id": ["m"]}, geometry=[box(179.95, 30, 180, 30.1)], crs=4490)
    assert concentration.ratio(land, zone)["ratio"].item() == pytest.approx(0.25, rel=1e-9)
    with pytest.raises(CRSMismatchError, match="outside China"):
        scattered(land, zone)


def test_it_shows_itself_in_short(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    found = scattered(land, zones)
    said = "<Scattered: 4 parcels in 3 clusters, 0.190 km²; .clusters and .parcels>"
    assert repr(found) == said
    html = scattered(land, zones.assign(brand_id=["<b>", "east"]))._repr_html_()
    assert "&lt;Scattered: 4 parcels" in html
    assert "<b>" not in html
    clusters, parcels = found
    assert (len(clusters), len(parcels)) == (3, 4)


def test_distance_is_that_of_proj(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    found = scattered(land, zones).parcels
    (x, y), (x0, y0) = (on_ground([shapely.Point(at, 0)]).iloc[0].coords[0] for at in (3000, 1000))
    metres = Geod(ellps="GRS80").inv(x0, y0, x, y)[2]
    assert found.loc[3, "distance_m"] == pytest.approx(metres, rel=1e-4)


@pytest.mark.parametrize(("gap_m", "clusters"), [(79.0, 4), (80.5, 3), (2000.0, 1), (0.0, 4)])
def test_the_gap_is_in_true_metres(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, gap_m: float, clusters: int
) -> None:
    """92 m of the plane are 79.7 m going east."""
    assert len(scattered(land, zones, gap_m=gap_m).clusters) == clusters


@pytest.mark.parametrize(("least", "rows"), [(0.25, 5), (0.5, 4), (0.51, 3), (1.0, 3)])
def test_the_threshold_is_a_share_of_the_area(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, least: float, rows: int
) -> None:
    assert len(scattered(land, zones, min_outside=least).parcels) == rows


def test_larger_and_nearer_come_first(zones: gpd.GeoDataFrame) -> None:
    east = 1000 / SHRINK
    twice = frame([box(1000 + east, 0, 1000 + east + 200, 99), box(1001, 0, 1101, 100)])
    assert scattered(twice, zones).clusters["area_km2"].tolist() == pytest.approx([0.01, 0.0198])
    # Where distance hardly counts the larger is first.
    far = scattered(twice, zones, near_m=50_000.0).clusters
    assert far["area_km2"].tolist() == pytest.approx([0.0198, 0.01])


def test_the_selection_is_that_of_the_ratio(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    clusters, parcels = scattered(land, zones, where={"use": ["d", "a"]})
    assert parcels["use"].tolist() == ["d"]
    assert clusters.attrs["unknown"]["use"]["rows"] == "5"


def test_without_zones_all_is_scattered_and_nothing_near(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    clusters, parcels = scattered(land, zones.iloc[:0])
    assert len(parcels) == 6
    assert clusters["distance_m"].isna().all()
    assert clusters["nearest"].isna().all()
    assert clusters["area_km2"].iloc[0] == clusters["area_km2"].max()


def test_nothing_outside_makes_empty_frames(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    some, none = scattered(land, zones), scattered(land.iloc[:1], zones)
    for found, empty in zip(some, none, strict=True):
        assert len(empty) == 0
        assert list(empty.columns) == list(found.columns)
        assert empty.crs == found.crs


def test_parcels_keep_their_columns_and_crs(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    expected = scattered(land, zones)
    gcj = crs.to_datum(land, "gcj02")
    found = scattered(gcj, crs.to_zone(zones))
    assert found.parcels.crs == gcj.crs
    assert found.parcels["use"].equals(expected.parcels["use"])
    assert found.parcels["cluster"].equals(expected.parcels["cluster"])
    assert found.clusters["distance_m"].to_numpy() == pytest.approx(
        expected.clusters["distance_m"].to_numpy(), abs=0.01
    )


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ({"gap_m": -1.0}, SchemaError, "gap_m must be metres"),
        ({"gap_m": np.nan}, SchemaError, "gap_m must be metres"),
        ({"near_m": 0.0}, SchemaError, "near_m must be metres"),
        ({"min_outside": 0.0}, SchemaError, "min_outside must be more than 0"),
        ({"min_outside": 50}, SchemaError, "min_outside must be a share"),
        ({"by": "name"}, UnknownNameError, "no column or index 'name'"),
    ],
)
def test_bad_options_are_refused(
    land: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    how: dict[str, object],
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        scattered(land, zones, **how)


def test_a_column_of_the_result_is_not_overwritten(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match="columns cluster already; rename"):
        scattered(land.assign(cluster=1), zones)


squares = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12, unique=True
)


@settings(max_examples=25)
@given(squares, st.sampled_from([30.0, 120.0, 260.0]), st.randoms(use_true_random=False))
def test_clusters_are_the_components_of_all_pairs(
    at: list[tuple[int, int]], gap_m: float, random: object
) -> None:
    """Against distances of all pairs, one by one, and in another order of rows."""
    land = frame([box(x * 100, y * 100, x * 100 + 100, y * 100 + 100) for x, y in at])
    zone = frame([box(-5000, 0, -4000, 1000)], brand_id=["z"])
    found = scattered(land, zone, gap_m=gap_m).parcels["cluster"]
    shapes = crs.to_zone(land).geometry.to_list()
    group = list(range(len(at)))
    for i, a in enumerate(shapes):
        for j, b in enumerate(shapes):
            if a.distance(b) <= gap_m:
                group = [group[i] if g == group[j] else g for g in group]
    together = pd.Series(group).groupby(found.to_numpy()).nunique()
    assert (together == 1).all()
    assert found.nunique() == len(set(group))
    rows = random.sample(range(len(at)), len(at))  # type: ignore[attr-defined]
    again = scattered(land.iloc[rows], zone, gap_m=gap_m).parcels["cluster"]
    assert again.sort_index().tolist() == found.tolist()

"""The profile of a city: it agrees with the modules it comes from, and the figure shows it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import from_metres
from shapely import box

from parkgeo import agglomeration, plots
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError


def _on_ground(**columns: list[object]) -> gpd.GeoDataFrame:
    shapes = [from_metres(shape) for shape in columns.pop("geometry")]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return _on_ground(brand_id=["z"], accuracy_m=[0.0], geometry=[box(0, 0, 1000, 1000)])


@pytest.fixture
def parcels() -> gpd.GeoDataFrame:
    """Lay 0.5 km² in the zone in two patches, 0.3 km² outside in one, and 1 km² of housing."""
    return _on_ground(
        class_code=["0601", "0601", "0601", "0701"],
        geometry=[
            box(0, 0, 400, 1000), box(900, 0, 1000, 1000), box(3000, 0, 3300, 1000),
            box(5000, 0, 6000, 1000),
        ],
    )  # fmt: skip


@pytest.fixture
def plants() -> gpd.GeoDataFrame:
    spots = [(100, 100), (200, 100), (950, 100), (3100, 100), (3200, 100), (3100, 500)]
    return _on_ground(
        industry=["silk", "silk", "tea", "tea", "tea", "silk"],
        employees=[30.0, 30.0, 40.0, 60.0, 20.0, 20.0],
        district=["west", "west", "west", "east", "east", "east"],
        geometry=[box(x - 1, y - 1, x + 1, y + 1).centroid for x, y in spots],
    )


def _values(found: pd.DataFrame) -> "pd.Series[float]":
    return found.set_index(["subject", "measure"])["value"]


def test_city_by_hand(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    value = _values(agglomeration.profile(parcels, zones, classes="0601"))
    assert value["city", "total"] == pytest.approx(0.8, rel=1e-9)
    assert value["city", "ratio"] == pytest.approx(0.5 / 0.8, rel=1e-9)
    assert value["city", "gap"] == pytest.approx((0.7 * 0.8 - 0.5) * 1500, rel=1e-6)
    assert value["city", "n_patches"] == 3
    assert value["city", "largest_share"] == pytest.approx(0.4 / 0.8, rel=1e-6)
    assert value["scattered", "n_clusters"] == 1
    assert value["scattered", "outside"] == pytest.approx(0.3, rel=1e-6)


def test_gap_joins_patches(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    found = agglomeration.profile(parcels, zones, classes="0601", gap_m=600.0)
    assert _values(found)["city", "n_patches"] == 2
    assert found.attrs["gap_m"] == 600.0


def test_industries_by_hand(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> None:
    found = agglomeration.profile(
        parcels, zones, plants=plants, size="employees", region="district"
    )
    value = _values(found)
    assert value["silk", "share_inside"] == pytest.approx(60 / 80)
    assert value["tea", "share_inside"] == pytest.approx(40 / 120)
    # Of all 200, 100 are inside.
    assert value["silk", "location_quotient"] == pytest.approx(1.5)
    gamma = agglomeration.ellison_glaeser(plants, region="district", size="employees")["gamma"]
    assert value["tea", "ellison_glaeser"] == pytest.approx(gamma["tea"])
    counted = _values(agglomeration.profile(parcels, zones, plants=plants))
    assert counted["silk", "share_inside"] == pytest.approx(2 / 3)
    assert ("silk", "ellison_glaeser") not in counted.index


def test_city_without_such_land_has_no_ratio(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    value = _values(agglomeration.profile(parcels, zones, classes="0602"))
    assert value["city", "total"] == 0
    assert np.isnan(value["city", "ratio"])
    assert value["scattered", "n_clusters"] == 0


def test_what_cannot_be_profiled_is_refused(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> None:
    with pytest.raises(MissingCRSError):
        agglomeration.profile(parcels.set_crs(None, allow_override=True), zones)
    with pytest.raises(UnknownNameError, match="trade"):
        agglomeration.profile(parcels, zones, plants=plants, industry="trade")
    with pytest.raises(SchemaError, match="GeoDataFrame"):
        agglomeration.profile(parcels, zones, plants=pd.DataFrame(plants))
    with pytest.raises(SchemaError, match="gap_m"):
        agglomeration.profile(parcels, zones, gap_m=-1.0)
    with pytest.raises(GeometryError):
        agglomeration.profile(parcels, zones.assign(geometry=None))


@pytest.mark.parametrize(
    ("target", "words"), [(0.7, "less than needed"), (0.5, "more than needed")]
)
def test_figure_says_ratio_gap_and_patches(
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    plants: gpd.GeoDataFrame,
    target: float,
    words: str,
) -> None:
    found = agglomeration.profile(
        parcels, zones, plants=plants, size="employees", region="district", classes="0601",
        target=target,
    )  # fmt: skip
    figure = plots.city_profile(found, language="en", title="$x$ <b>")
    told = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "62.5 %" in told
    assert words in told
    assert "3 patches" in told
    assert "× 1.50" in told
    assert figure.get_suptitle() == "$x$ <b>"
    names = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert names == ["tea", "silk"]


def test_figure_refuses_what_is_no_profile(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, plants: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match="topic"):
        plots.city_profile(pd.DataFrame({"a": [1]}), language="en")
    many = pd.concat([plants.assign(industry=f"i{k}") for k in range(25)])
    with pytest.raises(SchemaError, match="25 industries"):
        plots.city_profile(agglomeration.profile(parcels, zones, plants=many), language="en")


def test_figure_of_a_city_without_such_land(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    found = agglomeration.profile(parcels, zones, classes="0602")
    figure = plots.city_profile(found, language="en")
    told = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "There is no such land" in told
    assert "nan" not in told

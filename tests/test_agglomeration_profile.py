"""The profile of a city: it agrees with the modules it comes from, and the figure shows it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import from_metres
from shapely import Point, box

from parkgeo import agglomeration, plots
from parkgeo._style import chinese_font
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
        parcels, zones, plants=plants, size="employees", region="district", simulations=0
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
    with pytest.raises(SchemaError, match="no geometry column"):
        agglomeration.profile(
            parcels, zones, plants=gpd.GeoDataFrame(pd.DataFrame(plants)[["industry"]])
        )
    blank = plants.set_geometry([Point(np.nan, np.nan), *plants.geometry.iloc[1:]])
    with pytest.raises(GeometryError, match="plants have .* not finite in rows 0; a blank"):
        agglomeration.profile(parcels, zones, plants=blank)
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


# Distances


@pytest.fixture(scope="module")
def spread() -> gpd.GeoDataFrame:
    """Scatter 240 sites over 12 km: lathes keep to one kilometre, bread is anywhere, gems are 4."""
    rng = np.random.default_rng(5)
    lathes, anywhere = rng.uniform(4000, 5000, (30, 2)), rng.uniform(0, 12_000, (210, 2))
    xy = np.vstack([lathes, anywhere])
    kind = np.repeat(["lathes", "bread", "gems", "other"], [30, 40, 4, 166])
    shapes = [from_metres(Point(*one)) for one in xy]
    columns = {"industry": kind, "employees": rng.integers(5, 80, len(xy))}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


def _row(found: pd.DataFrame, subject: str, measure: str) -> "pd.Series[float]":
    return found.set_index(["subject", "measure"]).loc[(subject, measure)]


def test_cluster_is_localised_near_and_chance_is_not(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    found = agglomeration.profile(parcels, zones, plants=spread, seed=3)
    at = _row(found, "lathes", "localised_at")
    # All its distances are below 1.42 km; the densest are about half a kilometre.
    assert at["low"] == 0
    assert 200 < at["value"] < 900
    assert 900 < at["high"] < 2500
    assert at["unit"] == "m"
    assert _row(found, "lathes", "localisation_index")["value"] > 0.3
    assert _row(found, "lathes", "kd_p_value")["value"] == pytest.approx(1 / 201)
    assert _row(found, "bread", "localisation_index")["value"] == 0
    assert _row(found, "bread", "kd_p_value")["value"] > 0.05
    assert np.isnan(_row(found, "bread", "localised_at")["value"])
    assert found.attrs["distances"]["simulations"] == 200
    # The median distance of points in a square is 0.512 of its side; a cluster makes it less.
    assert 0.4 * 12_000 < found.attrs["distances"]["r"] < 0.52 * 12_000


def test_distances_are_those_of_each_industry_by_itself(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    settings = {"r": np.arange(0, 5001, 250.0), "simulations": 40, "level": 0.9, "seed": 8}
    found = agglomeration.profile(parcels, zones, plants=spread, size="employees", **settings)
    alone = agglomeration.duranton_overman(
        spread, industry="industry", reference="lathes", weight="employees", **settings
    )
    assert _row(found, "lathes", "localisation_index")["value"] == pytest.approx(
        alone.localisation_index, rel=1e-9
    )
    assert _row(found, "lathes", "kd_p_value")["value"] == alone.p_value
    table = alone.table[alone.table["localisation"] > 0]
    reach = _row(found, "lathes", "localised_at")
    assert [reach["low"], reach["high"]] == [table["r_m"].min(), table["r_m"].max()]
    assert reach["value"] == alone.table["r_m"][alone.table["localisation"].idxmax()]


def test_order_of_rows_and_outlines_change_nothing(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    asked = {"r": [0, 500, 1000, 2000], "simulations": 20}
    before = spread.copy()
    found = agglomeration.profile(parcels, zones, plants=spread, **asked)
    mixed = spread.sample(frac=1, random_state=1)
    again = agglomeration.profile(parcels, zones, plants=mixed, **asked)
    # The point in a disc of centimetres is where the plant was, to centimetres.
    outlines = spread.set_geometry(shapely.buffer(spread.geometry.to_numpy(), 1e-7))
    drawn = agglomeration.profile(parcels, zones, plants=outlines, **asked)
    for name in ("lathes", "bread", "other"):
        value = _row(found, name, "localisation_index")["value"]
        assert _row(again, name, "localisation_index")["value"] == pytest.approx(value, rel=1e-12)
        assert _row(drawn, name, "localisation_index")["value"] == pytest.approx(value, abs=1e-4)
    pd.testing.assert_frame_equal(spread, before)


def test_what_kd_cannot_tell_says_why(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    asked = {"r": [0, 500, 1000], "simulations": 20}
    few = _row(agglomeration.profile(parcels, zones, plants=spread, **asked), "gems", "kd_p_value")
    assert np.isnan(few["value"])
    assert few["reason"] == "4 plants: fewer than 10 have too few distances for a density"
    all_one = spread.assign(industry="everything")
    said = _row(
        agglomeration.profile(parcels, zones, plants=all_one, **asked), "everything", "localised_at"
    )
    assert "every draw is the same" in said["reason"]
    # Half of all sites, and all of one industry, at one place.
    piled = pd.concat([spread.iloc[:30].assign(geometry=spread.geometry.iloc[0]), spread.iloc[30:]])
    said = _row(
        agglomeration.profile(parcels, zones, plants=piled, simulations=20), "lathes", "kd_p_value"
    )
    assert "bandwidth" in said["reason"]


def test_distances_are_left_out_without_simulations(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    found = agglomeration.profile(parcels, zones, plants=spread, simulations=0)
    assert not found["measure"].str.contains("locali|disper|kd").any()
    assert "distances" not in found.attrs


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"simulations": 5}, "5 simulations"),
        ({"simulations": -1}, "simulations"),
        ({"level": 1.5}, "level"),
        ({"r": [500, 100]}, "rise"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    spread: gpd.GeoDataFrame,
    settings: dict[str, object],
    words: str,
) -> None:
    with pytest.raises(SchemaError, match=words):
        agglomeration.profile(parcels, zones, plants=spread, **settings)


def test_rows_without_place_industry_or_size_are_no_sites(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    asked = {"r": [0, 500, 1000, 2000], "simulations": 20, "size": "employees"}
    lost = spread.iloc[[40, 100, 200]].assign(
        industry=[None, "bread", "bread"], employees=[9, 0, 7],
        geometry=[spread.geometry.iloc[0], spread.geometry.iloc[1], None],
    )  # fmt: skip
    one = agglomeration.profile(parcels, zones, plants=spread, **asked)
    other = agglomeration.profile(parcels, zones, plants=pd.concat([spread, lost]), **asked)
    for measure in ("localisation_index", "kd_p_value"):
        expected = _row(one, "bread", measure)["value"]
        assert _row(other, "bread", measure)["value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("language", "word"), [("en", "undefined"), ("zh", "无法判断")])
def test_figure_shows_distances(
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    spread: gpd.GeoDataFrame,
    language: str,
    word: str,
) -> None:
    if language == "zh" and chinese_font() is None:
        pytest.skip("no installed font has Chinese glyphs")
    found = agglomeration.profile(parcels, zones, plants=spread, simulations=40)
    figure = plots.city_profile(found, language=language)
    reach = figure.axes[2]
    assert any(word in text.get_text() for text in reach.texts)
    # Lathes are localised from 0 on; nothing else is drawn as localised.
    bars = [bar for bar in reach.containers[1] if np.isfinite(bar.get_width())]
    assert [bar.get_x() for bar in bars][:1] == [0]
    named = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert round(bars[0].get_y() + bars[0].get_height() / 2) == named.index("lathes")
    assert reach.get_xlim()[1] == pytest.approx(found.attrs["distances"]["r"] / 1000)


def test_card_tells_all_and_runs_nothing(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    hostile = spread.replace({"industry": {"lathes": "<script>alert(1)</script>"}})
    found = agglomeration.profile(parcels, zones, plants=hostile, classes="0601", seed=3)
    card = found._repr_html_()
    assert "<script>" not in card
    assert "&lt;script&gt;" in card
    for words in ("62.5 %", "3 patches", "集聚", "localised: 0–", "undefined", "as by chance"):
        assert words in card
    alone = agglomeration.profile(parcels, zones, classes="0601")._repr_html_()
    assert "<td" not in alone
    # A part of the frame is a frame, and shows as one.
    part = found[found["topic"] == "industry"]
    assert type(part) is pd.DataFrame
    assert "subject" in part._repr_html_()
    found.pop("high")
    assert "subject" in found._repr_html_()


def test_rows_of_both_panels_are_level(
    parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, spread: gpd.GeoDataFrame
) -> None:
    many = spread.assign(industry=[f"trade {k % 20:02d}" for k in range(len(spread))])
    found = agglomeration.profile(parcels, zones, plants=many, r=[0, 500, 1000], simulations=20)
    _, shares, reach = plots.city_profile(found, language="en").axes
    assert shares.get_ylim() == reach.get_ylim()
    # Most inside on top.
    widths = [bar.get_width() for bar in shares.containers[1]]
    assert widths == sorted(widths)

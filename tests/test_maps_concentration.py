"""What a concentration map holds: figures by hand, those of the ratio, and pages of nothing."""

import base64
import gzip
import json
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pages
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_rgb
from shapely import box
from small_town import parcels, zones
from strategies import on_ground

from parkgeo import concentration, crs, maps
from parkgeo.concentration import Plan, Scattered
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.maps._concentration_land import outlines_of

OTHER, UNKNOWN, INSIDE, OUTSIDE, ACROSS = range(5)
HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'
INDUSTRY: dict[str, Any] = {"classes": "industry"}


@pytest.fixture
def parks() -> gpd.GeoDataFrame:
    return zones().assign(brand=["甲开发区", "乙高新区"], brand_en=["A zone", "B zone"])


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    return parcels()


def payload(m: folium.Map) -> Any:  # noqa: ANN401
    """Read what stands in the page, with what is compressed in it."""
    data = pages.payload(m)
    for name in ("codes", "table"):
        data[name] = unpacked(data[name])
    if data["clusters"]:
        data["clusters"]["table"] = unpacked(data["clusters"]["table"])
    return data


def unpacked(text: str) -> Any:  # noqa: ANN401
    return json.loads(gzip.decompress(base64.b64decode(text)))


def row(data: Any, name: str) -> int:  # noqa: ANN401
    position: int = data["table"]["names"].index(name)
    return position


def summary(data: Any) -> dict[str, str]:  # noqa: ANN401
    return {label["en"]: value["en"] for label, value in data["summary"]}


# Figures


def test_the_panel_says_what_the_ratio_says(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    data = payload(maps.concentration_map(land, parks, **INDUSTRY))
    found = concentration.ratio(land, parks, **INDUSTRY).iloc[0]
    # By hand: 40 + 20 + half of 40 of 160 thousand m²; 70 % are 112, so 32 thousand, or 48 mu.
    assert summary(data) == {
        "Land that counts": "0.16 km² (240 mu)",
        "Of it inside the zones": "0.0800 km² (120 mu)",
        "Target": "70.0 %",
        "Short of the target by": "0.0320 km² (48 mu)",
        "By the accuracy of boundaries": (
            f"{100 * found['ratio_low']:.1f} % to {100 * found['ratio_high']:.1f} %"
        ),
        "Share of the land inside": "50.0 %",
    }
    assert data["gauge"] == {
        "ratio": pytest.approx(found["ratio"], abs=1e-6),
        "low": pytest.approx(found["ratio_low"], abs=1e-6),
        "high": pytest.approx(found["ratio_high"], abs=1e-6),
        "target": 0.7,
    }


def test_parcels_have_their_kind_area_and_share(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    data = payload(maps.concentration_map(land, parks, **INDUSTRY))
    assert data["codes"] == [INSIDE, INSIDE, ACROSS, OUTSIDE, OUTSIDE, OTHER, UNKNOWN]
    np.testing.assert_allclose(
        data["table"]["areas"], [40e3, 20e3, 40e3, 40e3, 20e3, 150e3, 10e3], atol=0.05
    )
    assert data["table"]["shares"] == [1.0, 1.0, 0.5, 0.0, 0.0, None, None]
    lines = {kind["label"]["en"]: kind["line"]["en"] for kind in data["kinds"]}
    assert lines["Inside"] == "2 parcels, 0.0600 km² (90 mu)"
    assert lines["Across a border"] == "1 parcel, 0.0400 km² (60 mu)"
    assert lines["Outside"] == "2 parcels, 0.0600 km² (90 mu)"


def test_parcels_name_the_brands_that_hold_them(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    # A block more on its own brand's ground holds nothing twice.
    twice = gpd.GeoDataFrame(pd.concat([parks, parks.iloc[:1]]), crs=parks.crs)
    data = payload(maps.concentration_map(land, twice, **INDUSTRY))
    members = data["table"]["members"]
    assert list(zip(members["parcel"], members["brand"], strict=True)) == [
        (0, 0),
        (1, 0),
        (1, 1),
        (2, 1),
    ]
    np.testing.assert_allclose(members["share"], [1, 1, 1, 0.5], atol=1e-4)


def test_districts_stand_by_their_gap(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land, parks, by="district", **INDUSTRY))
    found = [
        (one["name"]["zh"], one["value"]["en"], one["line"]["en"]) for one in data["districts"]
    ]
    # 70 % of 40, 20 and 100 thousand m², less 0, 0 and 80: 28, 14 and −10.
    assert found == [
        ("西区", "0.0 %", "of 0.0400 km²; 42 mu short"),
        ("未注明", "0.0 %", "of 0.0200 km²; 21 mu short"),
        ("东区", "80.0 %", "of 0.10 km²; 15 mu above"),
    ]
    table = concentration.ratio(land, parks, by="district", of="parcels", **INDUSTRY)
    assert data["districts"][2]["gauge"]["ratio"] == pytest.approx(table.loc["东区", "ratio"])
    east = land.geometry.iloc[:3].total_bounds
    (south, west), (north, east_edge) = data["districts"][2]["bounds"]
    np.testing.assert_allclose([west, south, east_edge, north], east, atol=1e-6)


def test_brands_say_what_they_hold(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land, parks, **INDUSTRY))
    held = [[value["en"] for _, value in brand["card"]] for brand in data["brands"]]
    # 40 + 20, and 20 + 20 thousand m² of 160.
    assert held == [["0.0600 km² (90 mu)", "37.5 %"], ["0.0400 km² (60 mu)", "25.0 %"]]


def test_shares_add_up_to_what_the_ratio_says() -> None:
    rng = np.random.default_rng(11)
    low = rng.uniform(0, 5000, (400, 2))
    size = rng.uniform(20, 300, (400, 2))
    land = gpd.GeoDataFrame(
        {"use": rng.choice(["industrial", "other"], 400), "part": rng.choice(["n", "s"], 400)},
        geometry=on_ground(shapely.box(*low.T, *(low + size).T)),
    )
    round_zones = shapely.buffer(shapely.points([(1500, 1500), (2600, 1900)]), (1200, 900))
    parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=on_ground(round_zones))
    asked: dict[str, Any] = {"where": {"use": "industrial"}}
    data = payload(maps.concentration_map(land, parks, by="part", **asked))
    found = concentration.ratio(land, parks, **asked).iloc[0]
    table = pd.DataFrame({name: data["table"][name] for name in ("areas", "shares")}).dropna()
    areas_km2 = table["areas"] / 1e6
    assert len(table) == found["n_parcels"]
    assert areas_km2.sum() == pytest.approx(found["total"], rel=1e-6)
    assert (areas_km2 * table["shares"]).sum() == pytest.approx(found["inside"], rel=1e-4)
    counts = np.bincount(data["codes"], minlength=5)
    assert counts[OTHER] == (land["use"] == "other").sum()
    assert counts[[INSIDE, OUTSIDE, ACROSS]].all()


# Clusters


def test_clusters_are_those_of_scattered(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land, parks, **INDUSTRY))
    clusters = data["clusters"]["table"]
    found = concentration.scattered(land, parks, **INDUSTRY)
    # p4 and p5 together; p3, half outside.
    assert clusters["n_parcels"] == [2, 1]
    assert clusters["area_mu"] == [90.0, 60.0]
    assert clusters["outside_mu"] == [90.0, 30.0]
    assert clusters["distance_m"] == [round(one) for one in found.clusters["distance_m"]]
    assert [clusters["names"][i]["en"] for i in clusters["nearest"]] == ["B zone", "B zone"]
    own = clusters["parcels"]
    of = {
        data["table"]["names"][at]: number
        for at, number in zip(own["place"], own["cluster"], strict=True)
    }
    assert of == {"p3": 1, "p4": 0, "p5": 0}


def test_outlines_go_around_their_parcels(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    found = concentration.scattered(land, parks, gap_m=300, **INDUSTRY)
    lines = outlines_of(found)
    assert len(lines) == len(found.clusters)
    clusters = found.clusters.to_crs(lines.crs).geometry
    for line, cluster in zip(lines.geometry, clusters, strict=True):
        ground = shapely.polygonize([line])
        assert shapely.get_num_geometries(ground) == 1
        assert shapely.get_geometry(ground, 0).contains(cluster)
        assert line.distance(cluster) == pytest.approx(15, abs=1)


def test_clusters_that_are_given_are_shown(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    own = land.set_index("parcel_id", drop=False)
    found = concentration.scattered(own, parks, gap_m=10, **INDUSTRY)
    data = payload(maps.concentration_map(own, parks, scattered=found, **INDUSTRY))
    assert data["clusters"]["count"] == 3
    assert data["clusters"]["table"]["area_mu"] == found.clusters["area_mu"].round(1).tolist()


def test_no_clusters_unless_wanted(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    assert payload(maps.concentration_map(land, parks, scattered=False))["clusters"] is None


def test_clusters_of_other_parcels_are_refused(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    found = concentration.scattered(land, parks)
    with pytest.raises(SchemaError, match=r"do not count here: rows 5, 6"):
        maps.concentration_map(land, parks, scattered=found, **INDUSTRY)
    doubled = land.set_axis([0] * len(land))
    with pytest.raises(SchemaError, match="stand twice"):
        maps.concentration_map(doubled, parks, scattered=found)
    with pytest.raises(SchemaError, match="scattered must be"):
        maps.concentration_map(land, parks, scattered="yes")  # type: ignore[arg-type]


def test_labels_that_stand_twice_do_not_matter_otherwise(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    where = pd.Series([True, True, True, True, False, False, False])
    plain = payload(maps.concentration_map(land, parks, where=where))
    doubled = land.set_axis(["x"] * 7)
    again = payload(maps.concentration_map(doubled, parks, where=where.set_axis(doubled.index)))
    assert again["codes"] == plain["codes"] == [2, 2, 4, 3, 0, 0, 0]
    assert again["clusters"]["table"] == plain["clusters"]["table"]


# Plan


def plan_of(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, *, gap_m: float = 100.0) -> Plan:
    costs = {"convert_per_mu": 30.0}
    return concentration.plan(land, parks, target=0.9, costs=costs, gap_m=gap_m, **INDUSTRY)


def test_a_plan_is_laid_over(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    plan = plan_of(land, parks, gap_m=10)
    data = payload(maps.concentration_map(land, parks, plan=plan, **INDUSTRY))
    assert len(data["sites"]) == len(plan.measures)
    assert {site["group"] for site in data["sites"]} == {"convert"}
    assert data["gauge"]["target"] == 0.9
    # Looked for as for the plan, so that its clusters have the numbers of the map's.
    assert data["clusters"]["count"] == len(plan.sites) == 3
    cost = {label["en"]: value["en"] for label, value in data["plan"]["rows"]}
    assert cost["Ratio after"] == f"{100 * plan.after['ratio']:.1f} %"


def test_a_plan_of_other_land_is_refused(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    plan = plan_of(land, parks)
    with pytest.raises(SchemaError, match="the plan is of other land: total is 0.160000"):
        maps.concentration_map(land, parks, plan=plan)
    with pytest.raises(SchemaError, match=r"target of 0.9, not 0.7"):
        maps.concentration_map(land, parks, plan=plan, target=0.7, **INDUSTRY)


# What else is shown


def test_cards_name_class_district_and_what_where_looks_at(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    land["status"] = ["built", "idle", None, "built", "built", "built", "built"]
    data = payload(maps.concentration_map(land, parks, where={"status": "built"}))
    columns = {one["label"]["en"]: one for one in data["table"]["columns"]}
    assert list(columns) == ["Land use", "District", "status"]
    assert columns["Land use"]["texts"][0] == {"zh": "0601 工业用地", "en": "0601 industry"}
    assert columns["Land use"]["codes"] == [0, 0, 0, 0, 0, 1, -1]
    assert columns["status"]["codes"] == [0, 1, -1, 0, 0, 0, 0]
    assert data["codes"][1:3] == [OTHER, UNKNOWN]


def test_codes_that_no_standard_has_stand_as_they_are(parks: gpd.GeoDataFrame) -> None:
    land = gpd.GeoDataFrame(
        {"class_code": ["X9", "601", "0601"], "class_system": ["gbt21010", "gbt21010", "mine"]},
        geometry=on_ground([box(i, 0, i + 1, 1) for i in range(3)]),
    )
    data = payload(maps.concentration_map(land, parks, language="en"))
    (column,) = data["table"]["columns"]
    assert [column["texts"][i]["zh"] for i in column["codes"]] == ["X9", "0601 工业用地", "0601"]


def test_other_land_is_left_out(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land, parks, others=False, **INDUSTRY))
    # What may count stays.
    assert data["codes"] == [INSIDE, INSIDE, ACROSS, OUTSIDE, OUTSIDE, UNKNOWN]
    assert data["table"]["names"][-1] == "p7"


def test_notes_say_what_was_not_counted(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    land.loc[0, "geometry"] = None
    land.loc[1, "parcel_id"] = "p3"
    land = gpd.GeoDataFrame(pd.concat([land, land.iloc[[3]]], ignore_index=True), crs=land.crs)
    parks["accuracy_m"] = [np.nan, 20.0]
    data = payload(maps.concentration_map(land, parks, **INDUSTRY))
    notes = [note["en"] for note in data["notes"]]
    assert "1 parcel without a known class_code, not counted: 0.0100 km² (15 mu)" in notes
    assert "1 parcel without a geometry, not counted" in notes
    assert "2 parcels overlap and count 0.0400 km² (60 mu) twice" in notes
    assert "4 parcels with an id that stands twice" in notes
    assert "Extents of unknown accuracy: 1" in notes
    assert summary(data)["By the accuracy of boundaries"].startswith("not known")
    assert data["gauge"]["low"] is None


def test_frames_may_lie_in_any_crs(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    plain = payload(maps.concentration_map(land, parks, **INDUSTRY))
    moved = crs.to_datum(land, "gcj02")
    other = payload(maps.concentration_map(moved, parks.to_crs("EPSG:4549"), **INDUSTRY))
    assert other["codes"] == plain["codes"]
    assert summary(other) == summary(plain)
    np.testing.assert_allclose(other["bounds"], plain["bounds"], atol=1e-6)


def test_frames_stay_as_they_are(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    before = land.copy(), parks.copy()
    maps.concentration_map(land, parks, by="district", **INDUSTRY)
    pd.testing.assert_frame_equal(land, before[0])
    pd.testing.assert_frame_equal(parks, before[1])


def test_hostile_names_are_data(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    land["parcel_id"] = HOSTILE
    land["district"] = HOSTILE
    parks["brand"] = HOSTILE
    page = maps.concentration_map(land, parks, by="district", title=HOSTILE).get_root().render()
    assert "<img src=x" not in page
    scripts = pages.Scripts()
    scripts.feed(page)
    (data,) = [text for kind, text in scripts.found if kind == "application/json"]
    assert data.count("onerror") >= 2


def test_both_frames_are_credited(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    land.attrs["attribution"] = "Bureau of Made-up Land"
    parks["license"] = "ODbL-1.0"
    said = payload(maps.concentration_map(land, parks))["attribution"]
    assert said == "Bureau of Made-up Land; © OpenStreetMap contributors, ODbL 1.0"
    assert payload(maps.concentration_map(land, parks, attribution="me"))["attribution"] == "me"


def lightness(color: str) -> float:
    """L* of CIELAB, 0 black to 100 white (CIE 15:2004)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(color)]
    y = float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
    return 116 * np.cbrt(y) - 16 if y > (6 / 29) ** 3 else (29 / 3) ** 3 * y


def test_colours_differ_in_lightness(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    kinds = payload(maps.concentration_map(land, parks))["kinds"]
    found = sorted(lightness(kinds[kind]["color"]) for kind in (INSIDE, OUTSIDE, ACROSS))
    assert np.diff(found).min() > 15


# Nothing, and what cannot be shown


def test_no_land_and_no_zones(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land.iloc[:0], parks, by="district"))
    assert summary(data)["Share of the land inside"] == "No land counts"
    assert data["gauge"]["ratio"] is None
    assert data["districts"] == []
    data = payload(maps.concentration_map(land, parks.iloc[:0], **INDUSTRY))
    assert summary(data)["Share of the land inside"] == "0.0 %"
    assert data["codes"] == [OUTSIDE] * 5 + [OTHER, UNKNOWN]
    assert data["clusters"]["table"]["nearest"] == [-1] * data["clusters"]["count"]
    rest = payload(maps.concentration_map(land.iloc[5:6], parks.iloc[:0], **INDUSTRY))
    west, south, east, north = land.geometry.iloc[5].bounds
    np.testing.assert_allclose(rest["bounds"], [[south, west], [north, east]], atol=1e-9)
    empty = payload(maps.concentration_map(land.iloc[:0], parks.iloc[:0]))
    assert empty["bounds"] is None


def test_all_inside_and_all_outside(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.concentration_map(land.iloc[:2], parks))
    assert summary(data)["Share of the land inside"] == "100.0 %"
    assert summary(data)["Above the target by"] == "0.0180 km² (27 mu)"
    assert data["clusters"]["count"] == 0
    data = payload(maps.concentration_map(land.iloc[3:5], parks))
    assert summary(data)["Share of the land inside"] == "0.0 %"
    assert data["table"]["members"]["parcel"] == []


def test_a_group_without_land_that_counts_is_last(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    land["district"] = ["a", "a", "a", "a", "a", "z", "z"]
    last = payload(maps.concentration_map(land, parks, by="district", **INDUSTRY))["districts"][-1]
    assert (last["name"]["en"], last["value"]["en"], last["bounds"]) == ("z", "–", None)


def test_what_is_wrong_is_said(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(UnknownNameError, match="no column 'ward'"):
        maps.concentration_map(land, parks, by="ward")
    with pytest.raises(SchemaError, match="brand_id"):
        maps.concentration_map(land, parks.drop(columns="brand_id"))
    with pytest.raises(MissingCRSError):
        maps.concentration_map(land.set_crs(None, allow_override=True), parks)
    with pytest.raises(CRSMismatchError):
        maps.concentration_map(land.set_crs("EPSG:4549", allow_override=True), parks)
    with pytest.raises(GeometryError, match="none of the 2 rows"):
        maps.concentration_map(land, parks.set_geometry([None, None], crs=parks.crs))
    with pytest.raises(SchemaError, match="share between 0 and 1"):
        maps.concentration_map(land, parks, target=70)
    with pytest.raises(SchemaError, match="budget_mb"):
        maps.concentration_map(land, parks, budget_mb=0)
    with pytest.raises(ParkgeoError, match="more than budget_mb=0.001"):
        maps.concentration_map(land, parks, budget_mb=0.001)
    with pytest.raises(UnknownNameError, match="language"):
        maps.concentration_map(land, parks, language="de")  # type: ignore[arg-type]


def test_points_have_no_area(parks: gpd.GeoDataFrame) -> None:
    plants = gpd.GeoDataFrame(geometry=on_ground([shapely.Point(1, 1)]))
    with pytest.raises(GeometryError, match="points"):
        maps.concentration_map(plants, parks)


def test_clusters_may_be_a_pair_of_frames(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    found = concentration.scattered(land, parks, **INDUSTRY)
    again = Scattered(found.clusters.copy(), found.parcels.copy())
    assert payload(maps.concentration_map(land, parks, scattered=again))["clusters"]["count"] == 2

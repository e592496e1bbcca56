"""An enterprise register on six parcels in a row, and what does not fit; by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from shapely import Point, box

from parkgeo import census, crs
from parkgeo.census._industry import sections
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

NOTHING: dict[str, None] = {"use": None, "status": None}


def squares(count: int, **columns: object) -> gpd.GeoDataFrame:
    """Parcels p0, p1, … of 1 km² with 1 km between them, from west to east."""
    ids = [f"p{i}" for i in range(count)]
    shapes = [box(2000 * i, 0, 2000 * i + 1000, 1000) for i in range(count)]
    return frame(shapes, **{"parcel_id": ids, **columns})


def kinds(found: census.Match) -> dict[str, list[tuple[object, object]]]:
    columns = zip(
        found.findings["kind"],
        found.findings["parcel_ids"],
        found.findings["enterprise_ids"],
        strict=True,
    )
    out: dict[str, list[tuple[object, object]]] = {}
    for kind, parcels, enterprises in columns:
        out.setdefault(kind, []).append((parcels, enterprises))
    return out


def test_points_inside_near_and_far() -> None:
    # On the plane 1 m going north is about 1.15 m on the ground at 30° N.
    places = [Point(500, 500), Point(2500, 1003), Point(4500, 1100)]
    firms = frame(places, enterprise_id=["in", "near", "far"])
    found = census.match(squares(3), firms, **NOTHING)
    pairs = found.pairs.set_index("enterprise_id")
    assert pairs["parcel_id"].to_dict() == {"in": "p0", "near": "p1"}
    assert pairs["how"].to_dict() == {"in": "inside", "near": "near"}
    assert pairs.loc["in", "distance_m"] == 0.0
    latitude = crs.to_geographic(firms.geometry).y.iloc[1]
    assert pairs.loc["near", "distance_m"] == pytest.approx(
        3 / np.cos(np.radians(latitude)), rel=0.01
    )
    far = found.findings.set_index("kind").loc["enterprise_without_parcel"]
    assert far["enterprise_ids"] == ("far",)
    assert far["distance_m"] == pytest.approx(100 / np.cos(np.radians(latitude)), rel=0.01)
    assert found.totals["by_how"] == {"id": 0, "inside": 1, "near": 1}


def test_a_point_between_two_parcels_is_not_given_to_either() -> None:
    land = frame(
        [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(1500, 500, 2500, 900)],
        parcel_id=["a", "b", "c"],
    )
    firms = frame([Point(1000, 300), Point(1700, 700)], enterprise_id=["border", "both"])
    found = census.match(land, firms, **NOTHING)
    assert len(found.pairs) == 0
    assert kinds(found)["ambiguous_place"] == [(("a", "b"), ("border",)), (("b", "c"), ("both",))]


def test_the_border_belongs_to_the_only_parcel_there() -> None:
    firms = frame([Point(1000, 500)], enterprise_id=["e"])
    pairs = census.match(squares(1), firms, tolerance_m=0.01, **NOTHING).pairs
    assert pairs["how"].tolist() == ["near"]
    assert pairs["distance_m"].tolist() == pytest.approx([0.0], abs=1e-3)


def test_the_register_is_believed_and_checked() -> None:
    firms = frame(
        [Point(500, 500), Point(2500, 500), Point(500, 600), None],
        enterprise_id=["right", "wrong", "lost", "blind"],
        parcel_id=["p0", "p0", "p9", "p1"],
    )
    found = census.match(squares(2), firms, **NOTHING)
    pairs = found.pairs.set_index("enterprise_id")
    assert pairs["parcel_id"].to_dict() == {
        "right": "p0", "wrong": "p0", "lost": "p0", "blind": "p1",
    }  # fmt: skip
    assert pairs["how"].to_dict() == {
        "right": "id", "wrong": "id", "lost": "inside", "blind": "id",
    }  # fmt: skip
    assert np.isnan(pairs.loc["blind", "distance_m"])
    said = kinds(found)
    assert said["place_disagrees"] == [(("p0",), ("wrong",))]
    assert said["unknown_parcel_id"] == [((), ("lost",))]
    assert said["several_enterprises"] == [(("p0",), ("right", "wrong", "lost"))]


def test_a_register_without_points_goes_by_ids() -> None:
    firms = pd.DataFrame({"enterprise_id": [1, 2, 3, None], "parcel_id": [7.0, 8.0, 9.0, None]})
    land = squares(2).assign(parcel_id=["7", "8"])
    found = census.match(land, firms, **NOTHING)
    assert found.pairs["enterprise_id"].tolist() == ["1", "2"]
    assert found.pairs["parcel_id"].tolist() == ["7", "8"]
    assert {"unknown_parcel_id", "missing_enterprise_id"} <= set(found.findings["kind"])
    assert kinds(found)["enterprise_without_place"] == [((), ("3",)), ((), (None,))]
    with pytest.raises(SchemaError, match="neither"):
        census.match(land, firms[["enterprise_id"]], **NOTHING)


def test_a_register_may_call_its_columns_as_it_likes() -> None:
    firms = pd.DataFrame(
        {
            "信用代码": ["x", "y"],
            "所在地块": ["p1 ", "Ｐ0"],
            "行业": ["C3911", "J66"],
            "状态": ["存续", "注销"],
        }
    )
    said = {"enterprise": "信用代码", "parcel": "所在地块", "industry": "行业", "activity": "状态"}
    found = census.match(squares(2), firms, **said, **NOTHING)
    # Widths are one, but Ｐ0 is not p0.
    assert found.pairs[["enterprise_id", "parcel_id"]].to_numpy().tolist() == [["x", "p1"]]
    assert kinds(found)["unknown_parcel_id"] == [((), ("y",))]
    assert found.parcels["use_by_enterprises"].tolist() == ["unknown", "industry"]
    for name in said:
        with pytest.raises(UnknownNameError, match="enterprises have no column '没有'"):
            census.match(squares(2), firms, **{**said, name: "没有"}, **NOTHING)
    with pytest.raises(SchemaError, match=r"neither a column parcel_id nor .* parcel=, or make po"):
        census.match(squares(2), firms, **NOTHING)


def test_an_id_of_two_parcels_leaves_it_to_the_point() -> None:
    land = squares(2).assign(parcel_id=["a", "a"])
    firms = frame([Point(2500, 500)], enterprise_id=["e"], parcel_id=["a"])
    found = census.match(land, firms, **NOTHING)
    assert found.pairs["parcel_row"].tolist() == [1]
    assert "ambiguous_parcel_id" in kinds(found)


def test_one_enterprise_on_several_parcels_and_twice_on_one() -> None:
    firms = frame(
        [Point(500, 500), Point(2500, 500), Point(400, 500)], enterprise_id=["e", "e", "e"]
    )
    found = census.match(squares(2), firms, **NOTHING)
    said = kinds(found)
    assert said["several_parcels"] == [(("p0", "p1"), ("e",))]
    assert said["duplicate_enterprise"] == [(("p0",), ("e",))]
    assert "several_enterprises" not in said
    assert found.parcels["n_enterprises"].tolist() == [1, 1]


def test_conflicts_between_land_and_register() -> None:
    land = squares(
        7,
        class_code=["0601", "0701", "0601", "0601", "0601", "0601", "0601"],
        class_system="third_survey",
        use=["工业", "其他", "工业", "闲置", "工业", None, None],
        status=["在用", "在用", "在用", "供而未用", "在用", "在用", "批而未供"],
    )
    firms = frame(
        [Point(2000 * i + 500, 500) for i in range(5)],
        enterprise_id=["mill", "works", "shop", "shed", "gone"],
        industry_code=["C1711", "3911", "F52", "41", "13"],
        state=["在营", "存续", True, "生产", "停产"],
    )
    found = census.match(land, firms, activity="state")
    said = kinds(found)
    assert said == {
        "parcel_without_enterprise": [(("p5",), ())],
        "no_industry_on_industrial_land": [(("p2",), ())],
        "unused_with_enterprise": [(("p3",), ())],
        "in_use_without_active": [(("p4",), ())],
        "use_disagrees": [(("p1",), ()), (("p2",), ())],
        "industry_on_other_land": [(("p1",), ("works",))],
    }
    assert found.parcels["use_by_enterprises"].tolist() == [
        "industry", "industry", "other", "industry", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    reasons = found.findings.set_index("kind")["reason_zh"]
    assert "供而未用" in reasons["unused_with_enterprise"]
    assert found.findings["area_km2"].dropna().tolist() == pytest.approx([1.0] * 7, rel=1e-9)


def test_an_activity_that_is_not_understood_counts_and_is_told() -> None:
    firms = frame([Point(500, 500)] * 3, enterprise_id=["a", "b", "c"], state=["?", None, False])
    found = census.match(squares(1), firms, activity="state", **NOTHING)
    assert found.parcels["n_active"].tolist() == [2]
    assert kinds(found)["odd_activity"] == [((), ("a",))]


def test_activities_as_the_register_of_companies_says_them() -> None:
    said = {
        "存续（在营、开业、在册）": 1,
        "在营（开业）企业": 1,
        "存续": 1,
        "吊销，未注销": 0,
        "吊销,已注销": 0,
        "已注销": 0,
        "清算": 0,
    }
    firms = frame([Point(500, 500)] * len(said), state=list(said))
    found = census.match(squares(1), firms, activity="state", **NOTHING)
    assert found.parcels["n_active"].tolist() == [sum(said.values())]
    assert "odd_activity" not in kinds(found)
    odd = frame([Point(500, 500)], state=["搬走了"])
    told = census.match(squares(1), odd, activity="state", **NOTHING)
    reason = told.findings.set_index("kind").loc["odd_activity"]
    assert reason["reason"].startswith("activity '搬走了' is not a word")
    assert reason["reason_zh"] == "经营状态“搬走了”不是本调查的用语，按在营计"
    text = f"<Match: 1 of 1 enterprises on 1 parcels, {len(told.findings)} findings>"
    assert repr(told) == text


def test_industry_codes_as_they_are_typed() -> None:
    text = pd.Series(["C", "c3911", "39", "391", "3911", "I65", "B39", "x", "", None, "98"])
    assert sections(text).tolist() == [
        "C", "C", "C", "C", "C", "I", None, None, None, None, None,
    ]  # fmt: skip
    # 151 is the brewing of liquor; beside 3911 it is 0151 with its zero lost.
    assert sections(pd.Series([151.0, 39.0])).tolist() == ["C", "C"]
    assert sections(pd.Series([151.0, 3911.0, np.nan])).tolist() == ["A", "C", None]


def test_frames_on_different_datums() -> None:
    firms = frame([Point(500, 500), Point(2500, 500)], enterprise_id=["a", "b"])
    found = census.match(squares(2).to_crs(4549), crs.to_datum(firms, "gcj02"), **NOTHING)
    assert found.pairs["how"].tolist() == ["inside", "inside"]


def test_refused() -> None:
    firms = frame([Point(500, 500)], enterprise_id=["a"])
    with pytest.raises(SchemaError, match="tolerance_m"):
        census.match(squares(1), firms, tolerance_m=-1, **NOTHING)
    with pytest.raises(GeometryError, match="enterprises"):
        census.match(squares(1), squares(1), **NOTHING)
    with pytest.raises(MissingCRSError):
        census.match(squares(1), gpd.GeoDataFrame(geometry=[Point(120, 30)]), **NOTHING)
    with pytest.raises(UnknownNameError, match="'status'"):
        census.match(squares(1), firms, use=None)
    with pytest.raises(SchemaError, match="one code in a row"):
        census.match(squares(1), firms.assign(industry_code=[[39]]), **NOTHING)
    with pytest.raises(SchemaError, match="not a list"):
        census.match(squares(1), ["a"], **NOTHING)
    coded = firms.assign(industry_code="39")
    twice = pd.concat([coded, coded[["industry_code"]]], axis=1)
    with pytest.raises(SchemaError, match="several columns are named 'industry_code'"):
        census.match(squares(1), twice, **NOTHING)
    with pytest.raises(SchemaError, match="explode"):
        census.match(squares(1), firms.assign(parcel_id=[["p0", "p1"]]), **NOTHING)


def test_nobody_and_nothing() -> None:
    firms = frame([Point(500, 500)], enterprise_id=["a"])
    assert census.match(squares(1), firms.iloc[:0], **NOTHING).totals["n_matched"] == 0
    found = census.match(squares(1).iloc[:0], firms, **NOTHING)
    assert kinds(found)["enterprise_without_parcel"] == [((), ("a",))]
    unknown = squares(1).set_geometry(gpd.GeoSeries([None], crs=4490))
    assert kinds(census.match(unknown, firms, **NOTHING)) == kinds(found)


def test_names_cannot_break_the_page() -> None:
    evil = "<script>'\"{x}</script>"
    firms = frame([None], enterprise_id=[evil], parcel_id=[evil])
    found = census.match(squares(1), firms, **NOTHING)
    assert "{x}" in found.findings.set_index("kind").loc["unknown_parcel_id", "reason"]
    assert "<script>" not in found._repr_html_()


def test_every_enterprise_is_matched_or_found_missing() -> None:
    rng = np.random.default_rng(3)
    places = [Point(x, y) for x, y in rng.uniform(-500, 12500, (200, 2)).round()]
    firms = frame(places, enterprise_id=[f"e{i}" for i in range(200)])
    found = census.match(squares(6), firms, **NOTHING)
    lost = found.findings[found.findings["kind"].isin(["enterprise_without_parcel"])]
    assert len(found.pairs) + len(lost) == 200
    order = rng.permutation(200)
    again = census.match(squares(6).iloc[::-1], firms.iloc[order], **NOTHING)
    columns = ["enterprise_id", "parcel_id", "how"]
    pd.testing.assert_frame_equal(
        again.pairs[columns].sort_values("enterprise_id", ignore_index=True),
        found.pairs[columns].sort_values("enterprise_id", ignore_index=True),
    )

"""The census of a town of round numbers, and of hostile input; areas by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from shapely import Polygon, box

from parkgeo import census, concentration, crs, datasets, io
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError


@pytest.fixture
def platforms() -> gpd.GeoDataFrame:
    """A (0, 0)-(2000, 2000) and B (1000, 0)-(3000, 2000): half of each is common."""
    return frame([box(0, 0, 2000, 2000), box(1000, 0, 3000, 2000)], brand_id=["A", "B"])


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """Six parcels of 1 km², and one without a geometry.

    ====== ========================== ======== ===== ============ ========== ========
    parcel square                     held by  class use          status     district
    ====== ========================== ======== ===== ============ ========== ========
    p0     (0, 0)-(1000, 1000)        A        0601  工业         在用       x
    p1     (500, 1000)-(1500, 2000)   A, A+B   0601  创新型产业   低效       x
    p2     (2000, 0)-(3000, 1000)     B        0601  挪作他用     在用       y
    p3     (2500, 1000)-(3500, 2000)  B, none  0601  闲置         供而未用   y
    p4     (5000, 0)-(6000, 1000)     none     0701  工业         在用       null
    p5     (7000, 0)-(8000, 1000)     none     null  null         ???        y
    p6     null                       ?        0601  工业         批而未供   x
    ====== ========================== ======== ===== ============ ========== ========
    """
    corners = [(0, 0), (500, 1000), (2000, 0), (2500, 1000), (5000, 0), (7000, 0)]
    return frame(
        [*(box(x, y, x + 1000, y + 1000) for x, y in corners), None],
        parcel_id=["p0", "p1", "p2", "p3", "p4", "p5", "p6"],
        class_code=["0601", "0601", "0601", "0601", "0701", None, "0601"],
        class_system="third_survey",
        use=["工业", "创新型产业", " 挪作他用 ", "闲 置", "industry", None, "按工业功能使用"],
        status=["在用", "低效用地", "使用中", "供而未用", "在用", "???", "批而未供"],
        district=["x", "x", "y", "y", None, "y", "x"],
    )


def cells(table: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    for name, value in wanted.items():
        table = table[[one == value for one in table[name]]]
    return table


def test_cells_add_up_to_the_land(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    found = census.tabulate(land, platforms)
    assert found.table["area_km2"].sum() == pytest.approx(6.0, rel=1e-9)
    assert found.table["area_mu"].sum() == pytest.approx(9000.0, rel=1e-9)
    assert found.table["n_parcels"].sum() == 7
    # p0 and p2 whole, p1 whole, half of p3.
    assert found.totals["inside_km2"] == pytest.approx(3.5, rel=1e-9)


def test_use_by_status(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    cross = census.tabulate(land, platforms).cross("use", "status")
    assert cross.index.tolist() == ["industry", "innovative", "other", "idle", "unknown", "all"]
    assert cross.columns.tolist() == [
        "approved_not_supplied", "supplied_not_used", "inefficient", "in_use", "unknown", "all",
    ]  # fmt: skip
    expected = {"industry": 2.0, "innovative": 1.0, "other": 1.0, "idle": 1.0, "unknown": 1.0}
    assert cross["all"].drop("all").to_dict() == pytest.approx(expected, rel=1e-9)
    assert cross.loc["industry", "in_use"] == pytest.approx(2.0, rel=1e-9)
    assert cross.loc["idle", "supplied_not_used"] == pytest.approx(1.0, rel=1e-9)
    assert cross.loc["all", "all"] == pytest.approx(6.0, rel=1e-9)


def test_ground_of_two_platforms_stands_once(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    found = census.tabulate(land, platforms)
    both = cells(found.table, members=("A", "B"))
    assert both["area_km2"].tolist() == pytest.approx([0.5], rel=1e-9)
    assert both["use"].tolist() == ["innovative"]
    cross = found.cross("platform", "use")
    assert cross.index.tolist() == ["A", "B", "overlap", "inside any", "outside", "unknown", "all"]
    # A: p0 and p1. B: half of p1, p2, half of p3. Common: half of p1.
    assert cross["all"].tolist() == pytest.approx([2, 2, -0.5, 3.5, 2.5, 0, 6], abs=1e-9)
    # The table of docs/census.md.
    columns = ["industry", "innovative", "other", "idle", "unknown"]
    expected = [
        [1, 1, 0, 0, 0],
        [0, 0.5, 1, 0.5, 0],
        [0, -0.5, 0, 0, 0],
        [1, 1, 1, 0.5, 0],
        [1, 0, 0, 0.5, 1],
        [0, 0, 0, 0, 0],
        [2, 1, 1, 1, 1],
    ]
    assert cross[columns].to_numpy() == pytest.approx(np.array(expected), abs=1e-9)
    added = cross.loc[["A", "B", "overlap"]].sum()
    pd.testing.assert_series_equal(added, cross.loc["inside any"], check_names=False, atol=1e-9)


def test_what_platforms_hold_alone_and_shared(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    held = census.tabulate(land, platforms).platforms.groupby("platform")
    sums = held[["area_km2", "alone_km2", "shared_km2", "n_parcels"]].sum()
    assert sums.loc["A"].tolist() == pytest.approx([2.0, 1.5, 0.5, 2], abs=1e-9)
    assert sums.loc["B"].tolist() == pytest.approx([2.0, 1.5, 0.5, 3], abs=1e-9)


def test_each_parcel_is_counted_once_where_most_of_it_lies(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    by_place = census.tabulate(land, platforms).cross("place", "legal_use", values="n_parcels")
    assert by_place.loc["unknown", "industrial"] == 1
    assert by_place.loc["all", "all"] == 7
    assert by_place.dtypes.map(pd.api.types.is_integer_dtype).all()


def test_findings_name_what_is_wrong(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    found = census.tabulate(land, platforms).findings
    assert {kind: rows["parcel_ids"].tolist() for kind, rows in found.groupby("kind")} == {
        "no_use": [("p5",)],
        "odd_status": [("p5",)],
        "unknown_class": [("p5",)],
        "unknown_district": [("p4",)],
        "without_geometry": [("p6",)],
        "used_otherwise": [("p2",)],
        "industry_elsewhere": [("p4",)],
        "unsupplied_in_use": [("p6",)],
    }
    odd = found.set_index("kind").loc["odd_status"]
    assert "'???'" in odd["reason"]
    assert "???" in odd["reason_zh"]
    assert odd["area_km2"] == pytest.approx(1.0, rel=1e-9)


def test_unknowns_are_in_the_totals(land: gpd.GeoDataFrame) -> None:
    totals = census.tabulate(land).totals
    assert totals["unknown"]["use"] == {"n": 1, "area_km2": pytest.approx(1.0, rel=1e-9)}
    assert totals["unknown"]["legal_use"]["n"] == 1
    assert totals["without_geometry"]["n"] == 1


def test_words_can_be_added_and_must_lead_somewhere(land: gpd.GeoDataFrame) -> None:
    found = census.tabulate(land, words={"status": {"？？？": "inefficient"}})
    assert found.parcels["status"].tolist().count("inefficient") == 2
    assert "odd_status" not in set(found.findings["kind"])
    with pytest.raises(UnknownNameError, match=r"'lost'.*idle"):
        census.tabulate(land, words={"use": {"x": "lost"}})
    with pytest.raises(UnknownNameError, match="colour"):
        census.tabulate(land, words={"colour": {}})


def test_without_platforms_and_columns_everything_is_unknown_and_there() -> None:
    land = frame([box(0, 0, 1000, 1000)])
    found = census.tabulate(land, use=None, status=None, district=None)
    row = found.table.iloc[0]
    keys = ["district", "place", "legal_use", "use", "status"]
    assert row[keys].tolist() == ["unknown"] * 5
    assert row["members"] == ()
    assert len(found.findings) == 0
    assert found.cross("platform", "use").loc["all", "all"] == pytest.approx(1.0, rel=1e-9)


def test_a_column_that_is_missing_is_named() -> None:
    land = frame([box(0, 0, 1000, 1000)], usage=["工业"])
    with pytest.raises(UnknownNameError, match=r"'use'.*'usage'"):
        census.tabulate(land)
    with pytest.raises(UnknownNameError, match="platforms by"):
        census.tabulate(land, land, use="usage", status=None, district=None)


def test_the_argument_that_names_a_column_is_told(land: gpd.GeoDataFrame) -> None:
    for name in ("use", "status", "district"):
        with pytest.raises(UnknownNameError, match=f"no column '{name}'.*which it is with {name}="):
            census.tabulate(land.drop(columns=name))


def test_what_is_null_is_not_called_nan(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    found = census.tabulate(land, platforms)
    reasons = found.findings.set_index("kind")
    assert reasons.loc["unknown_class", "reason_zh"] == "地类“”缺失或不属于所用分类"
    told = found.findings[["reason", "reason_zh"]].to_numpy().ravel()
    assert not any("nan" in text or "None" in text for text in told)
    card = found._repr_html_()
    assert "按工业功能使用" in card
    assert "地类“”缺失" in card
    assert repr(found) == "<Census: 7 parcels, 6.000 km², 8 findings; .cross('use', 'status')>"


def test_a_group_needs_a_class_system() -> None:
    land = frame([box(0, 0, 1000, 1000)], class_code=["0601"])
    asked = {"use": None, "status": None, "district": None}
    with pytest.raises(SchemaError, match="system='third_survey'"):
        census.tabulate(land, **asked)
    assert census.tabulate(land, system="三调", **asked).parcels["legal_use"].item() == "industrial"
    assert census.tabulate(land, classes="06", **asked).parcels["legal_use"].item() == "industrial"


def test_ids_of_two_rows_and_none(land: gpd.GeoDataFrame) -> None:
    land = land.assign(parcel_id=["a", 7.0, "7", None, " ", "c", "d"])
    found = census.tabulate(land).findings.set_index("kind")
    assert found.loc["duplicate_id", "parcel_ids"] == ("7",)
    assert found.loc["duplicate_id", "rows"] == (1, 2)
    assert found.loc["missing_id", "rows"].tolist() == [(3,), (4,)]


def test_parcels_on_each_other_are_reported(land: gpd.GeoDataFrame) -> None:
    twice = pd.concat([land, land.iloc[[0]]], ignore_index=True)
    totals = census.tabulate(twice).totals
    assert totals["counted_twice"]["area_km2"] == pytest.approx(1.0, rel=1e-9)
    assert totals["area_km2"] == pytest.approx(7.0, rel=1e-9)


def test_frames_may_stand_on_different_datums(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    moved = crs.to_datum(platforms, "gcj02")
    found = census.tabulate(land.to_crs(4549), moved)
    assert found.totals["inside_km2"] == pytest.approx(3.5, rel=1e-6)


def test_a_platform_without_extent_is_named(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    more = pd.concat([platforms, frame([None], brand_id=["C"])], ignore_index=True)
    found = census.tabulate(land, more)
    assert found.totals["platforms_without_geometry"] == ["C"]
    assert set(found.platforms["platform"]) == {"A", "B"}


def test_refused() -> None:
    asked = {"use": None, "status": None, "district": None}
    bow_tie = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    with pytest.raises(GeometryError, match="repair"):
        census.tabulate(frame([bow_tie]), **asked)
    with pytest.raises(MissingCRSError):
        census.tabulate(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), **asked)
    with pytest.raises(SchemaError, match="DataFrame"):
        census.tabulate(pd.DataFrame({"a": [1]}), **asked)
    with pytest.raises(SchemaError, match="one word in a row"):
        census.tabulate(frame([box(0, 0, 9, 9)], use=[["工业"]]), status=None, district=None)


@pytest.mark.parametrize(
    ("rows", "columns", "error", "says"),
    [
        ("use", "use", SchemaError, "one side"),
        ("use", "platform", SchemaError, "members"),
        (["platform", "use"], "status", SchemaError, "members"),
        ([], "use", SchemaError, "at least one"),
        ("usage", "status", UnknownNameError, "usage"),
    ],
)
def test_cross_tables_that_cannot_be(
    land: gpd.GeoDataFrame, rows: str, columns: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        census.tabulate(land).cross(rows, columns)


def test_cross_tables_of_several_dimensions_and_in_chinese(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    found = census.tabulate(land, platforms)
    deep = found.cross(["district", "use"], ["legal_use", "status"])
    assert deep.loc[("all", ""), ("all", "")] == pytest.approx(6.0, rel=1e-9)
    assert deep.loc[("y", "idle"), ("all", "")] == pytest.approx(1.0, rel=1e-9)
    by_members = found.cross("members", "use")
    assert by_members.loc["A + B", "innovative"] == pytest.approx(0.5, rel=1e-9)
    chinese = found.cross("platform", "use", language="zh")
    assert chinese.index.tolist() == ["A", "B", "重叠扣减", "平台内合计", "平台外", "不明", "合计"]
    assert "发展创新型产业" in chinese.columns
    assert (chinese.index.name, chinese.columns.name) == ("平台", "实际用途")
    many = found.cross(["district", "use"], "members", language="zh")
    assert (many.index.names, many.columns.name) == (["区县", "实际用途"], "所在平台")
    assert many.columns[-3:].tolist() == ["平台外", "不明", "合计"]
    with pytest.raises(UnknownNameError, match="fr"):
        found.cross("use", "status", language="fr")


def test_names_cannot_break_the_page(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    evil = "<script>alert('1')</script>"
    land = land.assign(district=evil, status=evil)
    found = census.tabulate(land, platforms.assign(brand_id=[evil, '"B"']))
    page = found._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert evil in found.cross("platform", "use").index


def test_nothing_at_all() -> None:
    empty = frame([box(0, 0, 9, 9)], use=["工业"], status=["在用"], district=["x"]).iloc[:0]
    found = census.tabulate(empty)
    assert len(found.table) == 0
    assert found.totals["area_km2"] == 0.0
    assert "0" in found._repr_html_()


def test_input_is_not_changed(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    before = land.copy(deep=True)
    census.tabulate(land, platforms)
    pd.testing.assert_frame_equal(pd.DataFrame(land), pd.DataFrame(before))


def test_every_label_of_a_vocabulary_reads_as_itself() -> None:
    for words in (census.Use, census.Status):
        for word in words:
            name = "use" if words is census.Use else "status"
            land = frame([box(0, 0, 9, 9)] * 2, **{name: [word.label_zh, word.label_en.upper()]})
            asked = {"use": None, "status": None, "district": None, name: name}
            assert set(census.tabulate(land, **asked).parcels[name]) == {word.value}


def test_the_order_of_parcels_does_not_matter(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    order = np.random.default_rng(5).permutation(len(land))
    mixed = census.tabulate(land.iloc[order], platforms.iloc[::-1])
    pd.testing.assert_frame_equal(mixed.table, census.tabulate(land, platforms).table)


@pytest.mark.shared
def test_agrees_with_the_ratio_on_real_outlines(shared_data: Path) -> None:
    land = io.read(shared_data / "osm" / "hangzhou_landuse_2019.parquet")
    land = land[land.geom_type.isin(["Polygon", "MultiPolygon"]) & land.is_valid]
    land = land.cx[120.0:120.2, 30.2:30.4]
    parks = datasets.hangzhou()
    found = census.tabulate(land, parks, use=None, status=None, district=None, system="osm")
    whole = concentration.ratio(land, parks).iloc[0]
    assert found.totals["area_km2"] == pytest.approx(whole["total"], rel=1e-9)
    assert found.totals["inside_km2"] == pytest.approx(whole["inside"], rel=1e-9)
    brands = concentration.ratio(land, parks, by="brand_id").fillna(0.0)
    held = found.platforms.groupby("platform")[["area_km2", "alone_km2", "shared_km2"]].sum()
    held = held.reindex(brands.index, fill_value=0.0)
    expected = brands[["inside", "alone", "shared"]].to_numpy()
    assert held.to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert (held["area_km2"] > 0).sum() > 1


def test_columns_of_any_type(land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame) -> None:
    odd = land.assign(
        use=land["use"].astype("category"),
        status=land["status"].astype("category"),
        district=[330106.0, 330106.0, 1.0, 1.0, None, 1.0, 330106.0],
    )
    found = census.tabulate(odd, platforms.assign(brand_id=[1, "1"]))
    assert set(found.table["district"]) == {"330106", "1", "unknown"}
    assert found.totals["inside_km2"] == pytest.approx(3.5, rel=1e-9)
    assert len(set(found.platforms["platform"])) == 2
    with pytest.raises(SchemaError, match="platforms are named"):
        census.tabulate(land, platforms.assign(brand_id=[[1], [2]]))
    with pytest.raises(SchemaError, match="parks must be"):
        census.tabulate(land, {"brand_id": ["A"]})


def test_a_neighbour_that_only_touches_holds_nothing(platforms: gpd.GeoDataFrame) -> None:
    land = frame([box(3000, 300, 3700, 1900)], use=["工业"], status=["在用"], district=["x"])
    found = census.tabulate(land, platforms)
    assert len(found.platforms) == 0
    assert found.table["place"].tolist() == ["outside"]


@pytest.mark.parametrize("column", ["use", "class_code", "class_system", "parcel_id"])
def test_two_columns_of_one_name_are_refused(land: gpd.GeoDataFrame, column: str) -> None:
    with pytest.raises(SchemaError, match=f"several columns are named '{column}'"):
        census.tabulate(pd.concat([land, land[[column]]], axis=1))


def test_words_of_another_encoding_are_told(land: gpd.GeoDataFrame) -> None:
    spoilt = pd.Series(
        ["工业".encode("gb18030").decode("latin1"), "\ud800", b"\xb9\xa4"] + [None] * 4
    )
    found = census.tabulate(land.assign(use=spoilt.astype(object)))
    assert (found.findings["kind"] == "odd_use").sum() == 3
    assert found.parcels["use"].eq("unknown").all()


def test_a_platform_without_land_is_a_row_of_noughts(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame
) -> None:
    far = frame([box(20000, 0, 21000, 1000), None], brand_id=["0 far", "undrawn"])
    parks = pd.concat([platforms, far], ignore_index=True)
    found = census.tabulate(land, parks)
    table = found.cross("platform", "use")
    assert table.index[:3].tolist() == ["0 far", "A", "B"]
    assert (table.loc["0 far"] == 0).all()
    assert "undrawn" not in table.index
    plain = census.tabulate(land, platforms).cross("platform", "use")
    pd.testing.assert_frame_equal(table.drop(index="0 far"), plain)
    nobody = census.tabulate(land, far).cross("platform", "use")
    assert nobody.loc["0 far", "all"] == 0
    assert nobody.loc["outside", "all"] == pytest.approx(6.0, rel=1e-2)

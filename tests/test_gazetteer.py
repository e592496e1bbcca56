"""Look-up of names in hand-drawn lines: what is found, where, how sure, and what is refused."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from parkgeo import errors, gazetteer, tables
from parkgeo.gazetteer import FOUND_COLUMNS, SCORES, Gazetteer

CORNER = (500_000.0, 3_350_000.0)
ZONE = "EPSG:4549"


def on_ground(shapes: Sequence[object]) -> gpd.GeoSeries:
    """Put shapes drawn in kilometres on the ground near 120° E, 30.3° N."""
    drawn = np.array(shapes, object)
    metres = shapely.transform(drawn, lambda xy: xy * 1000.0 + np.array(CORNER))
    return gpd.GeoSeries(metres, crs=ZONE).to_crs("EPSG:4490")


def drawn(*rows: tuple[str, object], **columns: object) -> gpd.GeoDataFrame:
    """Make a frame of (name, shape in kilometres)."""
    names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"name": list(names), **columns}, geometry=on_ground(shapes))


def line(*points: tuple[float, float]) -> LineString:
    return LineString(points)


def roads(*rows: tuple[str, object], source: str = "map", **columns: object) -> Gazetteer:
    return gazetteer.read().add(drawn(*rows, **columns), kind="road", source=source)


def best(gaz: Gazetteer, name: str) -> tuple[str, float, str]:
    row = gaz.find(name).iloc[0]
    return row["name"], row["score"], row["via"]


# --- the frame of lines


def test_lines_keep_the_schema() -> None:
    gaz = roads(("振华路", line((0, 0), (1, 0))), ref=["S1"])
    assert list(tables.validate_lines(gaz.lines).columns[:4]) == ["name", "kind", "ref", "source"]
    assert gaz.lines.crs.to_epsg() == 4490
    assert gaz.lines[["name", "kind", "ref", "source"]].to_numpy().tolist() == [
        ["振华路", "road", "S1", "map"],
    ]


def test_add_gives_a_new_gazetteer_and_changes_neither_input() -> None:
    first = roads(("甲路", line((0, 0), (1, 0))))
    frame = drawn(("乙路", line((0, 1), (1, 1))))
    before = frame.copy()
    second = first.add(frame, kind="road")
    assert (len(first), len(second)) == (1, 2)
    assert first.find("乙路").empty
    assert len(second.find("乙路")) == 1
    pd.testing.assert_frame_equal(frame, before)


def test_a_gazetteer_cannot_be_changed() -> None:
    gaz = roads(("甲路", line((0, 0), (1, 0))))
    with pytest.raises(AttributeError):
        gaz.lines = gaz.lines.iloc[:0]  # type: ignore[misc]


def test_what_cannot_be_used_is_counted_by_reason() -> None:
    gaz = roads(
        ("甲路", line((0, 0), (1, 0))),
        ("", line((0, 0), (1, 0))),
        (None, line((0, 0), (1, 0))),
        ("丙路", None),
        ("丁路", LineString()),
        ("戊路", Point(0, 0)),
        ("己路", line((0, 0), (0, 0))),
        ("庚路", Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])),
    )
    assert gaz.lines["name"].tolist() == ["甲路"]
    assert gaz.dropped == {
        "no geometry": 2,
        "neither line nor area": 1,
        "geometry invalid": 2,
        "no name": 2,
    }


def test_third_dimension_is_dropped_and_many_parts_are_taken_apart() -> None:
    two = shapely.MultiLineString([[(0, 0, 5), (1, 0, 6)], [(2, 0, 7), (3, 0, 8)]])
    gaz = roads(("甲路", two))
    assert gaz.lines.geom_type.tolist() == ["LineString", "LineString"]
    assert not gaz.lines.has_z.any()


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ({"highway": ["primary", None], "waterway": [None, "river"]}, ["road", "river"]),
        ({"fclass": ["trunk_link", "track_grade1"]}, ["road", "road"]),
        ({"cls": ["rail", "construction"]}, ["railway", "railway"]),
        ({"cls": ["canal", "primary"]}, ["river", "road"]),
        ({"kind": ["border", "railway"]}, ["border", "railway"]),
    ],
)
def test_kind_is_told_by_columns(columns: dict[str, list[str]], kinds: list[str]) -> None:
    frame = drawn(("甲", line((0, 0), (1, 0))), ("乙", line((0, 1), (1, 1))), **columns)
    assert gazetteer.read().add(frame).lines["kind"].tolist() == kinds


def test_without_such_columns_most_endings_decide_for_all() -> None:
    frame = drawn(*[(name, line((0, 0), (1, 0))) for name in ("文一路", "文二路", "苏堤", "中河")])
    assert set(gazetteer.read().add(frame).lines["kind"]) == {"road"}


def test_a_kind_that_nothing_tells_is_asked_for() -> None:
    frame = drawn(("甲", line((0, 0), (1, 0))))
    with pytest.raises(errors.SchemaError, match="give kind="):
        gazetteer.read().add(frame)


def test_housing_is_no_road() -> None:
    frame = drawn(
        ("翠苑", box(0, 0, 1, 1)), ("西溪", box(2, 0, 3, 1)), fclass=["residential", "river"]
    )
    gaz = gazetteer.read().add(frame)
    assert gaz.lines[["name", "kind", "outline"]].to_numpy().tolist() == [["西溪", "river", True]]
    assert gaz.dropped == {"kind not known": 1}


def test_a_river_in_two_areas_has_no_bank_between_them() -> None:
    frame = drawn(("大河", box(0, 0, 2, 1)), ("大河", box(2, 0, 4, 1)))
    found = gazetteer.read().add(frame, kind="river").find("大河").iloc[0]
    # The outline of 4 km by 1 km, without the cut of 1 km across.
    assert found["outline"]
    assert found["length_m"] == pytest.approx(10_000, rel=1e-3)


def test_the_column_of_shapes_may_have_any_name() -> None:
    frame = drawn(("大河", box(0, 0, 2, 1)), ("小河", line((0, 0), (1, 0))))
    gaz = gazetteer.read().add(frame.rename_geometry("形状"), kind="river")
    assert gaz.lines.active_geometry_name == "geometry"
    assert sorted(gaz.lines["outline"]) == [False, True]


def test_the_source_is_as_said_or_as_the_frame_says_or_null() -> None:
    frame = drawn(("甲区", box(0, 0, 1, 1)), ("乙区", box(1, 0, 2, 1)))
    with_column = frame.assign(source=["旧图", "新图"])
    assert gazetteer.read().add(frame).lines["source"].isna().all()
    assert set(gazetteer.read().add(with_column).lines["source"]) == {"旧图; 新图"}
    assert set(gazetteer.read().add(with_column, source="a").lines["source"]) == {"a"}


def test_a_bare_frame_is_no_gazetteer() -> None:
    with pytest.raises(errors.SchemaError, match=r"without kind, ref, .*read\(\)\.add"):
        Gazetteer(drawn(("甲路", line((0, 0), (1, 0)))))


# --- what is found


def test_an_exact_name_is_one_row_with_its_linework() -> None:
    gaz = roads(("振华路", line((0, 0), (1, 0))), ("振华路", line((1, 0), (3, 0))))
    found = gaz.find("振华路")
    assert tuple(found.columns) == FOUND_COLUMNS
    row = found.iloc[0]
    assert (row["query"], row["kind"], row["score"], row["via"]) == ("振华路", "road", 1.0, "exact")
    assert (row["n_lines"], row["sources"]) == (2, ("map",))
    assert row["length_m"] == pytest.approx(3000, rel=1e-3)
    assert found.geom_type.tolist() == ["MultiLineString"]
    assert found.crs.to_epsg() == 4490


def test_nothing_found_is_an_empty_frame_of_the_same_columns() -> None:
    found = roads(("振华路", line((0, 0), (1, 0)))).find("不存在的河")
    assert found.empty
    assert tuple(found.columns) == FOUND_COLUMNS
    assert found.crs.to_epsg() == 4490
    assert gazetteer.read().find("振华路").empty


@pytest.mark.parametrize(
    ("asked", "written", "score", "via"),
    [
        ("振华路", "振华路", "exact", "exact"),
        ("规划 振 华 路（西段）", "振华路", "exact", "exact"),
        ("绕城高速", "绕城高速 Ràochéng Gāosù", "exact", "exact"),
        ("杭金衢高速", "绕城高速 杭金衢高速", "alias", "alias"),
        ("红旗路", "振谷街（红旗路）", "alias", "alias"),
        ("振谷街(红旗路)", "红旗路", "alias", "alias"),
        ("杭长高速公路", "杭长高速", "variant", "variant"),
        ("沪昆铁路绕行线", "沪昆绕行线", "variant", "variant"),
        ("沪昆铁路", "沪昆线", "variant", "variant"),
        ("杭昌高铁", "杭昌高速线", "variant", "variant"),
        ("塘栖镇环城东路", "环城东路", "variant", "variant"),
        ("德胜快速路", "德胜路", "kin", "variant"),
        ("萍水东路", "萍水东街", "kin", "variant"),
        ("运溪高架", "运溪路", "kin", "variant"),
        ("振华西路", "振华路", "part", "part"),
        ("德胜路", "德胜中路", "part", "part"),
        ("吉鸿路", "吉鸿路支线", "part", "part"),
        ("文二路延伸段", "文二路", "part", "part"),
        ("03省道东复线", "03省道", "part", "part"),
        ("杭甬高速", "沪杭甬高速", "chain", "part"),
        ("杭州绕城高速", "绕城高速", "chain", "part"),
    ],
)
def test_likeness_of_names(asked: str, written: str, score: str, via: str) -> None:
    gaz = roads((written, line((0, 0), (1, 0))))
    assert best(gaz, asked) == (written, SCORES[score], via)


@pytest.mark.parametrize(
    ("asked", "written", "share"),
    [
        ("吴家厍港", "吴家库港", 3 / 4),
        ("天成路", "天城路", 2 / 3),
        ("余杭塘支河", "余杭塘河", 4 / 5),
    ],
)
def test_a_misspelling_scores_by_the_share_that_agrees(
    asked: str, written: str, share: float
) -> None:
    found = best(roads((written, line((0, 0), (1, 0)))), asked)
    assert found == (written, pytest.approx(SCORES["fuzzy"] * share, abs=1e-4), "fuzzy")


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("文一路", "文二路"),
        ("紫荆花南路", "紫荆花北路"),
        ("余杭塘河", "余杭塘路"),
        ("杭徽高速", "杭长高速"),
        ("南路", "北路"),
        ("杭长路", "杭长高速"),
        ("小河", "小河支路"),
    ],
)
def test_two_roads_are_not_taken_for_one(asked: str, written: str) -> None:
    assert roads((written, line((0, 0), (1, 0)))).find(asked).empty


@pytest.mark.parametrize("asked", ["G25", "g2504", "Ｇ２５"])
def test_a_road_is_found_by_each_of_its_numbers(asked: str) -> None:
    gaz = roads(("长深高速", line((0, 0), (1, 0))), ref=["G25; G2504"])
    assert best(gaz, asked)[1:] == (SCORES["ref"], "ref")


def test_an_old_style_number_is_a_number() -> None:
    gaz = roads(("莫干山路", line((0, 0), (1, 0))), ref=["G104"])
    assert best(gaz, "104国道")[1:] == (SCORES["ref"], "ref")


def test_only_the_asked_kind_is_found() -> None:
    gaz = roads(("中河", line((0, 0), (1, 0)))).add(
        drawn(("中河", line((0, 1), (1, 1)))), kind="river"
    )
    assert gaz.find("中河")["kind"].tolist() == ["road", "river"]
    assert gaz.find("中河", kind="river")["kind"].tolist() == ["river"]


def test_best_first_then_longest_and_at_most_so_many() -> None:
    gaz = roads(
        ("德胜中路", line((0, 0), (9, 0))),
        ("德胜路", line((0, 50), (1, 50))),
        ("德胜路", line((0, 0), (2, 0))),
    )
    found = gaz.find("德胜路")
    assert found["name"].tolist() == ["德胜路", "德胜路", "德胜中路"]
    assert found["length_m"].tolist() == pytest.approx([2000, 1000, 9000], rel=1e-3)
    assert len(gaz.find("德胜路", most=1)) == 1


def test_the_same_lines_are_not_repeated_under_another_name() -> None:
    gaz = roads(("杭长高速", line((0, 0), (9, 0))), ref=["S14"])
    both = Gazetteer(gaz.lines, gazetteer.read(aliases={"杭长高速": "S14"}).aliases)
    assert len(both.find("杭长高速")) == 1


# --- places and sources


def test_a_name_far_off_is_another_place() -> None:
    gaz = roads(("云涛路", line((0, 0), (1, 0))), ("云涛路", line((30, 0), (32, 0))))
    found = gaz.find("云涛路")
    assert found["place"].nunique() == 2
    assert found["n_lines"].tolist() == [1, 1]


@pytest.mark.parametrize(("gap_km", "places"), [(1.2, 1), (2.5, 2)])
def test_a_short_road_may_be_interrupted_for_a_kilometre(gap_km: float, places: int) -> None:
    gaz = roads(("甲路", line((0, 0), (1, 0))), ("甲路", line((1 + gap_km, 0), (2 + gap_km, 0))))
    assert len(gaz.find("甲路")) == places


@pytest.mark.parametrize(("gap_km", "places"), [(4.0, 1), (9.0, 2)])
def test_a_long_road_may_be_interrupted_for_longer(gap_km: float, places: int) -> None:
    gaz = roads(("甲路", line((0, 0), (20, 0))), ("甲路", line((20 + gap_km, 0), (30, 0))))
    assert len(gaz.find("甲路")) == places


def test_place_does_not_depend_on_the_query() -> None:
    gaz = roads(("德胜路", line((0, 0), (1, 0))), ("德胜中路", line((1, 0), (2, 0))))
    by_name = {name: gaz.find(name).set_index("name")["place"].to_dict() for name in gaz.lines.name}
    assert by_name["德胜路"] == by_name["德胜中路"]


def test_the_most_complete_source_is_kept_and_the_other_adds_what_it_lacks() -> None:
    gaz = roads(
        ("振华路", line((0, 0), (5, 0))), ("振华路", line((0, 0.03), (5, 0.03))), source="2019"
    ).add(
        drawn(("振华路", line((0, 0.01), (5, 0.01))), ("振华路", line((5, 0.01), (8, 0.01)))),
        kind="road",
        source="2024",
    )
    found = gaz.find("振华路").iloc[0]
    assert found["sources"] == ("2019", "2024")
    assert found["n_lines"] == 4
    # Both carriageways of 5 km from 2019, and the 3 km that only 2024 has.
    assert found["length_m"] == pytest.approx(13_000, rel=1e-3)


def test_variants_of_one_name_are_one_feature() -> None:
    gaz = roads(("杭长高速", line((0, 0), (5, 0))), ("杭长高速公路", line((5, 0), (6, 0))))
    found = gaz.find("杭长高速公路")
    assert found["n_lines"].tolist() == [2]
    assert found["via"].tolist() == ["exact"]


# --- aliases


def test_aliases_hold_in_both_directions_and_are_not_chained() -> None:
    aliases = {"留祥路": ["石祥西路", "留石快速路"]}
    frame = drawn(*[(name, line((0, 0), (1, 0))) for name in ("留祥路", "石祥西路", "留石快速路")])
    gaz = gazetteer.read(aliases=aliases).add(frame, kind="road")
    assert set(gaz.find("留祥路")["name"]) == {"留祥路", "石祥西路", "留石快速路"}
    assert set(gaz.find("石祥西路")["name"]) == {"留祥路", "石祥西路"}
    assert gaz.find("石祥西路")["score"].tolist() == [1.0, SCORES["alias"]]
    assert gaz.find("石祥西路")["via"].tolist() == ["exact", "alias"]


def test_aliases_hold_for_variants_of_a_name() -> None:
    gaz = gazetteer.read(aliases={"绕城高速": "长深高速"}).add(
        drawn(("长深高速", line((0, 0), (1, 0)))), kind="road"
    )
    assert best(gaz, "绕城高速公路") == ("长深高速", SCORES["variant"], "alias")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_aliases_from_a_file(tmp_path: Path, encoding: str) -> None:
    # Excel in China saves CSV in GBK.
    table = tmp_path / "aliases.csv"
    table.write_text("alias,name,note\n留祥路,石祥西路,x\n,,\n", encoding=encoding)
    frame = drawn(("石祥西路", line((0, 0), (1, 0))))
    gaz = gazetteer.read(aliases=table).add(frame, kind="road")
    assert best(gaz, "留祥路") == ("石祥西路", SCORES["alias"], "alias")


def test_the_bundled_table_is_loaded_on_request_only() -> None:
    frame = drawn(("石祥西路", line((0, 0), (1, 0))))
    assert gazetteer.read().add(frame, kind="road").find("留祥快速路").empty
    assert best(gazetteer.read(aliases="hangzhou").add(frame, kind="road"), "留祥快速路") == (
        "石祥西路",
        SCORES["alias"],
        "alias",
    )


def test_an_unknown_alias_table_is_named() -> None:
    with pytest.raises(errors.UnknownNameError, match="neither a file nor one of hangzhou"):
        gazetteer.read(aliases="hangzhuo")


def test_an_alias_table_without_its_columns_says_what_it_has(tmp_path: Path) -> None:
    table = tmp_path / "aliases.csv"
    table.write_text("从,到\n甲,乙\n", encoding="utf-8")
    with pytest.raises(errors.SchemaError, match="alias, name; its columns are 从, 到"):
        gazetteer.read(aliases=table)
    table.write_text("")
    with pytest.raises(errors.SchemaError, match="is no CSV: No columns"):
        gazetteer.read(aliases=table)


# --- messages


def test_suggest_names_the_nearest() -> None:
    gaz = roads(*[(name, line((0, 0), (1, 0))) for name in ("天城路", "天目山路", "石祥路")])
    assert gaz.suggest("天成路", most=1) == ["天城路"]
    assert gaz.suggest("天目路")[0] == "天目山路"
    assert gaz.suggest("鸟语林") == []
    assert len(gaz.suggest("天山路", most=2)) == 2


def test_html_counts_and_escapes() -> None:
    gaz = roads(("甲路", line((0, 0), (1, 0))), (None, line((0, 0), (1, 0))), source="<script>")
    html = gaz._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "no name 1" in html
    assert "Gazetteer" in gazetteer.read()._repr_html_()
    assert repr(gaz) == "<Gazetteer of 1 lines: 1 road>"


# --- what is refused


def test_no_column_of_names_says_which_there_are() -> None:
    frame = drawn(("甲路", line((0, 0), (1, 0)))).rename(columns={"name": "备注"})
    with pytest.raises(
        errors.SchemaError, match="no column of names.*备注, geometry; say columns="
    ):
        gazetteer.read().add(frame, kind="road")
    gaz = gazetteer.read().add(frame, kind="road", columns={"name": "备注"})
    assert len(gaz.find("甲路")) == 1


@pytest.mark.parametrize("called", ["名称", "路名", "道路名称", "河流名称", "NAME", "Name"])
def test_the_only_column_that_is_called_as_names_are_is_taken(called: str) -> None:
    frame = drawn(("甲路", line((0, 0), (1, 0)))).rename(columns={"name": called})
    gaz = gazetteer.read().add(frame, kind="road")
    assert len(gaz.find("甲路")) == 1
    # A column "name" comes first, although the other holds names too.
    both = gazetteer.read().add(frame.assign(name="乙路"), kind="road")
    assert both.lines["name"].tolist() == ["乙路"]
    # What the user says comes before all.
    said = gazetteer.read().add(frame.assign(old="丙路"), kind="road", columns={"name": "old"})
    assert said.lines["name"].tolist() == ["丙路"]


def test_of_several_columns_of_names_none_is_guessed() -> None:
    frame = drawn(("甲路", line((0, 0), (1, 0)))).rename(columns={"name": "路名"})
    frame["名称"] = "乙路"
    with pytest.raises(
        errors.SchemaError, match="no column 'name', and 2 like it; .*路名.*名称.*;"
    ):
        gazetteer.read().add(frame, kind="road")
    gaz = gazetteer.read().add(frame, kind="road", columns={"ref": "名称"})
    assert gaz.lines[["name", "ref"]].to_numpy().tolist() == [["甲路", "乙路"]]


def test_a_named_column_that_is_not_there() -> None:
    frame = drawn(("甲路", line((0, 0), (1, 0))))
    with pytest.raises(errors.SchemaError, match="no column '路名'; its columns are name"):
        gazetteer.read().add(frame, kind="road", columns={"name": "路名"})


def test_no_crs() -> None:
    frame = gpd.GeoDataFrame({"name": ["甲路"]}, geometry=[line((120, 30), (121, 30))])
    with pytest.raises(errors.MissingCRSError):
        gazetteer.read().add(frame, kind="road")


def test_points_are_no_lines() -> None:
    with pytest.raises(errors.GeometryError, match="'Point'; a gazetteer needs LineStrings"):
        gazetteer.read().add(drawn(("甲路", Point(0, 0))), kind="road")


def test_a_frame_without_geometry() -> None:
    with pytest.raises(errors.SchemaError, match="a gazetteer needs lines"):
        gazetteer.read().add(pd.DataFrame({"name": ["甲路"]}), kind="road")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["street", ""])
def test_an_unknown_kind(kind: str) -> None:
    gaz = roads(("甲路", line((0, 0), (1, 0))))
    with pytest.raises(errors.SchemaError, match="not one of road, river, railway, border"):
        gaz.find("甲路", kind=kind)
    with pytest.raises(errors.SchemaError, match="not one of road, river, railway, border"):
        gaz.add(gaz.lines, kind=kind)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"roads\.parquet"):
        gazetteer.read(tmp_path / "roads.parquet")


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "roads.parquet"
    drawn(("甲路", line((0, 0), (1, 0)))).iloc[:0].to_parquet(path)
    with pytest.raises(errors.SchemaError, match=r"roads\.parquet has no rows"):
        gazetteer.read(path)


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "geojson"])
def test_files_name_their_source(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"town.{suffix}"
    frame = drawn(("甲路", line((0, 0), (1, 0))), fclass=["primary"])
    frame.to_parquet(path) if suffix == "parquet" else frame.to_crs(4326).to_file(path)
    found = gazetteer.read(path).find("甲路").iloc[0]
    assert found["sources"] == ("town",)
    assert found["length_m"] == pytest.approx(1000, rel=1e-3)


# --- hostile names

HOSTILE = [
    "",
    " ",
    "（）",
    "((((",
    "'; DROP TABLE lines; --",
    '<script>alert("路")</script>',
    "(a+)+$",
    ".*[路]{1,9}\\",
    "路" * 10_000,
    "规划" * 5_000,
    "(" * 10_000 + "路",
    "一 a" * 3_000,
    "\x00\ud800路",
    "🏞️路",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_names(name: str) -> None:
    gaz = roads(("振华路", line((0, 0), (1, 0))), aliases=[None])
    assert isinstance(gaz.find(name), gpd.GeoDataFrame)
    assert isinstance(gaz.suggest(name), list)


def test_hostile_names_can_be_in_the_gazetteer() -> None:
    names = [name for name in HOSTILE if name.strip() and "\ud800" not in name]
    gaz = roads(*[(name, line((0, 0), (1, 0))) for name in names])
    assert len(gaz) == len(names)
    for name in names:
        known = gazetteer.normalise(name) != ""
        assert (len(gaz.find(name, most=1)) == 1) is known


# --- traditional characters


@pytest.mark.parametrize(
    ("drawn_as", "asked", "via"),
    [
        ("秋涛北路", "秋濤北路", "exact"),
        ("機場路", "机场路", "exact"),
        ("德勝快速路", "德胜路", "variant"),
        ("杭長高速", "杭长高速公路", "variant"),
        ("紅旗路", "紅旗路辅路", "part"),
    ],
)
def test_traditional_and_simplified_names_meet(drawn_as: str, asked: str, via: str) -> None:
    name, score, how = best(roads((drawn_as, line((0, 0), (1, 0)))), asked)
    assert (name, how) == (drawn_as, via)  # the name stays as the source writes it
    assert score >= SCORES["part"]


@pytest.mark.parametrize(
    ("name", "kind"), [("縱貫鐵路線", "railway"), ("大灣溝塘", "river"), ("餘杭縣", "border")]
)
def test_kinds_are_told_from_traditional_endings(name: str, kind: str) -> None:
    frame = drawn((name, line((0, 0), (1, 0))))
    assert gazetteer.read().add(frame, source="map").lines["kind"].tolist() == [kind]


@pytest.mark.parametrize("name", [None, 7, b"x", ["文一路"]])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    gaz = roads(("文一路", line((0, 0), (1, 0))))
    for ask in (gaz.find, gaz.suggest, gazetteer.normalise):
        with pytest.raises(errors.SchemaError, match="no text"):
            ask(name)  # type: ignore[operator]


@pytest.mark.parametrize("aliases", [7, ["文一路"], {"文一路": 7}, {"文一路": None}, {7: "文一路"}])
def test_aliases_of_another_type_are_refused(aliases: object) -> None:
    with pytest.raises(errors.SchemaError, match="aliases|no text"):
        gazetteer.read(aliases=aliases)  # type: ignore[arg-type]

"""Facts of the standards: GB/T 21010-2017, TD/T 1055-2019, 自然资发〔2023〕234号, GB 50137-2011."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parkgeo import landuse
from parkgeo.errors import SchemaError, UnknownNameError

# Systems


@pytest.mark.parametrize(
    ("system", "code", "name"),
    [
        ("gbt21010", "0601", "工业用地"),
        ("gbt21010", "0602", "采矿用地"),
        ("gbt21010", "0603", "盐田"),
        ("gbt21010", "0604", "仓储用地"),
        ("third_survey", "0508", "物流仓储用地"),
        ("third_survey", "05H1", "商业服务业设施用地"),
        ("third_survey", "1104A", "养殖坑塘"),
        ("land_sea_use", "1001", "工业用地"),
        ("land_sea_use", "100101", "一类工业用地"),
        ("land_sea_use", "100103", "三类工业用地"),
        ("land_sea_use", "1002", "采矿用地"),
        ("land_sea_use", "1003", "盐田"),
        ("land_sea_use", "110102", "二类物流仓储用地"),
        ("land_sea_use", "1102", "储备库用地"),
        ("land_sea_use", "0601", "农村道路"),
        ("land_sea_use", "0204", "油料园地"),  # new in 2023
        ("gb50137", "M3", "三类工业用地"),
        ("gb50137", "W1", "一类物流仓储用地"),
        ("gb50137", "A35", "科研用地"),
        ("gb50137", "H5", "采矿用地"),
    ],
)
def test_a_code_has_the_name_of_its_standard(system: str, code: str, name: str) -> None:
    assert landuse.classes(system).loc[code, "name"] == name


def test_gbt21010_has_12_first_and_73_second_level_classes() -> None:
    assert landuse.classes("gbt21010")["level"].value_counts().to_dict() == {1: 12, 2: 73}


def test_the_third_survey_has_13_first_and_55_second_level_classes() -> None:
    levels = landuse.classes("third_survey")["level"].value_counts()
    assert (levels[1], levels[2]) == (13, 55)


def test_gb50137_has_8_35_and_42_urban_and_2_9_and_14_other_classes() -> None:
    table = landuse.classes("gb50137")
    rural = table.index.str[0].isin(["H", "E"])
    assert table[~rural]["level"].value_counts().sort_index().tolist() == [8, 35, 42]
    assert table[rural]["level"].value_counts().sort_index().tolist() == [2, 9, 14]


@pytest.mark.parametrize("system", landuse.SYSTEMS)
def test_codes_are_unique_and_every_parent_is_a_class_one_level_up(system: str) -> None:
    table = landuse.classes(system)
    assert table.index.is_unique
    assert table[["name", "name_en"]].ne("").all(axis=None)
    below = table[table["parent"].notna()]
    assert (table.loc[below["parent"], "level"].to_numpy() + 1 == below["level"]).all()
    assert landuse.sources().loc[system, "classes"] == len(table)


def test_wetland_holds_codes_of_other_first_digits_in_the_third_survey() -> None:
    parents = landuse.classes("third_survey")["parent"]
    wetland = {"0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108"}
    assert set(parents[parents == "00"].index) == wetland
    by_digits = landuse.classes("gbt21010")["parent"].dropna()
    assert (by_digits == by_digits.index.str[:2]).all()


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("GB/T 21010-2017", "gbt21010"),
        ("gb/t21010-2017", "gbt21010"),
        ("三调", "third_survey"),
        ("用地用海分类", "land_sea_use"),
        ("GB 50137", "gb50137"),
        ("OpenStreetMap", "osm"),
    ],
)
def test_a_system_goes_by_its_other_names(name: str, system: str) -> None:
    pd.testing.assert_frame_equal(landuse.classes(name), landuse.classes(system))


def test_an_unknown_system_names_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'thrid_survey'.*did you mean 'third_survey'"):
        landuse.classes("thrid_survey")


def test_what_a_caller_does_to_a_table_stays_with_the_caller() -> None:
    table = landuse.classes("gb50137")
    table.loc["M", "name"] = "?"
    assert landuse.classes("gb50137").loc["M", "name"] == "工业用地"


# Codes as they are typed


@pytest.mark.parametrize(
    "typed",
    [
        "0601",
        601,
        601.0,
        np.int64(601),
        "601",
        "601.0",
        "0601 ",
        "\u3000０６０１",
        "'0601",
        "\ufeff0601",
    ],
)
def test_0601_is_read_however_it_was_saved(typed: object) -> None:
    codes = pd.Series([typed], dtype=object)
    assert landuse.normalise(codes).tolist() == ["0601"]
    assert landuse.normalise(codes, system="gbt21010").tolist() == ["0601"]


@pytest.mark.parametrize(
    ("typed", "system", "code"),
    [
        (6, "gbt21010", "06"),
        (10, "gbt21010", "10"),
        (0, "third_survey", "00"),
        ("05h1", "三调", "05H1"),
        ("1104k", "三调", "1104K"),
        (70101, "land_sea_use", "070101"),
        (100101.0, "land_sea_use", "100101"),
        ("ｍ１", "gb50137", "M1"),
        ("M 1", "gb50137", "M1"),
        ("industrial", "osm", "landuse=industrial"),
        ("Works", "osm", "man_made=works"),
        ("landuse = industrial", "osm", "landuse=industrial"),
    ],
)
def test_codes_are_read_in_their_system(typed: object, system: str, code: str) -> None:
    assert landuse.normalise(pd.Series([typed]), system=system).tolist() == [code]


@pytest.mark.parametrize(
    "typed", ["O601", "061", 601.5, "0601/0602", "-601", "六", True, float("inf"), "6.01e2"]
)
def test_what_is_no_code_stays_and_is_unknown(typed: object) -> None:
    codes = pd.Series([typed], dtype=object)
    assert landuse.check(codes, system="gbt21010")["status"].tolist() == ["unknown"]
    assert landuse.matches(codes, "06", system="gbt21010").isna().all()
    assert not landuse.normalise(codes, system="gbt21010").isna().any()


@pytest.mark.parametrize("system", ["gbt21010", "third_survey", "land_sea_use"])
def test_a_whole_table_comes_back_from_a_spreadsheet(system: str) -> None:
    codes = pd.Series(landuse.classes(system).index)
    codes = codes[codes.str.isdecimal()]
    saved = codes.astype(float)
    assert landuse.normalise(saved, system=system).tolist() == codes.tolist()
    again = landuse.normalise(landuse.normalise(saved))
    assert again.tolist() == codes.tolist()


def test_three_digits_of_an_older_table_are_left_and_reported() -> None:
    # 101 is railway in GB/T 21010-2007, or 0101 paddy without its zero; 201 is 城市 or 0201.
    alone = pd.Series([101, 201, 601])
    assert landuse.normalise(alone, system="gbt21010").tolist() == ["101", "201", "0601"]
    report = landuse.check(alone, system="gbt21010").set_index("code")
    assert report["status"].to_dict() == {101: "unknown", 201: "unknown", 601: "known"}
    assert report.loc[101, "suggestion"] == "0101"


def test_a_code_of_four_digits_beside_them_says_that_zeros_were_lost() -> None:
    column = pd.Series([101, 201, 1001])
    assert landuse.normalise(column, system="gbt21010").tolist() == ["0101", "0201", "1001"]
    # 9999 is nobody's code and proves nothing.
    junk = pd.Series([101, 9999])
    assert landuse.normalise(junk, system="gbt21010").tolist() == ["101", "9999"]


def test_nulls_stay_null_and_the_index_and_the_input_stay() -> None:
    codes = pd.Series([601.0, None, 602.0], index=["b", "a", "b"], name="DLBM")
    before = codes.copy()
    read = landuse.normalise(codes)
    assert read.index.tolist() == ["b", "a", "b"]
    assert read.name == "DLBM"
    assert read.isna().tolist() == [False, True, False]
    pd.testing.assert_series_equal(codes, before)


@pytest.mark.parametrize("dtype", ["str", "string", "category", object])
def test_any_type_of_column_is_read(dtype: str) -> None:
    codes = pd.Series(["0601", None, "0701", " "]).astype(dtype)
    found = landuse.matches(codes, "industry", system="gbt21010")
    assert found.tolist() == [True, pd.NA, False, pd.NA]
    assert str(found.dtype) == "boolean"


# Check


def test_every_row_is_counted_once() -> None:
    codes = pd.Series(["0601", "0601", "工业用地", "0601工业用地", None, " ", 601, "XX"])
    report = landuse.check(codes, system="gbt21010")
    assert report["count"].sum() == len(codes)
    assert report.loc[report["status"] == "null", "count"].tolist() == [2]
    told = report.set_index("code")["suggestion"]
    assert told["工业用地"] == "0601"
    assert told["0601工业用地"] == "0601"
    assert told[601] == "0601"
    assert told["0601"] == ""
    assert told["XX"] == ""


def test_an_empty_column_has_an_empty_report() -> None:
    empty = pd.Series([], dtype=object)
    assert landuse.check(empty, system="osm").empty
    assert landuse.matches(empty, "industry", system="osm").empty
    assert landuse.normalise(empty).empty
    assert landuse.detect_system(empty)["share"].isna().all()
    assert landuse.crosswalk(empty, source="osm", target="三调").empty


@pytest.mark.parametrize("codes", [["0601"], "0601", pd.DataFrame({"code": ["0601"]})])
def test_a_column_is_asked_for(codes: object) -> None:
    with pytest.raises(SchemaError, match=r"found (list|str|DataFrame); give one column"):
        landuse.check(codes, system="gbt21010")


def test_lists_in_a_column_are_refused() -> None:
    with pytest.raises(SchemaError, match="text or numbers"):
        landuse.normalise(pd.Series([["0601"], ["0602"]]))


# Matches


@pytest.mark.parametrize(
    ("wanted", "system", "codes", "inside"),
    [
        ("06", "gbt21010", ["0601", "0604", "06", "0701"], [True, True, True, False]),
        ("06", "third_survey", ["0601", "0602", "0603", "0508"], [True, True, False, False]),
        ("00", "third_survey", ["0603", "1108", "0601"], [True, True, False]),
        ("1001", "land_sea_use", ["1001", "100102", "1002", "10"], [True, True, False, False]),
        ("1104", "third_survey", ["1104K", "1104A", "1107A"], [True, True, False]),
        ("M", "gb50137", ["M", "M1", "W1"], [True, True, False]),
        (["M", "W"], "gb50137", ["M3", "W1", "B11"], [True, True, False]),
        ("landuse=industrial", "osm", ["industrial", "warehouse", "works"], [True, True, False]),
    ],
)
def test_a_class_takes_what_lies_in_it(
    wanted: str, system: str, codes: list[str], inside: list[bool]
) -> None:
    assert landuse.matches(pd.Series(codes), wanted, system=system).tolist() == inside


@pytest.mark.parametrize("system", landuse.SYSTEMS)
def test_industry_lies_in_industry_mining_and_storage(system: str) -> None:
    codes = pd.Series(landuse.classes(system).index)
    narrow = landuse.matches(codes, "industry", system=system)
    wide = landuse.matches(codes, "industry_mining_storage", system=system)
    assert narrow.any()
    assert wide[narrow].all()
    assert wide.sum() > narrow.sum()
    assert landuse.INDUSTRIAL["industry"][system].source
    for chinese, found in (("工业用地", narrow), ("工矿仓储用地", wide)):
        assert landuse.matches(codes, chinese, system=system).equals(found)


def test_the_groups_of_two_systems_are_the_same_land() -> None:
    """Industry, mining and storage of the third survey is class 06 of GB/T 21010."""
    group = pd.Series(landuse.INDUSTRIAL["industry_mining_storage"]["third_survey"].codes)
    over = landuse.crosswalk(group, source="third_survey", target="gbt21010")
    assert set(over["relation"]) == {"exact"}
    assert set(over["target_code"]) == {"0601", "0602", "0603", "0604"}


def test_an_unknown_class_is_told_apart_from_a_no() -> None:
    codes = pd.Series(["0601", "0701", "XX", None])
    found = landuse.matches(codes, "industry", system="gbt21010")
    assert found.isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("industri", "'industry'"),
        ("采矿用地", "'0602'"),
        ("工业", "工业用地"),
        ("0605", "did you mean"),
        ("M1", "class"),
    ],
)
def test_an_unknown_wanted_class_gets_a_hint(wanted: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=f"no class or group '{wanted}'.*{hint}"):
        landuse.matches(pd.Series(["0601"]), wanted, system="gbt21010")


def test_nothing_wanted_is_refused() -> None:
    with pytest.raises(SchemaError, match="no class is wanted"):
        landuse.matches(pd.Series(["0601"]), [], system="gbt21010")


# Detection


@pytest.mark.parametrize(
    ("codes", "system"),
    [
        (["0601", "0508", "05H1", "0701"], "third_survey"),
        (["0601", "0604", "0501", "0903"], "gbt21010"),
        (["1001", "100101", "1401", "070102"], "land_sea_use"),
        (["M1", "W2", "R2", "G1"], "gb50137"),
        (["industrial", "residential", "works"], "osm"),
    ],
)
def test_the_system_is_told_by_its_codes(codes: list[str], system: str) -> None:
    ranked = landuse.detect_system(pd.Series([*codes, None]))
    assert ranked.index[0] == system
    assert ranked["share"].iloc[0] == 1.0
    assert not ranked["tied"].iloc[0]
    assert ranked["share"].between(0, 1).all()


def test_codes_of_several_systems_do_not_decide() -> None:
    """0601 is a factory in two systems and a rural road in a third."""
    ranked = landuse.detect_system(pd.Series(["0601"] * 5))
    tied = ranked[ranked["tied"]]
    assert set(tied.index) == {"gbt21010", "third_survey", "land_sea_use"}
    assert (tied["known"] == 5).all()
    assert (tied["own"] == 0).all()


@pytest.mark.shared
def test_the_land_use_layer_of_a_common_download_is_known(shared_data: Path) -> None:
    """Geofabrik writes bare values: industrial for landuse=industrial."""
    layer = pd.read_parquet(
        shared_data / "osm" / "hangzhou_landuse_2019.parquet", columns=["fclass"]
    )
    report = landuse.check(layer["fclass"], system="osm")
    assert set(report["status"]) == {"known"}
    assert landuse.matches(layer["fclass"], "industry", system="osm").sum() == 540
    assert landuse.detect_system(layer["fclass"]).index[0] == "osm"

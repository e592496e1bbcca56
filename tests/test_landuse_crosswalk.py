"""What a class of one standard is in another; facts from the standards' definitions."""

from itertools import permutations

import pandas as pd
import pytest

from parkgeo import landuse

PAIRS = list(permutations(landuse.SYSTEMS, 2))


def relations(code: str, source: str, target: str) -> dict[str, str]:
    table = landuse.crosswalk(pd.Series([code]), source=source, target=target)
    assert (table["code"] == code).all()
    return dict(zip(table["target_code"], table["relation"], strict=True))


@pytest.mark.parametrize(
    ("code", "source", "target", "expected"),
    [
        ("0601", "gbt21010", "third_survey", {"0601": "exact"}),
        ("0601", "third_survey", "land_sea_use", {"1001": "exact"}),
        ("0508", "third_survey", "gbt21010", {"0604": "exact"}),
        ("0508", "third_survey", "land_sea_use", {"11": "exact"}),
        ("M", "gb50137", "land_sea_use", {"1001": "exact"}),
        ("M1", "gb50137", "third_survey", {"0601": "narrower"}),
        ("100101", "land_sea_use", "gb50137", {"M": "narrower"}),
        ("0602", "gbt21010", "gb50137", {"H5": "narrower"}),
        ("H5", "gb50137", "gbt21010", {"0602": "split", "0603": "split"}),
        ("0501", "gbt21010", "third_survey", {"05H1": "narrower"}),
        ("05", "gbt21010", "third_survey", {"05H1": "exact"}),
        ("08H1", "third_survey", "gbt21010", {"0801": "split", "0802": "split"}),
        ("0603", "third_survey", "land_sea_use", {"1003": "exact"}),
        ("1006", "third_survey", "land_sea_use", {"0601": "exact"}),
        ("landuse=industrial", "osm", "gbt21010", {"0601": "split", "0604": "split"}),
        ("man_made=works", "osm", "land_sea_use", {"1001": "narrower"}),
    ],
)
def test_where_a_class_goes(code: str, source: str, target: str, expected: dict[str, str]) -> None:
    assert relations(code, source, target) == expected


def test_a_first_level_class_goes_where_its_parts_go() -> None:
    assert set(relations("06", "gbt21010", "third_survey")) == {"0601", "0602", "0603", "0508"}
    assert set(relations("06", "gbt21010", "land_sea_use")) == {"1001", "1002", "1003", "11"}


@pytest.mark.parametrize("code", ["16", "18", "1901", "24"])
def test_the_sea_and_reserved_land_have_no_counterpart(code: str) -> None:
    table = landuse.crosswalk(pd.Series([code]), source="land_sea_use", target="gbt21010")
    assert table["relation"].tolist() == ["none"]
    assert table["target_code"].isna().all()
    assert table["note"].ne("").all()


def test_unknown_codes_are_rows_and_nulls_are_not() -> None:
    codes = pd.Series([601, None, "0601", "XX"])
    table = landuse.crosswalk(codes, source="gbt21010", target="三调")
    assert table["code"].tolist() == ["0601", "XX"]
    assert table["relation"].tolist() == ["exact", "none"]
    assert table["note"].tolist() == ["", "not a code of gbt21010"]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_code_has_its_rows_and_every_target_is_a_class(source: str, target: str) -> None:
    codes = pd.Series(landuse.classes(source).index)
    table = landuse.crosswalk(codes, source=source, target=target)
    assert table["code"].unique().tolist() == codes.tolist()
    assert not table.duplicated(["code", "target_code"]).any()
    assert table["target_code"].dropna().isin(landuse.classes(target).index).all()
    assert table["target_code"].isna().eq(table["relation"] == "none").all()
    rows = table.groupby("code")["relation"]
    # Where there are several counterparts, none of them is the whole.
    assert set(table[rows.transform("size") > 1]["relation"]) <= {"split"}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_exact_holds_both_ways(source: str, target: str) -> None:
    def exact(here: str, there: str) -> pd.DataFrame:
        codes = pd.Series(landuse.classes(here).index)
        table = landuse.crosswalk(codes, source=here, target=there)
        return table[table["relation"] == "exact"]

    there = exact(source, target)
    back = exact(target, source)
    assert set(zip(there["code"], there["target_code"], strict=True)) == set(
        zip(back["target_code"], back["code"], strict=True)
    )


@pytest.mark.parametrize("system", landuse.SYSTEMS)
def test_a_system_is_itself(system: str) -> None:
    codes = pd.Series(landuse.classes(system).index)
    table = landuse.crosswalk(codes, source=system, target=system)
    assert (table["code"] == table["target_code"]).all()
    assert (table["relation"] == "exact").all()


@pytest.mark.parametrize(
    ("source", "target"), [("third_survey", "gbt21010"), ("gb50137", "land_sea_use")]
)
def test_industry_stays_industry_on_the_way(source: str, target: str) -> None:
    codes = pd.Series(landuse.classes(source).index)
    table = landuse.crosswalk(codes, source=source, target=target)
    sure = table[table["relation"].isin(["exact", "narrower"])]
    here = landuse.matches(sure["code"], "industry", system=source)
    there = landuse.matches(sure["target_code"], "industry", system=target)
    assert (here == there).all()

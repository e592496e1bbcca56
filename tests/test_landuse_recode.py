"""A list of one's own, brought to a system by a table."""

import pandas as pd
import pytest

from parkgeo import landuse
from parkgeo.errors import SchemaError, UnknownNameError

OWN = pd.DataFrame(
    {
        "code": ["M0", "M1", "07", "W", "Z"],
        "target_code": ["1001", "100101", "11", "10", None],
        "relation": ["narrower", "exact", "broader", "split", "none"],
        "note": ["innovative industry", None, None, "storage within works", None],
    },
)


def test_a_target_is_given_only_where_the_code_alone_says_it() -> None:
    codes = pd.Series(["M0", "m1 ", 7, "W", "Z", "M9", None], index=list("abcdefg"))
    found = landuse.recode(codes, OWN, target="用地用海")
    assert found.index.tolist() == list("abcdefg")
    assert found["code"].tolist()[:6] == ["M0", "M1", "07", "W", "Z", "M9"]
    assert found["target_code"].tolist()[:2] == ["1001", "100101"]
    assert found["target_code"].isna().tolist() == [False] * 2 + [True] * 5
    relations = ["narrower", "exact", "broader", "split", "none", "unknown"]
    assert found["relation"].tolist()[:6] == relations
    assert found.loc["g"].isna().all()
    assert found.loc["d", "note"] == "storage within works"
    assert found.loc["f", "note"] == "not in the table"


def test_a_table_of_two_columns_is_exact_where_a_code_has_one_row() -> None:
    table = pd.DataFrame({"code": ["1", "2", "2"], "target_code": ["1001", "1001", "11"]})
    found = landuse.recode(pd.Series([1.0, 2.0]), table, target="land_sea_use")
    assert found["relation"].tolist() == ["exact", "split"]
    assert found["note"].tolist() == ["", "one of 1001, 11"]


@pytest.mark.parametrize(
    ("source", "target"), [("gbt21010", "三调"), ("gb50137", "用地用海"), ("osm", "gbt21010")]
)
def test_a_crosswalk_is_applied_as_far_as_it_is_sure(source: str, target: str) -> None:
    codes = pd.Series(landuse.classes(source).index)
    table = landuse.crosswalk(codes, source=source, target=target)
    found = landuse.recode(codes, table, target=target).set_index("code")["target_code"].dropna()
    sure = table[table["relation"].isin(["exact", "narrower"])].set_index("code")["target_code"]
    assert found.to_dict() == sure.to_dict()


def test_targets_lose_their_zero_in_a_spreadsheet_too() -> None:
    table = pd.DataFrame({"code": ["甲"], "target_code": [601.0]})
    assert landuse.recode(pd.Series(["甲"]), table, target="三调")["target_code"].item() == "0601"


def test_a_code_keeps_the_zero_that_the_table_has_and_gets_none_that_it_has_not() -> None:
    table = pd.DataFrame({"code": ["7", "07", "008"], "target_code": ["01", "02", "03"]})
    codes = pd.Series(["7", "07", "08", "8"])
    found = landuse.recode(codes, table, target="gbt21010")
    assert found["target_code"].tolist()[:3] == ["01", "02", "03"]
    assert found["relation"].tolist()[3] == "unknown"


def test_no_rows_give_no_rows_and_nothing_given_is_changed() -> None:
    before = OWN.copy()
    assert landuse.recode(pd.Series([], dtype=object), OWN, target="用地用海").empty
    pd.testing.assert_frame_equal(OWN, before)


def test_names_of_index_labels_may_stand_twice() -> None:
    codes = pd.Series(["M0", "M1"], index=["a", "a"], name="DL")
    assert landuse.recode(codes, OWN, target="用地用海")["target_code"].tolist() == [
        "1001",
        "100101",
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (["M0"], "table is list; give a frame"),
        (pd.DataFrame({"code": ["M0"]}), "no column target_code; its columns are code"),
        (pd.DataFrame({"code": [None], "target_code": ["1001"]}), "rows 0 have no code"),
        (
            pd.DataFrame({"code": ["M0"], "target_code": ["1001"], "relation": ["equal"]}),
            "unknown relations 'equal'; use exact",
        ),
    ],
)
def test_a_table_that_does_not_say_enough_is_refused(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        landuse.recode(pd.Series(["M0"]), table, target="用地用海")


def test_a_target_that_is_no_class_is_refused() -> None:
    table = pd.DataFrame({"code": ["M0"], "target_code": ["10011"]})
    with pytest.raises(UnknownNameError, match=r"'10011' are no codes of land_sea_use; did you"):
        landuse.recode(pd.Series(["M0"]), table, target="用地用海")

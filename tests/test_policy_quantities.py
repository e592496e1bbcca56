import numpy as np
import pandas as pd
import pytest

from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.policy._quantities import in_units

FIRMS = pd.DataFrame(
    {"tax": [1.5, None, 300.0], "tax_unit": ["亿元", None, "万元"], "land": [15.0, 30.0, 1500.0]},
    index=["a", "b", "c"],
)


def test_each_row_may_have_its_own_unit() -> None:
    found = in_units(FIRMS, {"tax": "万元", "land": "km2"}, units={"land": "亩"}, what="firms")
    # 1 亿 = 10^4 万; 1 500 mu = 1 km².
    np.testing.assert_allclose(found["tax"], [15_000.0, np.nan, 300.0], rtol=1e-15)
    np.testing.assert_allclose(found["land"], [0.01, 0.02, 1.0], rtol=1e-15)
    assert found.index.tolist() == ["a", "b", "c"]


def test_a_declared_unit_stands_for_all_rows() -> None:
    found = in_units(FIRMS, {"tax": "元"}, units={"tax": "元"}, what="firms")
    assert found["tax"].dropna().tolist() == [1.5, 300.0]


def test_the_frame_given_stays_as_it_was() -> None:
    before = FIRMS.copy(deep=True)
    in_units(FIRMS, {"tax": "万元"}, units={}, what="firms")
    pd.testing.assert_frame_equal(FIRMS, before)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1", "many", 3], r"'many', no finite number, in rows 1"),
        ([1.0, np.inf, 3.0], r"no finite number, in rows 1"),
        ([1.0, -2.0, -3.0], r"below zero in rows 1, 2"),
        ([True, False, True], r"yes and no.*rows 0, 1, 2"),
        ([1.0, True, "3"], r"yes and no.*rows 1"),
        (["1,000", "2", "3"], r"'1,000', no finite number, in rows 0"),
    ],
)
def test_rows_that_hold_no_quantity_are_named(values: list[object], said: str) -> None:
    frame = pd.DataFrame({"tax": values})
    with pytest.raises(SchemaError, match=said):
        in_units(frame, {"tax": "万元"}, units={"tax": "万元"}, what="firms")


def test_what_is_not_declared_is_not_guessed() -> None:
    frame = pd.DataFrame({"tax": [1.0, 2.0]})
    with pytest.raises(SchemaError, match="no unit is declared for 'tax'"):
        in_units(frame, {"tax": "万元"}, units={}, what="firms")
    with pytest.raises(SchemaError, match="tax_unit is empty in rows 1"):
        in_units(frame.assign(tax_unit=["元", None]), {"tax": "万元"}, units={}, what="firms")
    with pytest.raises(UnknownNameError, match=r"tax_unit, rows 1: unknown unit 'USD'"):
        in_units(frame.assign(tax_unit=["元", "USD"]), {"tax": "万元"}, units={}, what="firms")
    with pytest.raises(SchemaError, match="firms: tax: '亩' measures area and"):
        in_units(frame, {"tax": "万元"}, units={"tax": "亩"}, what="firms")


def test_columns_that_are_missing_or_doubled_are_named() -> None:
    with pytest.raises(SchemaError, match=r"firms has no column 'vat'; found tax"):
        in_units(FIRMS, {"vat": "万元"}, units={}, what="firms")
    with pytest.raises(SchemaError, match=r"several columns named 'tax'"):
        in_units(
            pd.DataFrame([[1, 2]], columns=["tax", "tax"]), {"tax": "万元"}, units={}, what="firms"
        )
    with pytest.raises(SchemaError, match="units names 'vat', which firms does not have"):
        in_units(FIRMS, {"tax": "万元"}, units={"vat": "万元"}, what="firms")

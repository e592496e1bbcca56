import numpy as np
import pandas as pd
import pytest

from parkgeo import units
from parkgeo.errors import SchemaError, UnknownNameError


def test_a_square_kilometre_is_1500_mu() -> None:
    assert units.km2_to_mu(1.0) == 1500.0
    assert units.to_m2(1500.0, "亩") == pytest.approx(1e6, rel=1e-15)


@pytest.mark.parametrize(
    ("value", "unit", "m2"),
    [
        (1.0, "公顷", 1e4),
        (1.0, "km²", 1e6),
        (15.0, "mu", 1e4),
        (2.0, "万平方米", 2e4),
        (6900.0, "亩", 4.6e6),
    ],
)
def test_to_m2(value: float, unit: str, m2: float) -> None:
    assert units.to_m2(value, unit) == pytest.approx(m2, rel=1e-15)
    assert units.m2_to(m2, unit) == pytest.approx(value, rel=1e-15)


def test_arrays_and_series_stay_what_they_are() -> None:
    assert np.array_equal(units.km2_to_mu(np.array([1.0, 2.0])), [1500.0, 3000.0])
    series = pd.Series([3000.0], index=["x"])
    assert units.mu_to_km2(series).to_dict() == {"x": 2.0}


def test_an_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown unit of area 'acre'.*公顷"):
        units.to_m2(1.0, "acre")


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        # 9.16 = 1.87 + 4.06 + 1.17 + 2.06 hundred million; one 亿 is 10^4 万.
        (9.16, "亿元", "万元", 91_600.0),
        (1.0, "万亿元", "亿元", 10_000.0),
        (40.0, "万元/亩", "元/m2", 40 * 1e4 * 15 / 1e4),
        (1.0, "亿元/平方公里", "万元/亩", 1e4 / 1500),
        (136.16, "万元/亩", "万元/公顷", 136.16 * 15),
        (3.0, "万吨标准煤", "tce", 30_000.0),
        (2.694, "万元/吨标煤", "元/tce", 26_940.0),
        (3.8, "%", "ratio", 0.038),
        (1.2, "万家", "家", 12_000.0),
        (18.14, "万元/人", "元/人", 181_400.0),
        (10.0, "万元/人/年", "元/年/人", 100_000.0),
    ],
)
def test_convert(value: float, unit: str, to: str, expected: float) -> None:
    assert units.convert(value, unit, to) == pytest.approx(expected, rel=1e-15)
    assert units.convert(expected, to, unit) == pytest.approx(value, rel=1e-15)


def test_what_measures_different_things_is_not_converted() -> None:
    with pytest.raises(SchemaError, match="'万元/亩' measures money per area and"):
        units.convert(1.0, "万元/亩", "万元")
    with pytest.raises(UnknownNameError, match="unknown unit '美元'"):
        units.convert(1.0, "美元", "万元")

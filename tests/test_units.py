import numpy as np
import pandas as pd
import pytest

from parkgeo import units
from parkgeo.errors import UnknownNameError


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

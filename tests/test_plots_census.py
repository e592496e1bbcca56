"""The bars of a land census: their lengths, words and glyphs."""

import geopandas as gpd
import pytest
from matplotlib.axes import Axes
from shapely import box
from strategies import on_ground

from parkgeo import _style, census, plots
from parkgeo.errors import MissingExtraError, SchemaError, UnknownNameError
from parkgeo.plots import _writer

needs_chinese = pytest.mark.skipif(
    _style.chinese_font() is None, reason="no installed font has Chinese glyphs"
)
pytestmark = pytest.mark.usefixtures("agg")


@pytest.fixture
def found() -> census.Census:
    """Two parcels of 1 km² in x, one in $y$; A has all of the first and half of the second."""
    shapes = [box(0, 0, 1000, 1000), box(2000, 0, 3000, 1000), box(9000, 0, 10000, 1000)]
    land = gpd.GeoDataFrame(
        {"use": ["工业", "闲置", None], "status": "在用", "district": ["x", "x", "$y$"]},
        geometry=on_ground(shapes),
        crs="EPSG:4490",
    )
    parks = gpd.GeoDataFrame({"brand_id": ["A"]}, geometry=on_ground([box(0, 0, 2500, 1000)]))
    return census.tabulate(land, parks)


def bars(axes: Axes) -> dict[tuple[str, str], float]:
    names = [label.get_text() for label in axes.get_yticklabels()]
    return {
        (names[round(bar.get_y() + bar.get_height() / 2)], group.get_label()): bar.get_width()
        for group in axes.containers
        for bar in group
        if bar.get_width() > 0
    }


def test_bars_are_as_long_as_the_land(found: census.Census) -> None:
    axes = plots.census_bars(found, language="en")
    expected = {("x", "industry"): 1.0, ("x", "idle"): 1.0, ("$y$", "unknown"): 1.0}
    assert bars(axes) == pytest.approx(expected, rel=1e-9)
    assert axes.get_title(loc="left") == "Land census"
    assert axes.get_xlabel() == "km²"
    axes.figure.draw_without_rendering()


def test_platforms_and_what_lies_outside(found: census.Census) -> None:
    axes = plots.census_bars(found, rows="platform", values="area_mu", language="en", title="")
    assert bars(axes) == pytest.approx(
        {
            ("A", "industry"): 1500, ("A", "idle"): 750,
            ("inside any", "industry"): 1500, ("inside any", "idle"): 750,
            ("outside", "idle"): 750, ("outside", "unknown"): 1500,
        },
        rel=1e-9,
    )  # fmt: skip


@needs_chinese
def test_in_chinese_without_being_asked(found: census.Census) -> None:
    axes = plots.census_bars(found, rows="platform")
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["A", "平台内合计", "平台外"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "按工业功能使用", "闲置", "不明",
    ]  # fmt: skip
    axes.figure.draw_without_rendering()


def test_without_a_chinese_font(found: census.Census, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_writer, "chinese_font", lambda: None)
    with pytest.warns(UserWarning, match="in English"):
        assert plots.census_bars(found).get_xlabel() == "km²"
    with pytest.raises(MissingExtraError):
        plots.census_bars(found, language="zh")


def test_refused(found: census.Census) -> None:
    with pytest.raises(UnknownNameError, match="usage"):
        plots.census_bars(found, columns="usage")
    with pytest.raises(UnknownNameError, match="fr"):
        plots.census_bars(found, language="fr")
    many = gpd.GeoDataFrame(
        {"use": "工业", "status": "在用", "district": [f"d{i}" for i in range(41)]},
        geometry=on_ground([box(0, 0, 9, 9)] * 41),
        crs="EPSG:4490",
    )
    with pytest.raises(SchemaError, match="41 bars"):
        plots.census_bars(census.tabulate(many), language="en")


def test_nothing_to_draw() -> None:
    empty = gpd.GeoDataFrame(
        {"use": [], "status": [], "district": []}, geometry=gpd.GeoSeries([], crs=4490)
    )
    axes = plots.census_bars(census.tabulate(empty), language="en")
    assert not axes.patches
    axes.figure.draw_without_rendering()

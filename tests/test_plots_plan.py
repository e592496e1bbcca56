"""The figure of a frontier: what is drawn, and in which language."""

import geopandas as gpd
import numpy as np
import pytest
from matplotlib.path import Path
from matplotlib.text import Text
from shapely import box
from strategies import on_ground

from parkgeo import _style, concentration, plots
from parkgeo.concentration import Plan
from parkgeo.errors import SchemaError, UnknownNameError

needs_chinese = pytest.mark.skipif(
    _style.chinese_font() is None, reason="no installed font has Chinese glyphs"
)
pytestmark = pytest.mark.usefixtures("agg")


@pytest.fixture
def plan() -> Plan:
    """75 mu inside and 15, 30 and 60 outside, at 2 each for a mu."""
    shapes = [
        box(0, 0, 50, 1000),
        *(box(4000 + 9e3 * i, 0, 4100 + 9e3 * i, 100 * 2**i) for i in range(3)),
    ]
    land = gpd.GeoDataFrame(geometry=on_ground(shapes), crs="EPSG:4490")
    zone = gpd.GeoDataFrame(
        {"brand_id": ["z"]}, geometry=on_ground([box(0, 0, 1000, 1000)]), crs="EPSG:4490"
    )
    return concentration.plan(land, zone, target=0.6, costs={"convert_per_mu": 2.0})


def test_points_are_those_of_the_frontier(plan: Plan) -> None:
    curve = plan.frontier([0.5, 0.6, 0.8, 1.0])
    axes = plots.plan_frontier(plan, frontier=curve, language="en")
    points = next(line for line in axes.lines if line.get_marker() == "o")
    assert np.allclose(points.get_xdata(), curve["ratio"])
    assert np.allclose(points.get_ydata(), curve["cost"])
    axes.figure.draw_without_rendering()
    texts = [text.get_text() for text in axes.texts]
    assert any(text.startswith("Plan: ") for text in texts)
    assert "Target 60.0 %" in texts
    assert axes.get_title(loc="left") == "What every share costs at least"


def test_out_of_reach_is_not_drawn(plan: Plan) -> None:
    """Nothing is left at 100 % but what is inside; the figure goes to the highest share."""
    axes = plots.plan_frontier(plan, language="en", title="")
    assert axes.get_title(loc="left") == ""
    step = axes.lines[0]
    assert np.isfinite(step.get_ydata()).all()
    assert (np.diff(step.get_ydata()) >= 0).all()


@pytest.mark.parametrize("targets", [[0.5, 0.7, 1.0], [0.3, 0.61]])
def test_the_plan_lies_on_the_curve_and_its_name_on_the_axes(
    plan: Plan, targets: list[float]
) -> None:
    axes = plots.plan_frontier(plan, frontier=plan.frontier(targets), language="en")
    step = axes.lines[0]
    points = zip(step.get_xdata(), step.get_ydata(), strict=True)
    assert (plan.after["ratio"], plan.cost) in list(points)
    axes.figure.draw_without_rendering()
    below = axes.get_window_extent().y0
    assert all(text.get_window_extent().y0 >= below for text in axes.texts)


@pytest.mark.parametrize("target", [0.45, 0.5, 0.8])
def test_the_name_of_the_plan_stands_clear_of_the_curve(target: float) -> None:
    """Thirty parcels of the land outside, so that the curve rises from the first step on."""
    shapes = [
        box(0, 0, 100, 1000),
        *(box(4000 + 900 * i, 0, 4100 + 900 * i, 50) for i in range(30)),
    ]
    land = gpd.GeoDataFrame(geometry=on_ground(shapes), crs="EPSG:4490")
    zone = gpd.GeoDataFrame(
        {"brand_id": ["z"]}, geometry=on_ground([box(0, 0, 1000, 1000)]), crs="EPSG:4490"
    )
    found = concentration.plan(land, zone, target=target, costs={"convert_per_mu": 2.0})
    axes = plots.plan_frontier(found, language="en")
    axes.figure.draw_without_rendering()
    name = next(text for text in axes.texts if text.get_text().startswith("Plan: "))
    extent = Text.get_window_extent(name)  # without the line to the plan
    ratio, cost = axes.lines[0].get_data()
    corners = np.column_stack([np.repeat(ratio, 2)[:-1], np.repeat(cost, 2)[1:]])
    assert not Path(axes.transData.transform(corners)).intersects_bbox(extent, filled=False)


@needs_chinese
def test_chinese(plan: Plan) -> None:
    axes = plots.plan_frontier(plan, language="zh")
    assert axes.get_xlabel() == "开发区内占比"
    assert axes.get_ylabel() == "最低成本（万元）"


def test_what_is_wrong_is_told(plan: Plan) -> None:
    with pytest.raises(SchemaError, match="lacks cost"):
        plots.plan_frontier(plan, frontier=plan.frontier([0.5]).drop(columns="cost"))
    with pytest.raises(UnknownNameError, match="unknown language"):
        plots.plan_frontier(plan, language="fr")  # type: ignore[arg-type]

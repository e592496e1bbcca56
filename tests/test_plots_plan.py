"""The figure of a frontier: what is drawn, and in which language."""

from collections.abc import Iterator

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from shapely import box
from strategies import on_ground

from parkgeo import _style, concentration, plots
from parkgeo.concentration import Plan
from parkgeo.errors import SchemaError, UnknownNameError

needs_chinese = pytest.mark.skipif(
    _style.chinese_font() is None, reason="no installed font has Chinese glyphs"
)


@pytest.fixture(autouse=True)
def agg() -> Iterator[None]:
    """Draw without a display, and leave no figure open."""
    before = mpl.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


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

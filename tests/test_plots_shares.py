"""Gauges, bars, radar charts and curves: that what is drawn and said is what was measured."""

import itertools

import numpy as np
import pandas as pd
import pytest
from drawn import frame, land_around, two_zones
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, Wedge
from shapely import Point
from written import clashes, joined, texts_of

from parkgeo import agglomeration, concentration, plots
from parkgeo.errors import SchemaError

pytestmark = pytest.mark.usefixtures("agg")


def share(
    ratio: float, *, low: float = np.nan, high: float = np.nan, target: float = 0.7
) -> pd.DataFrame:
    """Make a result for 100 km² of land."""
    return pd.DataFrame(
        {"total": [100.0], "inside": [100 * ratio], "ratio": [ratio], "ratio_low": [low],
         "ratio_high": [high], "target": [target], "gap": [100 * (target - ratio)]},
    )  # fmt: skip


def said(drawn: Axes | Figure) -> str:
    return "\n".join(joined(text) for text in texts_of(drawn))


# The gauge


def test_ring_is_filled_as_far_as_the_share_goes() -> None:
    axes = plots.concentration_gauge(share(0.6), language="en")
    whole, filled = (patch for patch in axes.patches if isinstance(patch, Wedge))
    assert (whole.theta1, whole.theta2) == (0, 180)
    assert filled.theta2 - filled.theta1 == pytest.approx(0.6 * 180)


def test_target_is_marked_at_its_angle() -> None:
    axes = plots.concentration_gauge(share(0.6), language="en")
    (mark,) = axes.lines
    x, y = mark.get_xdata()[-1], mark.get_ydata()[-1]
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(180 * 0.3)


def test_line_outside_spans_the_interval() -> None:
    axes = plots.concentration_gauge(share(0.6, low=0.5, high=0.65), language="en")
    arc = max(axes.lines, key=lambda line: len(line.get_xdata()))
    angles = np.degrees(np.arctan2(arc.get_ydata(), arc.get_xdata()))
    assert (angles.max(), angles.min()) == pytest.approx((90, 63))
    assert "50.0–65.0 % within the error of boundaries" in said(axes)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (share(0.6), "15,000 mu short of the target"),  # 10 km² of 1500 mu
        (share(0.8), "target met, 15,000 mu beyond it"),
        (share(0.7), "target met, 0.0 mu beyond it"),
        (share(0.69, low=0.6, high=0.75), "1,500 mu short of the target (within the error"),
        (share(0.6, low=0.5, high=0.65), "15,000 mu short of the target"),
    ],
)
def test_gap_is_said_in_words(result: pd.DataFrame, words: str) -> None:
    assert words in said(plots.concentration_gauge(result, language="en"))


def test_gap_of_what_is_no_land_has_its_own_unit() -> None:
    result = share(0.6)
    result.attrs["unit"] = "output"
    text = said(plots.concentration_gauge(result, language="en"))
    assert "10.0 output short of the target" in text
    assert "mu" not in text


def test_nothing_counted_is_said_and_not_drawn() -> None:
    result = share(np.nan)
    axes = plots.concentration_gauge(result, language="en")
    assert len(axes.patches) == 1
    assert "nothing was counted" in said(axes)
    assert "%" not in said(axes).replace("100 %", "").replace("Target 70.0 %", "")


@pytest.mark.parametrize("ratio", [0.0, 0.03, 0.5, 0.695, 0.7, 0.98, 1.0])
@pytest.mark.parametrize("target", [0.05, 0.5, 0.7, 0.95, 1.0])
def test_texts_of_a_gauge_keep_apart(ratio: float, target: float) -> None:
    found = share(ratio, low=max(0, ratio - 0.02), high=min(1, ratio + 0.02), target=target)
    assert clashes(plots.concentration_gauge(found, language="en")) == []


def test_gauge_of_a_measured_ratio() -> None:
    # 0.505 of 0.855 km² lie inside; at 70 % that is 0.0935 km² or 140.25 mu short.
    found = concentration.ratio(land_around(), two_zones())
    text = said(plots.concentration_gauge(found, language="en"))
    assert "59.1 %" in text
    assert "140 mu short" in text
    assert "accuracy of boundaries unknown" in text


def test_gauge_of_several_rows_is_refused() -> None:
    with pytest.raises(SchemaError, match="2 rows"):
        plots.concentration_gauge(pd.concat([share(0.6), share(0.7)]))
    for wrong in (1.2, -0.1, np.inf):
        with pytest.raises(SchemaError, match="between 0 and 1, and does not in rows 0"):
            plots.concentration_gauge(share(0.6).assign(ratio=wrong))
    with pytest.raises(SchemaError, match="numbers only"):
        plots.concentration_gauge(share(0.6).assign(ratio="much"))
    with pytest.raises(SchemaError, match="lacks ratio, gap"):
        plots.concentration_gauge(share(0.6).drop(columns=["ratio", "gap"]))


# Bars


def districts() -> pd.DataFrame:
    unsure = share(0.72, low=0.6, high=0.8)
    rows = pd.concat([share(0.5), share(0.9), share(np.nan), unsure])
    return rows.set_axis(["north", "south", "west", "east"])


def bars(axes: Axes) -> dict[str, float]:
    """Return the length of each bar by its name, the pale ones behind left out."""
    names = [text.get_text() for text in axes.get_yticklabels()]
    drawn = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    lengths = [round(float(bar.get_width()), 6) for bar in drawn[len(names) :]]
    return dict(zip(names, lengths, strict=True))


def test_bars_are_sorted_and_groups_without_land_come_last() -> None:
    axes = plots.concentration_bars(districts(), language="en")
    assert list(bars(axes).items()) == [("south", 0.9), ("east", 0.72), ("north", 0.5), ("west", 0)]
    text = said(axes)
    assert "72.0 %  target met, 3,000 mu beyond it (within the error" in text
    assert "50.0 %  30,000 mu short of the target" in text
    assert "2 of 3 groups have reached the target" in text
    assert text.count("nothing was counted") == 1
    assert text.count("Target 70.0 %") == 1


def test_bars_that_have_reached_the_target_have_another_colour() -> None:
    axes = plots.concentration_bars(districts(), language="en")
    drawn = [patch for patch in axes.patches if isinstance(patch, Rectangle)][4:]
    colors = [bar.get_facecolor() for bar in drawn]
    assert colors[0] == colors[1] != colors[2]


def test_row_for_all_comes_first_and_null_labels_are_said() -> None:
    land = land_around().assign(district=[*"aabbc", None])
    found = concentration.ratio(land, two_zones().assign(accuracy_m=20.0), by="district")
    axes = plots.concentration_bars(found, labels={"a": "Yuhang"}, language="en")
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["All together", "Yuhang", "not stated", "b", "c"]
    assert bars(axes)["All together"] == pytest.approx(0.505 / 0.855, abs=1e-6)


def test_shares_of_brands_have_no_target() -> None:
    found = concentration.ratio(land_around(), two_zones(), by="brand_id")
    axes = plots.concentration_bars(found, labels=two_zones(), language="en")
    assert "groups have reached" not in said(axes)
    assert list(bars(axes)) == ["All together", "west", "east"]


def test_no_group_at_all_is_an_empty_figure() -> None:
    assert bars(plots.concentration_bars(share(0.5).iloc[:0], language="en")) == {}


def test_forty_groups_are_drawn_and_no_more() -> None:
    many = pd.concat([share(i / 50) for i in range(40)]).set_axis([f"g{i}" for i in range(40)])
    assert clashes(plots.concentration_bars(many, language="en")) == []
    with pytest.raises(SchemaError, match="41 bars"):
        plots.concentration_bars(pd.concat([many, share(0.5)]))


# Radar


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        [[0.5, 1.0, 0.25, 0.75], [0.5, np.nan, 0.5, 0.0]],
        index=["north", "south"],
        columns=["land", "tax", "research", "green"],
    )


def webs(axes: Axes) -> dict[str, np.ndarray]:
    """Return the corners of the lines of a panel by their colour; grid lines share one."""
    return {str(line.get_color()): line.get_xydata() for line in axes.lines}


def test_corners_lie_on_their_spokes_at_their_values() -> None:
    panel = plots.radar(scores(), language="en").axes[1]
    corners = webs(panel)["#332288"]
    # Up, right, down, left, and up again.
    expected = [[0, 0.5], [1, 0], [0, -0.25], [-0.75, 0], [0, 0.5]]
    assert corners == pytest.approx(np.array(expected), abs=1e-12)


def test_unknown_value_is_a_gap_and_never_nought() -> None:
    figure = plots.radar(scores(), language="en")
    corners = webs(figure.axes[2])["#332288"]
    assert np.isnan(corners[1]).all()
    # Ground between spokes: four triangles where all is known, two beside the gap.
    assert [len(panel.patches) for panel in figure.axes[1:]] == [4, 2]
    assert "No value: south (tax)" in said(figure)
    assert said(figure).count("taxno value") == 1


def test_known_nought_is_drawn() -> None:
    corners = webs(plots.radar(scores(), language="en").axes[2])["#332288"]
    assert corners[3] == pytest.approx([0, 0], abs=1e-12)


def test_values_have_their_own_scales() -> None:
    table = scores() * [1, 20, 100, 4]
    maximum = {"land": 1, "tax": 20.0, "research": 100, "green": 4}
    figure = plots.radar(table, maximum=maximum, target={"tax": 10}, language="en")
    assert webs(figure.axes[1])["#332288"] == pytest.approx(
        webs(plots.radar(scores(), language="en").axes[1])["#332288"], abs=1e-12
    )
    aim = webs(figure.axes[1])["#C8374B"]
    assert aim[1] == pytest.approx([0.5, 0], abs=1e-12)
    assert np.isnan(aim[[0, 2, 3]]).all()
    assert "tax20.0" in said(figure)
    assert "research25" in said(figure)
    assert "outermost ring: the maximum of each indicator" in said(figure)


def test_changes_stand_beside_the_values() -> None:
    before = pd.DataFrame({"tax": [0.6, 0.1], "land": [0.5, 0.502]}, index=["north", "south"])
    figure = plots.radar(scores(), previous=before, language="en")
    text = said(figure)
    assert "tax1.00 (+0.40)" in text
    assert text.count("land0.50 (±0)") == 2
    assert "research0.25\n" in f"{text}\n"  # nothing to compare with
    outline = webs(figure.axes[1])["#9AA5AE"]
    assert outline[:2] == pytest.approx(np.array([[0, 0.5], [0.6, 0]]), abs=1e-12)
    assert np.isnan(outline[2:4]).all()


def test_zones_may_lie_on_each_other() -> None:
    figure = plots.radar(scores(), overlay=True, target=0.7, language="en")
    assert len(figure.axes) == 2
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["north", "south", "target"]
    marks = {line.get_marker() for line in figure.axes[1].lines} - {"None"}
    assert len(marks) == 2  # told apart without colour too


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("zones", "indicators"), [(1, 12), (4, 8), (12, 5), (2, 3)])
def test_labels_keep_apart(zones: int, indicators: int, language: str) -> None:
    rng = np.random.default_rng(4)
    names = [f"Industrial land concentration No. {i}" for i in range(indicators)]
    labels = {name: (f"第{i}项工业用地集中度与产出（万元）", name) for i, name in enumerate(names)}
    table = pd.DataFrame(
        rng.uniform(0, 100, (zones, indicators)),
        index=[f"Development Zone of the City No. {i}" for i in range(zones)],
        columns=names,
    )
    before = table * rng.uniform(0.5, 1, table.shape)
    figure = plots.radar(
        table, maximum=100, previous=before, target=70, labels=labels, language=language
    )  # type: ignore[call-overload]
    assert clashes(figure) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"maximum": 0.8}, "scores must lie between 0 and the maximum, and do not for 'tax'"),
        ({"target": 1.2}, "target must lie"),
        ({"target": -0.1}, "target must lie"),
        ({"maximum": 0}, "above 0"),
        ({"maximum": {"land": 1}}, "no maximum for 'tax', 'research', 'green'"),
        ({"target": [0.1, 0.2, 0.3, 0.4]}, "target must be a number, or a mapping"),
        ({"labels": ["a", "b"]}, "labels must be a mapping or a frame with brand_id, not list"),
        ({"overlay": True, "previous": scores()}, "overlay=False"),
        ({"previous": scores().set_axis(["x", "y"])}, "previous has no value"),
        ({"previous": pd.concat([scores(), scores()])}, "twice in previous"),
    ],
)
def test_options_that_make_no_chart_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        plots.radar(scores(), **change)


def test_tables_that_make_no_chart_are_refused() -> None:
    with pytest.raises(SchemaError, match="3 to 12 indicators, not 2"):
        plots.radar(scores()[["land", "tax"]])
    with pytest.raises(SchemaError, match="not 13"):
        plots.radar(pd.DataFrame(np.zeros((13, 3))))
    with pytest.raises(SchemaError, match="laid on each other, not 5"):
        plots.radar(pd.DataFrame(np.zeros((5, 3))), overlay=True)
    with pytest.raises(SchemaError, match="numbers only"):
        plots.radar(scores().astype(object).replace(0.25, "much"))
    with pytest.raises(SchemaError, match="row occurs twice"):
        plots.radar(pd.concat([scores(), scores()]))
    with pytest.raises(SchemaError, match="must lie between"):
        plots.radar(scores().replace(1.0, np.inf))


# Curves by distance


def marked(axes: Axes, label: str) -> list[tuple[float, float]]:
    """Return from where to where distances are marked on the axis, in metres."""
    strips = [one for one in axes.collections if one.get_label() == label]
    bounds = [path.get_extents() for one in strips for path in one.get_paths()]
    return [(float(one.x0), float(one.x1)) for one in bounds]


def test_distances_beyond_the_bands_are_marked() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 1500, (80, 2))
    corners[:20] = rng.normal(700, 40, (20, 2))
    points = frame([Point(*xy) for xy in corners], of=["a"] * 20 + ["b"] * 60)
    found = agglomeration.duranton_overman(
        points, industry="of", reference="a", r=np.arange(0, 1501, 100.0), simulations=99, seed=1
    )
    axes = found.plot(language="en")
    beyond = found.table.loc[found.table["localisation"] > 0, "r_m"]
    strips = marked(axes, "localised beyond chance")
    assert len(beyond) > 0
    # Each distance is in a strip, and no other.
    for r in found.table["r_m"]:
        inside = any(low < r < high for low, high in strips)
        assert inside == (r in set(beyond))
    assert "localised beyond chance" in said(axes)
    assert "dispersed beyond chance" not in said(axes)
    assert all(two[0] >= one[1] - 1e-9 for one, two in itertools.pairwise(strips))


def test_marks_stand_where_the_table_says_so_and_nowhere_else() -> None:
    for seed in range(4):
        corners = np.random.default_rng(seed).uniform(0, 1500, (60, 2))
        points = frame([Point(*xy) for xy in corners], of=["a", "b"] * 30)
        found = agglomeration.duranton_overman(
            points, industry="of", reference="a", r=np.arange(0, 1501, 100.0),
            simulations=99, seed=1,
        )  # fmt: skip
        axes = found.plot(language="en")
        for column, label in (("localisation", "localised"), ("dispersion", "dispersed")):
            beyond = int((found.table[column] > 0).sum())
            assert len(marked(axes, f"{label} beyond chance")) == beyond

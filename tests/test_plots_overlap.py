"""Figures of overlaps and of a consolidation: that what is drawn is what is on the ground."""

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from shapely import Polygon, box
from shapely.affinity import translate
from written import clashes, joined, texts_of

from parkgeo import datasets, overlap, plots
from parkgeo.errors import CRSMismatchError, GeometryError, ParkgeoError, SchemaError

pytestmark = pytest.mark.usefixtures("agg")


def three_brands() -> gpd.GeoDataFrame:
    """Draw a, 4 km²; b, 4 km², of which 1 km² on a; c, half a km² of it on nothing else."""
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(5000, 0, 6000, 500)]
    return frame(shapes, brand_id=["a", "b", "c"], accuracy_m=5.0)


def panels(figure: Figure) -> dict[str, Axes]:
    return {str(axes.get_label()): axes for axes in figure.axes}


def heights(figure: Figure) -> list[float]:
    return [float(bar.get_height()) for bar in panels(figure)["columns"].patches]


def widths(figure: Figure) -> list[float]:
    return [float(bar.get_width()) for bar in panels(figure)["sets"].patches]


def said(drawn: Axes | Figure) -> str:
    return "\n".join(joined(text) for text in texts_of(drawn))


# UpSet


def test_columns_are_faces_and_rows_are_brands() -> None:
    figure = plots.upset(three_brands(), language="en")
    # Only a 3, only b 3, only c 0.5, and a with b 1 km².
    assert heights(figure) == pytest.approx([3, 3, 1, 0.5], rel=1e-9)
    assert widths(figure) == pytest.approx([4, 4, 0.5], rel=1e-9)
    assert "Brands added up 8.50 km² (12,750 mu)" in said(figure)
    assert "net area, nothing counted twice 7.50 km² (11,250 mu)" in said(figure)


def test_dots_stand_in_the_rows_of_the_members() -> None:
    matrix = panels(plots.upset(three_brands(), language="en"))["matrix"]
    lines = [tuple(map(float, line.get_ydata())) for line in matrix.lines]
    assert sorted(lines) == [(0, 0), (0, 1), (1, 1), (2, 2)]


def test_faces_give_the_same_figure_as_blocks() -> None:
    faces = overlap.partition(three_brands())
    assert heights(plots.upset(faces, language="en")) == pytest.approx(
        heights(plots.upset(three_brands(), language="en")), rel=1e-9
    )


def test_columns_add_up_to_the_net_area() -> None:
    squares = [translate(box(0, 0, 900, 900), i % 6 * 600, i // 6 * 600) for i in range(40)]
    parks = frame(squares, brand_id=[f"brand {i:02d}" for i in range(40)])
    figure = plots.upset(parks, max_columns=1000, language="en")
    net_km2 = overlap.net_area_km2(parks)
    assert sum(heights(figure)) == pytest.approx(net_km2, rel=1e-9)
    assert len(widths(figure)) == 21
    # The last row holds the union of the brands that are not named: here, of those that no larger
    # one keeps out; all are of one size, so the first twenty by name are.
    rest = parks.iloc[20:]
    assert widths(figure)[-1] == pytest.approx(overlap.net_area_km2(rest), rel=1e-9)
    assert "20 more brands (net area)" in said(figure)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forty_brands_can_be_read_and_what_is_left_out_is_said(language: str) -> None:
    squares = [translate(box(0, 0, 900, 900), i % 6 * 600, i // 6 * 600) for i in range(40)]
    parks = frame(
        squares,
        brand_id=[f"b{i}" for i in range(40)],
        brand_en=[f"Demonstration Park of High Technology No. {i}" for i in range(40)],
    )
    figure = plots.upset(parks, min_members=2, max_columns=10, language=language)  # type: ignore[arg-type]
    assert clashes(figure) == []
    assert max(figure.get_size_inches()) < 14
    if language == "en":
        faces = overlap.partition(parks, geometry=False)
        shared_km2 = faces.loc[faces["n_members"] >= 2, "area_km2"].sum()
        left_out_km2 = shared_km2 - sum(heights(figure))
        assert f"together {left_out_km2:.2f} km²" in said(figure)
        assert "Ground of 2 brands or more" in said(figure)


def test_small_combinations_are_left_out_on_demand() -> None:
    figure = plots.upset(three_brands(), min_area_km2=0.9, language="en")
    assert heights(figure) == pytest.approx([3, 3, 1], rel=1e-9)
    assert "Not drawn: 1 smaller combinations, together 0.50 km² (750 mu)" in said(figure)


def test_rows_may_be_of_another_column() -> None:
    parks = three_brands().assign(level=["national", "national", "district"])
    figure = plots.upset(parks, by="level", labels={"national": "National"}, language="en")
    assert heights(figure) == pytest.approx([7, 0.5], rel=1e-9)
    assert "National" in said(figure)


def test_brands_without_an_extent_are_named() -> None:
    parks = three_brands()
    parks.loc[2, "geometry"] = None
    figure = plots.upset(parks, language="en")
    assert "No extent: c" in said(figure)
    assert widths(figure) == pytest.approx([4, 4], rel=1e-9)


def test_no_overlap_and_no_brand_are_drawn_too() -> None:
    assert heights(plots.upset(three_brands(), min_members=3, language="en")) == []
    nobody = pd.DataFrame({"members": [], "area_km2": []})
    assert "Brands added up 0.00 km²" in said(plots.upset(nobody, language="en"))


def test_frames_that_are_neither_blocks_nor_faces_are_refused() -> None:
    with pytest.raises(SchemaError, match="found a, b"):
        plots.upset(pd.DataFrame({"a": [1], "b": [2]}))
    with pytest.raises(SchemaError, match="1 or more"):
        plots.upset(three_brands(), max_sets=0)
    with pytest.raises(GeometryError):
        plots.upset(three_brands().set_geometry(three_brands().representative_point()))
    with pytest.raises(ParkgeoError, match="level"):
        plots.upset(three_brands(), by="level")


# Before and after


def after() -> gpd.GeoDataFrame:
    """Draw a without its eastern half; b with it, and 1 km² more; c gone; and d new, 1 km²."""
    shapes = [
        box(0, 0, 1000, 2000),
        Polygon([(1000, 0), (2000, 0), (2000, 1000), (3500, 1000), (3500, 3000), (1000, 3000)]),
        box(9000, 0, 10_000, 1000),
    ]
    return frame(shapes, brand_id=["a", "b", "d"], accuracy_m=5.0)


def parts(axes: Axes) -> dict[str, list[float]]:
    """Return the width of each part of the bars, by its words in the legend."""
    return {
        str(bars.get_label()): [round(float(bar.get_width()), 6) for bar in bars.patches]
        for bars in axes.containers
    }


def test_bars_are_what_was_kept_gained_and_lost() -> None:
    axes = plots.before_after(overlap.compare(three_brands(), after()), language="en")
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["b", "a", "d", "c"]  # the largest of either state first
    found = parts(axes)
    # b keeps its 4 km², receives 1 km² of a's alone, and 1 km² from outside.
    assert found["Kept"] == [4, 2, 0, 0]
    assert found["Gained from other brands"] == [1, 0, 0, 0]
    assert found["Gained, of no brand before"] == [1, 0, 1, 0]
    assert found["Lost to other brands"] == [0, -2, 0, 0]
    assert found["Lost, of no brand now"] == [0, 0, 0, -0.5]


def test_bars_say_areas_and_changes() -> None:
    axes = plots.before_after(overlap.compare(three_brands(), after()), language="en")
    text = said(axes)
    assert "4.00 → 6.00 km² (+50.0 %)" in text
    assert "4.00 → 2.00 km² (−50.0 %)" in text
    assert "0 → 1.00 km² (new)" in text
    assert "0.500 → 0 km² (no more)" in text
    # 4 + 4 − 1 + 0.5 before; 2 + 6 + 1 after, where nothing lies on another.
    assert "nothing counted twice: 7.50 → 9.00 km² (+20.0 %)" in text
    assert "brands added up: 8.50 → 9.00 km² (+5.9 %)" in text


def test_too_many_brands_and_other_tables_are_refused() -> None:
    with pytest.raises(SchemaError, match=r"overlap\.compare"):
        plots.before_after(pd.DataFrame({"before": [()]}))
    many = pd.DataFrame(
        {"before": [(f"b{i}",) for i in range(41)], "after": [()] * 41, "area_km2": 1.0}
    )
    with pytest.raises(SchemaError, match="41 brands"):
        plots.before_after(many)


def outlines(axes: Axes) -> dict[tuple[float, ...], float]:
    """Return the area of each extent on a map in km², by the colour of its line."""
    found = {}
    for patch in axes.patches:
        if type(patch) is PathPatch and not patch.get_hatch():
            x, y = patch.get_path().vertices.T
            area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2e6
            found[mpl.colors.to_rgba(patch.get_edgecolor())] = round(float(area), 2)
    return found


def test_both_states_have_one_scale_and_one_colour_for_a_brand() -> None:
    figure = plots.before_after_map(three_brands(), after(), language="en")
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylim() == right.get_ylim()
    was, now = outlines(left), outlines(right)
    assert sorted(was.values()) == [0.5, 4, 4]
    assert sorted(now.values()) == [1, 2, 6]
    both = sorted((was[color], now[color]) for color in was if color in now)
    assert both == [(4, 2), (4, 6)]
    text = said(figure)
    assert "a4.00 → 2.00 km² (−50.0 %)" in text
    assert "c0.500 → 0 km² (no more)" in text
    assert text.count("Net area, nothing counted twice") == 2


def test_states_are_called_as_the_caller_says() -> None:
    figure = plots.before_after_map(
        three_brands(), after(), labels=("with $area$", "without"), language="en"
    )
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["with $area$", "without"]
    assert "Before" not in said(figure).replace("Before and after", "")
    figure.canvas.draw()
    for wrong in ("2019", ["2019"], ["1", "2", "3"]):
        with pytest.raises(SchemaError, match="labels must be two texts"):
            plots.before_after_map(three_brands(), after(), labels=wrong)


def test_states_may_be_in_different_crs_and_empty() -> None:
    moved = after().to_crs("EPSG:4549")
    figure = plots.before_after_map(three_brands(), moved, language="en")
    assert sorted(outlines(figure.axes[1]).values()) == [1, 2, 6]
    nothing = plots.before_after_map(three_brands(), after().iloc[:0], language="en")
    assert outlines(nothing.axes[1]) == {}
    assert texts_of(plots.before_after_map(after().iloc[:0], after().iloc[:0], language="en"))


def test_a_state_that_does_not_say_where_it_lies_is_refused_by_name() -> None:
    with pytest.raises(ParkgeoError, match="^after"):
        plots.before_after_map(three_brands(), after().set_crs(None, allow_override=True))
    wrong = after().set_crs("EPSG:4549", allow_override=True)
    with pytest.raises(CRSMismatchError):
        plots.before_after_map(three_brands(), wrong)


def test_colours_of_an_upset_are_those_of_the_map() -> None:
    parks = three_brands()
    extents = set(outlines(plots.overlap_map(parks, language="en")))
    bars = panels(plots.upset(parks, language="en"))["sets"].patches
    colours = {tuple(map(float, bar.get_facecolor())) for bar in bars}
    assert colours == {tuple(float(part) for part in one) for one in extents}


def test_names_find_their_place_where_borders_run_along_each_other() -> None:
    """What is left of the city without the park is polygons and a line, as GEOS 3.13 has it."""
    parks = datasets.hangzhou()
    park, city = "zijingang-hi-tech-park-south", "zijingang-sci-tech-city"
    platform = parks.geometry["zijingang-digital-platform"]
    parks.loc[park, "geometry"] = parks.geometry[park].union(platform)
    parks.loc[city, "geometry"] = parks.geometry[city].difference(parks.geometry[park])
    assert "Zijingang Sci-Tech City" in said(plots.overlap_map(parks, language="en"))


@pytest.mark.parametrize("shape", [box(0, 0, 300, 20_000), box(0, 0, 20_000, 300)])
def test_strips_leave_room_for_the_scale_bar(shape: Polygon) -> None:
    axes = plots.overlap_map(frame([shape], brand_id=["strip"]), language="en")
    assert clashes(axes) == []
    assert (
        clashes(plots.before_after_map(*[frame([shape], brand_id=["strip"])] * 2, language="en"))
        == []
    )


def test_brands_that_the_legend_has_no_room_for_are_counted() -> None:
    shapes = [box(2000 * i, 0, 2000 * i + 500 + 10 * i, 1000) for i in range(15)]
    parks = frame(shapes, brand_id=[f"park {i}" for i in range(15)])
    text = said(plots.before_after_map(parks, parks, language="en"))
    assert "and 3 more brands" in text
    assert "park 14" in text  # the largest

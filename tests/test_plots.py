"""Figures for print: what is drawn, in which language, with which glyphs."""

import warnings
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Annotation, Text
from pyproj import Geod
from shapely import Polygon, box
from shapely.affinity import translate

from parkgeo import _style, crs, datasets, maps, plots
from parkgeo.errors import (
    GeometryError,
    MissingCRSError,
    MissingExtraError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.plots import _writer
from parkgeo.plots._furniture import round_length

needs_chinese = pytest.mark.skipif(
    _style.chinese_font() is None, reason="no installed font has Chinese glyphs"
)
pytestmark = pytest.mark.usefixtures("agg")


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the machine one that has matplotlib's own fonts only."""
    monkeypatch.setattr(_writer, "chinese_font", lambda: None)


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    """Two squares of 4 km² that share 1 km², a third of 0.25 km² in the first, one without."""
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(0, 0, 500, 500)]
    placed = gpd.GeoSeries([translate(s, 13_358_000, 3_170_000) for s in shapes], crs=crs.PLANE)
    return gpd.GeoDataFrame(
        {
            "brand_id": ["a", "b", "c", "d"],
            "brand": ["紫金港科技城", "高新区", "云谷小镇", "云栖小镇"],
            "brand_en": ["Zijingang", "Hi-tech", "Yungu", "Yunqi"],
            "method": ["official", "reconstructed", "digitised", None],
            "accuracy_m": [5.0, 30.0, 10.0, None],
            "license": "ODbL-1.0",
        },
        geometry=[*crs.from_plane(placed), None],
        index=pd.Index(["a", "b", "c", "d"], name="block_id"),
        crs="EPSG:4490",
    )


def written(axes: Axes) -> str:
    """Return all texts of a figure, broken lines joined."""
    texts = [text.get_text() for text in figure_of(axes).findobj(Text) if text.get_visible()]
    return "\n".join(text.replace("\n", "") for text in texts)


def figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def draw(axes: Axes) -> np.ndarray:
    """Draw as a picture; matplotlib warns, and the test fails, where a glyph is missing."""
    canvas = FigureCanvasAgg(figure_of(axes))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


# What is drawn


@needs_chinese
def test_figure_says_names_areas_and_sources(parks: gpd.GeoDataFrame) -> None:
    text = written(plots.overlap_map(parks))
    assert "紫金港科技城4.00 平方公里（6,000 亩）" in text
    assert "紫金港科技城 × 高新区1.00 平方公里（1,500 亩）" in text
    assert "净面积（不重复计算） 7.00 平方公里（10,500 亩）" in text
    assert "各牌子面积相加 8.25 平方公里" in text
    assert "没有范围：云栖小镇" in text
    assert "© OpenStreetMap contributors, ODbL 1.0" in text
    assert "按四至重建" in text


def test_english_figure_has_no_chinese(parks: gpd.GeoDataFrame) -> None:
    text = written(plots.overlap_map(parks, language="en"))
    assert "Zijingang4.00 km² (6,000 mu)" in text
    assert not any("\u4e00" <= c <= "\u9fff" for c in text)


def shapes(axes: Axes) -> tuple[list[PathPatch], list[PathPatch]]:
    """Return what is drawn on the ground: extents, and overlaps."""
    drawn = [patch for patch in axes.patches if type(patch) is PathPatch]
    return [p for p in drawn if not p.get_hatch()], [p for p in drawn if p.get_hatch()]


def path_area(path: mpl.path.Path) -> float:
    x, y = path.vertices.T
    return float(abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2)


def test_overlaps_are_hatched_and_extents_are_not(parks: gpd.GeoDataFrame) -> None:
    extents, overlaps = shapes(plots.overlap_map(parks, language="en"))
    # 4, 4 and 0.25 km², and two faces of 1 and 0.25 km²; the zone is true to 1e-3.
    areas = sorted(path_area(patch.get_path()) for patch in extents)
    assert areas == pytest.approx([250_000, 4_000_000, 4_000_000], rel=1e-3)
    areas = sorted(path_area(patch.get_path()) for patch in overlaps)
    assert areas == pytest.approx([250_000, 1_000_000], rel=1e-3)


def test_hole_stays_empty(parks: gpd.GeoDataFrame) -> None:
    ring = Polygon(
        box(120.0, 30.0, 120.04, 30.04).exterior, [box(120.01, 30.01, 120.03, 30.03).exterior]
    )
    frame = gpd.GeoDataFrame({"brand_id": ["ring"]}, geometry=[ring], crs=parks.crs)
    axes = plots.overlap_map(frame, language="en", title="")
    for text in axes.texts:
        text.set_visible(False)
    picture = draw(axes)
    (extent,), _ = shapes(axes)
    box_px = extent.get_window_extent()
    middle = [int((box_px.x0 + box_px.x1) / 2), int((box_px.y0 + box_px.y1) / 2)]
    inside = picture[picture.shape[0] - middle[1], middle[0], :3]
    edge = picture[picture.shape[0] - middle[1], int(box_px.x0 + box_px.width / 8), :3]
    assert mpl.colors.to_hex(inside / 255).upper() == "#F4F6F5"
    assert not np.array_equal(inside, edge)


def test_three_brands_on_one_ground_are_cross_hatched(parks: gpd.GeoDataFrame) -> None:
    thrice = gpd.GeoSeries([parks.geometry.iloc[0]] * 3, index=parks.index[:3], crs=parks.crs)
    axes = plots.overlap_map(parks.iloc[:3].set_geometry(thrice), language="en")
    assert [patch.get_hatch() for patch in shapes(axes)[1]] == ["xxxx"]
    assert "Three or more brands" in written(axes)


def test_scale_bar_is_as_long_as_it_says(parks: gpd.GeoDataFrame) -> None:
    axes = plots.overlap_map(parks, language="en")
    halves = [p for p in axes.patches if isinstance(p, Rectangle)]
    assert sum(half.get_width() for half in halves) == 500.0
    assert "500 m" in written(axes)
    # One unit of the axes is a metre on the ground: the southern edge by PROJ's geodesic. The 3°
    # zone is true to 1e-4 here.
    extent = parks.geometry.iloc[0]
    west, south, east, _ = extent.bounds
    ground_m = Geod(ellps="GRS80").inv(west, south, east, south)[2]
    drawn = shapes(axes)[0][0].get_path().vertices
    assert np.ptp(drawn[:, 0]) == pytest.approx(ground_m, rel=3e-4)
    assert axes.get_aspect() == 1.0


@pytest.mark.parametrize(
    ("most_m", "bar_m"), [(999, 500), (1000, 1000), (4999, 2000), (5000, 5000), (0.7, 0.5)]
)
def test_scale_bar_has_a_round_length(most_m: float, bar_m: float) -> None:
    assert round_length(most_m) == bar_m


def test_broken_lines_say_how_sure_a_boundary_is(parks: gpd.GeoDataFrame) -> None:
    axes = plots.overlap_map(parks, language="en")
    dashes = {str(patch.get_linestyle()) for patch in shapes(axes)[0]}
    assert len(dashes) == 3
    text = written(axes)
    assert "Official survey" in text
    assert "Reconstructed from published bounds" in text
    assert "Schematic" not in text


def test_figure_and_map_use_the_same_colours(parks: gpd.GeoDataFrame) -> None:
    edges = {
        mpl.colors.to_hex(patch.get_edgecolor()).upper()
        for patch in shapes(plots.overlap_map(parks, language="en"))[0]
    }
    page = maps.overlap_map(parks).get_root().render()
    assert all(color in edges and color in page for color in _style.PALETTE[:3])


def test_names_do_not_lie_on_each_other(parks: gpd.GeoDataFrame) -> None:
    near = [translate(parks.geometry.iloc[0], i * 1e-4, i * 1e-4) for i in range(6)]
    names = [f"A brand with a long name {i}" for i in range(6)]
    frame = gpd.GeoDataFrame(
        {"brand_id": list("abcdef"), "brand": names}, geometry=near, crs=parks.crs
    )
    axes = plots.overlap_map(frame, language="en")
    draw(axes)
    labels = [t for t in axes.texts if isinstance(t, Annotation) and "brand" in t.get_text()]
    boxes = [Text.get_window_extent(label) for label in labels if label.arrow_patch is not None]
    assert len(boxes) == 6
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_given_axes_are_used(parks: gpd.GeoDataFrame) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.overlap_map(parks, ax=right, language="en") is right
    assert len(left.patches) == 0
    assert len(figure.axes) == 2


def test_title_may_be_given_or_left_out(parks: gpd.GeoDataFrame) -> None:
    assert plots.overlap_map(parks, language="en", title="A").get_title(loc="left") == "A"
    assert plots.overlap_map(parks, language="en", title="").get_title(loc="left") == ""


@pytest.mark.parametrize("rows", [slice(3, 4), slice(0, 0)], ids=["no extent", "no rows"])
def test_frame_without_extents_still_makes_a_figure(parks: gpd.GeoDataFrame, rows: slice) -> None:
    axes = plots.overlap_map(parks.iloc[rows], language="en")
    draw(axes)
    assert not axes.patches  # nothing on the ground, and no scale bar of nothing


def test_nothing_global_and_no_input_changes(parks: gpd.GeoDataFrame) -> None:
    settings, before = dict(mpl.rcParams), parks.copy(deep=True)
    draw(plots.overlap_map(parks, language="en"))
    assert dict(mpl.rcParams) == settings
    pd.testing.assert_frame_equal(pd.DataFrame(parks), pd.DataFrame(before))


# Glyphs


@needs_chinese
def test_chinese_names_are_glyphs_not_squares(parks: gpd.GeoDataFrame) -> None:
    """Each character of a name must look different from the next; missing ones all look alike."""
    axes = plots.overlap_map(parks, language="zh")
    draw(axes)
    font = axes.texts[-1].get_fontproperties()
    pictures = {_picture(character, font).tobytes() for character in "紫金港科技城"}
    assert len(pictures) == 6


def _picture(character: str, font: mpl.font_manager.FontProperties) -> np.ndarray:
    figure = Figure(figsize=(1, 1))
    figure.text(0.2, 0.2, character, fontproperties=font)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


@pytest.mark.usefixtures("no_chinese_font")
def test_without_chinese_font_the_figure_is_english_and_says_why(parks: gpd.GeoDataFrame) -> None:
    with pytest.warns(UserWarning, match="fonts-noto-cjk"):
        axes = plots.overlap_map(parks)
    assert "Zijingang" in written(axes)
    draw(axes)


@pytest.mark.usefixtures("no_chinese_font")
def test_chinese_asked_for_without_a_font_is_refused(parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(MissingExtraError, match="fonts-noto-cjk"):
        plots.overlap_map(parks, language="zh")


@pytest.mark.usefixtures("no_chinese_font")
def test_brand_without_english_name_and_font_is_named(parks: gpd.GeoDataFrame) -> None:
    nameless = parks.assign(brand_en=["Zijingang", None, "Yungu", "Yunqi"])
    with pytest.raises(MissingExtraError, match=r"rows 'b'; .*fonts-noto-cjk"):
        plots.overlap_map(nameless)


@pytest.mark.usefixtures("no_chinese_font")
def test_block_that_cannot_be_drawn_leaves_the_brand_s_name(parks: gpd.GeoDataFrame) -> None:
    text = written(plots.overlap_map(parks.assign(block="南区"), language="en"))
    assert "Zijingang" in text
    assert "?" not in text


@pytest.mark.usefixtures("no_chinese_font")
def test_english_asked_for_without_a_font_says_nothing(parks: gpd.GeoDataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(plots.overlap_map(parks, language="en"))


def test_font_that_only_bears_the_name_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_style, "_CHINESE_FONTS", ("DejaVu Sans",))
    assert _style.chinese_font() is None


def test_draws_tells_glyphs_from_gaps() -> None:
    assert _style.draws("Zijingang é 12 km²", [_style.FALLBACK_FONT])
    assert not _style.draws("紫", [_style.FALLBACK_FONT])
    assert _style.glyphs_only("a紫b", [_style.FALLBACK_FONT]) == "a?b"


@pytest.mark.parametrize(
    "name",
    [
        r"$\frac{1}{$",
        "${alert(1)}`",
        "tab\tline\nbell\x07",
        "\u202eمدينة",
        "名" * 10_000,
        "\U0001f3ed\ue000 works",
        "</text><script>alert(1)</script>",
    ],
    ids=["formula", "template", "control", "bidi", "long", "no glyph", "markup"],
)
@needs_chinese
def test_hostile_names_are_drawn_as_text(
    parks: gpd.GeoDataFrame, name: str, tmp_path: Path
) -> None:
    axes = plots.overlap_map(parks.assign(brand=name, brand_en=name), language="zh", title=name)
    draw(axes)
    picture = plots.save(axes, tmp_path / "hostile.svg").read_text(encoding="utf-8")
    assert "<script" not in picture
    assert max(len(text.get_text()) for text in axes.texts) < 200


def test_many_rows_without_extent_are_counted(parks: gpd.GeoDataFrame) -> None:
    many = pd.concat([parks.iloc[3:]] * 20).assign(
        brand_id=[f"b{i}" for i in range(20)], brand_en=[f"Brand {i}" for i in range(20)]
    )
    text = written(plots.overlap_map(many, language="en"))
    assert "Brand 11" in text
    assert "Brand 12" not in text
    assert "and 8 more" in text


# Files


@pytest.mark.parametrize(("suffix", "starts"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_save_writes_by_suffix(
    parks: gpd.GeoDataFrame, tmp_path: Path, suffix: str, starts: bytes
) -> None:
    axes = plots.overlap_map(parks, language="en")
    path = plots.save(axes, tmp_path / "new" / f"map.{suffix}", dpi=50)
    assert path.read_bytes().startswith(starts)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_save_takes_a_figure_too(tmp_path: Path) -> None:
    assert plots.save(Figure(), str(tmp_path / "a.png")).exists()


def test_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParkgeoError, match=r"'\.doc'; use one of .*\.png"):
        plots.save(Figure(), tmp_path / "map.doc")


# Refusals


def test_frames_that_cannot_be_drawn_are_refused(parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        plots.overlap_map(parks, language="fr")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="no column 'brand_id'"):
        plots.overlap_map(parks.drop(columns="brand_id"))
    with pytest.raises(MissingCRSError, match="^parks"):
        plots.overlap_map(parks.set_crs(None, allow_override=True))
    with pytest.raises(GeometryError):
        plots.overlap_map(parks.set_geometry(parks.representative_point()))


def test_twenty_brands_leave_room_for_the_ground() -> None:
    squares = [translate(box(0, 0, 900, 900), i % 5 * 600, i // 5 * 600) for i in range(20)]
    placed = gpd.GeoSeries([translate(s, 13_358_000, 3_170_000) for s in squares], crs=crs.PLANE)
    brands = [f"Demonstration Park No. {i:02d}" for i in range(20)]
    parks = gpd.GeoDataFrame(
        {"brand_id": brands, "method": "digitised"}, geometry=crs.from_plane(placed)
    )
    axes = plots.overlap_map(parks, language="en")
    figure_of(axes).draw_without_rendering()
    legend = axes.get_legend()
    assert legend is not None
    listed = [text.get_text().split("\n")[0] for text in legend.get_texts()]
    assert listed[12] == "and 8 more brands"
    assert set(listed[:12]) <= set(brands)
    assert legend.get_window_extent().height < figure_of(axes).bbox.height
    assert axes.get_window_extent().height > figure_of(axes).bbox.height / 2
    names = [text for text in axes.texts if text.get_text().startswith("Demonstration")]
    rooms = [Text.get_window_extent(name) for name in names]
    assert len(rooms) > 5
    assert not any(a.overlaps(b) for i, a in enumerate(rooms) for b in rooms[:i])


def test_blocks_of_a_long_name_are_told_apart() -> None:
    shown = written(plots.overlap_map(datasets.hangzhou(), language="en"))
    assert "(北区)" in shown
    assert "(南区)" in shown

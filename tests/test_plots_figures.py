"""What holds for every figure: glyphs with and without a Chinese font, hostile names, files."""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import frame, land_around, two_zones
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from shapely import box
from written import clashes, figure_of, joined, texts_of

from parkgeo import _style, agglomeration, census, concentration, overlap, plots
from parkgeo.errors import MissingExtraError, UnknownNameError

NAME = "紫金港科技城"
ENGLISH = "Zijingang"
BOTH = (NAME, ENGLISH)
Draw = Callable[..., Axes | Figure]

needs_chinese = pytest.mark.skipif(
    _style.chinese_font() is None, reason="no installed font has Chinese glyphs"
)
pytestmark = pytest.mark.usefixtures("agg")


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the machine one that has matplotlib's own fonts only, wherever fonts are looked for."""
    own = [one for one in font_manager.fontManager.ttflist if mpl.get_data_path() in one.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    assert _style.chinese_font() is None


def parks(name: tuple[str, str] = BOTH) -> gpd.GeoDataFrame:
    """Draw three brands: 4 km², 4 km² sharing 1 km² with it, 1 km² within both."""
    return frame(
        [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(1000, 1000, 2000, 2000)],
        brand_id=["a", "b", "c"],
        brand=[name[0], "高新区", "云谷小镇"],
        brand_en=[name[1], "Hi-tech zone", "Yungu town"],
        accuracy_m=10.0,
    )


def shares(name: tuple[str, str] = BOTH) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    groups = concentration.ratio(
        land_around().assign(district=list("aabbcc")),
        two_zones().assign(accuracy_m=20.0),
        by="district",
    )
    return groups, {"a": name, "b": ("余杭区", "Yuhang"), "c": ("西湖区", "Xihu")}


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        [[0.6, 0.8, 0.5, 0.9, 0.7], [0.4, np.nan, 0.7, 0.2, 1.0]],
        index=["a", "b"],
        columns=["land", "tax", "research", "green", "far"],
    )


INDICATORS = {
    "land": ("工业用地集中度", "Land inside"),
    "tax": ("亩均税收", "Tax per mu"),
    "research": ("研发投入", "Research"),
    "green": ("绿地率", "Green share"),
    "far": ("容积率", "Floor area ratio"),
    "b": ("高新区", "Hi-tech zone"),
}


def upset(name: tuple[str, str] = BOTH, **told: object) -> Figure:
    return plots.upset(parks(name), **told)


def gauge(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    found = concentration.ratio(land_around(), two_zones().assign(accuracy_m=20.0))
    title = name[told.get("language") == "en"] if _style.chinese_font() else name[1]
    return plots.concentration_gauge(found, **{"title": title, **told})


def bars(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    groups, labels = shares(name)
    return plots.concentration_bars(groups, labels=labels, **told)


def radar(name: tuple[str, str] = BOTH, **told: object) -> Figure:
    before = scores() * 0.9
    labels = {**INDICATORS, "a": name}
    return plots.radar(scores(), target=0.7, previous=before, labels=labels, **told)


def radar_overlaid(name: tuple[str, str] = BOTH, **told: object) -> Figure:
    return plots.radar(scores(), target=0.7, overlay=True, labels={**INDICATORS, "a": name}, **told)


def before_after(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    compared = overlap.compare(parks(name), parks(name).iloc[:2])
    return plots.before_after(compared, labels=parks(name), **told)


def before_after_map(name: tuple[str, str] = BOTH, **told: object) -> Figure:
    return plots.before_after_map(parks(name), parks(name).iloc[:2], **told)


def overlap_map(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    return plots.overlap_map(parks(name), **told)


def census_bars(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    district = name[0] if _style.chinese_font() else name[1]
    land = land_around().assign(use="工业", status="在用", district=district)
    return plots.census_bars(census.tabulate(land), **told)


def distance(name: tuple[str, str] = BOTH, **told: object) -> Axes:
    xy = np.random.default_rng(1).uniform(0, 3000, (40, 2)) + np.array([500_000, 3_340_000])
    points = gpd.GeoDataFrame(
        {"of": ["a", "b"] * 20}, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:4549"
    )
    found = agglomeration.duranton_overman(
        points, industry="of", reference="a", r=np.arange(0, 3001, 300.0), simulations=39, seed=1
    )
    title = name[0] if _style.chinese_font() else name[1]
    return found.plot(**{"title": title, **told})


NEW: dict[str, Draw] = {
    "upset": upset,
    "concentration_gauge": gauge,
    "concentration_bars": bars,
    "radar": radar,
    "radar overlaid": radar_overlaid,
    "before_after": before_after,
    "before_after_map": before_after_map,
}
EVERY: dict[str, Draw] = {
    **NEW, "overlap_map": overlap_map, "census_bars": census_bars, "distance": distance
}  # fmt: skip
every = pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
new = pytest.mark.parametrize("draw", NEW.values(), ids=NEW)


def picture(character: str, font: FontProperties) -> bytes:
    figure = Figure(figsize=(1, 1))
    figure.text(0.2, 0.2, character, fontproperties=font)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def missing_box(font: FontProperties) -> bytes:
    """Draw what stands for a character that no font has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return picture("\uffff", font)


# Glyphs


@needs_chinese
@every
def test_name_is_drawn_as_glyphs(draw: Draw) -> None:
    named = [text for text in texts_of(draw(language="zh")) if NAME in joined(text)]
    assert named
    for text in named:
        font = text.get_fontproperties()
        drawn = {picture(character, font) for character in NAME}
        assert len(drawn) == len(NAME)
        assert missing_box(font) not in drawn


@needs_chinese
@every
def test_english_words_stand_in_an_english_figure(draw: Draw) -> None:
    said = "".join(joined(text) for text in texts_of(draw(language="en", title="")))
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said.replace(NAME, ""))


@pytest.mark.usefixtures("no_system_fonts")
@new
def test_without_a_chinese_font_the_figure_is_english_and_says_why(draw: Draw) -> None:
    with pytest.warns(UserWarning, match="fonts-noto-cjk"):
        drawn = draw()
    said = "".join(joined(text) for text in texts_of(drawn))
    assert ENGLISH in said
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said)


@pytest.mark.usefixtures("no_system_fonts")
@every
def test_chinese_asked_for_without_a_font_names_the_package(draw: Draw) -> None:
    with pytest.raises(MissingExtraError, match="fonts-noto-cjk"):
        draw(language="zh")


@pytest.mark.usefixtures("no_system_fonts")
@pytest.mark.parametrize("name", sorted(set(NEW) - {"concentration_gauge"}))
def test_name_that_no_font_draws_is_refused(name: str) -> None:
    with pytest.raises(MissingExtraError, match=r"in rows .*fonts-noto-cjk"):
        NEW[name]((NAME, NAME))


@pytest.mark.usefixtures("no_system_fonts")
def test_english_asked_for_without_a_font_says_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        texts_of(upset(language="en"))


@every
def test_another_language_is_refused(draw: Draw) -> None:
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        draw(language="fr")


# Names that would do harm


HOSTILE = {
    "formula": r"$\frac{1}{$",
    "template": "${alert(1)}`",
    "control": "tab\tline\nbell\x07",
    "bidi": "\u202eمدينة",
    "long": "名" * 10_000,
    "long word": "x" * 10_000,
    "no glyph": "\U0001f3ed\ue000 works",
    "markup": "</text></script><img src=x onerror=alert(1)>",
    "empty": "",
}


@needs_chinese
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@new
def test_hostile_names_are_drawn_as_text(draw: Draw, name: str, tmp_path: Path) -> None:
    drawn = draw((name, name), language="zh", title=name)
    assert max(len(text.get_text()) for text in texts_of(drawn)) < 250
    if name == HOSTILE["markup"]:
        svg = plots.save(drawn, tmp_path / "hostile.svg").read_text(encoding="utf-8")
        assert "<script" not in svg
        assert "<img" not in svg


# Places


def test_texts_on_each_other_are_found() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "two")
    figure.text(0.1, 0.1, "apart")
    assert clashes(figure) == [("one", "two")]


LONG = (
    "杭州紫金港数字信息高新技术产业园区（含南区、北区及其拓展区块）管理委员会",
    "Hangzhou Zijingang Digital Information Hi-Tech Industrial Park with its extensions",
)


@needs_chinese
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [BOTH, LONG], ids=["short", "long"])
@new
def test_texts_do_not_lie_on_each_other(draw: Draw, name: tuple[str, str], language: str) -> None:
    assert clashes(draw(name, language=language)) == []


@new
def test_all_that_is_written_is_on_the_page(draw: Draw) -> None:
    drawn = draw(language="en")
    page = figure_of(drawn).bbox.padded(1)
    rooms = [(text.get_text(), Text.get_window_extent(text)) for text in texts_of(drawn)]
    beyond = [said for said, room in rooms if not (page.x0 <= room.x0 and room.x1 <= page.x1)]
    assert beyond == []


# Files and settings


@pytest.mark.parametrize(("suffix", "starts"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
@new
def test_every_figure_becomes_a_file(
    draw: Draw, tmp_path: Path, suffix: str, starts: bytes
) -> None:
    path = plots.save(draw(language="en"), tmp_path / f"figure.{suffix}", dpi=50)
    assert path.read_bytes().startswith(starts)


@new
def test_nothing_global_changes(draw: Draw) -> None:
    settings = copy.deepcopy(dict(mpl.rcParams))
    texts_of(draw(language="en"))
    assert dict(mpl.rcParams) == settings


@new
def test_title_may_be_given_or_left_out(draw: Draw) -> None:
    given, bare = (
        [joined(text) for text in texts_of(draw(language="en", title=title))]
        for title in ("A title", "")
    )
    assert sorted(given) == sorted([*bare, "A title"])


def test_inputs_stay_as_they_are() -> None:
    extents, table = parks(), scores()
    compared = overlap.compare(extents, extents.iloc[:1])
    groups, _ = shares()
    kept = [one.copy(deep=True) for one in (extents, table, compared, groups)]
    plots.upset(extents, language="en")
    plots.before_after_map(extents, extents.iloc[:1], language="en")
    plots.radar(table, language="en")
    plots.before_after(compared, language="en")
    plots.concentration_bars(groups, language="en")
    for now, before in zip((extents, table, compared, groups), kept, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(before))

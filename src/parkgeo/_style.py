"""Colours, words, numbers and fonts that maps and figures share."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo._ground import accuracy_of, names_in, require_frame
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.model import Kind, Level, Method
from parkgeo.units import km2_to_mu

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    @classmethod
    def same(cls, text: str) -> "Text":
        """Return a text that reads the same in both languages: a name, a document number."""
        return cls(str(text), str(text))

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.zh if language == "zh" else self.en


WORDS: Final[dict[str, Text]] = {
    "title": Text("牌子范围与重叠", "Brand extents and overlaps"),
    "legend": Text("图例", "Legend"),
    "brands": Text("牌子", "Brands"),
    "other_level": Text("级别未注明", "Level not stated"),
    "overlaps": Text("重叠", "Overlaps"),
    "overlap": Text("重叠范围", "Overlap"),
    "no_overlaps": Text("没有重叠", "No overlaps"),
    "hatched": Text("两块牌子重叠", "Two brands on the same ground"),
    "crossed": Text("三块以上牌子重叠", "Three or more brands"),
    "no_extent": Text("没有范围", "No extent"),
    "no_reason": Text("未说明原因", "no reason given"),
    "added_up": Text("各牌子面积相加", "Brands added up"),
    "net": Text("净面积（不重复计算）", "Net area, nothing counted twice"),
    "stated": Text("公布面积", "Stated area"),
    "measured": Text("量算面积", "Measured area"),
    "difference": Text("与公布相差", "Against stated"),
    "level": Text("级别", "Level"),
    "kind": Text("类型", "Kind"),
    "administrator": Text("管理机构", "Administrator"),
    "method": Text("成图方式", "Method"),
    "accuracy": Text("边界中误差", "Boundary accuracy"),
    "sides": Text("四至查找", "Sides"),
    "reasons": Text("说明", "Remarks"),
    "document": Text("文件", "Document"),
    "approved_on": Text("批准日期", "Approved"),
    "source": Text("来源", "Source"),
    "license": Text("许可", "Licence"),
    "area": Text("面积", "Area"),
    "within_error": Text("未超出边界误差", "within the error of the boundaries"),
    "unknown": Text("未注明", "not stated"),
    "members": Text("涉及牌子", "Brands here"),
    "language": Text("English", "中文"),
    "panel": Text("收起或展开面板", "Hide or show the panel"),
    "zoom_to": Text("缩放至", "Zoom to"),
    "zoom_all": Text("全图", "Whole map"),
    "north": Text("北", "N"),
}

# Paul Tol's "muted" scheme, which stays apart for colour-blind readers and in print, with the sand
# of his "high-contrast" scheme, which is seen on white; the strongest contrasts come first.
# https://personal.sron.nl/~pault/
PALETTE: Final = (
    "#332288",
    "#CC6677",
    "#117733",
    "#DDAA33",
    "#88CCEE",
    "#AA4499",
    "#44AA99",
    "#882255",
    "#999933",
)
INK: Final = "#1F2933"
"""Text, hatching and outlines of overlaps."""

OSM_ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0"

DASHES: Final[dict[str, tuple[float, ...]]] = {
    Method.OFFICIAL: (),
    Method.DIGITISED: (12, 4),
    Method.RECONSTRUCTED: (6, 4),
    Method.SCHEMATIC: (1.5, 4),
}
"""Dash and gap of a boundary, in units of about a pixel: the less sure, the more broken."""


# Numbers -----------------------------------------------------------------------------------------


def known(value: object) -> bool:
    """Say whether a cell holds anything."""
    if value is None or value is pd.NaT or value is pd.NA:
        return False
    if isinstance(value, float):
        return not math.isnan(value)
    return not (isinstance(value, str) and not value.strip())


def km2_text(area_km2: float) -> str:
    """Write km² with two decimals, and small areas with as many as they need."""
    if area_km2 == 0 or abs(area_km2) >= 0.1:  # noqa: PLR2004
        return f"{area_km2:,.2f}"
    return f"{area_km2:.4f}" if abs(area_km2) >= 0.0001 else "< 0.0001"  # noqa: PLR2004


def area_text(area_km2: float) -> Text:
    """Write an area in km² and mu (亩)."""
    mu = km2_to_mu(area_km2)
    mu_text = f"{mu:,.0f}" if abs(mu) >= 10 else f"{mu:.1f}"  # noqa: PLR2004
    return Text(
        f"{km2_text(area_km2)} 平方公里（{mu_text} 亩）",
        f"{km2_text(area_km2)} km² ({mu_text} mu)",
    )


def change_text(ratio: float) -> Text:
    """Write a relative difference in per cent, with its sign where it has one.

    Examples
    --------
    >>> change_text(-0.2).en, change_text(-1e-5).en
    ('−20.0 %', '0.0 %')
    """
    sign = "" if round(ratio, 3) == 0 else "−" if ratio < 0 else "+"
    return Text(f"{sign}{abs(ratio):.1%}", f"{sign}{percent_text(abs(ratio)).en}")


def percent_text(ratio: float) -> Text:
    """Write a ratio in per cent."""
    return Text(f"{ratio:.1%}", f"{100 * ratio:.1f} %")


def enum_text(enum: type[Level] | type[Kind] | type[Method], value: object) -> Text:
    """Return the labels of a level, kind or method; another word stands for itself."""
    if not known(value):
        return WORDS["unknown"]
    try:
        member = enum(str(value))
    except ValueError:
        return Text.same(str(value))
    return Text(member.label_zh, member.label_en[:1].upper() + member.label_en[1:])


# Brands ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brand:
    """One brand as it is shown: its names, its colour, and its official area."""

    brand_id: str
    name: Text
    color: str
    area_km2: float


def require_drawable(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse what cards and legends cannot be read from, with the rows or columns."""
    require_frame(frame, what)
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise SchemaError(
            f"{what}: several columns are named {first_rows(doubled)}; rename them, or drop all "
            "but one"
        )
    if "brand_id" in frame.columns:
        names_in(frame, "brand_id", "brands")
    accuracy_of(frame)


def require_brands(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with ``brand_id`` as a column, or say that it has none."""
    if not isinstance(parks, pd.DataFrame):
        raise SchemaError(
            f"parks must be a GeoDataFrame, not a {type(parks).__name__}; read one with "
            "parkgeo.read_parks"
        )
    if isinstance(parks, gpd.GeoDataFrame) and parks.active_geometry_name is not None:
        require_drawable(parks, "parks")
    if "brand_id" in parks.columns:
        return parks
    if parks.index.name == "brand_id":
        return parks.assign(brand_id=parks.index)
    raise SchemaError(
        f"the frame has no column 'brand_id'; found {', '.join(map(str, parks.columns[:8]))}. "
        "Name the column that says which brand a row belongs to: "
        'parks.rename(columns={"…": "brand_id"})',
    )


def has_extent(parks: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Say for each row whether there is anything to draw."""
    shapes = parks.geometry
    extent: NDArray[np.bool_] = (~(shapes.isna() | shapes.is_empty)).to_numpy()
    return extent


def names(parks: gpd.GeoDataFrame) -> dict[str, Text]:
    """Return each brand's names by its id, in order of first appearance.

    Where one language has no name the other stands in, and where neither has, the id.
    """
    first = pd.DataFrame(parks).drop_duplicates("brand_id").set_index("brand_id")
    given = first.reindex(columns=["brand", "brand_en"])
    return {
        brand_id: Text(
            str(next(name for name in (zh, en, brand_id) if known(name))),
            str(next(name for name in (en, zh, brand_id) if known(name))),
        )
        for brand_id, zh, en in given.itertuples(name=None)
    }


def block_names(rows: gpd.GeoDataFrame) -> list[Text]:
    """Return for each row the brand's names, with the block's where it has one of its own."""
    by_brand = names(rows)
    blocks = rows["block"] if "block" in rows else [None] * len(rows)
    return [
        Text(f"{by_brand[brand].zh}（{block}）", f"{by_brand[brand].en} ({block})")
        if known(block)
        else by_brand[brand]
        for brand, block in zip(rows["brand_id"], blocks, strict=True)
    ]


def brands(parks: gpd.GeoDataFrame, faces: pd.DataFrame) -> list[Brand]:
    """Describe each brand of a frame.

    Parameters
    ----------
    parks
        With ``brand_id``, and ``brand``, ``brand_en`` where known.
    faces
        What :func:`parkgeo.overlap.partition` made of it: a brand's area is the sum of its faces,
        so that blocks of one brand that lie on each other count once.

    Returns
    -------
    One entry per brand, in order of first appearance, which also gives the colour.
    """
    areas_km2 = faces[["members", "area_km2"]].explode("members").groupby("members")["area_km2"]
    by_brand = areas_km2.sum()
    return [
        Brand(brand_id, name, PALETTE[i % len(PALETTE)], float(by_brand.get(brand_id, 0.0)))
        for i, (brand_id, name) in enumerate(names(parks).items())
    ]


def attribution(parks: gpd.GeoDataFrame) -> str | None:
    """Return what must be said where the frame is shown, or null where nothing must."""
    provenance = parks.attrs.get("provenance")
    origins = [parks.attrs, provenance if isinstance(provenance, dict) else {}]
    asked = [origin.get("attribution") for origin in origins if known(origin.get("attribution"))]
    terms: list[Any] = [*asked, *(origin.get("license") for origin in origins)]
    if "license" in parks.columns:
        terms += list(parks["license"].unique())
    if any(mark in str(term).lower() for term in terms for mark in ("openstreetmap", "odbl")):
        return OSM_ATTRIBUTION
    return str(asked[0]) if asked else None


def require_language(language: str) -> Language:
    """Return the language if there is one of that name."""
    if language in LANGUAGES:
        return language
    raise UnknownNameError(f"unknown language {language!r}; use one of {', '.join(LANGUAGES)}")


STATES: Final = (Text("整合前", "Before"), Text("整合后", "After"))
"""What two states of a plan are called, unless the caller says."""


def states_of(labels: Sequence[str] | None) -> tuple[Text, Text]:
    """Name two states of a plan, as the caller does or else before and after."""
    if labels is None:
        return STATES
    if isinstance(labels, str) or len(labels) != len(STATES):
        raise SchemaError(f"labels must be two texts, such as ('2019', '2023'), not {labels!r}")
    was, now = labels
    return Text.same(str(was)), Text.same(str(now))


# Places for names --------------------------------------------------------------------------------

_ROOM_FOR_LABEL: Final = 0.1
"""Share of an extent that must be left uncovered for its name to stand there."""


def label_points(extents: NDArray[np.object_]) -> NDArray[np.float64]:
    """Find where the name of each extent fits best.

    That is the middle of the largest circle in what no smaller extent covers, so that the name of
    a city does not stand in the park within it; or in the whole extent where nothing much is left.

    Parameters
    ----------
    extents
        Polygons, none empty, all in one CRS.

    Returns
    -------
    One pair of coordinates per extent, in its CRS.
    """
    areas = shapely.area(extents)
    tree = shapely.STRtree(extents)
    free = np.empty(len(extents), dtype=object)
    for i, extent in enumerate(extents):
        near = tree.query(extent, predicate="intersects")
        smaller = near[areas[near] < areas[i]]
        left = _ground_of(shapely.difference(extent, shapely.union_all(extents[smaller])))
        free[i] = left if shapely.area(left) > _ROOM_FOR_LABEL * areas[i] else extent
    centres = shapely.get_point(shapely.maximum_inscribed_circle(free), 0)
    return np.asarray(shapely.get_coordinates(centres))


def _ground_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons: where borders run along each other a difference may have lines too."""
    parts = shapely.get_parts(shape)
    ground: shapely.Geometry = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004
    return ground


# Fonts -------------------------------------------------------------------------------------------

FALLBACK_FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so it is always there; Latin, Greek, Cyrillic, Arabic, no Chinese."""

_CHINESE_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti SC",
    "STHeiti",
    "DengXian",
    "Sarasa Gothic SC",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
    "STSong",
    "FangSong",
    "KaiTi",
    "AR PL UMing CN",
    "AR PL UKai CN",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)
_PROBE: Final = "品牌范围重叠公里亩图例紫金港科技城"

FONT_REMEDY: Final = (
    "install one: on Debian or Ubuntu `apt-get install fonts-noto-cjk`, on Fedora "
    "`dnf install google-noto-sans-cjk-fonts`; Windows and macOS have one"
)


def chinese_font() -> str | None:
    """Name an installed font family that has Chinese glyphs, or null where there is none.

    A font that bears the right name and lacks the glyphs is passed over.
    """
    return _chinese_font_among_known() or _chinese_font_among_new()


def _chinese_font_among_known() -> str | None:
    installed = {entry.name for entry in font_manager().fontManager.ttflist}
    return next(
        (name for name in _CHINESE_FONTS if name in installed and draws(_PROBE, [name])),
        None,
    )


def _chinese_font_among_new() -> str | None:
    """Look at fonts installed after matplotlib wrote its list."""
    fonts = font_manager()
    listed = {entry.fname for entry in fonts.fontManager.ttflist}
    for path in set(fonts.findSystemFonts()) - listed:
        # A file that is no font is passed over, as matplotlib does when it makes its list.
        with suppress(OSError, RuntimeError):
            fonts.fontManager.addfont(path)
    return _chinese_font_among_known()


def font_manager() -> ModuleType:
    """Load matplotlib's fonts on use: reading its list takes a moment."""
    return import_module("matplotlib.font_manager")


def draws(text: str, families: Sequence[str]) -> bool:
    """Say whether each character of a text has a glyph in at least one of the fonts."""
    return glyphs_only(text, families) == text


def glyphs_only(text: str, families: Sequence[str]) -> str:
    """Put a question mark where no font has a glyph, so that no square is drawn."""
    covered = [_glyphs(family) for family in families]
    return "".join(
        character
        if character.isspace() or any(ord(character) in glyphs for glyphs in covered)
        else "?"
        for character in str(text)
    )


@cache
def _glyphs(family: str) -> frozenset[int]:
    """Return the code points that a family's upright font has glyphs for."""
    fonts = font_manager()
    path = fonts.findfont(fonts.FontProperties(family=[family]), fallback_to_default=False)
    return frozenset(fonts.get_font(path).get_charmap())

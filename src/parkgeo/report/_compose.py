"""From frames to a finished report."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from parkgeo import crs, maps, measure, plots, units
from parkgeo._page import BasemapChoice
from parkgeo._style import (
    FALLBACK_FONT,
    WORDS,
    Language,
    Text,
    draws,
    has_extent,
    names,
    require_brands,
    require_language,
)
from parkgeo.errors import MissingExtraError
from parkgeo.plots._writer import writer_for
from parkgeo.report import _extents, _land, _method, _notes, _summary
from parkgeo.report._content import Block, Heading, LiveMap, Paragraph, Section
from parkgeo.report._facts import Extents, Land, Question, Where, extents_of, land_of
from parkgeo.report._figures import land_figure
from parkgeo.report._maps import page_of
from parkgeo.report._pictures import picture
from parkgeo.report._render import Head, render
from parkgeo.report._report import Report
from parkgeo.report._say import said

__all__ = ["Source", "compose"]

_LONGEST_TITLE: Final = 160
_CGCS2000: Final = "China Geodetic Coordinate System 2000"
_CGCS2000_ZH: Final = "2000国家大地坐标系（CGCS2000）"
_MOST_BARS: Final = 40
_MAP_INCHES: Final = (9.4, 6.8)
_TITLES: Final = {
    True: Text("开发区范围、重叠与用地集中度", "Zones: extents, overlaps, concentration of land"),
    False: Text("开发区范围与重叠", "Zones: extents and overlaps"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a frame was read from, as the head of a report names it.

    Parameters
    ----------
    name
        Name of the file.
    n_rows
        How many rows it has.
    crs
        The CRS that it says, or that was said of it.
    encoding
        The encoding of its text, where it had to be said.
    """

    name: str
    n_rows: int
    crs: str
    encoding: str | None = None


def compose(  # noqa: PLR0913 - independent options, all by keyword
    parks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    target: float = 0.70,
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    by: str | None = "district",
    title: str | None = None,
    language: Literal["zh", "en"] = "zh",
    author: str | None = None,
    date: dt.date | str | None = None,
    basemap: BasemapChoice = None,
    sources: Sequence[Source] = (),
) -> Report:
    """Make one page of zones, their overlaps, and the concentration of land (评估报告).

    What a planner attaches to a memo: a summary in sentences, maps to click through, tables of
    brands, overlaps and committees, the share of the parcels inside with its interval and the gap
    to the target, scattered clusters, what is to be known of the data, method, sources and terms.
    It opens without a network and prints on A4, where figures stand for the maps.

    Parameters
    ----------
    parks
        A ``parks`` frame in any CRS that parkgeo knows; ``brand_id`` and a geometry are enough.
    parcels
        Polygons in any CRS. Without, the report says that there is nothing on concentration.
    target
        Share of the parcels that should lie inside.
    where, classes, system
        Which parcels count, as for :func:`parkgeo.concentration.ratio`; all of them by default.
        ``classes="industry"`` takes industrial land.
    by
        Column of the parcels that tells them apart; null for none. Where it is ``"district"`` and
        the parcels have none, the report says so.
    title
        Heading.
    language
        Of the whole page.
    author, date
        Named below the heading; the date is that of today by default.
    basemap
        Tiles below the maps, as for :func:`parkgeo.maps.overlap_map`; they need a network.
    sources
        What the frames were read from.

    Returns
    -------
    A :class:`Report`: a notebook shows it, ``save`` writes it, ``tables`` holds its numbers.

    Raises
    ------
    SchemaError, UnknownNameError, MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.overlap.pairs`, :func:`parkgeo.concentration.ratio` and
        :func:`parkgeo.concentration.scattered`.
    MissingExtraError
        The page is to be in Chinese, and no installed font has Chinese glyphs for its figures.

    Notes
    -----
    Where no font has Chinese glyphs, the figures of an English report name brands that have no
    English name by their ``brand_id``; what cannot be drawn is left out, with the reason in its
    place.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.01, 30.0, 120.03, 30.02)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=squares, crs="EPSG:4490")
    >>> compose(parks, language="en").tables["overlaps"]["overlap_km2"].round(2).tolist()
    [2.14]
    """
    require_language(language)
    # An index of the same name would be another brand_id.
    parks = require_brands(parks).rename_axis(index=None)
    crs.require_crs(parks, "parks")
    figured = _nameable(parks, language)
    extents = extents_of(parks)
    land = None
    if parcels is not None:
        question = Question(target, where, classes, system, by)
        land = land_of(parcels, parks, question)
    look = _Look(language, basemap)
    said_first = _summary.sentences(extents, land, language)
    sections = [
        _summary.summary(said_first, language),
        _map_section(parks, figured, look),
        _extents.brands_section(extents, language),
        _overlap_section(extents, figured, language),
        _land_section(extents, land, look),
        _notes.notes_section(extents, land, language),
        _method.method(extents, land, language),
        _notes.sources_section(parks, parcels, language),
        _method.glossary(language),
    ]
    heading = _TITLES[land is not None].of(language) if title is None else title
    head = Head(
        title=said(heading, most=_LONGEST_TITLE),
        author=None if author is None else said(author),
        date=said(str(date or dt.datetime.now().astimezone().date())),
        sources=[
            _named(source, language) for source in sources or _frames(parks, parcels, language)
        ],
        language=language,
        online=basemap is not None,
    )
    return Report(render(head, sections), _tables(extents, land), said_first)


def _nameable(parks: gpd.GeoDataFrame, language: Language) -> gpd.GeoDataFrame:
    """Return what figures can name: by its id what no installed font can write."""
    try:
        writer_for(parks, language)
    except MissingExtraError:
        if language == "zh":
            raise
        by_brand = names(parks)
        undrawn = parks["brand_id"].map(lambda one: not draws(by_brand[one].en, [FALLBACK_FONT]))
        ids = parks["brand_id"].astype("str")
        given = parks.reindex(columns=["brand_en"])["brand_en"].astype(object)
        return parks.assign(brand_en=given.where(~undrawn, ids))
    return parks


def _frames(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, language: Language
) -> Iterator[Source]:
    """Name the frames where nobody says what they were read from."""
    for name, frame in ((Text("园区", "parks"), parks), (Text("地块", "parcels"), parcels)):
        if frame is not None:
            kind = crs.require_crs(frame, name.en).name
            yield Source(name=name.of(language), n_rows=len(frame), crs=kind)


def _named(source: Source, language: Language) -> str:
    name, kind = said(source.name), said(source.crs)
    kind_zh = _CGCS2000_ZH if source.crs == _CGCS2000 else kind
    encoding = Text("", "")
    if source.encoding is not None:
        said_encoding = said(source.encoding)
        encoding = Text(f"，编码 {said_encoding}", f", encoding {said_encoding}")
    return Text(
        f"{name}：{source.n_rows:,} 行，坐标系 {kind_zh}{encoding.zh}",
        f"{name}: {source.n_rows:,} rows, CRS {kind}{encoding.en}",
    ).of(language)


@dataclass(frozen=True, slots=True)
class _Look:
    """How maps are shown."""

    language: Language
    basemap: BasemapChoice


# Sections ----------------------------------------------------------------------------------------


def _map_section(parks: gpd.GeoDataFrame, figured: gpd.GeoDataFrame, look: "_Look") -> Section:
    language = look.language
    caption = WORDS["title"].of(language)

    def draw() -> Axes:
        _, axes = plt.subplots(figsize=_MAP_INCHES, layout="constrained")
        return plots.overlap_map(figured, ax=axes, language=language, title="")

    live = maps.overlap_map(parks, language=language, basemap=look.basemap)
    printed = picture(draw, name="overlap-map", caption=caption)
    block = LiveMap(caption, page_of(live), printed)
    return Section("map", Text("地图", "Map").of(language), [block])


def _overlap_section(extents: Extents, figured: gpd.GeoDataFrame, language: Language) -> Section:
    blocks: list[Block] = list(_extents.overlap_tables(extents, language))
    if len(extents.drawn):
        blocks.append(Heading(Text("牌子组合", "Sets of brands").of(language)))
        blocks.append(
            picture(
                lambda: plots.upset(figured, language=language, title=""),
                name="upset",
                caption=Text(
                    "各牌子组合所占的地面：每列为恰好属于这些牌子的地面，各列之和为净面积",
                    "The ground of each set of brands: a column is what lies in exactly these, and "
                    "columns add up to the net area",
                ).of(language),
            )
        )
        blocks.append(_extents.partition_table(extents, language))
    return Section("overlaps", Text("重叠", "Overlaps").of(language), blocks)


def _land_section(extents: Extents, land: Land | None, look: "_Look") -> Section:
    language = look.language
    heading = Text("集中度", "Concentration").of(language)
    if land is None:
        none = Text(
            "未提供地块，因此没有集中度、缺口和零星用地的内容。",
            "No parcels were given, so there is nothing on the ratio, the gap and scattered land.",
        )
        return Section("concentration", heading, [Paragraph(none.of(language), quiet=True)])
    tables = _land.land_tables(land, extents, language)
    blocks = [
        *_gauge(land, language),
        *_land_map(land, extents.parks, look),
        *tables["head"],
        *_bars(land, language),
        *tables["brands"],
        *tables["scattered"],
    ]
    return Section("concentration", heading, blocks)


def _gauge(land: Land, language: Language) -> Iterator[Block]:
    if land.all["total"] > 0:
        caption = Text("集中度与目标", "The ratio and its target").of(language)
        yield picture(
            lambda: plots.concentration_gauge(land.whole, language=language, title=""),
            name="gauge",
            caption=caption,
        )


def _bars(land: Land, language: Language) -> Iterator[Block]:
    if land.groups is None or land.all["total"] <= 0:
        return
    drawn = (
        land.groups.nlargest(_MOST_BARS, "total") if len(land.groups) > _MOST_BARS else land.groups
    )
    caption = Text("各组集中度与目标", "The ratio of each group and its target")
    if len(drawn) < len(land.groups):
        caption = Text(
            f"{caption.zh}，面积最大的 {_MOST_BARS} 组",
            f"{caption.en}: the {_MOST_BARS} with most land",
        )
    yield picture(
        lambda: plots.concentration_bars(drawn, language=language, title=""),
        name="bars",
        caption=caption.of(language),
    )


def _land_map(land: Land, parks: gpd.GeoDataFrame, look: "_Look") -> Iterator[Block]:
    """Show which parcels lie inside and which outside."""
    if land.all["total"] <= 0:
        return
    caption = Text("地块、园区与零星用地", "Parcels, zones and scattered land").of(look.language)
    live = maps.concentration_map(
        land.parcels,
        parks,
        **land.question.selection,
        by=None if land.groups is None else land.question.by,
        target=land.question.target,
        scattered=land.scattered,
        language=look.language,
        basemap=look.basemap,
    )
    printed = picture(
        lambda: land_figure(land, parks, look.language), name="land-map", caption=caption
    )
    yield LiveMap(caption, page_of(live), printed)


# Tables as files ---------------------------------------------------------------------------------


def _tables(extents: Extents, land: Land | None) -> dict[str, pd.DataFrame]:
    """Return what the page shows, unrounded and whole."""
    tables = {"brands": _brands_table(extents.parks), "overlaps": pd.DataFrame(extents.overlaps)}
    if land is not None:
        tables["concentration"] = _concentration_table(land)
        clusters = land.scattered.clusters
        tables["scattered"] = pd.DataFrame(clusters.drop(columns="geometry")).reset_index()
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


_BRAND_COLUMNS: Final = (
    "brand_id", "brand", "brand_en", "block", "level", "kind", "administrator",
    "stated_area_km2", "stated_area_text", "method", "accuracy_m", "extent_reason", "reasons",
    "source", "license",
)  # fmt: skip


def _brands_table(parks: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a row for each row of the frame, with its official area."""
    plain = pd.DataFrame(parks)
    table = plain[[name for name in _BRAND_COLUMNS if name in plain]].copy()
    area_m2 = measure.area_m2(parks.geometry).where(has_extent(parks))
    table["area_km2"] = units.m2_to(area_m2, "km2")
    table["area_mu"] = units.m2_to(area_m2, "mu")
    if "stated_area_km2" in table:
        table["difference"] = table["area_km2"] / table["stated_area_km2"] - 1
    return table


def _concentration_table(land: Land) -> pd.DataFrame:
    """Return the ratio of all, of each group and of each brand, one below the other."""
    parts = [land.whole.assign(scope="all", name=None)]
    if land.groups is not None:
        parts.append(land.groups.assign(scope=str(land.question.by), name=land.groups.index))
    parts.append(land.by_brand.assign(scope="brand_id", name=land.by_brand.index))
    records = [row for part in parts for row in part.to_dict("records")]
    columns = ["scope", "name", *(c for c in land.by_brand.columns)]
    return pd.DataFrame(records, columns=columns)

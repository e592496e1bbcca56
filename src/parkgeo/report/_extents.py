"""The sections on zones: the map, the brands, what they share."""

from collections.abc import Iterator
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._style import (
    WORDS,
    Language,
    Text,
    block_names,
    change_text,
    enum_text,
    has_extent,
    km2_text,
    known,
    percent_text,
)
from parkgeo.model import Kind, Level, Method
from parkgeo.report._content import Block, Column, Heading, Paragraph, Row, Section, Table
from parkgeo.report._facts import Extents
from parkgeo.report._say import DASH, LONG, km2_span, listed, mu_text, records, said
from parkgeo.units import km2_to_mu

__all__ = ["brands_section", "more_rows", "overlap_tables", "partition_table", "reasons_of"]

MOST_ROWS: Final = 200
"""Rows of a table on a page; a longer one goes on in the file beside it."""
_MOST_SETS: Final = 40
_BRANDS: Final = Text("牌子", "Brands")
_RELATIONS: Final = {
    "equal": Text("范围相同", "same extent"),
    "within": Text("前者在后者之内", "first within second"),
    "contains": Text("前者包含后者", "first contains second"),
    "partial": Text("部分重叠", "in part"),
    "sliver": Text("边界碎屑", "sliver"),
}


def columns(language: Language, *heads: tuple[Text, bool]) -> list[Column]:
    """Make columns of heads, and whether they hold numbers."""
    return [Column(head.of(language), numeric) for head, numeric in heads]


def more_rows(n_rows: int, language: Language, *, file: str, most: int = MOST_ROWS) -> str:
    """Say how many rows a page leaves out, and where they are."""
    rest = n_rows - most
    if rest <= 0:
        return ""
    return Text(
        f"另有 {rest:,} 行；报告存为文件夹时，全部行在 {file} 中。",
        f"{rest:,} more rows; a report saved to a folder has all of them in {file}.",
    ).of(language)


# Brands ------------------------------------------------------------------------------------------


def brands_section(extents: Extents, language: Language) -> Section:
    """List the brands with what is known of them, and those without an extent."""
    return Section("brands", _BRANDS.of(language), list(_brands(extents, language)))


def _brands(extents: Extents, language: Language) -> Iterator[Block]:
    rows = list(_brand_rows(extents, language))
    yield Table(
        Text("各牌子的范围与面积", "The brands, their extents and areas").of(language),
        columns(
            language,
            (_BRANDS, False),
            (Text("级别、类型", "Level, kind"), False),
            (WORDS["administrator"], False),
            (Text("公布（km²）", "Stated (km²)"), True),
            (Text("量算（km²）", "Measured (km²)"), True),
            (Text("亩", "mu"), True),
            (Text("相差", "Differs"), True),
            (Text("中误差（m）", "Accuracy (m)"), True),
            (WORDS["method"], False),
        ),
        rows[:MOST_ROWS],
        more_rows(len(rows), language, file="brands.csv"),
    )
    missing = extents.parks[~has_extent(extents.parks)]
    if len(missing):
        yield _missing(missing, language)


def _brand_rows(extents: Extents, language: Language) -> Iterator[Row]:
    """Yield the extents brand by brand, with a sum where a brand has several."""
    order = {brand.brand_id: i for i, brand in enumerate(extents.brands)}
    names = block_names(extents.drawn)
    owner = extents.drawn["brand_id"].to_numpy()
    places = np.array([order[one] for one in owner], dtype=np.intp)
    for position in np.unique(places):
        brand = extents.brands[position]
        rows = np.flatnonzero(places == position)
        for row in rows:
            record = extents.drawn.iloc[row]
            yield Row(
                _brand_cells(record, extents.area_km2.iloc[row], names[row], language), brand.color
            )
        if len(rows) > 1:
            whole = Text(
                f"{brand.name.zh}，共 {len(rows)} 块", f"{brand.name.en}, {len(rows)} blocks"
            )
            area = (km2_text(brand.area_km2), mu_text(km2_to_mu(brand.area_km2)))
            cells = (said(whole.of(language)), "", "", "", *area, "", "", "")
            yield Row(cells, brand.color, total=True)


def _brand_cells(
    row: "pd.Series[Any]", area_km2: float, name: Text, language: Language
) -> tuple[str, ...]:
    stated: Any = row.get("stated_area_km2")
    differs = known(stated) and float(stated) > 0
    level = [
        said(enum_text(enum, row.get(key)).of(language))
        for key, enum in (("level", Level), ("kind", Kind))
        if known(row.get(key))
    ]
    accuracy_m: Any = row.get("accuracy_m")
    return (
        said(name.of(language)),
        Text("，".join(level), ", ".join(level)).of(language) or DASH,
        said(row.get("administrator")),
        km2_text(float(stated)) if known(stated) else DASH,
        km2_text(area_km2),
        mu_text(km2_to_mu(area_km2)),
        change_text(area_km2 / float(stated) - 1).of(language) if differs else DASH,
        f"{float(accuracy_m):,.0f}" if known(accuracy_m) else DASH,
        said(enum_text(Method, row.get("method")).of(language)),
    )


def reasons_of(missing: gpd.GeoDataFrame, language: Language) -> list[tuple[str, str]]:
    """Name what has no extent, each with the reason that the frame gives."""
    plain = pd.DataFrame(missing)
    given = [plain[key] for key in ("extent_reason", "reasons") if key in plain]
    return [
        (
            said(name.of(language)),
            next(
                (said(column.iloc[row], most=LONG) for column in given if known(column.iloc[row])),
                WORDS["no_reason"].of(language),
            ),
        )
        for row, name in enumerate(block_names(missing))
    ]


def _missing(missing: gpd.GeoDataFrame, language: Language) -> Table:
    rows = [Row(pair) for pair in reasons_of(missing.iloc[:MOST_ROWS], language)]
    return Table(
        Text("没有范围的牌子及原因", "Brands without an extent, and why").of(language),
        columns(language, (_BRANDS, False), (Text("原因", "Reason"), False)),
        rows,
        more_rows(len(missing), language, file="brands.csv"),
    )


# Overlaps ----------------------------------------------------------------------------------------


def overlap_tables(extents: Extents, language: Language) -> Iterator[Block]:
    """Yield the pairs that share ground, and the committees that hold them."""
    found = extents.overlaps
    if found.empty:
        none = Text("没有牌子相互重叠。", "No two brands overlap.")
        yield Paragraph(none.of(language))
    else:
        yield Heading(Text("两两重叠", "Pairs").of(language))
        yield _pairs(extents, language)
    touching = int((extents.pairs["overlap_km2"] <= 0).sum())
    if touching:
        text = Text(f"另有 {touching:,} 对牌子仅相邻。", f"{touching:,} more pairs only touch.")
        yield Paragraph(text.of(language), quiet=True)
    if len(extents.committees):
        yield Heading(Text("管理机构", "Administrators").of(language))
        yield _committees(extents.committees, language)


def _pairs(extents: Extents, language: Language) -> Table:
    shares = Text("占前者", "Of the first"), Text("占后者", "Of the second")
    rows = [
        Row(
            (
                extents.name(pair["left"], language),
                extents.name(pair["right"], language),
                km2_text(pair["overlap_km2"]),
                mu_text(pair["overlap_mu"]),
                km2_span(pair["overlap_low_km2"], pair["overlap_high_km2"]),
                percent_text(pair["share_left"]).of(language),
                percent_text(pair["share_right"]).of(language),
                _RELATIONS[str(pair["relation"])].of(language),
                _beyond_error(pair["significant"]).of(language),
            )
        )
        for pair in records(extents.overlaps.head(MOST_ROWS))
    ]
    return Table(
        Text("两两重叠，从大到小", "Pairs that overlap, the largest first").of(language),
        columns(
            language,
            (Text("前者", "First"), False),
            (Text("后者", "Second"), False),
            (Text("重叠（km²）", "Overlap (km²)"), True),
            (Text("亩", "mu"), True),
            (Text("误差区间（km²）", "Interval (km²)"), True),
            (shares[0], True),
            (shares[1], True),
            (Text("关系", "Relation"), False),
            (Text("超出误差", "Beyond error"), False),
        ),
        rows,
        more_rows(len(extents.overlaps), language, file="overlaps.csv"),
    )


def _beyond_error(significant: object) -> Text:
    if not known(significant):
        return Text("精度未注明", "not known")
    return Text("是", "yes") if significant else Text("否", "no")


def _committees(table: pd.DataFrame, language: Language) -> Table:
    rows = [
        Row(
            (
                said(row["administrator"]),
                f"{row['n_brands']:,}",
                km2_text(row["added_km2"]),
                km2_text(row["net_km2"]),
                mu_text(km2_to_mu(row["net_km2"])),
                km2_text(max(row["added_km2"] - row["net_km2"], 0.0)),
            )
        )
        for row in records(table.head(MOST_ROWS).reset_index())
    ]
    return Table(
        Text("各管理机构的牌子与净面积", "Administrators: their brands and their net area").of(
            language
        ),
        columns(
            language,
            (WORDS["administrator"], False),
            (Text("牌子数", "Brands"), True),
            (Text("相加（km²）", "Added up (km²)"), True),
            (Text("净面积（km²）", "Net (km²)"), True),
            (Text("亩", "mu"), True),
            (Text("重复计算（km²）", "Counted twice (km²)"), True),
        ),
        rows,
    )


def partition_table(extents: Extents, language: Language) -> Table:
    """List which sets of brands lie on how much ground, the largest first."""
    faces = extents.faces.sort_values("area_km2", ascending=False, kind="stable")
    rows = [
        Row(
            (
                listed(
                    [extents.name(one, language) for one in face["members"]],
                    language,
                    most=8,
                ),
                f"{face['n_members']}",
                km2_text(face["area_km2"]),
                mu_text(face["area_mu"]),
            )
        )
        for face in records(faces.head(_MOST_SETS))
    ]
    rest = len(faces) - _MOST_SETS
    more = Text(f"另有 {rest:,} 种组合。", f"{rest:,} more sets.").of(language) if rest > 0 else ""
    net = Row(
        (
            WORDS["net"].of(language),
            "",
            km2_text(extents.net_km2),
            mu_text(km2_to_mu(extents.net_km2)),
        ),
        total=True,
    )
    return Table(
        Text("地面按其上牌子的组合划分", "The ground by the set of brands on it").of(language),
        columns(
            language,
            (Text("牌子组合", "Brands here"), False),
            (Text("牌子数", "Brands"), True),
            (Text("面积（km²）", "Area (km²)"), True),
            (Text("亩", "mu"), True),
        ),
        [*rows, net],
        more,
    )

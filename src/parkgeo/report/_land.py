"""The section on concentration: how much lies inside, where, and what is scattered outside."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd
import shapely

from parkgeo._style import Language, Text, area_text, km2_text, known, percent_text
from parkgeo.landuse._groups import group_of
from parkgeo.report._content import Block, Column, Heading, Paragraph, Row, Table
from parkgeo.report._extents import MOST_ROWS, columns, more_rows
from parkgeo.report._facts import Extents, Land, Question
from parkgeo.report._say import DASH, join, listed, mu_text, percent_span, records, said

__all__ = ["counted", "gap_text", "land_tables", "ratio_text"]

MOST_CLUSTERS: Final = 20
"""Scattered clusters that a page lists."""

_PARCELS: Final = Text("地块数", "Parcels")
_GROUP_NAMES: Final[Mapping[str, Text]] = {
    "industry": Text("工业用地", "industrial land"),
    "industry_mining_storage": Text("工矿仓储用地", "industrial, mining and storage land"),
}
_BY_DISTRICT: Final = Text("分区县", "By district")
_BY_GROUP: Final = Text("分组", "By group")
_COLUMN_NAMES: Final[Mapping[str, Text]] = {"district": Text("区县", "District")}


def counted(question: Question, language: Language) -> str:
    """Say which parcels count."""
    if question.classes is None and question.where is None:
        return Text("全部地块", "all parcels").of(language)
    given = [question.classes] if isinstance(question.classes, str) else question.classes or []
    names = [_class_text(one).of(language) for one in given]
    if isinstance(question.where, Mapping):
        names += [
            f"{said(column)} = {listed(_values(wanted), language)}"
            for column, wanted in question.where.items()
        ]
    elif question.where is not None:
        names.append(Text("所选地块", "the parcels chosen").of(language))
    return join(names, language)


def _class_text(name: str) -> Text:
    known_group = _GROUP_NAMES.get(group_of(name))
    return known_group or Text(f"地类 {said(name)}", f"class {said(name)}")


def _values(wanted: object) -> list[str]:
    many = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    return [said(one) for one in many]


def ratio_text(row: "pd.Series[Any]", language: Language) -> str:
    """Write a ratio with its interval."""
    if not known(row["ratio"]):
        return DASH
    ratio = percent_text(float(row["ratio"])).of(language)
    span = percent_span(row["ratio_low"], row["ratio_high"], language)
    return ratio if span == DASH else Text(f"{ratio}（{span}）", f"{ratio} ({span})").of(language)


def gap_text(row: "pd.Series[Any]") -> Text:
    """Say how far it is to the target, or how far beyond it."""
    area = area_text(abs(float(row["gap"])))
    if float(row["gap"]) > 0:
        return Text(f"还差 {area.zh}", f"{area.en} short of it")
    return Text(f"已达到，富余 {area.zh}", f"met, with {area.en} to spare")


def land_tables(land: Land, extents: Extents, language: Language) -> dict[str, list[Block]]:
    """Return the blocks of the section: ``head``, ``brands``, ``scattered``."""
    return {
        "head": list(_groups(land, language)),
        "brands": [
            Heading(Text("分牌子", "By brand").of(language)),
            _by_brand(land, extents, language),
        ],
        "scattered": list(_scattered(land, extents, language)),
    }


def _groups(land: Land, language: Language) -> Iterator[Block]:
    by = land.question.by
    if land.groups is None:
        if by is not None:
            text = Text(
                f"地块没有“{said(by)}”一列或该列为空，因此没有分区县的数字。",
                f"The parcels have no column {said(by)}, or an empty one, so nothing is told "
                "apart by it.",
            )
            yield Paragraph(text.of(language), quiet=True)
        return
    yield Heading((_BY_DISTRICT if by == "district" else _BY_GROUP).of(language))
    label = _COLUMN_NAMES.get(str(by), Text.same(said(by)))
    shown = land.groups.head(MOST_ROWS)
    rows = [
        Row(_ratio_cells(_label(name, language), row, language))
        for name, (_, row) in zip(shown.index, shown.iterrows(), strict=True)
    ]
    whole = Row(
        _ratio_cells(Text("合计", "All").of(language), land.all, language),
        total=True,
    )
    yield Table(
        Text(f"集中度，按{label.zh}", f"Concentration by {label.en.lower()}").of(language),
        _ratio_columns(label, language),
        [*rows, whole],
        more_rows(len(land.groups), language, file="concentration.csv"),
    )


def _label(name: object, language: Language) -> str:
    return said(name) if known(name) else Text("未注明", "not stated").of(language)


def _ratio_columns(label: Text, language: Language) -> list[Column]:
    return columns(
        language,
        (label, False),
        (_PARCELS, True),
        (Text("面积（km²）", "Area (km²)"), True),
        (Text("园区内（km²）", "Inside (km²)"), True),
        (Text("集中度", "Ratio"), True),
        (Text("误差区间", "Interval"), True),
        (Text("缺口（亩）", "Gap (mu)"), True),
    )


def _ratio_cells(name: str, row: "pd.Series[Any]", language: Language) -> tuple[str, ...]:
    return (
        name,
        f"{int(row['n_parcels']):,}",
        km2_text(float(row["total"])),
        km2_text(float(row["inside"])),
        percent_text(float(row["ratio"])).of(language) if known(row["ratio"]) else DASH,
        percent_span(row["ratio_low"], row["ratio_high"], language),
        _signed_mu(float(row["gap_mu"])),
    )


def _signed_mu(gap_mu: float) -> str:
    """Write a gap; less than none, where there is more inside than needed, with a true minus."""
    return mu_text(gap_mu).replace("-", "−")


def _by_brand(land: Land, extents: Extents, language: Language) -> Table:
    table = land.by_brand.sort_values("inside", ascending=False, kind="stable")
    drawn = table[table["inside"].notna()]
    rows = [
        Row(
            (
                extents.name(row["brand_id"], language),
                f"{int(row['n_parcels']):,}",
                km2_text(row["inside"]),
                percent_text(row["ratio"]).of(language) if known(row["ratio"]) else DASH,
                percent_span(row["ratio_low"], row["ratio_high"], language),
                km2_text(row["alone"]),
                km2_text(row["shared"]),
            ),
            _color(extents, row["brand_id"]),
        )
        for row in records(drawn.head(MOST_ROWS).rename_axis("brand_id").reset_index())
    ]
    note = Text(
        "重叠部分计入每块牌子，各行不可相加。",
        "Ground of several brands is in each of their rows, so rows do not add up.",
    ).of(language)
    return Table(
        Text("各牌子范围内的面积", "What lies in each brand").of(language),
        columns(
            language,
            (Text("牌子", "Brand"), False),
            (_PARCELS, True),
            (Text("园区内（km²）", "Inside (km²)"), True),
            (Text("占全部", "Of all"), True),
            (Text("误差区间", "Interval"), True),
            (Text("独占（km²）", "Alone (km²)"), True),
            (Text("与他牌共有（km²）", "Shared (km²)"), True),
        ),
        rows,
        f"{note} {more_rows(len(drawn), language, file='concentration.csv')}".strip(),
    )


def _color(extents: Extents, brand_id: object) -> str | None:
    brand = extents.by_id.get(brand_id)
    return None if brand is None else brand.color


def _scattered(land: Land, extents: Extents, language: Language) -> Iterator[Block]:
    clusters = land.scattered.clusters
    if clusters.empty:
        none = Text("没有零星地块。", "No parcel is scattered.")
        yield Paragraph(none.of(language))
        return
    yield Heading(Text("零星地块", "Scattered parcels").of(language))
    shown = clusters.head(MOST_CLUSTERS)
    middles = shapely.get_coordinates(shapely.point_on_surface(shown.geometry.to_numpy()))
    plain = pd.DataFrame(shown.drop(columns="geometry")).reset_index()
    rows = [
        Row(
            (
                str(row["cluster"]),
                f"{row['n_parcels']:,}",
                km2_text(row["area_km2"]),
                mu_text(row["area_mu"]),
                percent_text(row["share_outside"]).of(language),
                f"{row['distance_m']:,.0f}" if known(row["distance_m"]) else DASH,
                extents.name(row["nearest"], language) if known(row["nearest"]) else DASH,
                f"{lon:.5f}, {lat:.5f}",
            )
        )
        for row, (lon, lat) in zip(records(plain), middles, strict=True)
    ]
    n_shown = Text(
        f"零星地块，前 {len(rows)} 片", f"Scattered parcels, the first {len(rows)} clusters"
    )
    yield Table(
        (n_shown if len(clusters) > len(rows) else Text("零星地块", "Scattered parcels")).of(
            language
        ),
        columns(
            language,
            (Text("序", "No."), True),
            (_PARCELS, True),
            (Text("面积（km²）", "Area (km²)"), True),
            (Text("亩", "mu"), True),
            (Text("园区外", "Outside"), True),
            (Text("距园区（m）", "From a zone (m)"), True),
            (Text("最近园区", "Nearest"), False),
            (Text("位置（经度, 纬度）", "At (lon, lat)"), False),
        ),
        rows,
        more_rows(len(clusters), language, file="scattered.csv", most=MOST_CLUSTERS),
    )

"""The numbers that matter, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from parkgeo._style import Language, Text, area_text, km2_text, known, percent_text
from parkgeo.report._content import Bullet, Bullets, Section
from parkgeo.report._facts import Extents, Land
from parkgeo.report._land import counted, gap_text, ratio_text
from parkgeo.report._say import km2_span, records, said

__all__ = ["sentences", "summary"]

_LARGEST: Final = 3


def sentences(extents: Extents, land: Land | None, language: Language) -> tuple[str, ...]:
    """Say first what a reader would ask first."""
    texts = [*_of_extents(extents, language), *(_of_land(land, language) if land else ())]
    return tuple(text.of(language) for text in texts)


def summary(said_first: Sequence[str], language: Language) -> Section:
    """Put the sentences at the head of the report."""
    items = [Bullet(text) for text in said_first]
    return Section("summary", Text("摘要", "Summary").of(language), [Bullets(items)])


def _of_extents(extents: Extents, language: Language) -> Iterator[Text]:
    n, n_drawn = len(extents.brands), int(extents.faces["members"].explode().nunique())
    missing = Text(f"，其中 {n_drawn:,} 个有范围", f", {n_drawn:,} of them with an extent")
    tail = missing if n_drawn < n else Text("", "")
    yield Text(f"共 {n:,} 块牌子{tail.zh}。", f"There {_are(n)} {_n(n, 'brand')}{tail.en}.")
    if not n_drawn:
        return
    added, net, twice = map(area_text, (extents.added_km2, extents.net_km2, extents.twice_km2))
    if extents.overlaps.empty:
        yield Text(
            f"各牌子面积相加与净面积同为 {net.zh}，没有重复计算。",
            f"Added up they make {net.en}, which is the ground they cover: nothing is counted "
            "twice.",
        )
    else:
        share = percent_text(extents.twice_km2 / extents.net_km2)
        yield Text(
            f"各牌子面积相加为 {added.zh}；净面积为 {net.zh}；相加重复计算了 {twice.zh}，"
            f"相当于净面积的 {share.zh}。",
            f"Added up the brands make {added.en}; the ground they cover is {net.en}; adding up "
            f"counts {twice.en} more than once, {share.en} of the ground.",
        )
        yield from _overlaps(extents, language)
    yield from _committee(extents)


def _overlaps(extents: Extents, language: Language) -> Iterator[Text]:
    found = extents.overlaps
    known_rows = found["significant"].notna()
    sure = int((found["significant"] == True).sum())  # noqa: E712 - nulls are neither
    n = len(found)
    tail = Text("", "")
    if known_rows.any():
        every = sure == n
        tail = Text(
            f"，{'均' if every else f'其中 {sure:,} 对'}超出边界误差",
            f", {'all' if every else f'{sure:,}'} of them by more than the error of boundaries",
        )
    largest = [_pair(extents, row, language) for row in records(found.head(_LARGEST))]
    yield Text(
        f"{n:,} 对牌子相互重叠{tail.zh}；最大的是{'、'.join(text.zh for text in largest)}。",
        f"{_n(n, 'pair')} of brands overlap{tail.en}; the largest: "
        f"{'; '.join(text.en for text in largest)}.",
    )


def _pair(extents: Extents, values: Mapping[str, Any], language: Language) -> Text:
    """Write one overlap with its interval."""
    left, right = (extents.name(values[side], language) for side in ("left", "right"))
    area = km2_text(values["overlap_km2"])
    span = km2_span(values["overlap_low_km2"], values["overlap_high_km2"])
    low = values["overlap_low_km2"]
    interval = Text(f"（{span}）", f" ({span})") if known(low) else Text("", "")
    return Text(
        f"“{left}”与“{right}”{area} 平方公里{interval.zh}",
        f"{left} and {right}, {area} km²{interval.en}",
    )


def _committee(extents: Extents) -> Iterator[Text]:
    """Name the administrator that holds most brands, where it holds several."""
    table = extents.committees
    if table.empty or int(table["n_brands"].max()) < 2:  # noqa: PLR2004
        return
    row = table.sort_values("n_brands", ascending=False, kind="stable").iloc[0]
    name, n = said(row.name), int(row["n_brands"])
    added, net = area_text(float(row["added_km2"])), area_text(float(row["net_km2"]))
    yield Text(
        f"“{name}”一家有 {n} 块牌子：相加 {added.zh}，净面积 {net.zh}。",
        f"One administrator, {name}, holds {n} brands: {added.en} added up, {net.en} net.",
    )


def _of_land(land: Land, language: Language) -> Iterator[Text]:
    row, which = land.all, counted(land.question, language)
    n = int(row["n_parcels"])
    if not known(row["ratio"]):
        yield Text(
            f"没有计入的地块（{which}），因此没有集中度。",
            f"No parcel counts ({which}), so there is no ratio.",
        )
        return
    total, inside = km2_text(float(row["total"])), km2_text(float(row["inside"]))
    ratio = ratio_text(row, language)
    yield Text(
        f"计入地块（{which}）{n:,} 个，共 {total} 平方公里，其中 {inside} 平方公里位于园区内，"
        f"集中度 {ratio}。",
        f"Of {total} km² in {_n(n, 'parcel')} that count ({which}), {inside} km² lie inside the "
        f"zones: {ratio}.",
    )
    target, gap = percent_text(float(row["target"])), gap_text(row)
    open_question = _undecided(row)
    yield Text(
        f"目标 {target.zh}：{gap.zh}{open_question.zh}。",
        f"The target is {target.en}: {gap.en}{open_question.en}.",
    )
    clusters = land.scattered.clusters
    if len(clusters):
        outside = area_text(float(clusters["outside_km2"].sum()))
        yield Text(
            f"园区外有零星地块 {len(land.scattered.parcels):,} 个，合为 {len(clusters):,} 片，"
            f"园区外面积 {outside.zh}。",
            f"Outside, {_n(len(land.scattered.parcels), 'scattered parcel')} stand in "
            f"{_n(len(clusters), 'cluster')} with {outside.en} outside.",
        )


def _undecided(row: "pd.Series[Any]") -> Text:
    """Say where the error of the boundaries leaves open whether the target is met."""
    low, high, target = (row[key] for key in ("ratio_low", "ratio_high", "target"))
    if known(low) and known(high) and low < target <= high:
        return Text(
            "；目标落在误差区间之内，仅凭现有边界精度不能断定是否达标",
            "; it lies within the interval, so the accuracy of the boundaries leaves open "
            "whether it is met",
        )
    return Text("", "")


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"

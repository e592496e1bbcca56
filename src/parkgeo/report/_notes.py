"""What was found in the data that a reader of the figures must know, and where they come from."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from parkgeo._style import (
    LANGUAGES,
    OSM_ATTRIBUTION,
    Language,
    Text,
    attribution,
    block_names,
    has_extent,
    km2_text,
    known,
)
from parkgeo.errors import first_rows
from parkgeo.landuse import check
from parkgeo.report._content import Bullet, Bullets, Paragraph, Section
from parkgeo.report._facts import Extents, Land
from parkgeo.report._land import counted
from parkgeo.report._say import LONG, joined, listed, records, said

__all__ = ["notes_section", "sources_section"]

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+")
_REST: Final = re.compile(r" and ([\d,]+) more$")
_ODBL: Final = "https://www.openstreetmap.org/copyright"
_CLOSED: Final = "area-closed"
"""What the resolver calls a side that stands where the stated area is met."""
_MOST_SOURCES: Final = 60
_MOST_CODES: Final = 8
_SEEN_KM2: Final = 1e-6
"""A square metre; rounding makes less of common borders."""


def notes_section(extents: Extents, land: Land | None, language: Language) -> Section:
    """List what was mended, left out, not known, or counted twice."""
    notes = [*_of_parks(extents), *(_of_parcels(land, language) if land is not None else ())]
    heading = Text("数据说明", "Notes on the data").of(language)
    if not notes:
        none = Text("未发现需要说明的问题。", "Nothing was found that needs a note.")
        return Section("notes", heading, [Paragraph(none.of(language))])
    items = [Bullet(note.of(language)) for note in notes]
    return Section("notes", heading, [Bullets(items)])


def _of_parks(extents: Extents) -> Iterator[Text]:
    parks = extents.parks
    yield from _mended(parks, Text("园区", "Zones"))
    missing = parks.index[~has_extent(parks)]
    if len(missing):
        yield Text(
            f"园区：{len(missing):,} 行没有范围，未计入任何面积；原因见“牌子”一节。",
            f"Zones: rows without an extent, in no area: {len(missing):,}; section Brands says "
            "why.",
        )
    accuracy = extents.drawn.get("accuracy_m")
    rows = extents.drawn.index if accuracy is None else extents.drawn.index[accuracy.isna()]
    if len(rows):
        yield Text(
            f"园区：{len(rows):,} 个范围未注明边界精度（{_rows(rows).zh}），涉及它们的数字没有误"
            "差区间。",
            f"Zones: boundaries of unstated accuracy: {len(rows):,} ({_rows(rows).en}); "
            "figures that rest on them have no interval.",
        )
    yield from _placed(extents.drawn)


def _placed(drawn: gpd.GeoDataFrame) -> Iterator[Text]:
    """Say whose area agrees with the stated one only because a side was placed so that it does."""
    if "sides" not in drawn:
        return
    placed = drawn[[known(side) and _CLOSED in joined(side) for side in drawn["sides"]]]
    if placed.empty:
        return
    blocks = block_names(placed)
    named = {language: listed([b.of(language) for b in blocks], language) for language in LANGUAGES}
    yield Text(
        f"园区：{len(placed):,} 个范围有边按公布面积放置（{named['zh']}）：四至所称的线在数据中找不"
        "到，面积与公布面积相符不能说明位置正确。",
        f"Zones: extents with a side that was placed so that the stated area is met: "
        f"{len(placed):,} ({named['en']}). No line of its name is in the data; that the areas "
        "agree proves nothing.",
    )


def _mended(frame: gpd.GeoDataFrame, what: Text) -> Iterator[Text]:
    """Say what reading the file changed."""
    repairs = frame.attrs.get("repairs")
    if isinstance(repairs, list) and repairs:
        rows = _rows([one.get("row") for one in repairs])
        reasons = sorted({said(one.get("reason")) for one in repairs})
        yield Text(
            f"{what.zh}：修复了 {len(repairs):,} 处无效边界（行 {rows.zh}；"
            f"{listed(reasons, 'zh')}）。",
            f"{what.en}: invalid rings mended: {len(repairs):,} (rows {rows.en}; "
            f"{listed(reasons, 'en')}).",
        )
    flat = frame.attrs.get("dropped_heights")
    if isinstance(flat, list) and flat:
        yield Text(
            f"{what.zh}：去掉了 {len(flat):,} 行坐标中的高程（行 {_rows(flat).zh}）。",
            f"{what.en}: rows whose heights were left out: {len(flat):,} (rows {_rows(flat).en}).",
        )


def _of_parcels(land: Land, language: Language) -> Iterator[Text]:
    what = Text("地块", "Parcels")
    yield from _mended(land.parcels, what)
    attrs = land.whole.attrs
    n, all_rows = int(attrs["n_parcels"]), len(land.parcels)
    which = counted(land.question, language)
    yield Text(
        f"地块：文件共 {all_rows:,} 个，计入 {n:,} 个（{which}），未计入 {all_rows - n:,} 个。",
        f"Parcels: of {all_rows:,} in the file {n:,} count ({which}), {all_rows - n:,} do not.",
    )
    for column, told in attrs["unknown"].items():
        yield Text(
            f"地块：{told['n']:,} 个的“{said(column)}”为空或无法识别，共 "
            f"{km2_text(told['area_km2'])} 平方公里，未计入（行 {_said_rows(told).zh}）。",
            f"Parcels: {told['n']:,} have no known {said(column)}, {km2_text(told['area_km2'])} "
            f"km² in all; they do not count (rows {_said_rows(told).en}).",
        )
    yield from _codes(land)
    lost = attrs["without_geometry"]
    if lost["n"]:
        yield Text(
            f"地块：{lost['n']:,} 个没有图形，面积未计入（行 {_said_rows(lost).zh}）。",
            f"Parcels: {lost['n']:,} have no geometry and no area here (rows "
            f"{_said_rows(lost).en}).",
        )
    yield from _doubles(attrs)


def _codes(land: Land) -> Iterator[Text]:
    """Say how codes were read, where that leaves room for doubt."""
    attrs = land.whole.attrs
    if "compared_as_text" in attrs:
        n = attrs["compared_as_text"]["n"]
        yield Text(
            f"地块：{n:,} 个未注明地类体系，地类代码按文字前缀比较。",
            f"Parcels: nobody says the class system of {n:,}, so codes were compared as text, by "
            "their beginning.",
        )
    system = _system(land)
    if land.question.classes is None or system is None:
        return
    found = check(land.parcels["class_code"], system=system)
    strange = found[found["status"] == "unknown"]
    if len(strange):
        codes = [f"{said(one['code'])} × {one['count']:,}" for one in records(strange)]
        yield Text(
            f"地块：{len(strange):,} 种地类代码不在 {system} 中："
            f"{listed(codes, 'zh', most=_MOST_CODES)}。",
            f"Parcels: {len(strange):,} codes are not of {system}: "
            f"{listed(codes, 'en', most=_MOST_CODES)}.",
        )


def _system(land: Land) -> str | None:
    """Return the one class system of the codes, if there is one."""
    if "class_code" not in land.parcels:
        return None
    if land.question.system is not None:
        return land.question.system
    given = land.parcels.get("class_system")
    said_ones = [] if given is None else list(given.dropna().unique())
    return str(said_ones[0]) if len(said_ones) == 1 else None


def _doubles(attrs: Mapping[Any, Any]) -> Iterator[Text]:
    ids = attrs.get("duplicate_ids")
    if ids and ids["n"]:
        yield Text(
            f"地块：{ids['n']:,} 行的编号重复（{_more(str(ids['first'])).zh}），均已计入。",
            f"Parcels: {ids['n']:,} rows have ids that stand twice ("
            f"{said(ids['first'], most=LONG)}); all of them count.",
        )
    twice = attrs["counted_twice"]
    if twice["area_km2"] >= _SEEN_KM2:
        area = km2_text(float(twice["area_km2"]))
        yield Text(
            f"地块：相互重叠 {area} 平方公里，这部分在总量和园区内面积中均被重复计算。",
            f"Parcels overlap each other by {area} km², which is counted more than once in the "
            "total and inside.",
        )


def _rows(labels: Any) -> Text:  # noqa: ANN401 - labels of rows of any kind
    return _more(first_rows(labels))


def _said_rows(told: Mapping[str, Any]) -> Text:
    return _more(str(told["rows"]))


def _more(named: str) -> Text:
    """Say in both languages how many rows are not named."""
    return Text(_REST.sub(r" 等，另 \1 行", said(named, most=LONG)), said(named, most=LONG))


# Sources -----------------------------------------------------------------------------------------


def sources_section(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, language: Language
) -> Section:
    """Name the sources that the data name, and their licences."""
    items = [*_sources(parks, language)]
    if parcels is not None:
        items += _provenance(parcels, Text("地块", "Parcels"), language)
    asked = {attribution(frame) for frame in (parks, parcels) if frame is not None} - {None}
    for line in sorted(map(str, asked)):
        items.append(Bullet(said(line, most=LONG), _ODBL if line == OSM_ATTRIBUTION else None))
    heading = Text("来源与许可", "Sources and licences").of(language)
    if not items:
        none = Text("数据没有注明来源和许可。", "The data name neither sources nor licences.")
        return Section("sources", heading, [Paragraph(none.of(language))])
    return Section("sources", heading, [Bullets(items)])


def _sources(parks: gpd.GeoDataFrame, language: Language) -> Iterator[Bullet]:
    yield from _provenance(parks, Text("园区", "Zones"), language)
    table = pd.DataFrame(parks).reindex(columns=["source", "license"])
    kinds = table.drop_duplicates().dropna(how="all")
    for source, license_ in kinds.head(_MOST_SOURCES).itertuples(index=False, name=None):
        yield _bullet(source, license_, language)
    rest = len(kinds) - _MOST_SOURCES
    if rest > 0:
        yield Bullet(Text(f"另有 {rest:,} 个来源。", f"{rest:,} more sources.").of(language))


def _provenance(frame: gpd.GeoDataFrame, what: Text, language: Language) -> Iterator[Bullet]:
    given = frame.attrs.get("provenance")
    if isinstance(given, Mapping) and known(given.get("source")):
        bullet = _bullet(given.get("source"), given.get("license"), language)
        yield Bullet(
            Text(f"{what.zh}：{bullet.text}", f"{what.en}: {bullet.text}").of(language), bullet.href
        )


def _bullet(source: object, license_: object, language: Language) -> Bullet:
    """Write a source with its licence; an address in it leads there."""
    text = said(source, most=LONG)
    terms = said(license_, most=LONG)
    address = _ADDRESS.search(str(source)) if known(source) else None
    if known(license_):
        text = Text(f"{text}；许可：{terms}", f"{text}; licence: {terms}").of(language)
    return Bullet(text, address[0] if address else None)

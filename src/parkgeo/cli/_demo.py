"""The main job on bundled real extents: measure, overlap, map, report."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from parkgeo import _atomic, datasets, io, maps, measure, overlap, plots, raster, report, units
from parkgeo._style import chinese_font
from parkgeo.cli._help import describe
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]

# Published blocks of the sci-tech city that the demo is about, by their committee.
_CITY = "hangzhou"


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    command.add_argument(
        "-o",
        "--output",
        default="out",
        metavar="FOLDER",
        help="folder for the results (out) / 输出文件夹",
    )
    describe(
        command,
        "Measure and overlap the bundled extents; write tables, a map, a figure and a report.",
        "用自带的紫金港范围演示：量算、重叠分析，并输出表格、地图、图片和报告。",
        examples=[("parkgeo demo -o out", "the results in the folder out / 结果写入 out 文件夹")],
    )


def run(task: Task) -> Outcome:
    """Write tables, map, figure and report into the folder, and tell what they say."""
    parks = datasets.load(_CITY)
    folder = Path(task.chosen.output)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = overlap.pairs(parks, by="brand_id", geometry=True)
    faces = overlap.partition(parks, by="brand_id", geometry=True)
    share = raster.concentration(datasets.hangzhou_industrial_share(), parks)
    _write(task, folder, parks, pairs, faces)
    result = {
        "extents": _extents(parks),
        "overlaps": _overlaps(pairs, parks),
        "net": _net(parks),
        "concentration": share,
        "attribution": parks.attrs["attribution"],
    }
    return Outcome(result, shown=_told(parks, result, share.iloc[0]))


def _told(
    parks: gpd.GeoDataFrame, result: dict[str, Any], share: "pd.Series[float]"
) -> Iterator[str]:
    yield "Extents, found from their words / 由四至文字还原的范围"
    yield table_text(result["extents"])
    yield (
        "\nSides: on a named line (found, bridged), or placed (area-closed: so that the stated "
        "area is met,\nand then its agreement proves nothing; inferred: where other lines end)"
    )
    yield table_text(parks["sides"].reset_index())
    yield "\nOverlaps / 重叠"
    yield table_text(result["overlaps"], decimals=3)
    yield ""
    for committee, added_km2, net_km2 in result["net"].itertuples():
        yield (
            f"{committee}: {added_km2:.3f} km² when brands are added up, "
            f"{net_km2:.3f} km² = {units.km2_to_mu(net_km2):.0f} mu net: nothing counted twice"
        )
    yield "\nConcentration / 集中度"
    yield _share_told(share)
    yield f"\n{result['attribution']}"


def _extents(parks: gpd.GeoDataFrame) -> pd.DataFrame:
    area_km2 = units.m2_to(measure.area_m2(parks), "km2")
    stated_km2 = parks["stated_area_km2"]
    return pd.DataFrame(
        {
            "brand": parks["brand"],
            "block": parks["block"],
            "stated_km2": stated_km2,
            "measured_km2": area_km2,
            "difference": [f"{x + 0.0:+.1%}" for x in (area_km2 / stated_km2 - 1.0).round(3)],
            "accuracy_m": parks["accuracy_m"].round().astype(int),
        }
    )


def _overlaps(pairs: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> pd.DataFrame:
    names = parks.drop_duplicates("brand_id").set_index("brand_id")["brand"]
    table = without_geometry(pairs)
    return table.assign(left=table["left"].map(names), right=table["right"].map(names))


def _net(parks: gpd.GeoDataFrame) -> pd.DataFrame:
    blocks_km2 = units.m2_to(measure.area_m2(parks), "km2")
    return pd.DataFrame(
        {
            "added_km2": blocks_km2.groupby(parks["administrator"]).sum(),
            "net_km2": overlap.net_area_km2(parks, by="administrator"),
        },
    )


def _share_told(found: "pd.Series[float]") -> str:
    low, high = found["ratio_low"], found["ratio_high"]
    return (
        f"Of {found['total']:.2f} km² of OSM-mapped industrial land 2019 in and around the core of "
        f"Hangzhou,\n{found['inside']:.3f} km² = {found['ratio']:.2%} lies in these extents "
        f"({low:.2%} to {high:.2%} within the accuracy of their boundaries).\n"
        "What OpenStreetMap maps is incomplete and is not the land survey: no figure for a report. "
        "/ 志愿者测绘，不完整，不能代替国土调查。"
    )


def _write(
    task: Task,
    folder: Path,
    parks: gpd.GeoDataFrame,
    pairs: gpd.GeoDataFrame,
    faces: gpd.GeoDataFrame,
) -> None:
    with _atomic.replaced(folder / "overlaps.csv") as part:
        _overlaps(pairs, parks).to_csv(part, index=False, encoding="utf-8-sig")
    io.write(pairs, folder / "overlaps.gpkg")
    io.write(faces.assign(members=faces["members"].map(", ".join)), folder / "faces.gpkg")
    ground = maps.drawn_basemap(datasets.hangzhou_ground(), name="杭州线划底图", name_en="Hangzhou")
    maps.save(maps.overlap_map(parks, basemap=ground), folder / "overlap-map.html", offline=True)
    plots.save(plots.overlap_map(parks), folder / "overlap-map.png")
    language: Literal["zh", "en"] = "zh" if chinese_font() else "en"
    report.compose(parks, language=language, basemap=ground).save(folder / "report.html")
    for name in (
        "overlaps.csv",
        "overlaps.gpkg",
        "faces.gpkg",
        "overlap-map.html",
        "overlap-map.png",
        "report.html",
    ):
        task.wrote(folder / name)

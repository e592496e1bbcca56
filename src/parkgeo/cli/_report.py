"""``parkgeo report``: one page of extents, overlaps and concentration."""

import argparse
from pathlib import Path

import geopandas as gpd

from parkgeo import report as reports
from parkgeo.cli import _words
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, crs_name, parcels_of, parks_of
from parkgeo.cli._task import Outcome, Task
from parkgeo.cli._which import add_which, which_of

__all__ = ["add", "run"]


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(command, "parks", "file of zones / 园区文件")
    add_file(
        command,
        "parcels",
        "file of parcels; without, no concentration / 地块文件；没有则不计算集中度",
        prefix="parcels-",
        optional=True,
    )
    add_which(command)
    command.add_argument(
        "-o",
        "--output",
        default="report",
        metavar="PATH",
        help="folder, or file that ends in .html (report) / 输出文件夹或网页",
    )
    command.add_argument(
        "--target", type=_words.share, default=0.70, help="share inside (0.70) / 目标比例"
    )
    command.add_argument(
        "--by", default="district", help="column of the parcels (district) / 分组的列"
    )
    command.add_argument(
        "--language", choices=("zh", "en"), default="zh", help="of the page (zh) / 报告语言"
    )
    command.add_argument("--title", help="its heading / 标题")
    command.add_argument("--author", help="who made it / 编制人")
    command.add_argument(
        "--basemap",
        help="tiles below the maps, which need a network: osm, amap … / 在线底图",
    )
    describe(
        command,
        "Make one HTML page, and its tables as CSV, of zones and of parcels.",
        "生成园区范围、重叠和集中度的评估报告（网页及 CSV 表格）。",
        examples=[
            ("parkgeo report zones.shp -o memo.html", "one page of the zones / 园区范围报告"),
            (
                (
                    "parkgeo report zones.shp parcels.shp --classes industry --class-system 三调 "
                    "-o report"
                ),
                "with the share of industrial land / 含工业用地集中度",
            ),
        ],
    )


def run(task: Task) -> Outcome:
    """Read the files, and write the report."""
    chosen = task.chosen
    parks = parks_of(task)
    sources = [_source(task, "parks", parks)]
    parcels = None
    if chosen.parcels is not None:
        task.note(f"reading {chosen.parcels}")
        parcels = parcels_of(task)
        sources.append(_source(task, "parcels", parcels))
    task.note("measuring")
    made = reports.compose(
        parks,
        parcels,
        target=chosen.target,
        **which_of(task, parcels),
        by=chosen.by,
        title=chosen.title,
        language=chosen.language,
        author=chosen.author,
        basemap=chosen.basemap,
        sources=sources,
    )
    page = made.save(chosen.output)
    for path in (page, *(page.parent / f"{name}.csv" for name in made.tables)):
        if path == page or page.name == "index.html":
            task.wrote(path)
    return Outcome({"summary": made.summary, "tables": made.tables}, shown=made.summary)


def _source(task: Task, name: str, frame: gpd.GeoDataFrame) -> reports.Source:
    """Name a file, and the CRS that it says or that was said of it."""
    path, encoding = task.option(name), task.option(f"{name}_encoding")
    said = task.option(f"{name}_datum") or task.option(f"{name}_crs")
    return reports.Source(
        name=Path(path).name,
        n_rows=len(frame),
        crs=str(said or crs_name(frame) or "?"),
        encoding=encoding,
    )

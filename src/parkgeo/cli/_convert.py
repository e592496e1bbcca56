"""``parkgeo convert``: another format, another datum."""

import argparse

from parkgeo import crs, io
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import DATUMS, add_file, crs_name, frame_of
from parkgeo.cli._output import GEOMETRY, add_output
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(
        command, "input", "any vector file, or - for GeoJSON from a pipe / 输入文件", columns=False
    )
    add_output(
        command,
        "output",
        suffixes=(*GEOMETRY, ".json", ".txt"),
        what="file to write: {kinds} / 输出文件",
    )
    command.add_argument(
        "--to",
        choices=(*DATUMS, "zone"),
        help="datum of the result, or zone for metres in the CGCS2000 3° zone (as .txt needs) / "
        "目标坐标基准；zone 为 CGCS2000 三度带",
    )
    command.add_argument(
        "--output-encoding",
        metavar="NAME",
        help="utf-8 or gbk, for .shp, .zip and .txt / 输出的文字编码",
    )
    describe(
        command,
        "Read one format, write another; convert between CGCS2000, WGS84, GCJ-02 and BD-09.",
        "转换文件格式和坐标基准（CGCS2000、WGS84、GCJ-02、BD-09）。",
        examples=[
            (
                "parkgeo convert amap.geojson zones.gpkg --from gcj02 --to cgcs2000",
                "from a web map to the official datum / 由高德坐标换算到 CGCS2000",
            ),
            ("parkgeo convert survey.txt zones.gpkg", "of the land office / 界址点坐标文件"),
            (
                "parkgeo convert zones.gpkg zones-gbk.shp --output-encoding gbk",
                "for older software / 供旧软件使用的 GBK 文件",
            ),
        ],
    )


def run(task: Task) -> Outcome:
    """Read, convert and write."""
    frame = frame_of(task, "input")
    target = task.chosen.to
    if target == "zone":
        frame = crs.to_zone(frame)
    elif target:
        frame = crs.to_datum(frame, target)
    written = io.write(frame, task.chosen.output, encoding=task.chosen.output_encoding)
    task.note(f"{len(frame)} rows written to {written}")
    task.files.append(str(written))
    return Outcome({"rows": len(frame), "crs": crs_name(frame), "datum": crs.datum_of(frame)})

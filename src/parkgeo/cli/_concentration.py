"""``parkgeo concentration``: what share of the land lies inside the zones."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from parkgeo import concentration, plots, raster
from parkgeo.cli import _words
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import (
    RASTERS,
    add_file,
    aliases_of,
    frame_of,
    parcels_of,
    parks_of,
    said_of,
)
from parkgeo.cli._output import FIGURES, GEOMETRY, TABLES, add_output, told_or_csv, write
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.cli._which import add_which, which_of, which_of_files
from parkgeo.errors import SchemaError

__all__ = ["add", "drawn", "run"]

_BATCH_ROWS = 65_536
_OF_ROWS = (
    "where",
    "class_system",
    "of",
    "districts",
    "weight",
    "scattered",
    "repair",
    "stream",
    "checkpoint",
    "parcels_crs",
    "parcels_datum",
    "parcels_alias",
)
"""Options that mean nothing where land is known by cells."""


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(
        command,
        "parcels",
        "file of parcels, a raster of classes or shares, or with --stream a folder of files / "
        "地块文件、分类或占比栅格；--stream 时也可为文件夹",
    )
    add_file(command, "parks", "file of zones / 园区文件", prefix="parks-")
    add_which(command)
    _add_question(command)
    _add_streaming(command)
    _add_results(command)
    describe(
        command,
        "Measure what share of the land lies inside the zones, with its interval and the gap.",
        "计算园区内用地占比（集中度）、区间和与目标的差距。",
        examples=[
            (
                (
                    "parkgeo concentration parcels.shp zones.shp "
                    "--classes industry --class-system 三调 --by district"
                ),
                "industrial land, by district / 各区县工业用地集中度",
            ),
            (
                "parkgeo concentration parcels.gpkg zones.shp --target 0.7 --fail-under",
                "exit code 1 below the target / 未达目标时退出码为 1",
            ),
            (
                "parkgeo concentration parcels.gpkg zones.shp --scattered scattered.gpkg",
                "clusters outside the zones / 园区外零星地块",
            ),
            (
                "parkgeo concentration parcels.parquet zones.shp --checkpoint run.checkpoint",
                "more parcels than memory holds / 超大数据分批计算，可续算",
            ),
            (
                "parkgeo concentration firms.gpkg zones.shp --weight staff --stream",
                "points: what share of the jobs is inside / 企业点：园区内就业占比",
            ),
        ],
    )


def _add_question(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--by", metavar="COLUMN", help="a row for each value of this column / 分组的列"
    )
    command.add_argument(
        "--of",
        choices=("parcels", "parks", "districts"),
        help="whose column that is, where several have it / 该列属于哪个文件",
    )
    command.add_argument(
        "--districts",
        metavar="FILE",
        help="polygons named by --by, at whose borders parcels are cut / 行政区文件",
    )
    command.add_argument(
        "--weight",
        metavar="COLUMN",
        help="what is shared out instead of area, such as output; 1 counts parcels / 权重列",
    )
    command.add_argument(
        "--target", type=_words.share, default=0.70, help="share to be reached (0.70) / 目标比例"
    )
    command.add_argument(
        "--fail-under",
        action="store_true",
        help="exit code 1 where the share of all is below the target / 未达目标时退出码为 1",
    )


def _add_streaming(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("parcels that memory does not hold / 超大数据")
    group.add_argument(
        "--stream", action="store_true", help="read in batches, in constant memory / 分批读取"
    )
    group.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="keep how far the run has come, to be taken up; implies --stream / 断点文件，可续算",
    )
    group.add_argument(
        "--batch-rows",
        type=int,
        default=_BATCH_ROWS,
        metavar="N",
        help=f"rows in memory at a time ({_BATCH_ROWS}) / 每批行数",
    )


def _add_results(command: argparse.ArgumentParser) -> None:
    add_output(
        command,
        "-o",
        "--output",
        suffixes=TABLES,
        what="write the table: {kinds}; - prints CSV / 另存表格",
    )
    add_output(
        command,
        "--scattered",
        suffixes=(*GEOMETRY, *TABLES),
        what="write clusters of parcels outside: {kinds} / 另存零星地块",
    )
    command.add_argument(
        "--gap",
        type=float,
        default=100.0,
        metavar="METRES",
        help="widest gap inside a cluster (100) / 同一零星片区内的最大间距",
    )
    add_output(
        command,
        "--figure",
        suffixes=FIGURES,
        what="draw shares against the target: {kinds} / 绘制图形",
    )
    command.set_defaults(reads=("parcels", "parks", "districts"))


def run(task: Task) -> Outcome:
    """Measure the share, and what lies outside."""
    chosen = task.chosen
    if chosen.parcels.casefold().endswith(RASTERS):
        return _finished(task, _of_cells(task), None)
    streamed = chosen.stream or chosen.checkpoint is not None
    if streamed and (chosen.scattered or chosen.repair):
        raise SchemaError(
            "--scattered and --repair need all parcels in memory; leave --stream and --checkpoint "
            "out, or ask for them by themselves"
        )
    parks = parks_of(task)
    asked = _asked(task)
    clusters = None
    if streamed:
        table = _streamed(task, parks, asked)
    else:
        parcels = parcels_of(task)
        table = concentration.ratio(parcels, parks, **which_of(task, parcels), **asked)
        if chosen.scattered:
            which = which_of(task, parcels)
            found = concentration.scattered(parcels, parks, gap_m=chosen.gap, **which)
            clusters = found.clusters
            write(task, clusters, chosen.scattered)
    return _finished(task, table, clusters)


def _of_cells(task: Task) -> pd.DataFrame:
    """Measure where land is known by cells of a raster."""
    chosen = task.chosen
    given = [name.removeprefix("parcels_") for name in _OF_ROWS if task.option(name)]
    if given:
        raise SchemaError(
            f"{', '.join(given)}: a raster has cells and no rows; it takes --classes, --by of "
            "the zones, and --target"
        )
    wanted = chosen.classes
    if wanted is not None and not all(code.isdecimal() for code in wanted):
        raise SchemaError(f"--classes of a raster are numbers of its cells; found {wanted}")
    classes = None if wanted is None else [int(code) for code in wanted]
    parks = parks_of(task)
    task.inputs.append({"argument": "parcels", "path": chosen.parcels})
    return raster.concentration(
        chosen.parcels, parks, classes=classes, by=chosen.by, target=chosen.target
    )


def _finished(task: Task, table: pd.DataFrame, clusters: gpd.GeoDataFrame | None) -> Outcome:
    """Write and draw what was asked for."""
    chosen = task.chosen
    if chosen.output:
        write(task, table, chosen.output)
    if chosen.figure:
        task.wrote(plots.save(drawn(table), chosen.figure))
    return _outcome(task, table, clusters)


def _asked(task: Task) -> dict[str, Any]:
    chosen = task.chosen
    return {
        "by": chosen.by,
        "of": chosen.of,
        "districts": None if chosen.districts is None else frame_of(task, "districts"),
        "weight": 1 if chosen.weight == "1" else chosen.weight,
        "target": chosen.target,
    }


def _streamed(task: Task, parks: gpd.GeoDataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    chosen = task.chosen
    reading = {name: said for name, said in said_of(task, "parcels").items() if said is not None}
    table = concentration.ratio(
        Path(chosen.parcels),
        parks,
        **which_of_files(task),
        **asked,
        reading={**reading, "aliases": aliases_of(task, "parcels")},
        checkpoint=chosen.checkpoint,
        batch_rows=chosen.batch_rows,
    )
    task.inputs.append({"argument": "parcels", "path": chosen.parcels})
    return table


def drawn(table: pd.DataFrame, **said: Any) -> Any:  # noqa: ANN401 - axes of matplotlib
    """Draw one share as a gauge, several as bars."""
    draw = plots.concentration_gauge if len(table) == 1 else plots.concentration_bars
    return draw(table, **said)


def _outcome(task: Task, table: pd.DataFrame, clusters: gpd.GeoDataFrame | None) -> Outcome:
    notes = {str(name): said for name, said in table.attrs.items() if name != "all"}
    whole = pd.Series(table.attrs["all"]) if "all" in table.attrs else table.iloc[0]
    unit = notes.get("unit")
    result: dict[str, object] = {"unit": unit, "rows": table, "all": whole, "notes": notes}
    if clusters is not None:
        result["scattered"] = clusters
    wrong = None
    if task.chosen.fail_under and not float(whole["ratio"]) >= task.chosen.target:
        wrong = f"{_per_cent(whole['ratio'])} is below the target of {task.chosen.target:.2%}"
    told = _told(table, whole, notes, clusters)
    return Outcome(result, shown=told_or_csv(task, table, told), wrong=wrong)


def _told(
    table: pd.DataFrame,
    whole: "pd.Series[Any]",
    notes: Mapping[str, Any],
    clusters: gpd.GeoDataFrame | None,
) -> Iterator[str]:
    yield table_text(without_geometry(table))
    low, high = _per_cent(whole["ratio_low"]), _per_cent(whole["ratio_high"])
    interval = (
        "no interval: the accuracy of a zone is not known"
        if pd.isna(whole["ratio_low"])
        else f"{low} to {high} within the accuracy of the boundaries"
    )
    yield (
        f"inside {whole['inside']:.4f} of {whole['total']:.4f} {notes.get('unit', '')}: "
        f"{_per_cent(whole['ratio'])} ({interval})"
    )
    yield from _noted(notes)
    if clusters is not None:
        yield f"\n{len(clusters)} clusters outside"
        yield table_text(without_geometry(clusters.head(10)))


def _noted(notes: Mapping[str, Any]) -> Iterator[str]:
    """Tell what was not counted, or counts twice, where there is any."""
    unknown = {f"unknown {column}": told for column, told in (notes.get("unknown") or {}).items()}
    for name, told in {**notes, **unknown}.items():
        if isinstance(told, Mapping) and (told.get("n") or told.get("n_parcels")):
            parts = ", ".join(f"{key} {value}" for key, value in told.items())
            yield f"- {name.replace('_', ' ')}: {parts}"
    if notes.get("compared_as_text"):
        yield f"- {notes['compared_as_text']}"


def _per_cent(share: float) -> str:
    return "-" if pd.isna(share) else f"{share:.2%}"

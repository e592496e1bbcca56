"""``parkgeo area``: the official area of each row."""

import argparse
from collections.abc import Iterator
from typing import Final

import pandas as pd

from parkgeo import measure, units
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, frame_of
from parkgeo.cli._output import TABLES, add_output, told_or_csv, write
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]

_SHOWN: Final = 20
"""Rows that are printed of a table that stands in a file."""


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(
        command, "input", "any vector file, or - for GeoJSON from a pipe / 输入文件", columns=False
    )
    command.add_argument(
        "--edges",
        choices=("official", "geodesic"),
        default="official",
        help="what is straight: the official plane, or shortest ways on the ellipsoid / 边的算法",
    )
    add_output(
        command,
        "-o",
        "--output",
        suffixes=TABLES,
        what="write the table: {kinds}; - prints CSV / 另存表格",
    )
    describe(
        command,
        "Print the official ellipsoidal area of each row and their sum.",
        "计算每行的椭球面积及合计（自然资源部门口径）。",
        examples=[
            ("parkgeo area parcels.shp", "area of each parcel in m², mu and km² / 各地块面积"),
            ("parkgeo area zones.shp -o areas.csv", "the table as CSV, for Excel / 另存为 CSV"),
            ("parkgeo area zones.shp --json", "for a script / 供脚本使用"),
        ],
    )


def run(task: Task) -> Outcome:
    """Measure each row."""
    frame = frame_of(task, "input")
    areas_m2 = measure.area_m2(frame, edges=task.chosen.edges)
    table = without_geometry(
        pd.DataFrame(
            {
                "area_m2": areas_m2,
                "area_mu": units.m2_to(areas_m2, "mu"),
                "area_km2": units.m2_to(areas_m2, "km2"),
            }
        ),
        labels=True,
    )
    total_m2 = float(areas_m2.sum())
    total_mu = units.m2_to(total_m2, "mu")
    if task.chosen.output:
        write(task, table, task.chosen.output)
    return Outcome(
        {"edges": task.chosen.edges, "rows": table, "sum_m2": total_m2, "sum_mu": total_mu},
        shown=told_or_csv(task, table, _told(table, total_m2, total_mu, task.chosen.output)),
    )


def _told(
    table: pd.DataFrame, total_m2: float, total_mu: float, written: str | None
) -> Iterator[str]:
    shown = table.head(_SHOWN) if written else table
    yield table_text(shown)
    if rest := len(table) - len(shown):
        yield f"… {rest} more rows in {written}"
    yield f"sum {total_m2:.3f} m² = {total_mu:.3f} mu (overlaps count twice)"

"""``parkgeo overlap``: which brands lie on the same ground, and by how much."""

import argparse
from collections.abc import Iterator

import pandas as pd

from parkgeo import overlap as overlaps
from parkgeo import units
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, parks_of
from parkgeo.cli._output import GEOMETRY, TABLES, add_output, told_or_csv, wants_geometry, write
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(command, "parks", "file of zones, or - for GeoJSON from a pipe / 园区文件")
    command.add_argument(
        "--by",
        default="brand_id",
        metavar="COLUMN",
        help="whose values are compared (brand_id) / 按哪一列区分",
    )
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the pairs: {kinds}; - prints CSV / 另存重叠表或重叠图形",
    )
    describe(
        command,
        "List the pairs of brands that lie on the same ground, and the net area.",
        "列出互相重叠的牌子及重叠面积，并计算不重复的净面积。",
        examples=[
            ("parkgeo overlap zones.shp", "which brands overlap / 哪些牌子重叠"),
            (
                "parkgeo overlap zones.shp --by administrator -o pairs.csv",
                "by committee / 按管委会比较",
            ),
            ("parkgeo overlap zones.shp -o pairs.gpkg", "the ground itself / 另存重叠图形"),
        ],
    )


def run(task: Task) -> Outcome:
    """List the pairs and the net area."""
    parks = parks_of(task)
    by, output = task.chosen.by, task.chosen.output
    pairs = overlaps.pairs(parks, by=by, geometry=wants_geometry(output))
    net_km2 = overlaps.net_area_km2(parks)
    if output:
        write(task, pairs, output)
    result = {
        "by": by,
        "pairs": pairs,
        "net_area_km2": net_km2,
        "net_area_mu": units.km2_to_mu(net_km2),
    }
    return Outcome(result, shown=told_or_csv(task, pairs, _told(pairs, net_km2)))


def _told(pairs: pd.DataFrame, net_km2: float) -> Iterator[str]:
    yield table_text(without_geometry(pairs))
    yield f"net area {net_km2:.4f} km² = {units.km2_to_mu(net_km2):.1f} mu"

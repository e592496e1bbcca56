"""``parkgeo partition``: ground cut into faces, each with the brands that lie on it."""

import argparse
from collections.abc import Iterator

import pandas as pd

from parkgeo import overlap, units
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
        help="which blocks belong together (brand_id) / 按哪一列归并",
    )
    command.add_argument(
        "--min-members",
        type=int,
        default=1,
        metavar="N",
        help="only ground of so many brands or more (1) / 至少几块牌子",
    )
    command.add_argument(
        "--pieces",
        action="store_true",
        help="a row for each connected piece, not for each set of brands / 每块一行",
    )
    command.add_argument(
        "--min-width",
        type=float,
        default=0.0,
        metavar="METRES",
        help="give narrower slivers to their neighbour (0) / 合并更窄的碎屑",
    )
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the faces: {kinds}; - prints CSV / 另存分面表或分面图形",
    )
    describe(
        command,
        "Cut the ground into faces, each with the brands that lie on it; nothing counts twice.",
        "把园区范围切分为互不重叠的面，列出每个面上的牌子；面积不重复计算。",
        examples=[
            ("parkgeo partition zones.shp", "each set of brands and its area / 各牌子组合的面积"),
            (
                "parkgeo partition zones.shp --min-members 2 -o shared.gpkg",
                "ground of two brands or more / 一地多牌的范围",
            ),
        ],
    )


def run(task: Task) -> Outcome:
    """Cut the ground."""
    chosen = task.chosen
    faces = overlap.partition(
        parks_of(task),
        by=chosen.by,
        geometry=wants_geometry(chosen.output),
        min_members=chosen.min_members,
        dissolve=not chosen.pieces,
        min_width_m=chosen.min_width,
    )
    net_km2 = float(faces["area_km2"].sum())
    added_km2 = float((faces["area_km2"] * faces["n_members"]).sum())
    if chosen.output:
        write(task, faces, chosen.output)
    result = {
        "by": chosen.by,
        "faces": faces,
        "net_area_km2": net_km2,
        "net_area_mu": units.km2_to_mu(net_km2),
        "added_up_km2": added_km2,
        "conservation": faces.attrs["conservation"],
    }
    return Outcome(result, shown=told_or_csv(task, faces, _told(faces, net_km2, added_km2)))


def _told(faces: pd.DataFrame, net_km2: float, added_km2: float) -> Iterator[str]:
    yield table_text(without_geometry(faces))
    yield (
        f"ground of these faces {net_km2:.4f} km² = {units.km2_to_mu(net_km2):.1f} mu; "
        f"added up over brands {added_km2:.4f} km²"
    )

"""``parkgeo plan``: the least-cost way to the target."""

import argparse
from collections.abc import Iterator

import pandas as pd

from parkgeo import concentration, maps, plots
from parkgeo.cli import _words
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, parcels_of, parks_of
from parkgeo.cli._output import (
    FIGURES,
    GEOMETRY,
    PAGES,
    TABLES,
    add_output,
    told_or_csv,
    write,
)
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.cli._which import add_which, which_of

__all__ = ["add", "run"]

_COSTS = ("extend_per_mu", "move_per_mu", "convert_per_mu")


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(command, "parcels", "file of parcels / 地块文件")
    add_file(command, "parks", "file of zones / 园区文件", prefix="parks-")
    add_which(command)
    _add_costs(command)
    command.add_argument(
        "--target", type=_words.share, default=0.70, help="share to be reached (0.70) / 目标比例"
    )
    command.add_argument(
        "--unit",
        choices=("cluster", "parcel"),
        default="cluster",
        help="what is decided on by itself (cluster) / 决策单元",
    )
    command.add_argument(
        "--gap",
        type=float,
        default=100.0,
        metavar="METRES",
        help="widest gap inside a cluster (100) / 同一零星片区内的最大间距",
    )
    command.add_argument(
        "--by", default="brand_id", metavar="COLUMN", help="names the zones (brand_id) / 园区名称列"
    )
    command.add_argument(
        "--time-limit",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="then the best plan found counts (60) / 求解时限",
    )
    _add_results(command)
    describe(
        command,
        "Find the least-cost way to the target: zones that grow, firms that move, land converted.",
        "求达标的最低成本方案：扩区纳入、搬迁入园或转用退出。",
        examples=[
            (
                "parkgeo plan parcels.gpkg zones.shp --classes 0601 --extend 25 -o plan.gpkg",
                "costs in 10 000 yuan per mu / 单位成本为万元/亩",
            ),
            (
                "parkgeo plan parcels.gpkg zones.shp --extend 25 --target 80% --map plan.html",
                "all parcels, another target, on a map / 全部地块、其他目标、输出地图",
            ),
        ],
    )


def _add_costs(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("costs and limits / 成本与约束")
    for option, what in (
        ("extend", "for each mu by which a zone grows / 扩区每亩成本"),
        ("move", "for each mu that moves into a zone; needs --capacity / 搬迁每亩成本"),
        ("convert", "for each mu that becomes another use / 转用每亩成本"),
    ):
        group.add_argument(
            f"--{option}",
            dest=f"{option}_per_mu",
            type=_words.number_or_name,
            metavar="COST",
            help=f"a number or a column: {what}",
        )
    group.add_argument(
        "--currency", default="万元", help="in what costs are stated (万元) / 货币单位"
    )
    group.add_argument(
        "--capacity",
        type=_words.number_or_name,
        metavar="MU",
        help="free land in each zone: a number, or a column of the parks / 园区可接纳面积（亩）",
    )
    group.add_argument("--budget", type=float, help="most that all may cost / 预算上限")
    group.add_argument(
        "--extend-within",
        type=float,
        default=1000.0,
        metavar="METRES",
        help="farthest from the zone that takes it in (1000) / 扩区最大距离",
    )


def _add_results(command: argparse.ArgumentParser) -> None:
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the measures: {kinds}; - prints CSV / 另存措施",
    )
    add_output(command, "--map", suffixes=PAGES, what="show them on a map: {kinds} / 方案地图")
    add_output(
        command,
        "--frontier",
        suffixes=TABLES,
        what="write what every target costs at least: {kinds} / 另存比例—成本曲线",
    )
    add_output(
        command, "--figure", suffixes=FIGURES, what="draw that curve: {kinds} / 绘制比例—成本曲线"
    )


def run(task: Task) -> Outcome:
    """Find the plan."""
    chosen = task.chosen
    parcels, parks = parcels_of(task), parks_of(task)
    made = concentration.plan(
        parcels,
        parks,
        costs={**{name: task.option(name) for name in _COSTS}, "currency": chosen.currency},
        target=chosen.target,
        limits={
            "budget": chosen.budget,
            "capacity_mu": chosen.capacity,
            "extend_within_m": chosen.extend_within,
        },
        unit=chosen.unit,
        gap_m=chosen.gap,
        by=chosen.by,
        time_limit_s=chosen.time_limit,
        **which_of(task, parcels),
    )
    if chosen.output:
        write(task, made.measures, chosen.output)
    if chosen.map:
        task.wrote(maps.save(made.map(), chosen.map))
    frontier = _frontier(task, made) if chosen.frontier or chosen.figure else None
    return Outcome(
        {
            "status": made.status,
            "target": made.target,
            "cost": made.cost,
            "bound": made.bound,
            "currency": made.costs.currency,
            "before": made.before,
            "after": made.after,
            "measures": made.measures,
            "frontier": frontier,
        },
        shown=told_or_csv(task, made.measures, _told(made)),
    )


def _frontier(task: Task, made: concentration.Plan) -> pd.DataFrame:
    frontier = made.frontier()
    if task.chosen.frontier:
        write(task, frontier, task.chosen.frontier)
    if task.chosen.figure:
        task.wrote(plots.save(plots.plan_frontier(made, frontier=frontier), task.chosen.figure))
    return frontier


def _told(made: concentration.Plan) -> Iterator[str]:
    yield table_text(without_geometry(made.measures))
    yield (
        f"{made.before['ratio']:.2%} → {made.after['ratio']:.2%} (target {made.target:.2%}) by "
        f"{len(made.measures)} measures, cost {made.cost:,.2f} {made.costs.currency}, {made.status}"
    )

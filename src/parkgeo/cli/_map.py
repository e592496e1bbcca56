"""``parkgeo map``: a map that opens without a network, or a figure for print."""

import argparse
from collections.abc import Callable
from typing import Any, Final

from parkgeo import concentration, maps, plots
from parkgeo.cli import _words
from parkgeo.cli._concentration import drawn
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, add_said, frame_of, parcels_of, parks_of
from parkgeo.cli._output import FIGURES, PAGES, add_output
from parkgeo.cli._task import Outcome, Task
from parkgeo.cli._which import add_which, which_of
from parkgeo.errors import SchemaError

__all__ = ["add", "run"]

_TILES: Final = ("osm", "amap", "amap-satellite", "baidu")


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    command.add_argument(
        "kind",
        choices=("overlap", "compare", "concentration", "explore"),
        metavar="KIND",
        help="overlap: of zones / 牌子重叠\ncompare: two states of zones / 整合前后对比\n"
        "concentration: parcels and zones / 集中度\nexplore: any file / 任意文件",
    )
    add_file(command, "input", "zones, or parcels, or any file / 园区、地块或任意文件")
    command.add_argument(
        "second", nargs="?", metavar="SECOND", help="zones after, or the zones / 第二个园区文件"
    )
    add_said(command, "second", prefix="second-")
    add_which(command)
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*PAGES, *FIGURES),
        what="map or figure: {kinds}; repeatable / 输出网页地图或图片；可重复",
        action="append",
        required=True,
    )
    command.set_defaults(reads=("input", "second"))
    _add_looks(command)
    describe(
        command,
        "Make a map that opens without a network, or a figure for print.",
        "生成无需网络即可打开的地图，或用于印刷的图片。",
        examples=[
            (
                "parkgeo map overlap zones.shp -o map.html -o map.png",
                "a page and a figure / 地图和图片",
            ),
            ("parkgeo map compare before.gpkg after.gpkg -o compare.html", "a plan / 整合前后对比"),
            (
                "parkgeo map concentration parcels.gpkg zones.shp --classes 0601 -o land.html",
                "what lies inside / 工业用地集中度图",
            ),
            (
                "parkgeo map explore parcels.gpkg --color 区县 -o look.html",
                "any file / 任意文件",
            ),
        ],
    )


def _add_looks(command: argparse.ArgumentParser) -> None:
    """Say what may be chosen of the picture."""
    command.add_argument(
        "--by", metavar="COLUMN", help="bars of the parcels by this column / 地块分组的列"
    )
    command.add_argument(
        "--target", type=_words.share, default=0.70, help="share to be reached (0.70) / 目标比例"
    )
    command.add_argument(
        "--color", metavar="COLUMN", help="of explore: column that says the colour / 着色的列"
    )
    command.add_argument(
        "--language", choices=("zh", "en"), default="zh", help="with which it opens (zh) / 语言"
    )
    command.add_argument("--title", help="its heading / 标题")
    command.add_argument(
        "--basemap",
        choices=_TILES,
        help="tiles below a map, which need a network; without, the page needs none / 在线底图",
    )


def run(task: Task) -> Outcome:
    """Draw each file that was asked for."""
    chosen = task.chosen
    if chosen.kind in {"compare", "concentration"} and chosen.second is None:
        raise SchemaError(f"map {chosen.kind} needs a second file")
    if chosen.kind in {"overlap", "explore"} and chosen.second is not None:
        raise SchemaError(f"map {chosen.kind} takes one file; found {chosen.second} too")
    page, figure = _DRAWINGS[chosen.kind](task)
    for path in chosen.output:
        if path.casefold().endswith(PAGES):
            task.wrote(maps.save(page(), path, offline=chosen.basemap is None))
        elif figure is None:
            raise SchemaError(f"{path}: map {chosen.kind} has no figure; write .html")
        else:
            task.wrote(plots.save(figure(), path))
    return Outcome({"kind": chosen.kind})


Drawing = tuple[Callable[[], maps.Map], Callable[[], Any] | None]


def _said(task: Task) -> dict[str, Any]:
    chosen = task.chosen
    return {"language": chosen.language, "basemap": chosen.basemap, "title": chosen.title}


def _print_said(task: Task) -> dict[str, Any]:
    return {"language": task.chosen.language, "title": task.chosen.title}


def _overlap(task: Task) -> Drawing:
    parks = parks_of(task, "input")
    return (
        lambda: maps.overlap_map(parks, **_said(task)),
        lambda: plots.overlap_map(parks, **_print_said(task)),
    )


def _compare(task: Task) -> Drawing:
    before, after = parks_of(task, "input"), parks_of(task, "second")
    return (
        lambda: maps.compare_map(before, after, **_said(task)),
        lambda: plots.before_after_map(before, after, **_print_said(task)),
    )


def _concentration(task: Task) -> Drawing:
    chosen = task.chosen
    parcels, parks = parcels_of(task, "input"), parks_of(task, "second")
    asked = {**which_of(task, parcels), "by": chosen.by, "target": chosen.target}

    def figure() -> Any:  # noqa: ANN401 - axes of matplotlib
        found = concentration.ratio(parcels, parks, **asked)
        return drawn(found, **_print_said(task))

    return lambda: maps.concentration_map(parcels, parks, **asked, **_said(task)), figure


def _explore(task: Task) -> Drawing:
    frame = frame_of(task, "input")
    return lambda: maps.explore(frame, color=task.chosen.color, **_said(task)), None


_DRAWINGS: Final[dict[str, Callable[[Task], Drawing]]] = {
    "overlap": _overlap,
    "compare": _compare,
    "concentration": _concentration,
    "explore": _explore,
}

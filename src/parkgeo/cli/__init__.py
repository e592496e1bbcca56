"""The command line: ``parkgeo demo | overlap | area | fourbounds | report | convert | check``.

Besides, ``parkgeo assets`` keeps what pages need without a network. Each command reads any format
that :mod:`parkgeo.io` reads, does one thing, and prints a table. Results go to stdout, notes to
stderr. Exit codes: 0 done, 1 cannot be done (the message says why and what to do) or checked and
found wrong, 2 wrong usage, 141 the reader of a pipe went away.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Final

from parkgeo import __version__
from parkgeo.cli import _assets, _check, _commands, _report, _words
from parkgeo.errors import ParkgeoError

__all__ = ["main"]

_DATUMS: Final = ("wgs84", "cgcs2000", "gcj02", "bd09")
_BROKEN_PIPE: Final = 141
"""128 and the number of SIGPIPE, as a shell reports it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process where null.

    Returns
    -------
    The exit code.

    Examples
    --------
    >>> main(["fourbounds", "东至绕城高速,南至云霄路,西至云涛北路,北至下确桥港,面积1.81平方公里"])
    block side  reference  kind relation
    -     east  绕城高速   road line
    ...
    0
    """
    chosen = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A pipe on Chinese Windows takes GBK, which has no ².
            stream.reconfigure(errors="replace")
    try:
        code: int | None = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has seen enough; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except (ParkgeoError, OSError) as error:
        print(f"parkgeo {chosen.command}: {error}", file=sys.stderr)
        return 1
    return code or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parkgeo",
        description="Development zones (开发区/园区) as geometry that can be defended.",
    )
    parser.add_argument("--version", action="version", version=f"parkgeo {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_overlap(commands)
    _add_area(commands)
    _add_fourbounds(commands)
    _add_report(commands)
    _add_convert(commands)
    _check.add(commands)
    _assets.add(commands)
    return parser


Commands = argparse._SubParsersAction  # noqa: SLF001, the only name that argparse gives it


def _add_demo(commands: "Commands[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser(
        "demo",
        help="overlap the bundled extents of Zijingang's brands / 演示",
        description="Measure and overlap the bundled extents; write tables, a map and a figure.",
    )
    demo.add_argument("-o", "--output", default="out", help="folder for the results (out)")
    demo.set_defaults(run=_commands.demo)


def _add_overlap(commands: "Commands[argparse.ArgumentParser]") -> None:
    overlap = commands.add_parser(
        "overlap",
        help="what lies on what, in km² and mu / 重叠分析",
        description="List the overlapping pairs of a file's extents, and the net area.",
        epilog="example: parkgeo overlap zones.shp --by brand_id -o overlaps.csv",
    )
    _add_input(overlap)
    overlap.add_argument("--by", default="brand_id", help="column whose values are compared")
    overlap.add_argument(
        "--alias",
        action="append",
        default=[],
        type=_words.alias,
        metavar="NAME=COLUMN",
        help="what a column means, such as 面积=stated_area_ha; NAME= to leave it out; repeatable",
    )
    overlap.add_argument("--repair", action="store_true", help="repair invalid rings, and say so")
    overlap.add_argument(
        "-o", "--output", help="write the pairs: .csv, or .gpkg/.parquet/.geojson with geometry"
    )
    overlap.set_defaults(run=_commands.overlap)


def _add_area(commands: "Commands[argparse.ArgumentParser]") -> None:
    area = commands.add_parser(
        "area",
        help="official area of each row / 椭球面积",
        description="Print the official ellipsoidal area of each row and their sum.",
        epilog="example: parkgeo area parcels.txt",
    )
    _add_input(area)
    area.add_argument("--edges", choices=("official", "geodesic"), default="official")
    area.add_argument("-o", "--output", help="write the table as .csv")
    area.set_defaults(run=_commands.area)


def _add_fourbounds(commands: "Commands[argparse.ArgumentParser]") -> None:
    bounds = commands.add_parser(
        "fourbounds",
        help="from the words of a range to a polygon / 四至转多边形",
        description="Parse a four-bounds text; with --lines, resolve it to polygons.",
        epilog="example: parkgeo fourbounds plan.txt --lines roads.gpkg rivers.shp "
        "--choose 东=绕城高速 --alias 留祥路=石祥西路 -o zone.geojson",
    )
    bounds.add_argument("text", help="the text itself, a .txt file that holds it, or - for stdin")
    bounds.add_argument(
        "--lines",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="named roads, rivers, borders; repeatable",
    )
    _add_said(bounds)
    bounds.add_argument("--aliases", help="CSV of other names, or the name of a bundled table")
    _add_corrections(bounds)
    bounds.add_argument(
        "--no-area",
        "--ignore-area",
        dest="no_area",
        action="store_true",
        help="do not use the stated area, so that agreement with it is evidence",
    )
    bounds.add_argument("-o", "--output", help="write the polygons, format by suffix")
    bounds.set_defaults(run=_commands.fourbounds)


def _add_corrections(bounds: argparse.ArgumentParser) -> None:
    """Add what a person knows better than text and lines."""
    bounds.add_argument(
        "--choose",
        action="append",
        default=[],
        type=_words.choice,
        metavar="SIDE=NAME",
        help="the line of a side, in the place of what the text says, as east=绕城高速 or "
        "东=绕城高速; @PLACE behind a name that is in several places; repeatable, also for a side",
    )
    bounds.add_argument(
        "--alias",
        action="append",
        default=[],
        type=_words.other_name,
        metavar="NAME=OTHER",
        help="another name of a line: 留祥路=石祥西路; repeatable",
    )
    bounds.add_argument(
        "--near",
        type=_words.place,
        metavar="LON,LAT",
        help="a place near the block in degrees, where names alone cannot say",
    )
    bounds.add_argument(
        "--block",
        metavar="NAME",
        help="only this block of the text, by its name or number from 1",
    )


def _add_report(commands: "Commands[argparse.ArgumentParser]") -> None:
    report = commands.add_parser(
        "report",
        help="one page of extents, overlaps and concentration / 评估报告",
        description="Make one HTML page, and its tables as CSV, of zones and of parcels.",
        epilog="example: parkgeo report parks.gpkg parcels.gpkg --classes industry -o report/",
    )
    _add_input(report)
    _report.add_options(report)
    report.set_defaults(run=_report.run)


def _add_convert(commands: "Commands[argparse.ArgumentParser]") -> None:
    convert = commands.add_parser(
        "convert",
        help="change format and datum / 格式与坐标系转换",
        description="Read one format, write another; convert between WGS84, GCJ-02 and BD-09.",
        epilog="example: parkgeo convert zones.geojson zones.gpkg --from gcj02 --to wgs84",
    )
    _add_input(convert)
    convert.add_argument("output", help="file to write, format by suffix")
    convert.add_argument(
        "--to",
        choices=(*_DATUMS, "zone"),
        help="datum of the result, or zone for metres in the CGCS2000 3° zone (as .txt needs)",
    )
    convert.add_argument("--output-encoding", help="utf-8 or gbk, for .shp, .zip and .txt")
    convert.set_defaults(run=_commands.convert)


def _add_input(command: argparse.ArgumentParser) -> None:
    command.add_argument("input", help="any vector file that parkgeo reads")
    _add_said(command)


def _add_said(command: argparse.ArgumentParser) -> None:
    """Add what a file may leave out."""
    command.add_argument("--crs", help="CRS of a file that does not say, such as EPSG:4549")
    command.add_argument("--encoding", help="encoding of a file that does not say, such as gbk")
    command.add_argument("--layer", help="layer of a file that has several")
    command.add_argument(
        "--from",
        dest="datum",
        choices=_DATUMS,
        help="datum of the coordinates where the file does not say, or says it wrong",
    )

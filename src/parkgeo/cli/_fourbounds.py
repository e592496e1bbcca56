"""``parkgeo fourbounds``: from the words of a range to a polygon."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd

from parkgeo import crs, io
from parkgeo import fourbounds as bounds
from parkgeo import gazetteer as gazetteers
from parkgeo._progress import watched
from parkgeo.cli import _sides
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_said, said_of
from parkgeo.cli._output import GEOMETRY, TABLES, add_output, told_or_csv, write
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import SchemaError, UnknownNameError, UnresolvedBoundsError

__all__ = ["add", "run"]

Found = tuple[bounds.Bounds, bounds.Resolution]


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    command.add_argument(
        "text",
        help="the text itself, a .txt file that holds it, or - for a pipe / 四至文字或文本文件",
    )
    command.add_argument(
        "--lines",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="named roads, rivers, borders; repeatable / 道路、河流、界线文件；可重复",
    )
    command.set_defaults(reads=("lines",))
    command.add_argument(
        "--aliases",
        metavar="CSV",
        help="CSV of other names, or the name of a bundled table / 别名表",
    )
    _add_corrections(command)
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the polygons: {kinds}; - prints CSV / 另存多边形",
    )
    add_said(command, "lines", columns=False)
    describe(
        command,
        "Parse a four-bounds text; with --lines, resolve it to polygons.",
        "解析四至文字；给出 --lines 时还原为多边形。",
        examples=[
            ("parkgeo fourbounds plan.txt", "what the text says, side by side / 逐边解析"),
            (
                "parkgeo fourbounds plan.txt --lines roads.gpkg rivers.shp -o zone.geojson",
                "the polygon, and how sure each side is / 还原多边形",
            ),
            (
                "parkgeo fourbounds plan.txt --lines roads.gpkg rivers.shp --choose 东=东二路",
                "put a side right / 指定一条边",
            ),
        ],
    )


def _add_corrections(command: argparse.ArgumentParser) -> None:
    """Add what a person knows better than text and lines."""
    command.add_argument(
        "--choose",
        action="append",
        default=[],
        type=_sides.choice,
        metavar="SIDE=NAME",
        help="the line of a side, in the place of what the text says, as east=绕城高速 or "
        "东=绕城高速; @PLACE behind a name that is in several places; repeatable / "
        "指定某边的线",
    )
    command.add_argument(
        "--alias",
        action="append",
        default=[],
        type=_sides.other_name,
        metavar="NAME=OTHER",
        help="another name of a line: 留祥路=石祥西路; repeatable / 线的别名；可重复",
    )
    command.add_argument(
        "--near",
        type=_sides.place,
        metavar="LON,LAT",
        help="a place near the block in degrees, where names alone cannot say / 附近一点的经纬度",
    )
    command.add_argument(
        "--block",
        metavar="NAME",
        help="only this block of the text, by its name or number from 1 / 只处理一个区块",
    )
    command.add_argument(
        "--no-area",
        "--ignore-area",
        dest="no_area",
        action="store_true",
        help="do not use the stated area, so that agreement with it is evidence / 不使用公布面积",
    )


def run(task: Task) -> Outcome:
    """Parse a text, and resolve it where lines are given."""
    chosen = task.chosen
    blocks = bounds.parse(_text(chosen.text))
    if not blocks:
        raise SchemaError("no four-bounds found: expected words such as 东至…南至…西至…北至…")
    blocks = _blocks(blocks, chosen.block)
    parsed = _references(blocks)
    if not chosen.lines:
        _refuse_without_lines(task)
        return Outcome({"references": parsed}, shown=[table_text(parsed)])
    if chosen.choose and len(blocks) > 1:
        raise SchemaError(
            f"--choose is for one block, but the text has {len(blocks)}: say --block with one of "
            f"{_names(blocks)}",
        )
    found, failed = _resolved(task, blocks)
    if not found:
        raise UnresolvedBoundsError("\n".join(_unresolved(failed, many=len(blocks) > 1)))
    frame = _frame(found)
    if chosen.output:
        write(task, frame, chosen.output)
    return Outcome(
        {
            "references": parsed,
            "blocks": [_plain(*one) for one in found],
            "unresolved": failed,
        },
        shown=told_or_csv(task, frame, _told(found)),
        wrong="\n".join(_unresolved(failed, many=True)) if failed else None,
    )


def _text(words: str) -> str:
    if words == "-":
        return sys.stdin.read()
    return io.read_text(words) if words.lower().endswith(".txt") else words


def _blocks(blocks: list[bounds.Bounds], wanted: str | None) -> list[bounds.Bounds]:
    """Return the block of a name or number, or all of them."""
    if wanted is None:
        return blocks
    found = [block for block in blocks if block.name == wanted]
    if not found and wanted.isdecimal() and 1 <= int(wanted) <= len(blocks):
        found = [blocks[int(wanted) - 1]]
    if not found:
        raise UnknownNameError(f"no block {wanted!r} in the text; its blocks are {_names(blocks)}")
    return found


def _names(blocks: list[bounds.Bounds]) -> str:
    return ", ".join(f"{at} ({block.name or '-'})" for at, block in enumerate(blocks, 1))


def _refuse_without_lines(task: Task) -> None:
    """Say that nothing is resolved without lines, rather than leave out what was asked for."""
    options = ("choose", "alias", "aliases", "near", "no_area", "output")
    given = [f"--{name.replace('_', '-')}" for name in options if task.option(name)]
    names = {"datum": "from"}
    given += [f"--{names.get(name, name)}" for name, said in said_of(task, "lines").items() if said]
    if given:
        raise SchemaError(
            f"{', '.join(given)} needs --lines: without files of named lines the text is only "
            "parsed and nothing is resolved",
        )


def _resolved(
    task: Task, blocks: list[bounds.Bounds]
) -> tuple[list[Found], list[dict[str, str | None]]]:
    """Resolve each block; one that fails does not take the others along."""
    chosen = task.chosen
    said: dict[str, Any] = dict(said_of(task, "lines"))
    gazetteer = gazetteers.read(*chosen.lines, aliases=chosen.aliases, **said)
    task.inputs += [{"argument": "lines", "path": path} for path in chosen.lines]
    results: list[Found] = []
    failed: list[dict[str, str | None]] = []
    for block in watched(blocks, doing="resolving", total=len(blocks)):
        try:
            result = bounds.resolve(
                block,
                gazetteer,
                use_area=not chosen.no_area,
                near=chosen.near,
                choose=_sides.by_side(chosen.choose),
                aliases=_sides.others(chosen.alias),
            )
        except UnresolvedBoundsError as error:
            failed.append({"block": block.name, "reason": str(error)})
        else:
            results.append((block, result))
    return results, failed


def _unresolved(failed: list[dict[str, str | None]], *, many: bool) -> list[str]:
    return [
        f"{one['block'] or '-'}: {one['reason']}" if many else str(one["reason"]) for one in failed
    ]


def _references(blocks: list[bounds.Bounds]) -> pd.DataFrame:
    rows = [
        (block.name or "-", side, reference.name, reference.kind, reference.relation)
        for block in blocks
        for side, references in block.sides.items()
        for reference in references
    ]
    return pd.DataFrame(rows, columns=["block", "side", "reference", "kind", "relation"])


def _plain(block: bounds.Bounds, result: bounds.Resolution) -> dict[str, object]:
    return {
        "block": block.name,
        "area_km2": result.area_km2,
        "stated_area_km2": result.stated_area_km2,
        "accuracy_m": result.accuracy_m,
        "confidence": result.confidence,
        "sides": result.sides.reset_index(drop=True),
        "warnings": result.warnings,
    }


def _told(found: list[Found]) -> Iterator[str]:
    for block, result in found:
        yield block.name or "-"
        yield table_text(result.sides.reset_index(drop=True))
        stated = "-" if result.stated_area_km2 is None else f"{result.stated_area_km2:.4f}"
        yield (
            f"area {result.area_km2:.4f} km², stated {stated}, "
            f"accuracy {result.accuracy_m:.0f} m, confidence {result.confidence:.2f}"
        )
        yield from (f"- {warning}" for warning in result.warnings)
        yield ""


def _frame(found: list[Found]) -> gpd.GeoDataFrame:
    blocks, results = zip(*found, strict=True)
    return gpd.GeoDataFrame(
        {
            "block": [block.name for block in blocks],
            "stated_area_km2": [result.stated_area_km2 for result in results],
            "area_km2": [result.area_km2 for result in results],
            "accuracy_m": [result.accuracy_m for result in results],
            "confidence": [result.confidence for result in results],
            "four_bounds": [block.text for block in blocks],
        },
        geometry=[result.geometry for result in results],
        crs=crs.CGCS2000,
    )

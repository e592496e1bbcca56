"""``parkgeo check``: what is wrong with a boundary file, and a new file that is put right."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from parkgeo import _atomic, io
from parkgeo import check as checks
from parkgeo._style import LANGUAGES, Language
from parkgeo.check import Findings, Severity
from parkgeo.check._codes import SEVERITY_WORDS
from parkgeo.check._result import is_part_of
from parkgeo.cli import _words
from parkgeo.errors import SchemaError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

__all__ = ["add", "run"]

_DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_SHOWN = 5
_EPILOG = """\
examples / 示例:
  parkgeo check zones.shp
      what is wrong, with a remedy each / 列出问题及处理办法
  parkgeo check zones.geojson --reference roads.gpkg --map found.html
      judge the datum by known roads; show the places / 用已知道路判断坐标系，并在地图上查看
  parkgeo check zones.shp --fix zones-fixed.gpkg
      write a new file and zones-fixed.fixes.csv / 另存修复后的文件和修改记录
  parkgeo check zones.geojson --fix new.gpkg --fix-datum gcj02
      bring it from GCJ-02 to CGCS2000 / 由 GCJ-02 换算到 CGCS2000

exit codes / 退出码:
  0  no error was found (warnings and notes may be) / 没有错误
  1  errors were found, or the check could not be done / 有错误，或无法检查
  2  wrong usage / 用法有误
The codes speak of the file that was checked, whether or not a new one was written.
"""


def add(commands: "Commands") -> None:
    """Add the command and what it takes."""
    command = commands.add_parser(
        "check",
        help="what is wrong with a boundary file, and a new one put right / 检查与修复",
        description="Say what is wrong with a file of zones, and with --fix write a new file.\n"
        "检查园区边界文件的编码、坐标系、图形、属性和面积；--fix 另存修复后的文件。",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("input", help="any vector file that parkgeo reads / 要检查的文件")
    command.add_argument("--crs", help="CRS of a file that does not say, such as EPSG:4549")
    command.add_argument("--encoding", help="encoding of a file that does not say, such as gbk")
    command.add_argument("--layer", help="layer of a file that has several")
    command.add_argument(
        "--from", dest="datum", choices=_DATUMS, help="datum of the coordinates, where you know it"
    )
    command.add_argument(
        "--alias",
        action="append",
        default=[],
        type=_words.alias,
        metavar="NAME=COLUMN",
        help="what a column means, such as 面积=stated_area_ha; repeatable / 列的含义",
    )
    command.add_argument("--by", metavar="COLUMN", help="rows that belong together (the brand)")
    command.add_argument(
        "--reference", metavar="FILE", help="known lines or areas to judge the datum by / 参照数据"
    )
    _add_results(command)
    command.set_defaults(run=run)


def _add_results(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", choices=LANGUAGES, help="only this language (both)")
    command.add_argument("--json", action="store_true", help="print JSON, for machines")
    command.add_argument(
        "-o", "--output", help="write the findings: .csv, or .gpkg/.geojson with their places"
    )
    command.add_argument(
        "--map", metavar="HTML", help="show the rows with findings on a map / 地图"
    )
    command.add_argument(
        "--fix", metavar="FILE", help="write a new file with what is safe put right / 另存修复文件"
    )
    command.add_argument(
        "--fix-report", metavar="FILE", help=".csv or .html of the changes (FILE.fixes.csv)"
    )
    command.add_argument(
        "--fix-datum", choices=_DATUMS, help="bring the degrees from this datum to CGCS2000"
    )
    command.add_argument(
        "--fix-areas", action="store_true", help="correct stated areas of a wrong unit / 改正单位"
    )
    command.add_argument(
        "--area-unit", metavar="UNIT", help="unit of areas without one: mu, ha, km2, m2, 亩 …"
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace results that are there, never the input"
    )


def run(chosen: argparse.Namespace) -> int:
    """Check, tell, and write what was asked for."""
    _refuse_without_fix(chosen)
    _refuse_the_input(chosen)
    reference = None if chosen.reference is None else io.read(chosen.reference)
    found = checks.inspect(
        chosen.input,
        crs=chosen.crs,
        datum=chosen.datum,
        encoding=chosen.encoding,
        layer=chosen.layer,
        aliases={name: column or None for name, column in chosen.alias} or None,
        by=chosen.by,
        reference=reference,
    )
    if chosen.json:
        print(json.dumps(_plain(found), ensure_ascii=False, indent=1))
    else:
        _print(found, chosen.language)
    if chosen.output:
        _write(found, Path(chosen.output))
    if chosen.map:
        _draw(found, chosen.map, chosen.language or "zh")
    if chosen.fix:
        fixed = found.fix(
            datum=chosen.fix_datum, areas=chosen.fix_areas, area_unit=chosen.area_unit
        )
        written = fixed.save(chosen.fix, report=chosen.fix_report, overwrite=chosen.overwrite)
        _note(f"{len(fixed.changes)} changes; written {written[0]} and {written[1]}")
    return 0 if found.ok else 1


def _refuse_without_fix(chosen: argparse.Namespace) -> None:
    options = ("fix_report", "fix_datum", "fix_areas", "area_unit", "overwrite")
    given = [f"--{name.replace('_', '-')}" for name in options if getattr(chosen, name)]
    if given and not chosen.fix:
        raise SchemaError(f"{', '.join(given)} needs --fix FILE: where to write the new file")


def _refuse_the_input(chosen: argparse.Namespace) -> None:
    """Refuse to write results over the file that is checked."""
    for path in (chosen.output, chosen.map):
        if path and is_part_of(Path(path), Path(chosen.input)):
            raise SchemaError(f"{path} is the file that is checked, and is never written over")


def _print(found: Findings, language: str | None) -> None:
    """Print one paragraph a finding, in one language or both."""
    said = [language] if language else ["zh", "en"]
    for row in found.table.itertuples():
        words = SEVERITY_WORDS[Severity(str(row.severity))]
        label = " ".join(words.zh if one == "zh" else words.en for one in said)
        rows = _rows(row.rows)
        print(f"{label} [{row.code}]{rows}")
        for one in said:
            end = "_zh" if one == "zh" else ""
            remedy = getattr(row, f"remedy{end}")
            print(f"  {_line(getattr(row, f'found{end}'))}")
            print(f"    → {_line(remedy)}")
    counts = found.counts
    print(
        f"{found.source}: {counts['error']} errors, {counts['warning']} warnings, "
        f"{counts['note']} notes"
    )


def _rows(rows: object) -> str:
    labels = list(rows) if isinstance(rows, tuple) else []
    if not labels:
        return ""
    shown = ", ".join(_line(label) for label in labels[:_SHOWN])
    rest = f" … +{len(labels) - _SHOWN}" if len(labels) > _SHOWN else ""
    return f" {shown}{rest}"


def _line(value: object) -> str:
    """One line: what a file says must not move the terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in str(value))


def _plain(found: Findings) -> dict[str, Any]:
    """Return all as JSON holds it; a place as the box around it, in degrees of EPSG:4490."""
    table = pd.DataFrame(found.table.drop(columns="geometry"))
    boxes = found.table.geometry.bounds.to_numpy()
    frame = found.frame
    return {
        "file": found.source,
        "rows": None if frame is None else len(frame),
        "crs": None if frame is None or frame.crs is None else frame.crs.name,
        "ok": found.ok,
        "counts": found.counts,
        "findings": [
            {
                **row,
                "rows": [_scalar(label) for label in row["rows"]],
                "bounds": None if shape is None else [round(float(x), 9) for x in box],
            }
            for row, box, shape in zip(
                table.to_dict("records"), boxes, found.table.geometry, strict=True
            )
        ],
    }


def _scalar(label: object) -> object:
    return label if isinstance(label, str | int | float | bool) else str(label)


def _write(found: Findings, path: Path) -> None:
    table = found.table.assign(rows=[", ".join(map(str, rows)) for rows in found.table["rows"]])
    if path.suffix.casefold() == ".csv":
        plain = pd.DataFrame(table.drop(columns="geometry"))
        with _atomic.replaced(path) as part:
            plain.to_csv(part, index=False, encoding="utf-8-sig")
    else:
        io.write(gpd.GeoDataFrame(table), path)
    _note(f"written {path}")


def _draw(found: Findings, path: str, language: Language) -> None:
    """Draw the rows, coloured by the worst of each, and the places of the findings."""
    from parkgeo import maps  # noqa: PLC0415 - heavy, and only a map needs it

    drawn = found.layer(language=language)
    page = maps.explore(drawn, color="severity", name="row", language=language, title=found.source)
    _note(f"written {maps.save(page, path)}")


def _note(text: str) -> None:
    print(text, file=sys.stderr)

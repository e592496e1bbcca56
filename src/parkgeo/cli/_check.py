"""``parkgeo check``: what is wrong with a boundary file, and a new file that is put right."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from parkgeo import check as checks
from parkgeo import maps
from parkgeo._style import LANGUAGES, Language
from parkgeo.check import Findings, Severity
from parkgeo.check._codes import SEVERITY_WORDS
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import DATUMS, add_file, aliases_of, crs_name, frame_of, said_of
from parkgeo.cli._output import GEOMETRY, PAGES, TABLES, add_output, told_or_csv, write
from parkgeo.cli._table import flat
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import SchemaError

__all__ = ["add", "run"]

_SHOWN = 5
_NOTES = """\
exit codes / 退出码:
  0  no error was found (warnings and notes may be) / 没有错误
  1  errors were found, or the check could not be done / 有错误，或无法检查
The codes speak of the file that was checked, whether or not a new one was written."""


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(command, "input", "any vector file that parkgeo reads / 要检查的文件", repair=False)
    command.add_argument(
        "--by", metavar="COLUMN", help="rows that belong together (the brand) / 按哪一列归并"
    )
    command.add_argument(
        "--reference", metavar="FILE", help="known lines or areas to judge the datum by / 参照数据"
    )
    command.set_defaults(reads=("input", "reference"))
    _add_results(command)
    describe(
        command,
        "Say what is wrong with a file of zones, and with --fix write a new file.",
        "检查园区边界文件的编码、坐标系、图形、属性和面积；--fix 另存修复后的文件。",
        examples=[
            ("parkgeo check zones.shp", "what is wrong, with a remedy each / 列出问题及处理办法"),
            (
                "parkgeo check amap.geojson --reference roads.gpkg --map found.html",
                "judge the datum by known roads; show places / 用已知道路判断坐标系",
            ),
            (
                "parkgeo check zones.shp --fix zones-fixed.gpkg",
                "write a new file and zones-fixed.fixes.csv / 另存修复后的文件和修改记录",
            ),
            (
                "parkgeo check amap.geojson --fix new.gpkg --fix-datum gcj02",
                "bring it from GCJ-02 to CGCS2000 / 由 GCJ-02 换算到 CGCS2000",
            ),
        ],
        notes=_NOTES,
    )


def _add_results(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--language", choices=LANGUAGES, help="only this language (both) / 输出语言"
    )
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the findings: {kinds}; - prints CSV / 另存问题清单",
    )
    add_output(
        command,
        "--map",
        suffixes=PAGES,
        what="show the rows with findings on a map: {kinds} / 在地图上显示问题",
    )
    command.add_argument(
        "--fix", metavar="FILE", help="write a new file with what is safe put right / 另存修复文件"
    )
    command.add_argument(
        "--fix-report",
        metavar="FILE",
        help=".csv or .html of the changes (FILE.fixes.csv) / 修改记录",
    )
    command.add_argument(
        "--fix-datum",
        choices=DATUMS,
        help="bring the degrees from this datum to CGCS2000 / 由该坐标基准换算到 CGCS2000",
    )
    command.add_argument(
        "--fix-areas", action="store_true", help="correct stated areas of a wrong unit / 改正单位"
    )
    command.add_argument(
        "--area-unit",
        metavar="UNIT",
        help="unit of areas without one: mu, ha, km2, m2, 亩 … / 未注明的面积单位",
    )
    command.add_argument(
        "--overwrite",
        action="store_true",
        help="replace a fixed file that is there, never the input / 覆盖已有的修复文件",
    )


def run(task: Task) -> Outcome:
    """Check, tell, and write what was asked for."""
    chosen = task.chosen
    _refuse_without_fix(chosen)
    reference = None if chosen.reference is None else frame_of(task, "reference")
    said: dict[str, Any] = dict(said_of(task, "input"))
    found = checks.inspect(
        chosen.input,
        **said,
        aliases=aliases_of(task, "input") or None,
        by=chosen.by,
        reference=reference,
    )
    rows = None if found.frame is None else len(found.frame)
    name = None if found.frame is None else crs_name(found.frame)
    task.inputs.append({"argument": "input", "path": chosen.input, "rows": rows, "crs": name})
    table = _joined(found)
    if chosen.output:
        write(task, table, chosen.output)
    if chosen.map:
        _draw(task, found, chosen.map, chosen.language or "zh")
    if chosen.fix:
        _fix(task, found)
    return Outcome(
        _plain(found),
        shown=told_or_csv(task, table, _told(found, chosen.language)),
        wrong=None if found.ok else "",
    )


def _refuse_without_fix(chosen: argparse.Namespace) -> None:
    options = ("fix_report", "fix_datum", "fix_areas", "area_unit", "overwrite")
    given = [f"--{name.replace('_', '-')}" for name in options if getattr(chosen, name)]
    if given and not chosen.fix:
        raise SchemaError(f"{', '.join(given)} needs --fix FILE: where to write the new file")


def _told(found: Findings, language: str | None) -> Iterator[str]:
    """Tell one paragraph a finding, in one language or both."""
    said = [language] if language else ["zh", "en"]
    for row in found.table.itertuples():
        words = SEVERITY_WORDS[Severity(str(row.severity))]
        label = " ".join(words.zh if one == "zh" else words.en for one in said)
        yield f"{label} [{row.code}]{_rows(row.rows)}"
        for one in said:
            end = "_zh" if one == "zh" else ""
            yield f"  {flat(getattr(row, f'found{end}'))}"
            yield f"    → {flat(getattr(row, f'remedy{end}'))}"
    yield f"{flat(found.source)}: {' / '.join(_counted(found.counts, one) for one in said)}"


def _counted(counts: Mapping[str, int], language: str) -> str:
    """Say how many findings there are of each severity."""
    if language == "zh":
        return "，".join(f"{SEVERITY_WORDS[s].zh} {counts[s.value]}" for s in Severity)
    return ", ".join(
        f"{(n := counts[s.value])} {SEVERITY_WORDS[s].en}{'' if n == 1 else 's'}" for s in Severity
    )


def _rows(rows: object) -> str:
    labels = list(rows) if isinstance(rows, tuple) else []
    if not labels:
        return ""
    shown = ", ".join(flat(label) for label in labels[:_SHOWN])
    rest = f" … +{len(labels) - _SHOWN}" if len(labels) > _SHOWN else ""
    return f" {shown}{rest}"


def _plain(found: Findings) -> dict[str, object]:
    """Return all as JSON holds it; a place as the box around it, in degrees of EPSG:4490."""
    frame = found.frame
    boxes = [
        None if shape is None else tuple(round(float(x), 9) for x in shape.bounds)
        for shape in found.table.geometry
    ]
    table = found.table.assign(bounds=pd.Series(boxes, index=found.table.index, dtype=object))
    return {
        "file": found.source,
        "rows": None if frame is None else len(frame),
        "crs": None if frame is None or frame.crs is None else frame.crs.name,
        "ok": found.ok,
        "counts": found.counts,
        "findings": table,
    }


def _joined(found: Findings) -> gpd.GeoDataFrame:
    rows = [", ".join(map(str, rows)) for rows in found.table["rows"]]
    return gpd.GeoDataFrame(found.table.assign(rows=rows))


def _draw(task: Task, found: Findings, path: str, language: Language) -> None:
    """Draw the rows, coloured by the worst of each, and the places of the findings."""
    drawn = found.layer(language=language)
    page = maps.explore(drawn, color="severity", name="row", language=language, title=found.source)
    task.wrote(maps.save(page, path))


def _fix(task: Task, found: Findings) -> None:
    chosen = task.chosen
    fixed = found.fix(datum=chosen.fix_datum, areas=chosen.fix_areas, area_unit=chosen.area_unit)
    written = fixed.save(chosen.fix, report=chosen.fix_report, overwrite=chosen.overwrite)
    task.files += map(str, written)
    task.note(f"{len(fixed.changes)} changes; written {written[0]} and {written[1]}")

"""``parkgeo agglomeration``: whether industry stands together."""

import argparse
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
from pyproj.exceptions import CRSError

from parkgeo import agglomeration, crs, io, maps, plots
from parkgeo.cli import _words
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import RASTERS, add_file, crs_name, frame_of, said_of
from parkgeo.cli._output import FIGURES, GEOMETRY, PAGES, TABLES, add_output, told_or_csv, write
from parkgeo.cli._plain import without_geometry
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import SchemaError, UnknownNameError

__all__ = ["add", "run"]

_TABLES: Final = (".csv", ".xlsx", ".ods")
_DAMAGE: Final = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
_DRAWN: Final = ("kd", "m", "moran")
_WHAT: Final = {
    "regions": "Hoover, Gini, Ellison–Glaeser … of each industry / 各行业按区域的集聚度",
    "quotient": "location quotient of each industry in each region / 区位商",
    "kd": "Duranton–Overman density of distances / 距离密度",
    "m": "Marcon–Puech relative concentration / 相对集聚 M 函数",
    "moran": "Moran's I of --column, and of each row / 空间自相关",
    "patches": "pieces of polygons, or of a raster of classes / 斑块",
}


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(
        command,
        "input",
        "plants as points, polygons, a table (.csv, .xlsx, .ods), or a raster of classes / "
        "企业点、面、表格或分类栅格",
        columns=False,
    )
    measures = "\n".join(f"{name}: {what}" for name, what in _WHAT.items())
    command.add_argument(
        "--measure",
        choices=tuple(_WHAT),
        default="regions",
        metavar="MEASURE",
        help=f"regions unless said / 默认 regions\n{measures}",
    )
    _add_columns(command)
    _add_tests(command)
    add_output(
        command,
        "-o",
        "--output",
        suffixes=(*TABLES, *GEOMETRY),
        what="write the table: {kinds}; - prints CSV / 另存表格",
    )
    add_output(
        command,
        "--figure",
        suffixes=(*FIGURES, *PAGES),
        what="draw the curve of kd and m, or of moran the scatter, or its map as .html: {kinds} / "
        "绘制图形",
    )
    describe(
        command,
        "Measure whether industry stands together, and more than chance would have it.",
        "计算产业集聚程度，并与随机分布比较。",
        examples=[
            (
                "parkgeo agglomeration firms.csv --region district --industry trade --size staff",
                "each industry over the districts / 各行业在各区县的集聚度",
            ),
            (
                "parkgeo agglomeration firms.gpkg --measure kd --of 机械 --figure kd.png",
                "at what distances / 在哪些距离上集聚",
            ),
            (
                "parkgeo agglomeration parcels.gpkg --measure patches --gap 100",
                "how many pieces / 用地分为几块",
            ),
        ],
    )


def _add_columns(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("columns / 列")
    group.add_argument("--region", default="region", metavar="COLUMN", help="of regions / 区域列")
    group.add_argument(
        "--industry", default="industry", metavar="COLUMN", help="of industries / 行业列"
    )
    group.add_argument(
        "--size", metavar="COLUMN", help="what a plant weighs; 1 without / 规模列（就业、产值）"
    )
    group.add_argument(
        "--of", metavar="NAME", help="of kd and m: the industry that is meant / 所分析的行业"
    )
    group.add_argument("--column", metavar="COLUMN", help="of moran: the numbers / 自相关的数值列")
    group.add_argument(
        "--by", metavar="COLUMN", help="of patches: a row for each value / 斑块的分组列"
    )
    group.add_argument(
        "--xy",
        type=_words.names,
        metavar="X,Y",
        help="columns of a table with coordinates, as lon,lat; needs --crs or --from / 坐标列",
    )


def _add_tests(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("distances and chance / 距离与检验")
    group.add_argument(
        "--simulations",
        type=int,
        default=0,
        metavar="N",
        help="draws for the bands of kd and m (0; the paper takes 1000) / 模拟次数",
    )
    group.add_argument(
        "--neighbours",
        choices=("queen", "rook", "knn"),
        default="queen",
        help="of moran: a common point, a common edge, or the 8 nearest (queen) / 邻接方式",
    )
    group.add_argument(
        "--gap",
        type=float,
        default=100.0,
        metavar="METRES",
        help="of patches: widest gap inside one (100) / 斑块内的最大间距",
    )
    group.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the draws (0) / 随机种子"
    )


def run(task: Task) -> Outcome:
    """Measure, draw and write."""
    if task.chosen.figure and task.chosen.measure not in _DRAWN:
        raise SchemaError(
            f"--figure: {task.chosen.measure} has no figure; {', '.join(_DRAWN)} have one"
        )
    table, summary, drawing = _MEASURES[task.chosen.measure](task)
    chosen = task.chosen
    if chosen.output:
        write(task, table, chosen.output)
    if chosen.figure and drawing is not None:
        task.wrote(drawing(chosen.figure))
    result = {"measure": chosen.measure, "rows": table, "summary": summary}
    return Outcome(result, shown=told_or_csv(task, table, _told(table, summary)))


Measured = tuple[pd.DataFrame, dict[str, Any], Callable[[str], Path] | None]


def _regions(task: Task) -> Measured:
    chosen = task.chosen
    columns = {"region": chosen.region, "industry": chosen.industry}
    return agglomeration.by_region(_table_of(task), **columns, size=chosen.size), {}, None


def _quotient(task: Task) -> Measured:
    chosen = task.chosen
    columns = {"region": chosen.region, "industry": chosen.industry}
    found = agglomeration.location_quotient(_table_of(task), **columns, value=chosen.size)
    return found, {}, None


def _kd(task: Task) -> Measured:
    chosen = task.chosen
    found = agglomeration.duranton_overman(
        _points_of(task),
        industry=chosen.industry if chosen.of is not None else None,
        reference=chosen.of,
        weight=chosen.size,
        simulations=chosen.simulations,
        seed=chosen.seed,
    )
    return _curve(found)


def _m(task: Task) -> Measured:
    chosen = task.chosen
    if chosen.of is None:
        raise SchemaError("--measure m needs --of NAME: the industry that is meant")
    found = agglomeration.marcon_puech(
        _points_of(task),
        industry=chosen.industry,
        reference=chosen.of,
        weight=chosen.size,
        simulations=chosen.simulations,
        seed=chosen.seed,
    )
    return _curve(found)


_CURVE: Final = (
    "n_reference",
    "n_neighbours",
    "n_sites",
    "simulations",
    "level",
    "seed",
    "p_value",
    "localisation_index",
    "dispersion_index",
    "bandwidth_m",
)


def _curve(found: agglomeration.DistanceResult) -> Measured:
    summary = {name: getattr(found, name) for name in _CURVE}
    return found.table, summary, lambda path: plots.save(found.plot(), path)


def _moran(task: Task) -> Measured:
    chosen = task.chosen
    if chosen.column is None:
        raise SchemaError("--measure moran needs --column NAME: the numbers to compare")
    found = agglomeration.autocorrelation(
        frame_of(task, "input"), chosen.column, neighbours=chosen.neighbours, seed=chosen.seed
    )

    def draw(path: str) -> Path:
        if path.casefold().endswith(PAGES):
            return maps.save(found.map(), path)
        return plots.save(found.plot(), path)

    return found.table, {str(name): one for name, one in found.summary.items()}, draw


def _patches(task: Task) -> Measured:
    chosen = task.chosen
    if chosen.input.casefold().endswith(RASTERS):
        task.inputs.append({"argument": "input", "path": chosen.input})
        found = agglomeration.landscape_metrics(chosen.input, level="class")
        return found, {"units": found.attrs["units"], "cell_m": found.attrs["cell_m"]}, None
    land = frame_of(task, "input")
    return agglomeration.vector_patches(land, gap_m=chosen.gap, by=chosen.by), {}, None


_MEASURES: Final[dict[str, Callable[[Task], Measured]]] = {
    "regions": _regions,
    "quotient": _quotient,
    "kd": _kd,
    "m": _m,
    "moran": _moran,
    "patches": _patches,
}


def _table_of(task: Task) -> pd.DataFrame:
    """Read a table, or the attributes of a vector file."""
    path, said = str(task.chosen.input), said_of(task, "input")
    if not _is_table(path):
        return pd.DataFrame(frame_of(task, "input").drop(columns="geometry"))
    if not Path(path).is_file():
        raise FileNotFoundError(f"no file {path}; look for a typing error in the path")
    try:
        if path.casefold().endswith(".csv"):
            text = StringIO(io.read_text(path, encoding=said["encoding"]))
            # Codes of industries are words, and keep their leading zero.
            words = {task.chosen.industry: str, task.chosen.region: str}
            table = pd.read_csv(text, dtype=words)
        else:
            table = pyogrio.read_dataframe(
                path, layer=said["layer"], read_geometry=False, HEADERS="FORCE"
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, *_DAMAGE) as error:
        raise SchemaError(f"{path} is no table that can be read: {error}") from error
    task.inputs.append({"argument": "input", "path": path, "rows": len(table)})
    return table


def _is_table(path: str) -> bool:
    return path.casefold().endswith(_TABLES)


def _points_of(task: Task) -> gpd.GeoDataFrame:
    """Read points, of a vector file or of two columns of a table."""
    if not _is_table(str(task.chosen.input)):
        return frame_of(task, "input")
    x, y = _coordinates(task)
    table = _table_of(task)
    missing = [name for name in (x, y) if name not in table.columns]
    if missing:
        have = ", ".join(map(str, table.columns))
        raise UnknownNameError(f"--xy: no column {', '.join(missing)}; there are {have}")
    numbers = table[[x, y]].apply(pd.to_numeric, errors="coerce")
    said = said_of(task, "input")
    at = gpd.points_from_xy(numbers[x], numbers[y])
    try:
        points = gpd.GeoDataFrame(table, geometry=at, crs=said["crs"])
    except CRSError as error:
        raise UnknownNameError(
            f"PROJ knows no CRS {said['crs']!r}; name one such as EPSG:4490 for degrees"
        ) from error
    if said["datum"]:
        points = crs.set_datum(points, said["datum"], "the table")
    task.inputs[-1]["crs"] = crs_name(points)
    return points


def _coordinates(task: Task) -> list[str]:
    names: list[str] | None = task.chosen.xy
    said = said_of(task, "input")
    if names is None or len(names) != 2 or not (said["crs"] or said["datum"]):  # noqa: PLR2004
        raise SchemaError(
            "a table of points needs --xy X,Y, the columns of the coordinates, and --crs or "
            "--from, which say in which system they are"
        )
    return names


def _told(table: pd.DataFrame, summary: dict[str, Any]) -> Iterator[str]:
    yield table_text(without_geometry(table))
    for name, value in summary.items():
        if not isinstance(value, dict):
            shown = f"{value:.6g}" if isinstance(value, float) else value
            yield f"{str(name).replace('_', ' ')}: {shown}"

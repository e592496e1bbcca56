"""``parkgeo datum``: on which datum the coordinates of a file stand."""

import argparse
from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from parkgeo import crs
from parkgeo.cli._help import describe
from parkgeo.cli._inputs import add_file, crs_name, frame_of
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import CRSMismatchError

__all__ = ["add", "run"]

_DEGREES: Final = ("wgs84", "gcj02", "bd09")


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_file(command, "input", "any vector file / 输入文件", columns=False)
    command.add_argument(
        "--reference",
        metavar="FILE",
        help="a layer of the same place that is known to be right / 坐标可靠的参照数据",
    )
    command.set_defaults(reads=("input", "reference"))
    describe(
        command,
        "Say on which datum a file stands, how far it would be off on another one, and, with a\n"
        "layer that is known, which datum fits.",
        "说明文件的坐标基准、与其他基准相差多少米；给出参照数据时判断实际基准。",
        examples=[
            ("parkgeo datum zones.shp", "what the file says / 文件所注明的基准"),
            (
                "parkgeo datum zones.shp --reference roads.gpkg",
                "which datum fits; exit code 1 if the file says another / 判断实际基准",
            ),
        ],
    )


def run(task: Task) -> Outcome:
    """Say what the file says, and what fits."""
    frame = frame_of(task, "input")
    stated = _stated(frame)
    projected = bool(frame.crs is not None and frame.crs.is_projected)
    degrees = crs.to_geographic(frame) if projected else frame
    offsets = _offsets(degrees)
    fits: pd.DataFrame | None = None
    if task.chosen.reference:
        fits = crs.detect_datum(degrees, frame_of(task, "reference"))
    verdict = None if fits is None else next(iter(fits.index[fits["verdict"] == "fits"]), None)
    result = {
        "stated": stated,
        "crs": crs_name(frame),
        "projected": projected,
        "offsets": offsets,
        "candidates": fits,
        "verdict": verdict,
    }
    return Outcome(
        result, shown=_told(frame, stated, offsets, fits), wrong=_contradiction(stated, verdict)
    )


def _stated(frame: gpd.GeoDataFrame) -> str | None:
    try:
        return crs.datum_of(frame)
    except CRSMismatchError:
        return None


def _contradiction(stated: str | None, verdict: str | None) -> str | None:
    said = "wgs84" if stated == "cgcs2000" else stated
    if verdict is None or said == verdict:
        return None
    return (
        f"the file says {stated or 'no known datum'}, and its coordinates fit {verdict}: read it "
        f"with --from {verdict}, or convert it with parkgeo convert … --from {verdict} "
        "--to cgcs2000 / 坐标基准与注明不符"
    )


def _offsets(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure how far a point in the middle is off when its numbers are read on another datum."""
    box = frame.total_bounds
    if not np.isfinite(box).all():
        return pd.DataFrame({"read_as": [], "instead_of": [], "distance_m": []})
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    places = {
        "wgs84": (x, y),
        "gcj02": tuple(float(one) for one in crs.gcj02_to_wgs84(x, y)),
        "bd09": tuple(float(one) for one in crs.bd09_to_wgs84(x, y)),
    }
    geod = Geod(ellps="WGS84")
    rows = [
        (right, wrong, geod.inv(*places[right], *places[wrong])[2])
        for at, right in enumerate(_DEGREES)
        for wrong in _DEGREES[at + 1 :]
    ]
    return pd.DataFrame(rows, columns=["read_as", "instead_of", "distance_m"])


def _told(
    frame: gpd.GeoDataFrame, stated: str | None, offsets: pd.DataFrame, fits: pd.DataFrame | None
) -> Iterator[str]:
    yield f"the file says {stated or 'no known datum'} ({crs_name(frame) or 'no CRS'})"
    yield "what a wrong datum moves, in the middle of the file / 用错基准的偏移"
    yield table_text(offsets, decimals=1)
    if fits is None:
        yield (
            "no datum can be told from coordinates alone: name a layer that is known with "
            "--reference / 仅凭坐标无法判断，请用 --reference 给出参照数据"
        )
    else:
        yield table_text(fits.reset_index())

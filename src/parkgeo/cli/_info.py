"""``parkgeo info``: versions, for a report of a fault."""

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import pyogrio
import pyproj
import shapely

from parkgeo import __version__, maps
from parkgeo._style import chinese_font
from parkgeo.cli._help import describe
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]

_PACKAGES: Final = (
    "geopandas",
    "pandas",
    "numpy",
    "shapely",
    "pyproj",
    "pyogrio",
    "pyarrow",
    "numba",
    "scipy",
    "rasterio",
    "matplotlib",
    "folium",
)
_EXTRAS: Final = {
    "osm": ("osmnx",),
    "spark": ("pyspark",),
    "stats": ("esda", "libpysal"),
}


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    describe(
        command,
        "Print versions of parkgeo and of what it stands on; add them when you report a fault.",
        "显示 parkgeo 及依赖的版本；反馈问题时请附上。",
        examples=[
            ("parkgeo info", "as text / 文本"),
            ("parkgeo info --json", "for a script / 供脚本使用"),
        ],
    )


def run(_: Task) -> Outcome:
    """Look what is there."""
    found: dict[str, Any] = {
        "parkgeo": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "encoding": sys.stdout.encoding,
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
        "gdal": ".".join(map(str, pyogrio.__gdal_version__)),
        "chinese_font": chinese_font(),
        "assets": str(maps.assets_folder()),
        "packages": {name: _version(name) for name in _PACKAGES},
        "extras": {
            extra: {name: _version(name) for name in names} for extra, names in _EXTRAS.items()
        },
    }
    return Outcome(found, shown=_told(found))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _told(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from _told(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {'-' if value is None else value}"

"""Results of benchmarks, kept as files from which the documentation draws its table.

A benchmark hands over what it measured; it is kept where ``PARKGEO_BENCH_RESULTS`` names a folder,
and else only printed. ``table.py`` runs them all with that folder set.
"""

import json
import os
import platform
import re
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pyproj
import rasterio
import shapely

from parkgeo import _atomic

PACKAGES: Final = ("parkgeo", "geopandas", "shapely", "pyproj", "numpy", "numba", "rasterio")


@dataclass(frozen=True)
class Run:
    """What one way to an answer took."""

    who: str
    seconds: float | None
    """Median; null where there is an answer and no time."""
    ours: bool = False
    note: str = ""
    """How the answer compares, or why there is none."""
    peak_mb: float | None = None
    page_mb: float | None = None


def keep(scenario: str, size: str, runs: list[Run]) -> None:
    """Keep the runs of one scenario, with the machine and the versions that they ran on.

    The first run of parkgeo's own is what the others are held against.
    """
    folder = os.environ.get("PARKGEO_BENCH_RESULTS")
    if not folder:
        return
    content = {
        "scenario": scenario,
        "size": size,
        "command": command(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "runs": [asdict(run) for run in runs],
    }
    Path(folder).mkdir(parents=True, exist_ok=True)
    with _atomic.replaced(Path(folder, f"{scenario}.json")) as part:
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def command() -> str:
    """Return how to run it again, without where it lies on this machine."""
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def machine() -> dict[str, Any]:
    """Say what it ran on."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Say what it ran with."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
        "GDAL": rasterio.__gdal_version__,
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", path.read_text("utf-8")) if path.exists() else None
    return found[1] if found else platform.processor() or "unknown"


def _memory_gb() -> int | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)

"""parkgeo: development zones (开发区/园区) as geometry that can be defended.

Words become polygons (:mod:`parkgeo.fourbounds`), brands that lie on the same ground are found and
counted once (:mod:`parkgeo.overlap`), every area is the official one (:mod:`parkgeo.measure`), the
share of industrial land inside has its interval (:mod:`parkgeo.concentration`), and the result is
a map that opens without a network (:mod:`parkgeo.maps`).

Modules load on first use, so that ``import parkgeo`` stays quick.
"""

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parkgeo import (
        agglomeration,
        census,
        check,
        concentration,
        crs,
        datasets,
        errors,
        fourbounds,
        gazetteer,
        io,
        landuse,
        maps,
        measure,
        model,
        overlap,
        plots,
        policy,
        raster,
        report,
        scale,
        tables,
        units,
    )
    from parkgeo.io import read, read_parcels, read_parks, write

_MODULES = frozenset(
    {
        "agglomeration",
        "census",
        "check",
        "concentration",
        "crs",
        "datasets",
        "errors",
        "fourbounds",
        "gazetteer",
        "io",
        "landuse",
        "maps",
        "measure",
        "model",
        "overlap",
        "plots",
        "policy",
        "raster",
        "report",
        "scale",
        "tables",
        "units",
    },
)
_VERBS = {"read": "io", "read_parcels": "io", "read_parks": "io", "write": "io"}

__version__ = _version("parkgeo")
__all__ = [
    "__version__",
    "agglomeration",
    "census",
    "check",
    "concentration",
    "crs",
    "datasets",
    "errors",
    "fourbounds",
    "gazetteer",
    "io",
    "landuse",
    "maps",
    "measure",
    "model",
    "overlap",
    "plots",
    "policy",
    "raster",
    "read",
    "read_parcels",
    "read_parks",
    "report",
    "scale",
    "tables",
    "units",
    "write",
]


if not TYPE_CHECKING:  # so that a slip in a name is found before anything runs

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return import_module(f"parkgeo.{name}")
        if name in _VERBS:
            return getattr(import_module(f"parkgeo.{_VERBS[name]}"), name)
        raise AttributeError(f"module 'parkgeo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Which codes of a raster make up which class."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from parkgeo.errors import AmbiguousNameError, SchemaError

Classes: TypeAlias = Mapping[int, str] | Mapping[str, int | Collection[int]]
UNKNOWN = "unknown"
"""Class of codes that ``classes`` does not name."""


def named(classes: Classes) -> dict[int, str]:
    """Return the class of each code, from code → class or class → codes."""
    if not isinstance(classes, Mapping) or not classes:
        raise SchemaError(
            "classes must be a mapping such as {50: 'industry'} or {'industry': [50, 51]}; found "
            f"{classes!r}",
        )
    out: dict[int, str] = {}
    for key, value in classes.items():
        name, codes = (key, value) if isinstance(key, str) else (value, key)
        if not isinstance(name, str) or name == UNKNOWN:
            raise SchemaError(f"a class must have a name, other than {UNKNOWN!r}; found {name!r}")
        for code in codes_of(codes):
            if out.setdefault(code, name) != name:
                raise AmbiguousNameError(f"code {code} is in {out[code]!r} and in {name!r}")
    return out


def codes_of(codes: Any) -> list[int]:  # noqa: ANN401
    """Read one code or several."""
    many: Iterable[Any] = codes if isinstance(codes, Collection) else [codes]
    read = list(many)
    if isinstance(codes, Mapping) or not read or not all(is_whole(code) for code in read):
        raise SchemaError(
            f"codes of a raster are whole numbers, one or several; found {codes!r}",
        )
    return [int(code) for code in read]


def is_whole(code: object) -> bool:
    """Tell whole numbers from everything else, truth values included."""
    return isinstance(code, int | np.integer) and not isinstance(code, bool)

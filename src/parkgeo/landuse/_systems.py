"""The class systems: their codes, names and parents, read from the tables in this folder."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType
from typing import Final

import pandas as pd

from parkgeo.errors import UnknownNameError

__all__ = [
    "HUB",
    "SYSTEMS",
    "Tree",
    "classes",
    "find_system",
    "nearest",
    "read_table",
    "sources",
    "tree",
]

SYSTEMS: Final = ("gbt21010", "third_survey", "land_sea_use", "gb50137", "osm")
"""Names of the class systems; :func:`sources` says which standard each is."""

HUB: Final = "gbt21010"
"""The system by way of which any other two are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The hierarchy of one system, both ways.

    ``parents`` holds "" for a class of the first level.
    """

    parents: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]

    def ancestors(self, code: str) -> list[str]:
        """List the classes that a class lies in, the narrowest first."""
        found = []
        while code := self.parents[code]:
            found.append(code)
        return found

    def within(self, codes: Iterable[str]) -> set[str]:
        """Collect classes with all that lies in them."""
        found: set[str] = set()
        waiting = list(codes)
        while waiting:
            code = waiting.pop()
            found.add(code)
            waiting.extend(self.children.get(code, ()))
        return found


def classes(system: str) -> pd.DataFrame:
    """Return the classes of a system.

    Parameters
    ----------
    system
        One of ``SYSTEMS``, or another name of it, such as "GB/T 21010-2017" or "三调".

    Returns
    -------
    One row per class, in the order of the standard. Index ``code``; ``name`` (Chinese, as in the
    standard), ``name_en`` (translated), ``parent`` (null on the first level), ``level`` (1 is the
    first).

    Raises
    ------
    UnknownNameError
        There is no such system.

    References
    ----------
    :func:`sources` names the documents.

    Examples
    --------
    >>> classes("gb50137").loc["M1", ["name", "parent"]].tolist()
    ['一类工业用地', 'M']
    """
    key = find_system(system)
    table = read_table(key)
    hierarchy = tree(key)
    return pd.DataFrame(
        {
            "name": table["name_zh"].array,
            "name_en": table["name_en"].array,
            "parent": table["parent"].where(table["parent"] != "").array,
            "level": [1 + len(hierarchy.ancestors(code)) for code in table["code"]],
        },
        index=pd.Index(table["code"].array, name="code"),
    )


def sources() -> pd.DataFrame:
    """Return what each system is and which document it was taken from.

    Returns
    -------
    Index ``system`` (``SYSTEMS``); ``name``, ``name_en``, ``document``, ``classes`` (number of
    codes), ``note`` (what is left out).

    Examples
    --------
    >>> sources().loc["gb50137", "document"]
    'GB 50137-2011'
    """
    table = read_table("systems").set_index("system").loc[list(SYSTEMS)]
    return pd.DataFrame(
        {
            "name": table["name_zh"],
            "name_en": table["name_en"],
            "document": table["document"],
            "classes": [len(tree(system).names) for system in SYSTEMS],
            "note": table["note"],
        },
    )


def find_system(system: str) -> str:
    """Find a class system by its name or another name of it.

    Parameters
    ----------
    system
        A name, in any case, with spaces, hyphens and underscores or without.

    Returns
    -------
    One of ``SYSTEMS``.

    Raises
    ------
    UnknownNameError
        There is no such system.

    Examples
    --------
    >>> find_system("GB/T 21010-2017"), find_system("三调")
    ('gbt21010', 'third_survey')
    """
    known = _aliases()
    found = known.get(_folded(str(system)))
    if found is not None:
        return found
    near = nearest(str(system), [*SYSTEMS, *known])
    hint = f"; did you mean {near!r}?" if near else ""
    raise UnknownNameError(
        f"no class system {str(system)!r}; there are {', '.join(SYSTEMS)}{hint}",
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like a name, or nothing."""
    return next(iter(get_close_matches(name, list(known), n=1)), "")


def _folded(name: str) -> str:
    return "".join(name.split()).casefold().replace("_", "").replace("-", "")


@cache
def _aliases() -> Mapping[str, str]:
    table = read_table("systems")
    pairs = {
        _folded(name): system
        for system, names in zip(table["system"], table["aliases"], strict=True)
        for name in [system, *names.split("|")]
    }
    return MappingProxyType(pairs)


@cache
def tree(system: str) -> Tree:
    """Read the hierarchy of a system once."""
    table = read_table(system)
    children: defaultdict[str, list[str]] = defaultdict(list)
    for code, parent in zip(table["code"], table["parent"], strict=True):
        children[parent].append(code)
    return Tree(
        parents=MappingProxyType(dict(zip(table["code"], table["parent"], strict=True))),
        children=MappingProxyType({code: tuple(below) for code, below in children.items()}),
        names=MappingProxyType(dict(zip(table["code"], table["name_zh"], strict=True))),
    )


@cache
def read_table(name: str) -> pd.DataFrame:
    """Read a table of this folder once, as text; not to be changed by the caller."""
    text = files("parkgeo.landuse").joinpath(f"{name}.csv").read_text("utf-8")
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)

"""Tables of other names: 留祥路 is 石祥西路 in one map and 留石快速路 in another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import pandas as pd

from parkgeo import io
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.gazetteer._names import Via, forms, normalise

__all__ = ["BUNDLED", "AliasSource", "Aliases", "other_names", "read_aliases"]

Aliases: TypeAlias = Mapping[str, frozenset[str]]
"""For each name in normal form, its other names in normal form."""

AliasSource: TypeAlias = str | Path | Mapping[str, str | Sequence[str]] | None

BUNDLED: Final = ("hangzhou",)
"""Names of the alias tables that come with parkgeo."""


def read_aliases(source: AliasSource) -> Aliases:
    """Read other names from a dict, a CSV file (columns ``alias``, ``name``) or a bundled table.

    A pair holds in both directions; a name may have many. Pairs are not chained: if 甲路 is 乙路
    and 乙路 is 丙路, 甲路 is not 丙路.
    """
    if source is None:
        return MappingProxyType({})
    return _symmetric(_pairs(source))


def _pairs(source: str | Path | Mapping[str, str | Sequence[str]]) -> Iterable[tuple[str, str]]:
    if isinstance(source, Mapping):
        for alias, names in source.items():
            if not isinstance(names, Iterable):
                raise SchemaError(
                    f"aliases has {alias!r}: {names!r}; give a name or a list of names"
                )
        return [
            (alias, name)
            for alias, names in source.items()
            for name in ([names] if isinstance(names, str) else names)
        ]
    if not isinstance(source, str | Path):
        raise SchemaError(
            f'aliases is {type(source).__name__}; give a dict such as {{"留祥路": ["石祥西路"]}}, '
            f"a CSV file, or one of {', '.join(BUNDLED)}"
        )
    table = _table(source)
    if missing := {"alias", "name"} - set(table.columns):
        raise SchemaError(
            f"alias table {source} has no column {', '.join(sorted(missing))}; its columns are "
            f"{', '.join(map(str, table.columns))}",
        )
    return list(zip(table["alias"], table["name"], strict=True))


def _table(source: str | Path) -> pd.DataFrame:
    if source in BUNDLED:
        text = files("parkgeo.gazetteer").joinpath(f"aliases_{source}.csv").read_text("utf-8")
        return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
    if not Path(source).is_file():
        raise UnknownNameError(
            f"no alias table {str(source)!r}: neither a file nor one of {', '.join(BUNDLED)}",
        )
    # Excel in China saves CSV in GBK.
    try:
        return pd.read_csv(StringIO(io.read_text(source)), dtype=str, keep_default_na=False)
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise SchemaError(f"alias table {source} is no CSV: {error}; save it again") from error


def _symmetric(pairs: Iterable[tuple[str, str]]) -> Aliases:
    others: defaultdict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        left, right = (normalise(name) for name in pair)
        if left and right and left != right:
            others[left].add(right)
            others[right].add(left)
    return MappingProxyType({name: frozenset(names) for name, names in others.items()})


def other_names(aliases: Aliases, name: str) -> dict[str, Via]:
    """List the aliases of a name, and of its variant: 绕城高速公路 has those of 绕城高速."""
    form = forms(name)
    of_variant: dict[str, Via] = dict.fromkeys(aliases.get(form.variant, ()), "variant")
    of_name: dict[str, Via] = dict.fromkeys(aliases.get(form.exact, ()), "alias")
    return {other: via for other, via in {**of_variant, **of_name}.items() if other != form.exact}

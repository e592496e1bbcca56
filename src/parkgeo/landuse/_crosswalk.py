"""What a class of one system is in another, and what is lost on the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

import pandas as pd

from parkgeo.landuse._codes import normalise
from parkgeo.landuse._systems import HUB, find_system, read_table, tree

__all__ = ["crosswalk"]

_INVERSE: Final = MappingProxyType(
    {"equal": "equal", "inside": "contains", "contains": "inside", "overlaps": "overlaps"},
)
_RELATION: Final = MappingProxyType(
    {"equal": "exact", "inside": "narrower", "contains": "broader", "overlaps": "split"},
)
_WITHIN: Final = frozenset({"equal", "inside"})


@dataclass(frozen=True, slots=True)
class _Link:
    """How a class lies to a class of another system; no target is no counterpart.

    ``via`` names the classes by way of which it was found.
    """

    target: str
    kind: str
    note: str = ""
    via: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The note, with the way."""
        way = f"by way of {', '.join(self.via)}" if self.via else ""
        return _joined([self.note, way])


def crosswalk(codes: pd.Series, *, source: str, target: str) -> pd.DataFrame:
    """Say what each class (地类) of one system is in another.

    Any two systems are compared by way of GB/T 21010-2017. The correspondence is parkgeo's reading
    of the standards' definitions, not an official table; each loss is a row.

    Parameters
    ----------
    codes
        Text, numbers or both; each distinct code gives its rows once.
    source, target
        Two of ``SYSTEMS``.

    Returns
    -------
    In the order of first appearance, one row per code and counterpart: ``code`` (as
    :func:`normalise` reads it), ``target_code`` (null without counterpart), ``relation``, ``note``.

    ``exact``: the same land. ``narrower``: the class is a part of the target, and going over loses
    the difference. ``broader``: the target is a part of the class. ``split``: the land goes to
    several targets, or only in part to the one named; the code alone does not say where.
    ``none``: no counterpart, or not a code of ``source``. Only ``exact`` and ``narrower`` can be
    applied to parcels without a look at the ground. Null codes have no row.

    Raises
    ------
    SchemaError
        ``codes`` is not a series.
    UnknownNameError
        There is no such system.

    Examples
    --------
    >>> crosswalk(pd.Series(["0604"]), source="gbt21010", target="三调").iloc[0].tolist()[:3]
    ['0604', '0508', 'exact']
    """
    here, there = find_system(source), find_system(target)
    found = normalise(codes, system=here).dropna().unique()
    known = tree(here).names
    rows = [
        row
        for code in found
        for row in (
            _rows(code, _links(code, here, there))
            if code in known
            else [(code, None, "none", f"not a code of {here}")]
        )
    ]
    return pd.DataFrame(rows, columns=["code", "target_code", "relation", "note"]).astype("str")


def _rows(code: str, links: list[_Link]) -> list[tuple[str, str | None, str, str]]:
    hits = [link for link in links if link.target]
    notes = _joined(link.said for link in links if not link.target)
    if not hits:
        return [(code, None, "none", notes or "no counterpart")]
    if len(hits) == 1 and not (notes and hits[0].kind in _WITHIN):
        (hit,) = hits
        return [(code, hit.target, _RELATION[hit.kind], _joined([hit.said, notes]))]
    return [(code, hit.target, "split", _joined([hit.said, notes])) for hit in hits]


def _links(code: str, here: str, there: str) -> list[_Link]:
    if here == there:
        return [_Link(code, "equal")]
    if HUB in (here, there):
        return _leg(code, here, there)
    return _composed(_leg(code, here, HUB), there)


def _composed(first: list[_Link], there: str) -> list[_Link]:
    """Follow links to the hub and on from there."""
    hits = [link for link in first if link.target]
    lost = [link for link in first if not link.target]
    onward = [(link, on) for link in hits for on in _leg(link.target, HUB, there)]
    # Parts of a class that all lie in one target: so does the class.
    gathered = (
        len(hits) > 1
        and not lost
        and all(link.kind == "contains" for link in hits)
        and len({on.target for _, on in onward}) == 1
        and all(on.kind in _WITHIN for _, on in onward)
    )
    paths = [
        replace(
            on,
            kind="part" if gathered else _chained(link.kind, on.kind) if on.target else "none",
            note=_joined([link.note, on.note]),
            via=link.via + _by_way(link, on),
        )
        for link, on in onward
    ]
    return _merged(paths, covered=gathered) + lost


def _by_way(link: _Link, onward: _Link) -> tuple[str, ...]:
    """Name the class of GB/T 21010 where the way over it is not plain."""
    plain = link.kind == "equal" and onward.kind == "equal"
    return () if plain else (f"GB/T 21010 {link.target}",)


def _chained(first: str, second: str) -> str:
    if first == "equal":
        return second
    if second in ("equal", first):
        return first
    return "overlaps"


def _leg(code: str, here: str, there: str) -> list[_Link]:
    """Find the links of a code: its own, those of what lies in it, or those of what it lies in."""
    own = list(_table(here, there).get(code, ()))
    if own and (here != HUB or any(link.kind in _WITHIN for link in own)):
        return own
    below = _below(code, here, there)
    if own:
        # What only reaches into a class of the hub does not say where the rest of it goes.
        return _merged(own + [link for link in below if link.target], covered=False)
    if any(link.target for link in below):
        lost = [link for link in below if not link.target]
        return _merged([link for link in below if link.target], covered=not lost) + lost
    for above in tree(here).ancestors(code):
        if links := _table(here, there).get(above):
            return [_from_above(above, link) for link in links]
    return below or [_Link("", "none")]


def _below(code: str, here: str, there: str) -> list[_Link]:
    """Collect the links of what lies in a class, as links of the whole."""
    links: list[_Link] = []
    for child in tree(here).children.get(code, ()):
        own = _table(here, there).get(child)
        found = list(own) if own else _below(child, here, there) or [_Link("", "none")]
        links += [_in_part(child, link) for link in found]
    return links


def _in_part(child: str, link: _Link) -> _Link:
    """Turn what is true of a part into what is true of the whole."""
    if not link.target:
        return replace(link, note=link.note or f"{child} has no counterpart")
    kind = {"equal": "contains", "inside": "part"}.get(link.kind, link.kind)
    return replace(link, kind=kind)


def _from_above(above: str, link: _Link) -> _Link:
    """Turn what is true of a whole into what is true of a part."""
    if not link.target:
        return replace(link, via=(above,))
    return replace(link, kind="inside" if link.kind in _WITHIN else "overlaps", via=(above,))


def _merged(links: list[_Link], *, covered: bool) -> list[_Link]:
    """Put links to one target together.

    A whole whose every part lies in one target (``part``) lies in it too, when these parts are
    all there is.
    """
    by_target: defaultdict[str, list[_Link]] = defaultdict(list)
    for link in links:
        by_target[link.target].append(link)
    alone = covered and len(by_target) == 1
    return [_one(target, group, alone=alone) for target, group in by_target.items()]


def _one(target: str, group: list[_Link], *, alone: bool) -> _Link:
    kinds = {link.kind for link in group}
    if alone and kinds == {"part"}:
        kind = "inside"
    elif len(kinds) == 1 and "part" not in kinds:
        (kind,) = kinds
    else:
        kind = "overlaps" if target else "none"
    return _Link(
        target,
        kind,
        _joined(link.note for link in group),
        tuple(dict.fromkeys(step for link in group for step in link.via)),
    )


def _joined(notes: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(note for note in notes if note))


@cache
def _table(here: str, there: str) -> Mapping[str, tuple[_Link, ...]]:
    """Read the links between a system and the hub once, in either direction."""
    table = read_table("crosswalk")
    other = there if here == HUB else here
    rows = table[table["system"] == other]
    links: defaultdict[str, list[_Link]] = defaultdict(list)
    for code, hub, kind, note in zip(
        rows["code"], rows["gbt21010"], rows["kind"], rows["note"], strict=True
    ):
        if here != HUB and code:
            links[code].append(_Link(hub, kind, note))
        elif here == HUB and hub:
            links[hub].append(_Link(code, _INVERSE.get(kind, "none"), note))
    return MappingProxyType({code: tuple(found) for code, found in links.items()})

"""Two indexes: which names are like a name, and which lines bear a name and where.

Both are built once from arrays and never change.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo.gazetteer._aliases import Aliases, other_names
from parkgeo.gazetteer._names import (
    FUZZY_LENGTHS,
    SCORES,
    Forms,
    Via,
    border_forms,
    deletions,
    forms,
    is_misspelling,
    refs,
    spellings,
)
from parkgeo.gazetteer._places import places

__all__ = ["Hit", "Likeness", "LineIndex", "NameIndex"]

Integers = NDArray[np.intp]
_ROLES: Final[tuple[Via, ...]] = ("exact", "alias", "ref")
"""What a name is to its line: its own, another one (alt_name, in brackets), or its number."""
_ROLE_SCORES: Final = np.array([SCORES[role] for role in _ROLES])
_ALIAS: Final[Via] = "alias"
_FIRM: Final = SCORES["variant"]
"""An alias stands for the name itself and its variants, not for what is merely like it."""


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    """How alike two names are, and in which way."""

    score: float
    via: Via


class NameIndex:
    """Names of a gazetteer by each of their forms."""

    def __init__(self, names: Iterable[str], *, of_borders: Mapping[str, str]) -> None:
        self.names = list(names)
        self.forms = [forms(name) for name in self.names]
        number = {name: at for at, name in enumerate(self.names)}
        self.exact = number
        self.variant = _by(self.forms, lambda form: form.variant)
        self.kin = _by(self.forms, lambda form: form.kin)
        self.part = _by(self.forms, lambda form: form.part)
        self.chain = _by(self.forms, lambda form: form.chain and form.chain[1])
        self.deletion: dict[str, list[int]] = defaultdict(list)
        self.border: dict[str, list[int]] = defaultdict(list)
        self.bare_border: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self.names):
            for less in deletions(name):
                self.deletion[less].append(at)
        self.borders = {name: border_forms(written) for name, written in of_borders.items()}
        for name, form in self.borders.items():
            self.border[form.full].append(number[name])
            self.bare_border[form.bare].append(number[name])

    def likenesses(self, name: str, aliases: Aliases) -> dict[int, Likeness]:
        """Find all names that are like a name, each with its best likeness."""
        best: dict[int, Likeness] = {}
        main, *beside = [*spellings(name), ""]
        for at, likeness in self._alike(forms(main), name):
            best[at] = max(best.get(at, likeness), likeness)
        others = {**dict.fromkeys(beside, _ALIAS), **other_names(aliases, main)}
        for other, link in others.items():
            for at, likeness in self._alike(forms(other), other):
                if likeness.score >= _FIRM:
                    found = Likeness(min(SCORES[link], likeness.score), "alias")
                    best[at] = max(best.get(at, found), found)
        return best

    def _alike(self, asked: Forms, name: str) -> Iterator[tuple[int, Likeness]]:
        if not asked.exact:
            return
        if asked.exact in self.exact:
            yield self.exact[asked.exact], Likeness(SCORES["exact"], "exact")
        if asked.ref and asked.ref.casefold() in self.exact:
            yield self.exact[asked.ref.casefold()], Likeness(SCORES["ref"], "ref")
        looked_up: tuple[tuple[Mapping[str, list[int]], str, str, Via], ...] = (
            (self.variant, asked.variant, "variant", "variant"),
            (self.kin, asked.kin, "kin", "variant"),
            # Siblings (文一东路, 文一西路) share a part; only a whole and its part are alike.
            (self.kin, asked.part, "part", "part"),
            (self.part, asked.kin, "part", "part"),
        )
        for table, key, score, via in looked_up:
            for at in table.get(key, ()) if key else ():
                yield at, Likeness(SCORES[score], via)
        yield from self._in_place(asked.exact)
        yield from self._borders(name)
        yield from self._chains(asked)
        yield from self._fuzzy(asked.exact)

    def _in_place(self, name: str) -> Iterator[tuple[int, Likeness]]:
        """Read the first characters as the district in which the rest lies: 萧山机场路."""
        for cut in (2, 3):
            at = self.exact.get(name[cut:])
            if (
                at is not None
                and name[:cut] in self.bare_border
                and len(name) - cut in FUZZY_LENGTHS
            ):
                yield at, Likeness(SCORES["variant"], "variant")

    def _borders(self, name: str) -> Iterator[tuple[int, Likeness]]:
        asked = border_forms(name)
        # Without a word for border, 西湖 is the lake rather than the edge of a district.
        score = SCORES["variant" if asked.said else "kin"]
        for at in self._units(asked.full, asked.bare):
            yield at, Likeness(score, "variant")
        units = asked.full.split("|")
        if asked.said and len(units) > 1:
            # Where the map has one of the two units only, their border is a part of its border.
            for unit in units:
                for at in self._units(unit, border_forms(unit).bare):
                    yield at, Likeness(SCORES["part"], "part")

    def _units(self, full: str, bare: str) -> list[int]:
        no_level_said = full == bare
        return [
            *self.border.get(full, ()),
            *(self.bare_border.get(bare, ()) if no_level_said else ()),
        ]

    def _chains(self, asked: Forms) -> Iterator[tuple[int, Likeness]]:
        if asked.chain is None:
            return
        stem, word = asked.chain
        for at in self.chain.get(word, ()):
            other = self.forms[at].chain
            if other and (stem in other[0] or other[0] in stem):
                yield at, Likeness(SCORES["chain"], "part")

    def _fuzzy(self, name: str) -> Iterator[tuple[int, Likeness]]:
        near = {at for less in deletions(name) for at in self.deletion.get(less, ())}
        for at in sorted(near):
            other = self.names[at]
            if other != name and is_misspelling(name, other):
                share = 1.0 - 1.0 / max(len(name), len(other))
                yield at, Likeness(SCORES["fuzzy"] * share, "fuzzy")


def _by(every: Iterable[Forms], key: Callable[[Forms], str | None]) -> dict[str, list[int]]:
    table: dict[str, list[int]] = defaultdict(list)
    for at, form in enumerate(every):
        if found := key(form):
            table[found].append(at)
    return dict(table)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place at which a name was found: the row numbers of its lines, and how alike it is."""

    name: str
    likeness: Likeness
    place: int
    rows: Integers
    length_m: float


@dataclass(frozen=True, eq=False)
class LineIndex:
    """Which lines bear a name, and in which places.

    A feature is all that bears variants of one name and is of one kind; a place is a part of it
    that hangs together. An entry pairs a line with one of its names; entries are sorted by place.
    """

    names: NameIndex
    line: Integers
    name: Integers
    role: Integers
    written: NDArray[np.object_]
    place_starts: Integers
    places_of_name: Mapping[int, Integers]
    length_m: NDArray[np.float64]

    @classmethod
    def build(cls, lines: gpd.GeoDataFrame, in_metres: NDArray[np.object_]) -> Self:
        """Index a lines frame; ``in_metres`` are its geometries in a plane for distances."""
        entries = _entries(lines)
        entries["name_id"], exact = pd.factorize(entries["exact"])
        border = entries["kind"] == "border"
        of_borders = dict(entries.loc[border, ["exact", "written"]].to_numpy())
        names = NameIndex(exact, of_borders=of_borders)
        border_key = {name: form.full for name, form in names.borders.items()}
        variant = np.array([form.variant for form in names.forms], object)[entries["name_id"]]
        entries["key"] = np.where(border, entries["exact"].map(border_key), variant)
        feature = entries.groupby(["key", "kind", "outline"], sort=False).ngroup()
        entries["place"] = places(in_metres[entries["line"]], np.asarray(feature, np.intp))
        entries = entries.sort_values(["place", "line", "role"], ignore_index=True)
        pairs = np.unique(entries[["name_id", "place"]].to_numpy(np.intp), axis=0)
        name, place = pairs[:, 0], pairs[:, 1]
        return cls(
            names=names,
            line=entries["line"].to_numpy(np.intp),
            name=entries["name_id"].to_numpy(np.intp),
            role=entries["role"].to_numpy(np.intp),
            written=entries["written"].to_numpy(object),
            place_starts=np.flatnonzero(np.diff(entries["place"], prepend=-1, append=-1)),
            places_of_name=dict(enumerate(np.split(place, np.flatnonzero(np.diff(name)) + 1))),
            length_m=shapely.length(in_metres),
        )

    def hits(self, name: str, aliases: Aliases) -> Iterator[Hit]:
        """Find every place of every name that is like a name, in no order."""
        alike = self.names.likenesses(name, aliases)
        score = np.zeros(len(self.names.names))
        score[list(alike)] = [likeness.score for likeness in alike.values()]
        found = [self.places_of_name[at] for at in alike]
        for place in np.unique(np.concatenate(found)) if found else ():
            entries = slice(self.place_starts[place], self.place_starts[place + 1])
            worth = np.minimum(score[self.name[entries]], _ROLE_SCORES[self.role[entries]])
            best = entries.start + int(np.argmax(worth))
            via = alike[int(self.name[best])].via
            rows = np.unique(self.line[entries])
            yield Hit(
                name=self._written(entries, worth),
                likeness=Likeness(
                    float(worth.max()), _ROLES[self.role[best]] if via == "exact" else via
                ),
                place=int(place),
                rows=rows,
                length_m=float(self.length_m[rows].sum()),
            )

    def _written(self, entries: slice, worth: NDArray[np.float64]) -> str:
        """Take the spelling that the greatest length of the best-matching lines has."""
        best = np.flatnonzero(worth == worth.max()) + entries.start
        spelt, number = np.unique(self.written[best].astype(str), return_inverse=True)
        length_m = np.bincount(number.reshape(-1), self.length_m[self.line[best]])
        return str(spelt[int(np.argmax(length_m))])


def _entries(lines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pair each line with each of its names, its own before others and numbers."""
    parts = [
        _exploded(lines["name"], _of_name),
        _exploded(lines["other_names"], _of_other_names),
        _exploded(lines["ref"], _of_ref),
    ]
    of_line = lines[["kind", "outline"]].reset_index(drop=True)
    entries = pd.concat(parts, ignore_index=True).join(of_line, on="line")
    # A border is named after each of the units that meet there; neither is the other name of it.
    entries.loc[entries["kind"] == "border", "role"] = 0
    entries = entries.sort_values(["line", "role"], kind="stable")
    return entries.drop_duplicates(["line", "exact"], ignore_index=True)


Spelt = tuple[str, str, int]


def _exploded(texts: "pd.Series[str]", names_of: Callable[[str], list[Spelt]]) -> pd.DataFrame:
    """Work out names once per distinct text, then hand them to every line that has it."""
    code, distinct = pd.factorize(texts)
    names = [names_of(text) for text in distinct]
    count = np.array([len(found) for found in names] + [0], np.intp)[code]
    flat = [name for at in code if at >= 0 for name in names[at]]
    exploded = pd.DataFrame(flat, columns=["exact", "written", "role"])
    return exploded.assign(line=np.repeat(np.arange(len(texts)), count))


def _of_name(text: str) -> list[Spelt]:
    return [(name, text, min(at, 1)) for at, name in enumerate(spellings(text))]


def _of_other_names(text: str) -> list[Spelt]:
    written = (other.strip() for other in text.split(";"))
    return [(name, other, 1) for other in written for name in spellings(other)]


def _of_ref(text: str) -> list[Spelt]:
    return [(ref.casefold(), ref, 2) for ref in refs(text)]

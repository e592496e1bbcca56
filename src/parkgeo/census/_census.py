"""The result of a census: its cells, cross tables, and how it shows itself in a notebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import pandas as pd

from parkgeo.census._findings import card, counts_of
from parkgeo.census._words import VOCABULARIES
from parkgeo.errors import SchemaError, UnknownNameError

DIMENSIONS: Final = ("district", "place", "members", "legal_use", "use", "status")
MEASURES: Final = ("area_km2", "area_mu", "n_parcels")
ALL: Final = "all"
ANY: Final = "inside any"
OVERLAP: Final = "overlap"

_DIMENSIONS_ZH: Final = {
    "district": "区县",
    "place": "位置",
    "members": "所在平台",
    "platform": "平台",
    "legal_use": "地类",
    "use": "实际用途",
    "status": "供地与利用状态",
}
_PLACES: Final = {"inside": "平台内", "outside": "平台外", "unknown": "不明"}
_LEGAL: Final = {"industrial": "工业用地", "other": "其他用地", "unknown": "不明"}
_MARGINS: Final = {
    ALL: "合计",
    ANY: "平台内合计",
    OVERLAP: "重叠扣减",
    "outside": "平台外",
    "unknown": "不明",
}


@dataclass(frozen=True, eq=False, repr=False)
class Census:
    """A census of land: what is used for what, where (工业用地调查).

    Parameters
    ----------
    table
        One row per cell, net of overlaps, so that every sum over it is right: ``district``,
        ``members`` (the platforms that hold the ground, sorted; () where there is none), ``place``
        ("inside" any of them, "outside", "unknown"), ``legal_use`` ("industrial", "other",
        "unknown"), ``use``, ``status``; ``area_km2``, ``area_mu``; ``n_parcels``, each parcel
        once, where most of it lies.
    platforms
        One row per platform and cell. Platforms overlap, so their rows do not add up:
        ``area_km2`` is what lies in the platform, ``alone_km2`` what lies in no other,
        ``shared_km2`` the rest; ``n_parcels`` counts each parcel that it holds some of.
    parcels
        Each parcel as it was read, on the index of the input.
    findings
        What a person has to look at: ``kind``, ``parcel_ids``, ``enterprise_ids``, ``rows`` (index
        labels), ``area_km2``, ``distance_m``, ``reason``, ``reason_zh``.
    totals
        ``n_parcels``, ``area_km2``, ``area_mu``, of which ``inside_km2``; ``unknown``, by
        dimension, the number and area; ``without_geometry``; ``counted_twice`` (overlapping
        parcels); ``platforms``, those with a geometry, and ``platforms_without_geometry``.
    """

    table: pd.DataFrame
    platforms: pd.DataFrame
    parcels: gpd.GeoDataFrame
    findings: pd.DataFrame
    totals: Mapping[str, Any]

    def cross(
        self,
        rows: str | Sequence[str],
        columns: str | Sequence[str],
        *,
        values: str = "area_km2",
        language: Literal["zh", "en"] | None = None,
    ) -> pd.DataFrame:
        """Lay the cells out as a cross table with margins (交叉表).

        Parameters
        ----------
        rows, columns
            One or several of ``district``, ``place``, ``members``, ``legal_use``, ``use``,
            ``status``; or ``"platform"`` as the only one of the rows.
        values
            ``area_km2``, ``area_mu`` or ``n_parcels``.
        language
            Of the words in rows and columns, and in Chinese of their names; the plain values
            without.

        Returns
        -------
        A table with the margin "all" on both sides; an empty cell is 0. By platform the rows are
        the platforms, then "overlap" (what they count more than once, 0 or less), "inside any",
        "outside", "unknown", "all": platforms and "overlap" add up to "inside any", and that with
        "outside" and "unknown" to "all".

        Raises
        ------
        UnknownNameError
            No such dimension or value.
        SchemaError
            A dimension stands on both sides, or "platform" beside another.
        """
        down, across = _asked(rows), _asked(columns)
        _require(down, across, values)
        if down == ["platform"]:
            return _by_platform(self, across, values, language)
        return _labelled(_pivot(self.table, down, across, values), language)

    def __repr__(self) -> str:
        return (
            f"<Census: {self.totals['n_parcels']:,} parcels, {self.totals['area_km2']:,.3f} km², "
            f"{len(self.findings):,} findings; .cross('use', 'status')>"
        )

    def _repr_html_(self) -> str:
        facts = {
            "parcels 地块": f"{self.totals['n_parcels']:,}",
            "km²": f"{self.totals['area_km2']:,.3f}",
            "mu 亩": f"{self.totals['area_mu']:,.0f}",
            "findings 发现问题": f"{len(self.findings):,}",
        }
        tables = {
            "km², use × status 实际用途 × 供地与利用状态": self._shown(),
            "findings 发现问题": counts_of(self.findings),
        }
        return card("Land census 工业用地调查", facts, tables)

    def _shown(self) -> pd.DataFrame:
        """Lay use × status out with the words of both languages."""
        english, chinese = (self.cross("use", "status", language=one) for one in ("en", "zh"))
        for axis in (0, 1):
            words = zip(english.axes[axis], chinese.axes[axis], strict=True)
            english = english.set_axis([f"{en} {zh}" for en, zh in words], axis=axis)
        return english


def _asked(names: str | Sequence[str]) -> list[str]:
    asked = [names] if isinstance(names, str) else list(names)
    if not asked:
        raise SchemaError(f"name at least one of {', '.join(DIMENSIONS)} on each side")
    return asked


def _require(down: list[str], across: list[str], values: str) -> None:
    known = (*DIMENSIONS, "platform")
    if strange := [name for name in (*down, *across) if name not in known]:
        raise UnknownNameError(f"no dimension {strange[0]!r}; there are {', '.join(known)}")
    if values not in MEASURES:
        raise UnknownNameError(f"no value {values!r}; there are {', '.join(MEASURES)}")
    if len({*down, *across}) < len(down) + len(across):
        raise SchemaError("a dimension can stand on one side, once")
    if "platform" in across or ("platform" in down and len(down) > 1):
        raise SchemaError(
            "platforms overlap, so 'platform' can only be the rows, alone; 'members' adds up and "
            "can stand anywhere",
        )


def _pivot(table: pd.DataFrame, down: list[str], across: list[str], values: str) -> pd.DataFrame:
    """Sum cells, and add both margins."""
    cells = _texted(table, [*down, *across])
    summed = cells.groupby([*down, *across], sort=False, observed=True)[values].sum()
    made = summed.unstack(across, fill_value=0)  # noqa: PD010 - one sum per cell already
    made = _ordered(_ordered(made, 0), 1)
    made[ALL if len(across) == 1 else (ALL, *[""] * (len(across) - 1))] = made.sum(axis=1)
    margin = made.sum(axis=0).to_frame().T
    margin.index = (
        pd.Index([ALL], name=down[0])
        if len(down) == 1
        else pd.MultiIndex.from_tuples([(ALL, *[""] * (len(down) - 1))], names=down)
    )
    return pd.concat([made, margin]).rename_axis(index=down).astype(cells[values].dtype)


def _texted(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Write sets of platforms as text, which an index can hold; none as outside, or unknown."""
    if "members" not in names:
        return table
    rows = zip(table["members"], table["place"], strict=True)
    return table.assign(members=[" + ".join(map(str, one)) or place for one, place in rows])


def _ordered(table: pd.DataFrame, axis: Literal[0, 1]) -> pd.DataFrame:
    """Sort labels as the vocabulary has them, others by name, the unknown last."""
    return table.sort_index(axis=axis, key=_rank)


def _rank(labels: pd.Index) -> pd.Index:
    order = {
        "use": [str(word) for word in VOCABULARIES["use"]],
        "status": [str(word) for word in VOCABULARIES["status"]],
        "place": list(_PLACES),
        "legal_use": list(_LEGAL),
    }.get(str(labels.name))
    if order is None:
        last = ["outside", "unknown"]
        ranks = [(last.index(one) + 1 if one in last else 0, str(one)) for one in labels]
        return pd.Index(ranks, tupleize_cols=False)
    return pd.Index([order.index(label) for label in labels])


def _by_platform(
    census: Census, across: list[str], values: str, language: Literal["zh", "en"] | None
) -> pd.DataFrame:
    """Lay out platforms, what they count more than once, and what lies in none."""
    net = _pivot(census.table, ["place"], across, values)
    net = net.reindex(["inside", "outside", "unknown", ALL], fill_value=0)
    net = net.rename(index={"inside": ANY})
    held = census.platforms
    if len(held):
        made = _pivot(held.rename(columns={"platform": "members_"}), ["members_"], across, values)
        made = made.drop(index=ALL).reindex(columns=net.columns, fill_value=0)
    else:
        made = net.iloc[:0]
    # A platform without any of the land is a row of noughts, and not left out.
    idle = [name for name in census.totals["platforms"] if name not in made.index]
    made = made.rename_axis(index="platform").reindex([*made.index, *idle], fill_value=0)
    made = _ordered(made, 0)
    overlap = net.loc[[ANY]].rename(index={ANY: OVERLAP}) - made.sum(axis=0)
    return _labelled(pd.concat([made, overlap, net]).rename_axis(index="platform"), language)


def _labelled(table: pd.DataFrame, language: Literal["zh", "en"] | None) -> pd.DataFrame:
    """Write the words in one language, and in Chinese the names of the dimensions too."""
    if language is None:
        return table
    if language not in ("zh", "en"):
        raise UnknownNameError(f"no language {language!r}; there are 'zh' and 'en'")
    for axis in (0, 1):
        index = table.axes[axis]
        for level, name in enumerate(index.names):
            words = _words_of(str(name), language)
            found = index.get_level_values(level)
            renamed = pd.Index([words.get(one, one) for one in found])
            if index.nlevels == 1:
                index = renamed.rename(name)
            else:
                arrays = [index.get_level_values(i) for i in range(index.nlevels)]
                arrays[level] = renamed
                index = pd.MultiIndex.from_arrays(arrays, names=index.names)
        if language == "zh":
            index = index.set_names([_DIMENSIONS_ZH[str(name)] for name in index.names])
        table = table.set_axis(index, axis=axis)
    return table


def _words_of(dimension: str, language: Literal["zh", "en"]) -> dict[str, str]:
    words = {}
    if dimension in VOCABULARIES:
        for word in VOCABULARIES[dimension]:
            words[str(word)] = word.label_zh if language == "zh" else word.label_en
    if language == "zh":
        words |= _MARGINS | {"place": _PLACES, "legal_use": _LEGAL}.get(dimension, {})
    return words

"""What is measured of each platform before its fate is decided."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo import overlap
from parkgeo._style import Text
from parkgeo.concentration import ratio
from parkgeo.concentration._contract import place, require_share
from parkgeo.concentration._select import select
from parkgeo.concentration._twice import counted_twice
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.model import Level
from parkgeo.policy._fate_rules import fate_hosts
from parkgeo.policy._near import nearest_host
from parkgeo.policy._quantities import in_units, require_columns
from parkgeo.units import km2_to_mu

__all__ = ["platform_attributes"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Per = Literal["industrial", "area", "land"]
Adder = Callable[[pd.DataFrame, str | None], Floats]
"""Adds up a column of some rows by platform, or counts them."""

_RANKS: Final = {level.value: rank for rank, level in enumerate(Level)}
"""From the highest level of government to the lowest."""
_AMOUNTS: Final = {"output": "wanyuan", "tax": "wanyuan"}
_LAND: Final = {"industrial": "industrial_mu", "area": "area_mu", "land": "land_mu"}
"""Column that output and tax are divided by."""
_IDS: Final = ("enterprise_id", "parcel_id")
_FACE: Final = "face"
_COLUMNS: Final = (
    "level", "area_km2", "area_mu", "industrial_km2", "industrial_mu", "industrial_share",
    "n_firms", "land_mu", "output_wanyuan", "tax_wanyuan", "output_wanyuan_per_mu",
    "tax_wanyuan_per_mu", "core_share", "higher_brand", "higher_share", "is_host", "host",
    "host_distance_m",
)  # fmt: skip
_NO_EXTENT: Final = Text("没有范围", "it has no extent")


def platform_attributes(  # noqa: PLR0913 - independent options, all by keyword
    parks: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    parcels: gpd.GeoDataFrame | None = None,
    firms: pd.DataFrame | None = None,
    core: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    hosts: Collection[Hashable] | None = None,
    units: Mapping[str, str] | None = None,
    classes: Sequence[str] | str | None = "industry",
    system: str | None = None,
    per: Per = "industrial",
    max_unknown: float = 0.0,
) -> pd.DataFrame:
    r"""Measure of each platform what its fate may turn on (工业平台分类依据).

    Size, share of industrial land, output and tax per mu, place in the core city, ground under a
    brand of a higher level, and the way to the nearest zone that could take it in trust.

    .. math:: \mathrm{industrial\_share} = \frac{|P \cap I|}{|P|}, \quad
              \mathrm{core\_share} = \frac{|P \cap C|}{|P|}, \quad
              \mathrm{higher\_share} = \frac{|P \cap \bigcup_{z \succ P} z|}{|P|}

    with P the net ground of a platform, I the industrial land, C the core city, and z ≻ P the
    brands of a higher level that overlap it by more than the error of the boundaries.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. ``level`` and ``kind`` where they are known, ``accuracy_m``
        to tell slivers from overlaps. A platform without any geometry has a row of nulls.
    by
        Column, or name of the index, that says which blocks are one platform. One whose blocks
        have several levels has the highest of them.
    parcels
        Polygons in any CRS, with ``class_code``. Ground that several parcels cover counts once.
    firms
        Points in any CRS, or polygons such as parcels whose values spread evenly over their area;
        or a table without geometry, whose column ``by`` names the platform of each row. With
        ``output``, ``tax``, and ``land`` for ``per="land"``, as far as there are such columns.
    core
        Polygons of the core city (主城区), in any CRS.
    hosts
        Labels of the platforms that take others in trust; those of :func:`fate_hosts` by default.
    units
        Units of the columns of ``firms``, such as ``{"output": "亿元", "tax": "万元"}``.
    classes, system
        What is industrial land, as for :func:`parkgeo.concentration.ratio`; None for all parcels.
    per
        Land to divide by: *industrial*, the industrial land in the platform; *area*, its net area;
        *land*, the ``land`` of its firms.
    max_unknown
        Largest share of a platform's area whose class, or of its firms whose value, may be unknown.
        Unknown ones are then left out.

    Returns
    -------
    One row per platform on an index named ``by``, sorted; what is not known is null.

    ``level``; ``area_km2``, ``area_mu`` (net); ``industrial_km2``, ``industrial_mu``,
    ``industrial_share``; ``n_firms``, ``land_mu``; ``output_wanyuan``, ``tax_wanyuan`` and both
    ``…_per_mu``; ``core_share``; ``higher_brand``, of a higher level with most common ground, and
    ``higher_share``; ``is_host``; ``host``, the nearest other host, and ``host_distance_m``, 0
    where they meet or overlap. ``note`` (Chinese), ``note_en``: why something is null, or may miss
    a part.

    ``attrs``: ``by``, ``per``, ``parcels_without_geometry``, ``parcels_counted_twice_km2``,
    ``firms_without_place``, ``hosts_without_geometry``, ``conservation`` of the partition.

    Raises
    ------
    SchemaError
        Levels that are none, ids that stand twice, amounts that are no numbers of a declared unit
        or below 0, ``per`` or ``max_unknown`` that is none.
    UnknownNameError
        Hosts or platforms of firms that the parks do not have.
    MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.overlap.partition`; GeometryError too where no platform has an extent,
        CRSMismatchError where they lie too far apart for one 3° zone.

    Notes
    -----
    A firm under two brands counts in the row of each, so rows do not add up to the city. Distances
    are taken in the 3° zone of the parks, true to about 1e-4 in it; they are to hosts that have an
    extent, and the others are named in ``attrs``.

    References
    ----------
    杭政办函〔2017〕127号, 三、(三)1.

    Examples
    --------
    >>> from shapely import box
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"], "level": ["national", "district"]},
    ...     geometry=[box(120, 30, 120.02, 30.01), box(120.01, 30, 120.03, 30.01)], crs="EPSG:4490")
    >>> platform_attributes(parks)["higher_share"].round(6).to_dict()
    {'a': 0.0, 'b': 0.5}
    """
    if per not in _LAND:
        raise SchemaError(f"per must be one of {', '.join(map(repr, _LAND))}, not {per!r}")
    require_share(max_unknown, "max_unknown")
    area_km2 = overlap.net_area_km2(parks, by=by)
    if area_km2.isna().all():
        raise GeometryError(
            f"none of the {len(area_km2)} platforms has an extent, so nothing can be measured; "
            "resolve the extents first"
        )
    sheet = _Sheet(parks, by, area_km2, max_unknown)
    sheet.levels()
    sheet.industrial(parcels, classes, system)
    sheet.amounts(firms, units or {}, per)
    sheet.shares(core)
    sheet.hosts(hosts)
    return sheet.table(per)


class _Sheet:
    """The attributes of each platform as they are filled in, with what is not known and why."""

    def __init__(
        self,
        parks: gpd.GeoDataFrame,
        by: str,
        area_km2: "pd.Series[float]",
        max_unknown: float,
    ) -> None:
        self.labels = area_km2.index
        self.by = by
        self.max_unknown = max_unknown
        # Nothing here asks for the interval of a ratio, which takes longer than the ratio.
        self.plain = parks.drop(columns="accuracy_m", errors="ignore")
        self.parks = parks
        names = parks[by] if by in parks.columns else parks.index.get_level_values(by)
        self.platform = self._codes(names)
        self.columns: dict[str, Any] = dict.fromkeys(_COLUMNS, np.nan)
        self.columns |= {"area_km2": area_km2.to_numpy(), "area_mu": km2_to_mu(area_km2).to_numpy()}
        self.drawn: Flags = area_km2.notna().to_numpy()
        self.notes: list[list[Text]] = [[] if drawn else [_NO_EXTENT] for drawn in self.drawn]
        self.attrs: dict[str, object] = {"by": by}

    def _codes(self, names: Any) -> NDArray[np.intp]:  # noqa: ANN401 - labels, in any array
        """Return the positions of platforms."""
        return self.labels.get_indexer_for(pd.Index(names, tupleize_cols=False))

    def note(self, platforms: Flags, zh: str, en: str) -> None:
        """Say why something of some platforms is null."""
        for i in np.flatnonzero(platforms & self.drawn):
            self.notes[i].append(Text(zh, en))

    def fill(self, name: str, values: Floats, unknown: Flags | None = None) -> None:
        """Write a measure down; null where it is not known, or the platform has no extent."""
        missing = ~self.drawn if unknown is None else ~self.drawn | unknown
        self.columns[name] = np.where(missing, np.nan, values)

    def inside(self, frame: gpd.GeoDataFrame, weight: str | int | None = None) -> Floats:
        """Measure what of some ground, or of what stands on it, lies in each platform."""
        if not len(frame):
            return np.zeros(len(self.labels))
        found = ratio(frame, self.plain, by=self.by, of="parks", weight=weight)
        return found["inside"].reindex(self.labels).to_numpy(dtype=np.float64)

    # Parks ---------------------------------------------------------------------------------------

    def levels(self) -> None:
        """Find the highest level of the blocks of each platform."""
        self.rank = np.full(len(self.labels), np.nan)
        if "level" in self.parks.columns:
            given = self.parks["level"]
            ranks = given.map(_RANKS).to_numpy(dtype=np.float64)
            wrong = np.isnan(ranks) & given.notna().to_numpy()
            if wrong.any():
                raise SchemaError(
                    f"parks: level {first_rows(given[wrong].drop_duplicates())} in rows "
                    f"{first_rows(given.index[wrong])} is none of {', '.join(_RANKS)}"
                )
            np.fmin.at(self.rank, self.platform, ranks)
        words = np.array([*_RANKS, None], dtype=object)
        self.columns["level"] = words[np.nan_to_num(self.rank, nan=-1).astype(np.intp)]

    def shares(self, core: gpd.GeoDataFrame | gpd.GeoSeries | None) -> None:
        """Measure what lies in the core city, and what under brands of a higher level."""
        faces = overlap.partition(self.plain, by=self.by, geometry=core is not None)
        self.attrs["conservation"] = faces.attrs["conservation"]
        self.face = np.repeat(np.arange(len(faces)), faces["n_members"])
        self.member = self._codes([label for some in faces["members"] for label in some])
        self.face_km2 = faces["area_km2"].to_numpy(dtype=np.float64)
        whole = self._by_member(self.face_km2)
        if core is None:
            self.note(self.drawn, "未给出主城区范围", "no core city was given")
        else:
            in_core = self._by_member(_in_core(faces, core))
            self.fill("core_share", np.minimum(_divided(in_core, whole), 1.0))
        self._higher(whole)

    def _by_member(self, value: Floats, rows: Flags | slice = slice(None)) -> Floats:
        member, face = self.member[rows], self.face[rows]
        return np.bincount(member, value[face], minlength=len(self.labels)).astype(np.float64)

    def _higher(self, whole_km2: Floats) -> None:
        pairs = overlap.pairs(self.parks, by=self.by, adjacent=False)
        pairs = pairs[pairs["relation"] != "sliver"]
        left, right = (self._codes(pairs[end]) for end in ("left", "right"))
        own, other = np.append(left, right), np.append(right, left)
        self.shared = pd.Series(
            np.tile(pairs["overlap_km2"].to_numpy(dtype=np.float64), 2),
            pd.MultiIndex.from_arrays([own, other]),
        )
        doubtful = np.isnan(self.rank[own]) | (np.isnan(self.rank[other]) & (self.rank[own] > 0))
        unknown = np.isin(np.arange(len(self.labels)), own[doubtful])
        self.note(
            unknown,
            "该平台或与其重叠的牌子级别未注明",
            "its level, or that of a brand on its ground, is not stated",
        )
        above = self.rank[other] < self.rank[own]
        on_face = pd.DataFrame({"face": self.face, "own": self.member})
        on_face = on_face.reset_index(names="row").merge(
            on_face.rename(columns={"own": "other"}), on="face"
        )
        is_above = pd.MultiIndex.from_frame(on_face[["own", "other"]]).isin(
            self.shared.index[above]
        )
        rows = np.zeros(len(self.member), dtype=np.bool_)
        rows[on_face.loc[is_above, "row"].to_numpy()] = True
        share = _divided(self._by_member(self.face_km2, rows), whole_km2)
        self.fill("higher_share", np.minimum(share, 1.0), unknown)
        self.columns["higher_brand"] = self._most(own[above], other[above])

    def _most(self, own: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.object_]:
        """Name the brand with most common ground; of equals the first by label."""
        common = self.shared.reindex(pd.MultiIndex.from_arrays([own, other])).to_numpy()
        order = np.lexsort([other, -np.round(common, 12), own])
        named = np.full(len(self.labels), None, dtype=object)
        platform, first = np.unique(own[order], return_index=True)
        named[platform] = [self.labels[i] for i in other[order][first]]
        return named

    # Land ----------------------------------------------------------------------------------------

    def industrial(
        self,
        parcels: gpd.GeoDataFrame | None,
        classes: Sequence[str] | str | None,
        system: str | None,
    ) -> None:
        """Measure the industrial land of each platform, counting no ground twice."""
        if parcels is None:
            self.note(self.drawn, "未给出地块，工业用地不明", "no parcels: industrial land unknown")
            return
        _require_once(parcels, "parcels")
        selection = select(parcels, where=None, classes=classes, system=system)
        placed = ~(parcels.geometry.isna() | parcels.geometry.is_empty).to_numpy(dtype=np.bool_)
        nowhere = int((~placed & selection.chosen).sum())
        self.attrs["parcels_without_geometry"] = nowhere
        if nowhere:
            self.note(
                self.drawn,
                f"{nowhere} 块地没有图形，未计入",
                f"parcels without a geometry, which count nowhere: {nowhere}",
            )
        unclear = selection.unknown.get("class_code", np.zeros(len(parcels), dtype=np.bool_))
        ground = gpd.GeoDataFrame(geometry=parcels.geometry)
        found, twice_km2 = _joined(ground[selection.chosen & placed])
        self.attrs["parcels_counted_twice_km2"] = twice_km2
        area_km2 = self.columns["area_km2"]
        unknown_km2 = self.inside(_joined(ground[unclear & placed])[0])
        unknown = unknown_km2 > self.max_unknown * area_km2
        self.note(unknown, "部分地块地类不明", "the class of some of its land is unknown")
        industrial_km2 = self.inside(found)
        self.fill("industrial_km2", industrial_km2, unknown)
        self.fill("industrial_mu", km2_to_mu(industrial_km2), unknown)
        share = np.minimum(_divided(industrial_km2, area_km2), 1.0)
        self.fill("industrial_share", share, unknown)

    # Firms ---------------------------------------------------------------------------------------

    def amounts(self, firms: pd.DataFrame | None, units: Mapping[str, str], per: Per) -> None:
        """Add up output and tax of each platform, and divide them by its land."""
        if firms is None:
            if units:
                raise SchemaError("units= says what the columns of firms count; give firms= too")
            self.note(self.drawn, "未给出企业，产值、税收不明", "no firms: output and tax unknown")
            return
        asked = dict(_AMOUNTS) | ({"land": "mu"} if per == "land" else {})
        if per == "land" and "land" not in firms.columns:
            raise SchemaError("per='land' divides by a column 'land' of firms, which they lack")
        require_columns(firms, what="firms")
        _require_once(firms, "firms")
        here = {name: unit for name, unit in asked.items() if name in firms.columns}
        values = in_units(firms, here, units=units, what="firms")
        count = self._adder(firms)
        nowhere = int(str(self.attrs["firms_without_place"]))
        if nowhere:
            self.note(
                self.drawn,
                f"{nowhere} 家企业没有位置，未计入",
                f"firms without a place, which count nowhere: {nowhere}",
            )
        if nowhere == len(firms) > 0:
            return
        n_firms = count(values, None)
        self.fill("n_firms", n_firms)
        for name, unit in asked.items():
            if name not in here:
                self.note(self.drawn, f"企业表无 {name} 列", f"firms have no column {name!r}")
                continue
            bad = count(values[values[name].isna()], None) > self.max_unknown * n_firms
            self.note(bad, f"部分企业 {name} 缺失", f"{name} of some of its firms is missing")
            self.fill(f"{name}_{unit}", count(values[values[name].notna()], name), bad)
        land_mu = self.columns[_LAND[per]] + np.zeros(len(self.labels))
        self.note(
            ~(land_mu > 0), "亩均的用地面积为零或不明", "land to divide by is none or not known"
        )
        for name in here.keys() & _AMOUNTS.keys():
            self.fill(f"{name}_wanyuan_per_mu", _divided(self.columns[f"{name}_wanyuan"], land_mu))

    def _adder(self, firms: pd.DataFrame) -> Adder:
        """Return how to add up some rows by platform: by where they lie, or by name."""
        if isinstance(firms, gpd.GeoDataFrame) and firms.active_geometry_name is not None:
            placed = ~(firms.geometry.isna() | firms.geometry.is_empty).to_numpy(dtype=np.bool_)
            self.attrs["firms_without_place"] = int((~placed).sum())
            ground = gpd.GeoDataFrame(
                {_FACE: np.arange(len(firms))}, geometry=firms.geometry.to_numpy(), crs=firms.crs
            )[placed]

            def by_place(values: pd.DataFrame, column: str | None) -> Floats:
                rows = firms.index.isin(values.index)[placed]
                some = ground[rows]
                if column is None:
                    return self.inside(some, weight=1)
                weights = values[column].reindex(firms.index).to_numpy()[placed][rows]
                return self.inside(some.assign(amount=weights), weight="amount")

            return by_place
        return self._adder_by_name(firms)

    def _adder_by_name(self, firms: pd.DataFrame) -> Adder:
        if self.by not in firms.columns:
            raise SchemaError(
                f"firms have neither a geometry nor a column {self.by!r} that names the platform "
                "of each"
            )
        names = firms[self.by]
        strange = names.notna() & ~names.isin(self.labels)
        if strange.any():
            raise UnknownNameError(
                f"firms: {first_rows(names[strange].drop_duplicates())} in rows "
                f"{first_rows(firms.index[strange])} is no {self.by} of the parks"
            )
        self.attrs["firms_without_place"] = int(names.isna().sum())

        def by_name(values: pd.DataFrame, column: str | None) -> Floats:
            some = names[firms.index.isin(values.index)]
            amount = None if column is None else values[column]
            kept = some.notna().to_numpy()
            code = self._codes(some[kept])
            weights = None if amount is None else amount.to_numpy()[kept]
            return np.bincount(code, weights, minlength=len(self.labels)).astype(np.float64)

        return by_name

    # Hosts ---------------------------------------------------------------------------------------

    def hosts(self, hosts: Collection[Hashable] | None) -> None:
        """Find the nearest other host of each platform."""
        is_host, unknown = self._hosts(hosts)
        told = pd.Series(is_host, dtype="boolean")
        told[unknown & ~is_host] = pd.NA
        self.columns["is_host"] = told.to_numpy()
        self.note(
            unknown & ~is_host,
            "级别或类型未注明，是否为主体不明",
            "its level or kind is not stated, so whether it is a host is not known",
        )
        without = self.labels[is_host & ~self.drawn]
        self.attrs["hosts_without_geometry"] = [str(label) for label in without]
        near = nearest_host(self.parks.geometry, self.platform, is_host, self.shared)
        alone = np.isnan(near.distance_m) & ~is_host
        self.note(alone, "没有有范围的主体", "no host has an extent")
        if len(without):
            named = first_rows(without)
            self.note(
                near.distance_m > 0,
                f"主体 {named} 没有范围，可能更近",
                f"hosts that have no extent may be nearer: {named}",
            )
        self.columns["host"] = np.array([*self.labels, None], dtype=object)[near.host]
        self.fill("host_distance_m", near.distance_m)

    def _hosts(self, hosts: Collection[Hashable] | None) -> tuple[Flags, Flags]:
        """Tell which platforms are hosts, and of which this cannot be told."""
        if hosts is not None:
            named = [hosts] if isinstance(hosts, str) else list(hosts)
            if strange := [label for label in named if label not in self.labels]:
                raise UnknownNameError(
                    f"hosts: {first_rows(strange)} is no {self.by} of the parks; they are "
                    f"{first_rows(self.labels)}"
                )
            none = np.zeros(len(self.labels), dtype=np.bool_)
            told = none.copy()
            told[self._codes(named)] = True
            return told, none
        table = fate_hosts()
        nothing = pd.Series(None, index=self.parks.index, dtype=object)
        level, kind = (self.parks.get(name, nothing) for name in ("level", "kind"))
        pairs = set(zip(table["level"], table["kind"], strict=True))
        block = [pair in pairs for pair in zip(level, kind, strict=True)]
        may_be = (level.isin(table["level"]) | level.isna()) & (
            kind.isin(table["kind"]) | kind.isna()
        )
        doubt = may_be & (level.isna() | kind.isna())
        return self._any(np.array(block, dtype=np.bool_)), self._any(doubt.to_numpy())

    def _any(self, blocks: Flags) -> Flags:
        return np.bincount(self.platform, blocks, minlength=len(self.labels)) > 0

    def table(self, per: Per) -> pd.DataFrame:
        """Put everything side by side."""
        made = pd.DataFrame(self.columns, index=self.labels)
        for name in ("level", "higher_brand", "host"):
            made[name] = made[name].astype(object).where(made[name].notna(), None)
        made["is_host"] = made["is_host"].astype("boolean")
        made["note"] = ["；".join(one.zh for one in some) for some in self.notes]
        made["note_en"] = ["; ".join(one.en for one in some) for some in self.notes]
        made.attrs.update(self.attrs, per=per)
        return made


def _divided(above: Floats, below: Floats) -> Floats:
    """Divide, NaN where there is nothing to divide by."""
    usable = below > 0
    return np.where(usable, above / np.where(usable, below, 1.0), np.nan)


def _in_core(faces: pd.DataFrame, core: object) -> Floats:
    """Measure what of each face lies in the core city, in km²."""
    if not isinstance(core, gpd.GeoDataFrame | gpd.GeoSeries):
        raise SchemaError(
            f"core must be a GeoDataFrame or a GeoSeries, which say their CRS, not a "
            f"{type(core).__name__}"
        )
    ground = gpd.GeoDataFrame(geometry=core.geometry)
    pieces = gpd.GeoDataFrame({_FACE: np.arange(len(faces))}, geometry=faces.geometry)
    found = ratio(pieces, ground, by=_FACE, of="parcels")["inside"]
    return found.reindex(pieces[_FACE], fill_value=0.0).to_numpy(dtype=np.float64)


def _joined(ground: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, float]:
    """Join ground that overlaps itself, and say by how much it did, in km²."""
    if len(ground) < 2:  # noqa: PLR2004 - it takes two to overlap
        return ground, 0.0
    twice_km2 = counted_twice(place(ground, "parcels").outlines)["area_km2"]
    if not twice_km2:
        return ground, 0.0
    whole = overlap.partition(ground.assign(**{_FACE: 0}), by=_FACE)
    return gpd.GeoDataFrame(geometry=whole.geometry), float(str(twice_km2))


def _require_once(frame: pd.DataFrame, what: str) -> None:
    """Refuse labels or ids that stand in more than one row: what they have would count twice."""
    if not frame.index.is_unique:
        again = frame.index[frame.index.duplicated()].unique()
        raise SchemaError(
            f"{what}: labels {first_rows(again)} of the index stand twice; use reset_index()"
        )
    for name in _IDS if what == "firms" else _IDS[1:]:
        if name not in frame.columns or (name == "parcel_id" and "enterprise_id" in frame.columns):
            continue
        twice = frame[name].duplicated(keep=False) & frame[name].notna()
        if twice.any():
            raise SchemaError(
                f"{what}: {name} {first_rows(frame.loc[twice, name].unique())} stands in rows "
                f"{first_rows(frame.index[twice])} and would count twice; keep one of them"
            )

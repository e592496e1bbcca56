"""Agreements on cooperation parks: who has which share of what, and from when to when."""

from collections.abc import Collection, Hashable, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs, measure, overlap
from parkgeo._style import known
from parkgeo.census._cover import labels_of
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._indicators import dates_of
from parkgeo.policy._quantities import require_columns
from parkgeo.units import KM2_M2

__all__ = ["Agreement", "Ground", "read_agreements"]

RULES: Final[Mapping[str, str]] = {
    "by_area": "by_area",
    "by_share": "by_share",
    "whole_to_zone": "whole_to_zone",
    "whole_to_host": "whole_to_host",
    "按面积": "by_area",
    "按协议比例": "by_share",
    "全部计入开发区": "whole_to_zone",
    "全部计入属地": "whole_to_host",
}
"""The rules, in English and Chinese."""

_SHARES: Final = ("zone_share", "host_share")
_AREAS: Final = ("zone_km2", "host_km2")
_ROUNDING: Final = 1e-9


class Ground(NamedTuple):
    """What the land of each partner is measured on, where agreements do not say it."""

    parks: gpd.GeoDataFrame
    by: str
    districts: gpd.GeoDataFrame
    district: str


class Agreement(NamedTuple):
    """One row of the agreements, as it is applied."""

    label: Any
    park: Any
    zone: Any
    host: Any
    home: Any
    rule: str
    statistic: str | None
    zone_share: float
    starts: pd.Timestamp | None
    ends: pd.Timestamp | None

    def holds(self, statistic: str, day: pd.Timestamp | None) -> bool:
        """Say whether it is about this statistic on this day."""
        if self.statistic not in {None, statistic}:
            return False
        if day is None:
            return True
        started = self.starts is None or self.starts <= day
        return started and (self.ends is None or day <= self.ends)


def read_agreements(
    frame: pd.DataFrame, statistics: Collection[str], ground: Ground | None
) -> list[Agreement]:
    """Read agreements, or name the rows that cannot be applied."""
    what = "agreements"
    require_columns(frame, "park", "zone", "host", "rule", what=what)
    for column in ("park", "zone", "host", "rule"):
        empty = ~np.array([known(one) for one in frame[column]], dtype=np.bool_)
        _refuse(frame, empty, f"have no {column!r}")
        odd = ~np.array([isinstance(one, Hashable) for one in frame[column]], dtype=np.bool_)
        _refuse(frame, odd, f"have a {column!r} that is no name")
    rules = frame["rule"].map(lambda rule: RULES.get(str(rule).strip()))
    unknown = rules.isna().to_numpy()
    if unknown.any():
        found = first_rows(frame["rule"][unknown].drop_duplicates())
        raise UnknownNameError(
            f"{what}: no rule {found} (rows {first_rows(frame.index[unknown])}); use one of "
            f"{', '.join(RULES)}"
        )
    said = _optional(frame, "statistic")
    strange = [known(one) and one not in statistics for one in said]
    _refuse(frame, np.array(strange, dtype=np.bool_), f"are about a statistic that is none of "
            f"{', '.join(map(repr, statistics))}")  # fmt: skip
    days = [_days(frame, column) for column in ("valid_from", "valid_to")]
    late = [s is not None and e is not None and s > e for s, e in zip(*days, strict=True)]
    _refuse(frame, np.array(late, dtype=np.bool_), "end before they start")
    shares = _zone_shares(frame, rules, ground)
    read = [
        Agreement(label, park, zone, host, home if known(home) else None, rule,
                  statistic if known(statistic) else None, float(share), start, end)
        for label, park, zone, host, home, rule, statistic, share, start, end in zip(
            frame.index, frame["park"], frame["zone"], frame["host"], _optional(frame, "home"),
            rules, said, shares, *days, strict=True)
    ]  # fmt: skip
    _refuse_overlaps(read)
    return read


def _optional(frame: pd.DataFrame, column: str) -> list[Any]:
    if column not in frame.columns:
        return [None] * len(frame)
    require_columns(frame, column, what="agreements")
    return list(frame[column])


def _refuse(frame: pd.DataFrame, wrong: Any, says: str) -> None:  # noqa: ANN401 - an array
    if np.any(wrong):
        raise SchemaError(f"agreements: rows {first_rows(frame.index[wrong])} {says}")


def _days(frame: pd.DataFrame, column: str) -> list[pd.Timestamp | None]:
    if column not in frame.columns:
        return [None] * len(frame)
    require_columns(frame, column, what="agreements")
    found, wrong = dates_of(frame[column])
    _refuse(frame, wrong.to_numpy(), f"have a {column!r} that is no day; write it as 2023-01-31")
    return [None if pd.isna(day) else pd.Timestamp(day) for day in found]


def _zone_shares(
    frame: pd.DataFrame, rules: "pd.Series[Any]", ground: Ground | None
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return what share of each park the zone has."""
    given = {name: _numbers(frame, name) for name in (*_SHARES, *_AREAS)}
    by_share = (rules == "by_share").to_numpy()
    by_area = (rules == "by_area").to_numpy()
    zone, host = (given[name] for name in _SHARES)
    said = ~np.isnan(zone) | ~np.isnan(host)
    _refuse(frame, said & ~by_share, "give shares, which only the rule 'by_share' has")
    wrong = by_share & ~(np.abs(zone + host - 1) <= _ROUNDING)
    _refuse(frame, wrong, "have a 'zone_share' and a 'host_share' that do not add up to 1")
    wrong = by_share & ((zone < 0) | (host < 0))
    _refuse(frame, wrong, "have a share below 0")
    areas = np.column_stack([given[name] for name in _AREAS])
    for at in np.flatnonzero(by_area & np.isnan(areas).all(axis=1)):
        areas[at] = _measured_km2(frame.iloc[at], ground)
    wrong = by_area & ~((areas >= 0).all(axis=1) & (areas.sum(axis=1) > 0))
    _refuse(frame, wrong, "need 'zone_km2' and 'host_km2', 0 or more and not both 0")
    out = np.where(rules == "whole_to_zone", 1.0, 0.0)
    out[by_share] = zone[by_share]
    out[by_area] = areas[by_area, 0] / areas[by_area].sum(axis=1)
    return out


def _numbers(frame: pd.DataFrame, column: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    require_columns(frame, column, what="agreements")
    values = frame[column]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    wrong = (np.isnan(numbers) & values.notna().to_numpy()) | np.isinf(numbers)
    wrong |= values.map(lambda one: isinstance(one, bool | np.bool_)).to_numpy(dtype=np.bool_)
    _refuse(frame, wrong, f"have a {column!r} that is no number")
    return numbers


def _measured_km2(row: "pd.Series[Any]", ground: Ground | None) -> tuple[float, float]:
    """Measure what of a cooperation park lies in the district of the zone, and in that of its host.

    Ground in any other district belongs to neither, and is refused.
    """
    home = row.get("home")
    if ground is None or not known(home):
        raise SchemaError(
            f"agreements: row {row.name!r} goes by area; give 'zone_km2' and 'host_km2', or "
            "'home' (the zone's own district) together with parks and districts to measure them"
        )
    own = ground.parks[np.asarray(labels_of(ground.parks, ground.by) == row["park"])]
    whole_km2 = overlap.net_area_km2(own) if len(own) else 0.0
    if not whole_km2:
        raise UnknownNameError(
            f"agreements: row {row.name!r} goes by area, and {row['park']!r} has no extent"
        )
    net = overlap.partition(own.assign(_park=0), by="_park").geometry
    names = np.asarray(labels_of(ground.districts, ground.district), dtype=object)
    found = []
    for name in (home, row["host"]):
        there = crs.to_geographic(gpd.GeoSeries(ground.districts.geometry[names == name]))
        parts = gpd.GeoSeries([net.iloc[0]] * len(there), crs=net.crs)
        found.append(float(measure.intersection_area_m2(parts, there).sum()) / KM2_M2)
    if abs(sum(found) - whole_km2) > 1e-6 * whole_km2:
        raise SchemaError(
            f"agreements: row {row.name!r} goes by area, and {whole_km2 - sum(found):.6g} km² of "
            f"{row['park']!r} lie neither in {home!r} nor in {row['host']!r}; give 'zone_km2' and "
            "'host_km2'"
        )
    return found[0], found[1]


def _refuse_overlaps(read: list[Agreement]) -> None:
    """Refuse two agreements on one statistic of one park on one day."""
    by_park: dict[Any, list[Agreement]] = {}
    for one in read:
        by_park.setdefault((one.park, one.statistic), []).append(one)
    for (park, _), some in by_park.items():
        ordered = sorted(some, key=lambda one: one.starts or pd.Timestamp.min)
        for first, then in pairwise(ordered):
            if first.ends is None or then.starts is None or then.starts <= first.ends:
                raise SchemaError(
                    f"agreements: rows {first_rows([first.label, then.label])} on {park!r} hold on "
                    "the same days; let one end ('valid_to') before the other starts "
                    "('valid_from'), both days included"
                )

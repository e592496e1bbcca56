"""Who has which share of a place: zones, cooperation parks and what their agreements say."""

from collections.abc import Hashable, Sequence
from typing import Any, Final, NamedTuple

from parkgeo._style import Text
from parkgeo.errors import AmbiguousNameError, first_rows
from parkgeo.policy._agreements import Agreement
from parkgeo.policy._places import UNKNOWN

__all__ = ["NOWHERE", "OUTSIDE", "Part", "Rules"]

OUTSIDE: Final = "outside"


class Part(NamedTuple):
    """Who has which share of a place; a district of None is that which it lies in."""

    share: float
    park: Any
    agreement: Any
    rule: str | None
    kind: str
    account: Any
    district: Any
    home: Any
    reason: Text
    for_zone: bool = False
    """Whether it is what an agreement gives the zone."""


class Rules:
    """What agreements, zones and precedence say of a place."""

    def __init__(
        self,
        agreements: list[Agreement],
        zones: dict[Hashable, Hashable],
        precedence: list[Hashable],
        *,
        by_home: bool,
    ) -> None:
        self._agreements: dict[Any, list[Agreement]] = {}
        for one in agreements:
            self._agreements.setdefault(one.park, []).append(one)
        self._zones, self._precedence, self._by_home = zones, precedence, by_home

    def parts(self, members: tuple[Any, ...], statistic: str, day: Any) -> list[Part]:  # noqa: ANN401
        """Split one place; the shares add up to 1."""
        members = self._first(members)
        held = [found for one in members if (found := self._agreement(one, statistic, day))]
        if len(held) > 1:
            raise AmbiguousNameError(
                f"{first_rows(one.park for one in held)} are cooperation parks on the same ground, "
                f"with agreements {first_rows(one.label for one in held)}; name in precedence= "
                "which of them counts"
            )
        if not held:
            return [self._without(members)]
        return self._split(held[0], [one for one in members if one != held[0].park])

    def _first(self, members: tuple[Any, ...]) -> tuple[Any, ...]:
        for name in self._precedence:
            found = tuple(one for one in members if name in {one, self._zones.get(one, one)})
            if found:
                return found
        return members

    def _agreement(self, park: Any, statistic: str, day: Any) -> Agreement | None:  # noqa: ANN401
        held = [one for one in self._agreements.get(park, ()) if one.holds(statistic, day)]
        return max(held, key=lambda one: one.statistic is not None, default=None)

    def _without(self, members: Sequence[Any]) -> Part:
        """Say who has a place where no agreement does."""
        zones = {
            self._zones.get(one, one)
            for one in members
            if one not in self._agreements or one in self._zones
        }
        names = sorted(zones, key=str)
        listed = "、".join(map(str, names))
        if not names:
            reason = Text("不在任何开发区内", "it lies in no zone")
            return Part(1.0, None, None, None, OUTSIDE, OUTSIDE, None, None, reason)
        if len(names) > 1:
            reason = Text(
                f"位于多个开发区（{listed}），未定归属",
                f"it lies in several zones ({listed}), and nothing says whose it is",
            )
            return Part(1.0, tuple(members), None, None, "shared", tuple(names), None, None, reason)
        reason = Text(f"位于 {listed} 范围内", f"it lies in {listed}")
        park = members[0] if len(members) == 1 else tuple(members)
        return Part(1.0, park, None, None, "zone", names[0], None, None, reason)

    def _split(self, held: Agreement, others: list[Any]) -> list[Part]:
        share = held.zone_share
        rest = self._without(others)
        kept = ("host", held.host) if rest.kind == OUTSIDE else (rest.kind, rest.account)
        reason = Text(
            f"协议 {held.label}：{held.zone} 占 {share:.1%}，{held.host} 占 {1 - share:.1%}",
            f"agreement {held.label}: {held.zone} has {share:.1%}, {held.host} {1 - share:.1%}",
        )
        home, host = (held.home, held.host) if self._by_home else (None, None)
        rows = [
            (share, "zone", held.zone, home, True),
            (1.0 - share, *kept, host, False),
        ]
        return [
            Part(
                part, held.park, held.label, held.rule, kind, account, there, held.home, reason, own
            )
            for part, kind, account, there, own in rows
            if part > 0
        ]


NOWHERE: Final = Part(
    1.0, None, None, None, UNKNOWN, UNKNOWN, None, None,
    Text("没有位置", "it has no geometry, so nobody knows where it lies"),
)  # fmt: skip

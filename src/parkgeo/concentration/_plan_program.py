"""The mixed-integer program of a plan: which options to take so that a target is reached cheaply.

Arrays in, arrays out: what an option is, and where its figures come from, is for others. HiGHS
solves the program, through :func:`scipy.optimize.milp`.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from parkgeo._ground import Flags, Floats, Indices
from parkgeo.concentration._plan_quiet import without_noise
from parkgeo.errors import ParkgeoError, SchemaError

_SCALE: Final = 1e3
"""Largest coefficient of a scaled row: HiGHS keeps rows to 1e-7, whatever their unit."""
_ROUNDING: Final = 1e-9
"""Share of a row's largest coefficient by which rounding may break it."""
_WHOLE: Final = 1e-7
"""How far from a whole number a fraction may be that stands for it."""
_LEFT: Final = 1e-6
"""Share of the land that must stay, because a ratio needs something to be a share of."""
_TIGHTER: Final = 4
"""How often a program is solved again because whole numbers break a row that HiGHS kept."""
_TIME_IS_UP, _INFEASIBLE = 1, 2
_NUMBER: Final = (int, float, np.integer, np.floating)
_LARGE: Final = 3000
"""Options above which a program is narrowed: HiGHS alone may find no plan in a minute."""
_FIRST_PART: Final = 400
"""Options with which the search for a plan of a large program begins."""


class TimeIsUpError(Exception):
    """No plan was found in time; who asked for one hears it as a ParkgeoError."""


class Settings(NamedTuple):
    """How long HiGHS may search, and how near to the least cost is near enough.

    ``until`` is when all programs of a question have to be done, on the clock of
    :func:`time.monotonic`: a question begins with :meth:`begun`.
    """

    time_limit_s: float = 60.0
    mip_gap: float = 1e-4
    until: float = np.inf

    def begun(self) -> "Settings":
        """Let the time run from now."""
        return self._replace(until=time.monotonic() + self.time_limit_s)

    def share(self, share: float) -> "Settings":
        """Keep the rest of the time that is left for what comes after."""
        return self._replace(until=time.monotonic() + share * self.left_s())

    def left_s(self) -> float:
        """Say how long the next program may take; an error where time is up."""
        left = min(self.time_limit_s, self.until - time.monotonic())
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> TimeIsUpError:
        """Say what to do where no plan was found."""
        return TimeIsUpError(
            f"no plan was found within time_limit_s={self.time_limit_s:g}; give more time, a "
            "larger mip_gap, or fewer options: a smaller move_within_m, clusters instead of parcels"
        )


def settings_of(time_limit_s: float, mip_gap: float) -> Settings:
    """Refuse a time and a gap that are none."""
    if not isinstance(time_limit_s, _NUMBER) or not 0 < time_limit_s < np.inf:
        raise SchemaError(f"time_limit_s must be seconds, more than 0, not {time_limit_s!r}")
    if not isinstance(mip_gap, _NUMBER) or not 0 <= mip_gap <= 1:
        raise SchemaError(
            f"mip_gap must be a share of the cost between 0 and 1, such as 0.001, not {mip_gap!r}"
        )
    return Settings(time_limit_s, mip_gap)


@dataclass(frozen=True)
class Limit:
    """What some options use together, in one row or several, and how much they may use at most.

    An option is in at most one row; -1 stands for none. A row that has to be reached and not kept
    has negative figures. ``beyond`` is the distance from which metres count, where a row holds what
    lies too far.
    """

    name: str
    unit: str
    row: Indices
    use: Floats
    most: Floats
    labels: tuple[str, ...] = ("",)
    beyond: float | None = None

    def used(self, taken: Flags) -> Floats:
        """Add up what the options that are taken use, row by row."""
        some = taken & (self.row >= 0)
        rows = np.bincount(self.row[some], self.use[some], minlength=len(self.most))
        return rows.astype(np.float64)

    def some(self, options: Flags | Indices) -> "Limit":
        """Keep the options that are wanted, and all rows."""
        return replace(self, row=self.row[options], use=self.use[options])


@dataclass(frozen=True)
class Program:
    """Options, of which each site takes at most one, and the limits that they share.

    ``site`` numbers the sites; ``cost`` is in the user's currency; ``inside`` and ``total`` say by
    how many km² an option changes the numerator and the denominator of the ratio; ``far`` decides
    between options that are alike otherwise: the less the better.
    """

    site: Indices
    cost: Floats
    inside: Floats
    total: Floats
    far: Floats
    now_inside: float
    now_total: float
    limits: tuple[Limit, ...] = ()
    budget: float = np.inf
    currency: str = ""

    @property
    def kept(self) -> tuple[Limit, ...]:
        """All limits, the budget among them."""
        if not np.isfinite(self.budget):
            return self.limits
        rows = np.zeros(len(self.site), dtype=np.intp)
        money = Limit("budget", self.currency, rows, self.cost, np.array([self.budget]))
        return (money, *self.limits)

    def ratio(self, taken: Flags) -> float:
        """Return the ratio that some options make."""
        total = self.now_total + float(self.total[taken].sum())
        return (self.now_inside + float(self.inside[taken].sum())) / total

    def some(self, options: Flags | Indices, **changes: Any) -> "Program":  # noqa: ANN401 - of any field
        """Keep the options that are wanted."""
        return replace(
            self,
            site=self.site[options],
            cost=self.cost[options],
            inside=self.inside[options],
            total=self.total[options],
            far=self.far[options],
            limits=tuple(limit.some(options) for limit in self.limits),
            **changes,
        )


@dataclass(frozen=True)
class Solution:
    """Which options are taken, what they cost, and what no plan can undercut."""

    taken: Flags
    cost: float
    bound: float
    status: Literal["optimal", "feasible"]

    @property
    def gap(self) -> float:
        """By what share of its cost another could undercut it, at most."""
        return gap_of(self.cost, self.bound)


def gap_of(cost: float, bound: float) -> float:
    """Return by what share a bound lies below a cost."""
    return (cost - bound) / cost if cost > 0 else 0.0


@dataclass
class _Rows:
    """Rows ``low ≤ a·x ≤ high``, scaled, over the options and slacks that come after them."""

    columns: int
    site: Indices
    row: list[Indices] = field(default_factory=list)
    column: list[Indices] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    count: int = 0

    def add(self, row: Indices, use: Floats, low: Floats, high: Floats) -> Floats:
        """Add rows in which each option stands at most once; return the factor of each."""
        some = np.flatnonzero((row >= 0) & (use != 0))
        largest = np.zeros(len(low))
        np.maximum.at(largest, row[some], np.abs(use[some]))
        factor = _SCALE / np.where(largest > 0, largest, 1.0)
        self.row.append(row[some] + self.count)
        self.column.append(some.astype(np.intp))
        self.value.append(use[some] * factor[row[some]])
        self.low.append(low * factor)
        self.high.append(high * factor)
        self.count += len(low)
        return factor

    def slacks(self, count: int) -> Indices:
        """Let each of the last rows exceed its limit, by a column of its own."""
        column = self.columns + np.arange(count)
        self.row.append(np.arange(self.count - count, self.count))
        self.column.append(column)
        self.value.append(np.full(count, -1.0))
        self.columns += count
        return column

    def matrix(self) -> Any:  # noqa: ANN401 - SciPy has no types
        from scipy.sparse import csr_array  # noqa: PLC0415 - SciPy is slow to load

        parts = (np.concatenate(self.row), np.concatenate(self.column))
        shape = (self.count, self.columns)
        return csr_array((np.concatenate(self.value), parts), shape=shape)


def least_cost(program: Program, target: float, settings: Settings) -> Solution | None:
    """Find the cheapest options that reach the target; null where none do."""
    rows, _ = _rows(program, target)
    solved = _solve(program.cost, rows, settings)
    if solved is None:
        return None
    taken = _pruned(program.cost, rows, solved.taken)
    cost = float(program.cost[taken].sum())
    bound = cost if solved.status == "optimal" and settings.mip_gap == 0 else solved.bound
    return Solution(taken, cost, min(cost, bound), solved.status)


def any_plan(program: Program, target: float | None, settings: Settings) -> Flags | None:
    """Find any options that reach the target, or keep the limits at all; null where none do."""
    rows, _ = _rows(program, target)
    solved = _solve(np.zeros(len(program.cost)), rows, settings)
    return None if solved is None else solved.taken


def loosened(
    program: Program, target: float | None, settings: Settings, names: Iterable[str]
) -> Flags:
    """Find options that reach the target and exceed some limits by as little as can be."""
    elastic = set(names)
    rows, slack = _rows(program, target, elastic=elastic)
    objective = np.zeros(rows.columns)
    objective[slack] = 1.0
    solved = _solve(objective, rows, settings, n_binary=len(program.cost))
    if solved is None:
        raise ParkgeoError(f"no plan reaches {target} even beyond {', '.join(sorted(elastic))}")
    return solved.taken


class Highest(NamedTuple):
    """The highest ratio that was found, its options, and whether it is sure that none is higher."""

    ratio: float
    taken: Flags
    sure: bool


def highest(program: Program, settings: Settings) -> Highest | None:
    """Find the options that make the highest ratio; null where the limits allow no plan at all.

    The ratio is a fraction of two sums; Dinkelbach's method finds its maximum as the root of
    ``max inside(x) - λ total(x)``, in a few steps.
    """
    taken = np.zeros(len(program.cost), dtype=np.bool_)
    ratio = -np.inf
    rows, _ = _rows(program, None)
    while True:
        share = ratio if np.isfinite(ratio) else program.now_inside / program.now_total
        try:
            solved = _solve(share * program.total - program.inside, rows, settings)
        except TimeIsUpError:
            if not np.isfinite(ratio):
                raise
            return Highest(ratio, taken, sure=False)
        if solved is None:
            return None
        found = program.ratio(solved.taken)
        if found <= ratio + _ROUNDING:
            return Highest(ratio, taken, solved.status == "optimal")
        ratio, taken = found, solved.taken


def settled(program: Program, taken: Flags, kind: Indices, settings: Settings) -> Flags:
    """Choose among options that are alike (same site, same kind) the nearest that fit together."""
    pair = program.site * (int(kind.max(initial=0)) + 1) + kind
    alike = np.isin(pair, pair[taken])
    if alike.sum() == taken.sum():
        return taken
    try:
        found = one_of_each(program, alike, program.site, settings)
    except TimeIsUpError:
        return taken
    return taken if found is None else found


def one_of_each(
    program: Program, among: Flags, group: Indices, settings: Settings, *, nearest: bool = True
) -> Flags | None:
    """Take one option of each group, among some, so that the limits are kept; null if none can."""
    if not among.any():
        return among
    part = program.some(among)
    rows, _ = _rows(part, None)
    _, number = np.unique(group[among], return_inverse=True)
    each = np.ones(int(number.max()) + 1)
    rows.add(number.astype(np.intp), np.ones(len(number)), each, each)
    solved = _solve(part.far if nearest else np.zeros(len(part.far)), rows, settings)
    if solved is None:
        return None
    out = np.zeros_like(among)
    out[np.flatnonzero(among)[solved.taken]] = True
    return out


def _rows(
    program: Program,
    target: float | None,
    *,
    elastic: Iterable[str] = (),
) -> tuple[_Rows, Indices]:
    """Write the program's rows; return the columns of the slacks too."""
    count = len(program.site)
    rows, slack = _Rows(count, program.site), [np.zeros(0, dtype=np.intp)]
    one = np.zeros(count, dtype=np.intp)
    if target is not None:
        need = target * program.now_total - program.now_inside
        gain = program.inside - target * program.total
        low = np.array([need - 1e-12 * program.now_total])
        rows.add(one, gain, low, np.array([np.inf]))
    most = np.array([program.now_total * (1 - _LEFT)])
    rows.add(one, -program.total, np.array([-np.inf]), most)
    sites = int(program.site.max(initial=-1)) + 1
    rows.add(program.site, np.ones(count), np.full(sites, -np.inf), np.ones(sites))
    later = [limit for limit in program.kept if limit.name in elastic]
    for limit in (one for one in program.kept if one.name not in elastic):
        rows.add(limit.row, limit.use, np.full(len(limit.most), -np.inf), limit.most)
    for limit in later:
        rows.add(limit.row, limit.use, np.full(len(limit.most), -np.inf), limit.most)
        slack.append(rows.slacks(len(limit.most)))
    return rows, np.concatenate(slack)


class _Solved(NamedTuple):
    taken: Flags
    bound: float
    status: Literal["optimal", "feasible"]


def _solve(
    objective: Floats, rows: _Rows, settings: Settings, *, n_binary: int | None = None
) -> _Solved | None:
    """Run HiGHS until whole numbers keep every row, to rounding."""
    binary = len(objective) if n_binary is None else n_binary
    low, high = np.concatenate(rows.low), np.concatenate(rows.high)
    if binary == 0:
        return _Solved(np.zeros(0, np.bool_), 0.0, "optimal") if _fits(low, high) else None
    matrix = rows.matrix()
    scale = _SCALE / (float(np.abs(objective).max()) or 1.0)
    for _ in range(_TIGHTER):
        if binary > _LARGE:
            found = _narrowed(objective * scale, matrix, (low, high), rows.site, settings)
        else:
            found = _highs(objective * scale, matrix, (low, high), binary, settings)
        if found is None:
            return None
        x, bound, status = found
        whole = np.concatenate([np.round(x[:binary]), x[binary:]])
        reached = matrix @ whole
        over = np.maximum(reached - np.concatenate(rows.high), 0.0)
        under = np.maximum(np.concatenate(rows.low) - reached, 0.0)
        if max(over.max(), under.max()) <= _ROUNDING * _SCALE:
            break
        low, high = low + 2 * under, high - 2 * over
    return _Solved(whole[:binary] > 0.5, bound / scale, status)  # noqa: PLR2004


def _fits(low: Floats, high: Floats) -> bool:
    """Tell whether nothing at all keeps every row."""
    return bool((low <= _ROUNDING * _SCALE).all() and (high >= -_ROUNDING * _SCALE).all())


_Found = tuple[Floats, float, Literal["optimal", "feasible"]]


def _narrowed(
    objective: Floats,
    matrix: Any,  # noqa: ANN401 - SciPy has no types
    between: tuple[Floats, Floats],
    site: Indices,
    settings: Settings,
) -> _Found | None:
    """Solve a large program by its relaxation, and then for the sites that this leaves open.

    The others keep what the relaxation gives them. The bound is that of the relaxation, so it is
    sure whatever was left out; first the sites that are divided or nearly so, then all for which a
    better plan than the one found might decide otherwise.
    """
    binary = len(site)
    relaxed = _relaxed(objective, matrix, between, binary, settings)
    if relaxed is None:
        return None
    x, reduced, bound = relaxed
    divided = (x > _WHOLE) & (x < 1 - _WHOLE)
    price = np.where(divided, -1.0, np.where(x > 1 - _WHOLE, np.inf, np.abs(reduced)))
    price[binary:] = -1.0
    # Site by site: what a site could do instead is no choice while what it does is settled.
    group = np.concatenate([site, int(site.max()) + 1 + np.arange(len(x) - binary)])
    cheapest = np.full(int(group.max()) + 1, np.inf)
    np.minimum.at(cheapest, group, price)
    best, order, size = None, np.lexsort([group, cheapest[group]]), _FIRST_PART
    while best is None and size < 2 * len(x):
        third = settings.share(1 / 3)
        best = _part(objective, matrix, between, binary, third, x, order[:size])
        size *= 4
    if best is None:
        return _highs(objective, matrix, between, binary, settings)
    cost = float(objective @ best[0])
    if cost - bound <= settings.mip_gap * abs(cost):
        return best[0], bound, "optimal"
    rest = np.flatnonzero(cheapest[group] <= cost - bound + _WHOLE * _SCALE)
    better = _part(objective, matrix, between, binary, settings.share(1 / 2), x, rest)
    if better is None:
        return best[0], bound, "feasible"
    found = better[0] if float(objective @ better[0]) <= cost else best[0]
    gap_closed = float(objective @ found) - bound <= settings.mip_gap * abs(cost)
    return found, bound, "optimal" if gap_closed else "feasible"


def _relaxed(
    objective: Floats,
    matrix: Any,  # noqa: ANN401
    between: tuple[Floats, Floats],
    binary: int,
    settings: Settings,
) -> tuple[Floats, Floats, float] | None:
    """Solve the program in fractions: return them, their reduced costs, and the bound."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to load
    from scipy.sparse import vstack  # noqa: PLC0415

    low, high = between
    below, above = np.isfinite(high), np.isfinite(low)
    upper = np.where(np.arange(len(objective)) < binary, 1.0, np.inf)
    found = linprog(
        objective,
        A_ub=vstack([matrix[below], -matrix[above]]),
        b_ub=np.concatenate([high[below], -low[above]]),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
        # With a row that holds all options HiGHS presolves for a minute what it solves in a second.
        options={"presolve": False, "time_limit": settings.left_s()},
    )
    if found.status == _INFEASIBLE:
        return None
    if found.status == _TIME_IS_UP:
        raise settings.late()
    if found.x is None:
        raise ParkgeoError(f"HiGHS could not solve the program: {found.message}")
    reduced = found.lower.marginals + found.upper.marginals
    return found.x, reduced, float(found.fun)


def _part(  # noqa: PLR0913, PLR0917 - a program, and the part of it that is open
    objective: Floats,
    matrix: Any,  # noqa: ANN401
    between: tuple[Floats, Floats],
    binary: int,
    settings: Settings,
    x: Floats,
    open_: Indices,
) -> _Found | None:
    """Solve for some options, with the others as the relaxation has them; null without a plan."""
    kept = np.sort(open_)
    whole = np.round(x)
    whole[kept] = 0.0
    base = matrix @ whole
    sides = (between[0] - base, between[1] - base)
    part = matrix[:, kept]
    try:
        found = _highs(objective[kept], part, sides, int((kept < binary).sum()), settings)
    except TimeIsUpError:
        return None
    if found is None:
        return None
    whole[kept] = found[0]
    return whole, found[1] + float(objective @ whole) - float(objective[kept] @ found[0]), found[2]


def _highs(
    objective: Floats,
    matrix: Any,  # noqa: ANN401 - SciPy has no types
    between: tuple[Floats, Floats],
    binary: int,
    settings: Settings,
) -> _Found | None:
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load

    upper = np.full(len(objective), np.inf)
    upper[:binary] = 1.0
    with without_noise():
        found = milp(
            objective,
            integrality=(np.arange(len(objective)) < binary).astype(np.uint8),
            bounds=Bounds(np.zeros(len(objective)), upper),
            constraints=LinearConstraint(matrix, *between),
            options={"time_limit": settings.left_s(), "mip_rel_gap": settings.mip_gap},
        )
    if found.status == _INFEASIBLE:
        return None
    if found.x is None:
        if found.status != _TIME_IS_UP:
            raise ParkgeoError(f"HiGHS could not solve the program: {found.message}")
        raise settings.late()
    bound = found.mip_dual_bound
    best = float(found.fun if bound is None else bound)
    return found.x, best, "feasible" if found.status == _TIME_IS_UP else "optimal"


def _pruned(cost: Floats, rows: _Rows, taken: Flags) -> Flags:
    """Leave out what is not needed, the dearest first: options that cost nothing, or the gap."""
    if not taken.any():
        return taken
    matrix = rows.matrix().tocsc()
    low = np.concatenate(rows.low) - _ROUNDING * _SCALE
    high = np.concatenate(rows.high) + _ROUNDING * _SCALE
    reached = matrix @ taken.astype(np.float64)
    out = taken.copy()
    for option in np.flatnonzero(taken)[np.argsort(-cost[taken], kind="stable")]:
        less = reached.copy()
        entries = slice(matrix.indptr[option], matrix.indptr[option + 1])
        less[matrix.indices[entries]] -= matrix.data[entries]
        if (less >= low).all() and (less <= high).all():
            reached, out[option] = less, False
    return out

"""The weighted score of a firm, by a formula that is data with a source."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from math import fsum
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text, known
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._amounts import Notes, amount, has_amount, is_number, name_of
from parkgeo.policy._quantities import in_units, require_columns

__all__ = ["Missing", "Parts", "formula", "read_parts", "score", "totals"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Missing = Literal["nan", "refuse", "zero", "reweight", "mean"]
RULES: Final[tuple[Missing, ...]] = ("nan", "refuse", "zero", "reweight", "mean")

_NUMBERS: Final = ("benchmark", "weight", "cap", "floor")
_NEEDED: Final = ("indicator", "benchmark", "weight")
_OPTIONAL: Final = (
    "name", "name_en", "numerator", "numerator_unit", "denominator", "denominator_unit", "cap",
    "floor", "missing",
)  # fmt: skip
_ADDED: Final = ("score", "known_weight", "score_status", "score_reason", "score_reason_en")

_TREATED: Final[dict[str, Text]] = {
    "nan": Text("不计总分", "no score"),
    "zero": Text("按零分计", "counts as zero"),
    "reweight": Text("权重由其余指标分担", "the other indicators carry its weight"),
    "mean": Text("按该项平均得分计", "counts as the mean of the other firms"),
}


def formula(name: str) -> pd.DataFrame:
    """Return a published formula by which firms are scored (亩均效益综合评价).

    Parameters
    ----------
    name
        ``"huangyan-2022"``: 黄岩区, large industrial firms (规上), year 2022.

    Returns
    -------
    One row per indicator: ``indicator`` (with its unit), ``name``, ``name_en``, ``numerator``,
    ``numerator_unit``, ``denominator``, ``denominator_unit``, ``benchmark``, ``weight``, ``cap``
    and ``floor`` (multiples of the benchmark; null: none), ``missing`` (the source's own rule for
    firms without a value; null: it has none), ``source``, ``published_on``, ``quote``, ``note``. A
    formula of your own is a frame of these columns, of which ``indicator``, ``benchmark`` and
    ``weight`` are needed.

    Raises
    ------
    UnknownNameError
        No such formula.

    References
    ----------
    黄岩区深化“亩均论英雄”改革工作领导小组办公室, 2022年度工业企业综合评价得分计算说明, 2023-09-25.

    Examples
    --------
    >>> formula("huangyan-2022").set_index("indicator").loc["tax_wanyuan_per_mu", "weight"]
    np.float64(30.0)
    """
    folder = files("parkgeo.policy") / "data"
    texts = {
        file.name.removeprefix("score_").removesuffix(".csv").replace("_", "-"): file
        for file in folder.iterdir()
        if file.name.startswith("score_")
    }
    if name not in texts:
        raise UnknownNameError(f"no formula {name!r}; there are {', '.join(sorted(texts))}")
    table = pd.read_csv(
        StringIO(texts[name].read_text("utf-8")), dtype=str, keep_default_na=False, na_values=[""]
    )
    return table.astype(dict.fromkeys(_NUMBERS, "float64")).assign(
        published_on=pd.to_datetime(table["published_on"])
    )


def score(  # noqa: PLR0913 - independent options, all by keyword
    firms: pd.DataFrame,
    *,
    formula: pd.DataFrame,
    units: Mapping[str, str] | None = None,
    missing: Missing | None = None,
    caps: float | Mapping[str, float] | None = None,
    floors: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    r"""Score firms by how they stand to benchmarks (亩均综合得分).

    .. math:: S = \sum_i w_i \min\left(\frac{x_i}{b_i}, c_i\right)

    A firm at every benchmark has the sum of the weights, 100 in the formula of 黄岩.

    Parameters
    ----------
    firms
        One row per firm. A column named as an indicator, such as ``tax_wanyuan_per_mu``, is taken
        as it is, in the unit of the formula unless ``units`` says another. Else the indicator is
        its numerator by its denominator: ``tax`` by ``land`` in declared units, or ``tax_wanyuan``
        by ``land_mu``, as :func:`per_mu` gives them.
    formula
        As :func:`formula` returns it.
    units
        Unit of each column that does not have it in its name; or a column ``tax_unit`` by row.
    missing
        What a firm without a value gets, for each indicator: *nan*, no score; *zero*, nothing for
        it; *reweight*, the other indicators carry its weight; *mean*, the mean part of the firms of
        the frame that have one; *refuse*, an error. By default what the formula says in its column
        ``missing``, and *nan* where it says nothing: any other number would be a guess.
    caps, floors
        Most and least multiple of the benchmark that counts, for all indicators or by indicator;
        instead of those of the formula.

    Returns
    -------
    The frame with one row per firm, and these columns.

    Per indicator its value, and ``score_…``, its part of the score; ``score``; ``known_weight``,
    the weight of the indicators that have a value; ``score_status`` (*scored*, *no_data*);
    ``score_reason`` and ``score_reason_en``, null where nothing is to be said.
    ``attrs["full_score"]`` is the sum of weights.

    Raises
    ------
    SchemaError
        A formula without weights or benchmarks above zero; an indicator for which the frame has no
        column; numbers that are none, or below zero where they cannot be; undeclared units; a
        missing value where ``missing="refuse"``.
    UnknownNameError, AmbiguousNameError
        No such rule, unit or indicator; a column both with and without its unit in its name.

    Notes
    -----
    A denominator of zero or below gives no value, never an infinite one. A numerator below zero
    (tax paid back, a loss) scores below zero unless there is a floor.

    Examples
    --------
    >>> rules = pd.DataFrame({"indicator": ["x", "y"], "benchmark": [2.0, 5.0], "weight": [60, 40]})
    >>> score(pd.DataFrame({"x": [2.0, 4.0], "y": [5.0, 5.0]}), formula=rules)["score"].tolist()
    [100.0, 160.0]
    """
    parts = read_parts(firms, formula, units=units, missing=missing, caps=caps, floors=floors)
    made = [*parts.names, *(f"score_{name}" for name in parts.names), *_ADDED]
    own = set(made) - set(parts.names)
    if taken := [name for name in firms.columns if name in own]:
        raise SchemaError(
            f"firms already has {', '.join(map(repr, taken))}, which the score would overwrite; "
            "drop or rename them"
        )
    total = totals(parts, parts.weights[np.newaxis])[0]
    notes = Notes(len(firms))
    for notes_of in parts.notes:
        notes.add(*notes_of)
    scores = parts.shares * _effective_weights(parts)
    scored = np.isfinite(total)
    # A sum along the firm, so that it has the same score in whichever row it stands.
    total = np.where(parts.left_out, 0.0, scores).sum(axis=1)
    table = firms.assign(
        **{name: parts.figures[:, j] for j, name in enumerate(parts.names)},
        **{f"score_{name}": scores[:, j] for j, name in enumerate(parts.names)},
        score=np.where(scored, total, np.nan),
        known_weight=(~np.isnan(parts.figures)) @ parts.weights,
        score_status=np.where(scored, "scored", "no_data"),
        **{f"score_{name}": texts for name, texts in notes.columns().items()},
    )
    table.attrs = {**firms.attrs, "full_score": float(fsum(parts.weights))}
    return table


@dataclass(frozen=True)
class Parts:
    """What firms have for each indicator, read once for any number of weights."""

    names: list[str]
    figures: Floats
    """Value of each indicator."""
    shares: Floats
    """Multiples of the benchmarks that count, with what rules put for missing values."""
    weights: Floats
    left_out: Flags
    """Where the others carry the weight."""
    notes: list[tuple[Flags, Text]]


def totals(parts: Parts, weights: Floats) -> Floats:
    """Return the score of each firm under each row of weights."""
    shares = np.where(parts.left_out, 0.0, parts.shares)
    total = weights @ shares.T
    if parts.left_out.any():
        carried = weights @ (~parts.left_out).T.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            total = total * (weights.sum(axis=1, keepdims=True) / carried)
        total[carried == 0] = np.nan
    return np.asarray(total, dtype=np.float64)


def _effective_weights(parts: Parts) -> Floats:
    """Return each firm's weights, after those of left-out indicators went to the others."""
    carried = (~parts.left_out) @ parts.weights
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(carried > 0, parts.weights.sum() / carried, np.nan)
    grown = np.where(parts.left_out.any(axis=1), grown, 1.0)
    return np.asarray(
        np.where(parts.left_out, 0.0, parts.weights) * grown[:, np.newaxis], dtype=np.float64
    )


def read_parts(  # noqa: PLR0913 - the options of score
    firms: pd.DataFrame,
    formula: pd.DataFrame,
    *,
    units: Mapping[str, str] | None,
    missing: Missing | None,
    caps: float | Mapping[str, float] | None,
    floors: float | Mapping[str, float] | None,
) -> Parts:
    """Read what a formula asks of firms, and put in what its rules say for what is missing."""
    require_columns(firms, what="firms")
    table = _checked(formula)
    names = table["indicator"].tolist()
    rules = _rules(table, missing)
    limits = [_limits(table, given, column) for given, column in ((floors, "floor"), (caps, "cap"))]
    if (crossed := limits[0] >= limits[1]).any():
        raise SchemaError(
            f"the floor is not below the cap for {first_rows(np.array(names)[crossed])}"
        )
    values = np.full((len(firms), len(names)), np.nan)
    shares, notes = values.copy(), []
    left_out = np.zeros(values.shape, dtype=bool)
    for j, row in enumerate(table.to_dict("records")):
        values[:, j], why = _values(firms, row, units or {})
        if rules[j] == "refuse" and (lost := np.isnan(values[:, j])).any():
            raise SchemaError(
                f"firms have no value for {names[j]!r} in rows {first_rows(firms.index[lost])}; "
                "add it, or say with missing= what they get"
            )
        share = np.clip(values[:, j] / row["benchmark"], limits[0][j], limits[1][j])
        rule = _rule_of(rules[j], share, row["weight"])
        shares[:, j], left_out[:, j] = _filled(share, rule)
        notes += [(rows, _note(row, text, rule)) for rows, text in why if rows.any()]
    return Parts(names, values, shares, table["weight"].to_numpy(), left_out, notes)


def _rule_of(rule: Missing, share: Floats, weight: float) -> Missing:
    """Return the rule that can be kept: without weight nothing is lost, without values no mean."""
    if weight == 0:
        return "zero"
    return "nan" if rule == "mean" and np.isnan(share).all() else rule


def _filled(share: Floats, rule: Missing) -> tuple[Floats, Flags]:
    """Put in what a rule gives to firms without a value."""
    lost = np.isnan(share)
    if rule == "zero":
        return np.where(lost, 0.0, share), np.zeros_like(lost)
    if rule == "reweight":
        return share.copy(), lost
    if rule == "mean" and lost.any():
        return np.where(lost, fsum(share[~lost]) / int((~lost).sum()), share), np.zeros_like(lost)
    return share, np.zeros_like(lost)


def _values(
    firms: pd.DataFrame, row: dict[Any, Any], units: Mapping[str, str]
) -> tuple[Floats, list[tuple[Flags, Text]]]:
    """Read an indicator, or divide; say of each row without a value why it has none."""
    name = str(row["indicator"])
    if name in firms.columns:
        # The name says the unit of the formula, so one need not be declared.
        unit = _unit_of(row)
        own = {name: unit, **units}
        given = in_units(firms, {name: unit}, units=own, what="firms", negative=True)[name]
        values = given.to_numpy(dtype=np.float64)
        return values, [(np.isnan(values), Text("缺少数据", "not given"))]
    above, below = _side(firms, row, "numerator", units), _side(firms, row, "denominator", units)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = np.where(below > 0, above / below, np.nan)
    top, bottom = name_of(str(row["numerator"])), name_of(str(row["denominator"]))
    why = [
        (np.isnan(above), Text(f"缺少{top.zh}", f"no {top.en} given")),
        (np.isnan(below), Text(f"缺少{bottom.zh}", f"no {bottom.en} given")),
        (below == 0, Text(f"{bottom.zh}为零", f"{bottom.en} is zero")),
        (below < 0, Text(f"{bottom.zh}为负", f"{bottom.en} is below zero")),
        (np.isinf(values), Text("商数过大", "the quotient is too large for a number")),
    ]
    return np.asarray(np.where(np.isfinite(values), values, np.nan), dtype=np.float64), why


def _unit_of(row: dict[Any, Any]) -> str:
    """Return the unit of an indicator; a ratio where the formula says none."""
    above, below = row["numerator_unit"], row["denominator_unit"]
    if not (known(above) and known(below)) or above == below:
        return "ratio"
    return f"{above}/{below}"


def _side(firms: pd.DataFrame, row: dict[Any, Any], side: str, units: Mapping[str, str]) -> Floats:
    """Read the numerator or the denominator of an indicator."""
    name, unit = row[side], row[f"{side}_unit"]
    if not (known(name) and known(unit) and has_amount(firms, name, unit)):
        wanted = f"nor {name!r} ({side}, {unit})" if known(name) else f"and the formula no {side}"
        raise SchemaError(
            f"firms have no column {row['indicator']!r}, {wanted}; found "
            f"{', '.join(map(str, firms.columns[:12]))}. Add it, or take the indicator out of the "
            "formula"
        )
    signed = True if side == "denominator" else None
    column = amount(firms, name, unit, units=units, what="firms", signed=signed)
    return np.asarray(column, dtype=np.float64)


def _note(row: dict[Any, Any], why: Text, rule: Missing) -> Text:
    zh = row["name"] if known(row["name"]) else row["indicator"]
    en = row["name_en"] if known(row["name_en"]) else row["indicator"]
    treated = _TREATED[rule]
    return Text(f"{zh}：{why.zh}，{treated.zh}", f"{en}: {why.en}, {treated.en}")


# The formula -------------------------------------------------------------------------------------


def _checked(formula: pd.DataFrame) -> pd.DataFrame:
    """Return a formula with every column, or say what is wrong with it."""
    require_columns(formula, *_NEEDED, what="the formula")
    table = formula.reset_index(drop=True)
    table = table.assign(**{name: None for name in _OPTIONAL if name not in table.columns})
    for name in _NUMBERS:
        try:
            table[name] = pd.to_numeric(table[name]).astype("float64")
        except (TypeError, ValueError) as error:
            raise SchemaError(f"the formula: {name} must be a number: {error}") from error
    names = table["indicator"]
    faults = {
        "an indicator without a name": ~names.map(lambda one: isinstance(one, str) and known(one)),
        "an indicator that stands twice": names.astype(str).duplicated(keep=False),
        "a benchmark that is not above zero": ~table["benchmark"].between(0, np.inf, "neither"),
        "a weight below zero, or none": ~table["weight"].between(0, np.inf, "left"),
        "a cap that is not above zero": ~(table["cap"].isna() | (table["cap"] > 0)),
    }
    for fault, rows in faults.items():
        if rows.any():
            raise SchemaError(f"the formula has {fault}: {first_rows(names[rows])}")
    if not table["weight"].sum() > 0:
        raise SchemaError("the formula has no indicator with a weight above zero")
    return table


def _rules(table: pd.DataFrame, missing: Missing | None) -> list[Missing]:
    """Return the rule of each indicator."""
    said = [missing if missing is not None else one for one in table["missing"]]
    if unknown := sorted({str(one) for one in said if known(one) and one not in RULES}):
        raise UnknownNameError(
            f"unknown rule for missing values {', '.join(map(repr, unknown))}; use one of "
            f"{', '.join(RULES)}"
        )
    return [one if known(one) else "nan" for one in said]


def _limits(table: pd.DataFrame, given: float | Mapping[str, float] | None, column: str) -> Floats:
    """Return the cap or floor of each indicator, infinite where there is none."""
    names = table["indicator"]
    none = np.inf if column == "cap" else -np.inf
    numbers = given.values() if isinstance(given, Mapping) else [given]
    if wrong := [one for one in numbers if not (one is None or is_number(one))]:
        raise SchemaError(f"a {column} is a multiple of the benchmark; found {first_rows(wrong)}")
    if given is None:
        limits = table[column]
    elif isinstance(given, Mapping):
        if strangers := [name for name in given if name not in set(names)]:
            raise UnknownNameError(
                f"{column}s name {first_rows(strangers)}, which the formula does not have; its "
                f"indicators are {', '.join(map(str, names))}"
            )
        limits = names.map(given).astype("float64").fillna(table[column])
    else:
        limits = pd.Series(float(given), index=table.index)
    if (faults := (limits <= 0) if column == "cap" else np.isposinf(limits)).any():
        raise SchemaError(f"the {column} of {first_rows(names[faults])} leaves no score")
    return limits.fillna(none).to_numpy(dtype=np.float64)

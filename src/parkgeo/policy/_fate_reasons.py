"""Why the fate of a platform is what it is, in both languages."""

from collections.abc import Sequence
from typing import Final

from parkgeo._style import Text
from parkgeo.policy._fate_rules import OPERATORS, ROUNDING, Condition, Fate

__all__ = ["failed", "held", "lacking"]

_MOST_DECIMALS: Final = 16
_YES: Final = "yes"
_RATIO: Final = "ratio"


def held(asked: Sequence[tuple[Condition, float]]) -> Text:
    """Say why a rule holds, by its conditions and the values."""
    ends = Fate(asked[0][0].fate)
    compared = [_compared(one, value, holds=True) for one, value in asked if one.attribute]
    if not compared:
        return Text(f"其余：{ends.label_zh}", f"all others: {ends.label_en}")
    zh, en = "，".join(one.zh for one in compared), ", ".join(one.en for one in compared)
    return Text(f"{zh}：{ends.label_zh}", f"{en}: {ends.label_en}")


def failed(asked: Condition, value: float) -> Text:
    """Say by which condition a rule fails."""
    ends = Fate(asked.fate)
    compared = _compared(asked, value, holds=False)
    return Text(f"{compared.zh}，不属{ends.label_zh}", f"{compared.en}: not {ends.label_en}")


def lacking(asked: Sequence[Condition], said: Text) -> Text:
    """Say which values are missing, and why, where something is said of that."""
    ends = Fate(asked[0].fate)
    names = [_name(one) for one in asked]
    listed = Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))
    zh = f"缺少{listed.zh}，是否属{ends.label_zh}不能确定"
    en = f"{listed.en} not known, so whether {ends.label_en} cannot be said"
    return Text(f"{zh}（{said.zh}）" if said.zh else zh, f"{en} ({said.en})" if said.en else en)


def _name(asked: Condition) -> Text:
    name = str(asked.attribute)
    return Text(asked.attribute_zh or name, asked.attribute_en or name)


def _compared(asked: Condition, value: float, *, holds: bool) -> Text:
    """Say how a value lies to its threshold."""
    name, operator = _name(asked), OPERATORS[asked.operator]
    if asked.unit == _YES and value:
        return Text(f"是{name.zh}", f"it is {name.en}")
    if asked.unit == _YES:
        return Text(f"不是{name.zh}", f"it is not {name.en}")
    own, threshold = _numbers(value, asked.threshold, asked.unit)
    unit = Text("", "")
    if asked.unit and asked.unit != _RATIO:
        unit = Text(f" {asked.unit}", f" {asked.unit_en or asked.unit}")
    words = operator.holds if holds else operator.fails
    assumed = Text("（假定）", " (assumed)") if asked.assumed else Text("", "")
    return Text(
        f"{name.zh} {own}{unit.zh}，{words.zh} {threshold}{unit.zh}{assumed.zh}",
        f"{name.en} {own}{unit.en} {words.en} {threshold}{unit.en}{assumed.en}",
    )


def _numbers(value: float, threshold: float, unit: str | None) -> tuple[str, str]:
    """Write two numbers with as few decimals as tell them apart."""
    scale, sign = (100.0, " %") if unit == _RATIO else (1.0, "")
    same = abs(value - threshold) <= ROUNDING * max(abs(value), abs(threshold))
    for decimals in range(2, _MOST_DECIMALS):
        own, asked = (_plain(scale * one, decimals) + sign for one in (value, threshold))
        if same or own != asked:
            break
    return own, asked


def _plain(number: float, decimals: int) -> str:
    return f"{number:,.{decimals}f}".rstrip("0").rstrip(".")

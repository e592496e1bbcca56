"""Why a target has the status that it has, in words."""

from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo._style import Text

__all__ = ["number_text", "reasons_of"]

_ASKED: Final[dict[str, Text]] = {
    "at_least": Text("不低于 {0}", "at least {0}"),
    "at_most": Text("不高于 {0}", "at most {0}"),
    "more_than": Text("高于 {0}", "more than {0}"),
    "less_than": Text("低于 {0}", "less than {0}"),
    "about": Text("{0} 左右", "about {0}"),
    "exactly": Text("{0}", "{0}"),
    "between": Text("{0} 至 {1}", "{0} to {1}"),
    "all": Text("全部（{0}）", "all ({0})"),
}
_GROWTH: Final = Text("增长", "growth of ")
_NO_PATH: Final[dict[str, Text]] = {
    "each": Text(
        "逐年要求，没有年度间的路径", "asked of each period by itself, so there is no path"
    ),
    "no_due": Text("没有期限", "there is no due date"),
    "no_base": Text("没有基期值，无法判断进度", "no baseline is known, so it cannot be on track"),
    "short": Text("基期不早于期限", "the baseline is not before the due date"),
    "held": Text("基期已达标，现已回落", "met at the baseline, and no longer"),
}


def number_text(value: float) -> str:
    """Write a number with the decimals that it has, four at most, or three figures below that."""
    if value != 0 and abs(value) < 0.001:  # noqa: PLR2004 - four decimals show nothing below
        return f"{value:.3g}".replace("-", "−")
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def reasons_of(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Say in Chinese and English why each row has its status."""
    said = [_reason(row) for row in frame.to_dict("records")]
    return [text.zh for text in said], [text.en for text in said]


def _reason(row: dict[Any, Any]) -> Text:
    if row["status"] == "no_data":
        return _no_data(row)
    found, asked = _found(row), _asked(row)
    first = Text(f"{found.zh}，要求{asked.zh}", f"{found.en}; asked for {asked.en}")
    return _joined(first, _RULES[row["status"]](row))


def _no_data(row: dict[Any, Any]) -> Text:
    if row["no_growth"]:
        return Text(
            "没有更早的正值，无法计算增长",
            "there is no earlier figure above zero to measure growth from",
        )
    if row["stale"]:
        day = _day(row["observed_on"])
        return Text(f"最新数据为 {day}，已过时", f"the newest figure is of {day}, too old to count")
    day = _day(row["evaluated_on"])
    return Text(f"截至 {day} 没有数据", f"there is no figure up to {day}")


def _found(row: dict[Any, Any]) -> Text:
    grown = row["per"] in {"growth", "per_year_growth"}
    day, value = _day(row["observed_on"]), _quantity(row["value"], row["unit"])
    return Text(
        f"{day} {_GROWTH.zh if grown else '为 '}{value}",
        f"{_GROWTH.en if grown else ''}{value} on {day}",
    )


def _asked(row: dict[Any, Any]) -> Text:
    words = _ASKED[row["bound"]]
    unit = row["unit"]
    value = _quantity(row["target"], unit)
    high = value if np.isnan(row["high"]) else _quantity(row["high"], unit)
    return Text(words.zh.format(value, high), words.en.format(value, high))


def _met(row: dict[Any, Any]) -> Text:
    del row
    return Text("已达标", "met")


def _on_track(row: dict[Any, Any]) -> Text:
    expected = _quantity(row["expected"], row["unit"])
    return Text(
        f"按路径此时应为 {expected}，进度正常",
        f"the path asks for {expected} by then, so it is on track",
    )


def _behind(row: dict[Any, Any]) -> Text:
    if why := _no_path(row):
        return _joined(_missing(row), why)
    expected = _quantity(row["expected"], row["unit"])
    late = Text(f"按路径此时应为 {expected}，进度滞后", f"the path asks for {expected} by then")
    return _joined(_missing(row), late)


def _missed(row: dict[Any, Any]) -> Text:
    day = _day(row["due_on"])
    return _joined(_missing(row), Text(f"已过期限 {day}", f"due on {day}, which is past"))


def _outstanding(row: dict[Any, Any]) -> Text:
    day = _day(row["due_on"])
    late = Text(
        f"期限 {day} 已过，尚无当日及以后的数据",
        f"due on {day}, which is past, with no figure of that day or later",
    )
    return _joined(_missing(row), late)


def _open(row: dict[Any, Any]) -> Text:
    return _joined(_missing(row), _NO_PATH["no_due"])


_RULES: Final = {
    "met": _met,
    "on_track": _on_track,
    "behind": _behind,
    "missed": _missed,
    "outstanding": _outstanding,
    "open": _open,
}


def _no_path(row: dict[Any, Any]) -> Text | None:
    """Say why no path is known, if none is."""
    if row["per"] in {"per_year", "per_half_year", "per_year_growth"}:
        return _NO_PATH["each"]
    if np.isnan(row["baseline"]) or pd.isna(row["baseline_on"]):
        return _NO_PATH["no_base"]
    if row["baseline_on"] >= row["due_on"]:
        return _NO_PATH["short"]
    return _NO_PATH["held"] if np.isnan(row["progress"]) else None


_POINTS: Final = Text("个百分点", "percentage points")


def _missing(row: dict[Any, Any]) -> Text:
    gap = row["gap"]
    if gap <= 0:
        return Text("刚到而未超过", "just there, and not beyond")
    # A difference of shares is in points: 12 % of what would be another question.
    unit = _POINTS if row["unit"] in {"%", "％"} else Text.same(str(row["unit"]))
    size = number_text(gap)
    ceiling = row["value"] > row["target"]
    return Text(
        f"{'超出' if ceiling else '尚差'} {size} {unit.zh}",
        f"{size} {unit.en} {'too much' if ceiling else 'missing'}",
    )


def _joined(first: Text, then: Text) -> Text:
    return Text(f"{first.zh}，{then.zh}", f"{first.en}; {then.en}")


def _quantity(value: float, unit: str) -> str:
    return f"{number_text(value)} {unit}"


def _day(value: pd.Timestamp) -> str:
    return str(value)[:10]

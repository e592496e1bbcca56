"""Where a figure stands on the way to its target, in a picture.

Run as a script, ``python docs/figures/policy_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import matplotlib as mpl
import pandas as pd
from matplotlib.dates import YearLocator, date2num
from matplotlib.figure import Figure
from picture_files import write

from parkgeo import policy

INK, PALE = "#22313A", "#8A979E"
COLORS: Final = {"met": "#117733", "on_track": "#00798C", "behind": "#B07A00", "missed": "#C8374B"}
BASELINE: Final = ("2022-12-31", 31.0)
FIGURES: Final = {
    "a": ("2023-12-31", 35.5),
    "b": ("2024-06-30", 33.0),
    "c": ("2024-12-31", 40.6),
    "d": ("2026-03-31", 38.0),
}
"""One figure of each of four made-up zones: its day, and tax in 万元 a mu."""


def path() -> Figure:
    """Draw the straight way to a target, and the status of four figures."""
    asked = policy.targets("杭政函〔2023〕13号").query("measure == 'tax_per_mu'")
    target, due = float(asked["value"].iloc[0]), pd.Timestamp(asked["due_on"].iloc[0])
    figure = Figure(figsize=(8.4, 3.3), layout="constrained")
    axes = figure.subplots()
    start = pd.Timestamp(BASELINE[0])
    axes.plot(date2num([start, due]), [BASELINE[1], target], color=INK, linewidth=1.4)
    axes.axhline(target, color=PALE, linewidth=1.0, linestyle="--")
    axes.annotate("target", (date2num(start), target + 0.25), fontsize=8, color=INK)
    axes.annotate("baseline", (date2num(start) + 20, BASELINE[1] - 0.6), fontsize=8, color=INK)
    for zone in _evaluated(asked).itertuples():
        day, color = date2num(pd.Timestamp(FIGURES[zone.zone][0])), COLORS[zone.status]
        axes.plot(day, zone.value, marker="o", color=color)
        says = f"{zone.status}: {zone.value:g}"
        axes.plot([day, day], [zone.value, zone.expected], color=color, linestyle=":")
        says += f"; asked then: {zone.expected:.1f}"
        before = zone.status == "on_track"
        place = (day - 20, zone.value + 0.1) if before else (day + 20, zone.value - 0.1)
        axes.annotate(says, place, ha="right" if before else "left", fontsize=8, color=color)
    axes.set_xlim(date2num(start) - 60, date2num(pd.Timestamp("2027-06-30")))
    axes.set_ylim(29.5, 42.5)
    axes.xaxis.set_major_locator(YearLocator())
    axes.xaxis.set_major_formatter(mpl.dates.DateFormatter("%Y"))
    axes.set_ylabel("tax, 10 000 yuan a mu", fontsize=8, color=INK)
    axes.tick_params(labelsize=8, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _evaluated(asked: pd.DataFrame) -> pd.DataFrame:
    """Evaluate each zone on the day of its figure."""
    found = []
    for zone, (day, value) in FIGURES.items():
        seen = pd.DataFrame({"value": [BASELINE[1], value], "observed_on": [BASELINE[0], day]})
        seen = seen.assign(zone=zone, measure="tax_per_mu", unit="万元/亩")
        found.append(policy.evaluate(seen, asked, on=day, by="zone", baseline_on=BASELINE[0]))
    return pd.concat(found)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"policy-path": path}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])

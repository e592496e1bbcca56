"""What a link of projects, land and output could not join, and why."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from parkgeo.census._findings import Reason
from parkgeo.census._words import Flags, Texts

COLUMNS: Final = ("side", "kind", "key", "row", "reason", "reason_zh")

REASONS: Final = {
    ("projects", "missing_key"): Reason("no project or no parcel is named", "缺项目编号或地块编号"),
    ("projects", "repeated"): Reason("the same project and parcel again", "同一项目、地块重复登记"),
    ("projects", "dangling"): Reason(
        "its parcel is not among the parcels", "项目所在地块不在地块数据中"
    ),
    ("projects", "ambiguous"): Reason("its parcel stands in several rows", "项目所在地块编号重复"),
    ("projects", "without_output"): Reason("no output is recorded", "无产出记录"),
    ("parcels", "missing_key"): Reason("no parcel id", "缺地块编号"),
    ("parcels", "duplicated"): Reason("the id stands in several rows", "地块编号重复"),
    ("parcels", "without_project"): Reason("no project stands on it", "地块上无项目"),
    ("output", "missing_key"): Reason("nothing says whose output it is", "缺归属编号"),
    ("output", "dangling"): Reason("its key is not among the projects", "产出归属不在项目数据中"),
    ("output", "null_value"): Reason("a value is null", "产出数值缺失"),
    ("output", "unknown_share"): Reason(
        "it would be divided by area, and an area is not known", "按面积分摊，但有地块面积不明"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the three frames: its name, its key in each row, and its row labels."""

    name: str
    keys: Texts
    rows: pd.Index

    def note(self, kind: str, flags: Flags) -> pd.DataFrame:
        """Name the rows of which something has to be said."""
        places = np.flatnonzero(flags)
        reason = REASONS[self.name, kind]
        return pd.DataFrame(
            {
                "side": pd.Series(self.name, index=range(len(places)), dtype="str"),
                "kind": pd.Series(kind, index=range(len(places)), dtype="str"),
                "key": pd.Series(self.keys[places], dtype=object),
                "row": pd.Series(self.rows[places].to_numpy(dtype=object), dtype=object),
                "reason": pd.Series(reason.en, index=range(len(places)), dtype="str"),
                "reason_zh": pd.Series(reason.zh, index=range(len(places)), dtype="str"),
            },
            columns=COLUMNS,
        )


def quality(sides: dict[str, Side], notes: pd.DataFrame, linked: dict[str, Flags]) -> pd.DataFrame:
    """Count, for each side, its rows, what is wrong with them, and how many are linked."""
    counted = notes.groupby(["side", "kind"]).size()
    kinds = list(dict.fromkeys(kind for _, kind in REASONS))
    table = pd.DataFrame(
        {
            "rows": {name: len(side.keys) for name, side in sides.items()},
            "keys": {name: pd.Series(side.keys).nunique() for name, side in sides.items()},
            **{kind: {name: int(counted.get((name, kind), 0)) for name in sides} for kind in kinds},
            "linked": {name: int(linked[name].sum()) for name in sides},
        },
    )
    return table.rename_axis("side")

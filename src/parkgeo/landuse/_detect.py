"""Which system a column of codes is written in."""

import pandas as pd

from parkgeo.errors import first_rows
from parkgeo.landuse._codes import check, known_codes
from parkgeo.landuse._systems import SYSTEMS

__all__ = ["detect_system"]


def detect_system(codes: pd.Series) -> pd.DataFrame:
    """Rank the systems by how many of the codes they know.

    The systems share codes that mean different things: 0601 is industrial land in GB/T 21010 and
    in the third survey, and a rural road in 用地用海分类. Take the first row only where it stands
    clear of the second; where ``tied`` is true, nothing in the codes decides, and the person who
    made the table has to.

    Parameters
    ----------
    codes
        Text, numbers or both.

    Returns
    -------
    One row per system, the likeliest first. Index ``system``; ``share`` (0–1, rows whose code it
    knows of those that have one), ``known`` and ``unknown`` (rows), ``own`` (rows whose code only
    this system has), ``tied`` (another system knows as many rows), ``unknown_codes`` (the first
    few). Without any code ``share`` is null. Of two that know as many
    rows, the one with more of its ``own`` stands first.

    Raises
    ------
    SchemaError
        ``codes`` is not a series.

    Examples
    --------
    >>> ranked = detect_system(pd.Series(["0601", "0508", "05H1"]))
    >>> ranked.index[0], bool(ranked["tied"].iloc[0])
    ('third_survey', False)
    """
    found = check(codes, system=SYSTEMS[0])
    found = found[found["status"] != "null"]
    weights = found["count"].to_numpy()
    # One form per distinct value, so that a column of millions costs what its codes cost.
    knows = pd.DataFrame(
        {s: [code is not None for code in known_codes(found["code"], s)[1]] for s in SYSTEMS},
        dtype=bool,
    )
    known = knows.mul(weights, axis=0).sum()
    own = knows.mul(weights * (knows.sum(axis=1) == 1), axis=0).sum()
    total = int(weights.sum())
    table = pd.DataFrame(
        {
            "share": known / total if total else float("nan"),
            "known": known.astype("int64"),
            "unknown": (total - known).astype("int64"),
            "own": own.astype("int64"),
            "tied": known.duplicated(keep=False) & (known > 0),
            "unknown_codes": [first_rows(found["code"].array[~knows[s]]) for s in SYSTEMS],
        },
        index=pd.Index(SYSTEMS, name="system"),
    )
    return table.sort_values(["known", "own"], ascending=False, kind="stable")

"""Tables that figures are drawn from: they have the columns of what parkgeo returned, once each."""

from collections.abc import Sequence

import pandas as pd

from parkgeo.errors import SchemaError, first_rows

__all__ = ["require_columns", "require_table"]


def require_table(table: object, *, what: str, source: str) -> None:
    """Refuse what is no frame; ``source`` is the call that returns one."""
    if not isinstance(table, pd.DataFrame):
        raise SchemaError(
            f"{what} must be a DataFrame, not a {type(table).__name__}; give what {source} returned"
        )


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, what: str, source: str) -> None:
    """Refuse a frame that lacks columns, or has one of them twice."""
    require_table(table, what=what, source=source)
    if missing := [name for name in columns if name not in table.columns]:
        raise SchemaError(f"the {what} lacks {', '.join(missing)}; give what {source} returned")
    if twice := [name for name in columns if table.columns.tolist().count(name) > 1]:
        raise SchemaError(
            f"the {what} has more than one column {first_rows(twice)}; drop all but one"
        )

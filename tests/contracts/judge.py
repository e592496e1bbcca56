"""Whether what a call did with hostile input is allowed, and which numbers a result holds."""

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from contracts.calls import Call

from parkgeo.errors import ParkgeoError

_SHORTEST: Final = 25
_LONGEST: Final = 15_000
_INJECTED: Final = "<script>alert(1)"
_DEPTH: Final = 3


def faults(call: Call, given: Mapping[str, Any], *, argument: str, good: object) -> Iterator[str]:
    """Run a call and say what it did that it must not do.

    Parameters
    ----------
    call, given
        What is called, and with what.
    argument, good
        Which argument is damaged, and what it should be: a TypeError, or a ValueError, is an
        answer to a plain value of a wrong type, an OSError to a path.
    """
    before = {name: copy.deepcopy(value) for name, value in given.items() if _is_frame(value)}
    try:
        result = call.function(**given)
    except ParkgeoError as error:
        yield from _of_message(str(error))
    except Exception as error:  # noqa: BLE001 - a warning too: each is a finding
        if not _is_allowed(error, given[argument], good):
            yield f"raises {type(error).__name__}: {str(error)[:100]}"
    else:
        yield from _of_result(result, given, drawn=call.drawn)
    finally:
        plt.close("all")
    for name, value in before.items():
        if not is_same(value, given[name]):
            yield f"changes {name}"


def _is_allowed(error: Exception, bad: object, good: object) -> bool:
    if isinstance(error, OSError):
        return isinstance(good, Path) or isinstance(bad, str)
    wrong_type = not _is_frame(good) and not isinstance(bad, type(good))
    if dataclasses.is_dataclass(good) and isinstance(error, AttributeError):
        return wrong_type  # a result of parkgeo is known by what it has
    return isinstance(error, TypeError | ValueError) and wrong_type


def _of_message(message: str) -> Iterator[str]:
    if len(message) < _SHORTEST or " " not in message:
        yield f"says no more than {message!r}"
    if len(message) > _LONGEST:
        yield f"says {len(message):,} characters: {message[:60]}…"


def _of_result(result: object, given: Mapping[str, Any], *, drawn: bool) -> Iterator[str]:
    if any(_INJECTED in page for page in pages(result)):
        yield "lets a script of the data into its page"
    if drawn:
        return
    told = [value for one in given.values() for value in numbers(one)]
    if np.isinf(numbers_of(result)).any() and not np.isinf(told).any():
        yield "returns infinity"


def pages(result: object) -> Iterator[str]:
    """Yield the HTML that a result shows of itself."""
    if isinstance(result, pd.DataFrame | pd.Series):
        return
    if callable(root := getattr(result, "get_root", None)):
        yield root().render()
    elif isinstance(html := getattr(result, "html", None), str):
        yield html
    elif callable(shown := getattr(result, "_repr_html_", None)):
        yield str(shown())


def numbers_of(result: object) -> np.ndarray:
    """Return every known number of a result, in order of size."""
    found = np.array([value for value in numbers(result) if not np.isnan(value)], float)
    return np.sort(found)


def numbers(result: object, depth: int = 0) -> Iterator[float]:
    """Yield the numbers of a result, those of its fields too."""
    if isinstance(result, float | np.floating):
        yield float(result)
    elif isinstance(result, pd.Series):
        if pd.api.types.is_float_dtype(result.dtype):
            yield from result.to_numpy(float, na_value=np.nan).tolist()
    elif depth <= _DEPTH:
        for part in _parts(result):
            yield from numbers(part, depth + 1)


def _parts(result: object) -> Iterator[object]:
    if isinstance(result, pd.DataFrame):
        yield from (result.iloc[:, at] for at in range(result.shape[1]))
    elif dataclasses.is_dataclass(result):
        # What a result does not show of itself are its own notes, not its answer.
        shown = [field.name for field in dataclasses.fields(result) if field.repr]
        yield from (getattr(result, name) for name in shown)
    elif isinstance(result, tuple | list):
        yield from result
    elif isinstance(result, Mapping):
        yield from result.values()


def _is_frame(value: object) -> bool:
    return isinstance(value, pd.DataFrame | pd.Series)


def is_same(left: Any, right: Any) -> bool:  # noqa: ANN401 - frames or series
    """Tell whether two frames are the same to the last bit, attributes and geometry too."""
    if not left.index.equals(right.index) or left.attrs != right.attrs:
        return False
    if isinstance(left, pd.Series):
        return _same_values(left, right)
    if list(left.columns) != list(right.columns):
        return False
    places = range(left.shape[1])
    return all(_same_values(left.iloc[:, at], right.iloc[:, at]) for at in places)


def _same_values(left: "pd.Series[Any]", right: "pd.Series[Any]") -> bool:
    if left.dtype != right.dtype:
        return False
    if isinstance(left, gpd.GeoSeries):
        same = np.array_equal(shapely.to_wkb(left.to_numpy()), shapely.to_wkb(right.to_numpy()))
        return bool(same) and left.crs == right.crs
    if left.dtype == object:
        # repr: nulls that are no equals of themselves, and labels that cannot be compared
        return [repr(one) for one in left] == [repr(one) for one in right]
    return bool(left.equals(right))

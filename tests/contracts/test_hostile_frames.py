"""Every public function against damaged input: an error that helps, or a documented answer.

The table of calls is ``calls.py``, the damages are in ``damage.py``. An error is one of
:mod:`parkgeo.errors` with a message that one can act on; an answer holds no infinity, comes
without a warning, leaves its input as it was, and lets no markup of the data into a page. Damages
of columns take turns, so that each column of each frame meets some of them;
``PARKGEO_HOSTILE=all`` tries all.
"""

import inspect
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from contracts import damage
from contracts.calls import CALLS, ELSEWHERE
from contracts.judge import faults, numbers_of

MODULES = (
    "units", "crs", "measure", "model", "landuse", "tables", "io", "gazetteer", "fourbounds",
    "datasets", "overlap", "concentration", "agglomeration", "raster", "census", "check", "policy",
    "scale", "maps", "plots", "report", "cli", "errors",
)  # fmt: skip
PLACED = ("Gauss–Krüger", "Web Mercator", "feet")
KEPT: dict[str, tuple[str, ...]] = {
    # The order of rows says which value is drawn for which.
    "agglomeration.autocorrelation": ("another order",),
    "policy.grade_sensitivity": ("another order",),
    # The index names what the numbers belong to.
    "agglomeration.cluster_index": ("index of two levels",),
    # They ask for one CRS, and refuse others.
    **dict.fromkeys(
        (
            "crs.detect_datum", "crs.from_datum", "crs.from_plane", "crs.require_same_crs",
            "crs.set_datum", "measure.intersection_area_m2", "tables.validate_enterprises",
            "tables.validate_lines", "tables.validate_parcels",
        ),
        PLACED,
    ),
    "tables.validate_parks": (*PLACED, "index of two levels"),
    # A file holds one geometry.
    "io.write": ("two geometries",),
}  # fmt: skip
"""Wrappings that mean something to a function, so that it refuses them or its numbers change."""

USUAL = 7
"""Of how many damages of columns one is tried: a prime, so that each column meets others."""

ALL = os.environ.get("PARKGEO_HOSTILE") == "all"


@pytest.fixture(autouse=True)
def _no_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Some names of files that are tried are names.
    monkeypatch.chdir(tmp_path)
    with mpl.rc_context():
        mpl.use("agg")
        yield


def takes_something(function: Any) -> bool:  # noqa: ANN401 - any callable
    """Tell whether a function or method has an argument beside itself."""
    try:
        given = inspect.signature(function).parameters
    except ValueError:
        return False
    return bool(set(given) - {"self", "cls"})


def public_functions() -> Iterator[str]:
    """Name every public function, and every public method of a public class."""
    for module in MODULES:
        own = import_module(f"parkgeo.{module}")
        for name in own.__all__:
            value = getattr(own, name)
            if inspect.isclass(value):
                yield from _methods(f"{module}.{name}", value)
            elif inspect.isfunction(value) and takes_something(value):
                yield f"{module}.{name}"


def _methods(name: str, value: type) -> Iterator[str]:
    if issubclass(value, BaseException | str):
        return
    for method, function in vars(value).items():
        plain = getattr(function, "__func__", function)
        if not method.startswith("_") and inspect.isfunction(plain) and takes_something(plain):
            yield f"{name}.{method}"


def test_every_public_function_has_a_call() -> None:
    missing = [name for name in public_functions() if name not in CALLS | ELSEWHERE]
    assert not missing, f"say in tests/contracts/calls.py how to call {', '.join(missing)}"


def test_no_call_is_of_a_function_that_is_gone() -> None:
    gone = [name for name in CALLS | ELSEWHERE if not _exists(name)]
    assert not gone


def _exists(name: str) -> bool:
    module, *path = name.split(".")
    value: Any = import_module(f"parkgeo.{module}")
    for step in path:
        value = getattr(value, step, None)
    return value is not None


@pytest.mark.parametrize("name", CALLS)
def test_damaged_input_is_refused_or_answered(name: str) -> None:
    call = CALLS[name]
    call.function(**call.made())
    found = [f"{what}: {fault}" for what, fault in _tried(name)]
    assert not found, f"{name}\n" + "\n".join(dict.fromkeys(found))


def _tried(name: str) -> Iterator[tuple[str, str]]:
    call = CALLS[name]
    every = 1 if ALL else call.every
    good = call.made()
    for argument, value in good.items():
        for label, bad in _damaged(value, every=every, first=sum(name.encode())):
            for fault in faults(call, {**good, argument: bad}, argument=argument, good=value):
                yield f"{argument} with {label}", fault


def _damaged(
    value: Any,  # noqa: ANN401
    *,
    every: int,
    first: int,
) -> Iterator[tuple[str, object]]:
    if not isinstance(value, pd.DataFrame | pd.Series):
        yield from ((f"{bad!r:.40}", bad) for bad in damage.others(value))
        return
    step = max(1, every // USUAL)
    for label, change in list((damage.SAME | damage.WHOLE).items())[first % step :: step]:
        bad = change(value)
        if bad is not None or label == "None":
            yield label, bad
    if isinstance(value, pd.DataFrame):
        yield from _damaged_columns(value, every, first)


def _damaged_columns(frame: pd.DataFrame, every: int, turn: int) -> Iterator[tuple[str, object]]:
    own = [name for name in frame.columns if frame[name].dtype != "geometry"]
    for name in own:
        for label, change in damage.COLUMN.items():
            turn += 1
            if turn % every == 0:
                yield f"{name}: {label}", change(frame, name)


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if not call.drawn])
def test_other_wrappings_give_the_same_numbers(name: str) -> None:
    call = CALLS[name]
    good = call.made()
    frames = {key: value for key, value in good.items() if isinstance(value, pd.DataFrame)}
    if not frames:
        return
    expected = numbers_of(call.function(**good))
    step = 1 if ALL else max(1, call.every // USUAL // 2)
    for argument, value in frames.items():
        for label, change in list(damage.SAME.items())[len(argument) % step :: step]:
            if (wrapped := change(value)) is None or label in KEPT.get(name, ()):
                continue
            found = numbers_of(call.function(**{**good, argument: wrapped}))
            np.testing.assert_allclose(
                found, expected, rtol=1e-9, atol=1e-9, err_msg=f"{argument} in {label}"
            )

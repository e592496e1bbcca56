"""Results as values: they copy, pickle and show themselves escaped, and threads do not mix them."""

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
from contracts import ground
from contracts.judge import numbers_of, pages
from shapely import box

from parkgeo import census, check, concentration, measure, overlap, policy

SCRIPT = "<script>alert(1)</script>"


def _graded() -> policy.GradeSensitivity:
    return policy.grade_sensitivity(
        ground.scored(), formula=ground.formula(), shares=ground.SHARES, draws=10
    )


def _matched() -> census.Match:
    return census.match(ground.parcels(), ground.firms())


def _scattered() -> concentration.Scattered:
    return concentration.scattered(ground.parcels(), ground.parks())


def _what_if() -> policy.FateWhatIf:
    return policy.fate_what_if(ground.attributes(), attribute="core_share", thresholds=[0.1, 0.5])


def _consolidated() -> policy.Consolidation:
    return policy.consolidate(ground.parks(), ground.later())


def _scorecard() -> policy.Scorecard:
    return policy.scorecard(ground.evaluation())


RESULTS: list[Callable[[], object]] = [
    ground.roads, ground.bounds, ground.resolution, ground.plan, ground.tabulated,
    ground.available, ground.leading, ground.moran, ground.clustering, ground.findings,
    ground.composed, _graded, _matched, _scattered, _what_if, _consolidated, _scorecard,
]  # fmt: skip


@pytest.mark.parametrize("made", RESULTS)
def test_results_copy_pickle_and_show_themselves(made: Callable[[], object]) -> None:
    result = made()
    expected = numbers_of(result)
    for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):  # noqa: S301 - our own
        assert type(again) is type(result)
        np.testing.assert_array_equal(numbers_of(again), expected)
    assert len(repr(result)) < 100_000


@pytest.mark.parametrize(
    "name", ["brand_id", "brand", "administrator", "class_code", "district", "use", "status"]
)
def test_what_a_notebook_shows_is_escaped(name: str) -> None:
    def hostile(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        values = [f"{SCRIPT}{row}" for row in range(len(frame))]
        return frame.assign(**{name: values}) if name in frame else frame

    parks, parcels = hostile(ground.parks()), hostile(ground.parcels())
    shown = [
        check.inspect(parks),
        census.tabulate(parcels, parks) if name not in {"use", "status"} else None,
        policy.consolidate(parks, ground.later()),
        concentration.scattered(parcels, parks, classes=None, where={}),
    ]
    text = "".join(page for one in shown if one is not None for page in pages(one))
    assert "<script>alert" not in text


def test_threads_do_not_mix_their_answers() -> None:
    moved = ground.parks().assign(geometry=ground.parks().translate(0.5, 0.5).set_crs(4490))
    land = ground.parcels().assign(geometry=ground.parcels().translate(0.5, 0.5).set_crs(4490))

    def answers(both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> np.ndarray:
        parks, parcels = both
        return np.concatenate(
            [
                numbers_of(overlap.pairs(parks)),
                numbers_of(overlap.partition(parks)),
                numbers_of(concentration.ratio(parcels, parks)),
                numbers_of(concentration.scattered(parcels, parks)),
                numbers_of(measure.area_m2(parcels)),
            ]
        )

    given = [(ground.parks(), ground.parcels()), (moved, land)]
    alone = [answers(one) for one in given]
    assert not np.array_equal(*alone)
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(answers, given * 4))
    for found, expected in zip(together, alone * 4, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_terminal_is_told_what_was_found_in_a_line() -> None:
    degrees = gpd.GeoDataFrame({"brand": ["a"]}, geometry=[box(120, 30, 121, 31)])
    told = repr(check.inspect(degrees))
    assert told.startswith("<Findings in 'frame': error crs-missing")
    assert told.endswith("see .table>")
    assert "\n" not in told

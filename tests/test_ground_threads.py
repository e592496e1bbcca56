"""Work on items as they come: in order, few at a time, and nothing left running."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from parkgeo._ground import in_turn


def workers() -> list[str]:
    """Name the threads of pools that are alive."""
    return [t.name for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.01 / (item + 1))
        return item * item

    assert list(in_turn(slow_at_first, range(count))) == [i * i for i in range(count)]
    assert not workers()


def test_the_next_item_is_made_while_others_are_worked_on() -> None:
    """Two items at work wait for the third to be made; alone, they would wait for ever."""
    met = threading.Barrier(3, timeout=20)

    def items() -> Iterator[int]:
        yield 0
        yield 1
        met.wait()
        yield 2

    def work(item: int) -> int:
        if item < 2:
            met.wait()
        return item

    assert list(in_turn(work, items())) == [0, 1, 2]


def test_few_items_are_there_at_a_time() -> None:
    made, taken, most = 0, 0, 0

    def items() -> Iterator[int]:
        nonlocal made, most
        for i in range(30):
            made += 1
            most = max(most, made - taken)
            yield i

    for _ in in_turn(lambda item: item, items()):
        taken += 1
        time.sleep(0.001)
    assert most <= 4  # two at work, one that waits, one whose result is looked at


def test_an_error_of_the_work_comes_at_its_turn_and_ends_the_rest() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ValueError("at the fourth")
        return item

    found = []
    with pytest.raises(ValueError, match="at the fourth"):
        found.extend(in_turn(work, range(1000)))
    assert max(begun) <= 6
    assert not workers()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_of_the_items_waits_for_what_is_at_work(error: type[BaseException]) -> None:
    ended = []

    def items() -> Iterator[int]:
        yield 0
        yield 1
        raise error

    def work(item: int) -> int:
        time.sleep(0.05)
        ended.append(item)
        return item

    with pytest.raises(error):
        list(in_turn(work, items()))
    assert not workers()
    assert len(ended) in {0, 1, 2}


def test_closing_early_leaves_no_thread() -> None:
    with closing(in_turn(lambda item: item, iter(int, 1))) as found:
        assert next(found) == 0
        assert workers()
    assert not workers()

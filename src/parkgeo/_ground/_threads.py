"""Many tasks on threads that stop when the wait for them stops: all at once, or as they come."""

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from parkgeo._progress import watched

Result = TypeVar("Result")
Task = TypeVar("Task")

THREADS: Final = min(os.cpu_count() or 1, 8)

_AT_WORK: Final = 2
"""Items that are worked on side by side as they come: each more costs memory, and within each the
kernels have threads of their own."""


def in_threads(
    work: Callable[[Task], Result], tasks: Sequence[Task], *, doing: str
) -> list[Result]:
    """Do all tasks on threads, with a progress bar; return the results in order.

    Whatever stops the wait, an error or Ctrl-C, also stops the work: tasks not begun are dropped,
    and those under way are waited for, so that no thread runs on.
    """
    stopped = threading.Event()

    def unless_stopped(task: Task) -> Any:  # noqa: ANN401 - None only where nobody looks
        return None if stopped.is_set() else work(task)

    if len(tasks) <= 1:
        return [work(task) for task in tasks]
    pool = ThreadPoolExecutor(THREADS)
    try:
        futures: list[Future[Any]] = [pool.submit(unless_stopped, task) for task in tasks]
        done = (future.result() for future in futures)
        return list(watched(done, doing=doing, total=len(tasks)))
    finally:
        stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)


def in_turn(work: Callable[[Task], Result], items: Iterable[Task]) -> Generator[Result, None, None]:
    """Work on items on threads while the next one is made; hand the results on in order.

    Three items are there at most, two at work and one that waits, however many there are. Whatever
    stops the wait, an error or Ctrl-C, drops what is not begun, and waits for what is; to stop
    early, close the iterator.
    """
    pool = ThreadPoolExecutor(_AT_WORK)
    under_way: deque[Future[Result]] = deque()
    try:
        for item in items:
            if len(under_way) == _AT_WORK:
                yield under_way.popleft().result()
            under_way.append(pool.submit(work, item))
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)

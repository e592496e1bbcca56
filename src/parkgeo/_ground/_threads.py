"""Many tasks on threads, with a progress bar, that stop at once when the wait for them stops."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from parkgeo._progress import watched

Result = TypeVar("Result")
Task = TypeVar("Task")

THREADS: Final = min(os.cpu_count() or 1, 8)


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

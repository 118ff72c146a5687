"""Run asyncio code with a clock that jumps to the next timer: hours of waiting in a second."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar
from unittest import mock

from jupyter_dask_slurm import file_threads
from jupyter_dask_slurm.batch.slurm import clock as slurm_clock

T = TypeVar("T")
START = 1_800_000_000.0
TICK = 1e-6


class Clock:
    """Stands for ``time.time`` and ``time.monotonic``; seconds."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class _JumpingSelector(selectors.DefaultSelector):
    """Does not wait: when nothing is ready it sets the clock to when the loop would wake up."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing will ever happen"
            # A smaller step would be lost: seconds since the epoch have so many digits.
            self._clock.now += max(TICK, timeout)
        return ready


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run like ``asyncio.run``, without waiting. What would run in a thread is called at once: the clock
    stands still meanwhile."""
    clock = Clock()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(time, "time", clock))
        stack.enter_context(mock.patch.object(time, "monotonic", clock))
        stack.enter_context(mock.patch.object(slurm_clock, "steady", clock))
        stack.enter_context(mock.patch.object(file_threads, "start_thread", lambda run: run()))
        selector = _JumpingSelector(clock)
        loop = stack.enter_context(contextlib.closing(asyncio.SelectorEventLoop(selector)))
        return loop.run_until_complete(main)

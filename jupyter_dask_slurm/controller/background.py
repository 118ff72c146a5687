"""Asyncio tasks in the background: none fails without a word in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before work that failed is started again; doubled each time."""
STEADY_AFTER = 300.0
"""Seconds of running after which a failure counts as the first again."""
logger = logging.getLogger(__name__)


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Await ``work()``, and start it again after a pause whenever it raises; return when it returns.

    For the loops of a controller: if one ended for good at a file system's ``ESTALE``, the idle time-out
    or the maximum age would no longer be kept, or the workers no longer be seen.
    """
    pause = FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            return await work()
        except Exception:
            if loop.time() - begun > STEADY_AFTER:
                pause = FIRST_PAUSE
            logger.exception("%s failed, and is begun again in %g s", name, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


class BackgroundTasks:
    """Tasks that end with their owner."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it in a task of its own. An error is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def cancel(self) -> None:
        """Cancel all tasks and return when they have ended."""
        tasks = set(self._tasks)
        while tasks:
            # Again and again: wait_for of Python 3.11 and older loses a cancellation that comes
            # at the moment its future is done.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1.0)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task in the background failed", exc_info=task.exception())

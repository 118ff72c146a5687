"""Work in the background that must not end unseen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before work that failed is begun again: doubled each time."""
STEADY_AFTER = 300.0
"""Seconds after which work that fails has failed for the first time again."""
logger = logging.getLogger(__name__)


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Await ``work()``, and begin it again after a pause whenever it raises; return when it returns.

    For the loops that look after a cluster: one that ended for good at a file system's ``ESTALE`` would
    take the idle time-out, the maximum age, or the sight of all workers with it.
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

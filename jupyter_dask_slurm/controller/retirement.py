"""Letting running jobs go without losing what their workers hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from .book import TrackedJob
from .scheduler_client import SchedulerClient

TASK_LIMIT = 30.0
"""Seconds that running tasks get to finish; afterwards they run again elsewhere."""
logger = logging.getLogger(__name__)


async def retire(
    jobs: Sequence[TrackedJob],
    scheduler: SchedulerClient,
    changed: Callable[[], Awaitable[None]],
    *,
    task_limit: float = TASK_LIMIT,
) -> list[str]:
    """Empty the workers of those jobs and close them. Answers the ids of the jobs now free to go.

    First the workers are drained: they get no new tasks and their data move. Then their running
    tasks may finish, and only then they are closed, because dask itself does not wait for tasks.
    ``changed()`` ends when the jobs' workers were looked at again.

    A job one of whose workers holds data that has nowhere to go is not in the answer; workers of
    it that were drained get no tasks until they are undrained. A job whose workers have gone by
    themselves is. Raises SchedulerBusy.
    """
    names = ", ".join(job.id for job in jobs)
    logger.info("draining jobs %s", names)
    addresses = [worker.address for job in jobs for worker in job.workers]
    if not addresses:
        return [job.id for job in jobs]
    drained = await scheduler.drain(addresses)
    free = [job for job in jobs if all(w.address in drained for w in job.workers)]
    await _finish_tasks(free, changed, task_limit)
    addresses = [worker.address for job in free for worker in job.workers]
    retired = await scheduler.retire(addresses) if addresses else set()
    done = [job.id for job in free if all(w.address in retired for w in job.workers)]
    logger.info("retired jobs %s of %s", ", ".join(done) or "none", names)
    return done


async def _finish_tasks(
    jobs: Sequence[TrackedJob], changed: Callable[[], Awaitable[None]], limit: float
) -> None:
    async def until_idle() -> None:
        while any(worker.tasks for job in jobs for worker in job.workers):
            await changed()

    try:
        await asyncio.wait_for(until_idle(), limit)
    except asyncio.TimeoutError:
        logger.info("tasks still run after %g s; they will run again elsewhere", limit)

"""Cancelling by name: the last means, when nobody knows a cluster's job ids any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .base import BatchJob, BatchSystem, JobState
from .errors import BatchSilent

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


async def cancel_matching(
    batch: BatchSystem,
    matches: Callable[[str], bool],
    *,
    limit: float = 120,
    settle: float = 5.0,
) -> int:
    """Cancel every live job of the user whose name matches, until none is left.

    Called when a controller has died, by its watchdog and by the manager, and for a forced stop.
    Answers how many jobs it cancelled. Waits, asks again ever more slowly, and gives up after
    ``limit`` seconds: then raises the last BatchSilent, or one of its own when jobs are still
    listed. A BatchRefused is raised at once.

    "None is left" takes a second look ``settle`` seconds after the first that found none, even past
    the limit: an ``sbatch`` may outlive the controller that ran it. With 0 one look is enough.
    """
    deadline = time.monotonic() + limit
    pause = _FIRST_PAUSE
    settled = settle <= 0
    cancelled: set[str] = set()
    while True:
        try:
            snapshot = await batch.jobs(max_age=0)
            left = [job.id for job in snapshot.jobs.values() if matches(job.name) and _is_live(job)]
            if not left:
                if settled:
                    return len(cancelled)
                await asyncio.sleep(settle)
                settled = True
                continue
            settled = settle <= 0
            await batch.cancel(left)
            cancelled.update(left)
            problem = BatchSilent(f"{len(left)} jobs are still listed after they were cancelled")
        except BatchSilent as error:
            problem = error
        if time.monotonic() + pause > deadline:
            raise problem
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _is_live(job: BatchJob) -> bool:
    """Whether cancelling can still change something: a COMPLETING job is on its way out."""
    return not job.state.ended and job.state is not JobState.COMPLETING

"""Cancel jobs by name, where the ids of a cluster's jobs are no longer known."""

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

    Used when a controller has died, and for a forced stop. Return how many jobs were cancelled.
    Poll with growing pauses for at most ``limit`` seconds; then raise the last BatchSilent, or a
    new one when jobs are still listed. A BatchRefused is raised at once.

    That none is left is checked again ``settle`` seconds after the first poll that found none, even
    past the limit: an ``sbatch`` may outlive the controller that ran it. With 0 one poll is enough.
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
    """Return whether cancelling can still change something: a COMPLETING job is ending already."""
    return not job.state.ended and job.state is not JobState.COMPLETING

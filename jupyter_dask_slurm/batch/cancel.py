"""Cancel jobs by name, where the ids of a cluster's jobs are no longer known. A renamed one is known by
where its output goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .base import BatchJob, BatchSystem, JobState
from .errors import BatchSilent
from .renamed import NameOf, RenamedJobs

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


async def cancel_matching(
    batch: BatchSystem,
    matches: Callable[[str], bool],
    *,
    name_of: NameOf | None = None,
    limit: float = 120,
    settle: float = 5.0,
) -> int:
    """Cancel every live job of the user whose name matches, until none is left. ``name_of`` is for
    those that were renamed; without it they are not looked for.

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
    renamed = RenamedJobs(batch, name_of or (lambda *_: None))
    while True:
        try:
            snapshot = await batch.jobs(max_age=0)
            live = {i: job for i, job in snapshot.jobs.items() if _is_live(job)}
            others = [i for i, job in live.items() if name_of and not matches(job.name)]
            jobs = (await renamed.restore(snapshot, others)).jobs
            left = [i for i in live if matches(jobs[i].name)]
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

"""Cancel jobs by name, where the ids of a cluster's jobs are no longer known. A renamed one is known by
where its output goes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from .base import BatchJob, BatchSystem, JobState
from .errors import BatchError, BatchSilent
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
    those that were renamed; without it they are not looked for. Where no Slurm cluster was chosen, those
    that a wrapper of the site's sent to another are cancelled as well, if that one answers.

    Used when a controller has died, and for a forced stop. Return how many jobs were cancelled.
    Poll with growing pauses for at most ``limit`` seconds; then raise the last BatchSilent, or a
    new one when jobs are still listed. A BatchRefused is raised at once.

    That none is left is checked again ``settle`` seconds after the first poll that found none, even
    past the limit: an ``sbatch`` may outlive the controller that ran it. With 0 one poll is enough.
    """
    deadline = time.monotonic() + limit
    pause = _FIRST_PAUSE
    settled = settle <= 0
    jobs = _Matching(batch, matches, name_of)
    elsewhere: list[_Matching] | None = None
    while True:
        try:
            left = await jobs.cancel()
            if elsewhere is None:
                others = await batch.elsewhere()
                elsewhere = [_Matching(other, matches, name_of) for other in others]
            for other in elsewhere:
                with contextlib.suppress(BatchError):  # of which nobody has said that it has any
                    left += await other.cancel()
            if not left:
                if settled:
                    return len(jobs.cancelled) + sum(len(other.cancelled) for other in elsewhere)
                await asyncio.sleep(settle)
                settled = True
                continue
            settled = settle <= 0
            problem = BatchSilent(f"{left} jobs are still listed after they were cancelled")
        except BatchSilent as error:
            problem = error
        if time.monotonic() + pause > deadline:
            raise problem
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


class _Matching:
    """The jobs of one batch system whose names match."""

    def __init__(
        self, batch: BatchSystem, matches: Callable[[str], bool], name_of: NameOf | None
    ) -> None:
        self._batch, self._matches = batch, matches
        self._renamed = None if name_of is None else RenamedJobs(batch, name_of)
        self.cancelled: set[str] = set()

    async def cancel(self) -> int:
        """Cancel those that live, and return how many they are. Raise BatchError."""
        snapshot = await self._batch.jobs(max_age=0)
        live = {i: job for i, job in snapshot.jobs.items() if _is_live(job)}
        if self._renamed is not None:
            others = [i for i, job in live.items() if not self._matches(job.name)]
            snapshot = await self._renamed.restore(snapshot, others)
        left = [i for i in live if self._matches(snapshot.jobs[i].name)]
        if left:
            await self._batch.cancel(left)
            self.cancelled.update(left)
        return len(left)


def _is_live(job: BatchJob) -> bool:
    """Return whether cancelling can still change something: a COMPLETING job is ending already."""
    return not job.state.ended and job.state is not JobState.COMPLETING

"""Letting running jobs go without losing what their workers hold."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from .book import JobBook
from .job import Leaving, TrackedJob
from .problems import Problems
from .scheduler_client import SchedulerBusy, SchedulerClient

TASK_LIMIT = 30.0
"""Seconds that running tasks get to finish; afterwards they run again elsewhere."""
STUCK_PAUSE, BUSY_PAUSE = 60.0, 10.0
"""Seconds until jobs that could not be retired are tried again: their data had nowhere to go, or
the scheduler did not answer."""
logger = logging.getLogger(__name__)


class Retirement:
    """Empties the workers of jobs, closes them, and marks the jobs as free to be cancelled."""

    def __init__(
        self,
        book: JobBook,
        scheduler: SchedulerClient,
        problems: Problems,
        looked: Callable[[], Awaitable[None]],
    ) -> None:
        """``looked()`` ends when the workers were looked at again."""
        self._book, self._scheduler, self._problems = book, scheduler, problems
        self._looked = looked
        self._blocked_until = 0.0
        self._kept: set[str] = set()
        self.open = 0
        """Retirements that have begun and not ended."""

    @property
    def blocked(self) -> bool:
        """The last attempt came to nothing a short while ago: the next would, too."""
        return time.monotonic() < self._blocked_until

    def unblock(self) -> None:
        """Something has changed: there may be somewhere for the data to go now."""
        self._blocked_until = 0.0

    async def give_back(self) -> None:
        """Undrain the workers whose retirement came to nothing: they would never work again.

        Raises SchedulerBusy.
        """
        if self._kept:
            addresses = sorted(self._kept)
            await self._scheduler.undrain(addresses)
            self._kept.difference_update(addresses)

    def begin(self, ids: Sequence[str]) -> float:
        """Mark those jobs as leaving. Answers until when their tasks may finish."""
        now = time.time()
        waited = self._book.waited(now)
        limits = [job.tasks_until(now, waited, TASK_LIMIT) for job in self._jobs(ids)]
        until = min(limits, default=now)
        self._book.leave(ids, Leaving.RETIRING, now, by=until)
        self.open += 1
        return until

    async def run(self, ids: Sequence[str], until: float, *, drop: Callable[[], bool]) -> None:
        """Retire jobs after `begin`. ``drop`` tells at the end whether the data may be lost after
        this one attempt. Jobs that are free to go are marked as ending."""
        jobs = self._jobs(ids)
        self._kept -= {worker.address for job in jobs for worker in job.workers}
        done, busy = [], False
        try:
            done = await self._empty(jobs, until)
        except SchedulerBusy as error:
            logger.warning("jobs could not be retired, the scheduler does not answer: %s", error)
            busy = True
        except Exception:
            logger.exception("jobs could not be retired")
            busy = True
        self.open -= 1
        stuck = [job.id for job in jobs if job.id not in done and not job.ended]
        if stuck and drop():
            done, stuck = [*done, *stuck], []
        now = time.time()
        if stuck:
            self._blocked_until = time.monotonic() + (BUSY_PAUSE if busy else STUCK_PAUSE)
            self._book.leave(stuck, None, now)
            self._kept |= {w.address for job in jobs if job.id in stuck for w in job.workers}
        if stuck and not busy:
            many = "1 job holds" if len(stuck) == 1 else f"{len(stuck)} jobs hold"
            self._problems.set("data_stuck", f"{many} data that have no other worker to move to.")
        else:
            self._problems.clear("data_stuck")
        if done:
            # Since ever: the next round cancels what still runs.
            self._book.leave(done, Leaving.ENDING, 0.0)

    async def _empty(self, jobs: Sequence[TrackedJob], until: float) -> list[str]:
        """Empty and close the workers of those jobs. Answers the ids of the jobs now free to go.

        First the workers are drained: they get no new tasks and their data move. Then their
        running tasks may finish, and only then they are closed, because dask itself does not wait
        for tasks.

        A job one of whose workers holds data that has nowhere to go is not in the answer; workers
        of it that were drained get no tasks until they are undrained. A job whose workers have
        gone by themselves is. Raises SchedulerBusy.
        """
        names = ", ".join(job.id for job in jobs)
        logger.info("draining jobs %s", names)
        addresses = [worker.address for job in jobs for worker in job.workers]
        if not addresses:
            return [job.id for job in jobs]
        drained = await self._scheduler.drain(addresses)
        free = [job for job in jobs if all(w.address in drained for w in job.workers)]
        await self._finish_tasks(free, until - time.time())
        addresses = [worker.address for job in free for worker in job.workers]
        retired = await self._scheduler.retire(addresses) if addresses else set()
        done = [job.id for job in free if all(w.address in retired for w in job.workers)]
        logger.info("retired jobs %s of %s", ", ".join(done) or "none", names)
        return done

    async def _finish_tasks(self, jobs: Sequence[TrackedJob], limit: float) -> None:
        async def until_idle() -> None:
            await self._looked()  # what is known of them may be older than their last task
            while any(worker.tasks for job in jobs for worker in job.workers):
                await self._looked()

        try:
            await asyncio.wait_for(until_idle(), max(0.0, limit))
        except asyncio.TimeoutError:
            logger.info("tasks still run after %g s; they will run again elsewhere", limit)

    def _jobs(self, ids: Sequence[str]) -> list[TrackedJob]:
        return [job for job_id in ids if (job := self._book.get(job_id)) is not None]

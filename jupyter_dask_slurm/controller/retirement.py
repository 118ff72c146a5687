"""The two ways in which a job goes: retired without losing what its workers hold, or cancelled."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..batch.base import BatchSystem
from ..batch.errors import BatchError, BatchRefused
from ..logs import listed
from .job_table import JobTable
from .problems import Problems
from .scheduler.client import SchedulerBusy, SchedulerClient
from .tracked_job import Leaving, TrackedJob

TASK_LIMIT = 30.0
"""Seconds that running tasks get to finish where the job could go on; afterwards they run again elsewhere."""
STUCK_PAUSE, BUSY_PAUSE = 60.0, 10.0
"""Seconds until jobs that could not be retired are tried again: their data had nowhere to go, or
the scheduler did not answer."""
CANCEL_AGAIN = 30.0
"""Seconds after which a job that was cancelled while running and still runs is cancelled again."""
logger = logging.getLogger(__name__)


@dataclass
class RetiringJobs:
    """Jobs that are retired together; those that are kept after all are taken out of ``ids``. Their
    tasks may finish ``until`` then, in seconds since the epoch."""

    ids: list[str]
    until: float


class Retirement:
    """Drains the workers of jobs, closes them, and marks the jobs as ready to be cancelled.

    Until their workers are about to be closed, jobs can be kept after all.
    """

    def __init__(
        self,
        table: JobTable,
        scheduler: SchedulerClient,
        problems: Problems,
        polled: Callable[[], Awaitable[None]],
    ) -> None:
        """``polled()`` returns when the scheduler has been polled again."""
        self._table, self._scheduler, self._problems = table, scheduler, problems
        self._polled = polled
        self._blocked_until = 0.0
        self._to_undrain: set[str] = set()
        """Addresses of workers that stay and may have been drained."""
        self._undraining = asyncio.Lock()
        self._drains: list[set[str]] = []
        """The workers of each call of ``drain`` that has not returned."""
        self._retiring: list[RetiringJobs] = []

    @property
    def active(self) -> bool:
        """Whether a retirement has begun and not ended."""
        return bool(self._retiring)

    @property
    def blocked(self) -> bool:
        """Whether an attempt failed a short while ago: the next would, too."""
        return time.monotonic() < self._blocked_until

    def unblock(self) -> None:
        """Allow the next attempt: something has changed, and the data may have somewhere to go."""
        self._blocked_until = 0.0

    async def undrain(self) -> None:
        """Undrain the workers that stay: they would never work again. Raise SchedulerBusy.

        One that is just being drained is undrained once more later, because the order in which
        the scheduler carries out the two calls is not known.
        """
        async with self._undraining:
            if self._to_undrain:
                addresses = sorted(self._to_undrain)
                unsettled = set().union(*self._drains)
                await self._scheduler.undrain(addresses)
                self._to_undrain.difference_update(set(addresses) - unsettled)

    def keep(self, ids: Sequence[str]) -> None:
        """Let those jobs stay, whose workers are not being closed yet; `undrain` is to follow."""
        logger.info("keeps %s after all", listed(ids))
        for retiring in self._retiring:
            retiring.ids = [job_id for job_id in retiring.ids if job_id not in ids]
        self._to_undrain |= {worker.address for job in self._jobs(ids) for worker in job.workers}
        self._table.mark_leaving(ids, None, time.time())

    def begin(self, ids: Sequence[str]) -> RetiringJobs:
        """Mark those jobs as leaving; `run` is to follow."""
        now = time.time()
        queue_wait = self._table.queue_wait(now)
        limits = [job.task_deadline(now, queue_wait, TASK_LIMIT) for job in self._jobs(ids)]
        until = min(limits, default=now)
        self._table.mark_leaving(ids, Leaving.RETIRING, now, by=until)
        retiring = RetiringJobs(list(ids), until)
        self._retiring.append(retiring)
        self._to_undrain -= {worker.address for job in self._jobs(ids) for worker in job.workers}
        return retiring

    async def run(self, retiring: RetiringJobs, *, drop: Callable[[], bool]) -> None:
        """Retire jobs after `begin`, and mark those that are ready to be cancelled as ending.

        ``drop()``, asked at the end, says whether data that could not be moved may be lost.
        """
        done, busy = [], False
        try:
            done = await self._drain_and_close(retiring)
        except SchedulerBusy as error:
            logger.warning("jobs could not be retired, the scheduler does not answer: %s", error)
            busy = True
        except Exception:
            logger.exception("jobs could not be retired")
            busy = True
        self._retiring.remove(retiring)
        jobs = self._jobs(retiring.ids)
        stuck = [job.id for job in jobs if job.id not in done and not job.ended]
        if stuck and drop():
            done, stuck = [*done, *stuck], []
        now = time.time()
        if stuck:
            self._blocked_until = time.monotonic() + (BUSY_PAUSE if busy else STUCK_PAUSE)
            self._table.mark_leaving(stuck, None, now)
            self._to_undrain |= {w.address for job in jobs if job.id in stuck for w in job.workers}
        if stuck and not busy:
            many = "1 job holds" if len(stuck) == 1 else f"{len(stuck)} jobs hold"
            self._problems.set("data_stuck", f"{many} data that have no other worker to move to.")
            logger.info("keeps %s, whose data have no other worker to move to", listed(stuck))
        elif retiring.ids:
            self._problems.clear("data_stuck")
        if done:
            # Since ever: the next round cancels what still runs.
            self._table.mark_leaving(done, Leaving.ENDING, 0.0)

    async def _drain_and_close(self, retiring: RetiringJobs) -> list[str]:
        """Drain and close the workers of those jobs. Return the ids of the jobs that may be cancelled.

        First the workers are drained: they get no new tasks and their data move. Then their
        running tasks may finish, and only then they are closed, because dask itself does not wait
        for tasks. Jobs that are kept meanwhile are no longer in ``retiring``.

        A job is left out if one of its workers holds data that has nowhere to go; those of its
        workers that were drained get no tasks until they are undrained. A job whose workers have
        gone by themselves is returned. Raise SchedulerBusy.
        """
        await self.undrain()  # workers that are to go on can take the data
        jobs = self._jobs(retiring.ids)
        logger.debug("drains %s", listed([job.id for job in jobs]))
        addresses = {worker.address for job in jobs for worker in job.workers}
        if not addresses:
            return [job.id for job in jobs]
        with self._draining(addresses):
            drained = await self._scheduler.drain(sorted(addresses))
        empty = {job.id for job in jobs if all(w.address in drained for w in job.workers)}
        await self._finish_tasks(retiring, empty)
        free = self._still_leaving(retiring, empty)
        addresses = {worker.address for job in free for worker in job.workers}
        # Marked before anything is awaited: from here on they are not kept any more.
        ids = [job.id for job in free]
        self._table.mark_leaving(ids, Leaving.CLOSING, time.time(), by=retiring.until)
        retired = await self._scheduler.retire(sorted(addresses)) if addresses else set()
        done = [job.id for job in free if all(w.address in retired for w in job.workers)]
        if done:
            logger.info("retired %s", listed(done))
        return done

    @contextmanager
    def _draining(self, addresses: set[str]) -> Iterator[None]:
        self._drains.append(addresses)
        try:
            yield
        finally:
            self._drains.remove(addresses)

    def _still_leaving(self, retiring: RetiringJobs, ids: set[str]) -> list[TrackedJob]:
        """Return those of the jobs that have not been kept meanwhile."""
        return self._jobs([job_id for job_id in retiring.ids if job_id in ids])

    async def _finish_tasks(self, retiring: RetiringJobs, ids: set[str]) -> None:
        """Wait until the jobs have no running task, or until the retirement's limit."""

        async def until_idle() -> None:
            await self._polled()  # what is known of them may be older than their last task
            while any(w.tasks for job in self._still_leaving(retiring, ids) for w in job.workers):
                await self._polled()

        limit = max(0.0, retiring.until - time.time())
        try:
            await asyncio.wait_for(until_idle(), limit)
        except asyncio.TimeoutError:
            logger.debug("tasks still run after %g s; they will run again elsewhere", limit)

    def _jobs(self, ids: Sequence[str]) -> list[TrackedJob]:
        return [job for job_id in ids if (job := self._table.get(job_id)) is not None]


class Cancellations:
    """All cancellations of one cluster's jobs. Its coroutines raise BatchError."""

    def __init__(self, batch: BatchSystem, table: JobTable) -> None:
        self._batch, self._table = batch, table
        self._logged: set[str] = set()
        """Jobs that are cancelled again and again: their node does not let them go."""

    async def cancel_pending(self, ids: Sequence[str], now: float) -> None:
        """Cancel those jobs if they are still pending."""
        await self._batch.cancel(self._table.cancellable(ids), pending_only=True)
        logger.info("cancelled %s, still waiting", listed(ids))
        self._table.mark_leaving(ids, Leaving.CANCELLING, now)

    def mark_overdue(self, now: float) -> list[str]:
        """Return the jobs that are to be cancelled while they run, and were not cancelled lately.

        They are marked as cancelled now; `cancel_marked` is to follow.
        """
        ids = [
            job.id
            for job in self._table.live
            if job.leaving is Leaving.ENDING and now - job.leaving_since > CANCEL_AGAIN
        ]
        self._table.mark_leaving(ids, Leaving.ENDING, now)
        return ids

    async def cancel_marked(self, ids: Sequence[str]) -> None:
        """Cancel jobs after `mark_overdue`."""
        try:
            await self._cancel(ids)
        except BatchError:
            # Marked as never sent: the next round in which Slurm answers sends it again.
            self._table.mark_leaving(ids, Leaving.ENDING, 0.0)
            raise
        if first := [job_id for job_id in ids if job_id not in self._logged]:
            logger.info("cancelled %s", listed(first))
        self._logged = {job.id for job in self._table.live if job.id in {*self._logged, *ids}}

    async def cancel_all(self, now: float) -> None:
        """Cancel all jobs that may be there."""
        ids = [job.id for job in self._table.to_cancel]
        if ids:
            await self._cancel(ids)
            logger.info("cancelled %s", listed(ids))
            self._table.mark_leaving(ids, Leaving.ENDING, now)

    async def _cancel(self, ids: Sequence[str]) -> None:
        mine = self._table.cancellable(ids)
        unseen = {i for i in mine if (job := self._table.get(i)) is None or job.report is None}
        await self._batch.cancel([i for i in mine if i not in unseen])
        if unseen:
            # Where a wrapper sent it to another Slurm cluster its id may be another user's here.
            with suppress(BatchRefused):
                await self._batch.cancel(sorted(unseen))

"""Letting running jobs go without losing what their workers hold."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..batch.base import BatchSystem
from ..batch.errors import BatchError
from .job import Leaving, TrackedJob
from .job_table import JobBook
from .problems import Problems
from .scheduler.client import SchedulerBusy, SchedulerClient

TASK_LIMIT = 30.0
"""Seconds that running tasks get to finish; afterwards they run again elsewhere."""
STUCK_PAUSE, BUSY_PAUSE = 60.0, 10.0
"""Seconds until jobs that could not be retired are tried again: their data had nowhere to go, or
the scheduler did not answer."""
CANCEL_AGAIN = 30.0
"""Seconds after which a job that was cancelled while running and still runs is cancelled again."""
logger = logging.getLogger(__name__)


@dataclass
class Departure:
    """Jobs that go together; those that are kept after all are taken out of it. Their tasks may
    finish ``until`` then, in seconds since the epoch."""

    ids: list[str]
    until: float


class Retirement:
    """Empties the workers of jobs, closes them, and marks the jobs as free to be cancelled.

    Until their workers are about to be closed, jobs can be kept after all.
    """

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
        """Workers to be undrained."""
        self._undraining = asyncio.Lock()
        self._drains: list[set[str]] = []
        """The workers of each call that is draining some now."""
        self._departures: list[Departure] = []

    @property
    def open(self) -> bool:
        """Whether a retirement has begun and not ended."""
        return bool(self._departures)

    @property
    def blocked(self) -> bool:
        """The last attempt came to nothing a short while ago: the next would, too."""
        return time.monotonic() < self._blocked_until

    def unblock(self) -> None:
        """Something has changed: there may be somewhere for the data to go now."""
        self._blocked_until = 0.0

    async def give_back(self) -> None:
        """Undrain the workers whose retirement came to nothing: they would never work again.

        One that is being drained at this moment is undrained again later: nobody knows which of
        the two calls comes first. Raises SchedulerBusy.
        """
        async with self._undraining:
            if self._kept:
                addresses = sorted(self._kept)
                unsettled = set().union(*self._drains)
                await self._scheduler.undrain(addresses)
                self._kept.difference_update(set(addresses) - unsettled)

    def keep(self, ids: Sequence[str]) -> None:
        """Let those jobs stay, whose workers are not being closed yet; `give_back` undrains them."""
        logger.info("keeping jobs %s after all", ", ".join(ids))
        for departure in self._departures:
            departure.ids = [job_id for job_id in departure.ids if job_id not in ids]
        self._kept |= {worker.address for job in self._jobs(ids) for worker in job.workers}
        self._book.leave(ids, None, time.time())

    def begin(self, ids: Sequence[str]) -> Departure:
        """Mark those jobs as leaving; `run` is to follow."""
        now = time.time()
        waited = self._book.waited(now)
        limits = [job.tasks_until(now, waited, TASK_LIMIT) for job in self._jobs(ids)]
        until = min(limits, default=now)
        self._book.leave(ids, Leaving.RETIRING, now, by=until)
        departure = Departure(list(ids), until)
        self._departures.append(departure)
        self._kept -= {worker.address for job in self._jobs(ids) for worker in job.workers}
        return departure

    async def run(self, departure: Departure, *, drop: Callable[[], bool]) -> None:
        """Retire jobs after `begin`. ``drop`` tells at the end whether the data may be lost after
        this one attempt. Jobs that are free to go are marked as ending."""
        done, busy = [], False
        try:
            done = await self._empty(departure)
        except SchedulerBusy as error:
            logger.warning("jobs could not be retired, the scheduler does not answer: %s", error)
            busy = True
        except Exception:
            logger.exception("jobs could not be retired")
            busy = True
        self._departures.remove(departure)
        jobs = self._jobs(departure.ids)
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
        elif departure.ids:
            self._problems.clear("data_stuck")
        if done:
            # Since ever: the next round cancels what still runs.
            self._book.leave(done, Leaving.ENDING, 0.0)

    async def _empty(self, departure: Departure) -> list[str]:
        """Empty and close the workers of those jobs. Answers the ids of the jobs now free to go.

        First the workers are drained: they get no new tasks and their data move. Then their
        running tasks may finish, and only then they are closed, because dask itself does not wait
        for tasks. What is kept meanwhile is not in the departure any more.

        A job one of whose workers holds data that has nowhere to go is not in the answer; workers
        of it that were drained get no tasks until they are undrained. A job whose workers have
        gone by themselves is. Raises SchedulerBusy.
        """
        await self.give_back()  # who is to work again can take the data
        jobs = self._jobs(departure.ids)
        names = ", ".join(job.id for job in jobs)
        logger.info("draining jobs %s", names)
        addresses = {worker.address for job in jobs for worker in job.workers}
        if not addresses:
            return [job.id for job in jobs]
        with self._draining(addresses):
            drained = await self._scheduler.drain(sorted(addresses))
        empty = {job.id for job in jobs if all(w.address in drained for w in job.workers)}
        await self._finish_tasks(departure, empty)
        free = self._going(departure, empty)
        addresses = {worker.address for job in free for worker in job.workers}
        # Marked before anything is waited for: from here on they are not kept any more.
        ids = [job.id for job in free]
        self._book.leave(ids, Leaving.CLOSING, time.time(), by=departure.until)
        retired = await self._scheduler.retire(sorted(addresses)) if addresses else set()
        done = [job.id for job in free if all(w.address in retired for w in job.workers)]
        logger.info("retired jobs %s of %s", ", ".join(done) or "none", names)
        return done

    @contextmanager
    def _draining(self, addresses: set[str]) -> Iterator[None]:
        self._drains.append(addresses)
        try:
            yield
        finally:
            self._drains.remove(addresses)

    def _going(self, departure: Departure, ids: set[str]) -> list[TrackedJob]:
        """Those of the jobs that are still to go."""
        return self._jobs([job_id for job_id in departure.ids if job_id in ids])

    async def _finish_tasks(self, departure: Departure, ids: set[str]) -> None:
        async def until_idle() -> None:
            await self._looked()  # what is known of them may be older than their last task
            while any(w.tasks for job in self._going(departure, ids) for w in job.workers):
                await self._looked()

        limit = max(0.0, departure.until - time.time())
        try:
            await asyncio.wait_for(until_idle(), limit)
        except asyncio.TimeoutError:
            logger.info("tasks still run after %g s; they will run again elsewhere", limit)

    def _jobs(self, ids: Sequence[str]) -> list[TrackedJob]:
        return [job for job_id in ids if (job := self._book.get(job_id)) is not None]


class Cancellations:
    """All cancellations of one cluster's jobs. Each method that asks raises BatchError."""

    def __init__(self, batch: BatchSystem, book: JobBook) -> None:
        self._batch, self._book = batch, book

    async def waiting(self, ids: Sequence[str], now: float) -> None:
        """Cancel those jobs if they still wait."""
        logger.info("cancelling %d waiting jobs", len(ids))
        await self._batch.cancel(self._book.ours(ids), pending_only=True)
        self._book.leave(ids, Leaving.CANCELLING, now)

    def begin_overdue(self, now: float) -> list[str]:
        """The jobs that are free to go and that nobody was told to end, lately; `finish` is to
        follow."""
        ids = [
            job.id
            for job in self._book.live
            if job.leaving is Leaving.ENDING and now - job.leaving_since > CANCEL_AGAIN
        ]
        self._book.leave(ids, Leaving.ENDING, now)
        return ids

    async def finish(self, ids: Sequence[str]) -> None:
        """Cancel jobs after `begin_overdue`."""
        try:
            await self._batch.cancel(self._book.ours(ids))
        except BatchError:
            # Marked as never sent: the next round that hears from the batch system sends it again.
            self._book.leave(ids, Leaving.ENDING, 0.0)
            raise

    async def everything(self, now: float) -> None:
        """Cancel all jobs that live."""
        ids = [job.id for job in self._book.live if job.leaving is not Leaving.ENDING]
        if ids:
            logger.info("cancelling all %d jobs", len(ids))
            await self._batch.cancel(self._book.ours(ids))
            self._book.leave(ids, Leaving.ENDING, now)

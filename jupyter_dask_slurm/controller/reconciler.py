"""The loop that makes the jobs there are into the jobs wanted: observe, decide, act."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..batch.base import BatchSystem
from ..batch.errors import BatchError, BatchSilent
from ..job_names import job_name
from ..logs import log_end
from .book import JobBook, Leaving, TrackedJob
from .plan import Action, CancelPending, Retire, Submit, plan
from .problems import Problems
from .pulse import Pulse
from .reasons import explain, never_starts
from .retirement import retire
from .scheduler_client import SchedulerBusy, SchedulerClient, SchedulerState

FAILURES_IN_A_ROW = 3
QUICK, SLOW = 1.0, 15.0
"""Bounds of the pause between two polls of the batch system, in seconds."""
SCHEDULER_POLL = 1.0
SILENT_FACTOR, SILENT_MAXIMUM = 2.0, 60.0
CANCEL_AGAIN = 30.0
"""Seconds after which a job that was cancelled while running and still runs is cancelled again."""
STUCK_PAUSE, BUSY_PAUSE = 60.0, 10.0
"""Seconds until jobs that could not be retired are tried again: their data had nowhere to go, or
the scheduler did not answer."""
GHOST_PAUSE = 5.0
"""Seconds between the two looks at the queue that tell an unanswered submission did nothing."""
logger = logging.getLogger(__name__)


@dataclass
class _Unanswered:
    """A submission that got no answer: its jobs may be in the queue, or appear there later.

    Of ``total`` jobs asked for, ``count`` have no id yet.
    """

    name: str
    count: int
    total: int
    first_look: float | None = None


class Reconciler:
    """Owns the jobs of one cluster. ``wanted`` is the number of jobs there should be.

    `start` and `stop` own its tasks. ``changed`` beats after everything that may change what the
    cluster shows of itself.
    """

    def __init__(
        self,
        *,
        cluster_id: str,
        cluster_name: str,
        batch: BatchSystem,
        scheduler: SchedulerClient,
        template: str,
        log_directory: Path,
    ) -> None:
        self.book = JobBook(cluster_id)
        self.problems = Problems()
        self.changed = Pulse()
        self.scheduler_state: SchedulerState | None = None
        self.wanted = 0
        self.failed = 0
        """Jobs that failed since the last scale."""
        self._cluster_id, self._cluster_name = cluster_id, cluster_name
        self._batch, self._scheduler = batch, scheduler
        self._template, self._log_directory = template, log_directory
        self._submissions = 0
        self._in_flight = 0
        self._unanswered: _Unanswered | None = None
        self._halted = False
        self._failures = 0
        self._stopping = False
        self._stuck_until = 0.0
        self._kept: set[str] = set()
        """Workers that were drained, and stay after all."""
        self._silent_pause = 0.0
        self._last_change = time.time()
        self._wake = asyncio.Event()
        self._looked = Pulse()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def submitting(self) -> int:
        """Jobs asked for without an answer yet."""
        return self._in_flight + (self._unanswered.count if self._unanswered else 0)

    def start(self) -> None:
        self._spawn(self._run())
        self._spawn(self._watch_scheduler())

    async def stop(self) -> None:
        """End the tasks. The jobs stay as they are; see `end_jobs`."""
        tasks = set(self._tasks)
        while tasks:
            # Again and again: wait_for of Python 3.11 and older loses a cancellation that comes
            # at the moment its future is done.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1.0)

    def scale(self, jobs: int) -> None:
        """Want that many jobs from now on, and try again whatever had failed before."""
        logger.info("wanted: %d jobs (were %d)", jobs, self.wanted)
        self.wanted = jobs
        self.failed = self._failures = 0
        self._halted = False
        self._stuck_until = 0.0
        self.problems.clear("submission_refused", "jobs_failed", "data_stuck")
        self._touch()

    async def end_jobs(self) -> None:
        """Cancel every job and return when the batch system has reported the end of each.

        The scheduler is about to go, so nothing is moved. While the batch system is silent this
        keeps asking; who cannot wait cancels the call.
        """
        self._stopping = True
        self.wanted = 0
        self._touch()
        while self.book.live or self.submitting:
            await self.changed.next()

    # -- observing -----------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._observe()
                await self._act()
            except BatchError as error:
                self._silence(error)
            except Exception as error:
                # A file server that is away, a host without a free process: as if Slurm were
                # silent. The loop must not end, for nobody else would ever cancel the jobs.
                logger.exception("a round of the reconciler failed")
                self._silence(BatchSilent(f"{type(error).__name__}: {error}"))
            self.changed.beat()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause())

    def _pause(self) -> float | None:
        """Seconds until the next poll: short after a change, long when all is stable, None (for
        ever, until something is wanted) without a job."""
        if self._silent_pause:
            return self._silent_pause
        if not self.book.live and self._unanswered is None:
            return None
        if self._stopping:
            return QUICK
        return min(SLOW, max(QUICK, (time.time() - self._last_change) / 5))

    async def _observe(self) -> None:
        if not self.book.live and self._unanswered is None:
            return
        before = [(job.id, job.stage) for job in self.book.live]
        snapshot = await self._batch.jobs(max_age=QUICK * 0.8)
        self._heard()
        for job in self.book.observe(snapshot):
            await self._ended(job)
        if self._unanswered is not None:
            self._look_for_ghosts(self._unanswered, snapshot.taken)
        self._tell_hopeless()
        self._resend_lost_cancellations()
        if before != [(job.id, job.stage) for job in self.book.live]:
            self._last_change = time.time()

    def _look_for_ghosts(self, unanswered: _Unanswered, taken: float) -> None:
        """Two looks at the queue, some seconds apart, settle what an unanswered submission did.

        Jobs that appear later still are taken in by the book, and are cancelled if too many.
        """
        found = sum(job.name == unanswered.name for job in self.book)
        if found >= unanswered.total:
            self._unanswered = None
        elif unanswered.first_look is None:
            unanswered.first_look = taken
        elif taken - unanswered.first_look >= GHOST_PAUSE:
            self._unanswered = None
        if self._unanswered is None:
            logger.info("submission %s: %d jobs found in the queue", unanswered.name, found)

    async def _ended(self, job: TrackedJob) -> None:
        logger.info("job %s ended: %s", job.id, job.state)
        if not job.failed:
            return
        self.failed += 1
        self._failures += 1
        end = await asyncio.to_thread(log_end, self._log_directory / f"{job.id}.log")
        job.error = end or None
        if self._failures >= FAILURES_IN_A_ROW and not self._stopping:
            self._halted = True
            self.problems.set(
                "jobs_failed",
                f"{self._failures} jobs in a row ended before a worker connected; "
                f"job {job.id} ended {job.state}.\n" + (end or "Its log is empty."),
            )

    def _tell_hopeless(self) -> None:
        reasons = (job.report.reason for job in self.book.live if job.report is not None)
        hopeless = next((reason for reason in reasons if never_starts(reason)), None)
        if hopeless is None:
            self.problems.clear("never_starts")
        else:
            self.problems.set("never_starts", f"{hopeless}: the job {explain(hopeless)}")

    async def _watch_scheduler(self) -> None:
        while True:
            try:
                self.scheduler_state = state = await self._scheduler.state()
                await self._give_back()
            except SchedulerBusy as error:
                self.problems.set("scheduler_busy", f"The dask scheduler does not answer: {error}")
            except Exception:
                logger.exception("the scheduler could not be asked")
            else:
                self.problems.clear("scheduler_busy")
                if self.book.connect(state.workers):
                    self._failures = 0
                    self._touch()
            self._looked.beat()
            self.changed.beat()
            await asyncio.sleep(SCHEDULER_POLL)

    async def _give_back(self) -> None:
        """Undrain the workers whose retirement came to nothing: they would never work again."""
        if self._kept:
            addresses = sorted(self._kept)
            await self._scheduler.undrain(addresses)
            self._kept.difference_update(addresses)

    # -- acting --------------------------------------------------------------------------------

    async def _act(self) -> None:
        if self._stopping:
            await self._cancel_everything()
            return
        actions = plan(
            self.wanted,
            self.book.live_jobs(),
            submitting=self.submitting,
            halted=self._halted,
        )
        for action in actions:
            await self._carry_out(action)

    async def _carry_out(self, action: Action) -> None:
        if isinstance(action, Submit):
            await self._submit(action.count)
        elif isinstance(action, CancelPending):
            logger.info("cancelling %d waiting jobs", len(action.ids))
            await self._batch.cancel(action.ids, pending_only=True)
            self.book.leave(action.ids, Leaving.CANCELLING, time.time())
            self._touch()
        elif isinstance(action, Retire) and time.time() >= self._stuck_until:
            self.book.leave(action.ids, Leaving.RETIRING, time.time())
            self._spawn(self._retire(action.ids))

    async def _submit(self, count: int) -> None:
        self._submissions += 1
        name = job_name(self._cluster_name, self._cluster_id, self._submissions)
        self._in_flight = count
        self.changed.beat()
        try:
            answer = await self._batch.submit(
                self._template, name=name, count=count, log_directory=self._log_directory
            )
        finally:
            self._in_flight = 0
        logger.info("submitted %s: %d of %d jobs", name, len(answer.ids), count)
        self.book.add(answer.ids, name)
        if isinstance(answer.error, BatchSilent):
            logger.warning("submission %s got no answer: %s", name, answer.error)
            self._unanswered = _Unanswered(name, count - len(answer.ids), count)
            self._silence(answer.error)
        elif answer.error is not None:
            logger.warning("submission %s was refused: %s", name, answer.error)
            self._halted = True
            self.problems.set("submission_refused", str(answer.error))
        else:
            self.problems.clear("submission_refused")
        self._touch()

    async def _retire(self, ids: Sequence[str]) -> None:
        jobs = [job for job_id in ids if (job := self.book.get(job_id)) is not None]
        addresses = {worker.address for job in jobs for worker in job.workers}
        self._kept -= addresses
        done, busy = [], False
        try:
            done = await retire(jobs, self._scheduler, self._looked.next)
        except SchedulerBusy as error:
            logger.warning("jobs could not be retired, the scheduler does not answer: %s", error)
            busy = True
        except Exception:
            logger.exception("jobs could not be retired")
            busy = True
        stuck = [job.id for job in jobs if job.id not in done and not job.ended]
        if stuck and self.wanted == 0:
            # Scaling to nothing means that the data may go; one attempt to move them was made.
            done, stuck = [*done, *stuck], []
        if stuck:
            self._stuck_until = time.time() + (BUSY_PAUSE if busy else STUCK_PAUSE)
            self.book.leave(stuck, None, time.time())
            self._kept |= {w.address for job in jobs if job.id in stuck for w in job.workers}
        if stuck and not busy:
            self.problems.set(
                "data_stuck", f"{len(stuck)} jobs hold data that has no other worker to move to."
            )
        else:
            self.problems.clear("data_stuck")
        if done:
            self.book.leave(done, Leaving.ENDING, 0.0)
        self._touch()

    def _resend_lost_cancellations(self) -> None:
        now = time.time()
        ids = [
            job.id
            for job in self.book.live
            if job.leaving is Leaving.ENDING and now - job.leaving_since > CANCEL_AGAIN
        ]
        if ids:
            self.book.leave(ids, Leaving.ENDING, now)
            self._spawn(self._cancel(ids))

    async def _cancel(self, ids: Sequence[str]) -> None:
        try:
            await self._batch.cancel(ids)
        except BatchError as error:
            # Marked as never sent: the next round that hears from the batch system sends it again.
            self.book.leave(ids, Leaving.ENDING, 0.0)
            self._silence(error)

    async def _cancel_everything(self) -> None:
        ids = [job.id for job in self.book.live if job.leaving is not Leaving.ENDING]
        if ids:
            logger.info("cancelling all %d jobs", len(ids))
            await self._batch.cancel(ids)
            self.book.leave(ids, Leaving.ENDING, time.time())

    # -- housekeeping --------------------------------------------------------------------------

    def _silence(self, error: BatchError) -> None:
        logger.warning("the batch system does not answer: %s", error)
        self._silent_pause = min(SILENT_MAXIMUM, max(QUICK, self._silent_pause * SILENT_FACTOR))
        self.problems.set("slurm_silent", str(error))

    def _heard(self) -> None:
        self._silent_pause = 0.0
        self.problems.clear("slurm_silent")

    def _touch(self) -> None:
        """Something changed: look and act now, and look often for a while."""
        self._last_change = time.time()
        self._wake.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of the reconciler failed", exc_info=task.exception())

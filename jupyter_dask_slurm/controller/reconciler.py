"""The loop that makes the jobs there are into the jobs wanted: observe, decide, act."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from ..batch.base import BatchSystem
from ..batch.errors import BatchError, BatchSilent
from ..model.scaling import Adapt
from .job import TrackedJob
from .job_ends import Ends
from .job_logs import OldLogs
from .job_table import JobBook
from .plan import Action, CancelPending, Keep, Retire, Stage, Submit, plan
from .polling import Pulse, Rhythm
from .problems import Problems, alone, hopeless, lingering
from .retirement import Cancellations, Departure, Retirement
from .scaling_target import Adaptation, Target
from .scheduler.client import SchedulerBusy, SchedulerClient
from .scheduler.monitor import Following
from .submissions import Submissions

logger = logging.getLogger(__name__)


class Reconciler:
    """Owns the jobs of one cluster.

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
        processes: int = 1,
        own_logs: bool = False,
    ) -> None:
        """``processes`` are the workers of one job. ``own_logs``: nobody but this cluster writes to
        the log directory, so that old logs may be removed from it."""
        self.book = JobBook(cluster_id)
        self.problems = Problems()
        self.changed = Pulse()
        self._target = Target(processes)
        self._batch, self._scheduler = batch, scheduler
        self._looked = Pulse()
        self._ends = Ends(batch, self.problems, log_directory)
        self._old_logs = OldLogs(log_directory if own_logs else None)
        self._retirement = Retirement(self.book, scheduler, self.problems, self._looked.next)
        self._cancellations = Cancellations(batch, self.book)
        self._submissions = Submissions(
            batch,
            self.book,
            cluster_name=cluster_name,
            template=template,
            log_directory=log_directory,
        )
        self._stopping = False
        self._rhythm = Rhythm(time.time())
        self._following = Following(
            scheduler,
            book=self.book,
            target=self._target,
            ends=self._ends,
            retirement=self._retirement,
            problems=self.problems,
            rhythm=self._rhythm,
            looked=self._has_looked,
            touch=self._touch,
        )
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def wanted(self) -> int:
        """The number of jobs there should be."""
        return self._target.jobs

    @property
    def adaptation(self) -> Adaptation | None:
        """What follows the tasks; None unless the cluster adapts."""
        return self._target.adaptation

    @property
    def submitting(self) -> int:
        """Jobs asked for without an answer yet."""
        return self._submissions.open

    @property
    def failed(self) -> int:
        """Jobs that failed since the last scale."""
        return self._ends.failed

    def start(self) -> None:
        self._spawn(self._run())
        self._spawn(self._following.run())

    async def stop(self) -> None:
        """End the tasks. The jobs stay as they are; see `end_jobs`."""
        tasks = set(self._tasks)
        while tasks:
            # Again and again: wait_for of Python 3.11 and older loses a cancellation that comes
            # at the moment its future is done.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1.0)

    # -- what is wanted ------------------------------------------------------------------------

    def scale(self, jobs: int) -> None:
        """Want that many jobs from now on, and try again whatever had failed before."""
        self._target.fix(jobs)
        self.retry()

    def adapt(self, limits: Adapt) -> None:
        """Want what the tasks need from now on, and try again whatever had failed before."""
        self._target.adapt(limits)
        self.retry()

    def retry(self) -> None:
        """Try again whatever had failed."""
        self._ends.forgive()
        self._retirement.unblock()
        self.problems.clear("submission_refused", "data_stuck")
        self._touch()

    def cancel_job(self, job: TrackedJob) -> None:
        """End that live job, and want one less."""
        if not job.condemned:
            self._target.take_one_away()
        job.condemned = True
        self._retirement.unblock()
        self._touch()

    def replace_job(self, job: TrackedJob) -> None:
        """Have another in the place of that live job, and retire it into that."""
        job.succeeded = True
        self._retirement.unblock()
        self._touch()

    def in_use(self) -> bool | None:
        """Whether a task is there, a client, or a job that waits to start; None when the scheduler
        has not said."""
        if self.submitting or any(job.stage is Stage.PENDING for job in self.book.live):
            return True
        return self._following.in_use()

    async def end_jobs(self) -> None:
        """Cancel every job and return when the batch system has reported the end of each.

        The scheduler is about to go, so nothing is moved. While the batch system is silent this
        keeps asking; who cannot wait cancels the call.
        """
        self._stopping = self._rhythm.hurried = True
        self._target.fix(0)
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
                self._hand_over()
            except Exception as error:
                # A file server that is away, a host without a free process: as if Slurm were
                # silent. The loop must not end, for nobody else would ever cancel the jobs.
                logger.exception("a round of the reconciler failed")
                self._silence(BatchSilent(f"{type(error).__name__}: {error}"))
                self._hand_over()
            else:
                # Not before: commands may fail one by one while squeue answers.
                self._heard()
            self.changed.beat()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause())

    def _pause(self) -> float | None:
        now = time.time()
        return self._rhythm.pause(
            now,
            [self._ends.healing.pause_until(now), self.book.next_moment(now)],
            polling=self._polling,
        )

    @property
    def _polling(self) -> bool:
        return bool(self.book.live) or self._submissions.searching or self._following.curious

    async def _observe(self) -> None:
        if not self._polling:
            return
        before = [(job.id, job.stage) for job in self.book.live]
        snapshot = await self._batch.jobs(max_age=self._rhythm.max_age(time.time()))
        self._following.curious = False
        ended = self.book.observe(snapshot)
        if ended:
            await self._ends.take(ended)
        if forgotten := self.book.take_forgotten():
            self._spawn(self._old_logs.remove(forgotten))
        self._ends.give_up(self.book.unlaunched())
        self._submissions.look(snapshot.taken)
        self.problems.show("never_starts", hopeless(self.book))
        self.problems.show("jobs_linger", lingering(self.book, time.time()))
        self.problems.show("expires_alone", alone(self.book, time.time()))
        self._cancel_overdue()
        if before != [(job.id, job.stage) for job in self.book.live]:
            self._rhythm.change(time.time())

    def _has_looked(self) -> None:
        self._looked.beat()
        self.changed.beat()

    # -- acting --------------------------------------------------------------------------------

    async def _act(self) -> None:
        if self._stopping:
            await self._cancellations.everything(time.time())
            return
        now = time.time()
        healing = self._ends.healing
        paused = healing.pause_until(now) is not None
        actions = plan(
            self.wanted,
            self.book.live_jobs(now),
            submitting=self.submitting,
            # While one is looked for, another would soon be as lost as that one.
            halted=healing.halted or (paused and healing.refused) or self._submissions.searching,
            paused=paused,
        )
        if not self._retirement.open and not any(isinstance(a, Retire) for a in actions):
            self.problems.clear("data_stuck")
        for action in actions:
            await self._carry_out(action)

    def _hand_over(self) -> None:
        """While the batch system is silent, what needs only the scheduler is done all the same: a job
        whose walltime comes hands its data over, and is cancelled later or ends by itself; one that
        is wanted again is kept."""
        if self._stopping:
            return
        jobs = self.book.live_jobs(time.time())
        due = {job.id for job in jobs if job.due}
        for action in plan(self.wanted, jobs, submitting=self.submitting, halted=True):
            if isinstance(action, Keep):
                self._keep(action.ids)
            elif isinstance(action, Retire) and (ids := tuple(i for i in action.ids if i in due)):
                self._begin_retiring(ids)

    def _begin_retiring(self, ids: Sequence[str]) -> None:
        if not self._retirement.blocked:
            self._spawn(self._retire(self._retirement.begin(ids)))

    def _keep(self, ids: Sequence[str]) -> None:
        self._retirement.keep(ids)
        self._spawn(self._give_back())
        self._touch()

    async def _give_back(self) -> None:
        with contextlib.suppress(SchedulerBusy):  # each look at the scheduler tries it again
            await self._retirement.give_back()

    async def _carry_out(self, action: Action) -> None:
        if isinstance(action, Submit):
            await self._submit(action.count)
        elif isinstance(action, CancelPending):
            await self._cancellations.waiting(action.ids, time.time())
            self._touch()
        elif isinstance(action, Keep):
            self._keep(action.ids)
        else:
            self._begin_retiring(action.ids)

    async def _submit(self, count: int) -> None:
        self._submissions.begin(count)
        self.changed.beat()
        error = await self._submissions.send()
        self._touch()
        if error is None:
            self._ends.healing.accepted()
            self.problems.clear("submission_refused")
        elif self._ends.healing.rejected(time.time(), silent=isinstance(error, BatchSilent)):
            self.problems.set("submission_refused", str(error))
        if isinstance(error, BatchSilent):
            raise error

    async def _retire(self, departure: Departure) -> None:
        # Scaling to nothing means that the data may go; one attempt to move them is made.
        await self._retirement.run(departure, drop=lambda: self.wanted == 0)
        self._touch()

    def _cancel_overdue(self) -> None:
        if ids := self._cancellations.begin_overdue(time.time()):
            self._spawn(self._cancel(ids))

    async def _cancel(self, ids: Sequence[str]) -> None:
        try:
            await self._cancellations.finish(ids)
        except BatchError as error:
            self._silence(error)

    # -- housekeeping --------------------------------------------------------------------------

    def _silence(self, error: BatchError) -> None:
        logger.warning("the batch system does not answer: %s", error)
        self._rhythm.silence()
        self.problems.set("slurm_silent", str(error))

    def _heard(self) -> None:
        self._rhythm.answer()
        self.problems.clear("slurm_silent")

    def _touch(self) -> None:
        """Something changed: look and act now, and look often for a while."""
        self._rhythm.change(time.time())
        self._wake.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of the reconciler failed", exc_info=task.exception())

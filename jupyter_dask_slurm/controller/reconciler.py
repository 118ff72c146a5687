"""The loop that makes the jobs there are into the jobs wanted: poll the queue, plan, act."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from ..batch.base import BatchSystem
from ..batch.errors import BatchError, BatchSilent
from ..logs import one_line
from ..model.scaling import Adapt
from .background import BackgroundTasks, keep_running
from .interventions import Interventions
from .job_ends import JobEnds
from .job_logs import JobLogs
from .job_polls import JobPolls
from .job_table import JobTable
from .plan import Action, CancelPending, Keep, Retire, Submit, for_the_scheduler, plan
from .polling import ChangeEvent, Polling
from .problems import Problems, of_jobs
from .retirement import Cancellations, Retirement, RetiringJobs
from .scaling_target import Adaptation, ScalingTarget
from .scheduler.client import SchedulerBusy, SchedulerClient
from .scheduler.monitor import SchedulerMonitor
from .submissions import NoteSubmitted, Submissions
from .tracked_job import TrackedJob
from .worker_deaths import WorkerDeaths

logger = logging.getLogger(__name__)


class Reconciler:
    """Owns the jobs of one cluster.

    `start` and `stop` own its tasks. ``changed`` is notified after everything that may change what
    the cluster shows of itself.
    """

    def __init__(
        self,
        *,
        cluster_id: str,
        cluster_name: str,
        batch: BatchSystem,
        scheduler: SchedulerClient,
        script: str,
        otherwise: str | None = None,
        log_directory: Path,
        note_submitted: NoteSubmitted | None = None,
        address: str = "",
        cores: int = 1,
        processes: int = 1,
        remove_old_logs: bool = False,
        most: int | None = None,
    ) -> None:
        """``cores`` are those of one job, ``processes`` its workers. ``remove_old_logs``: only this cluster
        writes to the log directory, so the logs of jobs that are forgotten may be removed from it.
        ``note_submitted`` is as for `Submissions`; ``most`` is how many jobs there may be at a time."""
        self._most = most
        self.jobs = JobTable(cluster_id, cores=cores)
        self.problems = Problems()
        self.changed = ChangeEvent()
        self._target = ScalingTarget(processes)
        self._scheduler_polled = ChangeEvent()
        self._logs = JobLogs(log_directory, removable=remove_old_logs)
        self._polls = JobPolls(
            batch,
            self.jobs,
            lambda i, logs: self.jobs.name_of(i) if logs == log_directory else None,
        )
        self._ends = JobEnds(batch, self.problems, self._logs, self._polls.renamed, address)
        self._interventions = Interventions(self.problems, self.jobs, self._logs, script)
        self._retirement = Retirement(
            self.jobs, scheduler, self.problems, self._scheduler_polled.wait
        )
        self._cancellations = Cancellations(batch, self.jobs)
        self._submissions = Submissions(
            batch,
            self.jobs,
            self._ends.policy,
            self.problems,
            cluster_name=cluster_name,
            script=script,
            otherwise=otherwise,
            log_directory=log_directory,
            note_submitted=note_submitted,
        )
        self._stopping = False
        self._polling = Polling(time.time())
        self.monitor = SchedulerMonitor(
            scheduler,
            table=self.jobs,
            target=self._target,
            ends=self._ends,
            retirement=self._retirement,
            deaths=WorkerDeaths(self.problems, self.jobs, self._logs),
            problems=self.problems,
            polling=self._polling,
            on_poll=self._on_scheduler_poll,
            wake=self._wake,
        )
        self._woken = asyncio.Event()
        self._tasks = BackgroundTasks()

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
        return self._submissions.outstanding

    @property
    def failed(self) -> int:
        """Jobs that failed since the last scale."""
        return self._ends.failed

    def start(self) -> None:
        self._tasks.start(keep_running("the reconciler", self._run))
        self._tasks.start(keep_running("polling the scheduler", self.monitor.run))

    async def stop(self) -> None:
        """End the tasks. The jobs stay as they are; see `end_jobs`."""
        await self._tasks.cancel()

    # -- what is wanted ------------------------------------------------------------------------

    def scale(self, jobs: int) -> None:
        """Want that many jobs from now on, and try again whatever had failed before."""
        self._target.set_jobs(jobs)
        self.retry()

    def adapt(self, limits: Adapt) -> None:
        """Want what the tasks need from now on, and try again whatever had failed before."""
        self._target.adapt(limits)
        self.retry()

    def retry(self) -> None:
        """Try again whatever had failed."""
        self._ends.reset()
        self._retirement.unblock()
        self.problems.clear("submission_refused", "data_stuck", "tasks_waiting")
        self._wake()

    def cancel_job(self, job: TrackedJob) -> None:
        """End that live job, and want one less."""
        if not job.cancel_requested:
            self._target.decrement()
        job.cancel_requested = True
        self._retirement.unblock()
        self._wake()

    def replace_job(self, job: TrackedJob) -> None:
        """Have another job in the place of that live one, and retire it into that."""
        job.replace_requested = True
        self._retirement.unblock()
        self._wake()

    def in_use(self) -> bool | None:
        """Return whether a task is there, a client, or a job that is pending; None when the scheduler
        has not said."""
        if self.submitting or any(job.may_wait for job in self.jobs.live):
            return True
        return self.monitor.in_use()

    async def end_jobs(self) -> None:
        """Cancel every job and return when the batch system has reported the end of each.

        The scheduler is about to go, so no data are moved. While the batch system does not answer
        this keeps asking; a caller that cannot wait for ever cancels the call.
        """
        self._stopping = self._polling.always_quick = True
        self._target.set_jobs(0)
        self._wake()
        while self.jobs.live or self.jobs.to_cancel or self.submitting:
            await self.changed.wait()

    # -- polling -------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._poll_batch()
                await self._act()
            except BatchError as error:
                self._note_no_answer(error)
                self._hand_over_due_jobs()
            except Exception as error:
                # A file server that is away, a host without a free process: as if Slurm were
                # silent. The loop must not end: nothing else would ever cancel the jobs.
                logger.exception("a round of the reconciler failed")
                self._note_no_answer(BatchSilent(f"{type(error).__name__}: {error}"))
                self._hand_over_due_jobs()
            else:
                # Only after the actions: commands may fail one by one while squeue answers.
                self._note_answer()
            self.changed.notify()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._pause())

    def _pause(self) -> float | None:
        now = time.time()
        return self._polling.pause(
            now,
            [self._ends.policy.pause_until(now), self.jobs.next_deadline(now)],
            polling=self._has_jobs_to_poll,
        )

    @property
    def _has_jobs_to_poll(self) -> bool:
        return (
            bool(self.jobs.live) or self._submissions.searching or self.monitor.found_unknown_jobs
        )

    async def _poll_batch(self) -> None:
        if not self._has_jobs_to_poll:
            return
        before = [(job.id, job.stage) for job in self.jobs.live]
        max_age = self._polling.max_age(time.time())
        taken, ended = await self._polls.poll(max_age=max_age, all_go=self._stopping)
        self.monitor.found_unknown_jobs = False
        if ended:
            await self._ends.record(ended)
        await self._interventions.update(ended, time.time())
        if forgotten := self.jobs.take_forgotten():
            self._tasks.start(self._logs.remove(forgotten))
        self._ends.replace_unlaunched(self.jobs.launch_failures())
        self._ends.replace_deserted(self.jobs.deserted(time.time()))
        self._submissions.check_unanswered(taken)
        self.problems.update(of_jobs(self.jobs, time.time()))
        self._cancel_overdue()
        if before != [(job.id, job.stage) for job in self.jobs.live]:
            self._polling.changed(time.time())

    def _on_scheduler_poll(self) -> None:
        self._scheduler_polled.notify()
        self.changed.notify()

    # -- acting --------------------------------------------------------------------------------

    async def _act(self) -> None:
        if self._stopping:
            await self._cancellations.cancel_all(time.time())
            return
        now = time.time()
        policy = self._ends.policy
        paused = policy.pause_until(now) is not None
        actions = plan(
            self.wanted,
            self.jobs.for_plan(now),
            submitting=self.submitting,
            # While one submission is looked for, another could be lost in the same way.
            halted=policy.halted or (paused and policy.refused) or self._submissions.searching,
            paused=paused,
            most=self._most,
        )
        if not self._retirement.active and not any(isinstance(a, Retire) for a in actions):
            self.problems.clear("data_stuck")
        for action in actions:
            await self._perform(action)

    async def _perform(self, action: Action) -> None:
        if isinstance(action, Submit):
            await self._submit(action.count)
        elif isinstance(action, CancelPending):
            await self._cancellations.cancel_pending(action.ids, time.time())
            self._wake()
        elif isinstance(action, Keep):
            self._keep(action.ids)
        else:
            self._begin_retiring(action.ids)

    def _hand_over_due_jobs(self) -> None:
        """Take the actions that need only the scheduler, while the batch system does not answer."""
        if self._stopping:
            return
        jobs = self.jobs.for_plan(time.time())
        actions = plan(self.wanted, jobs, submitting=self.submitting, halted=True)
        for action in for_the_scheduler(actions, jobs):
            if isinstance(action, Keep):
                self._keep(action.ids)
            else:
                self._begin_retiring(action.ids)

    async def _submit(self, count: int) -> None:
        self._submissions.begin(count)
        self.changed.notify()
        error = await self._submissions.send()
        self._wake()
        if isinstance(error, BatchSilent):
            raise error

    def _begin_retiring(self, ids: Sequence[str]) -> None:
        if not self._retirement.blocked:
            self._tasks.start(self._retire(self._retirement.begin(ids)))

    async def _retire(self, retiring: RetiringJobs) -> None:
        # Scaling to 0 means that the data may go; one attempt to move them is made.
        await self._retirement.run(retiring, drop=lambda: self.wanted == 0)
        self._wake()

    def _keep(self, ids: Sequence[str]) -> None:
        self._retirement.keep(ids)
        self._tasks.start(self._undrain())
        self._wake()

    async def _undrain(self) -> None:
        with contextlib.suppress(SchedulerBusy):  # each poll of the scheduler tries it again
            await self._retirement.undrain()

    def _cancel_overdue(self) -> None:
        if ids := self._cancellations.mark_overdue(time.time()):
            self._tasks.start(self._cancel(ids))

    async def _cancel(self, ids: Sequence[str]) -> None:
        try:
            await self._cancellations.cancel_marked(ids)
        except BatchError as error:
            self._note_no_answer(error)

    # -- housekeeping --------------------------------------------------------------------------

    def _note_no_answer(self, error: BatchError) -> None:
        logger.warning("the batch system does not answer: %s", one_line(error))
        self._polling.not_answered()
        self.problems.set("slurm_silent", str(error))

    def _note_answer(self) -> None:
        self._polling.answered()
        self.problems.clear("slurm_silent")

    def _wake(self) -> None:
        """Poll and act now, and poll often for a while: something changed."""
        self._polling.changed(time.time())
        self._woken.set()

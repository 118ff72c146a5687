"""The loop that polls the scheduler: its workers go into the job table, what its tasks need into the
scaling target."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ..activity import ActivityFeed
from ..job_ends import JobEnds
from ..job_table import JobTable
from ..polling import Polling
from ..problems import Problems, cut_tasks, differing_versions, unrunnable_tasks, waiting_tasks
from ..retirement import Retirement
from ..scaling_target import ScalingTarget
from ..usage_meter import UsageMeter
from ..worker_deaths import WorkerDeaths
from .client import SchedulerBusy, SchedulerClient, SchedulerState

logger = logging.getLogger(__name__)


class SchedulerMonitor:
    """Polls the scheduler; `run` is its task.

    ``on_poll()`` is called after every poll, ``wake()`` when the batch system should be polled, too.
    """

    def __init__(
        self,
        scheduler: SchedulerClient,
        *,
        table: JobTable,
        target: ScalingTarget,
        ends: JobEnds,
        retirement: Retirement,
        deaths: WorkerDeaths,
        problems: Problems,
        polling: Polling,
        on_poll: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self.state: SchedulerState | None = None
        """What the scheduler said last; None before it answers for the first time."""
        self.activity = ActivityFeed()
        self.meter = UsageMeter()
        self.found_unknown_jobs = False
        """Whether workers of jobs that are not in the table have come: reason for one poll."""
        self._scheduler = scheduler
        self._table, self._target, self._ends = table, target, ends
        self._retirement, self._problems, self._polling = retirement, problems, polling
        self._deaths = deaths
        self._on_poll, self._wake = on_poll, wake
        self._unknown_ids: frozenset[str] = frozenset()
        self._told_ends: dict[str, float] = {}

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                self.state = state = await self._scheduler.state()
            except SchedulerBusy as error:
                message = f"The dask scheduler does not answer: {error}"
                self._problems.set("scheduler_busy", message)
            except Exception:
                logger.exception("the scheduler could not be asked")
            else:
                self._problems.clear("scheduler_busy")
                self._update(state)
                await self._undrain()
                await self._deaths.update(state.deaths, time.time())
                self.meter.memory_deaths = self._deaths.of_memory
                await self._tell_ends()
            self._on_poll()
            adapting = self._target.adaptation is not None
            await asyncio.sleep(self._polling.scheduler_pause(time.time(), adapting=adapting))

    async def _undrain(self) -> None:
        # What the scheduler says of its workers counts, whether or not it carries this out.
        try:
            await self._retirement.undrain()
        except SchedulerBusy as error:
            logger.warning("workers that stay could not be undrained, and are later: %s", error)

    async def _tell_ends(self) -> None:
        """Tell the scheduler when the batch system ends jobs, if that has changed."""
        ends = self._table.ends()
        if ends == self._told_ends:
            return
        now = time.time()
        try:
            await self._scheduler.tell_ends({job_id: end - now for job_id, end in ends.items()})
        except SchedulerBusy as error:
            logger.warning("the scheduler could not be told when jobs end: %s", error)
        else:
            self._told_ends = ends

    def in_use(self) -> bool | None:
        """Return whether a task or a client is there; None when the scheduler has not said, or may
        have changed since."""
        if self.state is None or "scheduler_busy" in self._problems:
            return None
        return bool(self.state.tasks or self.state.clients)

    def _update(self, state: SchedulerState) -> None:
        now = time.time()
        self._table.losses = state.losses
        self.activity.update(state, now)
        changed = self._table.update_workers(state.workers, now)
        self.meter.update(self._table, now)
        if changed:
            self._retirement.unblock()
            self._wake()
        unknown_ids = self._table.unknown_ids(state.workers)
        if unknown_ids - self._unknown_ids:
            self.found_unknown_jobs = True
            self._wake()
        self._unknown_ids = unknown_ids
        self._ends.jobs_stable(self._table.newly_stable(now))
        self._problems.set_or_clear("tasks_unrunnable", unrunnable_tasks(state))
        self._problems.set_or_clear("tasks_cut", cut_tasks(state, self._table.walltime()))
        self._problems.update(differing_versions(state))
        if self._target.update(state, queue_wait=self._table.queue_wait(now), now=now):
            self._wake()
        # One that adapts grows by itself as soon as its patience is over.
        most = None if (follows := self._target.adaptation) is None else follows.adapt.maximum_jobs
        waiting = waiting_tasks(state, self._target.jobs or most or 0)
        self._problems.set_or_clear("tasks_waiting", waiting)

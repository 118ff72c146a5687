"""How many jobs there should be: as many as the user says, or as the tasks need. No I/O.

Instants are seconds since the epoch.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..logs import count_of_jobs
from ..model.scaling import GROW_AFTER, SHRINK_AFTER, Adapt
from .scheduler.client import SchedulerState

LONGEST_SHRINK_DELAY = 3600.0
"""Seconds. A job that was pending for hours is not kept for hours when it has nothing to do."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Demand:
    """What the tasks ask for. ``workers`` is dask's ``Scheduler.adaptive_target``: it counts workers,
    knows no limit, and asks for ever on behalf of tasks that no worker can run (``only_unrunnable``:
    there are workers, and no task but such)."""

    workers: int
    only_unrunnable: bool = False


def jobs_needed(demand: Demand, adapt: Adapt, processes: int) -> int:
    """Return the demand in whole jobs of ``processes`` workers, within the limits."""
    jobs = -(-demand.workers // processes)
    if demand.only_unrunnable:
        jobs = min(jobs, 1)  # more of the same workers would not help
    return max(adapt.minimum_jobs, min(adapt.maximum_jobs, jobs))


class Adaptation:
    """Follows the demand with a delay: up when it was higher all the time for ``grow_after`` seconds
    (to the least it was), down when it was lower all the time for ``shrink_after`` seconds (to the
    most it was).

    Jobs that were pending longer than ``shrink_after`` are kept as long as they were pending:
    getting them back would take about as long again.
    """

    def __init__(self, adapt: Adapt, *, wanted: int = 0) -> None:
        self.adapt = adapt
        self.wanted = max(adapt.minimum_jobs, min(adapt.maximum_jobs, wanted))
        self.needed = self.wanted
        self._since: float | None = None
        self._level = self.wanted
        self._delay = 0.0

    def update(self, needed: int, *, queue_wait: float, now: float) -> int:
        """Take in how many jobs are needed, and return how many are wanted.

        ``queue_wait`` is how long, in seconds, the jobs of this cluster are pending.
        """
        before, self.needed = self.needed, needed
        if needed == self.wanted:
            self._since = None
            return self.wanted
        growing = needed > self.wanted
        if self._since is None or (before > self.wanted) is not growing:
            self._since, self._level = now, needed
        self._level = (min if growing else max)(self._level, needed)
        self._delay = self._grow_delay if growing else self._shrink_delay(queue_wait)
        if now - self._since >= self._delay:
            self.wanted, self._since = self._level, None
        return self.wanted

    @property
    def grows_at(self) -> float | None:
        """When it grows if the demand stays; None when it is not about to."""
        if self._since is None or self.needed < self.wanted:
            return None
        return self._since + self._delay

    @property
    def shrinks_at(self) -> float | None:
        """When it shrinks if the demand stays; None when it is not about to."""
        if self._since is None or self.needed > self.wanted:
            return None
        return self._since + self._delay

    @property
    def _grow_delay(self) -> float:
        return GROW_AFTER if self.adapt.grow_after is None else self.adapt.grow_after

    def _shrink_delay(self, queue_wait: float) -> float:
        delay = SHRINK_AFTER if self.adapt.shrink_after is None else self.adapt.shrink_after
        return max(delay, min(queue_wait, LONGEST_SHRINK_DELAY))


class ScalingTarget:
    """``jobs`` is the number wanted now. ``processes`` are the workers of one job."""

    def __init__(self, processes: int) -> None:
        self.jobs = 0
        self.adaptation: Adaptation | None = None
        """What sets ``jobs`` while the cluster adapts; None while the user does."""
        self._processes = processes

    def set_jobs(self, jobs: int) -> None:
        """Want that many from now on."""
        logger.info("scaled to %s, from %d", count_of_jobs(jobs), self.jobs)
        self.adaptation = None
        self.jobs = jobs

    def adapt(self, limits: Adapt) -> None:
        """Want what the tasks need from now on."""
        limit = count_of_jobs(limits.maximum_jobs)
        logger.info("adapts to the tasks, between %d and %s", limits.minimum_jobs, limit)
        self.adaptation = Adaptation(limits, wanted=self.jobs)
        self.jobs = self.adaptation.wanted

    def decrement(self) -> None:
        """Want one job less; while adapting, until the tasks ask for it again."""
        self.jobs = max(0, self.jobs - 1)
        if self.adaptation is not None:
            self.adaptation = Adaptation(self.adaptation.adapt, wanted=self.jobs)
            self.jobs = self.adaptation.wanted

    def update(self, state: SchedulerState, *, queue_wait: float, now: float) -> bool:
        """While adapting, take in what the tasks need. Return whether ``jobs`` has changed.

        ``queue_wait`` is how long, in seconds, the jobs of this cluster are pending.
        """
        if self.adaptation is None:
            return False
        only_unrunnable = bool(state.workers) and 0 < state.tasks == state.unrunnable
        demand = Demand(state.target, only_unrunnable)
        needed = jobs_needed(demand, self.adaptation.adapt, self._processes)
        wanted = self.adaptation.update(needed, queue_wait=queue_wait, now=now)
        if wanted == self.jobs:
            return False
        logger.info("adapted to %s, from %d", count_of_jobs(wanted), self.jobs)
        self.jobs = wanted
        return True

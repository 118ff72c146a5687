"""How many jobs there should be: as many as the user says, or as the tasks need. No I/O."""

from __future__ import annotations

import logging

from ..model.scaling import Adapt
from .adaptive import Adaptation, Demand, jobs_needed
from .scheduler_client import SchedulerState

logger = logging.getLogger(__name__)


class Target:
    """``jobs`` is the number wanted now. ``processes`` are the workers of one job."""

    def __init__(self, processes: int) -> None:
        self.jobs = 0
        self.adaptation: Adaptation | None = None
        """What sets ``jobs``; None while the user does."""
        self._processes = processes

    def fix(self, jobs: int) -> None:
        """Want that many from now on."""
        logger.info("wanted: %d jobs (were %d)", jobs, self.jobs)
        self.adaptation = None
        self.jobs = jobs

    def adapt(self, limits: Adapt) -> None:
        """Want what the tasks need from now on."""
        logger.info("wanted: %d to %d jobs", limits.minimum_jobs, limits.maximum_jobs)
        self.adaptation = Adaptation(limits, wanted=self.jobs)
        self.jobs = self.adaptation.wanted

    def take_one_away(self) -> None:
        """Want one less; while adapting, until the tasks ask for it again."""
        self.jobs = max(0, self.jobs - 1)
        if self.adaptation is not None:
            self.adaptation = Adaptation(self.adaptation.adapt, wanted=self.jobs)
            self.jobs = self.adaptation.wanted

    def follow(self, state: SchedulerState, *, waited: float, now: float) -> bool:
        """While adapting, take in what the tasks need. True if another number is wanted now.

        ``waited`` is how long, in seconds, jobs wait in the queue; ``now`` is since the epoch.
        """
        if self.adaptation is None:
            return False
        only_unrunnable = bool(state.workers) and 0 < state.tasks == state.unrunnable
        demand = Demand(state.target, only_unrunnable)
        needed = jobs_needed(demand, self.adaptation.adapt, self._processes)
        wanted = self.adaptation.note(needed, waited=waited, now=now)
        if wanted == self.jobs:
            return False
        logger.info("the tasks need %d jobs (wanted were %d)", wanted, self.jobs)
        self.jobs = wanted
        return True

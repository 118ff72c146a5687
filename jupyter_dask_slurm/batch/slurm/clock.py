"""How far this host's clock is ahead of Slurm's.

Slurm gives instants by its own clock. Where somebody sets this host's, or it was never right, jobs would
seem to be at their end that have just begun.
"""

from __future__ import annotations

import logging
import time

from ..base import Snapshot

STEP = 60.0
"""Seconds. What differs by less is how long an answer took, or a clock that is set a little."""
logger = logging.getLogger(__name__)


def steady() -> float:
    """Return the seconds of a clock that nobody sets, and that goes on while the host sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SlurmClock:
    """Sees this host's clock being set, and learns from each submission how far it is off."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._since_boot = time.time() - steady()
        self._submitted: tuple[str, float] | None = None

    def ahead(self) -> float:
        """Return how many seconds this host's clock shows more than Slurm's."""
        since_boot = time.time() - steady()
        jump = since_boot - self._since_boot
        if abs(jump) >= STEP:
            self._since_boot = since_boot
            self._ahead += jump
            logger.warning("this host's clock was set by %+.0f s", jump)
            if self._submitted is not None:
                job_id, when = self._submitted
                self._submitted = job_id, when + jump
        return self._ahead

    def note_submission(self, job_id: str, when: float) -> None:
        """Note that Slurm was asked for that job at ``when`` by this host's clock."""
        self._submitted = job_id, when

    def learn(self, snapshot: Snapshot) -> bool:
        """Take in when the last job that was noted was submitted as Slurm has it. Return whether `ahead` is
        another now."""
        if self._submitted is None:
            return False
        job_id, when = self._submitted
        job = snapshot.get(job_id)
        if job is None or job.submitted is None:
            return False
        self._submitted = None
        measured = when - job.submitted
        if abs(measured - self._ahead) < STEP:
            return False
        self._ahead = measured if abs(measured) >= STEP else 0.0
        logger.warning("this host's clock is %+.0f s from Slurm's", self._ahead)
        return True

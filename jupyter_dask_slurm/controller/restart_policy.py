"""When jobs that ended unasked are replaced, and when no more are submitted. Pure."""

from __future__ import annotations

import enum

from ..batch.base import JobState

FAILURES_IN_A_ROW = 3
BRIEF = 30.0
"""Seconds a job's worker has to stay for the job to count as one that works."""
SOON = 600.0
"""Seconds after which the end of a job that worked is nothing to be careful about."""
FIRST_DELAY, LONGEST_DELAY = 5.0, 300.0
"""Seconds before jobs that somebody ended from outside, or that crashed soon, are replaced a second
time: doubled each time. The first time they are replaced at once."""
FORGIVEN_AFTER = 600.0
"""Seconds without such an end after which the next one is a first one again."""
REFUSED_DELAY, LONGEST_REFUSED_DELAY = 60.0, 900.0
"""Seconds before a submission that was refused is tried again: doubled each time. A limit that is
reached or a partition that is drained may pass; a wrong account costs Slurm four commands an hour."""

_FROM_OUTSIDE = frozenset(
    {
        JobState.CANCELLED,
        JobState.NODE_FAIL,
        JobState.PREEMPTED,
        JobState.REVOKED,
        JobState.UNKNOWN,  # the batch system has forgotten it
    }
)


class Verdict(enum.Enum):
    """What the end of a job means for its replacement."""

    ASKED = "asked"
    """It was asked to go."""
    FAILED = "failed"
    """It never worked, or broke at once: another would, too."""
    OUTSIDE = "outside"
    """Somebody, or a broken node, ended it."""
    CRASHED = "crashed"
    """It worked, and broke soon: another may, too."""
    WORE_OUT = "wore out"
    """It worked, and ended: its walltime, a crash after a long while."""


def judge(
    state: JobState, *, asked: bool, connected_for: float | None, expired: bool = False
) -> Verdict:
    """The verdict on a job that ended. ``connected_for`` is how long, in seconds, its worker was
    there; None if it never came. ``expired`` says that its walltime was as good as over.

    ``COMPLETED`` is neither success nor failure: a worker whose scheduler died completes, and so
    does a script that never started one.
    """
    if asked:
        return Verdict.ASKED
    if state in _FROM_OUTSIDE:
        return Verdict.OUTSIDE
    if connected_for is None:
        return Verdict.FAILED
    if expired or state is JobState.TIMEOUT or connected_for >= SOON:
        return Verdict.WORE_OUT
    return Verdict.FAILED if connected_for < BRIEF else Verdict.CRASHED


class Healing:
    """Counts ends until they are too many. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self.failures = 0
        """Jobs in a row that failed."""
        self._untimely = 0
        self._last_untimely = 0.0
        self._refusals = 0
        self._unanswered = 0
        self._not_before = 0.0

    @property
    def halted(self) -> bool:
        """Nothing more is submitted until somebody asks for it."""
        return self.failures >= FAILURES_IN_A_ROW

    @property
    def refused(self) -> bool:
        """The last submission was refused, or not answered."""
        return bool(self._refusals or self._unanswered)

    def pause_until(self, now: float) -> float | None:
        """Until when nothing is submitted; None when it may be now. No pause is longer than the
        longest, though the clock be set back."""
        return self._not_before if now < self._not_before <= now + LONGEST_REFUSED_DELAY else None

    def proved(self) -> None:
        """A job's worker has stayed long enough: such jobs work."""
        self.failures = 0

    def ended(self, verdicts: list[Verdict], now: float) -> None:
        """Take in what one look at the queue found ended."""
        self.failures += verdicts.count(Verdict.FAILED)
        if Verdict.OUTSIDE not in verdicts and Verdict.CRASHED not in verdicts:
            return
        if now - self._last_untimely > FORGIVEN_AFTER:
            self._untimely = 0
        self._untimely += 1
        self._last_untimely = now
        if self._untimely > 1:
            delay = FIRST_DELAY * 2 ** min(self._untimely - 2, 10)
            # What was refused is not tried again sooner because of that.
            self._not_before = max(self._not_before, now + min(delay, LONGEST_DELAY))

    def rejected(self, now: float, *, silent: bool) -> bool:
        """A submission was refused, or (``silent``) not answered. True if it is not to be tried
        again at once: the first that gets no answer may have met a slurmctld that was restarted."""
        self._unanswered = self._unanswered + 1 if silent else 0
        if self._unanswered == 1:
            return False
        delay = REFUSED_DELAY * 2 ** min(self._refusals, 10)
        self._refusals += 1
        self._not_before = now + min(delay, LONGEST_REFUSED_DELAY)
        return True

    def accepted(self) -> None:
        """A submission was accepted."""
        self._refusals = self._unanswered = 0

    def forgive(self) -> None:
        """The user asks for jobs again: as if nothing had happened."""
        self.failures = self._untimely = self._refusals = self._unanswered = 0
        self._not_before = 0.0

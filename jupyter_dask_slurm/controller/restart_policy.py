"""When jobs that ended unasked are replaced, and when no more are submitted. Pure.

Every end is sorted by what it means for a replacement (`Outcome`); `RestartPolicy` counts them. The
more often jobs are lost, the longer the pause before the next submission: a node that kills every
job, or a user who cancels them, must not be answered by an endless stream of ``sbatch``.
"""

from __future__ import annotations

import enum

from ..batch.base import JobState

FAILURES_IN_A_ROW = 3
STABLE_AFTER = 30.0
"""Seconds for which a job's worker has to stay connected for the job to count as one that works."""
CRASH_WINDOW = 600.0
"""Seconds after which the end of a job that worked is no crash."""
FIRST_DELAY, LONGEST_DELAY = 5.0, 300.0
"""Seconds before jobs that were ended externally, or that crashed, are replaced a second time; doubled
each time. The first time they are replaced at once."""
RESET_AFTER = 600.0
"""Seconds without such an end after which the next one counts as the first again."""
REFUSED_DELAY, LONGEST_REFUSED_DELAY = 60.0, 900.0
"""Seconds before a submission that was refused is tried again; doubled each time. A limit that is
reached or a partition that is drained may pass; a wrong account costs Slurm four commands an hour."""

_EXTERNAL = frozenset(
    {
        JobState.CANCELLED,
        JobState.NODE_FAIL,
        JobState.PREEMPTED,
        JobState.REVOKED,
        JobState.UNKNOWN,  # the batch system has forgotten it
    }
)


class Outcome(enum.Enum):
    """What the end of a job means for its replacement."""

    REQUESTED = "requested"
    """The job was told to go."""
    FAILED = "failed"
    """It never worked, or broke at once: another would, too."""
    EXTERNAL = "external"
    """Somebody cancelled it, it was preempted, or its node broke."""
    CRASHED = "crashed"
    """It worked, and broke soon: another may, too."""
    FINISHED = "finished"
    """It worked until its walltime, or for a long while."""


def outcome_of(
    state: JobState, *, requested: bool, connected_for: float | None, expired: bool = False
) -> Outcome:
    """Return what the end of a job in that state means.

    ``requested``: the job was told to go. ``connected_for`` is how long, in seconds, its workers
    were connected; None if none ever was. ``expired``: its walltime was as good as over.

    ``COMPLETED`` is neither success nor failure: a worker whose scheduler died completes, and so
    does a script that never started one.
    """
    if requested:
        return Outcome.REQUESTED
    if state in _EXTERNAL:
        return Outcome.EXTERNAL
    if connected_for is None:
        return Outcome.FAILED
    if expired or state is JobState.TIMEOUT or connected_for >= CRASH_WINDOW:
        return Outcome.FINISHED
    return Outcome.FAILED if connected_for < STABLE_AFTER else Outcome.CRASHED


class RestartPolicy:
    """Counts the ends of jobs and the refusals of submissions. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self.failures = 0
        """Jobs in a row that failed."""
        self.jobs_unlisted = False
        """Whether Slurm has accepted jobs again and again and never listed them."""
        self._never_listed = False
        self._disruptions = 0
        self._last_disruption = 0.0
        self._refusals = 0
        self._unanswered = 0
        self._no_room = False
        self._refused_until = 0.0
        self._disrupted_until = 0.0

    @property
    def halted(self) -> bool:
        """Whether nothing more is submitted until the user asks for it."""
        return self.failures >= FAILURES_IN_A_ROW or self.jobs_unlisted

    @property
    def refused(self) -> bool:
        """Whether the last submission was refused, or not answered."""
        return bool(self._refusals or self._unanswered)

    def pause_until(self, now: float) -> float | None:
        """Return until when nothing is submitted; None when it may be now.

        A pause that ends later than the longest delay from now was set before the clock was set
        back, and counts as none.
        """
        pauses = (self._refused_until, self._disrupted_until)
        return max(
            (until for until in pauses if now < until <= now + LONGEST_REFUSED_DELAY), default=None
        )

    def job_stable(self) -> None:
        """Note that the worker of a job has stayed connected: such jobs work."""
        self.failures = 0
        self._never_listed = self.jobs_unlisted = False

    def note_unlisted(self) -> None:
        """Note that jobs were accepted and never listed. Once, slurmctld may have been killed before it
        had saved them; twice, the queue that is looked at is not the one that they are in."""
        self.jobs_unlisted = self._never_listed
        self._never_listed = True

    def jobs_ended(self, outcomes: list[Outcome], now: float) -> None:
        """Note the ends that one poll of the queue found."""
        self.failures += outcomes.count(Outcome.FAILED)
        if outcomes and self._no_room:
            # A job that is gone leaves its place: a cluster at its limit must not lose one for minutes.
            self._no_room, self._refused_until = False, 0.0
        if Outcome.EXTERNAL not in outcomes and Outcome.CRASHED not in outcomes:
            return
        if now - self._last_disruption > RESET_AFTER:
            self._disruptions = 0
        self._disruptions += 1
        self._last_disruption = now
        if self._disruptions > 1:
            delay = FIRST_DELAY * 2 ** min(self._disruptions - 2, 10)
            self._disrupted_until = now + min(delay, LONGEST_DELAY)

    def submission_failed(self, now: float, *, silent: bool, no_room: bool = False) -> bool:
        """Note that a submission was refused, or (``silent``) not answered. ``no_room``: it was
        refused because there are as many jobs as there may be.

        Return False if it may be tried again at once: the first that gets no answer may have met a
        slurmctld that was just being restarted.
        """
        self._unanswered = self._unanswered + 1 if silent else 0
        self._no_room = no_room
        if self._unanswered == 1:
            return False
        delay = REFUSED_DELAY * 2 ** min(self._refusals, 10)
        self._refusals += 1
        self._refused_until = now + min(delay, LONGEST_REFUSED_DELAY)
        return True

    def submission_accepted(self) -> None:
        self._refusals = self._unanswered = 0

    def reset(self) -> None:
        """Forget everything: the user asks for jobs again."""
        self.failures = self._disruptions = self._refusals = self._unanswered = 0
        self._no_room = self._never_listed = self.jobs_unlisted = False
        self._refused_until = self._disrupted_until = 0.0

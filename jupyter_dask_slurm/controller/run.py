"""How long one job has run, from what the batch system reports of it. No I/O."""

from __future__ import annotations

from ..batch.base import BatchJob

LAG = 2.0
"""Seconds that the clocks of two hosts may differ."""


class Run:
    """From its start to its end, and the runs before it of a job that was requeued.

    The batch system's own instants count; where it gives none, those at which it was looked at.
    """

    def __init__(self) -> None:
        self._before = 0.0
        """Seconds of the runs that are over."""
        self._until = 0.0
        """When the last of these ended: nothing counts twice."""
        self._since: float | None = None
        """When the present one started; None while it does not run."""
        self._seen = 0.0
        """When it was last known to run."""

    def see(self, report: BatchJob, taken: float) -> None:
        """Take in a report that was made at ``taken``."""
        if report.state.running:
            start = taken if report.started is None else report.started
            if self._started_again(report.started):
                self._end(self._seen)
            self._begin(start)
            self._seen = taken
        elif report.state.pending:
            self._end(self._seen)  # requeued
        elif report.state.ended:
            if report.started is not None:
                self._begin(report.started)  # it may have run between two looks
            self._end(taken if report.ended is None else report.ended)

    def lose(self) -> None:
        """It is over, and nobody knows since when: what was seen of it counts."""
        self._end(self._seen)

    def seconds(self, now: float) -> float:
        """How long it has run by now, all its runs together."""
        return self._before + (0.0 if self._since is None else max(0.0, now - self._since))

    def _started_again(self, started: float | None) -> bool:
        """Whether it was requeued, and has started again, between two looks."""
        return (
            started is not None
            and self._since is not None
            and started > max(self._since, self._seen - LAG)
        )

    def _begin(self, when: float) -> None:
        if self._since is None:
            self._since = max(when, self._until)

    def _end(self, when: float) -> None:
        if self._since is not None:
            self._before += max(0.0, when - self._since)
            self._until = max(when, self._since)
            self._since = None

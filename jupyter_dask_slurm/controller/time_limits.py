"""What ends a cluster by itself: its idle time-out, and the walltime of its controller's own job. Pure.

Instants are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.walltime_schedule import LONGEST_WARNING, warning_time

SIGNAL_EARLY = 60
"""Seconds by which Slurm may send a signal too early (``sbatch`` manual, ``--signal``)."""


CLOCK_SET = 1.0
"""Seconds by which the host's clock and one that nobody sets may drift apart between two looks."""


class IdleTimeout:
    """Ends a cluster on which no task is there, no client is connected, and no job is pending.

    ``timeout`` is in seconds; 0 means that the cluster never ends for that.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.since: float | None = None
        """Since when the cluster has been idle; None while it is used, or nothing is known."""
        self._not_before = 0.0
        self._used: bool | None = None
        self._ahead: float | None = None
        """Seconds that the host's clock shows more than the steady one."""

    def update(self, used: bool | None, now: float, steady: float | None = None) -> None:
        """Take in whether the cluster is used now; None means that the scheduler did not say.

        ``steady`` is ``now`` by a clock that nobody sets. Where the host's is set, or goes on after the
        host has slept, a cluster has not been idle for longer.
        """
        self._used = used
        self._follow_clock(now - (now if steady is None else steady))
        if used:
            self.since = None
        elif self.since is None and used is not None:
            self.since = now

    def _follow_clock(self, ahead: float) -> None:
        if self._ahead is None:
            self._ahead = ahead
        if abs(jump := ahead - self._ahead) >= CLOCK_SET:
            self._ahead = ahead
            self._not_before += jump
            self.since = None if self.since is None else self.since + jump

    def extend(self, seconds: float | None, now: float) -> None:
        """Keep the cluster for at least so many seconds from now; None is one whole time-out."""
        until = now + (self.timeout if seconds is None else seconds)
        self._not_before = max(self._not_before, until)

    @property
    def stop_at(self) -> float | None:
        """When the cluster ends if it stays idle; None while it is used, or never ends for that."""
        if self.since is None or not self.timeout:
            return None
        return max(self.since + self.timeout, self._not_before)

    def expired(self, now: float) -> bool:
        """Return whether the cluster is to end now.

        The scheduler has to say at this moment that it is idle: one that does not answer may well
        work through a graph that has just been submitted.
        """
        return self._used is False and self.stop_at is not None and now >= self.stop_at


@dataclass(frozen=True)
class ControllerJob:
    """The batch job that a controller runs in. ``id`` is as the batch system writes it (``81_0``);
    ``ends_at`` is the end of its walltime, None where that is not known."""

    id: str
    ends_at: float | None = None
    warning: int = LONGEST_WARNING
    """Seconds before its end at which Slurm tells it to end."""

    def why_signalled(self, now: float) -> str:
        """Return what a signal to end most likely means, for the user: Slurm gives no reason."""
        if self.ends_at is not None and now >= self.ends_at - self.warning - SIGNAL_EARLY:
            return (
                f"The job of the cluster's controller ({self.id}) came to the end of its walltime."
            )
        return (
            f"The job of the cluster's controller ({self.id}) was cancelled, or its node goes down."
        )


def controller_job(
    environ: Mapping[str, str], walltime: int | None, *, now: float
) -> ControllerJob | None:
    """Return the job that this environment describes; None outside of one.

    ``walltime`` is what was asked for, in seconds: before 23.02 Slurm does not tell a job when it
    ends (``SLURM_JOB_END_TIME``).
    """
    single = environ.get("SLURM_JOB_ID")
    if not single:
        return None
    array, task = environ.get("SLURM_ARRAY_JOB_ID"), environ.get("SLURM_ARRAY_TASK_ID")
    end = environ.get("SLURM_JOB_END_TIME", "")
    if end.isdecimal():
        ends_at: float | None = float(end)
    else:
        ends_at = None if walltime is None else now + walltime
    job_id = f"{array}_{task}" if array and task else single
    return ControllerJob(job_id, ends_at, warning_time(walltime))

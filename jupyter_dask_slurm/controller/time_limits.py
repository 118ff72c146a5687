"""What ends a cluster by itself: nobody uses it, or it is too old, or the batch job is over that its
controller runs in. Pure; seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.walltime_schedule import LONGEST_WARNING, warning_time

EARLIEST = 60
"""Seconds by which Slurm may send a signal too early (``sbatch`` manual, ``--signal``)."""


class Idleness:
    """Nothing is processed, no client is connected, and no job waits to start: the cluster is idle.

    ``timeout`` is in seconds; 0 means that it never ends for that.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.since: float | None = None
        self._kept_until = 0.0
        self._used: bool | None = None

    def note(self, used: bool | None, now: float) -> None:
        """Take in whether it is used now; None means that the scheduler did not say."""
        self._used = used
        if used:
            self.since = None
        elif self.since is None and used is not None:
            self.since = now

    def extend(self, seconds: float | None, now: float) -> None:
        """Do not end it before so many seconds have passed; None is one whole time-out."""
        until = now + (self.timeout if seconds is None else seconds)
        self._kept_until = max(self._kept_until, until)

    @property
    def stop_at(self) -> float | None:
        """When the cluster ends if nobody comes; None while it is used, or never ends for that."""
        if self.since is None or not self.timeout:
            return None
        return max(self.since + self.timeout, self._kept_until)

    def over(self, now: float) -> bool:
        """Whether it is to end now: its time has come, and the scheduler still says so. One that is
        deaf may well work through the graph of somebody who has just come."""
        return self._used is False and self.stop_at is not None and now >= self.stop_at


@dataclass(frozen=True)
class OwnJob:
    """``id`` as the batch system writes it (``81_0``); ``ends_at`` is when its walltime is over, in
    seconds since the epoch, None where that is not known."""

    id: str
    ends_at: float | None = None
    warning: int = LONGEST_WARNING

    def why_told_to_end(self, now: float) -> str:
        """What a signal to end most likely means: Slurm says nothing with it."""
        if self.ends_at is not None and now >= self.ends_at - self.warning - EARLIEST:
            return (
                f"The job of the cluster's controller ({self.id}) came to the end of its walltime."
            )
        return (
            f"The job of the cluster's controller ({self.id}) was cancelled, or its node goes down."
        )


def own_job(environ: Mapping[str, str], walltime: int | None, *, now: float) -> OwnJob | None:
    """The job that this environment describes; None outside of one.

    ``walltime`` (seconds) is what was asked for: before 23.02 Slurm does not tell a job when it
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
    return OwnJob(f"{array}_{task}" if array and task else single, ends_at, warning_time(walltime))

"""The batch job that a controller runs in, where it runs in one of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.walltime_schedule import LONGEST_WARNING, warning_time

EARLIEST = 60
"""Seconds by which Slurm may send a signal too early (``sbatch`` manual, ``--signal``)."""


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

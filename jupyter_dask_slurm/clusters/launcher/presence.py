"""Whether a controller's job is there, from what the batch system lists. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...batch.slurm.reasons import explain, never_starts
from ...model.cluster import Problem, utc_now, utc_text
from ...model.names import cluster_of_controller

if TYPE_CHECKING:
    from ...batch.base import BatchJob, Snapshot

LOOKS, SPAN = 3, 60.0
"""How many snapshots in a row must miss a job, over how many seconds, before it is taken for gone:
one that was just submitted, or a slurmctld that was just restarted, may not list it."""


@dataclass(frozen=True)
class Absence:
    """Since when a job has not been listed, and how often it was looked for; instants in seconds."""

    since: float
    last: float
    looks: int = 1

    def again(self, taken: float) -> Absence:
        """After another look; one at the same snapshot is none."""
        if taken <= self.last:
            return self
        return Absence(self.since, taken, self.looks + 1)

    @property
    def is_sure(self) -> bool:
        return self.looks >= LOOKS and self.last - self.since >= SPAN


def find_controller(snapshot: Snapshot, cluster_id: str, job_id: str) -> BatchJob | None:
    """The job of that id, if it is that cluster's controller: ids are given anew when slurmctld
    has lost its state."""
    job = snapshot.get(job_id)
    return job if job is not None and cluster_of_controller(job.name) == cluster_id else None


def judge(
    job: BatchJob | None, taken: float, absence: Absence | None
) -> tuple[bool | None, Absence | None]:
    """Whether it lives, by one more snapshot; and its absence so far, to be handed in next time."""
    if job is not None:
        return not job.state.ended, None
    absence = Absence(taken, taken) if absence is None else absence.again(taken)
    return (False if absence.is_sure else None), absence


def pending_problem(job: BatchJob | None) -> Problem | None:
    """Why it does not start yet, in Slurm's word and what that means; None unless it waits."""
    if job is None or not job.state.pending:
        return None
    reason = job.reason or job.state.value
    meaning = explain(reason)
    return Problem(
        "controller_pending",
        f"The job of the cluster's controller ({job.id}) waits in the queue: {reason}"
        + (f" (it {meaning})." if meaning else "."),
        utc_text(job.submitted) or utc_now(),
        "Waiting will not help: stop the cluster, and choose another partition, memory or walltime "
        "for its controller."
        if never_starts(reason)
        else None,
    )


def end_of_job(job_id: str, job: BatchJob | None) -> str:
    """How the job ended, as far as the batch system says."""
    if job is None or not job.state.ended:
        return f"Its job {job_id} is no longer in the queue."
    details = [job.reason] if job.reason and job.reason != "None" else []
    if job.exit_code and job.exit_code != "0:0":
        details.append(f"exit code {job.exit_code}")
    return f"Its job {job_id} ended: {', '.join([job.state.value, *details])}."

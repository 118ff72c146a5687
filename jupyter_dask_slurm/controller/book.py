"""The jobs of one cluster, as the batch system and the scheduler last reported them. No I/O."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..batch.base import BatchJob, JobState, Snapshot
from ..job_names import belongs_to
from .plan import LiveJob, Stage

LOST_AFTER_POLLS = 3
LOST_AFTER_SECONDS = 60.0
SUBMISSION_LAG = 30.0
KEEP_ENDED = 200
WALLTIME_JITTER = 5.0


class Leaving(enum.Enum):
    """How a job that is no longer wanted is being made to go."""

    CANCELLING = "cancelling"
    """It waited, and was cancelled; it may have started at that moment."""
    RETIRING = "retiring"
    """Its data are being moved."""
    ENDING = "ending"
    """Its workers are closed or given up; it was cancelled while running."""


@dataclass(frozen=True)
class WorkerInfo:
    """One dask worker, as the scheduler sees it. Memory and data in bytes."""

    address: str
    name: str
    memory: int = 0
    data: int = 0
    tasks: int = 0

    @property
    def job_id(self) -> str:
        """The job it runs in: workers are named ``<job id>.<restart count>``, perhaps ``-<k>``."""
        return self.name.split(".", 1)[0]


@dataclass
class TrackedJob:
    """One job from submission to its end."""

    id: str
    name: str
    report: BatchJob | None = None
    """The batch system's last word on it."""
    workers: tuple[WorkerInfo, ...] = ()
    ever_connected: bool = False
    leaving: Leaving | None = None
    leaving_since: float = 0.0
    ended: bool = False
    error: str | None = None
    ends_at: float | None = None
    """When its walltime ends, in seconds since the epoch."""
    missing_since: float | None = None
    missing_polls: int = 0

    @property
    def stage(self) -> Stage:
        """Where it is. A connected worker proves that it runs, whatever a poll said before."""
        if self.workers:
            return Stage.RUNNING
        if self.missing_polls:
            return Stage.UNKNOWN
        # sbatch's answer is proof enough that it waits until squeue shows it.
        if self.report is None or self.report.state.pending:
            return Stage.PENDING
        return Stage.RUNNING if self.report.state.running else Stage.UNKNOWN

    @property
    def state(self) -> str:
        """Slurm's word for its state."""
        if self.report is None:
            return JobState.PENDING.value
        if self.ended and not self.report.state.ended:
            return JobState.UNKNOWN.value
        return self.report.state.value

    @property
    def failed(self) -> bool:
        """It ended before a worker of it connected, and nobody here asked it to go."""
        return self.ended and not self.ever_connected and self.leaving is None


class JobBook:
    """All jobs of a cluster: those that live, and the last that ended."""

    def __init__(self, cluster_id: str) -> None:
        self.cluster_id = cluster_id
        self._jobs: dict[str, TrackedJob] = {}

    def __iter__(self) -> Iterator[TrackedJob]:
        return iter(self._jobs.values())

    def get(self, job_id: str) -> TrackedJob | None:
        return self._jobs.get(job_id)

    @property
    def live(self) -> list[TrackedJob]:
        """The jobs that have not ended, oldest first."""
        return [job for job in self if not job.ended]

    def live_jobs(self) -> list[LiveJob]:
        """The same, as `plan` reads them."""
        return [
            LiveJob(
                job.id,
                job.stage,
                connected=bool(job.workers),
                data=sum(w.data for w in job.workers),
                tasks=sum(w.tasks for w in job.workers),
                leaving=job.leaving is not None,
            )
            for job in self.live
        ]

    def add(self, ids: Iterable[str], name: str) -> None:
        """Take in the jobs that a submission of that name was answered with."""
        for job_id in ids:
            self._jobs.setdefault(job_id, TrackedJob(job_id, name))

    def leave(self, ids: Iterable[str], how: Leaving | None, now: float) -> None:
        """Mark live jobs as asked to go; None takes it back."""
        for job_id in ids:
            job = self._jobs.get(job_id)
            if job is not None and not job.ended:
                job.leaving, job.leaving_since = how, now

    def connect(self, workers: Iterable[WorkerInfo]) -> bool:
        """Take in all workers the scheduler has now. True if a job's first worker connected."""
        by_job: dict[str, list[WorkerInfo]] = {}
        for worker in workers:
            by_job.setdefault(worker.job_id, []).append(worker)
        first = False
        for job in self:
            job.workers = tuple(by_job.get(job.id, ()))
            if job.workers and not job.ever_connected:
                job.ever_connected = first = True
        return first

    def observe(self, snapshot: Snapshot) -> list[TrackedJob]:
        """Take in what the batch system reports. Answers the jobs that have ended since.

        Jobs that carry the cluster's tag and are not known yet are taken in: a submission that
        was never answered may have been carried out. So is one that ended and is there again,
        requeued by its node's failure or remembered by a slurmctld that had forgotten it. An id
        alone is not trusted: after slurmctld lost its last seconds, another job may have it.
        """
        for report in snapshot.jobs.values():
            if report.state.ended or not belongs_to(report.name, self.cluster_id):
                continue
            known = self._jobs.get(report.id)
            if known is None or known.ended:
                self._jobs[report.id] = TrackedJob(report.id, report.name)
        ended = []
        for job in self.live:
            seen = snapshot.get(job.id)
            if seen is None or not belongs_to(seen.name, self.cluster_id):
                self._miss(job, snapshot.taken)
            else:
                job.report, job.missing_since, job.missing_polls = seen, None, 0
                job.ended = seen.state.ended
                _note_walltime(job, seen, snapshot.taken)
                if job.leaving is Leaving.CANCELLING and snapshot.taken > job.leaving_since:
                    # It started at the moment it was cancelled, or the cancellation was lost.
                    job.leaving = job.leaving if job.ended else None
            if job.ended:
                ended.append(job)
        self._forget_oldest()
        return ended

    def _miss(self, job: TrackedJob, now: float) -> None:
        """A poll that worked did not list the job. Only many of them over a minute, with no worker
        of it connected, mean that the batch system has forgotten it."""
        if job.missing_since is None:
            job.missing_since = now
        waited = now - job.missing_since
        if job.report is None and waited < SUBMISSION_LAG:
            return  # just submitted: squeue may lag behind sbatch
        job.missing_polls += 1
        if (
            job.missing_polls >= LOST_AFTER_POLLS
            and waited >= LOST_AFTER_SECONDS
            and not job.workers
        ):
            job.ended = True

    def _forget_oldest(self) -> None:
        ended = [job.id for job in self if job.ended]
        for job_id in ended[: max(0, len(ended) - KEEP_ENDED)]:
            del self._jobs[job_id]


def _note_walltime(job: TrackedJob, report: BatchJob, taken: float) -> None:
    """Time left comes in whole seconds: an end that is reckoned again must not flicker."""
    if not report.state.running or report.time_left is None:
        return
    ends_at = taken + report.time_left
    if job.ends_at is None or abs(job.ends_at - ends_at) > WALLTIME_JITTER:
        job.ends_at = ends_at

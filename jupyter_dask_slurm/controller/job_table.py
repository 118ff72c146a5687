"""The jobs of one cluster, as the batch system and the scheduler last reported them. No I/O; instants
are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..batch.base import JOB_ID, BatchJob, JobState, Snapshot
from ..batch.slurm.reasons import launch_failed
from ..model.names import belongs_to
from .plan import LiveJob, Stage
from .restart_policy import STABLE_AFTER
from .tracked_job import CLOCK_SKEW, CpuTime, Leaving, Loss, TrackedJob, WorkerInfo

LOST_AFTER_POLLS = 3
LOST_AFTER_SECONDS = 60.0
SUBMISSION_LAG = 30.0
"""Seconds for which squeue may not list a job that sbatch has just submitted."""
KEEP_ENDED = 200
DESERTED_AFTER = 300.0
"""Seconds without a worker after which a job that had one is replaced. A nanny starts another within
seconds; a scheduler that was too busy to hear its workers, or a network that was away, has them again."""
CLOCK_STEP = 60.0
"""Seconds. A snapshot may be older than the last by more only because the clock was set back."""


class JobTable:
    """All jobs of a cluster: those that live, and the last that ended."""

    def __init__(self, cluster_id: str, *, cores: int = 1) -> None:
        """``cores`` are those that one job asks for."""
        self.cluster_id, self._cores = cluster_id, cores
        self._jobs: dict[str, TrackedJob] = {}
        self._observed = self._ahead = 0.0
        self._forgotten = 0.0
        """CPU seconds of the jobs that are no longer in the table."""
        self._forgotten_ids: list[str] = []
        self._requeued: list[TrackedJob] = []
        self.losses: Mapping[str, Loss] = {}
        """What went with workers that are gone, by the run of their job."""

    def __iter__(self) -> Iterator[TrackedJob]:
        return iter(self._jobs.values())

    def get(self, job_id: str) -> TrackedJob | None:
        return self._jobs.get(job_id)

    def name_of(self, job_id: str) -> str | None:
        """Return the name that a job was submitted with; None for one that is not known."""
        job = self._jobs.get(job_id)
        return None if job is None else job.name

    @property
    def live(self) -> list[TrackedJob]:
        """The jobs that have not ended, oldest first."""
        return [job for job in self if not job.ended]

    @property
    def to_cancel(self) -> list[TrackedJob]:
        """The jobs to be cancelled when none is wanted: those that live, and those that were accepted
        and never listed, for they may be somewhere."""
        return [
            job
            for job in self
            if (not job.ended or job.never_listed) and job.leaving is not Leaving.ENDING
        ]

    def for_plan(self, now: float) -> list[LiveJob]:
        """Return the live jobs as `plan` reads them."""
        queue_wait = self.queue_wait(now)
        return [job.for_plan(now, queue_wait) for job in self.live]

    def queue_wait(self, now: float) -> float:
        """Return how long, in seconds, jobs of this cluster are pending: the longest time of those
        that live."""
        return max((job.queue_wait(now) for job in self.live), default=0.0)

    def cpu_seconds(self, now: float) -> float:
        """Return how many seconds all jobs that ever were in the table have run by now, times the CPUs
        that each was given."""
        return self._forgotten + sum(job.cpu_time.seconds(now - self._ahead) for job in self)

    def cpus(self) -> int:
        """Return the CPUs that the running jobs were given."""
        running = (job for job in self.live if job.stage is Stage.RUNNING)
        return sum(job.cpus or self._cores for job in running)

    def walltime(self) -> float | None:
        """Return the longest walltime of the live jobs, in seconds; None where none has one."""
        walltimes = (job.walltime for job in self.live)
        return max((w for w in walltimes if w is not None), default=None)

    def ends(self) -> dict[str, float]:
        """Return when the batch system ends each running job, where that is known."""
        running = (job for job in self.live if job.stage is Stage.RUNNING)
        return {job.id: job.ends_at for job in running if job.ends_at is not None}

    def next_deadline(self, now: float) -> float | None:
        """Return when the first job will next need something done because of its walltime."""
        queue_wait = self.queue_wait(now)
        deadlines = [
            deadline
            for job in self.live
            if job.leaving is None
            for deadline in (job.replace_at(queue_wait), job.due_at())
            if deadline is not None and deadline > now
        ]
        return min(deadlines, default=None)

    def add(self, ids: Iterable[str], name: str) -> None:
        """Add the jobs whose ids a submission of that name returned."""
        for job_id in ids:
            known = self._jobs.get(job_id)
            if known is None or known.ended:  # an id may be given again
                self._track(job_id, name)

    def cancellable(self, ids: Iterable[str]) -> list[str]:
        """Return those of the ids that may be cancelled: not the ones that another job has now."""
        return [i for i in ids if (job := self._jobs.get(i)) is None or not job.id_reused]

    def mark_leaving(
        self, ids: Iterable[str], how: Leaving | None, now: float, *, by: float | None = None
    ) -> None:
        """Mark live jobs as told to go, their tasks to finish by then; ``how`` None takes it back."""
        for job_id in ids:
            job = self._jobs.get(job_id)
            if job is not None and (not job.ended or job.never_listed):
                job.leaving, job.leaving_since, job.leaves_by = how, now, by

    # -- what the scheduler reports ------------------------------------------------------------

    def update_workers(self, workers: Iterable[WorkerInfo], now: float) -> bool:
        """Take in all workers that the scheduler has now.

        Return True if a job got its first worker, or lost its last: the batch system may know more
        then.
        """
        by_job: dict[str, list[WorkerInfo]] = {}
        for worker in workers:
            by_job.setdefault(worker.job_id, []).append(worker)
        changed = False
        for job in self:
            had, job.workers = job.workers, tuple(by_job.get(job.id, ()))
            if bool(had) is not bool(job.workers):
                changed = True
                job.disconnected_at = None if job.workers else now
            if job.workers:
                job.run = job.workers[-1].run
            if job.workers and job.connected_at is None:
                job.connected_at = now
        return changed

    def unknown_ids(self, workers: Iterable[WorkerInfo]) -> frozenset[str]:
        """Return the ids of jobs that have a worker and are not known to live: of a submission that
        was carried out late, say, or ones that the batch system had forgotten."""
        # Workers that a user has started may have any other name.
        ids = {worker.job_id for worker in workers if JOB_ID.fullmatch(worker.job_id)}
        return frozenset(ids.difference(job.id for job in self.live))

    def newly_stable(self, now: float) -> list[TrackedJob]:
        """Return the jobs whose workers have by now stayed long enough, each of them once."""
        found = [
            job
            for job in self.live
            if not job.stable
            and job.workers
            and job.connected_at is not None
            and now - job.connected_at >= STABLE_AFTER
        ]
        for job in found:
            job.stable = True
        return found

    # -- what the batch system reports ---------------------------------------------------------

    def launch_failures(self) -> list[TrackedJob]:
        """Return the jobs that Slurm could not start and holds now, and that have no successor yet."""
        return [
            job
            for job in self.live
            if job.report is not None
            and job.report.state.pending
            and launch_failed(job.report.reason)
            and job.leaving is None
            and not job.replace_requested
        ]

    def deserted(self, now: float) -> list[TrackedJob]:
        """Return the jobs that had workers and have run without one for long, and that have no successor
        yet: their nannies could not start another, or their node is out of reach."""
        return [
            job
            for job in self.live
            if job.report is not None
            and job.report.state is JobState.RUNNING
            and not job.workers
            and job.disconnected_at is not None
            and now - job.disconnected_at > DESERTED_AFTER
            and job.leaving is None
            and not job.replace_requested
        ]

    def lost(self, *, all_go: bool = False) -> list[str]:
        """Return the ids of jobs that several polls over a minute did not list, and of which no worker
        is connected, or (``all_go``) may be: the cluster ends. A list may leave jobs out: they are to be
        asked for by id."""
        return [job.id for job in self._missing() if all_go or not job.workers]

    def never_listed(self) -> list[str]:
        """Return the ids of jobs that were not listed for as long, nor ever before; none if any other was:
        they may be in another Slurm cluster."""
        if any(job.report is not None for job in self):
            return []
        return [job.id for job in self._missing()]

    def unaccounted(self) -> list[str]:
        """Return the ids of jobs that the batch system accepted, and of which it has shown no sign, nor an
        end: they may be somewhere all the same. A worker that has gone took its job with it."""
        return [
            job.id
            for job in self
            if job.ended
            and job.report is None
            and not job.id_reused
            and (job.workers or job.disconnected_at is None)
        ]

    def _missing(self) -> list[TrackedJob]:
        return [
            job
            for job in self.live
            if job.missing_polls >= LOST_AFTER_POLLS
            and job.missing_since is not None
            and self._observed - job.missing_since >= LOST_AFTER_SECONDS
        ]

    def settle_lost(self, ids: Iterable[str], found: Mapping[str, BatchJob]) -> list[TrackedJob]:
        """Take in which of the lost jobs the batch system found by id. Return those that have ended,
        among them the ones that it does not know."""
        ended = []
        for job in filter(None, map(self.get, ids)):
            seen = found.get(job.id)
            if seen is not None and belongs_to(seen.name, self.cluster_id):
                self._update_listed(job, seen, self._observed)
            else:
                job.ended = True
                job.cpu_time.end_as_last_seen()
            if job.ended:
                job.ended_at = self._observed
                ended.append(job)
        return ended

    def renamed(self, jobs: Snapshot) -> list[str]:
        """Return the ids of live jobs that are listed under the name of somebody else: renamed, or ids that
        were given again."""
        return [
            job.id
            for job in self.live
            if (seen := jobs.get(job.id)) is not None and not belongs_to(seen.name, self.cluster_id)
        ]

    def update(self, snapshot: Snapshot) -> list[TrackedJob]:
        """Take in what the batch system reports. Return the jobs that have ended since.

        Jobs that carry the cluster's tag and are not known yet are added: a submission that was
        never answered may have been carried out. So is one that ended and is there again, requeued
        by its node's failure or remembered by a slurmctld that had forgotten it. An id alone is not
        trusted: after slurmctld lost its last seconds, another job may have it.

        A snapshot that was taken in before, or is older, says nothing new.
        """
        if 0 <= self._observed - snapshot.taken < CLOCK_STEP:
            return []
        self._observed, self._ahead = snapshot.taken, snapshot.ahead
        for report in snapshot.jobs.values():
            if report.state.ended or not belongs_to(report.name, self.cluster_id):
                continue
            known = self._jobs.get(report.id)
            if known is None or (known.ended and snapshot.taken > (known.ended_at or 0.0)):
                self._track(report.id, report.name)
        ended = []
        for job in self.live:
            seen = snapshot.get(job.id)
            job.id_reused = seen is not None and not belongs_to(seen.name, self.cluster_id)
            if seen is None or job.id_reused:
                self._update_missing(job, snapshot.taken)
            else:
                self._update_listed(job, seen, snapshot.taken)
            if job.ended:
                job.ended_at = snapshot.taken
                ended.append(job)
        self._forget_oldest()
        return ended

    def _track(self, job_id: str, name: str) -> None:
        before = self._jobs.pop(job_id, None)
        cpu_time = CpuTime(self._cores) if before is None else before.cpu_time
        self._jobs[job_id] = TrackedJob(job_id, name, cpu_time=cpu_time)

    def _update_listed(self, job: TrackedJob, seen: BatchJob, taken: float) -> None:
        if seen.state.pending and job.stage is Stage.RUNNING and not job.workers:
            job.connected_at = job.ends_at = None  # requeued: it begins anew
        if _was_requeued(job, seen):
            self._requeued.append(job)
        job.report, job.missing_since, job.missing_polls = seen, None, 0
        job.ended, job.ahead = seen.state.ended, self._ahead
        job.update_walltime(seen, taken)
        job.cpu_time.update(seen, taken - self._ahead)
        job.update_completing(seen, taken)
        if job.leaving is Leaving.CANCELLING and taken > job.leaving_since and not job.ended:
            # It started at the moment it was cancelled, or the cancellation was lost.
            job.leaving = None

    def _update_missing(self, job: TrackedJob, now: float) -> None:
        """Count a poll that worked and did not list the job."""
        if job.missing_since is None:
            job.missing_since = now
        missing_for = now - job.missing_since
        if job.report is None and missing_for < SUBMISSION_LAG:
            return
        job.missing_polls += 1

    def _forget_oldest(self) -> None:
        ended = [job.id for job in self if job.ended]
        for job_id in ended[: max(0, len(ended) - KEEP_ENDED)]:
            now = self._observed - self._ahead
            self._forgotten += self._jobs.pop(job_id).cpu_time.seconds(now)
            self._forgotten_ids.append(job_id)

    def take_requeued(self) -> list[TrackedJob]:
        """Return the jobs that were requeued since the last call though nobody here asked for it."""
        found, self._requeued = self._requeued, []
        return found

    def take_forgotten(self) -> list[str]:
        """Return the jobs that were forgotten since the last call and are not there again."""
        ids, self._forgotten_ids = self._forgotten_ids, []
        return [job_id for job_id in ids if job_id not in self._jobs]


def _was_requeued(job: TrackedJob, seen: BatchJob) -> bool:
    """Return whether a job that ran is pending again, or has started again between two polls."""
    before = job.report
    if before is None or not before.state.running or job.leaving is not None:
        return False
    if seen.state.pending or before.state is JobState.COMPLETING:
        return seen.state.pending or seen.state is JobState.RUNNING
    again = (seen.started or 0.0) > (before.started or float("inf")) + CLOCK_SKEW
    return again and seen.state is JobState.RUNNING

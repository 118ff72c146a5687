"""The cluster and its jobs as the server and the panel see them, from what the controller knows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..batch.slurm.reasons import explain, never_starts
from ..model.cluster import (
    Adaptive,
    Cluster,
    Job,
    JobCounts,
    JobStage,
    PendingReason,
    Workers,
    utc_text,
)
from ..model.usage import advise
from .job_table import JobTable
from .plan import Stage
from .reconciler import Reconciler
from .restart_policy import Outcome
from .scaling_target import Adaptation
from .tracked_job import TrackedJob


def with_jobs(cluster: Cluster, reconciler: Reconciler, now: float) -> Cluster:
    """Return the cluster with what is known of its jobs at ``now`` (seconds since the epoch).

    Jobs that were told to go count where they are until they have gone.
    """
    table, options = reconciler.jobs, cluster.options
    stages = Counter(job.stage for job in table.live)
    running = stages[Stage.RUNNING]
    reasons, start = pending_reasons(table.live)
    usage = reconciler.monitor.meter.usage
    return replace(
        cluster,
        jobs=JobCounts(
            desired=reconciler.wanted,
            submitting=reconciler.submitting,
            pending=stages[Stage.PENDING],
            running=running,
            connected=sum(1 for job in table.live if job.workers),
            leaving=sum(1 for job in table.live if job.leaving is not None),
            failed=reconciler.failed,
            unknown=stages[Stage.UNKNOWN],
        ),
        workers=Workers(
            expected=running * (options.processes or 1),
            connected=sum(len(job.workers) for job in table),
        ),
        cores=running * (options.cores or 0),
        memory=running * (options.memory or 0),
        cpus=table.cpus(),
        core_seconds=None if options.cores is None else int(table.cpu_seconds(now)),
        usage=usage,
        advice=advise(options, usage),
        activity=reconciler.monitor.activity.shown,
        pending_reason=reasons[0].reason if reasons else None,
        pending_reasons=reasons,
        estimated_start=start,
        next_job_ends=next_end(table),
        adaptive=adaptive(reconciler.adaptation),
    )


def adaptive(adaptation: Adaptation | None) -> Adaptive | None:
    """Return what a cluster that adapts is about to do; None for one that does not."""
    if adaptation is None:
        return None
    return Adaptive(
        needed=adaptation.needed,
        grows_at=utc_text(adaptation.grows_at),
        shrinks_at=utc_text(adaptation.shrinks_at),
    )


def pending_reasons(
    jobs: Sequence[TrackedJob],
) -> tuple[tuple[PendingReason, ...], str | None]:
    """Return the reasons of the pending jobs, the commonest first, and their first estimated start."""
    reports = [job.report for job in jobs if job.stage is Stage.PENDING and job.report is not None]
    reasons = Counter(report.reason for report in reports if report.reason)
    starts = [r.estimated_start for r in reports if r.estimated_start is not None]
    found = tuple(PendingReason(word, n, explain(word)) for word, n in reasons.most_common())
    return found, utc_text(min(starts, default=None))


def next_end(table: JobTable) -> str | None:
    """Return when the first running job reaches its walltime."""
    ends = [
        job.ends_at
        for job in table.live
        if job.stage is Stage.RUNNING and job.ends_at is not None and job.leaving is None
    ]
    return utc_text(min(ends, default=None))


def describe_job(job: TrackedJob) -> Job:
    """Return one job as REST shows it."""
    report = job.report
    reason = report.reason if report and job.stage is Stage.PENDING and not job.ended else None
    return Job(
        id=job.id,
        state=(report.word if report and not job.ended else None) or job.state.value,
        stage=stage_of(job),
        never_starts=never_starts(reason),
        reason=reason,
        explanation=explain(reason),
        submitted=utc_text(report.submitted) if report else None,
        estimated_start=utc_text(report.estimated_start) if report else None,
        node=report.node if report else None,
        partition=report.partition if report else None,
        cpus=job.cpus,
        started=utc_text(report.started) if report else None,
        time_left=report.time_left if report and not job.ended else None,
        leaves_by=None if job.ended else utc_text(job.leaves_by),
        workers=len(job.workers),
        memory=sum(w.memory for w in job.workers) if job.workers else None,
        cpu=cpu(job),
        ended=utc_text(job.ended_at) if job.ended else None,
        requested=job.ended and job.outcome is Outcome.REQUESTED,
        exit_code=report.exit_code if report and job.ended else None,
        error=job.error,
        cause=job.cause,
    )


def cpu(job: TrackedJob) -> float | None:
    """Return what its workers use together, in percent of one core; None where none has said."""
    said = [worker.cpu for worker in job.workers if worker.cpu is not None]
    return round(sum(said), 1) if said else None


_STAGES: dict[Stage, JobStage] = {
    Stage.PENDING: "pending",
    Stage.RUNNING: "running",
    Stage.UNKNOWN: "unknown",
}


def stage_of(job: TrackedJob) -> JobStage:
    """Return how far the job has come, in one word; see `Job.stage`."""
    if job.ended:
        return "ended"
    if job.leaving is not None:
        return "leaving"
    if job.workers:
        return "connected"
    if job.report is None:
        return "submitted" if job.stage is Stage.PENDING else "unknown"
    return _STAGES[job.stage]

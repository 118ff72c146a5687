"""What the jobs of a cluster give reason to say: for each a message, and perhaps advice. Pure."""

from __future__ import annotations

from ..batch.slurm.reasons import advise, explain, never_starts
from ..model.cluster import utc_text
from .job_table import JobBook
from .scheduler_client import SchedulerState

Notice = tuple[str, str | None]
LINGER = 60.0
"""Seconds that it may take to clean up after a job before there is something to say."""


def hopeless(book: JobBook) -> Notice | None:
    """Jobs that wait for something that will not come."""
    reasons = [job.report.reason for job in book.live if job.report is not None]
    found = [reason for reason in reasons if reason is not None and never_starts(reason)]
    if not found:
        return None
    many = f"{len(found)} jobs wait" if len(found) > 1 else "a job waits"
    return f"{found[0]}: {many} that will not start. It {explain(found[0])}.", advise(found[0])


def alone(book: JobBook, now: float) -> Notice | None:
    """A job that has to go, holds data, and has nobody to hand them to."""
    live = {job.id: job for job in book.live}
    jobs = book.live_jobs(now)
    if any(job.connected and not (job.due or job.leaving) for job in jobs):
        return None
    late = [job for job in jobs if job.due and job.data and not job.leaving]
    if not late:
        return None
    ends = min(end for job in late if (end := live[job.id].ends_at) is not None)
    message = (
        f"Job {late[0].id} reaches its walltime at {utc_text(ends)}, and its successor has not "
        "started: what its workers hold is lost then."
    )
    return message, None


def lingering(book: JobBook, now: float) -> Notice | None:
    """Jobs that have ended, but whose nodes do not say so: a hung node holds them for hours."""
    found = [
        job
        for job in book.live
        if job.completing_since is not None and now - job.completing_since > LINGER
    ]
    if not found:
        return None
    nodes = sorted({job.report.node for job in found if job.report and job.report.node})
    ids = ", ".join(job.id for job in found[:3]) + (" …" if len(found) > 3 else "")
    where = f" on {', '.join(nodes)}" if nodes else ""
    return f"COMPLETING: {ids}{where}. Slurm waits for the end of its processes.", None


def unrunnable(state: SchedulerState) -> Notice | None:
    """Tasks that no worker can run although there are workers."""
    if not state.unrunnable or not state.workers:
        return None
    return f"{state.unrunnable} tasks wait for workers that can run them.", None

"""What Slurm did to jobs that nobody asked this cluster for, in words: preempted, requeued, suspended,
moved, extended, or ended with their node. Pure but for the ends of logs that `JobLogs` reads.

Two problems of the cluster: what happened, with what of the results went with it, stays for a while; what
is so now stays for as long as it is. Instants are seconds since the epoch.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..batch.base import JobState
from ..batch.job_environment import clean_environment
from ..batch.slurm.reasons import why_cancelled
from ..batch.slurm.request import Request, read_request
from ..batch.slurm.walltime import format_walltime
from ..logs import listed
from ..model.cluster import utc_text
from .job_logs import JobLogs
from .job_table import JobTable
from .plan import Stage
from .problems import Notice, Problems
from .tracked_job import Loss, TrackedJob

logger = logging.getLogger(__name__)
KEPT = 900.0
"""Seconds for which it is told what happened, counted from the last time."""
MINUTE = 60
"""Slurm keeps limits in whole minutes."""
MOST_IDS = 3


@dataclass(frozen=True)
class Interruption:
    """Something that ends one run of a job, when it was seen."""

    job_id: str
    run: str | None
    """The run whose workers it ends; None where none had connected."""
    what: str
    when: float
    over: bool = True
    """Whether the run has ended; False while its time of grace lasts."""


class Interventions:
    """Sets the problems ``jobs_interrupted`` and ``jobs_changed``."""

    def __init__(self, problems: Problems, table: JobTable, logs: JobLogs, script: str) -> None:
        """``script`` is that of the jobs: what they ask for."""
        self._problems, self._table, self._logs = problems, table, logs
        self._asked = read_request(script, clean_environment(os.environ))
        self._interruptions: list[Interruption] = []
        self._since: dict[Hashable, float] = {}
        """When each thing that is so now was first seen."""

    async def update(self, ended: Iterable[TrackedJob], now: float) -> None:
        """Take in what a poll of the batch system has shown, with the jobs that have ended since."""
        for job in self._table.take_requeued():
            why = why_cancelled(await self._logs.end(job.id) or "")
            self._interrupted(job, _REQUEUED.get(why or "", _REQUEUED[""]), now)
        for job in ended:
            if job.leaving is None and job.state in _ENDED:
                node = job.report.node if job.report is not None else None
                where = f" ({node})" if node and job.state in _OF_ITS_NODE else ""
                self._interrupted(job, _ENDED[job.state] + where, now)
        for job in self._table.live:
            if (end := _preempted_at(job)) is not None:
                what = f"Preempted, Slurm ends it at {utc_text(end)}"
                self._interrupted(job, what, now, over=False)
        if self._interruptions and now - self._interruptions[-1].when > KEPT:
            self._interruptions.clear()
        self._problems.set_or_clear(
            "jobs_interrupted", interruption_notice(self._interruptions, self._table)
        )
        self._problems.set_or_clear("jobs_changed", self._changes(now))

    def _interrupted(self, job: TrackedJob, what: str, now: float, *, over: bool = True) -> None:
        # The end of a run that is preempted with a time of grace is known before it comes.
        known = (i.run == job.run and i.job_id == job.id for i in self._interruptions)
        if job.run is None or not any(known):
            logger.info("job %s: %s", job.id, what)
            self._interruptions.append(Interruption(job.id, job.run, what, now, over))

    def _changes(self, now: float) -> Notice | None:
        found = dict(changes(self._table.live, self._asked))
        self._since = {what: self._since.get(what, now) for what in found}
        if not found:
            return None
        lines = (f"{what}: {listed(ids, MOST_IDS)}." for what, ids in found.items())
        return Notice("\n".join(lines), since=max(self._since.values()))


_REQUEUED = {
    "PREEMPTION": "Preempted and requeued",
    "REQUEUE": "Requeued by somebody (scontrol requeue)",
    "NODE FAILURE": "Requeued because its node failed",
    "": "Requeued by Slurm, whose node may have failed",
}
_ENDED = {
    JobState.PREEMPTED: "Preempted",
    JobState.NODE_FAIL: "Ended because its node failed",
    JobState.BOOT_FAIL: "Ended because its node did not boot",
    JobState.REVOKED: "Taken away by another cluster of the federation",
    JobState.DEADLINE: "Ended at its deadline",
}


_OF_ITS_NODE = (JobState.NODE_FAIL, JobState.BOOT_FAIL)


def interruption_notice(found: Sequence[Interruption], table: JobTable) -> Notice | None:
    """Return what to say of runs that ended, and of what their workers held."""
    if not found:
        return None
    by_what: dict[str, list[Interruption]] = defaultdict(list)
    for interruption in found:
        by_what[interruption.what].append(interruption)
    lines = []
    for what, alike in by_what.items():
        ids = list(dict.fromkeys(interruption.job_id for interruption in alike))
        lines.append(f"{what}: {listed(ids, MOST_IDS)}. {_losses(alike, table)}".rstrip())
    return Notice("\n".join(lines), since=found[-1].when)


def _losses(alike: Sequence[Interruption], table: JobTable) -> str:
    """Return what of the results is computed again, or lost, with those runs."""
    runs = {interruption.run for interruption in alike} - {None}
    if not runs:
        return "No worker of it had connected."
    if any(job.run in runs and job.workers for job in table):
        # The scheduler will notice, and say.
        return (
            ""
            if alike[0].over
            else "What its workers hold is moved to other jobs, if there are any."
        )
    return loss_words(runs, table.losses)


def loss_words(runs: Iterable[str | None], losses: Mapping[str, Loss]) -> str:
    """Return in words what went with the workers of those runs."""
    found = [losses[run] for run in runs if run is not None and run in losses]
    results, data, tasks = (
        sum(getattr(loss, what) for loss in found) for what in ("results", "data", "tasks")
    )
    parts = []
    if results:
        parts.append(f"computed again: {_count(results, 'result')} that only its workers held")
    if tasks:
        parts.append(f"run again: {_count(tasks, 'task')}")
    if data:
        parts.append(f"lost: {_count(data, 'object')} that a client had scattered to them alone")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else "No result was lost."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def changes(jobs: Iterable[TrackedJob], asked: Request) -> Iterator[tuple[str, list[str]]]:
    """Yield what is different now from what was asked for, with the jobs of which it is so."""
    found: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        report = job.report
        if report is None or job.stage is not Stage.RUNNING:
            continue
        if report.state.suspended:
            where = f" on {report.node}" if report.node else ""
            found[
                f"Suspended{where}, its tasks and results wait until it is resumed, and after some "
                "minutes the scheduler has them computed elsewhere"
            ].append(job.id)
        limit = report.time_limit
        if limit is not None and asked.walltime is not None:
            longest = -(-asked.walltime // MINUTE) * MINUTE
            if limit != longest:
                how = "more" if limit > longest else "less"
                found[
                    f"Slurm's time limit is {format_walltime(limit)}, {how} than the "
                    f"{format_walltime(longest)} asked for"
                ].append(job.id)
        elsewhere = report.partition and asked.partition
        if elsewhere and report.partition not in str(asked.partition).split(","):
            found[f"In partition {report.partition}, not in {asked.partition}"].append(job.id)
    yield from found.items()


def _preempted_at(job: TrackedJob) -> float | None:
    """Return when a job ends whose end Slurm has set ahead of its time limit: it is being preempted, and
    has a time of grace."""
    report = job.report
    if report is None or report.started is None or report.time_limit is None:
        return None
    # Slurm signals it at that moment, and says so.
    if report.state not in (JobState.RUNNING, JobState.SIGNALING) or job.ends_at is None:
        return None
    early = report.started + job.ahead + report.time_limit - job.ends_at
    return job.ends_at if early > MINUTE else None

"""What the user should know about a cluster: one problem per code, kept until its cause is gone.

The functions below return what there is to say about jobs and tasks, or None. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..batch.slurm.reasons import advise, explain, never_starts
from ..batch.slurm.walltime import format_walltime
from ..logs import listed
from ..model.cluster import Problem, utc_now, utc_text
from ..model.versions import ADVICE as BREAKS
from ..model.versions import Difference, differences, in_words
from ..model.walltime_schedule import longest_task, walltime_for
from .job_table import JobTable
from .scheduler.client import Differing, SchedulerState

ADVICE = {
    "submission_refused": "Retries every few minutes; Retry now, or Change… what it asks for.",
    "jobs_failed": "Nothing more is submitted. Fix the problem in the log, then Retry or scale again.",
    "jobs_unlisted": "Are they on another cluster of the site (--clusters), or does a plugin move "
    "them? Ask your operators what became of that job; Retry submits again.",
    "jobs_crash": "Retry replaces them at once. A job that is killed for its memory needs more of it.",
    "jobs_vanish": "If this was meant, scale down. Retry replaces them at once.",
    "slurm_silent": "Running work goes on. What you ask for is carried out once Slurm answers.",
    "data_stuck": "What these workers hold has no other worker to move to. Keep more jobs, or "
    "scale to 0 to drop it.",
    "expires_alone": "Save what you need, or scale up so that another job can take it.",
    "never_starts": "Waiting will not help: change the option that the reason names.",
    "jobs_interrupted": "What is missing is replaced by itself. Keep what was expensive in more than one "
    "job (client.replicate), or on disk.",
    "workers_die": "A worker beyond its memory is ended by its nanny: ask for more memory, or make chunks "
    "smaller. Signal 11 often means that a kernel of another Python sent the task. A task that was there "
    "each time is given up in the end (KilledWorker).",
    "scheduler_loopback": "Choose an interface that the nodes reach for the scheduler in a new cluster.",
    "jobs_linger": "The node may hang: your operators can see to it. A cluster that is stopping waits "
    "for it; Force Stop does not.",
    "scheduler_busy": "It works through a large graph, or its host is overloaded. Scaling goes on.",
    "versions_differ": BREAKS,
    "packages_differ": "Data of these packages may be unreadable on the other side.",
    "tasks_unrunnable": "They ask for resources or for workers that are not there. More workers of "
    "this kind do not help.",
    "tasks_waiting": "Scale it to a job or more: they begin when the first worker is there.",
    "tasks_cut": "What a job runs at its walltime is begun anew elsewhere. Make such tasks smaller, or "
    "create a cluster of longer jobs.",
    "files_unwritable": "The cluster works on. Free some space, or ask your administrator: after a "
    "restart its files would be out of date.",
}


class Notice(NamedTuple):
    """What there is to say of a problem."""

    message: str
    advice: str | None = None
    """None is the code's own."""
    since: float | None = None
    """None is when a problem of that code was first seen. Seconds since the epoch."""


class Problems:
    """The problems of one cluster. ``since`` is when a problem with that code was first seen."""

    def __init__(self) -> None:
        self._by_code: dict[str, Problem] = {}

    def set(
        self, code: str, message: str, advice: str | None = None, since: float | None = None
    ) -> None:
        """Set or change the problem of that code, see `Notice`."""
        old = self._by_code.get(code)
        since_text = utc_text(since) or (old.since if old is not None else utc_now())
        self._by_code[code] = Problem(code, message, since_text, advice or ADVICE.get(code))

    def set_or_clear(self, code: str, notice: Notice | None) -> None:
        if notice is None:
            self.clear(code)
        else:
            self.set(code, *notice)

    def update(self, notices: Mapping[str, Notice | None]) -> None:
        """Set the problems of those codes, or clear them."""
        for code, notice in notices.items():
            self.set_or_clear(code, notice)

    def clear(self, *codes: str) -> None:
        for code in codes:
            self._by_code.pop(code, None)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._by_code.values())


def of_jobs(table: JobTable, now: float) -> dict[str, Notice | None]:
    """Return what there is to say of jobs, by the problem's code."""
    return {
        "never_starts": never_starting(table),
        "jobs_linger": still_completing(table, now),
        "expires_alone": no_successor(table, now),
    }


def never_starting(table: JobTable) -> Notice | None:
    """Return what to say of jobs that are pending for something that will not come."""
    found: dict[str, list[str]] = {}
    for job in table.live:
        reason = job.report.reason if job.report is not None and job.report.state.pending else None
        if reason is not None and never_starts(reason):
            found.setdefault(reason, []).append(job.id)
    if not found:
        return None
    # Two reasons are two things to mend.
    lines = [
        f"{reason}: {'a job waits' if len(ids) == 1 else f'{len(ids)} jobs wait'} that will not start "
        f"({listed(ids, 3)}). It {explain(reason)}."
        for reason, ids in found.items()
    ]
    advice = dict.fromkeys(map(advise, found))
    return Notice("\n".join(lines), " ".join(advice))


def no_successor(table: JobTable, now: float) -> Notice | None:
    """Return what to say of a job that has to go and holds data that no other job can take."""
    live = {job.id: job for job in table.live}
    jobs = table.for_plan(now)
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
    return Notice(message)


def still_completing(table: JobTable, now: float) -> Notice | None:
    """Return what to say of jobs that Slurm has been cleaning up after for long: a hung node holds
    them for hours."""
    found = [job for job in table.live if job.hangs(now)]
    if not found:
        return None
    nodes = sorted({job.report.node for job in found if job.report and job.report.node})
    ids = ", ".join(job.id for job in found[:3]) + (" …" if len(found) > 3 else "")
    where = f" on {', '.join(nodes)}" if nodes else ""
    return Notice(f"COMPLETING: {ids}{where}. Slurm waits for the end of its processes.")


def unrunnable_tasks(state: SchedulerState) -> Notice | None:
    """Return what to say of tasks that no worker can run although there are workers."""
    if not state.unrunnable or not state.workers:
        return None
    return Notice(f"{state.unrunnable} tasks wait for workers that can run them.")


def waiting_tasks(state: SchedulerState, jobs: int) -> Notice | None:
    """Return what to say of tasks that nothing is to come for: ``jobs`` are wanted."""
    tasks = max(state.tasks, state.tasks_left)
    if jobs or state.workers or not tasks:
        return None
    return Notice(
        f"{tasks} task{' waits' if tasks == 1 else 's wait'}, and it is scaled to 0 jobs."
    )


def cut_tasks(state: SchedulerState, walltime: float | None) -> Notice | None:
    """Return what to say of tasks that take longer than a job lasts: ``walltime`` is that of the jobs. A
    shorter task was cut for another reason, as by scaling down, and is not cut for ever."""
    if walltime is None or not state.cuts:
        return None
    whole = int(walltime)
    long = {key: cut for key, cut in state.cuts.items() if cut.seconds >= longest_task(whole) / 2}
    if not long:
        return None
    key, cut = max(long.items(), key=lambda item: item[1].seconds)
    others = "" if len(long) == 1 else f" (and {len(long) - 1} more)"
    longer = walltime_for(cut.seconds, whole)
    return Notice(
        f"Task {key}{others} was begun {cut.times} times and not finished: it ran for {cut.seconds:.0f} s "
        f"when its job came to its walltime of {format_walltime(whole)}. One of "
        f"{format_walltime(longer)} leaves {longest_task(longer)} s to a task."
    )


def differing_versions(state: SchedulerState) -> dict[str, Notice | None]:
    """Return what to say of clients and workers with other versions than the scheduler's, by the
    problem's code."""
    found: dict[str, list[str]] = {"versions_differ": [], "packages_differ": []}
    for each in state.differing:
        code_of: dict[str, list[Difference]] = {}
        for one in differences(each.versions, state.versions):
            code_of.setdefault("versions_differ" if one.breaks else "packages_differ", []).append(
                one
            )
        for code, differ in code_of.items():
            sentence = in_words(_subject(each), differ)
            found[code].append(f"{sentence[0].upper()}{sentence[1:]}.")
    return {code: Notice("\n".join(lines)) if lines else None for code, lines in found.items()}


def _subject(differing: Differing) -> str:
    if differing.kind == "workers":
        jobs = list(dict.fromkeys(name.split(".", 1)[0] for name in differing.names))
        return f"the workers of {listed(jobs, 3)} have"
    count = len(differing.names)
    return "a client has" if count == 1 else f"{count} clients have"

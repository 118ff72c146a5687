"""One job of a cluster, as the batch system and the scheduler last reported it. No I/O.

Instants are seconds since the epoch.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ..batch.base import BatchJob, JobState
from ..batch.slurm.reasons import never_starts
from ..model.walltime_schedule import (
    due_before_end,
    successor_before_end,
    tasks_end_before_end,
)
from .plan import LiveJob, Stage
from .restart_policy import Outcome, outcome_of

WALLTIME_JITTER = 5.0
"""Seconds by which the end of a walltime may differ from one report to the next."""
COMPLETING_LIMIT = 60.0
"""Seconds for which Slurm may clean up after a job before that is a problem: a hung node takes hours."""
CLOCK_SKEW = 2.0
"""Seconds that the clocks of two hosts may differ."""


class Leaving(enum.Enum):
    """How far a job has come that was told to go."""

    CANCELLING = "cancelling"
    """It was pending, and was cancelled; it may have started at that moment."""
    RETIRING = "retiring"
    """Its data are being moved and its tasks may finish: it can still be kept."""
    CLOSING = "closing"
    """The scheduler was asked to close its workers: it is too late to keep it."""
    ENDING = "ending"
    """Its workers are closed or given up; it is cancelled while it runs."""


@dataclass(frozen=True)
class WorkerInfo:
    """One dask worker, as the scheduler sees it. Memory, its limit (0 is none) and data in bytes, ``cpu`` in
    percent of one core; None where it has not said."""

    address: str
    name: str
    memory: int = 0
    data: int = 0
    tasks: int = 0
    cpu: float | None = None
    threads: int = 1
    limit: int = 0
    spilled: int = 0
    """Bytes on its disk."""
    paused: bool = False
    """Whether it takes no tasks because it has too little memory left."""

    @property
    def job_id(self) -> str:
        """The job it runs in: workers are named ``<job id>.<restart count>``, perhaps ``-<k>``."""
        return self.name.split(".", 1)[0]

    @property
    def run(self) -> str:
        """The run of that job, ``<job id>.<restart count>``."""
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Loss:
    """What went with the workers of one run of a job: ``results`` that only they held and that are
    computed again, ``data`` likewise that a client had sent and nothing can compute, ``tasks`` that
    they ran."""

    results: int = 0
    data: int = 0
    tasks: int = 0


@dataclass(frozen=True)
class Death:
    """How often the worker of a name was gone without a goodbye, when that was last (seconds since the
    epoch), and the keys of some tasks that it ran then."""

    count: int
    when: float
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cut:
    """How often a task was begun by a worker that left before it was finished, and how long it ran, in
    seconds, at most."""

    times: int
    seconds: float


class CpuTime:
    """How many seconds one job has run, times the CPUs that it was given, the runs before a requeue
    included. While it is suspended it does not run.

    The batch system's own instants count; where it gives none, those at which it was polled.
    ``cpus`` are those asked for, which count where the batch system does not say how many it gave.
    """

    def __init__(self, cpus: int) -> None:
        self._cpus = self._asked = cpus
        self._before = 0.0
        """Seconds times CPUs of the runs that are over."""
        self._until = 0.0
        """When the last of these ended: nothing counts twice."""
        self._since: float | None = None
        """When the present run started; None while the job does not run."""
        self._seen = 0.0
        """When the job was last known to run."""

    def update(self, report: BatchJob, taken: float) -> None:
        """Take in a report that was made at ``taken``."""
        cpus = report.cpus or self._asked
        if report.state.suspended:
            self._end(self._seen)
            self._until = taken
        elif report.state.running:
            start = taken if report.started is None else report.started
            if self._started_again(report.started) or cpus != self._cpus:
                self._end(self._seen)
            self._begin(start, cpus)
            self._seen = taken
        elif report.state.pending:
            self._end(self._seen)  # requeued
        elif report.state.ended:
            if report.started is not None:
                self._begin(report.started, cpus)  # it may have run between two polls
            self._end(taken if report.ended is None else report.ended)

    def end_as_last_seen(self) -> None:
        """End the run at the last moment at which it was seen: its real end is not known."""
        self._end(self._seen)

    def seconds(self, now: float) -> float:
        """Return the CPU seconds by now, all its runs together."""
        since = self._since
        return self._before + (0.0 if since is None else self._cpus * max(0.0, now - since))

    def _started_again(self, started: float | None) -> bool:
        """Return whether it was requeued and has started again between two polls."""
        return (
            started is not None
            and self._since is not None
            and started > max(self._since, self._seen - CLOCK_SKEW)
        )

    def _begin(self, when: float, cpus: int) -> None:
        if self._since is None:
            self._since, self._cpus = max(when, self._until), cpus

    def _end(self, when: float) -> None:
        if self._since is not None:
            self._before += self._cpus * max(0.0, when - self._since)
            self._until = max(when, self._since)
            self._since = None


@dataclass
class TrackedJob:
    """One job from submission to its end."""

    id: str
    name: str
    report: BatchJob | None = None
    """What the batch system last said of it."""
    workers: tuple[WorkerInfo, ...] = ()
    connected_at: float | None = None
    """When its first worker connected; None if none ever did."""
    disconnected_at: float | None = None
    """When its last worker was seen to be gone."""
    run: str | None = None
    """The last run of it of which a worker connected."""
    stable: bool = False
    """Whether its workers have stayed connected for a while: such jobs work."""
    leaving: Leaving | None = None
    leaving_since: float = 0.0
    leaves_by: float | None = None
    """Until when its running tasks may finish."""
    replace_requested: bool = False
    """The user wants another job in its place."""
    cancel_requested: bool = False
    """The user wants it to end."""
    ended: bool = False
    ended_at: float | None = None
    """When its end was seen."""
    error: str | None = None
    """The end of its log, once it has ended unasked."""
    cause: str | None = None
    """The line of its log that says why, likewise."""
    has_log: bool = True
    """Whether its log was there then."""
    not_connected: bool = False
    """Whether that said that a worker could not reach the scheduler."""
    ahead: float = 0.0
    """How far this host's clock is ahead of the one of ``report``."""
    ends_at: float | None = None
    """When its walltime ends."""
    cpu_time: CpuTime = field(default_factory=lambda: CpuTime(1))
    completing_since: float | None = None
    """Since when the batch system has been cleaning up after it."""
    missing_since: float | None = None
    missing_polls: int = 0
    id_reused: bool = False
    """Another job has its id now: slurmctld lost its last seconds, and counts from there again."""

    @property
    def stage(self) -> Stage:
        """Where it is. A connected worker proves that it runs, whatever a poll said before."""
        if self.workers:
            return Stage.RUNNING
        if self.missing_polls:
            return Stage.UNKNOWN
        # Until squeue lists it, sbatch's answer is proof enough that it is pending.
        if self.report is None or self.report.state.pending:
            return Stage.PENDING
        return Stage.RUNNING if self.report.state.running else Stage.UNKNOWN

    @property
    def may_wait(self) -> bool:
        """Whether it is pending; or may be, for the batch system has a word for its state that is not
        known here."""
        unknown = self.report is not None and self.report.state is JobState.UNKNOWN
        return self.stage is Stage.PENDING or (unknown and not self.workers and not self.ended)

    @property
    def state(self) -> JobState:
        """Slurm's word for its state."""
        if self.report is None:
            return JobState.UNKNOWN if self.ended else JobState.PENDING
        if self.ended and not self.report.state.ended:
            return JobState.UNKNOWN
        return self.report.state

    @property
    def cpus(self) -> int | None:
        """The CPUs that it was given; None before it runs, and where that is not known."""
        return None if self.report is None or self.report.state.pending else self.report.cpus

    @property
    def never_listed(self) -> bool:
        """Whether the batch system accepted it and has shown no sign of it since."""
        return self.report is None and self.connected_at is None

    @property
    def outcome(self) -> Outcome:
        """What its end means for a replacement; only for a job that has ended."""
        connected_for = None
        if self.connected_at is not None:
            until = self.disconnected_at if self.disconnected_at is not None else self.ended_at
            connected_for = max(0.0, (until or self.connected_at) - self.connected_at)
        due_at = self.due_at()
        return outcome_of(
            self.state,
            requested=self.leaving is not None,
            connected_for=connected_for,
            expired=due_at is not None and (self.ended_at or 0.0) >= due_at,
        )

    @property
    def walltime(self) -> float | None:
        """Its whole walltime in seconds, as Slurm gave it; None when unlimited or not known."""
        if self.ends_at is None or self.report is None or self.report.started is None:
            return None
        return self.ends_at - (self.report.started + self.ahead)

    def queue_wait(self, now: float) -> float:
        """Return the seconds that it has been pending, or had been when it started."""
        if self.report is None or self.report.submitted is None:
            return 0.0
        if self.report.state.pending and never_starts(self.report.reason):
            return 0.0  # says nothing of how long other jobs wait
        until = self.report.started if self.report.started is not None else now - self.ahead
        return max(0.0, until - self.report.submitted)

    def due_at(self) -> float | None:
        """Return when it has to hand its data over; None where its end is not known."""
        walltime = self.walltime
        if walltime is None or self.ends_at is None or walltime < 1:
            return None
        return self.ends_at - due_before_end(int(walltime))

    def replace_at(self, queue_wait: float) -> float | None:
        """Return when its successor is to be submitted, if jobs are pending for so many seconds."""
        walltime = self.walltime
        if walltime is None or self.ends_at is None or walltime < 1:
            return None
        return self.ends_at - successor_before_end(int(walltime), queue_wait)

    def task_deadline(self, now: float, queue_wait: float, limit: float) -> float:
        """Return until when its running tasks may finish if it is told to go now: for ``limit``
        seconds, or, where it goes because of its walltime, until shortly before that."""
        replace_at, walltime = self.replace_at(queue_wait), self.walltime
        if replace_at is None or walltime is None or self.ends_at is None or now < replace_at:
            return now + limit
        return max(now, self.ends_at - tasks_end_before_end(int(walltime)))

    def for_plan(self, now: float, queue_wait: float) -> LiveJob:
        """Return what `plan` has to know of it."""
        due_at, replace_at = self.due_at(), self.replace_at(queue_wait)
        return LiveJob(
            self.id,
            self.stage,
            connected=bool(self.workers),
            data=sum(w.data for w in self.workers),
            tasks=sum(w.tasks for w in self.workers),
            leaving=self.leaving is not None or (self.hangs(now) and not self.workers),
            can_stay=self.leaving is Leaving.RETIRING and bool(self.workers),
            to_replace=self.replace_requested or (replace_at is not None and now >= replace_at),
            due=due_at is not None and now >= due_at,
            cancel_requested=self.cancel_requested,
        )

    def hangs(self, now: float) -> bool:
        """Return whether Slurm has been cleaning up after it for so long that its node may hang."""
        since = self.completing_since
        return since is not None and now - since > COMPLETING_LIMIT

    def update_completing(self, report: BatchJob, taken: float) -> None:
        if report.state is not JobState.COMPLETING:
            self.completing_since = None
        elif self.completing_since is None:
            self.completing_since = taken

    def update_walltime(self, report: BatchJob, taken: float) -> None:
        """Set ``ends_at``. Slurm gives the time left in whole seconds, so a difference of a few is
        ignored: the end that is shown must not flicker.

        None while it is suspended, for its time does not pass, and once its limit has been lifted."""
        if not report.state.running:
            return
        if report.state.suspended or report.time_left is None:
            self.ends_at = None
            return
        ends_at = taken + report.time_left
        if self.ends_at is None or abs(self.ends_at - ends_at) > WALLTIME_JITTER:
            self.ends_at = ends_at

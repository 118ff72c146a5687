"""The protocol of a batch system, and the values that it returns.

A *job* here is what a batch system starts, ends and gives a state to: for Slurm one
array task (``81_3``) or, where arrays are forbidden, one single job (``81``). Ids are strings of
that form and never Slurm's ``%A``, which for the last task of an array *is* the array.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Protocol

from .errors import BatchError
from .site import Site

JOB_ID = re.compile(r"[0-9]+(_[0-9]+)?")
"""The form of a job's id, for `re.fullmatch`."""


class JobState(enum.Enum):
    """Slurm's job states (``squeue`` manual, JOB STATE CODES).

    ``UNKNOWN`` stands for a word that is not in the list, and is neither pending, running nor
    ended: a state added by a newer Slurm must never be taken for the end of a job.
    """

    PENDING = "PENDING"
    CONFIGURING = "CONFIGURING"
    REQUEUED = "REQUEUED"
    REQUEUE_HOLD = "REQUEUE_HOLD"
    REQUEUE_FED = "REQUEUE_FED"
    SPECIAL_EXIT = "SPECIAL_EXIT"
    RESV_DEL_HOLD = "RESV_DEL_HOLD"
    EXPEDITING = "EXPEDITING"
    RUNNING = "RUNNING"
    COMPLETING = "COMPLETING"
    SIGNALING = "SIGNALING"
    STAGE_OUT = "STAGE_OUT"
    RESIZING = "RESIZING"
    SUSPENDED = "SUSPENDED"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"
    NODE_FAIL = "NODE_FAIL"
    PREEMPTED = "PREEMPTED"
    BOOT_FAIL = "BOOT_FAIL"
    DEADLINE = "DEADLINE"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"

    @property
    def pending(self) -> bool:
        """Whether it is in the queue and has not started."""
        return self in _PENDING

    @property
    def running(self) -> bool:
        """Whether it holds its allocation, even if it is about to end (``COMPLETING``)."""
        return self in _RUNNING

    @property
    def suspended(self) -> bool:
        """Whether its processes are stopped for now: they do not run, and their time does not pass."""
        return self in (JobState.SUSPENDED, JobState.STOPPED)

    @property
    def ended(self) -> bool:
        """Whether it is over for good. False for ``UNKNOWN``."""
        return self in _ENDED


_PENDING = frozenset(
    {
        JobState.PENDING,
        JobState.CONFIGURING,
        JobState.REQUEUED,
        JobState.REQUEUE_HOLD,
        JobState.REQUEUE_FED,
        JobState.SPECIAL_EXIT,
        JobState.RESV_DEL_HOLD,
        JobState.EXPEDITING,
    }
)
_RUNNING = frozenset(
    {
        JobState.RUNNING,
        JobState.COMPLETING,
        JobState.SIGNALING,
        JobState.STAGE_OUT,
        JobState.RESIZING,
        JobState.SUSPENDED,
        JobState.STOPPED,
    }
)
_ENDED = frozenset(JobState) - _PENDING - _RUNNING - {JobState.UNKNOWN}


@dataclass(frozen=True)
class BatchJob:
    """One job as the batch system reports it. Times are seconds since the epoch."""

    id: str
    name: str
    state: JobState
    reason: str | None = None
    submitted: float | None = None
    estimated_start: float | None = None
    """When the scheduler expects a waiting job to start; None where it does not say.

    Tasks of one array may all show the guess for the first of them."""
    started: float | None = None
    ended: float | None = None
    time_left: int | None = None
    """Seconds until the batch system ends it; None when unlimited or not known."""
    time_limit: int | None = None
    """The seconds that it may run altogether; None when unlimited or not known."""
    node: str | None = None
    cpus: int | None = None
    """The CPUs that it was given, all of a node for some partitions; those asked for while it is pending."""
    word: str | None = None
    """The batch system's own word for its state where that is ``UNKNOWN`` here."""
    partition: str | None = None
    """Where it runs; while it is pending there may be several, with commas between them."""
    exit_code: str | None = None
    """``code:signal`` of a job that ran and has ended, as Slurm writes it (``3:0``, ``0:9``).

    None where it is not known: ask `BatchSystem.ended_jobs`, a snapshot may leave it out."""


@dataclass(frozen=True)
class Snapshot:
    """The jobs of this user, as of ``taken`` (seconds since the epoch).

    A job that is absent is *unknown*, not ended: it may not be listed yet, or the batch system
    may have forgotten it. Only a job with an ended state has ended.
    """

    taken: float
    jobs: Mapping[str, BatchJob] = field(default_factory=dict)
    collapsed: Mapping[str, BatchJob] = field(default_factory=dict)
    """Arrays reported by one line without a task id (Slurm shows an array that was cancelled
    while wholly pending so): their state holds for every task not listed in ``jobs``.

    Such a line looks like that of a single job, which therefore stands here as well once it has
    ended; and an array that is known by this line alone stands in ``jobs`` under its own id."""
    ahead: float = 0.0
    """How many seconds the clock of this host, and so ``taken``, shows more than the one by which the
    batch system says when jobs were submitted, started and ended."""

    def get(self, job_id: str) -> BatchJob | None:
        """Return the job of that id, or None when this snapshot says nothing of it."""
        job = self.jobs.get(job_id)
        if job is None and "_" in job_id:
            job = self.collapsed.get(job_id.split("_", 1)[0])
        return job


@dataclass(frozen=True)
class Submission:
    """The result of `BatchSystem.submit`.

    ``ids`` are those of the jobs. ``error`` is why they are fewer than asked for, or None. With a
    `BatchSilent` error more jobs than ``ids`` may exist: they are found by their name.
    """

    ids: tuple[str, ...]
    error: BatchError | None = None


@dataclass(frozen=True)
class Estimate:
    """When a job would start if it were submitted now, by the batch system's guess.

    ``start`` is seconds since the epoch. Where there is none, ``message`` is why, in the batch
    system's own words.
    """

    start: float | None = None
    node: str | None = None
    partition: str | None = None
    message: str | None = None


class BatchSystem(Protocol):
    """Submits, lists and cancels the jobs of this user. Every method returns in bounded time.

    A method raises `BatchRefused` or `BatchSilent` only where its docstring says `BatchError`.
    """

    @property
    def name(self) -> str:
        """``"slurm"`` or ``"local"``."""

    @property
    def slurm_cluster(self) -> str | None:
        """Which of a site's Slurm clusters it is about; None is the one that is meant by itself. Where a
        plugin or wrapper of the site's chooses, that is known after the first submission."""

    async def start(self) -> None:
        """Prepare for the other methods. Called once, in the event loop that makes all further calls."""

    async def stop(self) -> None:
        """End what this object started itself (for ``local``: its jobs). Called once, last."""

    def speak_of(self, slurm_cluster: str) -> None:
        """Be about that one of the site's Slurm clusters from now on: it turned out to have the jobs."""

    async def elsewhere(self) -> Sequence[BatchSystem]:
        """Return one for each of the site's other Slurm clusters, as far as they are known, where none was
        chosen: a wrapper or plugin of the site's may send jobs there without a word. They are stopped with
        this one. Raise nothing."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        """Submit ``count`` jobs of that script, all with the job name ``name``.

        One request for all of them where the batch system can; more than it takes at once are
        split. The output of job ``81_3`` goes to ``<log_directory>/81_3.log``. A
        `BatchError` is returned, not raised, because part of the jobs may exist.
        """

    async def estimate(self, script: str) -> Estimate:
        """Return when a single job of that script would start. Nothing is submitted.

        That the batch system would refuse the script is a result, too. It is only a guess: Slurm
        has been seen to promise a start to a job that is too long for its partition, and to
        refuse one that waits for nodes which are down. Raise `BatchError` when it cannot be asked.
        """

    async def jobs(self, *, max_age: float) -> Snapshot:
        """Return the user's jobs, at most ``max_age`` seconds old. Raise `BatchError`."""

    async def find_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        """Return those of the jobs that the batch system knows by their ids, in whatever state.

        For jobs that `jobs` leaves out: a list may be incomplete, and a job that is not in it is not
        gone for that. Absent: the batch system answered, and knows no job of that id. One request a
        few hundred ids. Raise `BatchError`.
        """

    async def log_directories(self, ids: Collection[str]) -> Mapping[str, PurePath]:
        """Return the directories that the output of those jobs goes to, by id: of the jobs that the batch
        system knows. Raise `BatchError`."""

    async def ended_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        """Return those of the jobs that have ended, with their exit codes, by id.

        It knows more of them, and for longer, than `jobs` may. Of a job that is absent no end is
        known. One or two requests whatever the number of ids. Raise `BatchError`.
        """

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        """Cancel those jobs; with ``pending_only`` spare the ones that have started meanwhile.

        Ids that have ended or are unknown are no error. Raise `BatchError`.
        """

    async def node_addresses(self) -> Collection[str]:
        """Return where nodes are, as the batch system writes it; one name may stand for several
        (``n[1-8]``). Empty where that is not known. Raise `BatchError`."""

    async def site(self) -> Site:
        """Return what the site offers now. Raise `BatchError`."""

    def doubt_site(self) -> None:
        """Let the next `site` ask for all of it, what seldom changes as well: somebody was refused because
        of what is remembered."""

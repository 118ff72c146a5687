"""The protocol both batch systems keep, and the words they speak.

A batch system knows jobs. It knows nothing of dask, of clusters or of Jupyter, and it imports
nothing but the standard library.

A *job* here is what a scheduler of batch jobs starts, ends and gives a state to: for Slurm one
array task (``81_3``) or, where arrays are forbidden, one single job (``81``). Ids are strings of
that form and never Slurm's ``%A``, which for the last task of an array *is* the array.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .errors import BatchError

JOB_ID = re.compile(r"[0-9]+(_[0-9]+)?")
"""The form of a job's id, for `re.fullmatch`."""


class JobState(enum.Enum):
    """Slurm's job states, in Slurm's words (``squeue`` manual, JOB STATE CODES).

    ``UNKNOWN`` stands for a word that is not in the list, and is neither waiting nor ended: a
    state added by a newer Slurm must never be taken for the end of a job.
    """

    PENDING = "PENDING"
    CONFIGURING = "CONFIGURING"
    REQUEUED = "REQUEUED"
    REQUEUE_HOLD = "REQUEUE_HOLD"
    REQUEUE_FED = "REQUEUE_FED"
    SPECIAL_EXIT = "SPECIAL_EXIT"
    RESV_DEL_HOLD = "RESV_DEL_HOLD"
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
        """Waiting in the queue: not started, may still start."""
        return self in _PENDING

    @property
    def running(self) -> bool:
        """Holding its allocation, even if about to end (``COMPLETING``)."""
        return self in _RUNNING

    @property
    def ended(self) -> bool:
        """Over for good. False for ``UNKNOWN``."""
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
    """Seconds until the walltime ends; None when unlimited or not known."""
    node: str | None = None
    exit_code: str | None = None
    """``code:signal`` of a job that ran and has ended, as Slurm writes it (``3:0``, ``0:9``).

    None where it is not known: ask `BatchSystem.ended_jobs`, a snapshot may leave it out."""


@dataclass(frozen=True)
class Snapshot:
    """The jobs of this user, as of ``taken`` (seconds since the epoch).

    A job that is absent is *unknown*, not ended: it may not be listed yet, or the batch system
    may have forgotten it. Only `state_of` an id that answers an ended state says that it ended.
    """

    taken: float
    jobs: Mapping[str, BatchJob] = field(default_factory=dict)
    collapsed: Mapping[str, BatchJob] = field(default_factory=dict)
    """Arrays reported by one line without a task id (Slurm shows an array that was cancelled
    while wholly pending so): their state holds for every task not listed in ``jobs``.

    Such a line looks like that of a single job, which therefore stands here as well once it has
    ended; and an array that is known by this line alone stands in ``jobs`` under its own id."""

    def get(self, job_id: str) -> BatchJob | None:
        """The job of that id, or None when this snapshot says nothing of it."""
        job = self.jobs.get(job_id)
        if job is None and "_" in job_id:
            job = self.collapsed.get(job_id.split("_", 1)[0])
        return job


@dataclass(frozen=True)
class Submission:
    """What came of a request for ``count`` jobs.

    ``ids`` are those the batch system gave. ``error`` is why they are fewer than asked for, or
    None. With a `BatchSilent` error more jobs than ``ids`` may exist: find them by their name.
    """

    ids: tuple[str, ...]
    error: BatchError | None = None


@dataclass(frozen=True)
class Gpus:
    """The GPUs of one type in a partition; ``type`` None where Slurm gives them none."""

    type: str | None
    per_node: int
    """In the node that has most of them."""
    total: int
    idle: int | None
    """Of nodes that are up, those that no job holds; None where that is not known."""


@dataclass(frozen=True)
class QosLimits:
    """What one job of a QOS may have; None is no limit. Seconds and bytes."""

    max_walltime: int | None = None
    max_cores: int | None = None
    max_memory: int | None = None
    max_gpus: int | None = None
    overrides_partition: bool = False
    """Whether a partition's longest walltime does not count for its jobs."""


@dataclass(frozen=True)
class Accounts:
    """What accounting knows of this user. Empty where there is none, or it has not said."""

    accounts: tuple[str, ...] = ()
    default_account: str | None = None
    """That of a job which names none."""
    qos: tuple[str, ...] = ()
    default_qos: str | None = None
    qos_limits: Mapping[str, QosLimits] = field(default_factory=dict, hash=False)
    """By QOS, as far as the batch system holds jobs to them."""
    accounts_enforced: bool = False
    """Whether a job is refused whose account is not among ``accounts``; ``qos_enforced`` likewise."""
    qos_enforced: bool = False


@dataclass(frozen=True)
class Estimate:
    """When a job would start if it were submitted now, as the batch system guesses.

    ``start`` is seconds since the epoch. ``message`` is in its own words, where it does not say.
    """

    start: float | None = None
    node: str | None = None
    partition: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class Partition:
    """What one partition offers. Sizes per node are those of its largest: what no job can exceed.
    Memory is in bytes, times are in seconds.

    None means "no limit" for the maxima and "not known" for the rest.
    """

    name: str
    default: bool = False
    available: bool = True
    """False when the partition is down or drained, or has no node that could ever start a job now."""
    hidden: bool = False
    """The site shows it to nobody who does not ask for it by name; who knows the name may use it."""
    nodes: int | None = None
    cores_per_node: int | None = None
    memory_per_node: int | None = None
    max_walltime: int | None = None
    default_walltime: int | None = None
    idle_cores: int | None = None
    total_cores: int | None = None
    gpus: tuple[Gpus, ...] = ()
    gpus_per_node: int | None = None
    """Of all types together; 0 where there are none."""
    gpu_only: bool = False
    """Every node has GPUs: not a place for jobs that want none."""
    accounts: tuple[str, ...] | None = None
    """The only accounts whose jobs it takes; None takes all. ``qos`` likewise."""
    qos: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Site:
    """What the batch system says of itself."""

    batch_system: str
    version: str
    cluster: str | None = None
    """The batch system's own name for itself (Slurm's ClusterName)."""
    partitions: tuple[Partition, ...] = ()
    max_array_size: int | None = None
    accounts: Accounts = field(default_factory=Accounts)


class BatchSystem(Protocol):
    """What a controller asks of a batch system. Every method ends in bounded time.

    Each raises `BatchRefused` or `BatchSilent` where it says so, and nothing else for what the
    batch system or its user did.
    """

    @property
    def name(self) -> str:
        """``"slurm"`` or ``"local"``."""

    async def start(self) -> None:
        """Called once, before anything else, in the loop that will make all further calls."""

    async def stop(self) -> None:
        """Called once, last. Ends what this object started itself (for ``local``: its jobs)."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        """Ask for ``count`` jobs of that script, all with the job name ``name``.

        One request for all of them where the batch system can; more than it takes at once are
        split. The output of job ``81_3`` goes to ``<log_directory>/81_3.log``. Never raises a
        `BatchError`: it is returned, because part of the jobs may exist.
        """

    async def estimate(self, script: str) -> Estimate:
        """When a single job of that script would start, as far as the batch system guesses.

        Nothing is submitted. That it would refuse the script is an answer, too. Only a guess: Slurm
        has been seen to promise a start to a job that is too long for its partition, and to
        refuse one that waits for nodes which are down. Raises `BatchError` when it cannot be asked.
        """

    async def jobs(self, *, max_age: float) -> Snapshot:
        """The user's jobs, at most ``max_age`` seconds old. Raises `BatchError`."""

    async def ended_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        """What is remembered of those jobs that have ended, with their exit codes.

        Says more of them, and for longer, than `jobs` may. Absent: nothing is known of an end. One
        or two requests whatever the number of ids. Raises `BatchError`.
        """

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        """Cancel those jobs; with ``pending_only`` spare the ones that have started meanwhile.

        Ids that have ended or are unknown are no error. Raises `BatchError`.
        """

    async def site(self) -> Site:
        """What the site offers now. Raises `BatchError`."""

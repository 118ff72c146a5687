"""The protocol of a batch system, and the values that it returns.

A *job* here is what a batch system starts, ends and gives a state to: for Slurm one
array task (``81_3``) or, where arrays are forbidden, one single job (``81``). Ids are strings of
that form and never Slurm's ``%A``, which for the last task of an array *is* the array.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal, Protocol

from .errors import BatchError, BatchRefused

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
    """The limits on one job of a QOS; None is no limit. Seconds and bytes."""

    max_walltime: int | None = None
    max_cores: int | None = None
    max_memory: int | None = None
    max_gpus: int | None = None
    overrides_partition: bool = False
    """Whether its jobs may run longer than their partition allows (the flag ``PartitionTimeLimit``)."""
    overrides_partition_qos: bool = False
    """Whether its limits count before those of a partition's own QOS (the flag ``OverPartQOS``)."""
    refuses: bool = False
    """Whether a job beyond a limit is refused (the flag ``DenyOnLimit``). Without, it waits for ever."""


@dataclass(frozen=True)
class Accounts:
    """The accounts and QOS of this user. Empty where there is no accounting, or it has not answered."""

    accounts: tuple[str, ...] = ()
    default_account: str | None = None
    """The account of a job that names none."""
    qos: tuple[str, ...] = ()
    default_qos: str | None = None
    qos_limits: Mapping[str, QosLimits] = field(default_factory=dict, hash=False)
    """By QOS; empty where the batch system does not enforce limits."""
    accounts_enforced: bool = False
    """Whether a job is refused whose account is not among ``accounts``; ``qos_enforced`` likewise."""
    qos_enforced: bool = False
    clusters: tuple[str, ...] = ()
    """The site's Slurm clusters, this one among them, that accounting knows how to reach."""


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


@dataclass(frozen=True)
class Partition:
    """One partition. Sizes per node are those of its largest node: no job can exceed them.
    Memory is in bytes, times are in seconds.

    None means "no limit" for the maxima and "not known" for the rest.
    """

    name: str
    default: bool = False
    available: bool = True
    """False when the partition is down or drained, or has no node that could ever start a job now."""
    state: str = "UP"
    """The batch system's word: Slurm takes no jobs where it is ``DRAIN`` or ``INACTIVE``."""
    hidden: bool = False
    """It is listed only with ``-a``; a user who knows its name may use it all the same."""
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
    """Whether every node has GPUs, and jobs without any should go elsewhere."""
    accounts: tuple[str, ...] | None = None
    """The only accounts whose jobs it takes; None takes all. ``qos`` likewise."""
    qos: tuple[str, ...] | None = None
    denied_accounts: tuple[str, ...] = ()
    """Accounts whose jobs it does not take. ``denied_qos`` likewise."""
    denied_qos: tuple[str, ...] = ()
    own_qos: str | None = None
    """A QOS whose limits hold for all jobs there, beside those of the job's QOS."""
    refuses: str | None = None
    """Why it takes no job of this user from this host, whatever that asks for, as "takes jobs of root
    alone"; None if it does. ``may_refuse`` likewise, where it is not sure."""
    may_refuse: str | None = None
    needs_reservation: bool = False
    """It takes jobs within a reservation only."""
    min_nodes: int = 1
    """The fewest nodes that a job gets. ``max_nodes`` is the most that it may ask for."""
    max_nodes: int | None = None
    max_cores_per_node: int | None = None
    """The most that one job may have of a node. ``max_memory_per_node`` likewise."""
    max_memory_per_node: int | None = None
    max_memory_per_core: int | None = None
    """A job that asks for more memory gets more cores."""
    whole_nodes: bool = False
    """Every job gets all cores of its node."""


Part = Literal["partitions", "nodes", "configuration", "accounts"]
"""What is read of a site by itself."""


@dataclass(frozen=True)
class Unseen:
    """A part of the site that is not known. While it is still asked for, ``waiting``; else ``refused``
    says whether the batch system does not show it to this user, ``reason`` its own words."""

    what: Part
    reason: str | None = None
    waiting: bool = False
    refused: bool = False


def unseen_because(error: BatchError | None, what: Part) -> Unseen:
    """Return why that is not known: the error of its last request, or that there is none yet."""
    if error is None:
        return Unseen(what, waiting=True)
    return Unseen(what, str(error), refused=isinstance(error, BatchRefused))


EnforcePartLimits = Literal["NO", "ANY", "ALL"]
"""What becomes of a job beyond the limits of a partition: it waits, or, of a list of partitions, ``ANY``
or ``ALL`` have to take it, or else it is refused (slurm.conf manual)."""


@dataclass(frozen=True)
class Site:
    """The batch system: its version, partitions and limits, and the user's accounts."""

    batch_system: str
    version: str
    cluster: str | None = None
    """The batch system's own name (Slurm's ``ClusterName``)."""
    partitions: tuple[Partition, ...] = ()
    max_array_size: int | None = None
    accounts: Accounts = field(default_factory=Accounts)
    enforce_part_limits: EnforcePartLimits | None = "ANY"
    """None is not known."""
    unseen: tuple[Unseen, ...] = ()
    """What of it is not known."""


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

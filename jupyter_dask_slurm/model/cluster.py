"""What a cluster and its jobs are, as controller, server and panel tell each other: typed and frozen.

Memory is in bytes, times in seconds, instants are ISO-8601 UTC strings. `jupyter_dask_slurm.model.wire`
writes and reads them as JSON.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .options import ClusterOptions
from .scaling import Scaling
from .usage import SizeAdvice, Usage

__all__ = [
    "Activity",
    "Adaptive",
    "Cluster",
    "ClusterOptions",
    "ConnectedClient",
    "Job",
    "JobCounts",
    "JobLimit",
    "JobStage",
    "PendingReason",
    "Problem",
    "Scaling",
    "SizeAdvice",
    "Status",
    "Usage",
    "Workers",
    "utc_now",
    "utc_text",
]

Status = Literal["starting", "running", "stopping", "failed", "unreachable"]
JobStage = Literal["submitted", "pending", "running", "connected", "leaving", "unknown", "ended"]


def utc_text(seconds: float | None) -> str | None:
    """Return seconds since the epoch as ISO-8601 UTC with whole seconds; None stays None."""
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_now() -> str:
    """Return this instant as ISO-8601 UTC."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Problem:
    """Something the user should know, with the other program's own words as ``message``."""

    code: str
    """Stable and for programs, for example ``submission_refused``."""
    message: str
    since: str
    advice: str | None = None


@dataclass(frozen=True)
class JobCounts:
    """How many jobs are where. ``running`` is the batch system's word and includes ``connected``;
    ``leaving`` are those of all that were asked to go; ``failed`` counts since the last scale."""

    desired: int = 0
    submitting: int = 0
    pending: int = 0
    running: int = 0
    connected: int = 0
    leaving: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class JobLimit:
    """How many jobs the batch system lets be there at once, and why in words. More may be wanted: the
    rest follows when there is room."""

    jobs: int
    message: str


@dataclass(frozen=True)
class PendingReason:
    """Why some jobs wait, in the batch system's word, and what that means where it is known."""

    reason: str
    jobs: int
    explanation: str | None = None


@dataclass(frozen=True)
class Workers:
    """Dask workers: those that running jobs should bring, and those the scheduler knows."""

    expected: int = 0
    connected: int = 0


@dataclass(frozen=True)
class Job:
    """One job of a cluster. ``time_left`` in seconds.

    ``state`` is Slurm's word; ``stage`` is ours: ``submitted`` (Slurm has not listed it yet),
    ``pending``, ``running`` (no worker of it has connected), ``connected``, ``leaving`` (it was
    asked to go), ``unknown``, ``ended``. ``never_starts`` says that waiting alone will not help a
    pending job. ``exit_code`` is Slurm's ``code:signal``; ``error`` is the end of its log.
    """

    id: str
    state: str
    stage: JobStage = "unknown"
    never_starts: bool = False
    reason: str | None = None
    explanation: str | None = None
    submitted: str | None = None
    estimated_start: str | None = None
    node: str | None = None
    partition: str | None = None
    """Where it runs; of a pending job all where it may."""
    cpus: int | None = None
    """What the batch system gave it, which may be more than its workers use; None while it is pending."""
    started: str | None = None
    time_left: int | None = None
    leaves_by: str | None = None
    """Until when its running tasks may finish, of a job that is leaving."""
    workers: int = 0
    memory: int | None = None
    """Bytes that the processes of its workers use together."""
    cpu: float | None = None
    """What these processes use, in percent of one core: 350 is three cores and a half. None without
    a worker, and from a controller or scheduler too old to say."""
    ended: str | None = None
    requested: bool = False
    """Whether it has ended because it was asked to: scaled away, replaced or cancelled from here."""
    exit_code: str | None = None
    error: str | None = None
    cause: str | None = None
    """The line of its log that says why it ended; None where none is known to."""


@dataclass(frozen=True)
class Adaptive:
    """What a cluster that adapts is about to do. ``needed`` is the number of jobs its tasks ask for
    now, within its limits; it grows or shrinks to that at ``grows_at`` or ``shrinks_at`` if they
    still do."""

    needed: int = 0
    grows_at: str | None = None
    shrinks_at: str | None = None


@dataclass(frozen=True)
class ConnectedClient:
    """A client of the scheduler's. ``name`` is what it was given, as of a notebook by `connect` and by the
    code that the panel inserts: the path of that; ``host`` is the address that it connects from."""

    name: str | None = None
    host: str | None = None


@dataclass(frozen=True)
class Activity:
    """What the tasks and the workers of a cluster do, as its scheduler says. It is a few seconds old, and
    rounded: what changes all the time is told when it is markedly different."""

    tasks_left: int = 0
    """In dask's states ``waiting``, ``queued``, ``no-worker`` and ``processing``."""
    tasks_processing: int = 0
    tasks_done: int = 0
    """Computed since nothing was left for the last time: of ``tasks_left`` and these together."""
    tasks_erred: int = 0
    """Failed since then, with those that depend on them."""
    tasks_per_second: float | None = None
    """Computed in a second, over the last half a minute. None while it is not known, and when nothing is
    left to do."""
    cpu: int | None = None
    """What the processes of the workers use, in percent of their threads. None without a worker."""
    memory_used: int = 0
    """Bytes that these processes use together: dask's *process* memory, without what is spilled."""
    memory_limit: int | None = None
    """Bytes that they may use together. None without a worker, and where one has no limit."""
    clients: tuple[ConnectedClient, ...] = ()
    """Those connected, without any that belong to tasks; the first fifty."""


@dataclass(frozen=True)
class Cluster:
    """A cluster as REST shows it. ``cores`` and ``memory`` (bytes) are those of its running jobs, as
    asked for: what their workers use."""

    id: str
    name: str
    status: Status
    created: str
    options: ClusterOptions
    scaling: Scaling
    problems: tuple[Problem, ...] = ()
    jobs: JobCounts = field(default_factory=JobCounts)
    job_limit: JobLimit | None = None
    """None where none is known. A controller does not know it: the Jupyter server does."""
    workers: Workers = field(default_factory=Workers)
    cores: int = 0
    memory: int = 0
    cpus: int | None = None
    """The CPUs that the batch system gave to its running jobs. It may have given more than ``cores``:
    whole nodes, or some for the memory that was asked for. None from a controller too old to say."""
    core_seconds: int | None = field(default=None, compare=False)
    """What the cluster has used: the CPUs that each job it ever had was given, times the seconds that
    it has run by now, from the start to the end that the batch system reports. Once it has ended, what its
    controller wrote down last; None before there is one, and from one too old to count.

    It grows all the time: a cluster that differs in this alone has not changed."""
    usage: Usage | None = field(default=None, compare=False)
    """What its jobs used of what they asked for, likewise. None before a job had a worker."""
    advice: SizeAdvice | None = None
    """The size of a job that would do, where that is clearly another."""
    activity: Activity | None = None
    """None before the scheduler has said, and from a controller too old to ask."""
    pending_reason: str | None = None
    pending_reasons: tuple[PendingReason, ...] = ()
    """All of them, the commonest first; ``pending_reason`` is that one. Empty from an older controller."""
    estimated_start: str | None = None
    next_job_ends: str | None = None
    idle_since: str | None = None
    idle_stop: str | None = None
    """When it ends because nobody uses it: no task, no client, no job that waits."""
    expires: str | None = None
    """When it ends whatever it does: its maximum age, or the walltime of its controller's job."""
    adaptive: Adaptive | None = None
    """None unless ``scaling`` is to adapt."""
    awaits: str | None = None
    """What a starting cluster waits for: ``"controller"``, or ``"scheduler"`` once that is there."""
    scheduler_address: str | None = None
    versions: Mapping[str, str] | None = field(default=None, hash=False)
    """Of Python and of the packages that matter to dask, where the scheduler runs. None before there is
    one, and from a controller too old to say."""
    dashboard_path: str | None = None
    client_code: str | None = None
    host: str | None = None
    elsewhere: bool = False
    """True when another host owns the cluster."""
    batch_system: str | None = None
    """``"slurm"`` or ``"local"``."""
    ends_with: str | None = None
    """Why the cluster will end with something the user might not expect (the Slurm job that
    Jupyter itself runs in), in words for the user; None when nothing of the kind is known."""

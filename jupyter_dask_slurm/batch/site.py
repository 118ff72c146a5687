"""What a batch system says of itself: its partitions, its limits, and the user's accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .errors import BatchError, BatchRefused


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
    at_once: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The limits on all jobs together that are submitted or run at once, by Slurm's names for them:
    ``MaxSubmitPU``, ``GrpJobs``, ``MaxTRESPU/cpu`` … Memory is in bytes."""
    limit_factor: float | None = None
    """By what the resources that accounts allow are multiplied for its jobs."""


@dataclass(frozen=True)
class Association:
    """An account, or this user's part in one, and the limits on all of its jobs together."""

    account: str
    own: bool
    """Whether it is this user's part. The account itself is shared with others."""
    at_once: Mapping[str, int] = field(default_factory=dict, hash=False)
    """As in `QosLimits`. What an account allows each user is among the limits of the user's part."""
    parent: str | None = None
    """The account above an account."""
    partition: str | None = None
    """The only partition whose jobs it is for; None where there is none of that kind."""
    default_qos: str | None = None
    """The QOS of jobs that name none."""


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
    associations: tuple[Association, ...] = ()
    """Empty where the batch system does not enforce limits."""
    clusters: tuple[str, ...] = ()
    """The site's Slurm clusters, this one among them, that accounting knows how to reach."""


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
    max_cores_per_socket: int | None = None
    """The most that its jobs may have of a socket (``MaxCPUsPerSocket``, from Slurm 23.02 on)."""
    sockets_per_node: int | None = None
    max_memory_per_core: int | None = None
    """A job that asks for more memory gets more cores."""
    whole_nodes: bool = False
    """Every job gets all cores of its node."""


_MOST_NAMES, _FEW_NAMES = 8, 3


def some(names: Sequence[str]) -> str:
    """Return names for a message: all of them, or the first few and how many more there are."""
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_FEW_NAMES])} and {len(names) - _FEW_NAMES} more"


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

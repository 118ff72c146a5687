"""Read what ``scontrol`` prints of partitions and ``sinfo`` of their nodes. Pure.

Seen with Slurm 22.05.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..site import Gpus, Partition
from .access import Submitter, access
from .parse import (
    SEPARATOR,
    Configuration,
    parse_count,
    parse_duration,
    parse_gpus,
    parse_number,
    parse_size,
)

# A row for each kind of node and state. With sizes: without, -O cuts after 20 characters.
_COLUMNS = (
    *("PartitionName:128", "CPUsState:40", "CPUs:20", "Memory:20", "Nodes:20"),
    *("Gres:256", "GresUsed:256", "StateLong:40", "Sockets:20"),
)
NODE_FORMAT = ",".join(column + SEPARATOR for column in _COLUMNS)

NOTHING_KNOWN = Configuration(cluster=None, max_array_size=None)
_MIB = 1024**2
_NOT_CONFIGURED = 1
"""MiB that ``sinfo`` says of nodes without ``RealMemory`` (slurm.conf manual: its default)."""


@dataclass(frozen=True)
class NodeSizes:
    """The nodes of one partition. Memory in bytes; sizes per node are those of the largest node."""

    idle_cores: int
    usable_cores: int
    """Cores of nodes that are up, in use or not."""
    total_cores: int
    cores_per_node: int | None
    memory_per_node: int | None
    gpus: Mapping[str | None, Gpus] = field(default_factory=dict)
    """By type."""
    gpus_per_node: int = 0
    gpu_only: bool = False
    sockets_per_node: int | None = None


def parse_nodes(text: str) -> dict[str, NodeSizes]:
    """Read the rows of ``sinfo -h -e -O NODE_FORMAT``, by partition. Rows that cannot be read are skipped."""
    found: dict[str, NodeSizes] = {}
    for row in text.splitlines():
        # Every value is followed by a separator, the last one too.
        values = [value.strip() for value in row.split(SEPARATOR)][:-1]
        if len(values) != len(_COLUMNS):
            continue
        name, counts, cores, memory, nodes, gres, used, _, sockets = values
        numbers = [parse_count(part) for part in counts.split("/")]
        if len(numbers) != 4:
            continue
        allocated, idle, _, total = numbers
        usable = allocated + idle
        megabytes = parse_number(memory)
        if megabytes is not None and megabytes <= _NOT_CONFIGURED:
            megabytes = None
        per_node = parse_gpus(gres)
        sizes = NodeSizes(
            idle_cores=idle,
            usable_cores=usable,
            total_cores=total,
            cores_per_node=parse_number(cores),
            memory_per_node=None if megabytes is None else megabytes * _MIB,
            gpus=_gpus(per_node, parse_gpus(used), parse_count(nodes), up=usable > 0),
            gpus_per_node=sum(per_node.values()),
            gpu_only=bool(per_node),
            sockets_per_node=parse_number(sockets),
        )
        found[name] = _merge(found[name], sizes) if name in found else sizes
    return found


def _gpus(
    per_node: Mapping[str | None, int], used: Mapping[str | None, int], nodes: int, *, up: bool
) -> dict[str | None, Gpus]:
    """Return the GPUs of ``nodes`` nodes that all have ``per_node``, and of which jobs hold ``used``."""
    return {
        kind: Gpus(
            type=kind,
            per_node=count,
            total=nodes * count,
            idle=nodes * max(0, count - used.get(kind, 0)) if up else 0,
        )
        for kind, count in per_node.items()
    }


def _merge(one: NodeSizes, other: NodeSizes) -> NodeSizes:
    gpus = dict(one.gpus)
    for kind, more in other.gpus.items():
        gpus[kind] = _merge_gpus(gpus[kind], more) if kind in gpus else more
    return NodeSizes(
        idle_cores=one.idle_cores + other.idle_cores,
        usable_cores=one.usable_cores + other.usable_cores,
        total_cores=one.total_cores + other.total_cores,
        cores_per_node=_most((one.cores_per_node, other.cores_per_node)),
        memory_per_node=_most((one.memory_per_node, other.memory_per_node)),
        gpus=gpus,
        gpus_per_node=max(one.gpus_per_node, other.gpus_per_node),
        gpu_only=one.gpu_only and other.gpu_only,
        sockets_per_node=_most((one.sockets_per_node, other.sockets_per_node)),
    )


def _merge_gpus(one: Gpus, other: Gpus) -> Gpus:
    return replace(
        one,
        per_node=max(one.per_node, other.per_node),
        total=one.total + other.total,
        idle=(one.idle or 0) + (other.idle or 0),
    )


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _whole_nodes(fields: Mapping[str, str]) -> bool:
    """Return whether jobs get whole nodes. ``ExclusiveTopo`` came with Slurm 24.05, and 26.05 says all of
    it in ``Exclusive``."""
    return (
        fields.get("OverSubscribe", "").startswith("EXCLUSIVE")
        or fields.get("ExclusiveTopo") == "YES"
        or fields.get("Exclusive") in ("NODE", "TOPO")
    )


def parse_partitions(
    text: str,
    nodes: Mapping[str, NodeSizes],
    configuration: Configuration = NOTHING_KNOWN,
    submitter: Submitter | None = None,
) -> tuple[Partition, ...]:
    """Read the lines of ``scontrol show partition -o``, and add what ``sinfo`` says of their nodes.

    Without a ``submitter`` nothing is said of who may use them.
    """
    found = []
    for line in text.splitlines():
        fields = dict(pair.split("=", 1) for pair in line.split() if "=" in pair)
        name = fields.get("PartitionName")
        if name is None:
            continue
        refuses = may_refuse = None
        if submitter is not None:
            refuses, may_refuse = access(fields, submitter, slurm_user=configuration.slurm_user)
        per_node, per_core = _memory_limits(fields, configuration)
        partition = Partition(
            name=name,
            default=fields.get("Default") == "YES",
            available=fields.get("State", "UP") == "UP",
            state=fields.get("State", "UP"),
            refuses=refuses,
            may_refuse=may_refuse,
            hidden=fields.get("Hidden") == "YES",
            nodes=parse_number(fields.get("TotalNodes", "")),
            max_walltime=parse_duration(fields.get("MaxTime", "")),
            default_walltime=parse_duration(fields.get("DefaultTime", "")),
            total_cores=parse_number(fields.get("TotalCPUs", "")),
            accounts=_names(fields.get("AllowAccounts")),
            qos=_names(fields.get("AllowQos")),
            denied_accounts=_names(fields.get("DenyAccounts")) or (),
            denied_qos=_names(fields.get("DenyQos")) or (),
            own_qos=next(iter(_names(fields.get("QoS")) or ()), None),
            needs_reservation=fields.get("ReqResv") == "YES",
            min_nodes=parse_number(fields.get("MinNodes", "")) or 1,
            max_nodes=parse_number(fields.get("MaxNodes", "")),
            max_cores_per_node=parse_number(fields.get("MaxCPUsPerNode", "")),
            max_cores_per_socket=parse_number(fields.get("MaxCPUsPerSocket", "")),
            max_memory_per_node=per_node,
            max_memory_per_core=per_core,
            whole_nodes=_whole_nodes(fields),
        )
        # sinfo may hide what scontrol shows.
        sizes = nodes.get(name)
        found.append(partition if sizes is None else _with_nodes(partition, sizes))
    return tuple(found)


def partitions_of_nodes(nodes: Mapping[str, NodeSizes]) -> tuple[Partition, ...]:
    """Return the partitions that ``sinfo`` names, where ``scontrol`` does not show them: their limits, and
    which is the default, are not known."""
    return tuple(_with_nodes(Partition(name), sizes) for name, sizes in nodes.items())


def _with_nodes(partition: Partition, sizes: NodeSizes) -> Partition:
    return replace(
        partition,
        available=partition.available and sizes.usable_cores > 0,
        cores_per_node=sizes.cores_per_node,
        memory_per_node=sizes.memory_per_node,
        idle_cores=sizes.idle_cores,
        total_cores=sizes.total_cores,
        gpus=tuple(sizes.gpus.values()),
        gpus_per_node=sizes.gpus_per_node,
        gpu_only=sizes.gpu_only,
        sockets_per_node=sizes.sockets_per_node,
    )


def _names(text: str | None) -> tuple[str, ...] | None:
    """Read a list of names; None means all of them, or that nothing is said."""
    return None if text in (None, "", "ALL", "N/A", "(null)") else tuple(text.split(","))


def _memory_limits(
    fields: Mapping[str, str], configuration: Configuration
) -> tuple[int | None, int | None]:
    """Return the bytes that a job may have of a node, and for a core: slurm.conf's own limits hold where
    a partition has neither."""
    own = parse_size(fields.get("MaxMemPerNode", "")), parse_size(fields.get("MaxMemPerCPU", ""))
    return (
        own if any(own) else (configuration.max_memory_per_node, configuration.max_memory_per_core)
    )

"""Whether a partition can run a job, and which partitions ``auto`` stands for. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from ..batch.base import Partition, Site
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .accounts import check_allowed, job_gpus, job_qos
from .findings import MIB, Findings, duration, size, some

AUTO = "auto"
"""As the option ``partition``: every partition that can run the job."""


def check_partition(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check that the partition can run one job of these options, which are resolved."""
    local = site.batch_system == "local"
    found = _check_walltime(options, partition, site)
    place = "the local queue" if local else f"a node of {partition.name}"
    cores = partition.cores_per_node
    if cores is not None and options.cores is not None and options.cores > cores:
        found += Findings.problem("cores", f"{place} has {cores}; one job runs on one node")
    memory = partition.memory_per_node
    # Slurm counts memory in whole MiB, and rounds a request up to them.
    if memory is not None and options.memory is not None and options.memory > memory // MIB * MIB:
        found += Findings.problem("memory", f"{place} has {size(memory)}")
    if not local:
        found += Findings(tuple(_gpu_problems(options, partition)))
        found += check_allowed(options, partition, site.accounts)
    if not partition.available:
        message = f"{partition.name} has no node that could start a job now"
        found += Findings.warning("partition", message)
    return found


def _check_walltime(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check the walltime against the partition's ``MaxTime``, which a QOS with the flag
    ``PartitionTimeLimit`` lifts."""
    longest, asked = partition.max_walltime, options.walltime
    if longest is None or asked is None or asked <= longest:
        return Findings()
    message = f"{partition.name} allows {duration(longest)}, this asks for {duration(asked)}"
    qos, limits = job_qos(options, site.accounts)
    if qos is None or (limits is not None and not limits.overrides_partition):
        return Findings.problem("walltime", message)
    if limits is not None:
        return Findings.warning("walltime", f"{message}; the QOS {qos} lifts that")
    return Findings.warning("walltime", f"{message}, unless the QOS {qos} allows more")


def _gpu_problems(options: ClusterOptions, partition: Partition) -> Iterator[FieldProblem]:
    wanted = job_gpus(options)
    there = partition.gpus_per_node
    if not wanted or there is None:
        return
    name = partition.name
    if there == 0:
        yield FieldProblem("gres", f"{name} has no GPUs")
        return
    per_node = {(gpus.type or "").lower(): gpus.per_node for gpus in partition.gpus}
    for kind, count in wanted.items():
        if kind is None:
            continue
        of_kind = per_node.get(kind.lower())
        if of_kind is None:
            kinds = [gpus.type for gpus in partition.gpus if gpus.type is not None]
            words = f"; there are {some(kinds)}" if kinds else ""
            yield FieldProblem("gres", f"{name} has no GPUs of the type {kind}{words}")
            return
        if count > of_kind:
            yield FieldProblem("gres", f"a node of {name} has {of_kind} GPUs of the type {kind}")
            return
    if sum(wanted.values()) > there:
        gpus = "1 GPU" if there == 1 else f"{there} GPUs"
        yield FieldProblem("gres", f"a node of {name} has {gpus}; one job runs on one node")


class Choice(NamedTuple):
    """The partitions for ``auto``, as a value for ``-p``; None is the batch system's default one."""

    partition: str | None
    findings: Findings = Findings()


def choose_partitions(options: ClusterOptions, site: Site | None) -> Choice:
    """Return the partitions that can run one job of these options, the default one first.

    Where there is none, return the problems with the partition that comes nearest. ``options`` are
    resolved; ``site`` None means that it is not known.
    """
    if site is None or all(partition.hidden for partition in site.partitions):
        message = "it is not known which there are: the job goes to the default partition"
        return Choice(None, Findings.warning("partition", message))
    if any(partition.name == AUTO for partition in site.partitions):
        return Choice(AUTO)
    offered = [partition for partition in site.partitions if not partition.hidden]
    ordered = sorted(offered, key=lambda partition: not partition.default)
    found = {p.name: check_partition(options, p, site).problems for p in ordered}
    fits = [partition for partition in ordered if not found[partition.name]]
    available = [partition for partition in fits if partition.available]
    if not job_gpus(options):
        available = [p for p in available if not p.gpu_only] or available
    if available:
        return Choice(",".join(partition.name for partition in available))
    if fits:
        names = some([partition.name for partition in fits])
        message = f"it would fit into {names} only, with no node that could start a job now"
        return Choice(None, Findings.problem("partition", message))
    usable = [partition for partition in ordered if partition.available] or ordered
    nearest = min(usable, key=lambda p: (len(found[p.name]), _excess(options, p)))
    return Choice(
        None,
        Findings(
            tuple(
                FieldProblem(problem.field, f"no partition takes this: {problem.message}")
                for problem in found[nearest.name]
            )
        ),
    )


def _excess(options: ClusterOptions, partition: Partition) -> float:
    """Return how many times too large the job is for the partition, in the resource it exceeds most."""
    gpus = sum(job_gpus(options).values())
    if gpus and not partition.gpus_per_node:
        return math.inf
    pairs = (
        (options.cores, partition.cores_per_node),
        (options.memory, partition.memory_per_node),
        (options.walltime, partition.max_walltime),
        (gpus, partition.gpus_per_node),
    )
    return max([(asked or 0) / there for asked, there in pairs if there], default=0.0)

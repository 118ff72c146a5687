"""Whether a partition can run a job, and which partitions ``auto`` stands for. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from ..batch.site import Partition, Site, some
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .accounts import (
    beyond_partition,
    check_allowed,
    check_qos,
    job_gpus,
    lifts_walltime,
    may_lift_walltime,
)
from .findings import MIB, Findings, duration, size

AUTO = "auto"
"""As the option ``partition``: every partition that can run the job."""
_CLOSED = ("DRAIN", "INACTIVE")
"""The states in which Slurm refuses jobs. Where a partition is ``DOWN``, they wait."""


def chosen_partitions(named: str | None, site: Site) -> list[Partition]:
    """Return the partitions that a job may go to, as far as they are known: those of the list that it
    names, or the default one."""
    names = None if named is None else named.split(",")
    return [p for p in site.partitions if (p.default if names is None else p.name in names)]


def check_partition(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check that the partition can run one job of these options, which are resolved."""
    return check_rules(options, partition, site) + _check_room(options, partition, site)


def check_rules(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check that the job keeps to what the administrator set for the partition.

    Where ``EnforcePartLimits`` is ``ALL``, every partition of a list has to take the job by these rules.
    """
    name = partition.name
    found = _check_walltime(options, partition, site)
    if site.batch_system == "local":
        return found
    if partition.refuses is not None:
        found += Findings.problem("partition", f"{name} {partition.refuses}")
    elif partition.may_refuse is not None:
        found += Findings.doubt("partition", f"{name} {partition.may_refuse}")
    if partition.needs_reservation and not _has_reservation(options):
        message = (
            f"{name} takes jobs within a reservation only: add --reservation=… to the directives"
        )
        found += Findings.problem("partition", message)
    if partition.max_nodes == 0:
        found += beyond_partition("partition", f"{name} lets no job have a node", site)
    if partition.min_nodes > 1:
        message = (
            f"{name} gives each job {partition.min_nodes} nodes at least, and the workers of a job "
            "run on the first of them"
        )
        found += Findings.doubt("partition", message)
    most = partition.max_memory_per_node
    if most is not None and (options.memory or 0) > most:
        message = f"{name} allows {size(most)} on a node, this asks for {size(options.memory or 0)}"
        found += beyond_partition("memory", message, site)
    return (
        found
        + check_allowed(options, partition, site)
        + check_qos(options, partition, site.accounts)
    )


def _has_reservation(options: ClusterOptions) -> bool:
    directives = options.job_extra_directives or ()
    return any(directive.startswith("--reservation=") for directive in directives)


def _check_walltime(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check the walltime against the partition's ``MaxTime``, which a QOS with the flag
    ``PartitionTimeLimit`` lifts."""
    longest, asked = partition.max_walltime, options.walltime
    if longest is None or asked is None or asked <= longest:
        return Findings()
    message = f"{partition.name} allows {duration(longest)}, this asks for {duration(asked)}"
    if (qos := lifts_walltime(options, partition, site.accounts)) is not None:
        return Findings.warning("walltime", f"{message}; the QOS {qos} lifts that")
    if (qos := may_lift_walltime(options, partition, site.accounts)) is not None:
        return Findings.doubt("walltime", f"{message}, unless the QOS {qos} allows more")
    return beyond_partition("walltime", message, site)


def _check_room(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check that a node of the partition is large enough, and up."""
    name, local = partition.name, site.batch_system == "local"
    place = "the local queue" if local else f"a node of {name}"
    found = _check_cores(options, partition, place, site)
    memory = partition.memory_per_node
    # Slurm counts memory in whole MiB, and rounds a request up to them.
    if memory is not None and options.memory is not None and options.memory > memory // MIB * MIB:
        found += Findings.problem("memory", f"{place} has {size(memory)}")
    if not local:
        found += Findings(tuple(_gpu_problems(options, partition)))
    if partition.state in _CLOSED:
        message = f"{name} takes no jobs now: its state is {partition.state}"
        found += Findings.problem("partition", message)
    elif not partition.available:
        message = f"{name} has no node that could start a job now"
        found += Findings.warning("partition", message)
    return found


def _check_cores(options: ClusterOptions, partition: Partition, place: str, site: Site) -> Findings:
    cores, asked = partition.cores_per_node, options.cores
    if cores is not None and asked is not None and asked > cores:
        return Findings.problem("cores", f"{place} has {cores}; one job runs on one node")
    most, name = partition.max_cores_per_node, partition.name
    if most is not None and asked is not None and asked > most:
        return beyond_partition("cores", f"{name} allows {most} cores on a node", site)
    of_socket, sockets = partition.max_cores_per_socket, partition.sockets_per_node
    if of_socket is not None and sockets is not None and (asked or 0) > of_socket * sockets:
        message = f"{name} allows {of_socket} cores on a socket, of which a node has {sockets}"
        return Findings.doubt("cores", message)  # never tried: Slurm 22.05 has no such limit
    exclusive = "--exclusive" in (options.job_extra_directives or ())
    if partition.whole_nodes or (exclusive and site.batch_system == "slurm"):
        gives = f"{name} gives" if partition.whole_nodes else "--exclusive asks for"
        all_of_them = "all cores" if cores is None else f"all {cores} cores"
        message = f"{gives} whole nodes: each job gets {all_of_them} of one"
        return Findings.warning("cores", message)
    per_core = partition.max_memory_per_core
    if per_core is None or options.memory is None or asked is None:
        return Findings()
    needed = math.ceil(options.memory / per_core)
    if needed <= asked:
        return Findings()
    message = f"{name} allows {size(per_core)} a core: Slurm gives each job {needed} cores"
    there = [limit for limit in (cores, most) if limit is not None]
    if there and needed > min(there):
        return beyond_partition("memory", f"{message}, and a node has {min(there)}", site)
    return Findings.warning("memory", message)


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

    Those that may refuse it, or never start it, only where there is no other. Where there is none at all,
    return the problems with the partition that comes nearest. ``options`` are resolved; ``site`` None
    means that it is not known.
    """
    if site is None or all(partition.hidden for partition in site.partitions):
        message = "it is not known which there are: the job goes to the default partition"
        return Choice(None, Findings.warning("partition", message))
    if any(partition.name == AUTO for partition in site.partitions):
        return Choice(AUTO)
    offered = [partition for partition in site.partitions if not partition.hidden]
    ordered = sorted(offered, key=lambda partition: not partition.default)
    found = {p.name: check_partition(options, p, site) for p in ordered}
    takes = [p for p in ordered if not found[p.name].problems]
    fits = [p for p in takes if not found[p.name].obstacles]
    for candidates in (fits, takes):
        available = [p for p in candidates if p.available]
        if not job_gpus(options):
            available = [p for p in available if not p.gpu_only] or available
        if available:
            return Choice(",".join(p.name for p in available))
    if takes:
        names = [p.name for p in takes]
        message = f"it would fit into {some(names)} only, with no node that could start a job now"
        return Choice(",".join(names), Findings.doubt("partition", message))
    usable = [partition for partition in ordered if partition.available] or ordered
    nearest = min(usable, key=lambda p: (len(found[p.name].problems), _excess(options, p)))
    return Choice(
        None,
        Findings(
            tuple(
                FieldProblem(problem.field, f"no partition takes this: {problem.message}")
                for problem in found[nearest.name].problems
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

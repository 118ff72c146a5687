"""Whether a site can run what was asked for: a pure function of options, site and limits.

Only what the site says for certain is a problem; what may turn out well is a warning, and the batch
system has the last word on both.
"""

from __future__ import annotations

from dataclasses import dataclass

from .batch.base import Partition, Site
from .batch.walltime import format_walltime
from .errors import FieldProblem
from .options import ClusterOptions
from .scaling import Scaling

MIB = 1024**2


@dataclass(frozen=True)
class Findings:
    """What was found: ``problems`` forbid the cluster, ``warnings`` do not."""

    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[FieldProblem, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        return Findings(self.problems + other.problems, self.warnings + other.warnings)


def check_jobs(scaling: Scaling, most: int, max_jobs: int) -> Findings:
    """Whether the administrator allows as many jobs as ``scaling`` may come to."""
    if most <= max_jobs:
        return Findings()
    message = f"{most} jobs; at most {max_jobs} are allowed here"
    return Findings(problems=(FieldProblem(scaling.field, message),))


def check_placement(options: ClusterOptions, batch_system: str, site: Site | None) -> Findings:
    """Whether the controller can live where the resolved options want it."""
    if options.placement != "job":
        return Findings()
    if batch_system != "slurm":
        message = "a controller in a job of its own needs Slurm: choose local"
        return Findings(problems=(FieldProblem("placement", message),))
    found = check_site(_controller_job(options), site)
    return Findings(_of_controller(found.problems), _of_controller(found.warnings))


def fitting_walltime(options: ClusterOptions, site: Site | None) -> int | None:
    """The walltime for a controller's job, in seconds, where nobody chose one: what the options
    have, cut to what its partition allows."""
    wanted = options.controller_walltime
    if site is None or wanted is None or not check_site(_controller_job(options), site).problems:
        return wanted
    names = (options.controller_partition or "").split(",")
    chosen = [p for p in site.partitions if p.name in names or (names == [""] and p.default)]
    limits = [p.max_walltime for p in chosen if p.max_walltime is not None]
    return min([wanted, *limits])


def _controller_job(options: ClusterOptions) -> ClusterOptions:
    """The job of the controller, as that of a cluster of its own."""
    return ClusterOptions(
        cores=1,
        memory=options.controller_memory,
        walltime=options.controller_walltime,
        partition=options.controller_partition,
        qos=options.qos,
    )


def _of_controller(found: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    return tuple(FieldProblem(f"controller_{problem.field}", problem.message) for problem in found)


def check_site(options: ClusterOptions, site: Site | None) -> Findings:
    """Whether some partition of the site can run one job of these options.

    ``options`` are resolved. ``site`` None means that it is not known: nothing is found then.
    ``partition`` may be a list (``-p a,b``): the job runs where it fits, so one that fits is enough.
    """
    if site is None or not site.partitions:
        return Findings()
    by_name = {partition.name: partition for partition in site.partitions}
    local = site.batch_system == "local"
    if local:
        # It has one place to run jobs; a partition in the site's configuration is Slurm's.
        chosen = list(site.partitions)
    elif options.partition is None:
        chosen = [p for p in site.partitions if p.default]
    else:
        names = [name for name in options.partition.split(",") if name]
        unknown = [name for name in names if name not in by_name]
        if unknown or not names:
            known = ", ".join(by_name)
            return Findings(
                problems=(
                    FieldProblem(
                        "partition", f"no partition {', '.join(unknown)}; there are {known}"
                    ),
                )
            )
        chosen = [by_name[name] for name in names]
    if not chosen:
        return Findings(
            warnings=(FieldProblem("partition", "none is the default here: choose one"),)
        )
    found = [_check_partition(options, partition, local) for partition in chosen]
    fits = [findings for findings in found if not findings.problems]
    if not fits:
        return sum(found[1:], found[0])
    # Where another partition of the list takes the job, a partition that is down does not matter.
    return min(fits, key=lambda findings: len(findings.warnings))


def _check_partition(options: ClusterOptions, partition: Partition, local: bool) -> Findings:
    """Whether that partition can run one job of these options."""
    name = partition.name
    problems: list[FieldProblem] = []
    warnings: list[FieldProblem] = []
    longest = partition.max_walltime
    if longest is not None and options.walltime is not None and options.walltime > longest:
        message = f"{name} allows {duration(longest)}, this asks for {duration(options.walltime)}"
        if options.qos is None:
            problems.append(FieldProblem("walltime", message))
        else:
            # A QOS may lift the partition's limit (PartitionTimeLimit among its flags).
            warnings.append(
                FieldProblem("walltime", f"{message}, unless the QOS {options.qos} allows more")
            )
    place = "the local queue" if local else f"a node of {name}"
    cores = partition.cores_per_node
    if cores is not None and options.cores is not None and options.cores > cores:
        problems.append(FieldProblem("cores", f"{place} has {cores}; one job runs on one node"))
    memory = partition.memory_per_node
    # Slurm counts whole MiB, and rounds ours up to them.
    if memory is not None and options.memory is not None and options.memory > memory // MIB * MIB:
        problems.append(FieldProblem("memory", f"{place} has {size(memory)}"))
    if not partition.available:
        warnings.append(FieldProblem("partition", f"{name} has no node that could start a job now"))
    return Findings(tuple(problems), tuple(warnings))


def duration(seconds: int) -> str:
    """A duration for a message: ``30 min``, ``2 h``, else Slurm's own form."""
    if seconds % 86400 == 0:
        days = seconds // 86400
        return f"{days} day{'s' if days > 1 else ''}"
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    if seconds % 60 == 0 and seconds < 86400:
        return f"{seconds // 60} min" if seconds < 3600 else format_walltime(seconds)
    return format_walltime(seconds)


def size(count: int) -> str:
    """A size of memory for a message, in binary units as Slurm counts: ``15.6 GiB``."""
    if count >= 1024**3:
        return f"{count / 1024**3:.4g} GiB"
    return f"{count / MIB:.4g} MiB"

"""The job that a controller may live in: where it goes, and how long it lets its cluster live. Pure.

It goes where the jobs of its cluster go, unless its own options say otherwise. All options here are
`effective` ones.
"""

from __future__ import annotations

from dataclasses import replace

from ..batch.site import Partition, Site
from ..batch.slurm.accounts import limits_of, qos_of
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .findings import Findings
from .limits import check_site
from .partitions import check_partition, chosen_partitions

_OWN = ("walltime", "memory")
"""What may be wrong with it alone, where it goes with the jobs of its cluster."""


def check_placement(options: ClusterOptions, batch_system: str, site: Site | None) -> Findings:
    """Check that the controller can run where the options put it."""
    if options.placement != "job":
        return Findings()
    if batch_system != "slurm":
        message = "a controller in a job of its own needs Slurm: choose local"
        return Findings.problem("placement", message)
    found = check_site(_job(options), site)
    has_none_of_its_own = options.controller_partition is None

    def own(problems: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
        return tuple(
            replace(problem, field=f"controller_{problem.field}")
            for problem in problems
            if problem.field in _OWN or not has_none_of_its_own
        )

    return Findings(own(found.problems), own(found.warnings))


def goes_along(options: ClusterOptions, partition: str | None) -> bool:
    """Return whether it goes to a partition of its cluster's jobs, whose list that is. Another one may know
    nothing of their constraint or reservation."""
    return options.controller_partition in (None, *(partition or "").split(","))


def fitting_job(options: ClusterOptions, site: Site | None) -> tuple[str | None, int | None]:
    """Return the partition and the walltime, in seconds, of a controller's job whose walltime nobody chose:
    as long as the options say, cut to what its partition and its QOS allow.

    Where the jobs may go to several partitions, it goes to those in which it may live longest. No
    partition is that of the jobs.
    """
    partition, wanted = options.controller_partition, options.controller_walltime
    if site is None or wanted is None:
        return partition, wanted
    named = partition or options.partition
    names = [] if named is None else named.split(",")
    chosen = chosen_partitions(named, site)
    lives = {p.name: _longest(options, wanted, p, site) for p in chosen}
    longest = max(lives.values(), default=wanted)
    best = [name for name in names if lives.get(name) == longest]
    if partition is None and 0 < len(best) < len(names):
        partition = ",".join(best)
    return partition, longest


def _longest(options: ClusterOptions, wanted: int, partition: Partition, site: Site) -> int:
    found = check_partition(_job(options), partition, site)
    if not any(problem.field == "walltime" for problem in found.obstacles):
        return wanted
    accounts = site.accounts
    qos = (qos_of(options.qos, options.account, accounts), partition.own_qos)
    limits = [known.max_walltime for name in qos if (known := limits_of(name, accounts))]
    return min([wanted, *(most for most in (partition.max_walltime, *limits) if most is not None)])


def _job(options: ClusterOptions) -> ClusterOptions:
    """Return the controller's job as the options of a cluster, for the checks of these."""
    return ClusterOptions(
        cores=1,
        memory=options.controller_memory,
        walltime=options.controller_walltime,
        partition=options.controller_partition or options.partition,
        account=options.account,
        qos=options.qos,
        job_extra_directives=options.job_extra_directives
        if goes_along(options, options.partition)
        else (),
    )

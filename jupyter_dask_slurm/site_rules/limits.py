"""Whether a site can run what is asked for. Pure.

A problem is what the site is sure to refuse; what may turn out well is a warning. The batch system
has the last word on both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..batch.site import Partition, Site, some
from ..interfaces import Interface
from ..model.options import ClusterOptions
from .accounts import check_accounts, check_qos
from .findings import Findings
from .partitions import check_partition, check_rules


def check_interface(
    options: ClusterOptions, names: Collection[str], reachable: Sequence[Interface]
) -> Findings:
    """Check that this host has the scheduler's interface, where the scheduler will be here: ``names`` are
    all it has, ``reachable`` those to choose from. What the nodes have is not known."""
    name = options.scheduler_interface
    if name is None or options.placement == "job" or name in names:
        return Findings()
    there = ", ".join(f"{i.name} ({i.address})" for i in reachable) or "none but the loopback"
    message = f"this host, where the scheduler runs, has no interface {name}; it has {there}"
    return Findings.doubt("scheduler_interface", message)


def check_directory(options: ClusterOptions, there: bool | None, batch_system: str) -> Findings:
    """Check that there is the directory where jobs start: ``there`` is what this host says, None where it
    says nothing. What the nodes have is not known."""
    if there is not False:
        return Findings()
    message = f"there is no directory {options.directory} here"
    if batch_system == "local":
        return Findings.problem("directory", message)
    return Findings.doubt("directory", f"{message}; on nodes without it Slurm uses /tmp instead")


def check_site(options: ClusterOptions, site: Site | None) -> Findings:
    """Check that a partition of the site can run one job of these options, and accounting allows it.

    ``options`` are resolved. ``site`` None means that it is not known: nothing is found then.
    ``partition`` may be a list (``-p a,b``): Slurm takes the one that starts the job earliest
    (``sbatch`` manual, ``--partition``), so one that fits is enough.
    """
    if site is None or not site.partitions:
        return Findings()
    by_name = {partition.name: partition for partition in site.partitions}
    if site.batch_system == "local":
        # It has one partition; one that dask's configuration names is Slurm's.
        chosen = list(site.partitions)
    elif options.partition is None:
        chosen = [p for p in site.partitions if p.default]
    else:
        names = [name for name in options.partition.split(",") if name]
        unknown = [name for name in names if name not in by_name]
        if unknown or not names:
            known = some([name for name, partition in by_name.items() if not partition.hidden])
            message = f"no partition {', '.join(unknown)}; there are {known}"
            return Findings.problem("partition", message)
        chosen = [by_name[name] for name in names]
    by_accounting = check_accounts(options, site.accounts)
    if not chosen:
        found = check_qos(options, None, site.accounts)
        if not any(unseen.what == "partitions" for unseen in site.unseen):
            found += Findings.warning("partition", "none is the default here: choose one")
        return by_accounting + found
    each = [check_partition(options, partition, site) for partition in chosen]
    fits = [findings for findings in each if not findings.problems]
    if not fits:
        return sum(each, by_accounting)
    # Where another partition of the list takes the job, a partition that is down does not matter.
    best = min(fits, key=lambda f: (len(f.obstacles), len(f.warnings)))
    return by_accounting + best + _spoilt(options, chosen, best, site)


def _spoilt(
    options: ClusterOptions, chosen: list[Partition], best: Findings, site: Site
) -> Findings:
    """Return why Slurm refuses, or may refuse, a list of partitions of which the ``best`` one would do:
    where ``EnforcePartLimits`` is ``ALL`` each of them has to."""
    if site.enforce_part_limits != "ALL":
        return Findings()
    rules = sum((check_rules(options, partition, site) for partition in chosen), Findings())
    why = "here every partition of a list has to take the job"
    found = [
        replace(p, message=f"{p.message}; {why}") for p in rules.obstacles if p not in best.warnings
    ]
    return Findings(
        tuple(p for p in found if not p.doubtful), tuple(p for p in found if p.doubtful)
    )

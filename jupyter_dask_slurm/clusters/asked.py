"""What is added to the options that somebody asks for, before a script is rendered: by the administrator,
by the embedded queue, and for a Slurm that refuses what others take. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..batch.site import Site
from ..model.cluster import ClusterOptions
from ..model.options import PLACEMENTS, Placement
from ..model.settings import Settings
from ..site_rules.partitions import AUTO

LOOPBACK = "lo"
MEMORY_DIRECTIVE = "--mem="
MEMORY_NOT_KNOWN = (
    "this Slurm does not know the memory of its nodes and refuses --mem, which is left out: the "
    "workers keep to it all the same"
)


def on_loopback(options: ClusterOptions) -> ClusterOptions:
    """The embedded queue is one host: nothing of it needs to be reached from another, whatever
    interface the site's configuration names for its compute nodes; and no partition to choose."""
    return replace(
        options,
        partition=None if options.partition == AUTO else options.partition,
        interface=options.interface or LOOPBACK,
        scheduler_interface=options.scheduler_interface or LOOPBACK,
    )


def without_memory(
    options: ClusterOptions, judged: ClusterOptions, site: Site | None
) -> ClusterOptions:
    """Leave ``--mem`` out where the job would go to nodes without ``RealMemory`` in slurm.conf: Slurm
    takes them to have 1 MiB, and refuses every job that asks for more (``sbatch`` would say "Memory
    specification can not be satisfied")."""
    if site is None or judged.memory is None:
        return options
    names = (judged.partition or "").split(",")
    chosen = [p for p in site.partitions if p.name in names] or [
        p for p in site.partitions if p.default or judged.partition == AUTO
    ]
    known = [p for p in chosen if p.cores_per_node is not None]
    if not known or any(p.memory_per_node is not None for p in known):
        return options
    skipped = options.job_directives_skip or ()
    return replace(options, job_directives_skip=(*skipped, MEMORY_DIRECTIVE))


def placements(batch_system: str) -> tuple[Placement, ...]:
    """Where a controller may live: in a job only where jobs outlive who submitted them."""
    return PLACEMENTS if batch_system == "slurm" else ("local",)


def with_settings(options: ClusterOptions, settings: Settings, batch_system: str) -> ClusterOptions:
    """What the administrator set, where the options leave it open."""
    placement = options.placement
    if placement is None:
        allowed = settings.placement in placements(batch_system)
        placement = settings.placement if allowed else "local"
    values: dict[str, Any] = {
        "placement": placement,
        "idle_timeout": settings.idle_timeout,
        "maximum_age": settings.maximum_age,
    }
    if placement == "job":
        values |= {
            "controller_partition": settings.controller_partition,
            "controller_memory": settings.controller_memory,
            "controller_walltime": settings.controller_walltime,
        }
    return replace(options, **{key: values[key] for key in values if getattr(options, key) is None})

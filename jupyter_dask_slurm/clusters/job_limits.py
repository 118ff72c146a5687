"""How many jobs Slurm lets each cluster have at once, as far as that is known without asking anybody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from weakref import WeakKeyDictionary

from ..cluster_files.directory import ClusterDirectory
from ..errors import Unreadable
from ..file_threads import FileSystemSilent, in_file_thread
from ..model.cluster import Cluster, ClusterOptions
from ..site_rules.effective import effective
from ..site_rules.job_limit import job_limit
from .batch_systems import BatchSystems, environ_of


class JobLimits:
    """Goes by the script that a cluster was made with, which is read once, and by what was last heard of
    the site, which forms and panels ask for."""

    def __init__(self, batch_systems: BatchSystems) -> None:
        self._batch_systems = batch_systems
        self._reading: WeakKeyDictionary[ClusterDirectory, asyncio.Task[ClusterOptions | None]] = (
            WeakKeyDictionary()
        )

    def shown(self, cluster: Cluster, directory: ClusterDirectory) -> Cluster:
        """Return the cluster with its limit. Waits for nothing: it may be known the next time."""
        options = cluster.options
        site = self._batch_systems.known_site(cluster.batch_system, options.slurm_cluster)
        if site is None or not site.accounts.qos_limits or cluster.status == "failed":
            return cluster
        if (reading := self._reading.get(directory)) is None:
            reading = asyncio.create_task(_read(directory, options))
            self._reading[directory] = reading
        if not reading.done():
            return cluster
        if (known := reading.result()) is None:
            del self._reading[directory]  # it is read again the next time
            return cluster
        return replace(cluster, job_limit=job_limit(known, site))

    async def stop(self) -> None:
        """Give up what is being read."""
        reading = list(self._reading.values())
        self._reading.clear()
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def _read(directory: ClusterDirectory, options: ClusterOptions) -> ClusterOptions | None:
    """Return the `effective` options of that cluster; None while its file system does not answer."""
    template = None
    try:
        template = await in_file_thread(directory.registry, directory.template)
    except FileSystemSilent:
        return None
    except (OSError, Unreadable):
        pass
    if template is None:
        return options  # as those of the version before: what it asked for
    return effective(options, template.preview(), environ_of("slurm"))

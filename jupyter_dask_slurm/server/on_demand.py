"""What a server without clusters does not need: all that follows a cluster, makes one, or asks a batch
system. The manager imports this module when there is the first of them to do.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from ..batch import command
from ..cluster_files.directory import ClusterDirectory, Files
from ..clusters.batch_systems import BatchSystems
from ..clusters.configured import Configured
from ..clusters.create import Creator
from ..clusters.doctor import Doctor
from ..clusters.job_limits import JobLimits
from ..clusters.launcher import Launcher, ends_with_this, launcher_of
from ..clusters.offered import Offers
from ..clusters.orphans import Orphans, Presence
from ..clusters.preview import Previews
from ..job_script.client import Renderer
from ..model.settings import Settings
from .last_values import LastValues
from .metrics import watch_command
from .monitor.cluster import ClusterMonitor
from .profile_store import Profiles
from .site_check import SiteCheck


class OnDemand:
    """Made and stopped by the manager."""

    def __init__(
        self,
        settings: Settings,
        *,
        presence: Callable[[], Awaitable[Presence]],
        log: logging.Logger | logging.LoggerAdapter[Any],
        working_directory: Path | None,
        launcher: Launcher | None,
        environ: Mapping[str, str],
    ) -> None:
        """``presence`` returns which clusters live now; the rest is as for `ClusterManager`."""
        self._log = log
        command.watchers.add(watch_command)
        self._launcher = launcher or launcher_of(settings, working_directory)
        self._renderer = renderer = Renderer()
        self.batch_systems = batch_systems = BatchSystems(settings)
        self.ends_with = ends_with_this(environ, job_helps="slurm" in batch_systems.choices)
        """With what a controller beside this server will end, in words."""
        self.orphans = Orphans(batch_systems, presence)
        self.last_values = LastValues(settings.state_dir)
        self.profiles = Profiles(settings.state_dir, settings.profiles, renderer, log)
        self.job_limits = JobLimits(batch_systems)
        self._configured = configured = Configured(renderer)
        self.offers = Offers(settings, batch_systems, configured)
        self.previews = previews = Previews(settings, batch_systems, renderer, configured)
        self.creator = Creator(
            settings, batch_systems=batch_systems, previews=previews, ends_with=self.ends_with
        )

        def doctor() -> Doctor:
            return Doctor(
                settings, batch_systems=batch_systems, renderer=renderer, previews=previews
            )

        self.site_check = SiteCheck(doctor, log)

    def make_monitor(
        self,
        directory: ClusterDirectory,
        files: Files,
        changed: Callable[[ClusterMonitor], None],
    ) -> ClusterMonitor:
        """Return what follows that cluster, not started yet."""
        return ClusterMonitor(
            directory,
            files,
            launcher=self._launcher,
            cancel_jobs=self.batch_systems.cancel_jobs,
            changed=changed,
            log=self._log,
        )

    async def stop(self) -> None:
        await self.site_check.stop()
        await self.job_limits.stop()
        await self.previews.stop()
        await self._configured.stop()
        await self.batch_systems.stop()
        await self._renderer.stop()

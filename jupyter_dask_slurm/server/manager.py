"""The clusters of one user, as the Jupyter server knows them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..cluster_files.directory import ClusterDirectory, Connection
from ..errors import InvalidOptions, JobNotFound, LogNotFound, WrongState
from ..file_threads import FileSystemSilent, finish, in_file_thread
from ..logs import Excerpt, excerpt
from ..model.cluster import Cluster, ClusterOptions, Job, Scaling
from ..model.names import validate_name
from ..model.settings import Settings
from .monitor import Registry

if TYPE_CHECKING:
    from ..clusters.launcher import Launcher
    from ..clusters.orphans import Look, Orphan
    from .last_values import LastValues
    from .monitor.cluster import ClusterMonitor
    from .on_demand import OnDemand
    from .profile_store import Profiles
    from .site_check import SiteCheck

MAX_TAIL = 10_000
FINISH_LIMIT = 2.0
"""Seconds that what is just being written has before the server ends."""

Action = Literal["created", "changed", "removed"]


class ClusterManager:
    """id → cluster. Made by the extension; every public method starts it if need be.

    Nothing waits for Slurm, a controller or a scheduler, except where a docstring says so, and
    nothing here knows HTTP. The directories of ``settings.state_dir`` are the truth; other servers
    and the command line add to them and take from them.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        emit: Callable[[Action, str, str], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
        working_directory: Path | None = None,
        launcher: Launcher | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """``emit`` is called with what happened, the cluster's id and its status. Controllers start in
        ``working_directory`` (default: the home directory), by ``launcher`` where that is given."""
        self._settings = settings
        self._emit = emit
        self._log = log
        self._working_directory = working_directory
        self._launcher = launcher
        self._environ = environ
        self._made: OnDemand | None = None
        self._registry = Registry(
            settings.state_dir,
            make_monitor=lambda *about: self._on_demand.make_monitor(*about),
            changed=self._changed,
            log=log,
        )

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Read the registry and follow every cluster in it. Later calls wait for the first."""
        await self._registry.start()

    async def stop(self) -> None:
        """Stop following them. The clusters go on without this server."""
        await self._registry.stop()
        if self._made is not None:
            await self._made.stop()
        await finish(FINISH_LIMIT)

    @property
    def _on_demand(self) -> OnDemand:
        if self._made is None:
            from .on_demand import OnDemand

            self._made = OnDemand(
                self._settings,
                presence=self._registry.presence,
                log=self._log,
                working_directory=self._working_directory,
                launcher=self._launcher,
                environ=self._environ,
            )
        return self._made

    # -- clusters ------------------------------------------------------------------------------

    async def clusters(self) -> list[Cluster]:
        """Every cluster in the registry, oldest first."""
        await self._registry.look()
        return sorted(map(self._shown, self._registry.all()), key=lambda c: (c.created, c.id))

    async def get(self, cluster_id: str) -> Cluster:
        """One cluster. Raises ClusterNotFound."""
        return self._shown(await self._registry.find(cluster_id))

    def known(self) -> list[Cluster]:
        """Every cluster, as far as it is known without looking."""
        return [monitor.cluster for monitor in self._registry.all()]

    def name_of(self, cluster_id: str) -> str | None:
        """The name of a cluster, as far as it is known without looking."""
        return next((m.cluster.name for m in self._registry.all() if m.id == cluster_id), None)

    async def create(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None = None,
        batch_system: str | None = None,
    ) -> Cluster:
        """Record a new cluster and have its controller started: it is ``starting``.

        Waits for the renderer, and 2 s at most for the site's limits. Raises InvalidOptions,
        NameTaken, TooManyClusters, and `Unavailable` when its files cannot be written.
        """
        return self._launch(
            await self._on_demand.creator.create(
                self._registry, options, scaling, name=name, batch_system=batch_system
            )
        )

    async def start_again(self, cluster_id: str) -> Cluster:
        """Put a new cluster of the same name, options and size in the place of one that has ended.

        Raises ClusterNotFound, WrongState unless it has ended and no job of it is left to cancel,
        and as `create`: then the old one is still listed.
        """
        old = await self._registry.find(cluster_id)
        await old.check_over()
        was = old.cluster
        return self._launch(
            await self._on_demand.creator.create(
                self._registry,
                was.options,
                was.scaling,
                name=was.name,
                batch_system=was.batch_system,
                instead_of=old,
            )
        )

    def _launch(self, monitor: ClusterMonitor) -> Cluster:
        monitor.start(launch=True)
        self._emit("created", monitor.id, monitor.cluster.status)
        return self._shown(monitor)

    async def change(
        self,
        cluster_id: str,
        *,
        scaling: Scaling | None = None,
        name: str | None = None,
        idle_timeout: int | None = None,
    ) -> Cluster:
        """Scale it, rename it, or set how long it may be idle (seconds; 0 is for ever).

        Asks its controller; before that has started, records the wish. Raises ClusterNotFound,
        InvalidOptions, NameTaken, WrongState and `Unavailable`.
        """
        monitor = await self._registry.find(cluster_id)
        self._on_demand.previews.check_idle("idle_timeout", idle_timeout)
        if scaling is not None:
            scaling = self._on_demand.previews.checked(scaling, monitor.cluster, self.known())
        if name is not None and name != monitor.cluster.name:
            self._registry.check_name(validate_name(name))
        await monitor.commands.change(scaling=scaling, name=name, idle_timeout=idle_timeout)
        return self._shown(monitor)

    async def retry(self, cluster_id: str) -> Cluster:
        """Have its controller try again whatever had failed. Raises ClusterNotFound, WrongState and
        `Unavailable`."""
        monitor = await self._registry.find(cluster_id)
        await monitor.commands.retry()
        return self._shown(monitor)

    async def extend_idle(self, cluster_id: str, seconds: int | None) -> Cluster:
        """Keep it from ending for idleness for so many seconds from now; None is its whole time-out.
        Raises as `change`."""
        monitor = await self._registry.find(cluster_id)
        self._on_demand.previews.check_idle("seconds", seconds)
        await monitor.commands.extend_idle(seconds)
        return self._shown(monitor)

    async def cancel_job(self, cluster_id: str, job_id: str) -> Cluster:
        """End one job and want one less. Raises as `retry`, and JobNotFound."""
        monitor = await self._registry.find(cluster_id)
        await monitor.commands.cancel_job(job_id)
        return self._shown(monitor)

    async def replace_job(self, cluster_id: str, job_id: str) -> Cluster:
        """Let one job go as soon as another is in its place. Raises as `retry`, and JobNotFound."""
        monitor = await self._registry.find(cluster_id)
        await monitor.commands.replace_job(job_id)
        return self._shown(monitor)

    async def delete(self, cluster_id: str, *, force: bool = False) -> None:
        """Stop it, or forget it when it has failed. Returns once stopping has begun.

        ``force`` asks nobody: its process is ended where it is one of this host, its jobs are
        cancelled by name from here, its files are removed. Raises ClusterNotFound, WrongState and
        `Unavailable`, and with ``force`` BatchError.
        """
        monitor = await self._registry.find(cluster_id)
        if force:
            await monitor.end_by_force()
        elif monitor.cluster.status != "failed":
            await monitor.commands.stop()
        elif not await monitor.cleaned_up():
            raise WrongState(
                f"the jobs of {monitor.cluster.name!r} are still being cancelled; "
                "end it by force to forget it all the same"
            )
        else:
            await monitor.forget()

    async def jobs(self, cluster_id: str) -> list[Job]:
        """Its jobs, asked of its controller; none before there is one, and after. Raises also
        `Unavailable`."""
        return await (await self._registry.find(cluster_id)).commands.jobs()

    async def log(
        self, cluster_id: str, source: str, lines: int, *, after: int | None = None
    ) -> Excerpt:
        """The end of the log of ``controller``, ``scheduler`` or a job, or what was written ``after``
        that byte of it, read from its file, which outlives the controller.

        Raises LogNotFound, FileSystemSilent, and InvalidOptions for any other source.
        """
        from .monitor.commands import is_job_id  # and with it what an idle server does not need

        monitor = await self._registry.find(cluster_id)
        place = monitor.directory.registry
        if source in ("controller", "scheduler"):
            path = monitor.directory.log(source)
        elif is_job_id(source):
            own = monitor.cluster.options.log_directory
            place = Path(own) if own else place
            path = (place if own else monitor.directory.job_logs) / f"{source}.log"
        else:
            raise InvalidOptions.of("source", "one of: controller, scheduler, the id of a job")
        try:
            return await in_file_thread(place, excerpt, path, min(lines, MAX_TAIL), after=after)
        except FileSystemSilent:
            raise
        except OSError as error:
            raise LogNotFound(f"there is no log of {source} (yet): {error.strerror}") from error

    async def dashboard(self, cluster_id: str) -> tuple[ClusterDirectory, Connection]:
        """Where its dashboard is, and the keys to it. Raises ClusterNotFound and WrongState."""
        monitor = await self._registry.find(cluster_id)
        if monitor.connection is None or monitor.cluster.status == "failed":
            raise WrongState(
                f"the cluster {monitor.cluster.name!r} is {monitor.cluster.status}: it has no dashboard"
            )
        return monitor.directory, monitor.connection

    async def dashboards(self) -> list[tuple[ClusterDirectory, Connection]]:
        """The same of every cluster that has one."""
        await self._registry.look()
        return [
            (monitor.directory, monitor.connection)
            for monitor in self._registry.all()
            if monitor.connection is not None and monitor.cluster.status != "failed"
        ]

    async def preview(
        self, options: object, scaling: object, *, name: object, batch_system: str | None
    ) -> dict[str, Any]:
        """The job script that `create` would lead to, and what is wrong with the request."""
        system = self._on_demand.batch_systems.choose(batch_system)
        return await self._on_demand.previews.show(options, scaling, name=name, batch_system=system)

    async def estimate(
        self, options: ClusterOptions, *, batch_system: str | None
    ) -> dict[str, Any]:
        """When one job of these options would start. Asks the batch system, for 15 s at most. Raises
        InvalidOptions."""
        system = self._on_demand.batch_systems.choose(batch_system)
        return await self._on_demand.previews.estimate(options, batch_system=system)

    async def site(self, slurm_cluster: str | None = None) -> dict[str, Any]:
        """What the batch system offers, as far as it is known after 2 s: of several Slurm clusters that
        one, or the one that the configuration or the environment means."""
        site = await self._on_demand.offers.site(slurm_cluster)
        left_out = sorted(self._registry.skipped.values())
        silent = await self._registry.silence()
        return {
            **site,
            "ends_with": self._on_demand.ends_with,
            "left_out": left_out,
            "registry": None if silent is None else asdict(silent),
            "documentation_url": self._settings.documentation_url,
        }

    @property
    def site_check(self) -> SiteCheck:
        """A look at all that a cluster needs of the site."""
        return self._on_demand.site_check

    # -- what forms begin with -----------------------------------------------------------------

    @property
    def profiles(self) -> Profiles:
        """Those that a form may begin with."""
        return self._on_demand.profiles

    @property
    def last_values(self) -> LastValues:
        """What the user entered last in a form."""
        return self._on_demand.last_values

    # -- orphans -------------------------------------------------------------------------------

    async def orphans(self) -> Look:
        """Jobs that belong to no living cluster of this registry. Asks the batch systems: raises
        BatchError, and `Unavailable`."""
        return await self._on_demand.orphans.look()

    async def cancel_orphans(self, cluster_id: str | None = None) -> list[Orphan]:
        """Cancel those of one cluster, or all, and return them. Raises as `orphans`, JobNotFound when
        there are none of that cluster, and WrongState when it lives."""
        which = None if cluster_id is None else {cluster_id}
        cancelled = await self._on_demand.orphans.cancel(which)
        if cluster_id is not None and not cancelled:
            if cluster_id in (await self._registry.presence()).living:
                raise WrongState(f"the cluster {cluster_id!r} lives: its jobs are no orphans")
            (await self.orphans()).check_complete()
            raise JobNotFound(f"no job is left of a cluster {cluster_id!r}")
        return cancelled

    def _shown(self, monitor: ClusterMonitor) -> Cluster:
        return self._on_demand.job_limits.shown(monitor.cluster, monitor.directory)

    def _changed(self, monitor: ClusterMonitor) -> None:
        self._emit("removed" if monitor.gone else "changed", monitor.id, monitor.cluster.status)

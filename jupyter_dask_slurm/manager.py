"""The clusters of one user, as the Jupyter server knows them."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from .batch_systems import BatchSystems
from .connection import ClusterDirectory, Connection, Record, directories
from .errors import (
    ClusterNotFound,
    InvalidOptions,
    LogNotFound,
    NameTaken,
    TooManyClusters,
    Unavailable,
    WrongState,
)
from .launcher import Launcher
from .limits import check_jobs
from .logs import tail
from .models import Cluster, ClusterOptions, Job, Scaling, utc_now, validate_name
from .names import new_name
from .process import this_host
from .proposals import Proposals
from .renderer import Renderer
from .settings import Settings
from .views import Files, read_files
from .watch import ClusterWatch

SCAN_INTERVAL = 2.0
"""Seconds for which the registry is not looked through again when clusters are listed."""
SCAN_PATIENCE = 0.25
"""Seconds that a list waits for a registry on a slow file system before it answers without."""
SETTLE_LIMIT = 1.0
"""Seconds that the first answer waits for the controllers found at the start."""
MAX_TAIL = 10_000
_JOB_ID = re.compile(r"\d+(_\d+)?")

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
        launcher: Launcher,
        renderer: Renderer,
        emit: Callable[[Action, str, str], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """``emit`` is called with what happened, the cluster's id and its status."""
        self._settings = settings
        self._launcher = launcher
        self._renderer = renderer
        self._emit = emit
        self._log = log
        self._ends_with = ends_with(environ)
        self._batch_systems = BatchSystems(settings)
        self._proposals = Proposals(settings, self._batch_systems, renderer)
        self._watches: dict[str, ClusterWatch] = {}
        self._unusable: set[str] = set()
        self._started: asyncio.Task[None] | None = None
        self._scanning: asyncio.Task[None] | None = None
        self._scanned_at = 0.0
        self._writing = asyncio.Lock()

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Read the registry and watch every cluster in it. Later calls wait for the first."""
        if self._started is None:
            self._started = asyncio.create_task(self._start())
        await asyncio.shield(self._started)

    async def _start(self) -> None:
        await self._scan()
        settling = [asyncio.ensure_future(watch.settled()) for watch in self._watches.values()]
        if settling:
            _, late = await asyncio.wait(settling, timeout=SETTLE_LIMIT)
            for waiting in late:
                waiting.cancel()

    async def stop(self) -> None:
        """Stop watching. The clusters go on without this server."""
        tasks = [task for task in (self._started, self._scanning) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(watch.stop() for watch in self._watches.values()))
        await self._batch_systems.stop()
        await self._renderer.stop()
        self._watches.clear()
        self._started = self._scanning = None

    # -- clusters ------------------------------------------------------------------------------

    async def clusters(self) -> list[Cluster]:
        """Every cluster in the registry, oldest first."""
        await self._look()
        clusters = [watch.cluster for watch in self._watches.values()]
        return sorted(clusters, key=lambda cluster: (cluster.created, cluster.id))

    async def get(self, cluster_id: str) -> Cluster:
        """One cluster. Raises ClusterNotFound."""
        return (await self._find(cluster_id)).cluster

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
        await self._look()
        system = self._batch_systems.choose(batch_system)
        if name is not None:
            validate_name(name)
        proposal = await self._proposals.make(options, scaling, name=name, batch_system=system)
        if proposal.findings.problems:
            raise InvalidOptions(proposal.findings.problems)
        scheduler = await self._renderer.scheduler_options()
        async with self._writing:
            self._check_room()
            if name is not None:
                self._check_name(name)
            record = self._new_record(
                name or new_name(self._names()), proposal.options, scaling, system, scheduler
            )
            watch = await self._add(record)
        watch.start(launch=True)
        self._emit("created", watch.id, watch.cluster.status)
        return watch.cluster

    async def change(
        self, cluster_id: str, *, scaling: Scaling | None = None, name: str | None = None
    ) -> Cluster:
        """Scale or rename it. Asks its controller; before that has started, records the wish.

        Raises ClusterNotFound, InvalidOptions, NameTaken, WrongState and `Unavailable`.
        """
        watch = await self._find(cluster_id)
        if scaling is not None:
            options = watch.cluster.options
            jobs = scaling.jobs(cores=options.cores or 1, memory=options.memory or 1)
            if problems := check_jobs(scaling, jobs, self._settings.max_jobs).problems:
                raise InvalidOptions(problems)
        if name is not None and name != watch.cluster.name:
            self._check_name(validate_name(name))
        await watch.change(scaling=scaling, name=name)
        return watch.cluster

    async def delete(self, cluster_id: str, *, force: bool = False) -> None:
        """Stop it, or forget it when it has failed. Returns once stopping has begun.

        ``force`` asks nobody: its process is ended where it is one of this host, its jobs are
        cancelled by name from here, its files are removed. Raises ClusterNotFound, WrongState and
        `Unavailable`, and with ``force`` BatchError.
        """
        watch = await self._find(cluster_id)
        if force:
            await watch.end_by_force()
        elif watch.cluster.status != "failed":
            await watch.request_stop()
        elif watch.cancelling:
            raise WrongState(
                f"the jobs of {watch.cluster.name!r} are still being cancelled; "
                "end it by force to forget it all the same"
            )
        else:
            await watch.forget()

    async def jobs(self, cluster_id: str) -> list[Job]:
        """Its jobs, asked of its controller; none before there is one, and after. Raises also
        `Unavailable`."""
        return await (await self._find(cluster_id)).jobs()

    async def log(self, cluster_id: str, source: str, lines: int) -> str:
        """The end of the log of ``controller``, ``scheduler`` or a job, read from its file, which
        outlives the controller. Raises LogNotFound, and InvalidOptions for any other source."""
        watch = await self._find(cluster_id)
        if source in ("controller", "scheduler"):
            path = watch.directory.log(source)
        elif _JOB_ID.fullmatch(source):
            logs = watch.cluster.options.log_directory
            path = (Path(logs) if logs else watch.directory.job_logs) / f"{source}.log"
        else:
            raise InvalidOptions.of("source", "one of: controller, scheduler, the id of a job")
        try:
            return await asyncio.to_thread(tail, path, min(lines, MAX_TAIL))
        except OSError as error:
            raise LogNotFound(f"there is no log of {source} (yet): {error.strerror}") from error

    async def dashboard(self, cluster_id: str) -> tuple[ClusterDirectory, Connection]:
        """Where its dashboard is, and the keys to it. Raises ClusterNotFound and WrongState."""
        watch = await self._find(cluster_id)
        if watch.connection is None or watch.cluster.status == "failed":
            raise WrongState(
                f"the cluster {watch.cluster.name!r} is {watch.cluster.status}: it has no dashboard"
            )
        return watch.directory, watch.connection

    async def preview(
        self, options: object, scaling: object, *, name: object, batch_system: str | None
    ) -> dict[str, Any]:
        """The job script that `create` would lead to, and what is wrong with the request."""
        system = self._batch_systems.choose(batch_system)
        return await self._proposals.preview(options, scaling, name=name, batch_system=system)

    async def site(self) -> dict[str, Any]:
        """What the batch system offers, as far as it is known after 2 s."""
        return {**await self._proposals.site(), "ends_with": self._ends_with}

    # -- the registry --------------------------------------------------------------------------

    async def _find(self, cluster_id: str) -> ClusterWatch:
        await self.start()
        if cluster_id not in self._watches:
            await self._scan()
        if cluster_id not in self._watches:
            raise ClusterNotFound(cluster_id)
        return self._watches[cluster_id]

    async def _look(self) -> None:
        """Notice what others have done to the registry, unless that was done just now."""
        await self.start()
        if self._scanning is None and time.monotonic() - self._scanned_at > SCAN_INTERVAL:
            self._scanning = asyncio.create_task(self._scan())
        if self._scanning is not None:
            done, _ = await asyncio.wait({self._scanning}, timeout=SCAN_PATIENCE)
            if done:
                self._scanning = None

    async def _scan(self) -> None:
        async with self._writing:  # or a cluster that is just being created would be found twice
            known = set(self._watches)
            try:
                found = await asyncio.to_thread(_read_registry, self._settings.state_dir, known)
            except OSError:
                self._log.exception("the registry %s cannot be read", self._settings.state_dir)
                return
            self._scanned_at = time.monotonic()
            for cluster_id, files in found.items():
                if files is not None:
                    directory = ClusterDirectory(self._settings.state_dir / cluster_id)
                    try:
                        self._watch(directory, files).start()
                    except Exception:
                        # One that makes no sense must not take the others from the list.
                        if cluster_id not in self._unusable:  # said once, not at every scan
                            self._log.exception("cluster %s cannot be shown", cluster_id)
                        self._unusable.add(cluster_id)
        for cluster_id in known - set(found):
            if watch := self._watches.get(cluster_id):
                await watch.lose()

    def _watch(self, directory: ClusterDirectory, files: Files) -> ClusterWatch:
        watch = ClusterWatch(
            directory,
            files,
            launcher=self._launcher,
            cancel_jobs=self._batch_systems.cancel_jobs,
            changed=self._changed,
            log=self._log,
        )
        self._watches[watch.id] = watch
        return watch

    def _changed(self, watch: ClusterWatch) -> None:
        if watch.gone:
            self._watches.pop(watch.id, None)
            self._emit("removed", watch.id, watch.cluster.status)
        else:
            self._emit("changed", watch.id, watch.cluster.status)

    # -- a new one -----------------------------------------------------------------------------

    def _names(self) -> set[str]:
        return {watch.cluster.name for watch in self._watches.values()}

    def _check_name(self, name: str) -> None:
        if name in self._names():
            raise NameTaken(name)

    def _check_room(self) -> None:
        alive = [w for w in self._watches.values() if w.cluster.status != "failed"]
        if len(alive) >= self._settings.max_clusters:
            raise TooManyClusters(
                f"you have {len(alive)} clusters, and {self._settings.max_clusters} are allowed "
                "here: stop one first"
            )

    def _new_record(
        self,
        name: str,
        options: ClusterOptions,
        scaling: Scaling,
        batch_system: str,
        scheduler: Mapping[str, Any],
    ) -> Record:
        return Record(
            id=secrets.token_hex(4),
            name=name,
            created=utc_now(),
            options=options.to_json(),
            scaling=scaling.to_json(),
            batch_system=batch_system,
            host=this_host(),
            settings={
                "max_jobs": self._settings.max_jobs,
                "idle_timeout": self._settings.idle_timeout,
                "local_cores": self._settings.local_cores,
                "local_memory": self._settings.local_memory,
                "scheduler_host": scheduler["host"],
                "scheduler_port": scheduler["port"],
            },
            ends_with=self._ends_with,
        )

    async def _add(self, record: Record) -> ClusterWatch:
        directory = ClusterDirectory(self._settings.state_dir / record.id)

        def write() -> None:
            directory.create()
            directory.write(record)

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            await asyncio.to_thread(directory.forget)
            raise Unavailable(f"the cluster's files cannot be written: {error}") from error
        return self._watch(directory, Files(record, None, None))


def ends_with(environ: Mapping[str, str]) -> str | None:
    """Why a cluster that is started here would end with this server, in words; None if it would not."""
    job = environ.get("SLURM_JOB_ID")
    if not job:
        return None
    return (
        f"Jupyter itself runs inside the Slurm job {job}: a cluster started here ends when that job "
        "ends."
    )


def _read_registry(state_dir: Path, known: set[str]) -> dict[str, Files | None]:
    """The id of every cluster in the registry, with its files where it is not known. Blocks."""
    found = {directory.id: directory for directory in directories(state_dir)}
    files = {key: None if key in known else read_files(found[key]) for key in found}
    # One that vanished while it was read, or cannot be read, is not there.
    return {key: value for key, value in files.items() if key in known or value is not None}

"""New clusters: whether there may be one, and its first file; also in the place of one that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..cluster_files.directory import ClusterDirectory, Record
from ..cluster_files.record import new_record, write_new
from ..errors import ClusterNotFound, InvalidOptions, TooManyClusters, Unavailable, WrongState
from ..job_script.process import Renderer
from ..model.cluster import ClusterOptions, Scaling, validate_name
from ..model.names import new_name
from ..model.settings import Settings
from ..server.monitor import ClusterWatch, Watches
from .batch_systems import BatchSystems
from .preview import Proposals


class Creation:
    """Used by the manager. What it answers is listed, and still to be launched."""

    def __init__(
        self,
        settings: Settings,
        *,
        watches: Watches,
        batch_systems: BatchSystems,
        proposals: Proposals,
        renderer: Renderer,
        ends_with: str | None,
    ) -> None:
        """``ends_with`` is with what a controller beside this server will end, in words."""
        self._settings = settings
        self._watches = watches
        self._batch_systems = batch_systems
        self._proposals = proposals
        self._renderer = renderer
        self._ends_with = ends_with

    async def create(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None,
        batch_system: str | None,
    ) -> ClusterWatch:
        """Record a new cluster.

        Waits for the renderer, and 2 s at most for the site's limits. Raises InvalidOptions,
        NameTaken, TooManyClusters, and `Unavailable` when its files cannot be written.
        """
        await self._watches.look()
        if name is not None:
            validate_name(name)
        prepare = await self._prepared(options, scaling, name, batch_system)
        async with self._watches.writing:
            self._check_room()
            if name is not None:
                self._watches.check_name(name)
            return await self._add(prepare(name or new_name(self._watches.names())))

    async def instead_of(self, old: ClusterWatch) -> ClusterWatch:
        """Record a new cluster of the same name, options and size, and forget the old one.

        Raises ClusterNotFound, WrongState unless that has ended and no job of it is left to cancel,
        and as `create`: then the old one is still listed.
        """
        _check_ended(old)
        was = old.cluster
        prepare = await self._prepared(was.options, was.scaling, was.name, was.batch_system)
        async with self._watches.writing:
            _check_ended(old)  # or somebody else was faster
            if not await asyncio.to_thread(old.directory.record_file.exists):
                raise ClusterNotFound(old.id)  # so was another server
            self._check_room()
            return await self._add(prepare(was.name), then=old.forget)

    async def _prepared(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        name: str | None,
        batch_system: str | None,
    ) -> Callable[[str], Record]:
        """What makes the record once the name is sure: everything that has to be waited for."""
        scaling = self._proposals.with_patience(scaling)
        system = self._batch_systems.choose(batch_system)
        proposal = await self._proposals.make(options, scaling, name=name, batch_system=system)
        if proposal.findings.problems:
            raise InvalidOptions(proposal.findings.problems)
        resolved, scheduler = proposal.options, await self._renderer.scheduler_options()

        def prepare(name: str) -> Record:
            return new_record(
                self._settings,
                resolved,
                scaling,
                name=name,
                batch_system=system,
                scheduler=scheduler,
                ends_with=None if resolved.placement == "job" else self._ends_with,
            )

        return prepare

    async def _add(
        self, record: Record, *, then: Callable[[], Awaitable[None]] | None = None
    ) -> ClusterWatch:
        """Write the record, and list it after what is to be done ``then``: nothing is left of it
        when that fails."""
        directory = ClusterDirectory(self._settings.state_dir / record.id)
        files = await write_new(directory, record)
        if then is not None:
            try:
                await then()
            except Unavailable:
                await asyncio.to_thread(directory.forget)
                raise
        return self._watches.add(directory, files)

    def _check_room(self) -> None:
        alive = [w for w in self._watches.all() if w.cluster.status != "failed"]
        if len(alive) >= self._settings.max_clusters:
            raise TooManyClusters(
                f"you have {len(alive)} clusters, and {self._settings.max_clusters} are allowed "
                "here: stop one first"
            )


def _check_ended(watch: ClusterWatch) -> None:
    """Raises WrongState unless it is over with that cluster and its jobs."""
    if watch.gone:
        raise ClusterNotFound(watch.id)
    cluster = watch.cluster
    if cluster.status != "failed":
        raise WrongState(f"the cluster {cluster.name!r} is {cluster.status}")
    if watch.lives:
        raise WrongState(
            f"the jobs of {cluster.name!r} are still being cancelled: try again in a moment"
        )

"""Make a new cluster: whether there may be one, and its first files; also in the place of one that has
ended. The same for every caller that lists clusters, see `Registrar`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from ..cluster_files.directory import ClusterDirectory, Files
from ..cluster_files.record import Record, new_record
from ..errors import InvalidOptions, NameTaken, TooManyClusters, Unavailable, Unreadable
from ..file_threads import (
    FileSystemSilent,
    in_file_thread,
    in_file_thread_or_undo,
    leave_to_file_thread,
)
from ..model.cluster import Cluster, ClusterOptions, Scaling
from ..model.names import new_name, validate_name
from ..model.settings import Settings
from ..model.template import Template
from ..site_rules.policy import check_cores_of_user
from .batch_systems import BatchSystems
from .claim import check_name, one_at_a_time
from .preview import Previews

Listed = TypeVar("Listed", covariant=True)


class Registrar(Protocol[Listed]):
    """The clusters there are, as the caller knows them, and its way to add another."""

    def adding(self) -> AbstractAsyncContextManager[Sequence[Cluster]]:
        """Give all clusters, and let nobody else add one for as long as the block lasts: no name is
        taken meanwhile."""

    def add(self, directory: ClusterDirectory, files: Files) -> Listed:
        """List a cluster whose first files have been written, and return it as the caller knows it. It
        is not started yet."""


class Former(Protocol):
    """A cluster that has ended, whose place a new one is to take."""

    async def check_over(self) -> None:
        """Raise WrongState unless it has ended and no job of it is left to cancel, and
        ClusterNotFound when it is gone."""

    @property
    def directory(self) -> ClusterDirectory:
        """Its files."""

    async def forget(self) -> None:
        """Remove it from the registry. Raises `Unavailable`: then it is still listed."""


class Creator:
    """Makes clusters with what the administrator set, and the caller's previews and batch systems."""

    def __init__(
        self,
        settings: Settings,
        *,
        batch_systems: BatchSystems,
        previews: Previews,
        ends_with: str | None,
    ) -> None:
        """``ends_with`` is with what a controller beside the caller will end, in words."""
        self._settings = settings
        self._batch_systems = batch_systems
        self._previews = previews
        self._ends_with = ends_with

    async def create(
        self,
        registrar: Registrar[Listed],
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None = None,
        batch_system: str | None = None,
        instead_of: Former | None = None,
    ) -> Listed:
        """Record a new cluster with ``registrar``. Its controller is the caller's to start.

        With ``instead_of`` that one is forgotten, and its name is free for the new one. Waits for the
        renderer, unless the script is there already, and 2 s at most for the site's limits. Raises
        InvalidOptions, NameTaken, TooManyClusters, `Unavailable` when its files cannot be written, and
        what ``instead_of`` raises: then nothing is left of the new one.
        """
        if name is not None:
            validate_name(name)
        scaling = self._previews.with_patience(scaling)
        system = self._batch_systems.choose(batch_system)
        template = None if instead_of is None else await _template_of(instead_of)
        try:
            if template is None:
                preview = await self._previews.for_new(
                    options, scaling, name=name, batch_system=system
                )
                options, template = preview.options, preview.rendered.template
            else:
                found = await self._previews.check(options, template, scaling, batch_system=system)
                found.raise_problems()
        except InvalidOptions:
            await self._batch_systems.doubt_sites(system)
            raise
        async with registrar.adding() as listed:
            if instead_of is not None:
                await instead_of.check_over()
            names = {cluster.name for cluster in listed}
            if name in names and instead_of is None:
                raise NameTaken(name)
            self._check_number(listed)
            policy = self._settings.policy
            check_cores_of_user(policy, options, scaling, listed).raise_problems()
            while True:
                record = new_record(
                    self._settings,
                    options,
                    scaling,
                    name=name or new_name(names),
                    batch_system=system,
                    ends_with=self._ends_with,
                )
                directory = ClusterDirectory(self._settings.state_dir / record.id)
                so_called = {cluster.id for cluster in listed if cluster.name == record.name}
                try:
                    async with one_at_a_time(directory.registry):
                        files = await _written(directory, record, template, so_called)
                    break
                except NameTaken:
                    if name is not None:
                        raise
                    names.add(record.name)  # there are others
            if instead_of is not None:
                try:
                    await instead_of.forget()
                except Unavailable:
                    leave_to_file_thread(directory.registry, directory.forget)
                    raise
            return registrar.add(directory, files)

    def _check_number(self, listed: Sequence[Cluster]) -> None:
        """Raise TooManyClusters when there may be no further one."""
        alive, most = sum(c.status != "failed" for c in listed), self._settings.max_clusters
        if alive >= most:
            raise TooManyClusters(
                f"you have {alive} {'cluster' if alive == 1 else 'clusters'}, and {most} "
                f"{'is' if most == 1 else 'are'} allowed here: stop one first"
            )


async def _template_of(former: Former) -> Template | None:
    """What that cluster was made from. None where nothing says so: then a script is
    rendered from the options, as for one of the version before."""
    directory = former.directory
    try:
        return await in_file_thread(directory.registry, directory.template)
    except FileSystemSilent as error:
        raise Unavailable(f"the cluster's files cannot be read: {error}") from error
    except (OSError, Unreadable):
        return None


async def _written(
    directory: ClusterDirectory, record: Record, template: Template, so_called: Collection[str]
) -> Files:
    """Make the cluster's directory. Raises `Unavailable`, and NameTaken when another cluster than those
    ``so_called`` has its name by now; and leaves nothing: what a file system that hangs does too late is
    removed."""

    def undo(_: None) -> None:
        directory.forget()

    try:
        await in_file_thread_or_undo(
            directory.registry, undo, _write_new, directory, record, template, so_called
        )
    except OSError as error:
        raise Unavailable(f"the cluster's files cannot be written: {error}") from error
    return Files(record, None, None)


def _write_new(
    directory: ClusterDirectory, record: Record, template: Template, so_called: Collection[str]
) -> None:
    """Blocks. Raises OSError and NameTaken, and leaves nothing."""
    try:
        # First: it tells an NFS client as well that others have made directories beside it.
        directory.create()
        check_name(directory.registry, record.name, so_called)
        directory.write(template)
        directory.write(record)  # last: it is what makes the directory a cluster
    except (OSError, NameTaken):
        directory.forget()
        raise

"""Makes clusters where no Jupyter server does: for a kernel, a script, the command line.

The same rooms as the server's decide and start. A server that looks at the same registry follows the
cluster from then on as if it were its own.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from ..batch.errors import BatchError
from ..cluster_files.directory import ClusterDirectory, Files, default_state_dir
from ..cluster_files.ended import EndCode, Ended
from ..errors import BrokenSettings, ClusterNotFound, Unavailable, Unreadable, WrongState
from ..file_threads import FileSystemSilent, in_file_thread
from ..job_script.call import Call
from ..job_script.client import Renderer
from ..model import wire
from ..model.cluster import Cluster, ClusterOptions, Scaling
from ..model.settings import SETTINGS_VARIABLE, Settings
from ..site_rules.choices import ruled
from .batch_systems import BatchSystems
from .configured import Configured
from .create import Creator
from .doctor import Doctor
from .find import checked, read
from .launcher import Launcher, ends_with_this, launcher_of
from .launcher.base import Tell
from .preview import Preview, Previews
from .site_policy import policy_here
from .status import Observed

logger = logging.getLogger(__name__)


def settings_here(
    state_dir: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return what the Jupyter server around this process has handed on, or the administrator has set
    for everybody; else the defaults, and the policy of the site's files. Raise Unavailable where that
    cannot be read. Blocks."""
    handed_on = environ.get(SETTINGS_VARIABLE) or "{}"
    place = default_state_dir() if state_dir is None else state_dir
    try:
        data = {"state_dir": str(place), **json.loads(handed_on)}
        if "broken" in data:
            raise Unavailable(f"the administrator's settings are broken: {data['broken']}")
        settings = wire.read(Settings, data)
        if "policy" not in data:
            settings = replace(settings, policy=policy_here()).within_policy()
    except BrokenSettings as error:
        raise Unavailable(f"the administrator's settings are broken: {error}") from error
    except (ValueError, TypeError, Unreadable) as error:
        raise Unavailable(f"{SETTINGS_VARIABLE} cannot be read: {error}") from error
    return settings if state_dir is None else replace(settings, state_dir=state_dir)


class WithoutServer:
    """All that previews, makes and starts a cluster, for the length of an ``async with``.

    ``call`` is that of `SLURMCluster`; controllers and their jobs start in ``working_directory``.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        call: Call | None = None,
        working_directory: Path | None = None,
        launcher: Launcher | None = None,
    ) -> None:
        self._settings = settings
        if call is not None and "directory" in ruled(settings.policy):
            call = replace(call, directory=None)  # where jobs start is not their user's to say
        self.renderer = Renderer(call)
        self._batch_systems = BatchSystems(settings)
        self._configured = Configured(self.renderer)
        self._previews = Previews(settings, self._batch_systems, self.renderer, self._configured)
        self._launcher = launcher or launcher_of(settings, working_directory)

    async def __aenter__(self) -> WithoutServer:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._previews.stop()
        await self._configured.stop()
        await self._batch_systems.stop()
        await self.renderer.stop()

    async def preview(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None = None,
        batch_system: str | None = None,
    ) -> Preview:
        """Return what such a cluster would be, with what is wrong with it. Raise InvalidOptions for what
        cannot be rendered at all, and `Unavailable`."""
        return await self._previews.make(
            options,
            self._previews.with_patience(scaling),
            name=name,
            batch_system=self._batch_systems.choose(batch_system),
        )

    def doctor(self) -> Doctor:
        """Return what looks at the site with the same rooms."""
        return Doctor(
            self._settings,
            batch_systems=self._batch_systems,
            renderer=self.renderer,
            previews=self._previews,
        )

    async def create(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None = None,
        batch_system: str | None = None,
    ) -> Observed:
        """Record a new cluster and start its controller. One of that name that has ended makes room.

        Raises as `Creator.create`, and WrongState when its controller cannot be started.
        """
        creator = Creator(
            self._settings,
            batch_systems=self._batch_systems,
            previews=self._previews,
            ends_with=ends_with_this(os.environ, job_helps="slurm" in self._batch_systems.choices),
        )
        registrar = _InFiles(self._settings.state_dir, name, self._batch_systems)
        made = await creator.create(
            registrar, options, scaling, name=name, batch_system=batch_system
        )
        directory, record = made.directory, made.record
        try:
            owner = await self._launcher.launch(directory)
        except OSError as error:
            raise await _failed(made, "start_failed", str(error)) from error
        try:
            record = await in_file_thread(
                directory.registry,
                directory.change,
                lambda record: replace(record, owner=owner),
                record,
            )
        except (OSError, Unreadable) as error:
            # It runs all the same, and its connection file will say which it is.
            logger.warning("the record of %s could not be written: %s", record.name, error)
        return replace(made, record=record)

    async def until_ready(self, made: Observed, tell: Tell | None = None) -> Observed:
        """Return the cluster that was just created as soon as it can be used. ``tell`` hears what its
        controller waits for. Raises WrongState when it ends before, with why, and ClusterNotFound."""
        owner = made.record.owner
        if owner is not None and not await self._launcher.wait(made.directory, owner, tell):
            words = await self._launcher.last_words(made.directory, owner)
            raise await _failed(made, "start_failed", words)
        now = await in_file_thread(made.directory.registry, read, made.directory)
        if now is None:
            raise ClusterNotFound(made.record.name)
        return now


class _InFiles:
    """The registry as files alone. Other processes may add to it meanwhile."""

    def __init__(self, state_dir: Path, name: str | None, batch_systems: BatchSystems) -> None:
        self._state_dir = state_dir
        self._name = name
        self._batch_systems = batch_systems

    @asynccontextmanager
    async def adding(self) -> AsyncIterator[list[Cluster]]:
        listed = []
        for observed in await checked(self._state_dir):
            if observed.ended is None or observed.record.name != self._name:
                listed.append(observed.cluster())
            else:
                await self._forget(observed)
        yield listed

    def add(self, directory: ClusterDirectory, files: Files) -> Observed:
        return Observed.from_files(directory, files)

    async def _forget(self, observed: Observed) -> None:
        """Remove what has ended, with what is left of its jobs. Raises `Unavailable`."""
        try:
            await self._batch_systems.cancel_jobs(observed.record)
        except BatchError as error:
            name = observed.record.name
            raise Unavailable(
                f"the jobs of the cluster {name!r} that has ended cannot be cancelled: {error}"
            ) from error
        try:
            await in_file_thread(observed.directory.registry, observed.directory.forget)
        except FileSystemSilent as error:
            raise Unavailable(str(error)) from error


async def _failed(made: Observed, code: EndCode, words: str) -> WrongState:
    """Write down why it ended, unless itself has, and return the error that says so."""
    ended, directory = Ended.now(code, words), made.directory
    with suppress(FileSystemSilent):
        ended = await in_file_thread(directory.registry, _written_end, directory, ended)
    return WrongState(f"cluster {made.record.name!r} has ended: {ended.problem().message}")


def _written_end(directory: ClusterDirectory, ended: Ended) -> Ended:
    said = directory.ended()
    if said is None:
        try:
            directory.write(ended)
        except OSError as error:
            logger.warning("that %s ended could not be written: %s", directory.id, error)
    directory.remove_keys()
    return said or ended

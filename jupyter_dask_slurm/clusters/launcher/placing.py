"""Which launcher a controller is started by, and which one looks after it."""

from __future__ import annotations

from pathlib import Path

from ...cluster_files.directory import ClusterDirectory
from ...file_threads import in_file_thread
from ...model.settings import Settings
from ...process import Owner
from .base import Launcher, Tell
from .in_job import JobLauncher
from .local import LocalLauncher


def launcher_of(settings: Settings, working_directory: Path | None) -> PlacingLauncher:
    """Return what starts controllers as the administrator set it, in ``working_directory`` (default: the
    home directory)."""
    clean = settings.clean_environment
    return PlacingLauncher(
        local=LocalLauncher(working_directory, clean),
        job=JobLauncher(settings.state_dir, working_directory, clean),
    )


class PlacingLauncher:
    """Starts each controller where its cluster's options say: ``local`` beside the caller, ``job``
    in a job. Afterwards its owner tells which of the two it is."""

    def __init__(self, *, local: Launcher, job: Launcher) -> None:
        self._local = local
        self._job = job

    async def launch(self, directory: ClusterDirectory) -> Owner:
        record = await in_file_thread(directory.registry, directory.record)
        placement = record.options.placement if record is not None else None
        return await (self._job if placement == "job" else self._local).launch(directory)

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        return await self._of(owner).wait(directory, owner, tell)

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        return await self._of(owner).alive(directory, owner)

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return await self._of(owner).last_words(directory, owner)

    def how_ended(self, owner: Owner) -> str | None:
        return self._of(owner).how_ended(owner)

    async def end(self, directory: ClusterDirectory, owner: Owner) -> None:
        await self._of(owner).end(directory, owner)

    def _of(self, owner: Owner) -> Launcher:
        return self._local if owner.job is None else self._job

"""A registry on a file system that hangs: what is known is answered from memory meanwhile."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path, PosixPath

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters.launcher import JobLauncher, LocalLauncher
from jupyter_dask_slurm.clusters.launcher.base import Tell
from jupyter_dask_slurm.process import Owner

from .conftest import Api, LauncherNeverReady

LONGEST = 100.0
"""Seconds after which a look is given up, so that a server that waits for it fails its test."""


class Hangs:
    """Looks at files that do not return until `over` is set."""

    def __init__(self) -> None:
        self.begun, self.over = threading.Event(), threading.Event()
        self.lasted = False
        """A look was given up: nobody could end it."""

    def look(self) -> bool:
        self.begun.set()
        self.lasted |= not self.over.wait(LONGEST)
        return False


class FileOnHungServer(PosixPath):
    hangs: Hangs

    def exists(self, *arguments: object, **options: object) -> bool:
        return self.hangs.look()


class DirectoryOnHungServer(ClusterDirectory):
    hangs: Hangs

    @property
    def connection_file(self) -> Path:
        path = FileOnHungServer(super().connection_file)
        path.hangs = self.hangs
        return path


class LauncherOnHungServer(LauncherNeverReady):
    """The file server hangs from the moment on at which a controller was started."""

    def __init__(self, cls: type[LocalLauncher | JobLauncher]) -> None:
        super().__init__()
        self.cls, self.hangs = cls, Hangs()

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        hung = DirectoryOnHungServer(directory.path)
        hung.__dict__["hangs"] = self.hangs
        real = LocalLauncher() if self.cls is LocalLauncher else JobLauncher(directory.path.parent)
        return await real.wait(hung, owner, tell)


@pytest.fixture(params=[LocalLauncher, JobLauncher])
def launcher(request: pytest.FixtureRequest) -> LauncherOnHungServer:
    return LauncherOnHungServer(request.param)


async def test_clusters_are_listed_while_a_look_at_a_starting_one_hangs(
    api: Api, launcher: LauncherOnHungServer
) -> None:
    cluster = await api.create()
    try:
        assert await asyncio.to_thread(launcher.hangs.begun.wait, LONGEST)
        answer = await api("GET", "clusters")
        assert [(c["id"], c["status"]) for c in answer.json] == [(cluster["id"], "starting")]
        assert not launcher.hangs.lasted, "the server waited for the file system"
    finally:
        launcher.hangs.over.set()

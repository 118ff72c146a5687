"""Two Jupyter servers of one user, at once, on one registry: the same clusters, for both to use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters.launcher import LocalLauncher
from jupyter_dask_slurm.model.cluster import Cluster, Scaling
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.model.wire import Unsent
from jupyter_dask_slurm.server.manager import ClusterManager

from ..support.clusters import PATIENCE
from .conftest import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


class OtherServer:
    """What a second server is, without its HTTP."""

    def __init__(self, state_dir: Path) -> None:
        self.launched: list[str] = []
        launcher = LocalLauncher()
        launch = launcher.launch

        async def counted(directory: ClusterDirectory) -> Any:
            self.launched.append(directory.id)
            return await launch(directory)

        launcher.launch = counted  # type: ignore[method-assign]
        self.manager = ClusterManager(
            Settings(state_dir, batch_system="local", local_cores=2, local_memory=2 * 10**9),
            launcher=launcher,
            emit=lambda *event: None,
            log=logging.getLogger("other-server"),
        )

    async def wait(self, cluster_id: str, condition: Callable[[Cluster], Any]) -> Cluster:
        async def until() -> Cluster:
            while not condition(now := await self.manager.get(cluster_id)):
                await asyncio.sleep(0.05)
            return now

        return await asyncio.wait_for(until(), PATIENCE)


@pytest.fixture
async def other(state_dir: Path) -> AsyncIterator[OtherServer]:
    other = OtherServer(state_dir)
    yield other
    await other.manager.stop()


async def test_both_see_and_scale_the_same_cluster(
    api: Api, other: OtherServer, state_dir: Path
) -> None:
    cluster = await api.create(name="shared")
    # Also while the first one is still starting it, the other may say what it is to become.
    seen = await other.manager.change(cluster["id"], scaling=Scaling("jobs", 1))
    assert (seen.name, seen.elsewhere) == ("shared", False)
    await api.wait(cluster, lambda c: c["jobs"]["connected"] == 1)
    await other.wait(cluster["id"], lambda c: c.jobs.connected == 1)

    # The last word counts, whoever says it; there is one controller, which counts the jobs.
    await other.manager.change(cluster["id"], scaling=Scaling("jobs", 2))
    await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 1}, "name": "ours"})
    # Two ways lead here: the name may be read from the file before the controller tells the rest.
    await other.wait(cluster["id"], lambda c: (c.name, c.scaling) == ("ours", Scaling("jobs", 1)))
    await api.wait(cluster, lambda c: c["jobs"]["running"] == c["jobs"]["connected"] == 1)
    record = ClusterDirectory(state_dir / cluster["id"]).record()
    assert record is not None
    assert (record.name, record.scaling) == ("ours", Scaling("jobs", 1))
    assert record.unsent == Unsent()
    assert other.launched == []

    await other.manager.delete(cluster["id"])
    await api.gone(cluster)
    await other.manager._registry.scan()
    assert await other.manager.clusters() == []


async def test_what_both_ask_for_before_it_has_started_is_kept(
    api: Api, other: OtherServer, state_dir: Path
) -> None:
    cluster = await api.create()
    await other.manager.change(cluster["id"], name="theirs")
    await api("PATCH", "clusters", cluster["id"], body={"idle_timeout": 77})
    seen = await api.wait(cluster, lambda c: c["status"] == "running" and c["name"] == "theirs")
    await api.wait(cluster, lambda c: c["options"]["idle_timeout"] == 77)
    assert seen["elsewhere"] is False
    await api("DELETE", "clusters", cluster["id"])
    await api.gone(cluster)

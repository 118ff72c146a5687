"""A cluster whose controller is another host's: shown and used, and never declared dead from here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import process, tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.launcher import LocalLauncher
from jupyter_dask_slurm.process import Owner

from ..support.clusters import ClusterUnderTest, wait_for
from ..support.processes import lives, process_of
from .conftest import Api, LauncherNeverReady
from .test_restart import record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


class Spy:
    """What this server did that only the cluster's own host may do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.did: list[str] = []
        for cls, name in [(LocalLauncher, "launch"), (BatchSystems, "cancel_clusters")]:
            monkeypatch.setattr(cls, name, self._watched(name, getattr(cls, name)))

    def _watched(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(*arguments: Any) -> Any:
            self.did.append(name)
            return await method(*arguments)

        return watched


@pytest.fixture
def on_login_2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's host has another name than the one where the controller was started."""
    monkeypatch.setattr("socket.gethostname", lambda: "login-2")
    process.this_host.cache_clear()
    yield
    process.this_host.cache_clear()


@pytest.fixture
def far(state_dir: Path) -> Iterator[ClusterUnderTest]:
    process.this_host.cache_clear()
    cluster = ClusterUnderTest(state_dir, "local", settings={"local_cores": 2}).ready()
    yield cluster
    cluster.end()


async def test_one_that_answers_is_used_from_here(
    far: ClusterUnderTest, on_login_2: None, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy(monkeypatch)
    cluster = {"id": far.directory.id}
    cluster = await api.wait(cluster, lambda c: c["status"] == "running")
    assert cluster["elsewhere"] is True
    assert cluster["host"] == far.connection.owner.host != "login-2"
    body = {"scaling": {"jobs": 1}, "name": "from-here"}
    assert (await api("PATCH", "clusters", cluster["id"], body=body)).status == 200
    cluster = await api.wait(cluster, lambda c: c["jobs"]["connected"] == 1)
    assert (cluster["name"], cluster["jobs"]["running"]) == ("from-here", 1)
    (job,) = (await api("GET", "clusters", cluster["id"], "jobs")).json
    assert (await api("DELETE", "clusters", cluster["id"], "jobs", job["id"])).status == 204
    await api.wait(cluster, lambda c: c["jobs"]["running"] == 0)
    assert spy.did == []
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    await api.gone(cluster)
    assert spy.did == []


async def test_force_asks_its_controller_and_cancels_from_here(
    far: ClusterUnderTest, on_login_2: None, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = await api.wait({"id": far.directory.id}, lambda c: c["status"] == "running")
    spy = Spy(monkeypatch)
    controller = process_of(far.owner)
    assert (await api("DELETE", "clusters", cluster["id"], force="1")).status == 204
    assert (await api("GET", "clusters")).json == []
    assert spy.did == ["cancel_clusters"]
    wait_for("it ends", lambda: not lives(controller))


async def test_one_that_hangs_is_not_dead(
    far: ClusterUnderTest, on_login_2: None, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.clusters.controller_client.ANSWER_LIMIT", 0.5)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.controller_client.LONG_POLL_LIMIT", 0.5)
    spy = Spy(monkeypatch)
    cluster = await api.wait({"id": far.directory.id}, lambda c: c["status"] == "running")
    controller = process_of(far.owner)
    controller.suspend()
    cluster = await api.wait(cluster, lambda c: c["status"] == "unreachable")
    assert cluster["elsewhere"] is True
    assert far.directory.ended() is None
    controller.resume()
    await api.wait(cluster, lambda c: c["status"] == "running")
    assert spy.did == []


FAR = Owner("login-1", "its boot", os.getpid(), 1)
"""By pid and start time a dead process of this host; but it is not one of this host."""


@pytest.fixture
def silent(state_dir: Path, closed_port: int) -> ClusterDirectory:
    directory = record(state_dir, "aaaaaaaa", host="login-1", owner=FAR)
    tls.make_key_pair(directory.cert, directory.key)
    address = f"https://127.0.0.1:{closed_port}"
    directory.write(
        Connection(
            id=directory.id,
            name="far-away",
            address="tls://127.0.0.1:1",
            control_address=address,
            dashboard_address=address,
            owner=FAR,
            version="0",
        )
    )
    return directory


@pytest.fixture
def starting(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, "bbbbbbbb", host="login-1", owner=FAR)


async def test_one_that_does_not_answer_is_left_alone(
    silent: ClusterDirectory, starting: ClusterDirectory, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy(monkeypatch)
    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.cluster.RETRY_FIRST", 0.01)
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert (cluster["name"], cluster["elsewhere"]) == ("far-away", True)
    assert [problem["code"] for problem in cluster["problems"]] == ["controller_unreachable"]
    other = await api.get({"id": "bbbbbbbb"})
    assert (other["status"], other["elsewhere"]) == ("starting", True)
    answer = await api("PATCH", "clusters", "aaaaaaaa", body={"scaling": {"jobs": 9}})
    assert answer.status == 200, "kept for when it answers"
    assert (await api("POST", "clusters", "aaaaaaaa", "start-again")).status == 409
    assert silent.key.exists()
    assert silent.ended() is None
    assert starting.ended() is None
    assert spy.did == []


@pytest.mark.parametrize("launcher", [LauncherNeverReady()])
async def test_force_forgets_one_that_does_not_answer(
    silent: ClusterDirectory,
    api: Api,
    launcher: LauncherNeverReady,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spy = Spy(monkeypatch)
    await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert (await api("DELETE", "clusters", "aaaaaaaa", force="1")).status == 204
    assert spy.did == ["cancel_clusters"]
    assert not silent.path.exists()


async def test_the_same_host_after_another_boot_is_dead(state_dir: Path, api: Api) -> None:
    owner = Owner(process.this_host(), "the boot before", os.getpid(), 1)
    directory = record(state_dir, "cccccccc", owner=owner)
    cluster = await api.wait({"id": "cccccccc"}, lambda c: c["status"] == "failed")
    assert cluster["elsewhere"] is False
    assert directory.ended() is not None

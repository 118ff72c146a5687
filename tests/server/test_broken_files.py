"""Files that are half written, garbage or missing lose no cluster, and keep nobody busy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection, Files
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.process import Owner, this_host, this_process

from .conftest import Api, LauncherNeverReady
from .fake_controller import fake_controller
from .test_restart import record

HALF = '{"id": "aaaaaaaa", "name": "n-aaa'


class LauncherCounts(LauncherNeverReady):
    """Ready as soon as there is a connection file; ``waits`` counts how often it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    async def wait(self, directory: ClusterDirectory, owner: Owner, tell: Any = None) -> bool:
        self.waits += 1
        if not directory.connection_file.exists():
            await asyncio.Event().wait()
        return True


@pytest.fixture
def launcher() -> LauncherCounts:
    return LauncherCounts()


@pytest.fixture
def directory(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, "aaaaaaaa", owner=this_process())


@pytest.fixture
def half_written(directory: ClusterDirectory) -> ClusterDirectory:
    directory.connection_file.write_text(HALF)
    return directory


async def test_half_a_connection_file_is_waited_for(
    half_written: ClusterDirectory, api: Api, launcher: LauncherCounts
) -> None:
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert [problem["code"] for problem in cluster["problems"]] == ["files_unreadable"]
    assert "by force" in cluster["problems"][0]["advice"]
    async with fake_controller(half_written) as (_, connection):
        half_written.write(connection)
        cluster = await api.wait(cluster, lambda c: c["status"] == "running")
    assert cluster["problems"] == []
    # Whoever takes the file for ready asks the launcher again and again, without a pause.
    assert launcher.waits == 0


async def test_a_dead_controller_with_half_a_connection_file_is_dead(
    half_written: ClusterDirectory, api: Api
) -> None:
    await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    died = record(half_written.path.parent, "bbbbbbbb", owner=Owner(this_host(), "before", 1, 1))
    died.connection_file.write_text(HALF)
    cluster = await api.wait({"id": "bbbbbbbb"}, lambda c: c["status"] == "failed")
    assert [problem["code"] for problem in cluster["problems"]] == ["controller_died"]
    assert "Start Again" in cluster["problems"][0]["advice"]
    assert half_written.ended() is None


@pytest.mark.parametrize("broken", ["cluster.json", "request.json", "ended.json"])
async def test_what_runs_goes_on_while_a_file_is_garbage(
    directory: ClusterDirectory, api: Api, broken: str
) -> None:
    async with fake_controller(directory) as (controller, connection):
        directory.write(connection)
        cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        (directory.path / broken).write_text(HALF)
        await api.extension.manager._registry.scan()
        controller.change(cores=5)
        cluster = await api.wait(cluster, lambda c: c["cores"] == 5)
        body = {"scaling": {"jobs": 7}, "name": "still-here"}
        answer = await api("PATCH", "clusters", "aaaaaaaa", body=body)
        assert (answer.status, answer.json["name"]) == (200, "still-here")
        assert controller.cluster.scaling.amount == 7


async def test_one_that_runs_outlives_a_connection_file_that_is_gone(
    directory: ClusterDirectory, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.cluster.RETRY_LAST", 0.01)
    asked = asyncio.Event()
    read = ClusterDirectory.read

    def away(directory: ClusterDirectory) -> Files | None:
        """The file server is away once; from then on there is no connection file."""
        directory.connection_file.unlink()
        controller.broken = False
        monkeypatch.setattr(ClusterDirectory, "read", read)
        asked.set()
        raise OSError(116, "Stale file handle")

    async with fake_controller(directory) as (controller, connection):
        directory.write(connection)
        cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        monkeypatch.setattr(ClusterDirectory, "read", away)
        controller.broken = True
        controller.change(cores=4)
        await asked.wait()
        controller.change(cores=5)
        await api.wait(cluster, lambda c: c["status"] == "running" and c["cores"] == 5)
        assert not directory.connection_file.exists()


@pytest.fixture
def record_lost(directory: ClusterDirectory) -> ClusterDirectory:
    directory.record_file.write_text(HALF)
    return directory


async def test_a_record_that_is_garbage_is_written_anew(
    directory: ClusterDirectory, api: Api
) -> None:
    async with fake_controller(directory, cores=3) as (_, connection):
        directory.write(connection)
        directory.record_file.write_text(HALF)
        await api.extension.stop_extension()
        (cluster,) = (await api("GET", "clusters")).json
        cluster = await api.wait(cluster, lambda c: c["cores"] == 3)
        assert (cluster["name"], cluster["batch_system"]) == ("n-aaaaaaaa", "local")
        for _ in range(500):
            if (now := directory.record()) is not None:
                break
            await asyncio.sleep(0.02)
        assert now is not None
        assert (now.batch_system, now.scaling) == ("local", Scaling("jobs", 2))
        assert now.options.cores == 1


async def test_a_record_that_is_garbage_and_nothing_else_is_listed_and_can_be_ended(
    record_lost: ClusterDirectory, api: Api
) -> None:
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert [problem["code"] for problem in cluster["problems"]] == ["files_unreadable"]
    assert (cluster["batch_system"], cluster["elsewhere"]) == (None, False)
    assert (await api("DELETE", "clusters", "aaaaaaaa", force="1")).status == 204
    assert (await api("GET", "clusters")).json == []


async def test_a_dead_controller_whose_record_is_garbage_has_its_jobs_cancelled(
    directory: ClusterDirectory, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()

    async def cancel(batch: Any, matches: Any, **_: Any) -> int:
        asked.put_nowait((batch.name, matches("was-here-cccccccc-1")))
        return 0

    monkeypatch.setattr("jupyter_dask_slurm.clusters.batch_systems.cancel_matching", cancel)
    dead = record(directory.path.parent, "cccccccc")
    dead.write(
        Connection(
            id="cccccccc",
            name="was-here",
            address="tls://127.0.0.1:1",
            control_address="https://127.0.0.1:1",
            dashboard_address="https://127.0.0.1:1",
            owner=Owner(this_host(), "before", 1, 1),
            version="0",
        )
    )
    dead.record_file.write_text(HALF)
    cluster = await api.wait({"id": "cccccccc"}, lambda c: c["status"] == "failed")
    assert (cluster["name"], cluster["problems"][0]["code"]) == ("was-here", "controller_died")
    # That it has ended is shown before its jobs are cancelled.
    assert await asyncio.wait_for(asked.get(), 20) == ("local", True)
    answer = await api("POST", "clusters", "cccccccc", "start-again")
    assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    assert "the options of 'was-here' cannot be read" in answer.json["message"]
    assert dead.path.exists()

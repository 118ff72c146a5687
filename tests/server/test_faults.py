"""What goes wrong with real clusters, and what the server makes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.process import is_alive, this_process

from ..support.clusters import wait_for
from ..support.processes import mentioning, process_of
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_restart import record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


def controller_of(state_dir: Path, cluster: dict[str, Any]) -> Connection:
    connection = ClusterDirectory(state_dir / cluster["id"]).connection()
    assert connection is not None
    return connection


async def connected(api: Api) -> dict[str, Any]:
    cluster = await api.create(scaling={"jobs": 1})
    return await api.wait(cluster, lambda c: c["jobs"]["connected"] == 1)


async def test_a_cluster_outlives_the_server_and_is_found_again(api: Api) -> None:
    cluster = await connected(api)
    await api.extension.stop_extension()
    # What follows is a server that has just started: its manager knows nothing.
    await api.extension.manager.start()
    (found,) = (await api("GET", "clusters")).json
    assert found["status"] == "running"
    assert found["jobs"]["connected"] == 1
    assert found["client_code"] == cluster["client_code"]
    answer = await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 0}})
    assert answer.status == 200
    await api.wait(cluster, lambda c: c["jobs"]["running"] == 0)
    await api("DELETE", "clusters", cluster["id"])
    await api.gone(cluster)


async def test_a_killed_controller_leaves_nothing_but_the_reason(api: Api, state_dir: Path) -> None:
    cluster = await connected(api)
    # As many as run, and one that waits: this queue has two cores.
    await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 3}})
    await api.wait(cluster, lambda c: c["jobs"]["pending"] >= 1)
    process_of(controller_of(state_dir, cluster).owner).kill()
    cluster = await api.wait(
        cluster, lambda c: c["problems"] and "were cancelled" in c["problems"][0]["message"]
    )
    (problem,) = cluster["problems"]
    assert (cluster["status"], problem["code"]) == ("failed", "controller_died")
    directory = ClusterDirectory(state_dir / cluster["id"])
    await asyncio.to_thread(wait_for, "the keys are removed", lambda: not directory.key.exists())
    assert not directory.connection_file.exists()
    await asyncio.to_thread(
        wait_for, "no process is left", lambda: mentioning(str(state_dir)) == []
    )
    assert (await api("GET", "clusters", cluster["id"], "logs")).status == 200
    assert (await api("GET", "clusters", cluster["id"], "jobs")).json == []
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    assert (await api("GET", "clusters")).json == []


async def test_a_hung_controller_is_not_waited_for_and_ended_by_force(
    api: Api, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = await connected(api)
    owner = controller_of(state_dir, cluster).owner
    process_of(owner).suspend()
    monkeypatch.setattr("jupyter_dask_slurm.clusters.controller_client.ANSWER_LIMIT", 0.5)
    for method, path, body in [
        ("PATCH", [], {"scaling": {"jobs": 2}}),
        ("GET", ["jobs"], None),
        ("DELETE", [], None),
    ]:
        answer = await api(method, "clusters", cluster["id"], *path, body=body)
        assert (answer.status, answer.json["reason"]) == (504, "ControllerTimeout"), answer.text
    assert (await api("GET", "clusters")).status == 200
    monkeypatch.setattr("jupyter_dask_slurm.clusters.launcher.local.TERMINATE_LIMIT", 0.5)
    assert (await api("DELETE", "clusters", cluster["id"], force="1")).status == 204
    assert (await api("GET", "clusters")).json == []
    assert is_alive(owner) is False
    assert not ClusterDirectory(state_dir / cluster["id"]).path.exists()
    await asyncio.to_thread(
        wait_for, "no process is left", lambda: mentioning(str(state_dir)) == []
    )


async def test_a_python_that_cannot_work_is_refused_or_a_failure_with_its_reason(
    api: Api, state_dir: Path, tmp_path: Path
) -> None:
    def body(python: object) -> dict[str, object]:
        return {"options": {**OPTIONS, "python": str(python)}}

    problems = [
        {"field": "python", "message": "there is no /nowhere/bin/python here", "doubtful": False}
    ]
    answer = await api("POST", "clusters", body=body("/nowhere/bin/python"))
    assert (answer.status, answer.json["problems"]) == (400, problems)
    answer = await api("POST", "job-script", body=body("/nowhere/bin/python"))
    assert (answer.json["problems"], answer.json["checking"]) == (problems, [])
    # Of what is not sure the form warns.
    python = tmp_path / "my env" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho 'libssl: not found' >&2\nexit 127")
    python.chmod(0o700)
    cluster = await api.create(options={**OPTIONS, "python": str(python)})
    answer = await api("POST", "job-script", body=body(python))
    assert answer.json["warnings"][0] == {
        "field": "python",
        "message": "it cannot be run here: libssl: not found",
        "doubtful": True,
    }
    cluster = await api.wait(cluster, lambda c: c["status"] == "failed")
    assert "libssl: not found" in cluster["problems"][0]["message"]
    assert not ClusterDirectory(state_dir / cluster["id"]).key.exists()
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204


@pytest.fixture
def unanswered(state_dir: Path, closed_port: int) -> ClusterDirectory:
    """A cluster whose controller lives, and does not listen."""
    directory = record(state_dir, "aaaaaaaa")
    tls.make_key_pair(directory.cert, directory.key)
    directory.write(
        Connection(
            id=directory.id,
            name="silent",
            address="tls://127.0.0.1:1",
            control_address=f"https://127.0.0.1:{closed_port}",
            dashboard_address=f"https://127.0.0.1:{closed_port}",
            owner=this_process(),
            version="0",
        )
    )
    return directory


async def test_one_that_does_not_answer_is_not_dead(unanswered: ClusterDirectory, api: Api) -> None:
    assert [c["status"] for c in (await api("GET", "clusters")).json] in (
        ["starting"],
        ["unreachable"],
    )
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert [p["code"] for p in cluster["problems"]] == ["controller_unreachable"]
    assert unanswered.key.exists()
    assert unanswered.ended() is None


@pytest.mark.parametrize("launcher", [LauncherNeverReady()])
async def test_keys_that_are_gone_do_not_end_the_watch(
    unanswered: ClusterDirectory, api: Api, launcher: Any
) -> None:
    unanswered.key.unlink()
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "unreachable")
    assert "key" in cluster["problems"][0]["message"]

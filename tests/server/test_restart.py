"""A server that starts finds what others have left: in its first answer, and whatever its state."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.model.cluster import ClusterOptions, utc_now
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.process import Owner, this_host

from .conftest import Api, LauncherNeverReady

OPTIONS = ClusterOptions(cores=1, memory=512_000_000, walltime=600, processes=1)
DEAD = Owner(this_host(), "another boot", 1, 1)


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


def record(
    state_dir: Path, cluster_id: str, *, ended: Ended | None = None, **fields: Any
) -> ClusterDirectory:
    directory = ClusterDirectory(state_dir / cluster_id)
    directory.create()
    asked_for: dict[str, Any] = {
        "id": cluster_id,
        "name": f"n-{cluster_id}",
        "created": utc_now(),
        "options": OPTIONS,
        "scaling": Scaling("jobs", 2),
        "batch_system": "local",
        "host": this_host(),
    }
    directory.write(Record(**{**asked_for, **fields}))
    if ended is not None:
        directory.write(ended)
    return directory


@pytest.fixture
def left_behind(state_dir: Path) -> Path:
    ended = Ended("scheduler_died", "The scheduler was killed.", utc_now(), "Create a new one.")
    record(state_dir, "aaaaaaaa", created="2026-11-01T00:00:00Z")
    record(state_dir, "bbbbbbbb", created="2026-11-02T00:00:00Z", ended=ended)
    record(state_dir, "cccccccc", created="2026-11-03T00:00:00Z", host="login-2")
    killed = Ended("controller_died", "The cluster's controller was killed.", utc_now())
    record(state_dir, "ffffffff", created="2026-12-31T00:00:00Z", ended=killed)
    (state_dir / "dddddddd").mkdir()  # no record
    (state_dir / "eeeeeeee").mkdir()
    (state_dir / "eeeeeeee" / "request.json").write_text("{ half a")
    (state_dir / ".local").mkdir()
    return state_dir


async def test_the_first_answer_has_them_all(left_behind: Path, api: Api) -> None:
    answer = await api("GET", "clusters")
    assert answer.status == 200
    assert [(c["id"], c["status"], c["elsewhere"]) for c in answer.json] == [
        ("aaaaaaaa", "starting", False),
        ("bbbbbbbb", "failed", False),
        ("cccccccc", "starting", True),
        ("eeeeeeee", "unreachable", False),
        ("ffffffff", "failed", False),
    ]
    # Whoever wrote that file named no way on.
    assert "Start Again" in answer.json[-1]["problems"][0]["advice"]
    failed = answer.json[1]
    assert [(p["code"], p["advice"]) for p in failed["problems"]] == [
        ("scheduler_died", "Create a new one.")
    ]
    assert failed["jobs"]["desired"] == 0
    assert answer.json[0]["jobs"]["desired"] == 2
    for cluster in answer.json:
        assert (await api("GET", "clusters", cluster["id"])).status == 200


async def test_one_that_another_server_creates_appears_and_disappears(
    api: Api, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.registry.SCAN_INTERVAL", 0.0)
    assert (await api("GET", "clusters")).json == []
    directory = record(state_dir, "aaaaaaaa")
    assert [c["id"] for c in (await api("GET", "clusters")).json] == ["aaaaaaaa"]
    shutil.rmtree(directory.path)
    assert (await api("GET", "clusters")).json == []
    assert api.events[-1]["action"] == "removed"


async def test_one_in_the_registry_is_never_unknown(api: Api, state_dir: Path) -> None:
    assert (await api("GET", "clusters")).json == []
    record(state_dir, "aaaaaaaa")
    assert (await api("GET", "clusters", "aaaaaaaa")).status == 200


async def test_what_could_not_be_told_is_kept_in_the_record(
    left_behind: Path, api: Api, state_dir: Path
) -> None:
    body = {"scaling": {"cores": 3}, "name": "later"}
    answer = await api("PATCH", "clusters", "aaaaaaaa", body=body)
    assert (answer.status, answer.json["name"]) == (200, "later")
    kept = json.loads((state_dir / "aaaaaaaa" / "request.json").read_text())
    assert kept["unsent"] == body
    assert (kept["name"], kept["scaling"]) == ("later", {"cores": 3})
    assert (await api("DELETE", "clusters", "aaaaaaaa")).status == 204
    kept = json.loads((state_dir / "aaaaaaaa" / "request.json").read_text())
    assert kept["unsent"] == {**body, "stop": True}
    assert (await api("GET", "clusters", "aaaaaaaa")).json["status"] == "stopping"


@pytest.fixture
def dead_while_starting(state_dir: Path) -> ClusterDirectory:
    directory = record(state_dir, "aaaaaaaa", owner=DEAD)
    directory.log("controller").write_text("the last words\n")
    return directory


@pytest.mark.parametrize("launcher", [None])
async def test_one_that_died_while_it_started_has_failed(
    dead_while_starting: ClusterDirectory, api: Api, launcher: None
) -> None:
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    (problem,) = cluster["problems"]
    assert (problem["code"], problem["message"]) == ("start_failed", "the last words")
    ended = dead_while_starting.ended()
    assert ended is not None
    assert ended.code == "start_failed"


async def test_a_launch_that_was_cut_short_has_failed(
    dead_launch: ClusterDirectory, api: Api
) -> None:
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    assert "server ended" in cluster["problems"][0]["message"]


@pytest.fixture
def dead_launch(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterDirectory:
    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.cluster.LAUNCH_LIMIT", 0.0)
    return record(state_dir, "aaaaaaaa")


@pytest.fixture
def inside_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "4711")


async def test_inside_a_job_a_cluster_says_with_what_it_ends(inside_a_job: None, api: Api) -> None:
    assert "4711" in (await api("GET", "site")).json["ends_with"]
    cluster = await api.create()
    assert "4711" in cluster["ends_with"]

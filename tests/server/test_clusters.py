"""Real clusters through the REST API: a real controller on the embedded queue."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from pathlib import Path
from typing import Any

import pytest

from .conftest import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


def running(cluster: dict[str, Any]) -> bool:
    return bool(cluster["status"] == "running")


async def test_create_scale_and_stop(api: Api, state_dir: Path) -> None:
    cluster = await api.create(name="blue-otter")
    assert cluster["status"] == "starting"
    assert cluster["name"] == "blue-otter"
    assert cluster["client_code"] is None
    assert cluster["options"]["memory"] == 512_000_000
    assert cluster["options"]["walltime"] == 600
    assert cluster["options"]["idle_timeout"] == 8 * 3600

    cluster = await api.wait(cluster, running)
    assert cluster["scheduler_address"].startswith("tls://")
    assert cluster["dashboard_path"] == f"dask-slurm/clusters/{cluster['id']}/dashboard/status"
    compile(cluster["client_code"], "<cell>", "exec")
    directory = state_dir / cluster["id"]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):  # one that is just taking another's place
            mode = path.lstat().st_mode
            assert not stat.S_ISREG(mode) or stat.S_IMODE(mode) == 0o600, path

    answer = await api("PATCH", "clusters", cluster["id"], body={"scaling": {"cores": 1}})
    assert (answer.status, answer.json["jobs"]["desired"]) == (200, 1)
    cluster = await api.wait(cluster, lambda c: c["jobs"]["connected"] == 1)
    assert (cluster["cores"], cluster["workers"]["connected"]) == (1, 1)
    (job,) = (await api("GET", "clusters", cluster["id"], "jobs")).json
    assert (job["state"], job["workers"]) == ("RUNNING", 1)
    assert job["memory"] > 1e6
    assert job["cpu"] >= 0
    assert (await api.get(cluster))["core_seconds"] >= 0
    log = await api("GET", "clusters", cluster["id"], "logs", source=job["id"], tail=500)
    assert log.status == 200
    assert "distributed" in log.text
    known = log.headers["Log-End"]
    more = await api(
        "GET", "clusters", cluster["id"], "logs", source=job["id"], tail=0, after=known
    )
    assert (more.status, more.headers["Log-Start"]) == (200, known)

    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    answer = await api("GET", "clusters", cluster["id"])
    assert answer.status == 404 or answer.json["status"] == "stopping"
    await api.gone(cluster)
    assert not directory.exists()
    while api.events[-1]["action"] != "removed":
        await asyncio.sleep(0.05)
    actions = [event["action"] for event in api.events]
    assert (actions[0], actions[-1]) == ("created", "removed")
    assert set(actions[1:-1]) == {"changed"}


async def test_what_is_asked_while_it_starts_is_done_when_it_has_started(api: Api) -> None:
    cluster = await api.create(name="early")
    answer = await api(
        "PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 1}, "name": "later"}
    )
    assert answer.status == 200
    assert (answer.json["name"], answer.json["jobs"]["desired"]) == ("later", 1)
    cluster = await api.wait(cluster, lambda c: c["jobs"]["connected"] == 1)
    assert (cluster["name"], cluster["scaling"]) == ("later", {"jobs": 1})
    await api("DELETE", "clusters", cluster["id"])
    await api.gone(cluster)


async def test_one_that_is_stopped_while_it_starts_is_gone(api: Api, state_dir: Path) -> None:
    cluster = await api.create()
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    answer = await api("GET", "clusters", cluster["id"])
    assert answer.status == 404 or answer.json["status"] == "stopping"
    await api.gone(cluster)
    assert not (state_dir / cluster["id"]).exists()

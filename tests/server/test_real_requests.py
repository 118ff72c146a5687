"""What the panel asks for beside a size, on real clusters of the embedded queue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.model.scaling import Scaling

from ..support.processes import process_of
from .conftest import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


async def connected(api: Api, jobs: int, **body: Any) -> dict[str, Any]:
    cluster = await api.create(scaling={"jobs": jobs}, **body)
    return await api.wait(cluster, lambda c: c["jobs"]["connected"] == jobs)


async def live(api: Api, cluster: dict[str, Any]) -> list[str]:
    """The ids of the jobs that have not ended."""
    jobs = (await api("GET", "clusters", cluster["id"], "jobs")).json
    return [job["id"] for job in jobs if job["stage"] != "ended"]


async def stopped(api: Api, cluster: dict[str, Any]) -> None:
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    await api.gone(cluster)


async def started_again(api: Api, cluster: dict[str, Any]) -> dict[str, Any]:
    """As soon as it may be: while its jobs are still being cancelled that is a conflict."""
    while (answer := await api("POST", "clusters", cluster["id"], "start-again")).status == 409:
        await asyncio.sleep(0.1)
    assert answer.status == 201, answer.text
    return dict(answer.json)


async def test_one_job_is_cancelled_and_one_less_wanted(api: Api, state_dir: Path) -> None:
    cluster = await connected(api, 2)
    first, second = await live(api, cluster)
    assert (await api("DELETE", "clusters", cluster["id"], "jobs", first)).status == 204
    cluster = await api.wait(cluster, lambda c: c["jobs"]["running"] == 1)
    assert (cluster["scaling"], cluster["jobs"]["desired"]) == ({"jobs": 1}, 1)
    assert await live(api, cluster) == [second]
    again = await api("DELETE", "clusters", cluster["id"], "jobs", first)
    assert (again.status, again.json["reason"]) == (409, "WrongState")
    unknown = await api("DELETE", "clusters", cluster["id"], "jobs", "4711_0")
    assert (unknown.status, unknown.json["reason"]) == (404, "JobNotFound")
    record = ClusterDirectory(state_dir / cluster["id"]).record()
    assert record is not None
    assert record.scaling == Scaling("jobs", 1)
    await stopped(api, cluster)


async def test_one_job_is_replaced(api: Api) -> None:
    cluster = await connected(api, 1)
    (first,) = await live(api, cluster)
    answer = await api("POST", "clusters", cluster["id"], "jobs", first, "replace")
    assert (answer.status, answer.json["scaling"]) == (200, {"jobs": 1})
    while (jobs := await live(api, cluster)) == [] or first in jobs:
        await asyncio.sleep(0.1)
    assert len(jobs) == 1
    await stopped(api, cluster)


async def test_idleness_is_set_and_put_off(api: Api) -> None:
    cluster = await api.create(options={"idle_timeout": 0})
    cluster = await api.wait(cluster, lambda c: c["status"] == "running")
    assert cluster["idle_stop"] is None
    answer = await api("PATCH", "clusters", cluster["id"], body={"idle_timeout": 3600})
    assert (answer.status, answer.json["options"]["idle_timeout"]) == (200, 3600)
    cluster = await api.wait(cluster, lambda c: c["idle_stop"] is not None)
    before = cluster["idle_stop"]
    answer = await api("POST", "clusters", cluster["id"], "extend-idle", body={"seconds": 7200})
    assert answer.status == 200, answer.text
    assert answer.json["idle_stop"] > before
    await stopped(api, cluster)


async def test_a_retry_is_heard(api: Api) -> None:
    cluster = await api.create()
    await api.wait(cluster, lambda c: c["status"] == "running")
    answer = await api("POST", "clusters", cluster["id"], "retry")
    assert (answer.status, answer.json["status"]) == (200, "running")
    await stopped(api, cluster)


async def test_one_that_was_idle_too_long_says_so_and_is_started_again(
    api: Api, state_dir: Path
) -> None:
    cluster = await api.create(name="blue-otter", options={"idle_timeout": 1})
    cluster = await api.wait(cluster, lambda c: c["status"] == "failed")
    assert [problem["code"] for problem in cluster["problems"]] == ["idle"]
    assert "Start Again" in cluster["problems"][0]["advice"]
    again = await started_again(api, cluster)
    assert (again["name"], again["options"]["idle_timeout"]) == ("blue-otter", 1)
    await api("PATCH", "clusters", again["id"], body={"idle_timeout": 0})
    await api.wait(again, lambda c: c["status"] == "running")
    await stopped(api, again)


async def test_a_killed_one_is_started_again(api: Api, state_dir: Path) -> None:
    cluster = await connected(api, 1, name="blue-otter")
    connection = ClusterDirectory(state_dir / cluster["id"]).connection()
    assert connection is not None
    process_of(connection.owner).kill()
    cluster = await api.wait(cluster, lambda c: c["status"] == "failed")
    assert cluster["problems"][0]["code"] == "controller_died"
    again = await started_again(api, cluster)
    again = await api.wait(again, lambda c: c["jobs"]["connected"] == 1)
    assert (again["name"], again["id"] != cluster["id"]) == ("blue-otter", True)
    assert len((await api("GET", "clusters")).json) == 1
    await stopped(api, again)


async def test_a_damaged_connection_file_is_mended_while_the_cluster_is_used(
    api: Api, state_dir: Path
) -> None:
    cluster = await api.create()
    cluster = await api.wait(cluster, lambda c: c["status"] == "running")
    directory = ClusterDirectory(state_dir / cluster["id"])
    before = directory.connection()
    directory.connection_file.write_text('{"half": ')
    # A server that starts now knows nothing of it but that.
    await api.extension.stop_extension()
    await api.extension.manager.start()
    await api.wait(cluster, lambda c: c["status"] == "running")
    assert directory.connection() == before
    await stopped(api, cluster)

"""What Jupyter's own endpoint of metrics says of the clusters, and what it does not."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from jupyter_dask_slurm.batch.command import run
from jupyter_dask_slurm.batch.errors import CommandFailed

from .conftest import Api, LauncherNeverReady


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


async def read(jp_fetch: Any) -> dict[str, float]:
    """Each of our values, by its name with its labels."""
    answer: HTTPResponse = await jp_fetch("metrics")
    lines = [line.rpartition(" ") for line in answer.body.decode().splitlines()]
    return {name: float(value) for name, _, value in lines if name.startswith("dask_slurm_")}


async def test_clusters_and_refusals_are_counted_without_their_names(
    api: Api, jp_fetch: Any
) -> None:
    before = await read(jp_fetch)
    await api.create(name="blue-otter", scaling={"jobs": 2})
    assert (await api("GET", "clusters", "0badcafe")).status == 404
    after = await read(jp_fetch)
    assert before['dask_slurm_clusters{status="starting"}'] == 0
    assert after['dask_slurm_clusters{status="starting"}'] == 1
    assert after['dask_slurm_clusters{status="failed"}'] == 0
    assert 'dask_slurm_jobs{state="pending"}' in after
    refused = 'dask_slurm_refused_requests_total{reason="ClusterNotFound"}'
    assert after[refused] == before.get(refused, 0) + 1
    assert not [name for name in after if "otter" in name or "0badcafe" in name]


async def test_commands_are_timed_by_program_and_outcome(api: Api, jp_fetch: Any) -> None:
    count = "dask_slurm_command_duration_seconds_count"
    lines = [f'{count}{{outcome="{how}",program="other"}}' for how in ("ok", "CommandFailed")]
    assert (await api("GET", "clusters")).status == 200
    assert (await api("GET", "site")).status == 200  # From then on commands are run.
    before = await read(jp_fetch)
    await run(["true"], environ=os.environ, limit=30)
    with pytest.raises(CommandFailed):
        await run(["false"], environ=os.environ, limit=30)
    after = await read(jp_fetch)
    assert [after[line] - before.get(line, 0) for line in lines] == [1, 1]

"""A real server that can write nothing any more: it says so, goes on, and loses nothing it knows."""

from __future__ import annotations

import json
import resource
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.model.scaling import Scaling

from ..support.clusters import wait_for
from ..support.jupyter import Server
from .conftest import OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


@pytest.fixture
def server(tmp_path: Path, state_dir: Path) -> Iterator[Server]:
    traits = {"state_dir": str(state_dir), "batch_system": "local", "local_cores": 1}
    server = Server(tmp_path, traits)
    yield server
    server.end()


def limit_files(server: Server, size: int) -> None:
    """No file of the server's may grow beyond that: the same for root as for anybody."""
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def refused(server: Server, method: str, path: str, body: Any = None) -> dict[str, Any]:
    with pytest.raises(urllib.error.HTTPError) as error:
        server(method, path, body)
    with error.value as answer:
        assert answer.code == 503
        return dict(json.loads(answer.read()))


def test_a_full_disk_ends_nothing(server: Server, state_dir: Path) -> None:
    cluster = server("POST", "clusters", {"options": OPTIONS, "name": "first"})
    path = f"clusters/{cluster['id']}"
    wait_for("it runs", lambda: server("GET", path)["status"] == "running")

    limit_files(server, 0)
    answer = refused(server, "POST", "clusters", {"options": OPTIONS, "name": "second"})
    assert answer["reason"] == "Unavailable"
    assert "cannot be written" in answer["message"]
    assert [c["name"] for c in server("GET", "clusters")] == ["first"]
    # What its controller does needs no file of the server's.
    changed = server("PATCH", path, {"scaling": {"jobs": 1}, "name": "renamed"})
    assert (changed["name"], changed["scaling"]) == ("renamed", {"jobs": 1})
    wait_for("a worker", lambda: server("GET", path)["jobs"]["connected"] == 1)

    limit_files(server, resource.RLIM_INFINITY)
    server("PATCH", path, {"idle_timeout": 77})
    record = ClusterDirectory(state_dir / cluster["id"]).record()
    assert record is not None
    # Also what could not be written before.
    assert (record.name, record.scaling, record.options.idle_timeout) == (
        "renamed",
        Scaling("jobs", 1),
        77,
    )
    second = server("POST", "clusters", {"options": OPTIONS, "name": "second"})
    wait_for("it runs", lambda: server("GET", f"clusters/{second['id']}")["status"] == "running")
    for cluster in server("GET", "clusters"):
        server("DELETE", f"clusters/{cluster['id']}")
    wait_for("their end", lambda: server("GET", "clusters") == [])

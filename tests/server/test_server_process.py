"""A whole Jupyter server as a process of its own, ended as servers are ended."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..support.clusters import wait_for
from ..support.jupyter import Server
from .conftest import OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


@pytest.fixture
def start(tmp_path: Path, state_dir: Path) -> Iterator[Callable[[], Server]]:
    servers: list[Server] = []
    traits = {"state_dir": str(state_dir), "batch_system": "local", "local_cores": 1}

    def start_server() -> Server:
        servers.append(Server(tmp_path, traits))
        return servers[-1]

    yield start_server
    for server in servers:
        server.end()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_clusters_outlive_their_server_and_are_in_the_next_ones_first_answer(
    start: Callable[[], Server], number: signal.Signals
) -> None:
    server = start()
    cluster = server("POST", "clusters", {"options": OPTIONS, "scaling": {"jobs": 1}})
    path = f"clusters/{cluster['id']}"
    wait_for("a worker", lambda: server("GET", path)["jobs"]["connected"] == 1)
    server.end(number)

    server = start()
    (found,) = server("GET", "clusters")
    assert (found["id"], found["status"]) == (cluster["id"], "running")
    assert found["jobs"]["connected"] == 1
    server("DELETE", path)
    wait_for("its end", lambda: server("GET", "clusters") == [])
    server.end(signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()

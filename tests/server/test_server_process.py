"""A whole Jupyter server as a process of its own, ended as servers are ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..clusters import wait_for
from .conftest import OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


class Server:
    """``jupyter server`` with the extension, below a directory of its own."""

    def __init__(self, directory: Path, state_dir: Path, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/dask-slurm/api/"
        (directory / "config").mkdir(exist_ok=True)
        (directory / "config" / "jupyter_server_config.json").write_text(
            json.dumps(
                {
                    "ServerApp": {
                        "ip": "127.0.0.1",
                        "port": port,
                        "port_retries": 0,
                        "allow_root": True,
                        "open_browser": False,
                        "root_dir": str(directory),
                        "jpserver_extensions": {"jupyter_dask_slurm": True},
                    },
                    "IdentityProvider": {"token": "secret"},
                    "DaskSlurmExtension": {
                        "state_dir": str(state_dir),
                        "batch_system": "local",
                        "local_cores": 1,
                    },
                }
            )
        )
        self.log = directory / "server.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server"],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "JUPYTER_CONFIG_DIR": str(directory / "config"),
                    "JUPYTER_DATA_DIR": str(directory / "data"),
                    "JUPYTER_RUNTIME_DIR": str(directory / "runtime"),
                    "JUPYTER_NO_CONFIG": "",
                },
            )
        wait_for("the server", self._answers)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            urllib.request.urlopen(self._url.replace("dask-slurm/api/", "api"), timeout=5).close()
            return True
        return False

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "token secret"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def end(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=30)


@pytest.fixture
def start(tmp_path: Path, state_dir: Path, unused_tcp_port: int) -> Iterator[Callable[[], Server]]:
    servers: list[Server] = []

    def start_server() -> Server:
        servers.append(Server(tmp_path, state_dir, unused_tcp_port))
        return servers[-1]

    yield start_server
    for server in servers:
        server.end(signal.SIGKILL)


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

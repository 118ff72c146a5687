"""A whole Jupyter server with the extension, as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from .clusters import wait_for
from .ports import free_ports
from .processes import listening

ATTEMPTS = 3
START_LIMIT = 600.0
"""Seconds. A bound against hanging for ever: on a busy machine a server takes minutes."""
OPTIONS: dict[str, Any] = {
    "cores": 1,
    "memory": "512 MB",
    "walltime": "00:10:00",
    "interface": "lo",
    "scheduler_interface": "lo",
}
"""Of a small cluster on this host, as a request has them."""


class Server:
    """``jupyter server`` below a directory of its own. ``traits`` are the extension's, ``environ`` what
    its environment has beside ours."""

    def __init__(
        self, directory: Path, traits: dict[str, Any], environ: Mapping[str, str] | None = None
    ) -> None:
        self.log = directory / "server.log"
        self._environ = environ or {}
        for _ in range(ATTEMPTS):
            (self._port,) = free_ports(1)
            self.base = f"http://127.0.0.1:{self._port}"
            self._url = f"{self.base}/dask-slurm/api/"
            self.process = self._start(directory, traits)
            wait_for("the server", lambda: self._ended() or self._answers(), START_LIMIT)
            if not self._ended():
                return
        raise AssertionError(self.log.read_text())

    def _start(self, directory: Path, traits: dict[str, Any]) -> subprocess.Popen[bytes]:
        (directory / "config").mkdir(exist_ok=True)
        (directory / "config" / "jupyter_server_config.json").write_text(
            json.dumps(
                {
                    "ServerApp": {
                        "ip": "127.0.0.1",
                        "port": self._port,
                        "port_retries": 0,
                        "allow_root": True,
                        "open_browser": False,
                        "root_dir": str(directory),
                        "jpserver_extensions": {"jupyter_dask_slurm": True},
                    },
                    "IdentityProvider": {"token": "secret"},
                    "DaskSlurmExtension": traits,
                }
            )
        )
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jupyter_server"],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    **self._environ,
                    "JUPYTER_CONFIG_DIR": str(directory / "config"),
                    "JUPYTER_DATA_DIR": str(directory / "data"),
                    "JUPYTER_RUNTIME_DIR": str(directory / "runtime"),
                    "JUPYTER_NO_CONFIG": "",
                },
            )

    def _ended(self) -> bool:
        """At once where somebody else has taken the port meanwhile."""
        return self.process.poll() is not None

    def _answers(self) -> bool:
        if ("127.0.0.1", self._port) not in listening([psutil.Process(self.process.pid)]):
            return False  # what answers there would be another's
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{self.base}/api", timeout=5).close()
            return True
        return False

    def __call__(self, method: str, path: str, body: Any = None, *, timeout: float = 100) -> Any:
        """The JSON of the answer; None when it is empty. Raises urllib.error.HTTPError."""
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "token secret"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as response:
            text = response.read()
        return json.loads(text) if text else None

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=30)

"""A scheduler with the keys and the preload of a cluster, as a controller makes them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import jupyter_dask_slurm
from jupyter_dask_slurm import tls

IN_DASK = Path(jupyter_dask_slurm.__file__).parent / "in_dask"


class StandaloneScheduler:
    """A scheduler without a controller, that workers and clients with the key can join. `close` ends it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700)
        self.directory = directory
        self.cert, self.key = directory / "cert.pem", directory / "key.pem"
        tls.make_key_pair(self.cert, self.key)
        for preload in ("worker_preload.py", "private_ports.py"):
            shutil.copy(IN_DASK / preload, directory)
        self.scheduler = subprocess.Popen(
            [sys.executable, IN_DASK / "scheduler.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.scheduler.stdin is not None
        assert self.scheduler.stdout is not None
        config = {"interface": "lo", "cert": str(self.cert), "key": str(self.key)}
        self.scheduler.stdin.write(json.dumps(config) + "\n")
        self.scheduler.stdin.flush()
        ready = json.loads(self.scheduler.stdout.readline())
        self.address: str = ready["address"]
        self.dashboard: str = ready["dashboard_address"]

    def workers(self) -> list[dict[str, Any]]:
        """Return what dask's own page says of each worker."""
        context = tls.client_context(self.cert, self.key)
        url = f"{self.dashboard}/json/identity.json"
        with urllib.request.urlopen(url, context=context) as answer:
            return list(json.load(answer)["workers"].values())

    def close(self) -> None:
        assert self.scheduler.stdin is not None
        assert self.scheduler.stdout is not None
        self.scheduler.stdin.close()
        self.scheduler.wait(20)
        self.scheduler.stdout.close()

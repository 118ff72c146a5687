"""How long a Jupyter server takes to answer while it makes, grows, uses and stops a cluster.

Ours and dask-labextension's with ``dask_jobqueue.SLURMCluster``, each in a Jupyter server that has both
extensions, on a Slurm where one job runs and the others wait. ``/api/status`` is asked again and again; at
the end the server is killed, and what it leaves is counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.support.jupyter import Server

from .table import milliseconds, print_table

PHASES = ("idle", "creating", "to 200 jobs", "100,000 tasks", "stopping")
IDLE = 10.0
"""Seconds."""
JOBS, TASKS = 200, 100_000
PAUSE = 0.01
"""Seconds between an answer and the next question."""
WORK = """
import sys
from distributed import wait
{connect}
client.wait_for_workers(1)
print("ready", flush=True)
sys.stdin.readline()
wait(client.map(lambda n: n + 1, range(int(sys.argv[1])), pure=False))
"""


def one_job() -> dict[str, Any]:
    """Return what a job asks for that leaves no room for a second one on the node."""
    answer = subprocess.check_output(["sinfo", "-h", "-o", "%c"], text=True)
    return {
        "cores": int(answer.split()[0]),
        "memory": "1 GB",
        "processes": 1,
        "walltime": "00:20:00",
        "interface": "lo",
    }


class Ours:
    name = "ours"

    def __init__(self, directory: Path) -> None:
        self.server = Server(directory, {"state_dir": f"{directory}/state"})
        self._directory = directory

    def create(self) -> None:
        options = {**one_job(), "scheduler_interface": "lo"}
        self._id = self.server("POST", "clusters", {"name": "speed", "options": options})["id"]
        while self.server("GET", f"clusters/{self._id}")["status"] != "running":
            time.sleep(0.1)

    def scale(self, jobs: int) -> None:
        self.server("PATCH", f"clusters/{self._id}", {"scaling": {"jobs": jobs}})

    def stop(self) -> None:
        self.server("DELETE", f"clusters/{self._id}")
        while self.server("GET", "clusters"):
            time.sleep(0.1)

    @property
    def connect(self) -> str:
        state = f"{self._directory}/state"
        return f"""
from jupyter_dask_slurm import connect
client = connect({self._id!r}, state_dir={state!r})
"""


class Theirs:
    name = "dask-labextension"

    def __init__(self, directory: Path) -> None:
        settings = {
            "MODULE": "dask_jobqueue",
            "CLASS": "SLURMCluster",
            "KWARGS": repr({**one_job(), "log_directory": str(directory)}),
        }
        environ = {f"DASK_LABEXTENSION__FACTORY__{key}": value for key, value in settings.items()}
        self.server = Server(directory, {"state_dir": f"{directory}/state"}, environ)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.server.base}/dask/clusters{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "token secret"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def create(self) -> None:
        made = self._ask("PUT", "", {})
        self._id, self._address = made["id"], made["scheduler_address"]

    def scale(self, jobs: int) -> None:
        self._ask("PATCH", f"/{self._id}", {"workers": jobs})

    def stop(self) -> None:
        self._ask("DELETE", f"/{self._id}")

    @property
    def connect(self) -> str:
        return f"""
from distributed import Client
client = Client({self._address!r})
"""


def waits(server: Server) -> tuple[Callable[[], list[float]], Callable[[], None]]:
    """Ask in a thread until the second of these functions is called. The first returns the seconds that
    the answers took since it was called last."""
    found: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(
            f"{server.base}/api/status", headers={"Authorization": "token secret"}
        )
        while not ended.wait(PAUSE):
            begin = time.perf_counter()
            with urllib.request.urlopen(request, timeout=600) as answer:
                answer.read()
            found.append(time.perf_counter() - begin)

    def take() -> list[float]:
        # The answer that is under way belongs to what ends now.
        before = len(found)
        while len(found) == before:
            time.sleep(PAUSE)
        taken = found[:]
        del found[: len(taken)]
        return taken

    thread = threading.Thread(target=ask)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    return take, end


def in_queue() -> int:
    return len(subprocess.check_output(["squeue", "-h", "-r"], text=True).splitlines())


def until_queued(jobs: int) -> None:
    while in_queue() != jobs:
        time.sleep(0.2)


@contextlib.contextmanager
def notebook(connect: str) -> Iterator[Callable[[], None]]:
    """Give a function that has a process of a user's compute, and returns at its end."""
    program = [sys.executable, "-c", WORK.format(connect=connect), str(TASKS)]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def compute() -> None:
            process.communicate("\n")
            assert process.returncode == 0

        yield compute


def measure(side: type[Ours | Theirs]) -> tuple[dict[str, list[float]], int]:
    """Return the waits of each phase, and how many jobs a killed server leaves without a cluster that can
    be found again."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        cluster = side(Path(name))
        take, end = waits(cluster.server)
        try:
            take()
            time.sleep(IDLE)
            found["idle"] = take()
            cluster.create()
            found["creating"] = take()
            cluster.scale(1)
            with notebook(cluster.connect) as compute:
                take()
                compute()
                found["100,000 tasks"] = take()
            cluster.scale(JOBS)
            until_queued(JOBS)
            found["to 200 jobs"] = take()
            cluster.stop()
            until_queued(0)
            found["stopping"] = take()
        finally:
            end()
        left = after_kill(cluster, Path(name))
    return found, left


def after_kill(cluster: Ours | Theirs, directory: Path) -> int:
    cluster.create()
    cluster.scale(1)
    until_queued(1)
    cluster.server.end(signal.SIGKILL)
    if isinstance(cluster, Ours):
        cluster.server = Server(directory, {"state_dir": f"{directory}/state"})
        cluster.stop()
        until_queued(0)
        cluster.server.end(signal.SIGTERM)
    left = in_queue()
    subprocess.run(["scancel", "-u", str(os.getuid())], check=True)
    until_queued(0)
    return left


def main() -> None:
    rows = []
    for side in (Ours, Theirs):
        found, left = measure(side)
        idle = statistics.median(found["idle"])
        for phase in PHASES:
            values = sorted(found[phase])
            p50 = statistics.median(values)
            p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
            rows.append(
                [
                    f"{side.name}, {phase}",
                    milliseconds(p50),
                    milliseconds(p99),
                    milliseconds(values[-1]),
                    f"{p50 / idle:.2f}",
                ]
            )
        rows.append([f"{side.name}, killed: jobs without a cluster", left, "", "", ""])
    print_table(
        "Answers of a Jupyter server to /api/status",
        ["", "p50", "p99", "max", "p50, idle = 1"],
        rows,
    )


if __name__ == "__main__":
    main()

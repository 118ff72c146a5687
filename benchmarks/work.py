"""The same work on four clusters of two jobs of one core: many small tasks, and 1 GB that moves.

Ours, ``dask_jobqueue.SLURMCluster``, and a scheduler with two workers by hand, with TLS and without. What
ours adds to these is its TLS, a nanny for each worker, and the controller's questions.
"""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from distributed import Client, Security, wait

from jupyter_dask_slurm import tls

from .cluster import wait_for
from .table import print_table, side_by_side

ROUNDS = 3
WORKERS = 2
TASKS = 20_000
PIECES, PIECE = 10, 100 * 10**6
"""1 GB, in bytes: no worker may spill what it gets."""
ONE_JOB = {
    "cores": 1,
    "memory": "3 GB",
    "processes": 1,
    "walltime": "00:20:00",
    "interface": "lo",
}


@contextlib.contextmanager
def ours(directory: Path) -> Iterator[Client]:
    from jupyter_dask_slurm import SLURMCluster

    with SLURMCluster(**ONE_JOB, state_dir=directory / "state", batch_system="slurm") as cluster:
        cluster.scale(jobs=WORKERS)
        with cluster.get_client() as client:
            yield client


@contextlib.contextmanager
def theirs(directory: Path) -> Iterator[Client]:
    from dask_jobqueue import SLURMCluster

    with SLURMCluster(**ONE_JOB, log_directory=str(directory)) as cluster:
        cluster.scale(jobs=WORKERS)
        with Client(cluster) as client:
            yield client


@contextlib.contextmanager
def by_hand(directory: Path, *, encrypted: bool) -> Iterator[Client]:
    """``dask scheduler``, and ``dask worker`` without a nanny."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    if not cert.exists():
        tls.make_key_pair(cert, key)
    keys = ["--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key)]
    protocol = "tls" if encrypted else "tcp"
    file = directory / f"{protocol}.json"
    file.unlink(missing_ok=True)
    common = ["--scheduler-file", str(file), *(keys if encrypted else [])]
    commands = [
        [
            "dask_scheduler",
            "--host",
            f"{protocol}://127.0.0.1:0",
            "--dashboard-address",
            "127.0.0.1:0",
        ],
        *[["dask_worker", "--host", "127.0.0.1", "--nthreads", "1", "--memory-limit", "3 GB"]]
        * WORKERS,
    ]
    commands[1:] = [[*command, "--protocol", protocol, "--no-nanny"] for command in commands[1:]]
    security = Security(
        require_encryption=True,
        tls_ca_file=str(cert),
        tls_client_cert=str(cert),
        tls_client_key=str(key),
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"distributed.cli.{command[0]}", *command[1:], *common],
                    cwd=directory,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            wait_for(file, lambda: started[0].poll() is None)
        with Client(scheduler_file=str(file), security=security if encrypted else None) as client:
            yield client
    finally:
        for process in started:
            process.kill()
            process.wait()


def many_tasks(client: Client) -> float:
    """Return the seconds that many small tasks take, from the call to the last result."""
    begin = time.perf_counter()
    futures = client.map(lambda n: n + 1, range(TASKS), pure=False)
    wait(futures)
    return time.perf_counter() - begin


def moved(client: Client) -> float:
    """Return the seconds in which the other worker gets 1 GB."""
    one, other = client.scheduler_info()["workers"]
    pieces = client.map(
        lambda n: bytes([n]) * PIECE,
        range(PIECES),
        pure=False,
        workers=[one],
        allow_other_workers=False,
    )
    wait(pieces)
    begin = time.perf_counter()
    wait(client.submit(lambda got: sum(map(len, got)), pieces, pure=False, workers=[other]))
    return time.perf_counter() - begin


CLUSTERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Client]]] = {
    "ours": ours,
    "dask-jobqueue": theirs,
    "by hand, with TLS": functools.partial(by_hand, encrypted=True),
    "by hand, without TLS": functools.partial(by_hand, encrypted=False),
}


def measure(name: str, directory: Path) -> None:
    """Print the figures of one of them as JSON."""
    with CLUSTERS[name](directory) as client:
        client.wait_for_workers(WORKERS)
        client.gather(client.map(lambda n: n, range(100), pure=False))  # everything is imported
        print(json.dumps([many_tasks(client), moved(client)]))


def measured(name: str) -> list[float]:
    """Return the figures of one of them, in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "benchmarks.work", name, directory]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def main() -> None:
    rounds = [{name: measured(name) for name in CLUSTERS} for _ in range(ROUNDS)]
    print_table(
        f"The same work on {WORKERS} jobs of one core (median of {ROUNDS}, ratios round by round)",
        ["", f"{TASKS:,} tasks", "ours = 1", f"{PIECES * PIECE // 10**9} GB moved", "ours = 1"],
        side_by_side(rounds, CLUSTERS, "ours"),
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

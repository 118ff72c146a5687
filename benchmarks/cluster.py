"""A new cluster until its scheduler can be used, against ``dask scheduler`` with TLS by hand."""

from __future__ import annotations

import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.launcher import start_controller
from jupyter_dask_slurm.model.cluster import ClusterOptions, utc_now
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.template import Piece, Template
from jupyter_dask_slurm.process import is_alive, this_host

from .table import milliseconds, print_table

ROUNDS = 5
OPTIONS = ClusterOptions(
    cores=1, memory=10**9, walltime=600, processes=1, scheduler_interface="lo", interface="lo"
)


def ours(state_dir: Path) -> float:
    """From the request to the connection file; the whole controller, keys included."""
    directory = ClusterDirectory(state_dir / secrets.token_hex(4))
    begin = time.perf_counter()
    directory.create()
    directory.write(Template((Piece("#!/bin/sh\n"),)))
    directory.write(
        Record(
            id=directory.id,
            name="benchmark",
            created=utc_now(),
            options=OPTIONS,
            scaling=Scaling(),
            batch_system="local",
            host=this_host(),
        )
    )
    owner = start_controller(directory, state_dir)
    wait_for(directory.connection_file, lambda: is_alive(owner))
    seconds = time.perf_counter() - begin
    subprocess.run(["kill", str(owner.pid)], check=True)
    while is_alive(owner):
        time.sleep(0.01)
    return seconds


def standalone(directory: Path) -> float:
    """From the command line to dask's own scheduler file, with keys that exist already."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    if not cert.exists():
        tls.make_key_pair(cert, key)
    file = directory / "scheduler.json"
    file.unlink(missing_ok=True)
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "tls://127.0.0.1:0"]
        + ["--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key)]
        + ["--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(file, lambda: process.poll() is None)
        return time.perf_counter() - begin
    finally:
        process.terminate()
        process.wait()


def wait_for(path: Path, alive: Callable[[], object]) -> None:
    while not path.exists():
        if not alive():
            raise SystemExit(f"it ended before there was {path}")
        time.sleep(0.005)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        pairs = [(ours(directory / "state"), standalone(directory)) for _ in range(ROUNDS)]
    rows = [
        [who, milliseconds(statistics.median(pair[column] for pair in pairs))]
        for column, who in enumerate(("a new cluster", "dask scheduler by hand"))
    ]
    rows.append(["ratio, pair by pair", f"{statistics.median(a / b for a, b in pairs):.2f}"])
    print_table(f"Until the scheduler can be used (median of {ROUNDS})", ["", ""], rows)


if __name__ == "__main__":
    main()

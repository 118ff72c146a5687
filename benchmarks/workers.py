"""From the wish for two jobs to their first worker, and to the last: ours, and an ``sbatch`` by hand.

Both go to the same scheduler, with TLS; the script by hand starts ``dask worker`` with what it needs alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from distributed import Client

from jupyter_dask_slurm import SLURMCluster

from .table import print_table, side_by_side

ROUNDS = 5
JOBS = 2
ONE_JOB = {
    "cores": 1,
    "memory": "1 GB",
    "processes": 1,
    "walltime": "00:20:00",
    "interface": "lo",
}
SCRIPT = """#!/bin/sh
#SBATCH --array=0-{last}
#SBATCH -n 1
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH -t 00:20:00
#SBATCH -o /dev/null
exec {python} -m distributed.cli.dask_worker {address} --protocol tls \\
  --tls-ca-file {cert} --tls-cert {cert} --tls-key {key} \\
  --interface lo --nthreads 1 --memory-limit 1GB
"""


def by_hand(cluster: SLURMCluster) -> str:
    """Submit the jobs and return their id."""
    security = cluster.security
    script = SCRIPT.format(
        last=JOBS - 1,
        python=sys.executable,
        address=cluster.scheduler_address,
        cert=security.tls_client_cert,
        key=security.tls_client_key,
    )
    command = ["sbatch", "--parsable"]
    return subprocess.run(
        command, input=script, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def until(client: Client, condition: Callable[[int], bool]) -> float:
    """Return when the number of workers fulfils that."""
    while not condition(len(client.scheduler_info(n_workers=-1)["workers"])):
        time.sleep(0.005)
    return time.perf_counter()


def timed(client: Client, ask: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds until the first worker and until the last."""
    begin = time.perf_counter()
    ask()
    return (
        until(client, lambda workers: workers > 0) - begin,
        until(client, lambda workers: workers == JOBS) - begin,
    )


def one_round(cluster: SLURMCluster, client: Client) -> dict[str, tuple[float, float]]:
    found = {"ours": timed(client, lambda: cluster.scale(jobs=JOBS))}
    cluster.scale(jobs=0)
    until(client, lambda workers: workers == 0)
    submitted: list[str] = []
    found["by hand"] = timed(client, lambda: submitted.append(by_hand(cluster)))
    subprocess.run(["scancel", *submitted], check=True)
    until(client, lambda workers: workers == 0)
    return found


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        SLURMCluster(**ONE_JOB, state_dir=Path(name) / "state", batch_system="slurm") as cluster,
        cluster.get_client() as client,
    ):
        one_round(cluster, client)  # the files are in the page cache from now on
        rounds = [one_round(cluster, client) for _ in range(ROUNDS)]
    print_table(
        f"{JOBS} jobs of one core (median of {ROUNDS}, ratios round by round)",
        ["", "first worker", "by hand = 1", "last worker", "by hand = 1"],
        side_by_side(rounds, ("by hand", "ours"), "by hand"),
    )


if __name__ == "__main__":
    main()

"""From ``scancel`` by somebody else to the job that takes the other's place."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.clusters import ClusterUnderTest

from .table import print_table

ROUNDS = 5
SETTLED = 100.0
"""Seconds without a change after which a cluster looks at its jobs as seldom as it ever does."""


def queued(cluster: ClusterUnderTest) -> set[str]:
    """The ids of its jobs that wait or run."""
    argv = ["squeue", "-h", "-r", "-t", "PENDING,RUNNING", "-o", "%i %j"]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in answer.splitlines())
    return {job for job, name in rows if cluster.is_mine(name)}


def replacement(cluster: ClusterUnderTest) -> float:
    """Seconds from the start of ``scancel`` until another job is in the queue."""
    before = queued(cluster)
    begin = time.perf_counter()
    subprocess.run(["scancel", *before], check=True)
    while not queued(cluster) - before:
        time.sleep(0.01)
    seconds = time.perf_counter() - begin
    cluster.connected(1)
    cluster.scale(jobs=1)  # the second time in a row it would wait on purpose
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        cluster = ClusterUnderTest(Path(name), "slurm", scaling={"jobs": 1})
        try:
            cluster.ready()
            cluster.connected(1)
            quick = [replacement(cluster) for _ in range(ROUNDS)]
            slow = []
            for _ in range(2):
                time.sleep(SETTLED)
                slow.append(replacement(cluster))
            cluster.stop()
        finally:
            cluster.end()
    rows = [
        ["ours, soon after a change", f"{statistics.median(quick):.1f} s"],
        [f"ours, after {SETTLED:.0f} quiet seconds", f"{max(slow):.1f} s"],
        ["dask-jobqueue", "never: it does not notice"],
    ]
    print_table("From scancel outside to the next job in the queue", ["", ""], rows)


if __name__ == "__main__":
    main()

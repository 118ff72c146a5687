"""What a cluster costs its host while nobody uses it: memory and processor time, by process."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from tests.support.clusters import ClusterUnderTest

from .table import print_table

SETTLED, MEASURED = 100.0, 60.0
"""Seconds until nothing changes any more, and seconds that are measured then."""


def processor(process: psutil.Process) -> float:
    """Seconds, those of the commands that it ran included."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def memory(process: psutil.Process) -> str:
    info = process.memory_full_info()
    return f"{info.pss / 1e6:.0f} MB ({info.rss / 1e6:.0f} MB)"


def processes(cluster: ClusterUnderTest) -> dict[str, psutil.Process]:
    controller = psutil.Process(cluster.owner.pid)
    (watchdog,) = [p for p in controller.children() if "watchdog" in " ".join(p.cmdline())]
    scheduler = cluster.child("in_dask")
    return {"controller": controller, "its watchdog": watchdog, "dask scheduler": scheduler}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        cluster = ClusterUnderTest(Path(name), "slurm", scaling={"jobs": 1})
        try:
            cluster.ready()
            cluster.connected(1)
            time.sleep(SETTLED)
            found = processes(cluster)
            before = {who: processor(process) for who, process in found.items()}
            time.sleep(MEASURED)
            rows = [
                [who, memory(process), f"{(processor(process) - before[who]) / MEASURED:.2%}"]
                for who, process in found.items()
            ]
            cluster.stop()
        finally:
            cluster.end()
    print_table(
        "A cluster of one job that nobody uses",
        ["", "memory: PSS (RSS)", "of one core"],
        rows,
    )


if __name__ == "__main__":
    main()

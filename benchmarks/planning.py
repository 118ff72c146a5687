"""``plan()``, the decision of the reconciler, for 2,000 jobs."""

from __future__ import annotations

import random
import statistics
import time

from jupyter_dask_slurm.controller.plan import LiveJob, Stage, plan

from .table import print_table

JOBS = 2000
ROUNDS = 200


def jobs(**more: bool) -> list[LiveJob]:
    """A fifth waits, the others work, each with data of its own."""
    rng = random.Random(1)
    found = []
    for number in range(JOBS):
        waits = number % 5 == 0
        stage = Stage.PENDING if waits else Stage.RUNNING
        data = 0 if waits else rng.randrange(10**9)
        found.append(LiveJob(f"1_{number}", stage, not waits, data, rng.randrange(9), **more))
    return found


def milliseconds_of(wanted: int, live: list[LiveJob]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        plan(wanted, live)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def main() -> None:
    cases = {
        "nothing to do": (JOBS, jobs()),
        "all but one go": (1, jobs()),
        "as many again": (2 * JOBS, jobs()),
        "all near their walltime": (JOBS, jobs(to_replace=True)),
    }
    rows = [
        [what, f"{milliseconds_of(wanted, live):.1f} ms"] for what, (wanted, live) in cases.items()
    ]
    print_table(f"plan() for {JOBS:,} jobs (median of {ROUNDS})", ["", ""], rows)


if __name__ == "__main__":
    main()

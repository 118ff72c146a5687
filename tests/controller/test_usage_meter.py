"""What is measured of jobs, and kept of those that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.tracked_job import WorkerInfo
from jupyter_dask_slurm.controller.usage_meter import LONGEST_GAP, UsageMeter
from jupyter_dask_slurm.model.usage import Usage

ID = "3f9a12bc"
NAME = f"otter-{ID}-1"


def worker(job: str, **more: Any) -> WorkerInfo:
    return WorkerInfo(f"tls://{job}-{more}", f"{job}.0", **more)


def measured(*words: list[WorkerInfo], every: float = 5.0) -> Usage | None:
    """Return what is measured of two jobs of a scheduler that says these workers, one after the other."""
    table, meter = JobTable(ID), UsageMeter()
    table.add(["81_0", "81_1"], NAME)
    for number, workers in enumerate(words):
        table.update_workers(workers, number * every)
        meter.update(table, number * every)
    return meter.usage


BUSY = worker("81_0", cpu=300.0, tasks=2, memory=50)
IDLE = worker("81_0", cpu=5.0, memory=40)


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        ([[]], None),
        ([[worker("otherwise", memory=7)]], None),  # one that a user started
        ([[IDLE], [IDLE]], Usage(1, 0, None, 40, 40)),
        ([[BUSY], [BUSY], [IDLE], [IDLE], []], Usage(1, 10, 3.0, 50, 50)),
        ([[BUSY], [], [BUSY], []], Usage(1, 10, 3.0, 50, 50)),
        (
            [[BUSY, worker("81_0", cpu=100.0, memory=30), worker("81_1", memory=70)], []],
            Usage(2, 5, 4.0, 80, 70),
        ),
        ([[worker("81_0", tasks=1)], []], Usage(1, 5, None)),  # it has not said
        (
            [[worker("81_0", paused=True, spilled=9), worker("81_0", paused=True, spilled=4)]] * 3,
            Usage(1, 0, None, memory_spilled=13, paused_seconds=20),
        ),
    ],
)
def test_a_job_is_measured_with_all_its_workers(
    words: list[list[WorkerInfo]], usage: Usage | None
) -> None:
    assert measured(*words) == usage


@pytest.mark.parametrize("gap", [LONGEST_GAP + 1, 0.0, -3600.0])
def test_of_a_long_silence_nothing_is_known(gap: float) -> None:
    usage = measured([BUSY], [BUSY], every=gap)
    assert usage is not None
    assert (usage.busy_seconds, usage.memory_peak) == (0, 50)


def test_what_ended_for_its_memory_is_counted_once() -> None:
    table, meter = JobTable(ID), UsageMeter()
    table.add(["81_0"], NAME)
    jobs = {"81_0": BatchJob("81_0", NAME, JobState.OUT_OF_MEMORY)}
    table.update(Snapshot(1.0, jobs))
    meter.update(table, 1.0)
    meter.memory_deaths = 2
    meter.update(table, 2.0)
    assert meter.usage == Usage(memory_kills=3)

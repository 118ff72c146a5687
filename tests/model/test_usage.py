"""When the size of jobs is clearly too much or too little, and what would do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.usage import SizeAdvice, Usage, advise, rounded

GB, GIB = 1000**3, 1024**3
ASKED = ClusterOptions(cores=8, memory=16 * GB, processes=1)


def used(
    *,
    peak: float = 12.0,
    worker: float | None = None,
    spilled: float = 0.0,
    cpu: float | None = 6.0,
    busy: int = 3600,
    **more: int,
) -> Usage:
    return Usage(
        jobs=2,
        busy_seconds=busy,
        cpu_mean=cpu,
        memory_peak=int(peak * GB),
        worker_peak=int((peak if worker is None else worker) * GB),
        memory_spilled=int(spilled * GB),
        **more,
    )


@pytest.mark.parametrize(
    ("usage", "memory", "cores"),
    [
        (used(), None, None),  # as it should be
        (used(peak=3.1), 5 * GB, None),
        (used(peak=5.5), 8 * GB, None),
        (used(peak=5.7), None, None),  # not half of it
        (used(peak=0.2), 1 * GB, None),
        (used(peak=3.1, busy=599), None, None),  # an idle cluster is no reason
        (used(peak=3.1, spilled=9.0), None, None),  # it had less than it wanted
        (used(peak=0.0), None, None),  # nothing is known
        (used(peak=13.0, paused_seconds=10), 24 * GB, None),
        (used(peak=13.0, paused_seconds=9), None, None),
        (used(peak=13.0, spilled=30.0, paused_seconds=60), 64 * GB, None),
        (used(peak=2.0, memory_kills=1, busy=5), 24 * GB, None),  # faster than it was measured
        (used(cpu=3.0), None, 4),
        (used(cpu=3.3), None, None),
        (used(cpu=0.4), None, 1),
        (used(cpu=0.4, busy=599), None, None),
        (used(cpu=None), None, None),
        (used(peak=3.1, cpu=1.0), 5 * GB, 2),
        (used(peak=13.0, cpu=1.0, memory_kills=1), 24 * GB, 2),
    ],
)
def test_what_would_do(usage: Usage, memory: int | None, cores: int | None) -> None:
    expected = None if memory is None and cores is None else SizeAdvice(memory, cores)
    assert advise(ASKED, usage) == expected


@pytest.mark.parametrize(
    ("options", "usage", "advice"),
    [
        # Each of the four workers has a quarter, and one holds all of it.
        (replace(ASKED, processes=4), used(peak=3.1, worker=2.5), None),
        (replace(ASKED, processes=4), used(peak=3.1, worker=0.8), SizeAdvice(memory=5 * GB)),
        (replace(ASKED, processes=2), used(cpu=1.9), SizeAdvice(cores=4)),
        (replace(ASKED, processes=8), used(cpu=0.1), None),  # no worker without a core
        (replace(ASKED, gres="gpu:1"), used(cpu=0.4), None),
        (replace(ASKED, memory=16 * GIB), used(peak=3.1), SizeAdvice(memory=5 * GIB)),
        (replace(ASKED, cores=1), used(cpu=0.1), None),
        (ClusterOptions(), used(peak=0.1, cpu=0.1), None),  # nothing is known of what was asked for
    ],
)
def test_it_goes_by_what_a_job_is(
    options: ClusterOptions, usage: Usage, advice: SizeAdvice | None
) -> None:
    assert advise(options, usage) == advice


def test_of_nothing_follows_nothing() -> None:
    assert advise(ASKED, None) is None


@pytest.mark.parametrize(
    ("size", "like", "sum_"),
    [
        (0.1 * GB, GB, GB),
        (6.5 * GB, 16 * GB, 8 * GB),
        (6.5 * GB, 16 * GIB, 8 * GIB),
        (8 * GIB, GIB, 8 * GIB),
        (300 * GB, GB, 512 * GB),
    ],
)
def test_sizes_are_those_that_people_ask_for(size: float, like: int, sum_: int) -> None:
    assert rounded(size, like=like) == sum_

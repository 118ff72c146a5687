"""The order of things before a walltime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.model.walltime_schedule import (
    due_before_end,
    lifetime_of,
    longest_task,
    successor_before_end,
    walltime_for,
)


@pytest.mark.parametrize(
    ("walltime", "waited", "lifetime", "stagger", "due", "successor"),
    [
        (60, 0, 45, 7, 30, 45),  # Slurm's shortest: most of it is handing over
        (600, 0, 570, 15, 60, 90),
        (3600, 0, 3420, 90, 360, 540),
        (3600, 1000, 3420, 90, 360, 1860),
        (3600, 10**6, 3420, 90, 360, 2700),
        (86400, 7200, 86100, 150, 600, 11400),
    ],
)
def test_lifetimes(
    walltime: int, waited: float, lifetime: int, stagger: int, due: int, successor: float
) -> None:
    assert lifetime_of(walltime) == (lifetime, stagger)
    assert due_before_end(walltime) == due
    assert successor_before_end(walltime, waited) == successor


@given(st.integers(4, 10**7), st.floats(0, 10**7))
def test_successor_then_due_then_the_workers_own_end_then_slurms(
    walltime: int, waited: float
) -> None:
    lifetime, stagger = lifetime_of(walltime)
    first_worker = walltime - (lifetime - stagger)
    assert walltime > successor_before_end(walltime, waited) > due_before_end(walltime)
    assert due_before_end(walltime) > first_worker > 0
    assert lifetime + stagger <= walltime
    # No task is cut before the last worker ends itself, nor when Slurm does.
    assert lifetime + stagger <= longest_task(walltime) + 1 <= walltime


@pytest.mark.parametrize(
    ("seconds", "walltime", "longest", "enough"),
    [(45, 60, 52, 120), (90, 120, 105, 240), (200, 120, 105, 480), (3000, 3600, 3510, 7200)],
)
def test_a_walltime_that_would_do(seconds: float, walltime: int, longest: int, enough: int) -> None:
    assert longest_task(walltime) == longest
    assert walltime_for(seconds, walltime) == enough
    assert longest_task(enough) >= 2 * seconds

"""The order of things before a walltime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.model.walltime_schedule import (
    due_before_end,
    lifetime_of,
    successor_before_end,
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

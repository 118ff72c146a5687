"""A cluster that follows its tasks: how far, and how patiently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.controller.scaling_target import (
    LONGEST_SHRINK_DELAY,
    Adaptation,
    Demand,
    jobs_needed,
)
from jupyter_dask_slurm.model.scaling import Adapt

LIMITS = Adapt(minimum_jobs=1, maximum_jobs=8, grow_after=2, shrink_after=60)


@pytest.mark.parametrize(
    ("workers", "processes", "only_unrunnable", "jobs"),
    [
        (0, 1, False, 1),
        (3, 1, False, 3),
        (3, 2, False, 2),
        (4, 2, False, 2),
        (1000, 1, False, 8),
        (1000, 1, True, 1),
    ],
)
def test_workers_are_whole_jobs_within_the_limits(
    workers: int, processes: int, only_unrunnable: bool, jobs: int
) -> None:
    assert jobs_needed(Demand(workers, only_unrunnable), LIMITS, processes) == jobs


def follow(
    adaptation: Adaptation, steps: list[tuple[float, int]], queue_wait: float = 0
) -> list[int]:
    return [adaptation.update(needed, queue_wait=queue_wait, now=now) for now, needed in steps]


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        pytest.param([(0, 5), (1, 5), (2, 5)], [1, 1, 5], id="grows after two seconds"),
        pytest.param([(0, 5), (1, 1), (2, 5), (3, 5)], [1, 1, 1, 1], id="not for a short moment"),
        pytest.param([(0, 8), (1, 3), (2, 6)], [1, 1, 3], id="to what was needed all the time"),
    ],
)
def test_growing(steps: list[tuple[float, int]], wanted: list[int]) -> None:
    assert follow(Adaptation(LIMITS), steps) == wanted


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        pytest.param([(0, 1), (3, 1), (59, 1)], [6, 6, 6], id="quiet for a while is not done"),
        pytest.param([(0, 1), (60, 1)], [6, 1], id="shrinks after a minute"),
        pytest.param([(0, 1), (30, 6), (61, 1)], [6, 6, 6], id="a task begins the minute anew"),
        pytest.param([(0, 1), (30, 4), (60, 2)], [6, 6, 4], id="to the most of that minute"),
        pytest.param([(0, 1), (30, 8), (31, 1), (61, 1)], [6, 6, 6, 6], id="a peak is a reason"),
    ],
)
def test_shrinking(steps: list[tuple[float, int]], wanted: list[int]) -> None:
    assert follow(Adaptation(LIMITS, wanted=6), steps) == wanted


def test_what_waited_long_in_the_queue_is_kept_as_long() -> None:
    adaptation = Adaptation(LIMITS, wanted=6)
    assert follow(adaptation, [(0, 1), (60, 1), (599, 1)], queue_wait=600) == [6, 6, 6]
    assert adaptation.shrinks_at == 600
    assert follow(adaptation, [(600, 1)], queue_wait=600) == [1]
    adaptation = Adaptation(LIMITS, wanted=6)
    steps = [(0.0, 1), (LONGEST_SHRINK_DELAY, 1)]
    assert follow(adaptation, steps, queue_wait=10 * LONGEST_SHRINK_DELAY) == [6, 1]


def test_what_it_is_about_to_do_is_told() -> None:
    adaptation = Adaptation(LIMITS, wanted=3)
    follow(adaptation, [(10, 5)])
    assert (adaptation.needed, adaptation.grows_at, adaptation.shrinks_at) == (5, 12, None)
    follow(adaptation, [(11, 2)])
    assert (adaptation.needed, adaptation.grows_at, adaptation.shrinks_at) == (2, None, 71)
    follow(adaptation, [(12, 3)])
    assert (adaptation.needed, adaptation.grows_at, adaptation.shrinks_at) == (3, None, None)


@given(
    st.integers(0, 20),
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 8), st.floats(0, 1e4)), max_size=30),
)
def test_it_never_leaves_its_limits_and_comes_to_rest(
    start: int, steps: list[tuple[float, int, float]]
) -> None:
    adaptation = Adaptation(LIMITS, wanted=start)
    now = 0.0
    for pause, needed, waited in steps:
        now += pause
        assert 1 <= adaptation.update(needed, queue_wait=waited, now=now) <= 8
    for _ in range(3):
        adaptation.update(4, queue_wait=0, now=now)
        now += 61
    assert adaptation.update(4, queue_wait=0, now=now) == 4

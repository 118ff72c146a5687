"""What is shown of tasks and workers: seldom, and only what is worth it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.controller.activity import PACE, ActivityFeed
from jupyter_dask_slurm.controller.scheduler.client import SchedulerState
from jupyter_dask_slurm.controller.tracked_job import WorkerInfo
from jupyter_dask_slurm.model.cluster import Activity, ConnectedClient

GB = 10**9


def state(
    *, cpu: float | None = 2.0, memory: float = 1.0, limit: float = 16.0, **more: int
) -> SchedulerState:
    """A scheduler with two workers of four threads, each with that load and memory (GB)."""
    worker = WorkerInfo(
        "tls://a", "81_0.0", int(memory * GB), cpu=cpu, threads=4, limit=int(limit * GB)
    )
    return SchedulerState(1, 0, (worker, replace(worker, address="tls://b")), **more)


def shown(*states: SchedulerState, every: float = PACE) -> list[Activity]:
    """Return what is shown after each of them, as often as it changes."""
    feed, found = ActivityFeed(), list[Activity]()
    for number, each in enumerate(states):
        feed.update(each, number * every)
        assert feed.shown is not None
        if not found or found[-1] != feed.shown:
            found.append(feed.shown)
    return found


def test_the_measures_are_those_of_all_workers() -> None:
    (activity,) = shown(state(cpu=200.0, memory=3.0))
    assert (activity.cpu, activity.memory_used, activity.memory_limit) == (50, 6 * GB, 32 * GB)
    (activity,) = shown(state(cpu=None, limit=0.0))
    assert (activity.cpu, activity.memory_limit) == (None, None)
    (activity,) = shown(SchedulerState(0, 0, ()))
    assert activity == Activity()


@pytest.mark.parametrize(
    "idle",
    [
        [state(cpu=cpu) for cpu in (0.0, 12.0, 19.0, 3.0, 20.0, 0.0)],  # a core in five
        [state(cpu=cpu) for cpu in (25.0, 5.0, 39.0, 1.0)],
        [state(memory=memory) for memory in (1.0, 1.1, 1.2, 1.3, 0.9)],
        [state(memory=memory, limit=0) for memory in (1.0, 1.01, 0.99)],
    ],
)
def test_an_idle_cluster_changes_nothing(idle: list[SchedulerState]) -> None:
    assert len(shown(*idle)) == 1


@pytest.mark.parametrize(
    "change",
    [
        state(cpu=60.0),
        state(memory=1.5),
        state(tasks_left=1),
        state(tasks_done=1),
        state(tasks_erred=1),
        replace(state(), users=(ConnectedClient("/home/ada/a.ipynb", "10.0.0.1"),)),
        replace(state(), workers=state().workers[:1]),
    ],
)
def test_what_is_markedly_different_is_shown(change: SchedulerState) -> None:
    assert len(shown(state(), change)) == 2


def test_a_busy_cluster_changes_once_in_five_seconds() -> None:
    busy = [
        state(tasks_left=1000 - n, tasks_done=n, computed=n, cpu=4.0 * n % 400) for n in range(61)
    ]
    changes = shown(*busy, every=1.0)
    assert [each.tasks_done for each in changes] == list(range(0, 61, 5))


def test_what_changed_in_between_is_shown_later() -> None:
    done = state(tasks_done=4)
    assert [a.tasks_left for a in shown(state(tasks_left=4), done, done, every=3.0)] == [4, 0]


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    feed = ActivityFeed()
    for now, left in ((10_000.0, 5), (100.0, 4), (106.0, 3)):
        feed.update(state(tasks_left=left), now)
        assert feed.shown is not None
        assert feed.shown.tasks_left == left


def rates(*computed_and_left: tuple[int, int], every: float = 5.0) -> list[float | None]:
    feed, found = ActivityFeed(), list[float | None]()
    for number, (computed, left) in enumerate(computed_and_left):
        # The tasks that run tell one from the next.
        now = state(computed=computed, tasks_left=left, tasks_processing=number)
        feed.update(now, number * every)
        assert feed.shown is not None
        found.append(feed.shown.tasks_per_second)
    return found


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ([(0, 50), (10, 40), (20, 30)], [None, None, 2.0]),  # not before ten seconds
        ([(0, 0)] * 20 + [(0, 100), (50, 50), (90, 10)], [None] * 20 + [None, 5.0, 6.0]),
        ([(n * 10, 1) for n in range(5)] + [(40, 0), (40, 0)], [None, None, 2, 2, 2, None, None]),
        ([(0, 9)] * 7 + [(30, 3)], [None, None, 0, 0, 0, 0, 0, 1.0]),  # of half a minute
        ([(90, 9), (95, 4), (2, 9), (4, 7), (6, 5)], [None, None, None, None, 0.4]),
        ([(0, 9), (100, 9), (12_345, 9)], [None, None, 1200.0]),
    ],
    ids=["begins", "after idleness", "ends", "stuck", "another scheduler", "fast"],
)
def test_the_rate_is_a_mean_since_the_tasks_began(
    said: list[tuple[int, int]], rate: list[float | None]
) -> None:
    assert rates(*said) == pytest.approx(rate)

"""How often the batch system is asked."""

from __future__ import annotations

from jupyter_dask_slurm.controller.polling import (
    QUICK,
    SCHEDULER_QUICK,
    SCHEDULER_SLOW,
    SILENT_MAXIMUM,
    SLOW,
    Polling,
)


def pause(
    intervals: Polling, now: float, *deadlines: float | None, polling: bool = True
) -> float | None:
    return intervals.pause(now, deadlines, polling=polling)


def test_quick_after_a_change_and_slow_when_all_is_stable() -> None:
    intervals = Polling(0.0)
    assert [pause(intervals, now) for now in (0, 1, 10, 50, 75, 1000)] == [
        QUICK,
        QUICK,
        2,
        10,
        SLOW,
        SLOW,
    ]
    assert intervals.max_age(1000) < SLOW
    intervals.changed(1000)
    assert pause(intervals, 1000) == QUICK
    assert intervals.max_age(1000) < QUICK


def test_without_a_job_nobody_is_asked() -> None:
    assert pause(Polling(0.0), 1000, None, polling=False) is None


def test_what_has_to_be_done_at_a_moment_is_not_slept_through() -> None:
    intervals = Polling(0.0)
    assert pause(intervals, 1000, 1004.0, None, 1300.0) == 4
    assert pause(intervals, 1000, 990.0) == 0
    assert pause(intervals, 1000, 1100.0, polling=False) == 100


def test_a_silent_batch_system_is_asked_ever_more_slowly_until_it_answers() -> None:
    intervals = Polling(0.0)
    pauses = []
    for _ in range(10):
        intervals.not_answered()
        pauses.append(pause(intervals, 0, polling=False))
    assert pauses[:4] == [QUICK, 2 * QUICK, 4 * QUICK, 8 * QUICK]
    assert pauses[-1] == SILENT_MAXIMUM
    assert pause(intervals, 0, 5.0) == 5  # a job has to be handed over all the same
    intervals.answered()
    assert pause(intervals, 0) == QUICK


def test_a_cluster_that_ends_does_not_take_its_time() -> None:
    intervals = Polling(0.0)
    intervals.always_quick = True
    assert pause(intervals, 1000) == QUICK


def test_a_quiet_scheduler_is_looked_at_slowly() -> None:
    intervals = Polling(0.0)
    assert [intervals.scheduler_pause(now) for now in (1, 100)] == [SCHEDULER_QUICK, SCHEDULER_SLOW]
    assert intervals.scheduler_pause(100, adapting=True) == SCHEDULER_QUICK


def test_a_clock_that_is_set_back_does_not_make_it_hurry() -> None:
    intervals = Polling(10_000.0)
    assert pause(intervals, 6_400) == SLOW
    assert intervals.scheduler_pause(6_400) == SCHEDULER_SLOW

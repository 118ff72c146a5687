"""What the end of a job means for its replacement."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.base import JobState
from jupyter_dask_slurm.controller.restart_policy import (
    FAILURES_IN_A_ROW,
    FIRST_DELAY,
    FORGIVEN_AFTER,
    LONGEST_DELAY,
    LONGEST_REFUSED_DELAY,
    REFUSED_DELAY,
    SOON,
    Healing,
    Verdict,
    judge,
)

ASKED, FAILED, OUTSIDE = Verdict.ASKED, Verdict.FAILED, Verdict.OUTSIDE
CRASHED, WORE_OUT = Verdict.CRASHED, Verdict.WORE_OUT


@pytest.mark.parametrize(
    ("state", "asked", "connected_for", "verdict"),
    [
        (JobState.CANCELLED, True, 500.0, ASKED),
        (JobState.COMPLETED, True, None, ASKED),
        (JobState.FAILED, False, None, FAILED),
        (JobState.COMPLETED, False, None, FAILED),
        (JobState.TIMEOUT, False, None, FAILED),
        (JobState.OUT_OF_MEMORY, False, 3.0, FAILED),
        (JobState.OUT_OF_MEMORY, False, 300.0, CRASHED),
        (JobState.OUT_OF_MEMORY, False, 3000.0, WORE_OUT),
        (JobState.COMPLETED, False, 300.0, CRASHED),
        (JobState.FAILED, False, SOON, WORE_OUT),
        (JobState.TIMEOUT, False, 20.0, WORE_OUT),
        (JobState.CANCELLED, False, None, OUTSIDE),
        (JobState.CANCELLED, False, 300.0, OUTSIDE),
        (JobState.NODE_FAIL, False, 3.0, OUTSIDE),
        (JobState.PREEMPTED, False, 300.0, OUTSIDE),
        (JobState.UNKNOWN, False, 300.0, OUTSIDE),
    ],
)
def test_judge(state: JobState, asked: bool, connected_for: float | None, verdict: Verdict) -> None:
    assert judge(state, asked=asked, connected_for=connected_for) is verdict


def test_a_worker_that_ends_itself_just_before_its_walltime_has_not_crashed() -> None:
    assert judge(JobState.COMPLETED, asked=False, connected_for=45, expired=True) is WORE_OUT
    assert judge(JobState.FAILED, asked=False, connected_for=None, expired=True) is FAILED


def test_three_failures_in_a_row_halt_until_the_user_asks_again() -> None:
    healing = Healing()
    for _ in range(FAILURES_IN_A_ROW - 1):
        healing.ended([FAILED], 0)
    healing.proved()
    healing.ended([FAILED, WORE_OUT], 1)
    assert not healing.halted
    healing.ended([FAILED, FAILED], 2)
    assert healing.halted
    healing.forgive()
    assert not healing.halted


def test_one_good_job_does_not_excuse_the_bad_ones_beside_it() -> None:
    healing = Healing()
    healing.proved()  # once, when it had stayed for a while
    healing.ended([FAILED], 0)
    healing.ended([FAILED], 1)
    healing.ended([FAILED], 2)
    assert healing.halted


@pytest.mark.parametrize("untimely", [OUTSIDE, CRASHED])
def test_what_is_ended_from_outside_or_crashes_comes_back_ever_more_slowly(
    untimely: Verdict,
) -> None:
    healing = Healing()
    pauses = []
    now = 10_000.0
    for _ in range(12):
        healing.ended([untimely, untimely], now)
        pause = healing.pause_until(now)
        pauses.append(0 if pause is None else pause - now)
        now += pauses[-1] + 1
    assert pauses[:4] == [0, FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert pauses[-1] == LONGEST_DELAY
    assert not healing.halted
    now += FORGIVEN_AFTER + 1
    healing.ended([OUTSIDE], now)
    assert healing.pause_until(now) is None
    healing.ended([OUTSIDE], now)
    healing.forgive()
    assert healing.pause_until(now) is None


def test_what_was_asked_to_go_or_wore_out_is_no_reason_to_wait() -> None:
    healing = Healing()
    for second in range(20):
        healing.ended([ASKED, WORE_OUT], second)
    assert healing.pause_until(20) is None
    assert not healing.halted


def test_a_refusal_is_tried_again_ever_more_slowly_and_at_once_when_asked() -> None:
    healing = Healing()
    pauses = []
    now = 0.0
    for _ in range(8):
        assert healing.rejected(now, silent=False)
        until = healing.pause_until(now)
        assert until is not None
        pauses.append(until - now)
        now = until
    assert pauses[:3] == [REFUSED_DELAY, 2 * REFUSED_DELAY, 4 * REFUSED_DELAY]
    assert pauses[-1] == LONGEST_REFUSED_DELAY
    healing.accepted()
    healing.rejected(now, silent=False)
    assert healing.pause_until(now) == now + REFUSED_DELAY
    healing.forgive()
    assert healing.pause_until(now) is None


def test_the_first_silence_is_tried_again_at_once_and_the_next_ones_ever_more_slowly() -> None:
    healing = Healing()
    assert not healing.rejected(0, silent=True)
    assert healing.pause_until(0) is None
    assert healing.rejected(0, silent=True)
    assert healing.pause_until(0) == REFUSED_DELAY
    assert healing.rejected(0, silent=True)
    assert healing.pause_until(0) == 2 * REFUSED_DELAY
    healing.accepted()
    assert not healing.rejected(2 * REFUSED_DELAY, silent=True)


def test_a_clock_that_is_set_back_does_not_make_a_pause_longer() -> None:
    healing = Healing()
    healing.rejected(10_000, silent=False)
    assert healing.pause_until(10_000) is not None
    assert healing.pause_until(10_000 - 3600) is None


def test_an_end_from_outside_does_not_cut_the_pause_after_a_refusal_short() -> None:
    healing = Healing()
    healing.rejected(10_000, silent=False)
    healing.ended([OUTSIDE], 10_001)
    healing.ended([OUTSIDE], 10_002)
    assert healing.pause_until(10_002) == 10_000 + REFUSED_DELAY

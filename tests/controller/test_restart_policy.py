"""What the end of a job means for its replacement."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.base import JobState
from jupyter_dask_slurm.controller.restart_policy import (
    CRASH_WINDOW,
    FAILURES_IN_A_ROW,
    FIRST_DELAY,
    LONGEST_DELAY,
    LONGEST_REFUSED_DELAY,
    REFUSED_DELAY,
    RESET_AFTER,
    Outcome,
    RestartPolicy,
    outcome_of,
)

REQUESTED, FAILED, EXTERNAL = Outcome.REQUESTED, Outcome.FAILED, Outcome.EXTERNAL
CRASHED, FINISHED = Outcome.CRASHED, Outcome.FINISHED


@pytest.mark.parametrize(
    ("state", "requested", "connected_for", "outcome"),
    [
        (JobState.CANCELLED, True, 500.0, REQUESTED),
        (JobState.COMPLETED, True, None, REQUESTED),
        (JobState.FAILED, False, None, FAILED),
        (JobState.COMPLETED, False, None, FAILED),
        (JobState.TIMEOUT, False, None, FAILED),
        (JobState.OUT_OF_MEMORY, False, 3.0, FAILED),
        (JobState.OUT_OF_MEMORY, False, 300.0, CRASHED),
        (JobState.OUT_OF_MEMORY, False, 3000.0, FINISHED),
        (JobState.COMPLETED, False, 300.0, CRASHED),
        (JobState.FAILED, False, CRASH_WINDOW, FINISHED),
        (JobState.TIMEOUT, False, 20.0, FINISHED),
        (JobState.CANCELLED, False, None, EXTERNAL),
        (JobState.CANCELLED, False, 300.0, EXTERNAL),
        (JobState.NODE_FAIL, False, 3.0, EXTERNAL),
        (JobState.PREEMPTED, False, 300.0, EXTERNAL),
        (JobState.UNKNOWN, False, 300.0, EXTERNAL),
    ],
)
def test_judge(
    state: JobState, requested: bool, connected_for: float | None, outcome: Outcome
) -> None:
    assert outcome_of(state, requested=requested, connected_for=connected_for) is outcome


def test_a_worker_that_ends_itself_just_before_its_walltime_has_not_crashed() -> None:
    assert (
        outcome_of(JobState.COMPLETED, requested=False, connected_for=45, expired=True) is FINISHED
    )
    assert outcome_of(JobState.FAILED, requested=False, connected_for=None, expired=True) is FAILED


def test_three_failures_in_a_row_halt_until_the_user_asks_again() -> None:
    policy = RestartPolicy()
    for _ in range(FAILURES_IN_A_ROW - 1):
        policy.jobs_ended([FAILED], 0)
    policy.job_stable()
    policy.jobs_ended([FAILED, FINISHED], 1)
    assert not policy.halted
    policy.jobs_ended([FAILED, FAILED], 2)
    assert policy.halted
    policy.reset()
    assert not policy.halted


def test_one_good_job_does_not_excuse_the_bad_ones_beside_it() -> None:
    policy = RestartPolicy()
    policy.job_stable()  # once, when it had stayed for a while
    policy.jobs_ended([FAILED], 0)
    policy.jobs_ended([FAILED], 1)
    policy.jobs_ended([FAILED], 2)
    assert policy.halted


@pytest.mark.parametrize("untimely", [EXTERNAL, CRASHED])
def test_what_is_ended_from_outside_or_crashes_comes_back_ever_more_slowly(
    untimely: Outcome,
) -> None:
    policy = RestartPolicy()
    pauses = []
    now = 10_000.0
    for _ in range(12):
        policy.jobs_ended([untimely, untimely], now)
        pause = policy.pause_until(now)
        pauses.append(0 if pause is None else pause - now)
        now += pauses[-1] + 1
    assert pauses[:4] == [0, FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert pauses[-1] == LONGEST_DELAY
    assert not policy.halted
    now += RESET_AFTER + 1
    policy.jobs_ended([EXTERNAL], now)
    assert policy.pause_until(now) is None
    policy.jobs_ended([EXTERNAL], now)
    policy.reset()
    assert policy.pause_until(now) is None


def test_jobs_that_are_accepted_and_never_listed_are_submitted_again_once() -> None:
    """slurmctld may have been killed before it had saved them. It is not killed every time."""
    policy = RestartPolicy()
    policy.note_unlisted()
    assert not policy.halted
    policy.note_unlisted()
    assert policy.halted
    policy.reset()
    assert not policy.halted


def test_what_was_asked_to_go_or_wore_out_is_no_reason_to_wait() -> None:
    policy = RestartPolicy()
    for second in range(20):
        policy.jobs_ended([REQUESTED, FINISHED], second)
    assert policy.pause_until(20) is None
    assert not policy.halted


def test_a_refusal_is_tried_again_ever_more_slowly_and_at_once_when_asked() -> None:
    policy = RestartPolicy()
    pauses = []
    now = 0.0
    for _ in range(8):
        assert policy.submission_failed(now, silent=False)
        until = policy.pause_until(now)
        assert until is not None
        pauses.append(until - now)
        now = until
    assert pauses[:3] == [REFUSED_DELAY, 2 * REFUSED_DELAY, 4 * REFUSED_DELAY]
    assert pauses[-1] == LONGEST_REFUSED_DELAY
    policy.submission_accepted()
    policy.submission_failed(now, silent=False)
    assert policy.pause_until(now) == now + REFUSED_DELAY
    policy.reset()
    assert policy.pause_until(now) is None


def test_the_first_silence_is_tried_again_at_once_and_the_next_ones_ever_more_slowly() -> None:
    policy = RestartPolicy()
    assert not policy.submission_failed(0, silent=True)
    assert policy.pause_until(0) is None
    assert policy.submission_failed(0, silent=True)
    assert policy.pause_until(0) == REFUSED_DELAY
    assert policy.submission_failed(0, silent=True)
    assert policy.pause_until(0) == 2 * REFUSED_DELAY
    policy.submission_accepted()
    assert not policy.submission_failed(2 * REFUSED_DELAY, silent=True)


def test_a_clock_that_is_set_back_does_not_make_a_pause_longer() -> None:
    policy = RestartPolicy()
    policy.submission_failed(10_000, silent=False)
    assert policy.pause_until(10_000) is not None
    assert policy.pause_until(10_000 - 3600) is None


def test_an_end_from_outside_does_not_cut_the_pause_after_a_refusal_short() -> None:
    policy = RestartPolicy()
    policy.submission_failed(10_000, silent=False)
    policy.jobs_ended([EXTERNAL], 10_001)
    policy.jobs_ended([EXTERNAL], 10_002)
    assert policy.pause_until(10_002) == 10_000 + REFUSED_DELAY


def test_where_there_was_no_room_the_end_of_a_job_makes_some() -> None:
    """At the limit of a QOS a successor is refused until the job that it follows has ended."""
    policy = RestartPolicy()
    policy.submission_failed(10_000, silent=False, no_room=True)
    policy.jobs_ended([], 10_001)
    assert policy.pause_until(10_001) == 10_000 + REFUSED_DELAY
    policy.jobs_ended([FINISHED], 10_002)
    assert policy.pause_until(10_002) is None
    # Once: it may be somebody else's job for which there was no room.
    policy.submission_failed(10_003, silent=False)
    policy.jobs_ended([FINISHED], 10_004)
    assert policy.pause_until(10_004) is not None

"""When a cluster ends by itself: because it is idle, or with its controller's own job."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.controller.time_limits import ControllerJob, IdleTimeout, controller_job
from jupyter_dask_slurm.model.walltime_schedule import warning_time

SINGLE = {"SLURM_JOB_ID": "82"}
TASK = {**SINGLE, "SLURM_ARRAY_JOB_ID": "81", "SLURM_ARRAY_TASK_ID": "0"}


@pytest.mark.parametrize(
    ("notes", "stop_at"),
    [
        pytest.param([], None, id="nothing is known yet"),
        pytest.param([(0, None), (5, None)], None, id="the scheduler has not said"),
        pytest.param([(0, False)], 100, id="from the first moment on"),
        pytest.param([(0, False), (50, False)], 100, id="and not from the last"),
        pytest.param([(0, False), (50, True)], None, id="used again"),
        pytest.param([(0, False), (50, True), (60, False)], 160, id="and left again"),
        pytest.param([(0, False), (50, None)], 100, id="a deaf scheduler is no use"),
    ],
)
def test_idle_since(notes: list[tuple[float, bool | None]], stop_at: float | None) -> None:
    idle = IdleTimeout(100)
    for now, used in notes:
        idle.update(used, now)
    assert idle.stop_at == stop_at


def test_it_does_not_end_while_the_scheduler_is_deaf() -> None:
    idle = IdleTimeout(100)
    idle.update(False, 0)
    assert not idle.expired(99)
    assert idle.expired(100)
    idle.update(None, 101)
    assert not idle.expired(101)
    idle.update(False, 102)
    assert idle.expired(102)


@pytest.mark.parametrize("jump", [8 * 3600.0, -8 * 3600.0, 0.4])
def test_idle_time_goes_on_where_the_clock_is_set(jump: float) -> None:
    idle = IdleTimeout(100)
    idle.update(False, 1000, 0)
    idle.extend(150, 1000)
    for steady in range(10, 150, 10):
        now = 1000 + steady + (jump if steady > 50 else 0)
        idle.update(False, now, steady)
        assert not idle.expired(now)
    idle.update(False, 1151 + jump, 151)
    assert idle.expired(1151 + jump)
    assert idle.since is not None
    assert abs(idle.since - (1000 + jump)) < 1


def test_zero_is_never() -> None:
    idle = IdleTimeout(0)
    idle.update(False, 0)
    assert idle.since == 0
    assert idle.stop_at is None


def test_a_click_gives_it_a_whole_time_out_more() -> None:
    idle = IdleTimeout(100)
    idle.update(False, 0)
    idle.extend(None, 90)
    assert idle.stop_at == 190
    idle.extend(3600, 95)
    assert idle.stop_at == 3695
    idle.extend(1, 96)  # less than is left already
    assert idle.stop_at == 3695


def test_it_can_be_turned_off_and_on() -> None:
    idle = IdleTimeout(100)
    idle.update(False, 0)
    idle.timeout = 0
    assert idle.stop_at is None
    idle.timeout = 50
    assert idle.stop_at == 50


@pytest.mark.parametrize(
    ("environ", "walltime", "job"),
    [
        ({}, 600, None),
        (TASK, 3600, ControllerJob("81_0", 4600.0, 120)),
        (SINGLE, 240, ControllerJob("82", 1240.0, 60)),
        (TASK, None, ControllerJob("81_0", None, 120)),
        ({**TASK, "SLURM_JOB_END_TIME": "4000"}, 3600, ControllerJob("81_0", 4000.0, 120)),
        ({**TASK, "SLURM_JOB_END_TIME": "INVALID"}, 3600, ControllerJob("81_0", 4600.0, 120)),
    ],
)
def test_the_environment_of_a_job(
    environ: dict[str, str], walltime: int | None, job: ControllerJob | None
) -> None:
    assert controller_job(environ, walltime, now=1000.0) == job


@pytest.mark.parametrize(
    ("ends_at", "words"),
    [
        (1000.0 + 30, "end of its walltime"),
        (1000.0 + 180, "end of its walltime"),
        (1000.0 + 181, "was cancelled"),
        (None, "was cancelled"),
    ],
)
def test_why_it_was_told_to_end(ends_at: float | None, words: str) -> None:
    why = ControllerJob("81_0", ends_at).why_signalled(1000.0)
    assert words in why
    assert "(81_0)" in why


@pytest.mark.parametrize(
    ("walltime", "seconds"),
    [(None, 120), (86400, 120), (480, 120), (240, 60), (60, 15), (1, 1)],
)
def test_it_is_told_to_end_early_enough_but_not_at_once(walltime: int | None, seconds: int) -> None:
    assert warning_time(walltime) == seconds

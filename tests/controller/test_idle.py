"""When a cluster ends because nobody uses it."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.controller.idle import Idleness


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
    idle = Idleness(100)
    for now, used in notes:
        idle.note(used, now)
    assert idle.stop_at == stop_at


def test_it_does_not_end_while_the_scheduler_is_deaf() -> None:
    idle = Idleness(100)
    idle.note(False, 0)
    assert not idle.over(99)
    assert idle.over(100)
    idle.note(None, 101)
    assert not idle.over(101)
    idle.note(False, 102)
    assert idle.over(102)


def test_zero_is_never() -> None:
    idle = Idleness(0)
    idle.note(False, 0)
    assert idle.since == 0
    assert idle.stop_at is None


def test_a_click_gives_it_a_whole_time_out_more() -> None:
    idle = Idleness(100)
    idle.note(False, 0)
    idle.extend(None, 90)
    assert idle.stop_at == 190
    idle.extend(3600, 95)
    assert idle.stop_at == 3695
    idle.extend(1, 96)  # less than is left already
    assert idle.stop_at == 3695


def test_it_can_be_turned_off_and_on() -> None:
    idle = Idleness(100)
    idle.note(False, 0)
    idle.timeout = 0
    assert idle.stop_at is None
    idle.timeout = 50
    assert idle.stop_at == 50

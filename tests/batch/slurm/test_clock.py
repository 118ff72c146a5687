"""How far this host's clock is ahead of Slurm's."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.batch.slurm import clock as module
from jupyter_dask_slurm.batch.slurm.clock import SlurmClock

HOUR = 3600.0


class Host:
    """Its clock, which somebody sets, and the steady one."""

    def __init__(self) -> None:
        self.clock, self.steady = 1_800_000_000.0, 50.0

    def passes(self, seconds: float) -> None:
        self.clock += seconds
        self.steady += seconds


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host()
    monkeypatch.setattr("time.time", lambda: host.clock)
    monkeypatch.setattr(module, "steady", lambda: host.steady)
    return host


def listed(submitted: float, job_id: str = "81_0") -> Snapshot:
    job = BatchJob(job_id, "x", JobState.PENDING, submitted=submitted)
    return Snapshot(submitted, {job_id: job})


def test_it_is_seen_when_the_clock_is_set(host: Host) -> None:
    clock = SlurmClock()
    host.passes(9000)
    assert clock.ahead() == 0
    host.clock += HOUR
    assert clock.ahead() == HOUR
    host.passes(9000)
    assert clock.ahead() == HOUR
    host.clock -= HOUR
    assert clock.ahead() == 0


def test_a_clock_that_is_set_a_little_is_the_same(host: Host) -> None:
    clock = SlurmClock()
    host.clock += 20
    assert clock.ahead() == 0


def test_each_submission_tells_how_far_it_is_off(host: Host) -> None:
    clock = SlurmClock()
    slurm = host.clock - HOUR  # wrong ever since this process began
    clock.note_submission("81_0", host.clock)
    assert not clock.learn(listed(slurm, "80_0")), "another job"
    assert clock.learn(listed(slurm))
    assert clock.ahead() == HOUR
    assert not clock.learn(listed(slurm - HOUR)), "a job that is requeued has another time"
    # It is put right: that is no hour back.
    host.clock -= HOUR
    assert clock.ahead() == 0


def test_slurms_own_clock_may_be_set_with_ours(host: Host) -> None:
    clock = SlurmClock()
    host.clock += HOUR
    assert clock.ahead() == HOUR
    clock.note_submission("81_0", host.clock)
    assert clock.learn(listed(host.clock + 1))
    assert clock.ahead() == 0


def test_a_clock_that_is_set_between_a_submission_and_a_list_does_not_deceive(host: Host) -> None:
    clock = SlurmClock()
    slurm = host.clock
    clock.note_submission("81_0", host.clock)
    host.clock += HOUR
    assert clock.ahead() == HOUR
    assert not clock.learn(listed(slurm))
    assert clock.ahead() == HOUR

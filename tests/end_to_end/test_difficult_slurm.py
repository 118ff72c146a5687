"""Whole clusters on a Slurm that refuses, hangs, or will never start what it accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.controller.scheduler.client import SchedulerClient

from ..slurm.handle import Slurm
from ..support.clusters import ClusterUnderTest, clusters_under_test

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

Make = Callable[..., ClusterUnderTest]


@pytest.fixture
def make(tmp_path: Path, slurm: Slurm) -> Iterator[Make]:
    with clusters_under_test(tmp_path / "state", "slurm") as make_cluster:
        yield lambda **options: make_cluster(**options).ready()


def test_a_refusal_is_shown_in_slurms_words_until_its_cause_is_gone(
    make: Make, slurm: Slurm
) -> None:
    slurm.run("scontrol", "update", "PartitionName=long", "State=DRAIN")
    try:
        cluster = make(partition="long", scaling={"jobs": 2})
        state = cluster.wait("the refusal", lambda c: c.problems)
        (problem,) = state.problems
        assert problem.code == "submission_refused"
        assert "Required partition not available (inactive or drain)" in problem.message
        assert state.jobs.desired == 2
        assert cluster.jobs() == []
        assert cluster.log().count("refused a submission") == 1  # no storm of retries
    finally:
        slurm.run("scontrol", "update", "PartitionName=long", "State=UP")
    cluster.scale(jobs=1)
    state = cluster.connected(1)
    assert state.problems == ()
    cluster.stop()


def test_a_job_that_can_never_start_is_told_from_one_that_waits(make: Make) -> None:
    cluster = make(partition="debug", walltime=3600, scaling={"jobs": 1})
    state = cluster.wait("the reason", lambda c: c.pending_reason == "PartitionTimeLimit")
    assert [p.code for p in state.problems] == ["never_starts"]
    assert "more walltime than the partition allows" in state.problems[0].message
    (job,) = cluster.jobs()
    assert (job.state, job.reason) == ("PENDING", "PartitionTimeLimit")
    cluster.stop()


def test_many_jobs_are_one_submission(make: Make) -> None:
    cluster = make(job_extra_directives=["--begin=now+1hour"], scaling={"jobs": 1000})
    state = cluster.wait("all wait", lambda c: c.jobs.pending == 1000)
    assert (state.jobs.desired, state.jobs.submitting, state.problems) == (1000, 0, ())
    assert len({job.id.partition("_")[0] for job in cluster.jobs()}) == 1
    cluster.scale(jobs=3)
    cluster.wait("three wait", lambda c: c.jobs.pending == 3)
    cluster.stop()


def test_a_silent_slurm_is_said_and_what_was_asked_for_happens_later_and_once(
    make: Make, slurm: Slurm
) -> None:
    cluster = make()
    slurm.stop_slurmctld()
    cluster.scale(jobs=1)
    state = cluster.wait("the silence", lambda c: c.problems)
    assert {p.code for p in state.problems} == {"slurm_silent"}
    assert state.jobs.desired == 1
    slurm.continue_slurmctld()
    state = cluster.connected(1)
    assert state.problems == ()
    assert len(cluster.jobs()) == 1, "a submission that was never answered was made twice"
    cluster.stop()


def test_a_worker_that_was_drained_for_nothing_works_again(make: Make) -> None:
    cluster = make(scaling={"jobs": 2})
    cluster.connected(2)
    with cluster.client() as client:
        first, second = client.scheduler_info()["workers"]
        numbers = client.scatter(list(range(10)), workers=[first])
        asyncio.run(drain_and_undrain(cluster, first))
        # A copy of everything is elsewhere; whether the first one is dropped at once is dask's.
        assert all(second in places for places in client.who_has(numbers).values())
        future = client.submit(sum, [1, 2], workers=[first])
        assert future.result(timeout=30) == 3
    cluster.stop()


async def drain_and_undrain(cluster: ClusterUnderTest, address: str) -> None:
    context = tls.client_context(cluster.directory.cert, cluster.directory.key)
    scheduler = SchedulerClient(cluster.connection.dashboard_address, context)
    assert await scheduler.drain([address]) == {address}
    await scheduler.undrain([address])
    scheduler.close()

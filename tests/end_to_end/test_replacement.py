"""Whole clusters on a real Slurm whose jobs end: by their walltime, by a node, by somebody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..slurm.handle import Slurm
from ..support.clusters import PATIENCE, ClusterUnderTest, clusters_under_test, computed, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

Make = Callable[..., ClusterUnderTest]
RESULTS = 40


@pytest.fixture
def make(tmp_path: Path, slurm: Slurm) -> Iterator[Make]:
    with clusters_under_test(tmp_path / "state", "slurm") as make_cluster:
        yield lambda **options: make_cluster(**options).ready()


def test_results_outlive_three_walltimes(make: Make) -> None:
    def slept(seconds: float) -> float:  # here: workers know no module of the tests
        time.sleep(seconds)
        return seconds

    cluster = make(walltime=60, scaling={"jobs": 1})  # Slurm's shortest
    cluster.connected(1, limit=60)
    with cluster.client() as client:
        # More than the half minute after which a job is succeeded.
        long = client.submit(slept, 35)
        results = client.map(lambda n: n * n, range(RESULTS))
        client.gather(results)
        for _ in range(3):
            succeeded(cluster)
        assert long.result(timeout=PATIENCE) == 35
        assert client.gather(results) == [n * n for n in range(RESULTS)]
        assert computed(client) == RESULTS + 1
    assert len(cluster.jobs()) >= 4
    cluster.wait("no problem", lambda c: c.problems == ())
    cluster.stop()


def succeeded(cluster: ClusterUnderTest) -> None:
    """Wait until a job that is not there yet works alone."""
    seen = {job.id for job in cluster.jobs()}
    cluster.wait(
        "a successor that works alone",
        lambda c: (
            c.jobs.running == c.jobs.connected == 1 and cluster.connected_jobs().isdisjoint(seen)
        ),
        limit=90,
    )


def test_a_task_longer_than_the_walltime_survives_where_slurm_gives_more(
    make: Make, slurm: Slurm
) -> None:
    def slept(seconds: float) -> float:  # here: workers know no module of the tests
        time.sleep(seconds)
        return seconds

    cluster = make(walltime=20, scaling={"jobs": 1})
    cluster.connected(1, limit=60)
    (only,) = cluster.connected_jobs()
    slurm.run("scontrol", "update", f"JobId={only}", "TimeLimit=30")
    with cluster.client() as client:
        # The lifetime that follows from 20 s is 17 s at most.
        assert client.submit(slept, 20).result() == 20
        assert computed(client) == 1
    assert cluster.connected_jobs() == {only}
    assert [job.id for job in cluster.jobs()] == [only]
    cluster.stop()


def test_a_job_whose_limit_is_lowered_hands_over_in_time(make: Make, slurm: Slurm) -> None:
    cluster = make(walltime=600, scaling={"jobs": 1})
    cluster.connected(1, limit=60)
    (first,) = cluster.connected_jobs()
    with cluster.client() as client:
        results = client.map(lambda n: n * n, range(RESULTS))
        client.gather(results)
        slurm.run("scontrol", "update", f"JobId={first}", "TimeLimit=1")
        succeeded(cluster)
        assert client.gather(results) == [n * n for n in range(RESULTS)]
        assert computed(client) == RESULTS
    assert cluster.job(first).state != "TIMEOUT"
    cluster.stop()


def test_scaling_down_moves_what_jobs_of_several_workers_hold(make: Make) -> None:
    cluster = make(cores=2, processes=2, memory=800_000_000, scaling={"jobs": 4})
    cluster.wait("8 workers", lambda c: c.workers.connected == 8, limit=120)
    with cluster.client() as client:
        results = client.map(lambda n: n * n, range(RESULTS))
        client.gather(results)
        holders = {worker for workers in client.who_has(results).values() for worker in workers}
        assert len(holders) > 4, "the results are not spread out"
        cluster.scale(jobs=2)
        cluster.wait("two jobs left", lambda c: c.jobs.running == 2 and c.workers.connected == 4)
        assert client.gather(results) == [n * n for n in range(RESULTS)]
        assert computed(client) == RESULTS
    cluster.stop()


def test_rapid_moves_of_the_slider_end_in_exactly_the_last(make: Make, slurm: Slurm) -> None:
    cluster = make(job_extra_directives=["--begin=now+1hour"])
    for jobs in (0, 8, 2, 5):
        cluster.scale(jobs=jobs)
    cluster.wait("five", lambda c: (c.jobs.pending, c.jobs.submitting) == (5, 0))
    assert len(slurm.job_names(cluster.is_mine)) == 5
    cluster.stop()


def test_a_job_cancelled_outside_is_replaced(make: Make, slurm: Slurm) -> None:
    cluster = make(scaling={"jobs": 1})
    cluster.connected(1)
    (first,) = cluster.connected_jobs()
    slurm.run("scancel", first)
    cluster.wait(
        "another job", lambda c: c.jobs.connected == 1 and cluster.connected_jobs() != {first}
    )
    ended = cluster.job(first)
    assert (ended.stage, ended.state) == ("ended", "CANCELLED")
    assert ended.ended is not None
    assert ended.exit_code is not None
    state = cluster.state()
    assert (state.jobs.desired, state.problems) == (1, ())
    cluster.stop()


def test_the_jobs_of_a_node_that_goes_down_are_run_elsewhere(make: Make, slurm: Slurm) -> None:
    cluster = make(scaling={"jobs": 1})
    cluster.connected(1)
    node = cluster.job(*cluster.connected_jobs()).node
    assert node is not None
    slurm.take_node_down(node)
    try:
        cluster.wait(
            "it runs elsewhere",
            lambda c: (
                c.jobs.connected == 1
                and {cluster.job(i).node for i in cluster.connected_jobs()}.isdisjoint({node, None})
            ),
        )
    finally:
        slurm.resume_node(node)
    cluster.stop()


def test_jobs_that_fail_at_once_say_why_and_are_not_submitted_again(make: Make) -> None:
    prologue = ["echo no licence today", '[ -z "$SLURM_JOB_ID" ] || exit 3']
    cluster = make(job_script_prologue=prologue, scaling={"jobs": 1})
    state = cluster.wait("the end of it", lambda c: c.problems)
    (problem,) = state.problems
    assert problem.code == "jobs_failed"
    assert "no licence today" in problem.message
    assert "FAILED (exit code 3:0)" in problem.message
    jobs = cluster.jobs()
    assert [(job.stage, job.state, job.exit_code) for job in jobs] == [
        ("ended", "FAILED", "3:0")
    ] * 3
    assert all(job.error == "no licence today" for job in jobs)
    cluster.call("POST", "retry")
    cluster.wait("another three", lambda c: c.problems and len(cluster.jobs()) == 6)
    cluster.stop()


def test_a_damaged_connection_file_is_written_again(make: Make) -> None:
    cluster = make()
    connection = cluster.connection
    text = cluster.directory.connection_file.read_text()
    cluster.directory.connection_file.write_text(text[: len(text) // 2])
    wait_for("it is whole", lambda: cluster.directory.connection() == connection)
    cluster.stop()


def test_a_cluster_whose_directory_is_gone_ends(make: Make, slurm: Slurm) -> None:
    cluster = make(job_extra_directives=["--begin=now+1hour"], scaling={"jobs": 3})
    cluster.wait("its jobs wait", lambda c: c.jobs.pending == 3)
    cluster.directory.forget()
    cluster.gone(PATIENCE * 2)
    assert slurm.job_names(cluster.is_mine) == []

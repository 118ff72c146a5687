"""Controllers in jobs of their own, on a real Slurm: from the submission to every kind of end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from jupyter_dask_slurm.connection import Owner
from jupyter_dask_slurm.job_names import cluster_of_controller
from jupyter_dask_slurm.launcher import JobLauncher
from jupyter_dask_slurm.models import Problem
from jupyter_dask_slurm.process import is_alive

from .clusters import ClusterUnderTest, wait_for
from .slurm.handle import Slurm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Make = Callable[..., ClusterUnderTest]
T = TypeVar("T")


@pytest.fixture
def make(tmp_path: Path, slurm: Slurm) -> Iterator[Make]:
    made: list[ClusterUnderTest] = []

    def make_cluster(**options: Any) -> ClusterUnderTest:
        options = {"controller_memory": 512 * 1024**2, "controller_walltime": 600, **options}
        made.append(ClusterUnderTest(tmp_path / "state", "slurm", placement="job", **options))
        return made[-1]

    yield make_cluster
    for cluster in made:
        cluster.end()


def controllers(slurm: Slurm, cluster: ClusterUnderTest) -> list[str]:
    """The names of its controller's jobs that have not ended."""
    return slurm.job_names(lambda name: cluster_of_controller(name) == cluster.directory.id)


def workers(slurm: Slurm, cluster: ClusterUnderTest) -> list[str]:
    return slurm.job_names(cluster.is_mine)


def job_of(cluster: ClusterUnderTest) -> str:
    assert cluster.owner.job is not None
    return cluster.owner.job


def ask(cluster: ClusterUnderTest, question: Callable[[JobLauncher], Awaitable[T]]) -> T:
    """What another server learns, which has only the files and the queue."""

    async def put() -> T:
        return await question(JobLauncher(cluster.directory.path.parent))

    return asyncio.run(put())


def alive(cluster: ClusterUnderTest) -> bool | None:
    return ask(cluster, lambda launcher: launcher.alive(cluster.directory, cluster.owner))


def test_a_cluster_whose_controller_is_a_job(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    assert controllers(slurm, cluster) == [f"under-test-{cluster.directory.id}-controller"]
    owner = cluster.connection.owner
    assert owner.job == job_of(cluster)
    assert (owner.pid > 0, owner.host != "") == (True, True)
    assert is_alive(owner) is None, "a pid may mean another process here"
    assert alive(cluster) is True

    log = cluster.directory.log("controller")
    assert log.stat().st_mode & 0o777 == 0o600
    assert "is ready on" in cluster.log()
    cluster.scale(jobs=1)
    cluster.connected(1)
    with cluster.client() as client:
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        environ = client.submit(lambda: dict(__import__("os").environ)).result(timeout=60)
    (worker,) = cluster.jobs()
    assert f"{environ['SLURM_ARRAY_JOB_ID']}_{environ['SLURM_ARRAY_TASK_ID']}" == worker.id
    assert environ["SLURM_JOB_NAME"].endswith("-1"), "it took the controller's job for its own"

    cluster.call("POST", "stop")
    wait_for("its end", lambda: not cluster.directory.path.exists())
    wait_for("its job's end", lambda: not controllers(slurm, cluster))
    assert workers(slurm, cluster) == []
    assert "COMPLETED" in slurm.run(
        "squeue", "-h", "-t", "all", "-r", "-j", job_of(cluster), "-o", "%T"
    )
    wait_for("the word of the queue", lambda: alive(cluster) is False)


def test_a_controller_cancelled_from_outside_takes_its_jobs_along(make: Make, slurm: Slurm) -> None:
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    slurm.run("scancel", job_of(cluster))
    wait_for("its jobs' end", lambda: not workers(slurm, cluster) + controllers(slurm, cluster))
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "controller_terminated"
    assert f"({job_of(cluster)}) was cancelled" in ended.message
    wait_for("the word of the queue", lambda: alive(cluster) is False)


def test_a_controller_that_may_not_start_is_explained_and_can_be_stopped(
    make: Make, slurm: Slurm
) -> None:
    cluster = make(controller_partition="debug", controller_walltime=3600)
    told: list[Problem | None] = []

    async def watch(launcher: JobLauncher) -> bool:
        return await launcher.wait(cluster.directory, cluster.owner, told.append)

    async def watch_and_stop(launcher: JobLauncher) -> bool:
        waiting = asyncio.create_task(watch(launcher))
        while not any(p and "PartitionTimeLimit" in p.message for p in told):
            await asyncio.sleep(0.05)
        record = cluster.directory.record()
        assert record is not None
        cluster.directory.write(replace(record, unsent={"stop": True}))
        return await waiting

    assert ask(cluster, watch_and_stop) is False
    assert controllers(slurm, cluster) == []
    problem = next(p for p in told if p and "PartitionTimeLimit" in p.message)
    assert problem.code == "controller_pending"
    assert "more walltime than the partition allows" in problem.message
    assert problem.advice is not None
    wait_for("the word of the queue", lambda: alive(cluster) is False)


def test_a_submission_that_is_refused_says_so_in_slurms_words(make: Make) -> None:
    with pytest.raises(OSError, match="invalid partition specified: nowhere"):
        make(controller_partition="nowhere")


def test_force_ends_the_controllers_job(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    ask(cluster, lambda launcher: launcher.end(cluster.owner))
    assert controllers(slurm, cluster) == []


def test_another_job_with_its_id_is_left_alone(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    other = slurm.run("sbatch", "--parsable", "-o", "/dev/null", "--wrap", "sleep 60").strip()
    owner = Owner(host="", boot_id="", pid=0, process_start=0, job=other)
    ask(cluster, lambda launcher: launcher.end(owner))
    assert other in slurm.live_jobs()
    answer = ask(cluster, lambda launcher: launcher.alive(cluster.directory, owner))
    assert answer is None, "not this cluster's controller; whether that is gone is not known yet"


def test_a_silent_slurm_says_nothing_of_a_controller(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    slurm.stop_controller()
    assert alive(cluster) is None

"""Controllers in jobs of their own, on a real Slurm: from the submission to every kind of end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import yaml

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.launcher import JobLauncher, LocalLauncher, PlacingLauncher
from jupyter_dask_slurm.in_dask import bounded_log
from jupyter_dask_slurm.logs import log_end
from jupyter_dask_slurm.model.cluster import Cluster, ClusterOptions, Problem, Scaling, utc_now
from jupyter_dask_slurm.model.names import (
    cluster_of,
    cluster_of_controller,
    controller_job_name,
)
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.process import Owner, is_alive
from jupyter_dask_slurm.server.manager import ClusterManager

from ..slurm.handle import Slurm
from ..support.clusters import OPTIONS, PATIENCE, ClusterUnderTest, clusters_under_test, wait_for
from ..support.processes import children, command_line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

Make = Callable[..., ClusterUnderTest]
T = TypeVar("T")
OF_ITS_OWN = {
    "placement": "job",
    "controller_memory": 512 * 1024**2,
    "controller_walltime": 600,
}
NEVER_YET = ["--begin=now+1hour"]
"""Directives of jobs that stay in the queue: nothing but scancel ends them."""


@pytest.fixture
def make(tmp_path: Path, slurm: Slurm) -> Iterator[Make]:
    with clusters_under_test(tmp_path / "state", "slurm", **OF_ITS_OWN) as make_cluster:
        yield make_cluster


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


def kill_all_in(slurm: Slurm, job: str) -> None:
    """What a control group does when the first process of a job is killed: none is left, and none
    comes to say a word. This lab has no control groups; there a watchdog would live on."""
    raw = slurm.run("squeue", "-h", "-r", "-j", job, "-o", "%A").strip()
    steps = [
        process
        for process in children(psutil.Process(slurm.pid), recursive=True)
        if " ".join(command_line(process)).startswith(f"slurmstepd: [{raw}.batch]")
    ]
    doomed = [process for step in steps for process in children(step, recursive=True)]
    assert doomed
    for act in (psutil.Process.suspend, psutil.Process.kill):
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):  # one that was just ending
                act(process)


@contextlib.asynccontextmanager
async def a_server(state_dir: Path) -> AsyncIterator[ClusterManager]:
    """What a Jupyter server has of the clusters."""
    manager = ClusterManager(
        Settings(state_dir=state_dir, batch_system="slurm"),
        launcher=PlacingLauncher(local=LocalLauncher(), job=JobLauncher(state_dir)),
        emit=lambda *_: None,
        log=logging.getLogger(__name__),
    )
    try:
        yield manager
    finally:
        await manager.stop()


async def shown(
    manager: ClusterManager, cluster_id: str, condition: Callable[[Cluster], Any]
) -> Cluster:
    """The card of a cluster as soon as it fulfils ``condition``."""
    deadline = time.monotonic() + PATIENCE
    while not condition(cluster := await manager.get(cluster_id)):
        assert time.monotonic() < deadline, cluster
        await asyncio.sleep(0.05)
    return cluster


async def listed_no_more(manager: ClusterManager, cluster_id: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while cluster_id in [cluster.id for cluster in await manager.clusters()]:
        assert time.monotonic() < deadline, cluster_id
        await asyncio.sleep(0.05)


FILLS_ITS_LOG = f"""#!{sys.executable}
import logging, sys, time
sys.path.insert(0, {str(Path(bounded_log.__file__).parent)!r})
import bounded_log
logging.basicConfig(level=logging.INFO)
bounded_log.bound_log({256 * 1024})
for number in range(20_000):
    logging.info("%d %s", number, "x" * 50)
logging.info("all is written")
time.sleep(600)
"""


def test_slurms_words_come_last_in_a_log_that_was_cut(tmp_path: Path, slurm: Slurm) -> None:
    """Its descriptors of the log are not ours: it has to go on at the end of what was left."""
    script, log = tmp_path / "job.py", tmp_path / "controller.log"
    script.write_text(FILLS_ITS_LOG)
    job = slurm.run("sbatch", "--parsable", "-o", str(log), str(script)).strip()
    wait_for("its lines", lambda: log.exists() and "all is written" in log_end(log))
    slurm.run("scancel", job)
    wait_for("Slurm's words", lambda: "CANCELLED" in log_end(log, 1))
    assert log.stat().st_size < 260 * 1024
    text = log.read_bytes()
    assert text.startswith(b"[older lines were dropped")
    assert b"\0" not in text


async def test_a_server_creates_follows_and_stops_it(tmp_path: Path, slurm: Slurm) -> None:
    async with a_server(tmp_path / "state") as manager:
        options = ClusterOptions.from_json({**OPTIONS, **OF_ITS_OWN})
        created = await manager.create(options, Scaling.from_json({"jobs": 1}))
        cluster = await shown(manager, created.id, lambda c: c.jobs.connected == 1)
        assert (cluster.status, cluster.problems) == ("running", ())
        assert cluster.expires is not None, "its controller's job has a walltime"
        assert (cluster.elsewhere, cluster.ends_with) == (False, None)
        names = slurm.job_names()
        assert [n for n in names if cluster_of_controller(n)] == [
            f"{created.name}-{created.id}-controller"
        ]
        assert [cluster_of(n) for n in names if cluster_of(n)] == [created.id]
        await manager.delete(created.id)
        await listed_no_more(manager, created.id)
    await asyncio.to_thread(wait_for, "the end of all jobs", lambda: not slurm.live_jobs())


HERE: dict[str, Any] = {
    "shebang": "#!/bin/bash -e",
    "worker-command": "distributed.cli.dask_worker",
    "job-mem": "500M",
    "job-cpu": 1,
    "job-script-prologue": ["export SITE='[cluster]/key.pem tls://[scheduler]'"],
}
THERE: dict[str, Any] = {
    "shebang": "#!/bin/false",
    "worker-command": "no.worker",
    "job-mem": "123M",
    "job-cpu": 2,
    "job-script-prologue": ["exit 7"],
}
"""What dask's configuration says where Jupyter runs, and where the controller does."""


@pytest.mark.parametrize("placement", ["job", "local"])
async def test_what_slurm_gets_is_what_was_shown(
    tmp_path: Path, slurm: Slurm, monkeypatch: pytest.MonkeyPatch, placement: str
) -> None:
    for name, section in (("here", HERE), ("there", THERE)):
        (tmp_path / name).mkdir()
        text = yaml.safe_dump({"jobqueue": {"slurm": section}})
        (tmp_path / name / "site.yaml").write_text(text)
    options = {**OPTIONS, **OF_ITS_OWN, "placement": placement}
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "here"))
    async with a_server(tmp_path / "state") as manager:
        preview = await manager.preview(options, {"jobs": 1}, name="otter", batch_system=None)
        assert preview["problems"] == []
        monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "there"))
        created = await manager.create(
            ClusterOptions.from_json(options), Scaling("jobs", 1), name="otter"
        )
        cluster = await shown(manager, created.id, lambda c: c.jobs.connected == 1)
        (job,) = await manager.jobs(created.id)
        script = slurm.run("scontrol", "write", "batch_script", job.id, "-")
        directory = str(tmp_path / "state" / created.id)
        for line, text in zip(preview["lines"], script.splitlines(), strict=True):
            expected = line["text"]
            if line["from"] in ("cluster", "log_directory"):
                expected = expected.replace("[cluster]", directory)
                expected = expected.replace("tls://[scheduler]", str(cluster.scheduler_address))
            assert text == expected.replace("otter-[id]-1", f"otter-{created.id}-1")
        await manager.delete(created.id)
        await listed_no_more(manager, created.id)
    await asyncio.to_thread(wait_for, "the end of all jobs", lambda: not slurm.live_jobs())


async def test_a_server_says_why_its_controller_waits_and_can_stop_it(
    tmp_path: Path, slurm: Slurm
) -> None:
    async with a_server(tmp_path / "state") as manager:
        options = ClusterOptions.from_json(
            {**OPTIONS, **OF_ITS_OWN, "controller_partition": "broken"}
        )
        created = await manager.create(options, Scaling.from_json({"jobs": 1}))
        cluster = await shown(manager, created.id, lambda c: c.problems)
        assert cluster.status == "starting"
        (problem,) = cluster.problems
        assert problem.code == "controller_pending"
        assert f"({slurm.live_jobs()[0]}) waits in the queue: " in problem.message
        await manager.delete(created.id)
        await listed_no_more(manager, created.id)
        assert slurm.live_jobs() == []


async def test_what_a_killed_controller_left_the_next_server_cancels(
    make: Make, slurm: Slurm
) -> None:
    cluster = await asyncio.to_thread(
        lambda: make(scaling={"jobs": 2}, job_extra_directives=NEVER_YET).ready()
    )
    await asyncio.to_thread(wait_for, "its jobs", lambda: len(workers(slurm, cluster)) == 2)
    kill_all_in(slurm, job_of(cluster))
    await asyncio.to_thread(wait_for, "its end", lambda: not controllers(slurm, cluster))
    assert len(workers(slurm, cluster)) == 2
    assert cluster.directory.ended() is None
    async with a_server(cluster.directory.path.parent) as manager:
        card = await shown(manager, cluster.directory.id, lambda c: c.status == "failed")
        await asyncio.to_thread(wait_for, "no jobs", lambda: not workers(slurm, cluster))
        card = await shown(
            manager, card.id, lambda c: "Its jobs were cancelled" in c.problems[0].message
        )
        (problem,) = card.problems
        assert problem.code == "controller_died"
        assert f"Its job {job_of(cluster)} ended: " in problem.message
    assert not cluster.directory.key.exists()


async def test_of_one_killed_while_it_ended_the_jobs_are_cancelled_too(
    make: Make, slurm: Slurm
) -> None:
    cluster = await asyncio.to_thread(
        lambda: make(scaling={"jobs": 1}, job_extra_directives=NEVER_YET).ready()
    )
    await asyncio.to_thread(wait_for, "its job", lambda: len(workers(slurm, cluster)) == 1)
    kill_all_in(slurm, job_of(cluster))
    # As if it had come so far and no further.
    cluster.directory.write(Ended("controller_terminated", "Its job was cancelled.", utc_now()))
    async with a_server(cluster.directory.path.parent) as manager:
        await shown(manager, cluster.directory.id, lambda c: c.status == "failed")
        await asyncio.to_thread(wait_for, "no jobs", lambda: not workers(slurm, cluster))
        await asyncio.to_thread(wait_for, "no key", lambda: not cluster.directory.key.exists())
        (problem,) = (await manager.get(cluster.directory.id)).problems
        assert problem.code == "controller_terminated"


def test_a_controller_ends_in_order_before_its_walltime(make: Make, slurm: Slurm) -> None:
    cluster = make(controller_walltime=60, scaling={"jobs": 1}).ready()
    wait_for("the end of all jobs", lambda: not slurm.live_jobs(), 120)
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "controller_terminated"
    assert f"({job_of(cluster)}) came to the end of its walltime" in ended.message
    assert not cluster.directory.key.exists()


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
    said = cluster.log()
    assert f" INFO cluster {cluster.directory.id} (under-test): its controller starts on " in said
    assert f", in job {owner.job}, version " in said
    assert f" INFO cluster {cluster.directory.id} (under-test): ready on " in said
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


def test_one_that_could_not_start_the_cluster_says_why(make: Make, slurm: Slurm) -> None:
    cluster = make(python="/nowhere/python")
    wait_for("its end", lambda: not controllers(slurm, cluster))
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "start_failed"
    assert "/nowhere/python cannot be run" in ended.message
    slurm.stop_slurmctld()
    waited = ask(cluster, lambda launcher: launcher.wait(cluster.directory, cluster.owner))
    assert waited is False, "the queue need not be asked"


def test_a_submission_that_is_refused_says_so_in_slurms_words(make: Make) -> None:
    with pytest.raises(OSError, match="invalid partition specified: nowhere"):
        make(controller_partition="nowhere")


async def test_a_submission_that_was_not_answered_is_looked_for(
    tmp_path: Path, slurm: Slurm
) -> None:
    def recorded(cluster_id: str) -> ClusterDirectory:
        directory = ClusterDirectory(tmp_path / cluster_id)
        directory.create()
        options = ClusterOptions.from_json(
            {**OPTIONS, **OF_ITS_OWN, "controller_partition": "broken"}
        )
        directory.write(Record(cluster_id, "ghost", utc_now(), options, Scaling(), "slurm", "h"))
        return directory

    class WhenItAnswersAgain(JobLauncher):
        async def _search(self, cluster_id: str, slurm_cluster: str | None) -> str | None:
            slurm.continue_slurmctld()
            return await super()._search(cluster_id, slurm_cluster)

    launcher = WhenItAnswersAgain(tmp_path)
    await launcher.launch(recorded("00000001"))
    slurm.stop_slurmctld()
    owner = await launcher.launch(recorded("00000002"))
    assert slurm.job_names(lambda name: cluster_of_controller(name) == "00000002") == [
        "ghost-00000002-controller"
    ]
    assert owner.job in slurm.live_jobs()


def test_force_ends_the_controllers_job(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    ask(cluster, lambda launcher: launcher.end(cluster.directory, cluster.owner))
    assert controllers(slurm, cluster) == []


def test_another_job_with_its_id_is_left_alone(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    name = controller_job_name("another", "0badcafe")  # the controller of another cluster
    argv = ("sbatch", "--parsable", "-J", name, "-o", "/dev/null", "--wrap", "sleep 60")
    other = slurm.run(*argv).strip()
    owner = Owner(host="", boot_id="", pid=0, process_start=0, job=other)
    ask(cluster, lambda launcher: launcher.end(cluster.directory, owner))
    assert other in slurm.live_jobs()
    answer = ask(cluster, lambda launcher: launcher.alive(cluster.directory, owner))
    assert answer is None, "not this cluster's controller; whether that is gone is not known yet"


def test_a_silent_slurm_says_nothing_of_a_controller(make: Make, slurm: Slurm) -> None:
    cluster = make().ready()
    slurm.stop_slurmctld()
    assert alive(cluster) is None

"""What is said of jobs that Slurm ends, stops, moves or extends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.batch.slurm.reasons import why_cancelled
from jupyter_dask_slurm.controller import interventions
from jupyter_dask_slurm.controller.interventions import Interventions, loss_words
from jupyter_dask_slurm.controller.job_logs import JobLogs
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.problems import Problems
from jupyter_dask_slurm.controller.tracked_job import Leaving, Loss, WorkerInfo
from jupyter_dask_slurm.model.cluster import utc_text

ID = "3f9a12bc"
NAME = f"blue-otter-{ID}-1"
SCRIPT = "#!/bin/sh\n#SBATCH -p debug\n#SBATCH -t 01:00:00\n"
PENDING, RUNNING = JobState.PENDING, JobState.RUNNING


class Cluster:
    """The jobs of a cluster as they are polled, and what is said of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.table, self.problems = JobTable(ID), Problems()
        logs = JobLogs(directory, removable=False)
        self.interventions = Interventions(self.problems, self.table, logs, SCRIPT)

    async def polled(self, now: float, *reports: BatchJob) -> dict[str, str]:
        """Return the messages after a poll. A job has left what its limit says, if nothing else is told."""
        reports = tuple(
            replace(told, time_left=int((told.started or now) + told.time_limit - now))
            if told.state.running and told.time_limit and told.time_left is None
            else told
            for told in reports
        )
        ended = self.table.update(Snapshot(now, {told.id: told for told in reports}))
        await self.interventions.update(ended, now)
        return {problem.code: problem.message for problem in self.problems.all()}

    def connected(self, *names: str) -> None:
        workers = [WorkerInfo(f"tls://{name}", name) for name in names]
        self.table.update_workers(workers, 0.0)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def report(state: JobState, job_id: str = "81_0", **more: object) -> BatchJob:
    told: dict[str, object] = {"started": 100.0, "node": "n1", "partition": "debug"}
    told |= {"time_limit": 3600} if state.running else {}
    return BatchJob(job_id, NAME, state, **{**told, **more})  # type: ignore[arg-type]


def killed(why: str) -> str:
    return f"slurmstepd-n1: error: *** JOB 1 ON n1 CANCELLED AT 2026-11-30T08:07:53 {why} ***"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (killed("DUE TO PREEMPTION"), "PREEMPTION"),
        (killed("DUE TO TIME LIMIT"), "TIME LIMIT"),
        (killed("DUE TO JOB REQUEUE"), "REQUEUE"),
        (killed("DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS"), "NODE FAILURE"),
        (f"{killed('DUE TO PREEMPTION')}\nlast words", "PREEMPTION"),
        ("slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2026-11-30T08:07:53 ***", None),
        ("", None),
    ],
)
def test_slurm_says_in_the_log_why_it_ended_a_job(log: str, words: str | None) -> None:
    assert why_cancelled(log) == words


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (killed("DUE TO PREEMPTION"), "Preempted and requeued"),
        (killed("DUE TO JOB REQUEUE"), "Requeued by somebody (scontrol requeue)"),
        (killed("DUE TO NODE FAILURE, SEE …"), "Requeued because its node failed"),
        (None, "Requeued by Slurm, whose node may have failed"),
    ],
)
async def test_a_requeued_job_is_named_with_the_cause_and_what_went_with_it(
    cluster: Cluster, log: str | None, words: str
) -> None:
    if log is not None:
        (cluster.directory / "81_0.log").write_text(log)
    assert await cluster.polled(110, report(RUNNING)) == {}
    cluster.connected("81_0.0")
    cluster.table.losses = {"81_0.0": Loss(results=4, data=1, tasks=2), "7_0.0": Loss(results=9)}
    cluster.connected()
    expected = {
        "jobs_interrupted": f"{words}: job 81_0. Computed again: 4 results that only its workers "
        "held; run again: 2 tasks; lost: 1 object that a client had scattered to them alone."
    }
    assert await cluster.polled(120, report(PENDING, started=None)) == expected
    assert await cluster.polled(130, report(RUNNING, started=125.0)) == expected
    assert await cluster.polled(121 + interventions.KEPT, report(RUNNING, started=125.0)) == {}


async def test_a_requeue_that_no_poll_has_seen_is_told_once(cluster: Cluster) -> None:
    await cluster.polled(110, report(RUNNING))
    for now in (150, 160):
        said = await cluster.polled(now, report(RUNNING, started=140.0))
        assert said["jobs_interrupted"].endswith("job 81_0. No worker of it had connected.")


async def test_what_the_cluster_ended_itself_is_no_intervention(cluster: Cluster) -> None:
    await cluster.polled(110, report(RUNNING))
    cluster.table.mark_leaving(["81_0"], Leaving.ENDING, 115)
    assert await cluster.polled(120, report(PENDING, started=None)) == {}


async def test_jobs_that_ended_alike_are_told_together(cluster: Cluster) -> None:
    jobs = [f"81_{k}" for k in range(5)]
    await cluster.polled(110, *(report(RUNNING, job) for job in jobs))
    cluster.connected(*(f"{job}.0" for job in jobs))
    cluster.table.losses = {"81_1.0": Loss(results=1)}
    cluster.connected()
    ends = [report(JobState.PREEMPTED, job) for job in jobs[:4]]
    said = await cluster.polled(120, *ends, report(JobState.NODE_FAIL, "81_4", node="n7"))
    first, second = said["jobs_interrupted"].splitlines()
    held = "Computed again: 1 result that only its workers held."
    assert first == f"Preempted: jobs 81_0, 81_1, 81_2 and 1 more. {held}"
    assert second == "Ended because its node failed (n7): job 81_4. No result was lost."


async def test_a_time_of_grace_is_told_while_it_lasts_and_once(cluster: Cluster) -> None:
    assert await cluster.polled(110, report(RUNNING)) == {}
    cluster.connected("81_0.0")
    for now, state in ((120, JobState.SIGNALING), (121, RUNNING)):
        said = await cluster.polled(now, report(state, time_left=180 - now))
        assert said == {
            "jobs_interrupted": f"Preempted, Slurm ends it at {utc_text(180)}: job 81_0. What its "
            "workers hold is moved to other jobs, if there are any."
        }
    cluster.connected()
    said = await cluster.polled(130, report(JobState.PREEMPTED))
    assert said["jobs_interrupted"].endswith("job 81_0. No result was lost.")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, None),
        (
            {"time_limit": 36_000},
            "Slurm's time limit is 10:00:00, more than the 01:00:00 asked for",
        ),
        ({"time_limit": 600}, "Slurm's time limit is 00:10:00, less than the 01:00:00 asked for"),
        ({"time_limit": None}, None),
        ({"partition": "long"}, "In partition long, not in debug"),
        ({"partition": None}, None),
    ],
)
async def test_what_slurm_gave_is_told_where_it_differs(
    cluster: Cluster, told: dict[str, object], words: str | None
) -> None:
    said = await cluster.polled(110, report(RUNNING, **told))
    assert said.get("jobs_changed") == (words and f"{words}: job 81_0.")
    assert await cluster.polled(120, report(RUNNING)) == {}


async def test_a_suspended_job_is_told_until_it_is_resumed(cluster: Cluster) -> None:
    said = await cluster.polled(110, report(JobState.SUSPENDED))
    assert said["jobs_changed"].startswith("Suspended on n1, its tasks and results wait")
    assert said["jobs_changed"].endswith(": job 81_0.")
    assert await cluster.polled(120, report(RUNNING)) == {}


async def test_what_is_new_comes_again_after_it_was_dismissed(cluster: Cluster) -> None:
    """A message is dismissed by its code and its time."""

    def since() -> dict[str, str]:
        return {problem.code: problem.since for problem in cluster.problems.all()}

    await cluster.polled(110, report(RUNNING, partition="long"))
    first = since()
    await cluster.polled(
        150, report(RUNNING, partition="long"), report(RUNNING, "81_1", partition="long")
    )
    assert since() == first
    await cluster.polled(200, report(JobState.SUSPENDED, partition="long"))
    assert since() == {"jobs_changed": utc_text(200)}


def test_nothing_is_said_of_what_went_with_others() -> None:
    assert loss_words(["81_0.0"], {"81_0.1": Loss(results=3)}) == "No result was lost."

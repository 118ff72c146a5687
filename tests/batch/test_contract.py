"""What every batch system promises, asked of the embedded queue and of a real Slurm."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path, PurePath

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, BatchSystem, JobState
from jupyter_dask_slurm.batch.cancel import cancel_matching
from jupyter_dask_slurm.batch.choose import make_batch_system
from jupyter_dask_slurm.batch.errors import BatchRefused

from ..slurm.configuration import CORES
from ..support.processes import lives_still


class Queue:
    """A batch system, and the jobs that one test has in it: Slurm remembers those of others."""

    def __init__(self, batch: BatchSystem, directory: Path) -> None:
        self.batch = batch
        self.name = f"blue-otter-{secrets.token_hex(4)}-1"
        self.ids: list[str] = []
        # Not there yet, and with a name that a careless directive would stumble over.
        self.logs = directory / "job logs 100%j"

    async def submit(self, script: str, count: int = 1) -> tuple[str, ...]:
        """The ids of ``count`` jobs, which must be accepted."""
        submission = await self.batch.submit(
            script, name=self.name, count=count, log_directory=self.logs
        )
        assert submission.error is None
        assert len(submission.ids) == count
        self.ids += submission.ids
        return submission.ids

    def log(self, job_id: str) -> str:
        return (self.logs / f"{job_id}.log").read_text()

    async def jobs(self) -> list[BatchJob]:
        """What is known of the jobs submitted here, in their order."""
        snapshot = await self.batch.jobs(max_age=0)
        return [job for job_id in self.ids if (job := snapshot.get(job_id)) is not None]

    async def wait(
        self, condition: Callable[[list[BatchJob]], bool], limit: float = 60
    ) -> list[BatchJob]:
        """Poll the jobs until the condition holds."""
        deadline = time.monotonic() + limit
        while not condition(jobs := await self.jobs()):
            assert time.monotonic() < deadline, f"not within {limit:g} s: {jobs}"
            await asyncio.sleep(0.1)
        return jobs

    async def states(self, *wanted: JobState) -> list[BatchJob]:
        """Wait until the jobs have these states."""
        return await self.wait(lambda jobs: [job.state for job in jobs] == list(wanted))


@pytest.fixture(params=["local", "slurm"])
async def queue(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Queue]:
    """A started batch system with `CORES` cores on one node, or on each of two."""
    if request.param == "slurm":
        request.getfixturevalue("slurm")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setenv("SLURM_JOB_NAME", "the job that Jupyter runs in")
    monkeypatch.setenv("A_SITE_NEEDS", "this")
    batch = make_batch_system(
        request.param, directory=tmp_path / "registry", cores=CORES, umask=0o022
    )
    await batch.start()
    mine = Queue(batch, tmp_path)
    yield mine
    await batch.stop()


def script(*lines: str, cores: int = 1, walltime: str = "00:05:00") -> str:
    head = ["#!/usr/bin/env bash", "", "#SBATCH -J dask-worker", "#SBATCH -n 1"]
    size = [f"#SBATCH --cpus-per-task={cores}", "#SBATCH --mem=100M", f"#SBATCH -t {walltime}"]
    return "\n".join([*head, *size, "", *lines]) + "\n"


SLEEP = script("sleep 600")
ALL_OF_A_NODE = script("sleep 600", cores=CORES)


async def eventually(condition: Callable[[], bool], limit: float = 30) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_one_submission_makes_jobs_with_one_name_and_logs_of_their_own(queue: Queue) -> None:
    before = time.time()
    lines = ['echo "$SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_JOB_ID"', "echo wrong >&2"]
    ids = await queue.submit(script(*lines), 3)
    array = ids[0].partition("_")[0]
    assert ids == tuple(f"{array}_{task}" for task in range(3))

    jobs = await queue.states(*[JobState.COMPLETED] * 3)
    assert [job.id for job in jobs] == list(ids)
    assert {job.name for job in jobs} == {queue.name}
    for job in jobs:
        assert job.submitted is not None
        assert before - 2 < job.submitted < time.time() + 2
        assert job.started is not None
        assert job.node
    for task, job_id in enumerate(ids):
        assert queue.log(job_id) == f"{task} of {array}\nwrong\n"


async def test_a_job_starts_where_its_script_says(queue: Queue, tmp_path: Path) -> None:
    there, gone = tmp_path / "my project", tmp_path / "gone"
    there.mkdir()
    ids = []
    for directory in (there, gone):
        ids += await queue.submit(script(f'#SBATCH --chdir="{directory}"', "pwd"))
    await queue.states(*[JobState.COMPLETED] * 2)
    assert queue.log(ids[0]) == f"{there}\n"
    *said, where = queue.log(ids[1]).splitlines()
    reason = f"couldn't chdir to `{gone}': No such file or directory: going to /tmp instead"
    assert said
    assert all(line.endswith(f"error: {reason}") for line in said)
    assert where == "/tmp"


async def test_a_job_is_known_to_the_very_next_look(queue: Queue) -> None:
    ids = await queue.submit(SLEEP, 2)
    snapshot = await queue.batch.jobs(max_age=0)
    assert set(ids) <= set(snapshot.jobs)


async def test_ids_are_not_used_twice(queue: Queue) -> None:
    first, second = await queue.submit(script("true"), 2), await queue.submit(script("true"), 2)
    assert len({*first, *second}) == 4


async def test_nothing_is_submitted_for_no_job(queue: Queue) -> None:
    assert await queue.submit(script("true"), 0) == ()
    assert not await queue.jobs()


async def test_what_does_not_fit_waits_for_resources_and_then_runs(
    queue: Queue, tmp_path: Path
) -> None:
    wait = f"while [ ! -e '{tmp_path}/go' ]; do sleep 0.1; done"
    await queue.submit(script(wait, cores=CORES), 4)
    fit = 1 if queue.batch.name == "local" else 2  # nodes
    jobs = await queue.wait(
        lambda jobs: (
            sum(job.state.running for job in jobs) == fit
            and "Resources" in {job.reason for job in jobs}
        )
    )
    waiting = [job for job in jobs if job.state.pending]
    assert len(waiting) == 4 - fit
    for job in waiting:
        assert (job.started, job.node, job.time_left) == (None, None, None)
    (tmp_path / "go").touch()
    await queue.states(*[JobState.COMPLETED] * 4)


async def test_running_jobs_say_when_they_began_and_how_long_they_may(queue: Queue) -> None:
    before = time.time()
    await queue.submit(SLEEP)
    (job,) = await queue.states(JobState.RUNNING)
    after = time.time()
    assert job.started is not None
    assert before - 2 < job.started < after + 2
    assert job.time_left is not None
    # What is left of five minutes, to the second or, as Slurm counts it, somewhat less.
    assert 300 - (after - before) - 2 <= job.time_left <= 300
    assert job.estimated_start is None


@pytest.mark.parametrize("chosen", [[0], [1, 3], [0, 1, 2, 3]], ids=str)
async def test_cancelling_pending_jobs_spares_all_others(queue: Queue, chosen: list[int]) -> None:
    """The chosen ones of four pending jobs go, and no running job, though it is asked for too."""
    running = await queue.submit(ALL_OF_A_NODE, 1 if queue.batch.name == "local" else 2)
    await queue.states(*[JobState.RUNNING] * len(running))
    pending = await queue.submit(ALL_OF_A_NODE, 4)
    gone = [pending[task] for task in chosen]
    await queue.batch.cancel([*running, *gone], pending_only=True)

    snapshot = await queue.batch.jobs(max_age=0)
    for job_id in (*running, *pending):
        job = snapshot.get(job_id)
        assert job is not None
        left = JobState.RUNNING if job_id in running else JobState.PENDING
        assert job.state is (JobState.CANCELLED if job_id in gone else left), job
        assert (job.started is not None) == (job_id in running)


async def test_cancelling_ends_running_jobs_with_their_processes(
    queue: Queue, tmp_path: Path
) -> None:
    stat = tmp_path / "stat"
    # Neither the script nor what it started in the background listens to SIGTERM.
    lines = ["trap '' TERM", "sleep 600 &", f"cat /proc/$!/stat > '{stat}.new'"]
    ids = await queue.submit(script(*lines, f"mv '{stat}.new' '{stat}'", "sleep 600; sleep 600"))
    await eventually(stat.exists)
    child = stat.read_text()
    assert lives_still(child)
    await queue.batch.cancel(ids)
    await queue.states(JobState.CANCELLED)
    await eventually(lambda: not lives_still(child))


async def test_cancelling_ended_and_unknown_jobs_is_no_error(queue: Queue) -> None:
    ended = await queue.submit(script("true"), 2)
    await queue.states(JobState.COMPLETED, JobState.COMPLETED)
    for ids in (ended, ["999999_3"], ["999999"], [], [*ended, "999999_1"], ["", "x_1", "1_y"]):
        await queue.batch.cancel(ids)
        await queue.batch.cancel(ids, pending_only=True)
    await queue.states(JobState.COMPLETED, JobState.COMPLETED)


async def test_unknown_jobs_are_not_in_a_snapshot(queue: Queue) -> None:
    assert (await queue.batch.jobs(max_age=0)).get("999999_3") is None


async def test_a_job_that_fails_has_failed_and_its_log_says_why(queue: Queue) -> None:
    (job_id,) = await queue.submit(script("echo no such environment >&2", "exit 3"))
    await queue.states(JobState.FAILED)
    assert queue.log(job_id) == "no such environment\n"


@pytest.mark.timeout(360)
async def test_the_walltime_ends_a_job(queue: Queue) -> None:
    # One process: a shell that outlives its sleep for a moment would end with 143 instead.
    (job_id,) = await queue.submit(script("exec sleep 600", walltime="00:02"))
    # Slurm's unit is the minute.
    await queue.wait(lambda jobs: [job.state for job in jobs] == [JobState.TIMEOUT], limit=120)
    assert "DUE TO TIME LIMIT" in queue.log(job_id)
    assert (await queue.batch.ended_jobs([job_id]))[job_id].exit_code == "0:15"


async def test_how_jobs_ended_is_remembered(queue: Queue) -> None:
    before = time.time()
    ended = [
        *await queue.submit(script("true")),
        *await queue.submit(script("exit 3")),
        *await queue.submit(script("kill -KILL $$")),
    ]
    await queue.states(JobState.COMPLETED, JobState.FAILED, JobState.FAILED)
    ends = await queue.batch.ended_jobs([*ended, "999999_3", "999999"])
    assert [(job_id, job.id) for job_id, job in ends.items()] == [(i, i) for i in ended]
    assert {job.name for job in ends.values()} == {queue.name}
    assert [(job.state.value, job.exit_code) for job in ends.values()] == [
        ("COMPLETED", "0:0"),
        ("FAILED", "3:0"),
        ("FAILED", "0:9"),
    ]
    for job in ends.values():
        assert job.node
        assert job.started is not None
        assert job.ended is not None
        assert before - 2 < job.started <= job.ended < time.time() + 2
    assert await queue.batch.ended_jobs([]) == {}


async def test_how_cancelled_jobs_ended_is_remembered(queue: Queue, tmp_path: Path) -> None:
    """One ends while it runs, some before they started; one that has not ended is left out."""
    # One process: which of two dies first would decide what the shell says of it.
    lines = [f"touch '{tmp_path}/runs'", "exec sleep 600"]
    (running,) = await queue.submit(script(*lines, cores=CORES))
    await eventually((tmp_path / "runs").exists)
    (left,) = await queue.submit(script("sleep 600", cores=CORES))
    pending = await queue.submit(ALL_OF_A_NODE, 3)
    everything = [running, left, *pending]
    assert await queue.batch.ended_jobs(everything) == {}
    await queue.batch.cancel(pending[1:], pending_only=True)
    await queue.batch.cancel([running])
    await queue.wait(lambda jobs: jobs[0].state.ended)
    ends = await queue.batch.ended_jobs(everything)
    assert {job_id: (job.state, job.exit_code) for job_id, job in ends.items()} == {
        running: (JobState.CANCELLED, "0:15"),
        pending[1]: (JobState.CANCELLED, None),
        pending[2]: (JobState.CANCELLED, None),
    }
    assert [ends[job_id].started for job_id in pending[1:]] == [None, None]
    assert None not in {job.ended for job in ends.values()}


async def test_jobs_are_found_by_id_and_others_are_not(queue: Queue) -> None:
    (running,) = await queue.submit(script("sleep 600", cores=CORES))
    await queue.wait(lambda jobs: jobs[0].state is JobState.RUNNING)
    pending = await queue.submit(ALL_OF_A_NODE, 2)
    found = await queue.batch.find_jobs([running, *pending, "999999_3", "999998"])
    assert {job_id: (job.id, job.name) for job_id, job in found.items()} == {
        job_id: (job_id, queue.name) for job_id in (running, *pending)
    }
    assert found[running].state is JobState.RUNNING
    assert await queue.batch.find_jobs(["999999_3"]) == {}
    assert await queue.batch.find_jobs([]) == {}


async def test_where_the_output_of_a_job_goes_is_known_as_long_as_the_job(queue: Queue) -> None:
    queue.logs = queue.logs.with_name("50% of it")
    (running,) = await queue.submit(script("sleep 600", cores=CORES))
    pending = await queue.submit(ALL_OF_A_NODE, 2)
    found = await queue.batch.log_directories([running, *pending, "999999_3", "999998"])
    assert found == dict.fromkeys((running, *pending), queue.logs)
    assert await queue.batch.log_directories(["999999_3"]) == {}
    assert await queue.batch.log_directories([]) == {}


async def test_jobs_see_neither_secrets_nor_the_job_that_jupyter_runs_in(queue: Queue) -> None:
    line = 'echo "$A_SITE_NEEDS|$JUPYTERHUB_API_TOKEN|$SLURM_JOB_NAME|$SLURM_CPUS_PER_TASK"'
    (job_id,) = await queue.submit(script(line, cores=2))
    await queue.states(JobState.COMPLETED)
    assert queue.log(job_id) == f"this||{queue.name}|2\n"


async def test_jobs_have_the_umask_asked_for_and_not_ours(queue: Queue) -> None:
    before = os.umask(0o077)
    try:
        (job_id,) = await queue.submit(script("umask"))
        await queue.states(JobState.COMPLETED)
    finally:
        os.umask(before)
    assert queue.log(job_id) == "0022\n"


REFUSED = {
    "no interpreter": (SLEEP.partition("\n")[2], "batch script"),
    "DOS lines": (SLEEP.replace("\n", "\r\n"), "DOS line breaks"),
    "memory": (SLEEP.replace("100M", "12bananas"), "--mem"),
    "walltime": (script("true", walltime="soon"), "--time"),
    "cores": (script("true", cores=0), "cpus-per-task"),
    "too much memory": (SLEEP.replace("100M", "900T"), ""),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_script_that_cannot_be_used_is_refused_in_words(
    queue: Queue, text: str, words: str
) -> None:
    submission = await queue.batch.submit(text, name=queue.name, count=2, log_directory=queue.logs)
    assert submission.ids == ()
    assert isinstance(submission.error, BatchRefused)
    assert words in str(submission.error)
    # Slurm lists some that it has refused, as FAILED.
    jobs = (await queue.batch.jobs(max_age=0)).jobs.values()
    assert all(job.state.ended for job in jobs if job.name == queue.name)


async def test_a_log_directory_that_cannot_be_made_is_said(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    queue.logs = tmp_path / "file" / "logs"
    submission = await queue.batch.submit(SLEEP, name=queue.name, count=1, log_directory=queue.logs)
    assert submission.ids == ()
    assert "Not a directory" in str(submission.error)


async def test_cancelling_by_name_spares_the_jobs_of_others(queue: Queue, tmp_path: Path) -> None:
    other = Queue(queue.batch, tmp_path)
    await queue.submit(SLEEP, 2)
    await other.submit(SLEEP)
    assert await cancel_matching(queue.batch, lambda name: name == queue.name, settle=0) == 2
    await queue.states(JobState.CANCELLED, JobState.CANCELLED)
    (left,) = await other.jobs()
    assert not left.state.ended


async def test_a_job_by_another_name_is_cancelled_where_its_output_tells_whose_it_is(
    queue: Queue, tmp_path: Path
) -> None:
    other = Queue(queue.batch, tmp_path / "other")
    await queue.submit(SLEEP, 2)
    await other.submit(SLEEP)

    def name_of(_: str, logs: PurePath) -> str | None:
        return "mine" if logs == queue.logs else None

    def matches(name: str) -> bool:
        return name == "mine"

    assert await cancel_matching(queue.batch, matches, settle=0) == 0
    assert await cancel_matching(queue.batch, matches, name_of=name_of, settle=0) == 2
    await queue.states(JobState.CANCELLED, JobState.CANCELLED)
    (left,) = await other.jobs()
    assert not left.state.ended


async def test_a_start_is_estimated_and_nothing_is_submitted(queue: Queue) -> None:
    before = time.time()
    estimate = await queue.batch.estimate(SLEEP)
    assert estimate.start is not None
    assert before - 2 < estimate.start < time.time() + 60
    assert estimate.node
    assert estimate.partition
    assert estimate.message is None
    assert await queue.jobs() == []
    assert not [j for j in (await queue.batch.jobs(max_age=0)).jobs.values() if not j.state.ended]


@pytest.mark.parametrize(
    ("text", "words"),
    [REFUSED[key] for key in ("no interpreter", "walltime", "too much memory")],
)
async def test_that_a_script_would_be_refused_is_an_estimate(
    queue: Queue, text: str, words: str
) -> None:
    estimate = await queue.batch.estimate(text)
    assert (estimate.start, estimate.node) == (None, None)
    assert estimate.message
    assert words in estimate.message


async def test_an_estimate_counts_what_runs(queue: Queue) -> None:
    """Slurm knows when there will be room, the embedded queue that there is none."""
    site = await queue.batch.site()
    (default,) = (partition for partition in site.partitions if partition.default)
    await queue.submit(ALL_OF_A_NODE, default.nodes or 1)
    await queue.wait(lambda jobs: bool(jobs) and all(job.state.running for job in jobs))
    estimate = await queue.batch.estimate(ALL_OF_A_NODE)
    assert estimate.message is None
    if estimate.start is not None:
        assert estimate.start > time.time() + 30
    else:
        assert queue.batch.name == "local"


async def test_the_site_says_what_it_has(queue: Queue) -> None:
    site = await queue.batch.site()
    assert site.batch_system == queue.batch.name
    (default,) = (partition for partition in site.partitions if partition.default)
    assert default.available
    assert default.cores_per_node == CORES
    assert default.memory_per_node is not None
    assert default.memory_per_node > 2**30
    assert default.nodes is not None
    assert default.total_cores == default.idle_cores == CORES * default.nodes


async def test_stop_may_be_called_twice(queue: Queue) -> None:
    await queue.submit(script("true"))
    await queue.states(JobState.COMPLETED)
    await queue.batch.stop()
    await queue.batch.stop()

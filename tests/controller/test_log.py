"""The log of a controller: one line for each thing that it did, in words that can be looked for."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Submission
from jupyter_dask_slurm.batch.errors import BatchRefused, CommandTimeout
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.controller.api import make_api
from jupyter_dask_slurm.controller.cluster import LiveCluster
from jupyter_dask_slurm.controller.log import FORMAT, AboutCluster
from jupyter_dask_slurm.controller.scheduler.client import SchedulerState
from jupyter_dask_slurm.controller.submissions import _outcome
from jupyter_dask_slurm.model.scaling import Adapt
from jupyter_dask_slurm.model.settings import ControllerSettings

from .fakes import ID, Queue, Start, WorkersInEveryJob, a_record, running, until
from .test_reconciler import CannotLaunch, JobsEndAtOnce, RefusesSubmissions

NAME = f"blue-otter-{ID}"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """The lines at INFO and above, as they come."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("jupyter_dask_slurm.controller"), Keep()
    logger.addHandler(handler)
    with caplog.at_level(logging.INFO, logger=logger.name):
        yield lines
    logger.removeHandler(handler)


def test_a_line_names_its_cluster_and_who_speaks_if_it_is_not_the_controller() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(about := AboutCluster(ID, None))
    logger = logging.Logger("jupyter_dask_slurm.controller.scaling_target")
    logger.addHandler(handler)
    logger.info("scaled to 4 jobs")
    about.cluster_name = lambda: "blue-otter"
    logger.info("scaled to 4 jobs")
    logger.name = "tornado.general"
    logger.warning("SSL Error")
    logger.name = "__main__"
    logger.error("could not be started")
    lines = [re.sub(r"^\S+ \S+ ", "", line) for line in stream.getvalue().splitlines()]
    assert lines == [
        "INFO cluster 3f9a12bc: scaled to 4 jobs",
        "INFO cluster 3f9a12bc (blue-otter): scaled to 4 jobs",
        "WARNING cluster 3f9a12bc (blue-otter): tornado.general: SSL Error",
        "ERROR cluster 3f9a12bc (blue-otter): could not be started",
    ]


def test_the_watchdog_says_that_it_is_the_watchdog() -> None:
    record = logging.makeLogRecord({"name": "__main__", "msg": "cancelled 2 jobs"})
    AboutCluster(ID, "watchdog").filter(record)
    assert record.about == f"cluster {ID}: watchdog"  # type: ignore[attr-defined]


async def test_from_the_first_job_to_the_last(start: Start, said: list[str]) -> None:
    queue = Queue()
    reconciler = await start(queue, WorkersInEveryJob(queue))
    reconciler.scale(3)
    await until(reconciler, lambda: len(running(queue)) == 3 and reconciler.jobs.live[0].workers)
    reconciler.scale(2)
    await until(reconciler, lambda: len(reconciler.jobs.live) == 2)
    gone = next(iter(set(queue.table) - {job.id for job in reconciler.jobs.live}))
    await reconciler.end_jobs()
    left = ", ".join(sorted(set(queue.table) - {gone}))
    assert said == [
        "scaled to 3 jobs, from 0",
        f"submitted 3 jobs as 1, named {NAME}-1",
        "scaled to 2 jobs, from 3",
        f"retired job {gone}",
        f"cancelled job {gone}",
        f"job {gone} ended CANCELLED: requested",
        "scaled to 0 jobs, from 2",
        f"cancelled jobs {left}",
        *(f"job {job_id} ended CANCELLED: requested" for job_id in left.split(", ")),
    ]


async def test_a_refusal_in_slurms_words_on_one_line(start: Start, said: list[str]) -> None:
    queue = RefusesSubmissions()
    queue.text = "sbatch: error: Invalid account\nsbatch: error: Batch job submission failed"
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: "submission_refused" in reconciler.problems)
    scaled, refused = said
    assert scaled == "scaled to 1 job, from 0"
    assert refused == (
        f"refused a submission of 1 job, named {NAME}-1: sbatch: error: Invalid account "
        "sbatch: error: Batch job submission failed"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Submission(("81_0", "81_1", "81_2")), "submitted 3 jobs as 81, named N"),
        (Submission(("81",)), "submitted 1 job as 81, named N"),
        (Submission(("81", "82")), "submitted 2 jobs as 81, 82, named N"),
        (
            Submission(("81_0",), BatchRefused("QOSMaxSubmit")),
            "submitted 1 job as 81; refused a submission of 2 jobs, named N: QOSMaxSubmit",
        ),
        (
            Submission((), CommandTimeout(["sbatch"], 10)),
            f"no answer to a submission of 3 jobs, named N: {CommandTimeout(['sbatch'], 10)}",
        ),
    ],
)
def test_what_became_of_a_submission(answer: Submission, words: str) -> None:
    assert _outcome(answer, len(answer.ids) if answer.error is None else 3, "N") == words


async def test_how_a_job_ended_and_what_follows(start: Start, said: list[str]) -> None:
    queue = Queue()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: running(queue) and reconciler.jobs.live[0].workers)
    queue.table["1_0"] = BatchJob("1_0", f"{NAME}-1", JobState.NODE_FAIL, exit_code="0:9")
    await until(reconciler, lambda: "2_0" in running(queue))
    assert said[-3:] == [
        "job 1_0 ended NODE_FAIL (exit code 0:9): external",
        "job 1_0: Ended because its node failed",
        f"submitted 1 job as 2, named {NAME}-2",
    ]


async def test_when_nothing_more_is_submitted(start: Start, said: list[str]) -> None:
    reconciler = await start(JobsEndAtOnce())
    reconciler.scale(3)
    await until(reconciler, lambda: "jobs_failed" in reconciler.problems)
    assert said[-1] == "submits no more: 3 jobs in a row failed at once"


async def test_a_job_that_could_not_be_started(start: Start, said: list[str]) -> None:
    queue = CannotLaunch()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: running(queue))
    words = "replaces job 1_0, which could not be started: launch failed requeued held"
    assert said.count(words) == 1


@pytest.fixture
def cluster(tmp_path: Path) -> LiveCluster:
    (tmp_path / ID).mkdir()
    record = a_record(ControllerSettings(max_jobs=10))
    return LiveCluster(ClusterDirectory(tmp_path / ID), record)


async def test_what_is_asked_of_it_and_what_is_refused(
    cluster: LiveCluster, start: Start, said: list[str]
) -> None:
    queue = Queue()
    cluster.reconciler = reconciler = await start(queue)
    cluster.status = "running"
    server = HTTPServer(make_api(cluster, lambda: None))
    (socket,) = bind_sockets(0, address="127.0.0.1")
    server.add_sockets([socket])
    client = AsyncHTTPClient(force_instance=True)

    async def ask(method: str, path: str, **body: Any) -> int:
        url = f"http://127.0.0.1:{socket.getsockname()[1]}/v1/{path}"
        answer = await client.fetch(url, method=method, body=json.dumps(body), raise_error=False)
        return answer.code

    assert await ask("PUT", "target", scaling={"jobs": 2}) == 200
    await until(reconciler, lambda: len(running(queue)) == 2 and reconciler.jobs.live[0].workers)
    assert await ask("PUT", "name", name="otter") == 200
    assert await ask("PUT", "idle", timeout=60) == 200
    assert await ask("PUT", "idle", timeout=0) == 200
    assert await ask("POST", "idle/extend", seconds=None) == 200
    assert await ask("POST", "retry") == 200
    assert await ask("POST", "jobs/1_0/replace") == 200
    asked, said[:] = list(said), []
    assert asked[:2] == ["scaled to 2 jobs, from 0", f"submitted 2 jobs as 1, named {NAME}-1"]
    assert [line for line in asked[2:] if "submitted" not in line] == [
        "renamed to otter",
        "idle time-out set to 60 s",
        "idle time-out set to never",
        "its end for being idle put off by one time-out",
        "tries again what had failed",
        "replaces job 1_0, as asked",
    ]
    assert await ask("PUT", "target", scaling={"jobs": 11}) == 400
    assert await ask("POST", "jobs/99/cancel") == 404
    cluster.status = "stopping"
    assert await ask("POST", "retry") == 409
    assert [line for line in said if line.startswith("refused")] == [
        "refused PUT /v1/target: scaling.jobs: 11 jobs; at most 10 are allowed here",
        "refused POST /v1/jobs/99/cancel: the cluster 'otter' has no job 99",
        "refused POST /v1/retry: the cluster 'otter' is stopping",
    ]
    client.close()
    server.stop()


async def test_why_it_ends_without_the_logs_of_others(
    cluster: LiveCluster, said: list[str]
) -> None:
    cluster.fail("scheduler_died", "The dask scheduler was killed by signal 9.\nIts last words")
    cluster.fail("idle", "later")
    assert said == ["ends: scheduler_died: The dask scheduler was killed by signal 9."]


async def test_how_it_adapts(start: Start, said: list[str]) -> None:
    queue = Queue()
    reconciler = await start(queue, AsksForTwo(queue))
    reconciler.adapt(Adapt(0, 4, grow_after=0))
    await until(reconciler, lambda: len(running(queue)) == 2)
    assert said == [
        "adapts to the tasks, between 0 and 4 jobs",
        "adapted to 2 jobs, from 0",
        f"submitted 2 jobs as 1, named {NAME}-1",
    ]


class AsksForTwo(WorkersInEveryJob):
    """Its tasks always need two workers."""

    async def state(self) -> SchedulerState:
        return replace(await super().state(), target=2, tasks=9)

"""What it looks like when jobs and this host do not reach each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.batch.renamed import RenamedJobs
from jupyter_dask_slurm.controller import job_ends
from jupyter_dask_slurm.controller.job_ends import JobEnds
from jupyter_dask_slurm.controller.job_logs import JobLogs
from jupyter_dask_slurm.controller.log_words import SHOWN_LINES
from jupyter_dask_slurm.controller.problems import Problems
from jupyter_dask_slurm.controller.reachability import loopback_notice
from jupyter_dask_slurm.controller.tracked_job import TrackedJob
from jupyter_dask_slurm.interfaces import Interface

from .fakes import Queue

ADDRESS = "tls://10.0.0.1:8786"
TRACEBACK = "  File dask_worker.py, line 448, in main\n" * 40
TIMED_OUT = (
    f"OSError: Timed out trying to connect to {ADDRESS} after 30 s\n{TRACEBACK}Nanny failed."
)
IN_TIME = "distributed.dask_worker - INFO - Timed out starting worker"


@pytest.mark.parametrize(
    ("log", "code", "connected", "own", "words", "advice"),
    [
        (None, "0:53", False, True, "It has no log in ", "Set JUPYTER_DASK_SLURM_STATE_DIR to a"),
        (None, "0:53", False, False, "It has no log in ", "Choose a log directory that they see."),
        (None, "1:0", False, True, "It has no log in ", "is {logs} there on the compute nodes?"),
        ("", "1:0", False, True, "Its log is empty.", "Fix the problem in the log"),
        ("no licence", "1:0", False, True, "no licence", "Fix the problem in the log"),
        (TIMED_OUT, "1:0", False, True, "Nanny failed.", f"not reach the scheduler at {ADDRESS}."),
        (IN_TIME, "1:0", False, True, IN_TIME, "This host has ib0 (10.1.2.3), eth0 (10.9.9.9)."),
        # What it says later is no reason: it had connected.
        (TIMED_OUT, "1:0", True, True, "Nanny failed.", "Fix the problem in the log"),
    ],
)
async def test_jobs_that_fail_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log: str | None,
    code: str,
    connected: bool,
    own: bool,
    words: str,
    advice: str,
) -> None:
    found = [Interface("ib0", "10.1.2.3"), Interface("eth0", "10.9.9.9")]
    monkeypatch.setattr(job_ends, "interfaces", lambda: found)
    problems = Problems()
    queue = Queue()
    renamed = RenamedJobs(queue, lambda *_: None)
    ends = JobEnds(queue, problems, JobLogs(tmp_path, removable=own), renamed, ADDRESS)
    for k in range(3):
        job = TrackedJob(f"81_{k}", "otter", ended=True, ended_at=110.0)
        job.report = BatchJob(job.id, job.name, JobState.FAILED, exit_code=code)
        job.connected_at = 109.0 if connected else None
        if log is not None:
            (tmp_path / f"{job.id}.log").write_text(log)
        await ends.record([job])
    (problem,) = problems.all()
    assert problem.code == "jobs_failed"
    assert words in problem.message
    assert problem.message.count("\n") <= SHOWN_LINES
    assert advice.format(logs=tmp_path) in (problem.advice or "")


@pytest.mark.parametrize(
    ("address", "nodes", "is_said"),
    [
        ("tls://127.0.0.1:1", ["n[1-8]"], True),
        ("tls://127.0.1.1:1", ["10.0.0.7", "10.0.0.8"], True),
        ("tls://[::1]:1", ["login", "n1"], True),
        ("tls://127.0.0.1:1", ["127.0.0.1"], False),
        ("tls://127.0.0.1:1", ["localhost", "login.site.org"], False),
        ("tls://127.0.0.1:1", [], False),  # not known
        ("tls://10.0.0.1:1", ["n[1-8]"], False),
    ],
)
def test_a_scheduler_that_only_its_host_reaches(
    address: str, nodes: list[str], is_said: bool
) -> None:
    notice = loopback_notice(address, nodes, "login")
    assert (notice is not None) is is_said
    if notice is not None:
        assert address in notice.message

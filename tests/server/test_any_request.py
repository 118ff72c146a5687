"""Requests that schemathesis makes of rest-api.yml, singly and along its links, against a server with
real clusters: each answer is one that the document describes, none is 5xx, and nothing is a traceback.

``JDS_REQUESTS=NUMBER`` (`bash tests/run --requests=NUMBER server`) asks until so many were answered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_dask_slurm

from ..support.clusters import wait_for
from ..support.jupyter import OPTIONS, Server
from ..support.processes import kill_all, mentioning
from .test_rest_api import SPEC

ANSWERS = "JDS_ANSWERS"
"""The variable that names the file of answers: operation, status and what was asked, a JSON list a line."""
STANDING = "JDS_STANDING"
"""The variable that names a cluster which is not stopped: the first of the list, so that links lead to it."""
MAX_CLUSTERS = 3
TOKEN = "secret"
PROGRAM = Path(sys.executable).with_name("schemathesis")
REQUESTS = int(os.environ.get("JDS_REQUESTS") or 0)
FEW = ("--phases=examples,fuzzing,stateful", "--max-examples=4")
MANY = ("--phases=examples,coverage,fuzzing,stateful", "--max-examples=30")
STATUS = {200, 201, 204, 302, 400, 404, 405, 409}
HERE = Path(__file__).parent
ROOT = HERE.parent.parent

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(600 + REQUESTS),
    pytest.mark.skipif(not PROGRAM.exists(), reason="schemathesis needs Python 3.11"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    state = tmp_path / "state"
    traits = {
        "state_dir": str(state),
        "batch_system": "local",
        "local_cores": 1,
        "local_memory": "1 GB",
        "max_clusters": MAX_CLUSTERS,
    }
    server = Server(tmp_path, traits)
    yield server
    server.end()
    kill_all(mentioning(str(state)))


def standing_cluster(server: Server) -> str:
    """Return the id of a cluster that runs, with a job that runs and one that waits."""
    body = {"options": {**OPTIONS, "idle_timeout": 0}, "scaling": {"jobs": 2}}
    cluster = str(server("POST", "clusters", body)["id"])
    wait_for("a job", lambda: server("GET", f"clusters/{cluster}")["jobs"]["connected"])
    return cluster


def ask(server: Server, answers: Path, seed: int, *which: str) -> None:
    """One run of schemathesis. AssertionError with its report, which says how to repeat it."""
    done = subprocess.run(
        [
            *(PROGRAM, "--no-color"),
            *("--config-file", HERE / "schemathesis.toml", "run"),
            Path(jupyter_dask_slurm.__file__).with_name("rest-api.yml"),
            *("--url", server.base, "--header", f"Authorization: token {TOKEN}"),
            *("--seed", str(seed), "--request-timeout=120", "--continue-on-failure", *which),
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.server.any_request",
            ANSWERS: str(answers),
        },
        cwd=answers.parent,  # it keeps a cache where it runs
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_answer_is_as_described(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, seed = tmp_path / "answers", 1
    if REQUESTS:
        monkeypatch.setenv(STANDING, standing_cluster(server))
    ask(server, answers, seed, *(MANY if REQUESTS else FEW))
    while len(lines := answers.read_text().splitlines()) < REQUESTS:
        seed += 1
        ask(server, answers, seed, *MANY)
    seen = Counter((operation, status) for operation, status, _ in map(json.loads, lines))
    print(f"{len(lines)} answers, seeds 1 to {seed}")
    for (operation, status), count in sorted(seen.items()):
        print(f"{count:6} {status} {operation}")

    described = {
        f"{method.upper()} {path}"
        for path, operations in SPEC["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert {operation for operation, _ in seen} == described
    assert {status for _, status in seen} <= STATUS
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "Uncaught" not in log
    if REQUESTS:
        reached = {
            operation
            for operation, status, asked in map(json.loads, lines)
            # Not by OPTIONS, which every path has.
            if (status < 400 or status == 409) and asked.split()[0] == operation.split()[0]
        }
        assert described - reached <= {
            "DELETE /dask-slurm/api/orphans/{cluster_id}",  # there are none
            "GET /dask-slurm/dashboard/{host}/{port}/{path}",  # none has the right port
        }

    for cluster in server("GET", "clusters"):
        server("DELETE", f"clusters/{cluster['id']}?force=1")
    assert server("GET", "clusters") == []
    wait_for("their processes to end", lambda: not mentioning(str(tmp_path / "state")))

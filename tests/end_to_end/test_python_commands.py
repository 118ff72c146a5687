"""Whole clusters whose Python is started by another program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ..slurm.handle import Slurm
from ..support.clusters import PATIENCE, ClusterUnderTest, clusters_under_test
from ..support.processes import command_line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

APPTAINER_THAT_RUNS_ITS_ARGUMENTS_HERE = """\
#!/bin/sh
[ "$1" = exec ] && [ "$2" = "my image.sif" ] || exit 64
shift 2
APPTAINER_CONTAINER="my image.sif" exec "$@"
"""


def where(cluster: ClusterUnderTest, variable: str) -> tuple[str | None, str | None]:
    """What scheduler and worker have in that variable."""
    with cluster.client() as client:
        worker = client.submit(os.getenv, variable).result(timeout=PATIENCE)
        return client.run_on_scheduler(os.getenv, variable), worker


@pytest.mark.parametrize("batch_system", ["local", "slurm"])
def test_a_container(
    batch_system: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if batch_system == "slurm":
        request.getfixturevalue("slurm")
    apptainer = tmp_path / "bin" / "apptainer"
    apptainer.parent.mkdir()
    apptainer.write_text(APPTAINER_THAT_RUNS_ITS_ARGUMENTS_HERE)
    apptainer.chmod(0o700)
    monkeypatch.setenv("PATH", f"{apptainer.parent}:{os.environ['PATH']}")
    python = f"apptainer exec 'my image.sif' {sys.executable}"
    with clusters_under_test(tmp_path / "state", batch_system, python=python) as make:
        cluster = make(scaling={"jobs": 1}).ready()
        cluster.connected(1)
        assert where(cluster, "APPTAINER_CONTAINER") == ("my image.sif", "my image.sif")
        # What is run in the container is in a directory that it sees.
        assert str(cluster.directory.path) in " ".join(command_line(cluster.child("scheduler.py")))
        cluster.stop()
        assert not cluster.directory.path.exists()


def test_srun_runs_the_workers_alone(slurm: Slurm, tmp_path: Path) -> None:
    python = f"srun --ntasks 1 {sys.executable}"
    with clusters_under_test(tmp_path / "state", "slurm", python=python) as make:
        cluster = make(scaling={"jobs": 1}).ready()
        cluster.connected(1)
        assert where(cluster, "SLURM_STEP_ID") == (None, "0")
        cluster.scale(jobs=0)
        cluster.wait("no job is left", lambda c: not c.jobs.running and not c.workers.connected)
        cluster.stop()

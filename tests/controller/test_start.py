"""A controller that finds nothing to make its jobs from says so, and ends."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.launcher import controller_command
from jupyter_dask_slurm.clusters.launcher.base import order_for
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.template import Piece, Template

PURPOSE = "from which its jobs are made"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, f"is missing, {PURPOSE}: the cluster was created by another version"),
        ("{ half a", f"cannot be read, {PURPOSE}: not JSON"),
        ('{"script": [{"text": "", "fill": "new"}]}', f"cannot be read, {PURPOSE}: script[0].fill"),
    ],
)
def test_no_script_is_made_up_where_none_was_kept(
    tmp_path: Path, left: str | None, words: str
) -> None:
    directory = ClusterDirectory(tmp_path / "aaaaaaaa")
    directory.create()
    directory.write(
        Record(
            directory.id, "otter", utc_now(), ClusterOptions(), Scaling("jobs", 1), "local", "host"
        )
    )
    if left is not None:
        directory.template_file.write_text(left)
    done = subprocess.run(
        controller_command(), input=order_for(directory), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    ended = directory.ended()
    assert ended is not None
    assert ended.code == "start_failed"
    assert f"{directory.template_file} {words}" in ended.message
    assert not directory.key.exists()


def test_what_the_administrator_does_not_allow_is_not_started(tmp_path: Path) -> None:
    """A record, or an environment, that has changed since the server looked."""
    directory = ClusterDirectory(tmp_path / "aaaaaaaa")
    directory.create()
    policy = Policy(partitions=("debug",), max_walltime=600)
    directory.write(
        Record(
            directory.id,
            "otter",
            utc_now(),
            ClusterOptions(cores=1, memory=2**30),
            Scaling("jobs", 3),
            "slurm",
            "host",
            settings=ControllerSettings(max_jobs=2, policy=policy),
        )
    )
    directory.write(Template((Piece("#!/bin/sh\n#SBATCH -p debug\n"),)))
    done = subprocess.run(
        controller_command(),
        input=order_for(directory),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SBATCH_TIMELIMIT": "60"},
    )
    assert done.returncode == 1
    ended = directory.ended()
    assert ended is not None
    assert ended.code == "start_failed"
    assert "scaling.jobs: 3 jobs; at most 2 are allowed here" in ended.message
    assert "walltime: SBATCH_TIMELIMIT=60: at most 10 min" in ended.message
    assert not directory.key.exists()

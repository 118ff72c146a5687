"""The script of a controller's job: what Slurm is asked for, and what runs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm.script import directives, stamp
from jupyter_dask_slurm.clusters.launcher.script import controller_script
from jupyter_dask_slurm.model.cluster import ClusterOptions

GIB = 1024**3
LOG_OF_JOB = (
    '"${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}.log"'
)


def script(order: str = "{}", **options: Any) -> str:
    return controller_script(
        ClusterOptions(**options),
        command=["/opt/my python/bin/python", "-P", "-m", "jupyter_dask_slurm.controller"],
        order=order,
        log=Path("/home/a b/3f9a12bc/controller.log"),
        working_directory=Path("/home/a b"),
    )


def test_the_whole_script() -> None:
    assert script(
        '{"directory": "/home/a b/3f9a12bc"}',
        controller_partition="service",
        controller_memory=GIB + 1,
        controller_walltime=7 * 86400,
        account="physics",
        qos="long",
        partition="gpu",
        gres="gpu:1",
        memory=64 * GIB,
        job_extra_directives=("--exclusive",),
    ).splitlines() == [
        "#!/bin/sh",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --mem=1025M",
        "#SBATCH -t 7-00:00:00",
        "#SBATCH -p service",
        "#SBATCH -A physics",
        "#SBATCH --qos=long",
        "#SBATCH --no-requeue",
        "#SBATCH --signal=B:TERM@120",
        f"ln -sf {LOG_OF_JOB} '/home/a b/3f9a12bc/controller.log'",
        "cd '/home/a b' || cd",
        "exec '/opt/my python/bin/python' -P -m jupyter_dask_slurm.controller <<'ORDER'",
        '{"directory": "/home/a b/3f9a12bc"}',
        "ORDER",
    ]


def test_what_is_not_set_is_slurms_to_decide() -> None:
    asked = directives(script())
    assert not {"--mem", "--time", "--partition", "--account", "--qos"} & set(asked)
    assert asked["--signal"] == "B:TERM@120"


@pytest.mark.parametrize("count", [1, None], ids=["array", "single"])
def test_the_order_arrives_as_it_was_and_the_log_where_it_is_looked_for(
    tmp_path: Path, count: int | None
) -> None:
    """Run by the shell as Slurm runs it; also with a directory whose name wants to be a script."""
    place = tmp_path / "it's $HOME `x`\nORDER"
    place.mkdir()
    order = json.dumps({"directory": f"{place}\nORDER"})
    text = stamp(
        controller_script(
            ClusterOptions(),
            command=["/bin/cat"],
            order=order,
            log=place / "controller.log",
            working_directory=tmp_path / "not there",
        ),
        name="n",
        count=count,
        log_directory=tmp_path,
    )
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SLURM_JOB_ID": "82"}
    if count is not None:
        environ |= {"SLURM_ARRAY_JOB_ID": "81", "SLURM_ARRAY_TASK_ID": "0"}
    done = subprocess.run(
        ["/bin/sh"], input=text, env=environ, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == json.loads(order)
    expected = "82.log" if count is None else "81_0.log"
    assert os.readlink(place / "controller.log") == expected


def test_no_line_of_the_order_ends_it() -> None:
    assert script("{}\nORDER\nORDER_").splitlines()[-1] == "ORDER__"

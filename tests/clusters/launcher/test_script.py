"""The script of a controller's job: what Slurm is asked for, and what runs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm.request import Request, read_request
from jupyter_dask_slurm.batch.slurm.script import directives, stamp
from jupyter_dask_slurm.clusters.launcher.script import controller_script
from jupyter_dask_slurm.model.cluster import ClusterOptions

GIB = 1024**3
NOTHING = read_request("")
LOG_OF_JOB = (
    '"${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}.log"'
)


def script(order: str = "{}", jobs: Request = NOTHING, **options: Any) -> str:
    return controller_script(
        ClusterOptions(**options),
        jobs,
        command=["/opt/my python/bin/python", "-P", "-m", "jupyter_dask_slurm.controller"],
        order=order,
        log=Path("/home/a b/3f9a12bc/controller.log"),
        working_directory=Path("/home/a b"),
    )


def request(*lines: str) -> Request:
    """What the jobs of its cluster ask for."""
    return read_request("".join(f"#SBATCH {line}\n" for line in lines))


def test_the_whole_script() -> None:
    assert script(
        '{"directory": "/home/a b/3f9a12bc"}',
        controller_partition="service",
        controller_memory=GIB + 1,
        controller_walltime=7 * 86400,
        jobs=request("-p gpu", "-A physics", "--qos=long", "--gres=gpu:1", "--mem=64G", "-C a100"),
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


WHERE = ("-p gpu", "-A physics", "--qos=long", '-C "[rack1|rack2]"', "--reservation=course")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {},
            {
                "--partition": "gpu",
                "--account": "physics",
                "--qos": "long",
                "--constraint": "[rack1|rack2]",
                "--reservation": "course",
            },
        ),
        # Elsewhere there may be no such nodes.
        (
            {"controller_partition": "service"},
            {
                "--partition": "service",
                "--account": "physics",
                "--qos": "long",
                "--constraint": None,
                "--reservation": None,
            },
        ),
        ({"job_directives_skip": ("-p",)}, {"--partition": None, "--account": "physics"}),
        (
            {"job_directives_skip": ("--mem=", "-n 1"), "controller_memory": GIB},
            {"--mem": None, "--ntasks": None, "--no-requeue": "", "--cpus-per-task": "1"},
        ),
    ],
)
def test_it_goes_where_the_jobs_go(options: dict[str, Any], expected: dict[str, Any]) -> None:
    lines = (*WHERE, "--gres=gpu:1", "-L matlab", "--exclusive", "--ntasks=4")
    asked = directives(script(jobs=request(*lines), **options))
    assert {option: asked.get(option) for option in expected} == expected
    assert not {"--gres", "--licenses", "--exclusive"} & set(asked)


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
            NOTHING,
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


def test_it_submits_with_what_the_user_exports() -> None:
    text = controller_script(
        ClusterOptions(),
        NOTHING,
        exported={"SBATCH_QOS": "long", "SBATCH_EXCLUSIVE": "", "SBATCH_WCKEY": "it's mine"},
        command=["/bin/sh", "-c", 'echo "$SBATCH_QOS-$SBATCH_EXCLUSIVE-$SBATCH_WCKEY"'],
        order="{}",
        log=Path("/dev/null"),
        working_directory=Path("/"),
    )
    lines = text.splitlines()
    assert not any(line.startswith("#SBATCH") and "long" in line for line in lines)
    lines.remove(next(line for line in lines if line.startswith("ln ")))
    done = subprocess.run(["/bin/sh"], input="\n".join(lines), capture_output=True, text=True)
    assert done.stdout == "long--it's mine\n"


def test_no_line_of_the_order_ends_it() -> None:
    assert script("{}\nORDER\nORDER_").splitlines()[-1] == "ORDER__"

"""Environments from kernel specs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.server.environments import (
    conda_prefix,
    find_environments,
    python_of,
)

from .conftest import Api

OWN = sys.executable


def spec(*argv: str, language: str = "python", display_name: str = "x") -> dict[str, Any]:
    return {"spec": {"argv": list(argv), "language": language, "display_name": display_name}}


@pytest.fixture
def torch(tmp_path: Path) -> str:
    """An interpreter whose path has a space."""
    python = tmp_path / "my torch" / "bin" / "python3.12"
    python.parent.mkdir(parents=True)
    python.symlink_to(OWN)
    return str(python)


def test_interpreters_of_python_kernels(torch: str) -> None:
    found = find_environments(
        {
            "python3": spec("python", "-m", "ipykernel_launcher", display_name="Python 3"),
            "torch": spec(torch, "-m", "ipykernel", display_name="Torch"),
            "torch2": spec(torch, "-m", "ipykernel", display_name="Again"),
            "deleted": spec("/no/such/bin/python", "-m", "ipykernel"),
            "no-such-program": spec("/no/such/apptainer", "exec", "a.sif", "python", "-m", "x"),
            "julia": spec("/opt/julia/bin/julia", language="julia"),
            "elsewhere": {
                "spec": {
                    **spec("/usr/bin/python3", "-m", "ipykernel")["spec"],
                    "metadata": {"kernel_provisioner": {"provisioner_name": "ssh"}},
                }
            },
            "empty": spec(),
            "broken": {},
        }
    )
    assert found == [
        {"name": "python3", "display_name": "Python 3 (Jupyter's own)", "python": OWN},
        {"name": "torch", "display_name": "Torch", "python": torch},
    ]


KERNEL = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.mark.parametrize(
    ("argv", "python"),
    [
        (["python"], OWN),
        ([f"python3.{sys.version_info[1]}"], OWN),
        (["/e/bin/python"], "/e/bin/python"),
        (["/my envs/e/bin/python3"], "/my envs/e/bin/python3"),
        (["env", "A=1", "B=2 3", "/e/bin/python"], "/e/bin/python"),
        (["/usr/bin/env", "-u", "A", "/e/bin/python"], None),
        (["env", "A=1"], None),
        (["conda", "run", "-p", "/e", "python"], "/e/bin/python"),
        (
            ["/c/bin/conda", "run", "--no-capture-output", "-n", "e", "python3"],
            "/c/envs/e/bin/python3",
        ),
        (["mamba", "run", "--name=e", "/other/bin/python"], "/other/bin/python"),
        (["micromamba", "run", "--prefix=/e", "env", "A=1", "/e/bin/python"], "/e/bin/python"),
        (["conda", "run", "-n", "two-of-that-name", "python"], None),
        (["conda", "run", "--cwd", "/x", "-n", "e", "python"], None),
        (["conda", "run", "-n"], None),
        (["conda", "activate", "e"], None),
        (
            [OWN, "-m", "nb_conda_kernels.runner", "/c", "/c/envs/e", "/c/envs/e/bin/python"],
            "/c/envs/e/bin/python",
        ),
        (
            [OWN, "-m", "nb_conda_kernels.runner", "/c", "/c/envs/e", "python"],
            "/c/envs/e/bin/python",
        ),
        (
            ["apptainer", "exec", "--nv", "my image.sif", "python3"],
            "apptainer exec --nv 'my image.sif' python3",
        ),
        (["/usr/bin/shifter", "--image=a:1", "python"], "/usr/bin/shifter --image=a:1 python"),
        (["singularity", "exec", "-B", "{connection_file}", "a.sif", "python"], None),
        (["apptainer", "run", "a.sif", "start-kernel"], None),
        (["docker", "run", "image", "python"], None),
        (["/opt/kernel.sh"], None),
        (["bash", "-lc", "module load python && python"], None),
    ],
)
def test_what_a_kernel_runs_in(argv: list[str], python: str | None) -> None:
    def find_prefix(program: str, name: str) -> str | None:
        return (
            f"{os.path.dirname(os.path.dirname(program)) or '/c'}/envs/{name}"
            if name == "e"
            else None
        )

    assert python_of([*argv, *KERNEL], find_prefix) == python


def test_no_words_name_no_python() -> None:
    assert python_of([], conda_prefix) is None


def test_where_a_conda_environment_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    conda = str(tmp_path / "conda" / "bin" / "conda")

    def make(*parts: str) -> str:
        prefix = tmp_path.joinpath(*parts)
        (prefix / "conda-meta").mkdir(parents=True)
        return str(prefix)

    assert conda_prefix(conda, "ocean") is None
    ocean = make("conda", "envs", "ocean")
    assert conda_prefix(conda, "ocean") == ocean
    assert conda_prefix(conda, "base") == str(tmp_path / "conda")
    elsewhere = make("project", "ice")
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{elsewhere}\n/deleted/ocean\n{ocean}\n")
    assert conda_prefix(conda, "ice") == elsewhere
    assert conda_prefix(conda, "ocean") == ocean
    make(".conda", "envs", "ocean")
    assert conda_prefix(conda, "ocean") is None


def test_the_servers_own_is_there_without_kernels() -> None:
    assert find_environments({}) == [
        {"name": "server", "display_name": "Jupyter's own", "python": OWN}
    ]


async def test_they_are_answered(api: Api) -> None:
    answer = await api("GET", "environments")
    assert answer.status == 200
    assert OWN in [environment["python"] for environment in answer.json]

"""What is exported makes the same job: the Python is run, the YAML is read by dask."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import dask_jobqueue
import pytest
import yaml
from dask_jobqueue.slurm import SLURMJob

from jupyter_dask_slurm.job_script.exports import size_text

from .test_answers import rendered, site

__all__ = ["site"]

OF_THE_CLUSTER = {"--name", "--preload", "--protocol", "--tls-ca-file", "--tls-cert", "--tls-key"}
STAMPED = ("-J", "--array", "-o", "-e")


class Job:
    """What a job script does, without what differs between any two clusters."""

    def __init__(self, script: str) -> None:
        lines = script.replace(" \\\n", " ").strip().split("\n")
        self.shebang = lines[0]
        directives = [line for line in lines if line.startswith("#SBATCH")]
        self.directives = [line for line in directives if _option(line) not in STAMPED]
        self.prologue = [line for line in lines[1:-1] if line and line not in directives]
        words = shlex.split(lines[-1])
        self.command = words[: words.index("-m") + 2]
        address = next(n for n, word in enumerate(words) if re.match(r"(tcp|tls)://", word))
        self.worker = [*words[len(self.command) : address], *_without(words[address + 1 :])]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"Job({vars(self)})"


def _option(line: str) -> str:
    return line.split()[1].partition("=")[0]


def _without(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if not skip and word not in OF_THE_CLUSTER:
            yield word
        skip = word in OF_THE_CLUSTER


class ClusterThatOnlyRenders:
    """A SLURMCluster without a scheduler: what it is given makes a job, and is scaled."""

    made: list[ClusterThatOnlyRenders] = []  # noqa: RUF012  # by the Python that is run

    def __init__(
        self,
        *,
        security: bool = False,
        scheduler_options: Any = None,
        shared_temp_directory: str = "",
        **options: Any,
    ) -> None:
        self.security, self.scheduler_options = security, scheduler_options
        self.shared_temp_directory = shared_temp_directory
        self.job = SLURMJob("tcp://1.2.3.4:5", **options)
        self.scaled: Any = None
        self.made.append(self)

    def scale(self, **size: int) -> None:
        self.scaled = size

    adapt = scale


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ClusterThatOnlyRenders]:
    monkeypatch.setattr(dask_jobqueue, "SLURMCluster", ClusterThatOnlyRenders)

    def run(text: str) -> ClusterThatOnlyRenders:
        space: dict[str, Any] = {}
        exec(text, space)
        cluster = space["cluster"]
        assert isinstance(cluster, ClusterThatOnlyRenders)
        return cluster

    return run


def reads(text: str, tmp_path: Path) -> None:
    """Make it dask's configuration, as a file in its directory is."""
    (tmp_path / "jobqueue.yaml").write_text(text)
    dask.config.refresh()


SITE: dict[str, Any] = {
    "queue": "normal",
    "account": "physics",
    "job_extra_directives": ["--constraint=avx512", "--error=/x/%j.err"],
    "job_script_prologue": ["module load gcc"],
    "worker_extra_args": ["--resources GPU=1"],
    "scheduler_options": {"interface": "eth0", "port": 4000},
    "shebang": "#!/bin/bash -l",
    "shared_temp_directory": "/shared",
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "no walltime": ({"walltime": None}, {}),
    "small": ({}, {"memory": "300 MB", "cores": 1}),
    "odd memory": ({}, {"memory": 12345678901, "processes": 3}),
    "many processes": ({}, {"cores": 48, "processes": 12, "memory": "192 GiB"}),
    "a site's": (SITE, {}),
    "job-mem and job-cpu": ({"job_mem": "20G", "job_cpu": 8}, {}),
    "another worker": ({"worker_command": "dask_cuda.cli worker"}, {}),
    "everything": (
        SITE,
        {
            "cores": 4,
            "processes": 2,
            "walltime": "01:00:00",
            "python": "/env/bin/python",
            "partition": "debug,long",
            "account": "chemistry",
            "qos": "high",
            "gres": "gpu:a100:2",
            "directory": "/my project",
            "environment": {"A": "1", "GREETING": "it's $HOME"},
            "interface": "ib0",
            "scheduler_interface": "eth1",
            "local_directory": "$TMPDIR",
            "death_timeout": 90,
            "job_extra_directives": ["--exclusive", "-J mine --mail-type=END"],
            "job_script_prologue": ['export GREETING="hällo \\"you\\""', "module load cuda"],
            "job_directives_skip": ["--mem="],
            "worker_extra_args": ["--resources 'GPU=1 --x'", "--verbose"],
        },
    ),
}


@pytest.mark.parametrize(("of_site", "options"), CASES.values(), ids=CASES.keys())
def test_the_python_makes_the_same_job(
    site: Callable[..., None],
    run: Callable[[str], ClusterThatOnlyRenders],
    of_site: dict[str, Any],
    options: dict[str, Any],
) -> None:
    site(**of_site)
    result = rendered(**options)
    # Wherever it is run: what the site's configuration says is in it.
    site(**({"walltime": None} if result["options"]["walltime"] is None else {}))
    cluster = run(result["exports"]["python"])
    assert Job(cluster.job.job_script()) == Job(result["script"])
    assert cluster.security is True
    assert cluster.shared_temp_directory == of_site.get("shared_temp_directory", "~")


@pytest.mark.parametrize(("of_site", "options"), CASES.values(), ids=CASES.keys())
def test_the_yaml_makes_it_the_default(
    site: Callable[..., None], tmp_path: Path, of_site: dict[str, Any], options: dict[str, Any]
) -> None:
    site(**of_site)
    result = rendered(**options)
    own, expected = result["exports"]["yaml"], Job(result["script"])
    if result["options"]["walltime"] is None:
        own += "    walltime: null\n"  # else dask-jobqueue's own default counts
    reads(own, tmp_path)
    # Where this one starts is nothing for the others.
    expected.directives = [line for line in expected.directives if "--chdir" not in line]
    # Read by dask-jobqueue: the same for Slurm; how much memory the workers have is up to that.
    there = Job(SLURMJob("tcp://1.2.3.4:5").job_script())
    assert (there.shebang, there.directives) == (expected.shebang, expected.directives)
    assert (there.prologue, there.command) == (expected.prologue, expected.command)
    # Read here: the same script, but that the user's arguments are now the site's and come first.
    again = Job(rendered(**dict.fromkeys(("cores", "memory")))["script"])
    for job in (again, expected):
        job.worker.sort()
    assert again == expected


@pytest.mark.parametrize(
    ("scaling", "scaled"),
    [
        (None, {"jobs": 0}),
        ({"jobs": 3}, {"jobs": 3}),
        ({"cores": 9}, {"jobs": 3}),
        ({"memory": "40 GB"}, {"jobs": 3}),
        (
            {"adapt": {"minimum_jobs": 1, "maximum_jobs": 10}},
            {"minimum_jobs": 1, "maximum_jobs": 10},
        ),
    ],
)
def test_it_is_scaled_as_asked_for(
    run: Callable[[str], ClusterThatOnlyRenders], scaling: Any, scaled: dict[str, int]
) -> None:
    assert run(rendered(scaling)["exports"]["python"]).scaled == scaled


def test_a_whole_export(site: Callable[..., None]) -> None:
    exported = rendered(
        {"jobs": 2}, partition="long", python="/env/bin/python", walltime="01:00:00", qos="high"
    )["exports"]
    assert exported["python"] == (
        "from dask_jobqueue import SLURMCluster\n"
        "\n"
        "cluster = SLURMCluster(\n"
        "    cores=4,\n"
        '    memory="14.78 GiB",\n'
        '    job_mem="15G",\n'
        "    processes=4,\n"
        '    walltime="01:00:00",\n'
        '    queue="long",\n'
        '    python="/env/bin/python",\n'
        "    death_timeout=60,\n"
        '    job_extra_directives=["--qos=high"],\n'
        "    worker_extra_args=[\n"
        '        "--lifetime",\n'
        '        "3420s",\n'
        '        "--lifetime-stagger",\n'
        '        "90s",\n'
        '        "--no-dashboard",\n'
        "    ],\n"
        "    security=True,\n"
        '    shared_temp_directory="~",\n'
        ")\n"
        "cluster.scale(jobs=2)\n"
    )
    assert yaml.safe_load(exported["yaml"]) == {
        "jobqueue": {
            "slurm": {
                "cores": 4,
                "memory": "16 GB",
                "processes": 4,
                "walltime": "01:00:00",
                "queue": "long",
                "python": "/env/bin/python",
                "death-timeout": 60,
                "job-extra-directives": ["--qos=high"],
            }
        }
    }


def test_a_real_cluster_takes_the_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: Callable[..., None]
) -> None:
    """With its scheduler, on loopback as in all tests; in a process of its own, because dask-jobqueue
    removes its keys only when its objects are collected."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where it puts its keys
    result = rendered(interface="lo", worker_extra_args=["--resources GPU=1"])
    text = result["exports"]["python"].replace(
        "security=True", 'security=True, scheduler_options={"dashboard_address": ":0"}'
    )
    text += "print(cluster.scheduler_address)\nprint(cluster.job_script())\ncluster.close()\n"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr
    address, _, script = done.stdout.partition("\n")
    assert address.startswith("tls://127.0.0.1:")
    assert Job(script) == Job(result["script"])
    assert re.search(r"--tls-key \S+", script)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (16 * 10**9, "16 GB"),
        (16 * 2**30, "16 GiB"),
        (1500 * 10**6, "1500 MB"),
        (512 * 2**20, "512 MiB"),
        (2**40, "1 TiB"),
        (12345678901, "12345678901 B"),
    ],
)
def test_sizes_are_written_exactly(size: int, text: str) -> None:
    assert size_text(size) == text
    assert dask.utils.parse_bytes(text) == size

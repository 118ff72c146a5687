"""The keyword arguments of `SLURMCluster`: what dask-jobqueue's own makes of them, this one does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import dask.config
import pytest
import yaml
from dask_jobqueue.slurm import SLURMJob

from jupyter_dask_slurm.errors import FieldProblem
from jupyter_dask_slurm.job_script.__main__ import answer
from jupyter_dask_slurm.notebook.arguments import InvalidArguments, read_arguments

BASE: dict[str, Any] = {"cores": 8, "memory": "28GB"}


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Write ``jobqueue.<section>`` of a site's YAML. Without a call there is none."""
    before = list(dask.config.paths)
    dask.config.paths[:] = [str(tmp_path)]

    def write(section: str = "slurm", **keys: Any) -> None:
        text = yaml.safe_dump(
            {"jobqueue": {section: {k.replace("_", "-"): v for k, v in keys.items()}}}
        )
        (tmp_path / "jobqueue.yaml").write_text(text)
        dask.config.refresh()

    yield write
    dask.config.paths[:] = before
    dask.config.refresh()


def asked(op: str, config_name: str | None = None, **arguments: Any) -> dict[str, Any]:
    """What the process that renders says to a call."""
    read = read_arguments(arguments, config_name)
    request = {"op": op, "options": read.options.to_json(), "call": vars(read.call)}
    return answer(json.dumps(request))


def script(config_name: str | None = None, **arguments: Any) -> str:
    said = asked("render", config_name, **{**BASE, **arguments})
    assert "ok" in said, said
    text: str = said["ok"]["script"]
    return text


def problems(**arguments: Any) -> dict[str, str]:
    """The problems of a call, by argument."""
    try:
        said = asked("arguments", **arguments)
    except InvalidArguments as error:
        return {problem.field: problem.message for problem in error.problems}
    return {p["field"]: p["message"] for p in said["error"]["problems"]}


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ({"walltime": "00:02:00"}, ["#SBATCH -t 00:02:00"]),
        ({"walltime": 90}, ["#SBATCH -t 01:30:00"]),
        ({"walltime": timedelta(days=1, minutes=2)}, ["#SBATCH -t 1-00:02:00"]),
        ({}, ["#SBATCH --cpus-per-task=8", "#SBATCH --mem=27G", "#SBATCH -t 00:30:00"]),
        ({"queue": "regular", "account": "DaskOnSlurm"}, ["#SBATCH -p regular", "-A DaskOnSlurm"]),
        ({"job_cpu": 16, "job_mem": "100G"}, ["--cpus-per-task=16", "--mem=100G"]),
        ({"processes": 4}, ["--nworkers 4", "--nthreads 2"]),
        ({"shebang": "#!/usr/bin/python"}, ["#!/usr/bin/python\n"]),
        ({"python": "/usr/bin/python3"}, ["/usr/bin/python3 -m distributed.cli.dask_worker"]),
        ({"job_extra_directives": ["--exclusive", "-D /"]}, ["#SBATCH --exclusive", "-D /"]),
        ({"job_script_prologue": ["module load x", "export A=1"]}, ["module load x\nexport A=1\n"]),
        ({"job_script_epilogue": ["echo done"]}, ["echo done\n"]),
        ({"worker_extra_args": ["--resources", "GPU=1"]}, ["--resources GPU=1"]),
        ({"worker_command": "dask_cuda.cli"}, ["-m dask_cuda.cli"]),
        ({"nanny": False, "processes": 1}, ["--no-nanny"]),
        ({"interface": "ib0"}, ["--interface ib0"]),
        ({"death_timeout": 12, "local_directory": "/scratch"}, ["--death-timeout 12", "/scratch"]),
        ({"qos": "debug", "gres": "gpu:1"}, ["#SBATCH --qos=debug", "#SBATCH --gres=gpu:1"]),
        ({"directory": "/"}, ["#SBATCH --chdir=/"]),
        ({"scheduler_options": {"interface": "ib1"}, "interface": "ib0"}, ["--interface ib0"]),
        ({"local_directory": PurePosixPath("/scratch")}, ["--local-directory /scratch"]),
        ({"job_extra": {"--exclusive": "1"}}, ["#SBATCH --exclusive"]),
        ({"env_extra": ["module load old"]}, ["module load old\n"]),
        ({"extra": ["--no-reconnect"]}, ["--no-reconnect"]),
        ({"project": "physics"}, ["#SBATCH -A physics"]),
    ],
)
def test_what_it_is_called_with_stands_in_the_script(
    arguments: dict[str, Any], lines: list[str]
) -> None:
    text = script(**arguments)
    for line in lines:
        assert line in text


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        ({"job_directives_skip": ["--mem"]}, "--mem="),
        ({"header_skip": ["-n 1"]}, "#SBATCH -n 1"),
        ({"account": "new", "project": "old"}, "old"),
        ({"job_script_prologue": ["new"], "env_extra": ["old"]}, "old"),
        ({}, "#SBATCH -p"),
    ],
)
def test_what_stands_in_it_no_more(arguments: dict[str, Any], absent: str) -> None:
    assert absent not in script(**arguments)


def test_the_python_is_the_kernels_own() -> None:
    assert f"{sys.executable} -m distributed.cli.dask_worker" in script()


def test_jobs_start_where_the_kernel_is_unless_a_directive_says_otherwise(
    site: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"#SBATCH --chdir={tmp_path}\n" in script()
    site(job_extra_directives=["-D /scratch"])
    assert str(tmp_path) not in script()


def test_an_argument_takes_the_place_of_the_sites_value_a_list_that_of_the_whole_list(
    site: Callable[..., None],
) -> None:
    site(queue="long", job_extra_directives=["--exclusive"], walltime="01:00:00")
    text = script(job_extra_directives=["--requeue"])
    assert "#SBATCH -p long" in text
    assert "#SBATCH --requeue" in text
    assert "--exclusive" not in text
    assert "#SBATCH -t 01:00:00" in text


def test_what_the_kernel_has_set_of_the_configuration_counts(site: Callable[..., None]) -> None:
    site(queue="long", account="physics")
    with dask.config.set({"jobqueue.slurm.queue": "short"}):
        text = script()
    assert "#SBATCH -p short" in text
    assert "#SBATCH -A physics" in text


def test_another_section_of_the_configuration(site: Callable[..., None]) -> None:
    site("gpu", queue="gpu", cores=2, memory="4 GB")
    assert "#SBATCH -p gpu" in script("gpu")
    with dask.config.set({"jobqueue.here.queue": "fat"}):
        assert "#SBATCH -p fat" in script("here")
    said = asked("render", "tpu", **BASE)
    (problem,) = said["error"]["problems"]
    assert problem["field"] == "config_name"
    assert problem["message"].startswith("dask's configuration has no jobqueue.tpu; ")
    assert "gpu" in problem["message"]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("project", "account", "physics"),
        ("extra", "worker_extra_args", ["--no-reconnect"]),
        ("env_extra", "job_script_prologue", ["true"]),
        ("header_skip", "job_directives_skip", ["-n 1"]),
        ("job_extra", "job_extra_directives", ["--exclusive"]),
    ],
)
def test_old_names_are_said_in_dask_jobqueues_words(old: str, new: str, value: Any) -> None:
    with pytest.warns(FutureWarning) as theirs:
        SLURMJob(cores=1, memory="1 GB", **{old: value})
    for arguments in ({old: value}, {old: value, new: value}):
        (said,) = asked("arguments", **arguments)["ok"]["renamed"]
        assert said == str(theirs[0].message)
    assert asked("arguments", **{new: value})["ok"]["renamed"] == []


def test_what_cannot_be_used_is_named_all_of_it() -> None:
    assert set(problems(cores=0, memory="much", job_mem="x y", wrong=1)) == {
        "cores",
        "memory",
        "job_mem",
        "wrong",
    }
    assert problems(wrong=1) == {"wrong": "no key of dask-jobqueue for Slurm"}
    assert "from 1 to" in problems(cores=0)["cores"]
    assert set(problems(qos="a b", idle_timeout="soon")) == {"qos", "idle_timeout"}
    assert "scheduler_options" in problems(host="here")["host"]
    assert problems(cores=object()) == {"cores": "not text, a number or a list, but object"}


def test_a_time_of_pythons_own_is_one_of_our_options_too() -> None:
    read = read_arguments({**BASE, "idle_timeout": timedelta(minutes=5)}, None)
    assert read.options.idle_timeout == 300


def test_what_has_no_meaning_here_is_said() -> None:
    read = read_arguments({**BASE, "protocol": "tcp://", "security": True, "job_name": "x"}, None)
    assert [text.partition(":")[0] for _, text in read.warnings] == [
        "protocol is not used",
        "job_name is not used",
    ]
    aside = asked("arguments", scheduler_options={"dashboard_address": ":1"})["ok"]["aside"]
    assert [note["field"] for note in aside] == ["scheduler_options.dashboard_address"]


def test_the_words_of_an_error_say_how_it_is_called() -> None:
    problem = FieldProblem("memory", "how much memory a job has must be given")
    error = InvalidArguments([problem], {"cores": 4})
    assert isinstance(error, ValueError)
    assert "for example: SLURMCluster(cores=4, memory='24GB')" in str(error)

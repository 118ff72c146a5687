"""What the render process answers: resolved options, scripts and the origin of every line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from dask_jobqueue.slurm import SLURMJob, slurm_format_bytes_ceil

from jupyter_dask_slurm.batch.slurm.script import stamp
from jupyter_dask_slurm.job_script.__main__ import answer
from jupyter_dask_slurm.job_script.dask_config import slurm_memory
from jupyter_dask_slurm.job_script.script import HEADROOM, workers_memory
from jupyter_dask_slurm.model.template import Template
from jupyter_dask_slurm.model.walltime_schedule import lifetime_of
from jupyter_dask_slurm.model.wire import read

GIB = 1024**3
CLUSTER = {"id": "3f9a12bc", "directory": "/home/u/c/3f9a12bc", "address": "tls://10.0.0.1:4321"}

NAME = (
    "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
    ".${SLURM_RESTART_COUNT:-0}"
)


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """A site's YAML: ``site(queue="long")`` writes it. Without a call there is none."""
    before = list(dask.config.paths)
    dask.config.paths[:] = [str(tmp_path)]

    def write(**section: Any) -> None:
        keys = {key.replace("_", "-"): value for key, value in section.items()}
        (tmp_path / "jobqueue.yaml").write_text(yaml.safe_dump({"jobqueue": {"slurm": keys}}))

    yield write
    dask.config.paths[:] = before
    dask.config.refresh()


def ask(op: str = "render", **request: Any) -> dict[str, Any]:
    return answer(json.dumps({"op": op, **request}))


def rendered(scaling: Any = None, cluster: Any = CLUSTER, **options: Any) -> dict[str, Any]:
    """The answer with the script of ``cluster``, as its controller submits it; None is a preview."""
    given = {"cores": 4, "memory": "16 GB", **options}
    result = ask(options=given, scaling=scaling, name="blue-otter")
    assert "ok" in result, result
    ok: dict[str, Any] = result["ok"]
    if cluster is not None:
        ok["script"] = submitted(ok, cluster)
        for line, text in zip(ok["lines"], ok["script"].splitlines(), strict=True):
            line["text"] = text
    return ok


def submitted(result: dict[str, Any], cluster: dict[str, str]) -> str:
    """What the batch system gets when that cluster wants the jobs."""
    template = read(Template, json.loads(json.dumps(result["template"])))
    return stamp(
        template.filled(cluster["directory"], cluster["address"]),
        name=f"blue-otter-{cluster['id']}-1",
        count=max(result["jobs"], 1),
        log_directory=Path(result["options"]["log_directory"] or f"{cluster['directory']}/jobs"),
    )


def refused(**options: Any) -> dict[str, str]:
    given = {"cores": 4, "memory": "16 GB", **options}
    error = ask(options=given, scaling=None, name="blue-otter")["error"]
    assert error["reason"] == "InvalidOptions"
    return {problem["field"]: problem["message"] for problem in error["problems"]}


def warned(result: dict[str, Any]) -> dict[str, str]:
    return {warning["field"]: warning["message"] for warning in result["warnings"]}


def origins(result: dict[str, Any]) -> dict[str, str | None]:
    """Origin by what stands on the line, continuation and indent left out."""
    return {line["text"].rstrip("\\").strip(): line["from"] for line in result["lines"]}


def test_a_whole_script() -> None:
    result = rendered(
        scaling={"cores": 9},
        processes=2,
        walltime="01:00:00",
        python="/env/bin/python",
        partition="long",
        account="physics",
        qos="high",
        gres="gpu:1",
        interface="ib0",
        directory="/my project",
        environment={"GREETING": "it's $HOME"},
        local_directory="$TMPDIR",
        job_extra_directives=["--exclusive"],
        job_script_prologue=["ulimit -c 0"],
        worker_extra_args=["--resources 'GPU=1 --x'"],
    )
    assert [(line["from"], line["text"]) for line in result["lines"]] == [
        ("cluster", "#!/usr/bin/env bash"),
        (None, ""),
        ("partition", "#SBATCH -p long"),
        ("account", "#SBATCH -A physics"),
        ("cluster", "#SBATCH -n 1"),
        ("cores", "#SBATCH --cpus-per-task=4"),
        ("memory", "#SBATCH --mem=15G"),
        ("walltime", "#SBATCH -t 01:00:00"),
        ("directory", '#SBATCH --chdir="/my project"'),
        ("qos", "#SBATCH --qos=high"),
        ("gres", "#SBATCH --gres=gpu:1"),
        ("job_extra_directives", "#SBATCH --exclusive"),
        ("name", "#SBATCH -J blue-otter-3f9a12bc-1"),
        ("scaling", "#SBATCH --array=0-2"),
        ("log_directory", "#SBATCH -o /home/u/c/3f9a12bc/jobs/%A_%a.log"),
        ("environment", """export GREETING='it'"'"'s $HOME'"""),
        ("job_script_prologue", "ulimit -c 0"),
        ("python", "/env/bin/python -m distributed.cli.dask_worker \\"),
        ("cluster", "    tls://10.0.0.1:4321 \\"),
        ("cluster", f"    --name {NAME} \\"),
        ("cores", "    --nthreads 2 \\"),
        ("memory", "    --memory-limit 7.39GiB \\"),
        ("processes", "    --nworkers 2 \\"),
        ("cluster", "    --nanny \\"),
        ("death_timeout", "    --death-timeout 60 \\"),
        ("local_directory", "    --local-directory $TMPDIR \\"),
        ("walltime", "    --lifetime 3420s \\"),
        ("walltime", "    --lifetime-stagger 90s \\"),
        ("cluster", "    --preload /home/u/c/3f9a12bc/worker_preload.py \\"),
        ("cluster", "    --preload /home/u/c/3f9a12bc/private_ports.py \\"),
        ("cluster", "    --no-dashboard \\"),
        ("worker_extra_args", "    --resources 'GPU=1 --x' \\"),
        ("interface", "    --interface ib0 \\"),
        ("cluster", "    --protocol tls \\"),
        ("cluster", "    --tls-ca-file /home/u/c/3f9a12bc/cert.pem \\"),
        ("cluster", "    --tls-cert /home/u/c/3f9a12bc/cert.pem \\"),
        ("cluster", "    --tls-key /home/u/c/3f9a12bc/key.pem"),
    ]
    assert result["script"] == "".join(line["text"] + "\n" for line in result["lines"])
    totals = {key: result[key] for key in ("jobs", "cores", "memory", "workers")}
    assert totals == {"jobs": 3, "cores": 12, "memory": 48 * 10**9, "workers": 6}
    assert result["warnings"] == []


@pytest.mark.parametrize(
    ("options", "line", "origin"),
    [
        ({}, "#!/usr/bin/env bash", "cluster"),
        ({}, "#SBATCH -n 1", "cluster"),
        ({}, "#SBATCH --cpus-per-task=4", "cores"),
        ({}, "#SBATCH --mem=15G", "memory"),
        ({"walltime": "01:00:00"}, "#SBATCH -t 01:00:00", "walltime"),
        ({"walltime": "01:00:00"}, "--lifetime 3420s", "walltime"),
        ({"walltime": "01:00:00"}, "--lifetime-stagger 90s", "walltime"),
        ({"partition": "a,b"}, "#SBATCH -p a,b", "partition"),
        ({"account": "physics"}, "#SBATCH -A physics", "account"),
        ({"qos": "high"}, "#SBATCH --qos=high", "qos"),
        ({"gres": "gpu:a100:2"}, "#SBATCH --gres=gpu:a100:2", "gres"),
        ({"directory": "/data"}, "#SBATCH --chdir=/data", "directory"),
        ({"job_extra_directives": ["-C gpu"]}, "#SBATCH -C gpu", "job_extra_directives"),
        # What is written as a directive comes from the list, whatever it says.
        ({"job_extra_directives": ["-t 9"]}, "#SBATCH -t 9", "job_extra_directives"),
        ({}, "#SBATCH -J blue-otter-3f9a12bc-1", "name"),
        ({}, "#SBATCH --array=0-0", "scaling"),
        ({"log_directory": "/l"}, "#SBATCH -o /l/%A_%a.log", "log_directory"),
        ({"job_script_prologue": ["ml gcc"]}, "ml gcc", "job_script_prologue"),
        ({"python": "/p"}, "/p -m distributed.cli.dask_worker", "python"),
        ({}, "tls://10.0.0.1:4321", "cluster"),
        ({}, f"--name {NAME}", "cluster"),
        ({"processes": 2}, "--nworkers 2", "processes"),
        ({"processes": 2}, "--nthreads 2", "cores"),
        ({"processes": 2}, "--memory-limit 7.39GiB", "memory"),
        ({}, "--nanny", "cluster"),
        ({}, "--no-dashboard", "cluster"),
        ({"death_timeout": 9}, "--death-timeout 9", "death_timeout"),
        ({"local_directory": "$TMPDIR"}, "--local-directory $TMPDIR", "local_directory"),
        ({"interface": "ib0"}, "--interface ib0", "interface"),
        ({"worker_extra_args": ["--resources GPU=1"]}, "--resources GPU=1", "worker_extra_args"),
        ({"worker_extra_args": ["--nthreads 1"]}, "--nthreads 1", "worker_extra_args"),
        ({"worker_extra_args": ["--interface x"]}, "--interface x", "worker_extra_args"),
        # A directive that is skipped leaves no line; the others keep theirs.
        ({"job_directives_skip": ["--mem"]}, "#SBATCH -n 1", "cluster"),
        ({"job_directives_skip": ["-n"], "gres": "gpu:1"}, "#SBATCH --gres=gpu:1", "gres"),
    ],
)
def test_every_line_knows_its_origin(options: dict[str, Any], line: str, origin: str) -> None:
    result = rendered(**options)
    assert origins(result)[line] == origin
    assert {entry["text"] for entry in result["lines"] if entry["from"] is None} == {""}


def test_the_origin_of_a_sites_own_shebang_is_its_yaml(site: Callable[..., None]) -> None:
    site(shebang="#!/bin/bash -l")
    assert origins(rendered())["#!/bin/bash -l"] == "config"


def test_the_template_is_what_slurmjob_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    scripts: list[str] = []
    real = SLURMJob.job_script

    def recording(self: Any) -> str:
        scripts.append(real(self))
        return scripts[-1]

    monkeypatch.setattr(SLURMJob, "job_script", recording)
    result = rendered(job_script_prologue=["module load gcc"], worker_extra_args=["--x '  y'"])
    pieces = result["template"]["script"]
    assert [piece["fill"] for piece in pieces] == [
        "address",
        "worker_preload.py",
        "private_ports.py",
        "cert.pem",
        "cert.pem",
        "key.pem",
        None,
    ]
    texts = [re.escape(piece["text"].replace(" \\\n   ", "")) for piece in pieces]
    assert re.fullmatch(r"\S+".join(texts), scripts[0])


def test_a_preview_shows_placeholders_and_is_otherwise_exact() -> None:
    real, preview = rendered()["script"], rendered(cluster=None)["script"]
    for value, placeholder in (
        (CLUSTER["directory"], "[cluster]"),
        (CLUSTER["address"], "tls://[scheduler]"),
        (CLUSTER["id"], "[id]"),
    ):
        real = real.replace(value, placeholder)
    assert preview == real


def test_no_jobs_still_shows_the_script_of_one() -> None:
    result = rendered(scaling={"jobs": 0})
    assert (result["jobs"], result["workers"]) == (0, 0)
    assert "#SBATCH --array=0-0\n" in result["script"]


def test_paths_with_spaces_are_quoted() -> None:
    result = rendered(cluster={**CLUSTER, "directory": "/home/a b/c"}, log_directory="/logs")
    assert "--tls-key '/home/a b/c/key.pem'" in result["script"]
    assert "--preload '/home/a b/c/worker_preload.py'" in result["script"]


def test_resolved_options_render_the_same_script_again(site: Callable[..., None]) -> None:
    site(
        queue="long",
        processes=2,
        job_extra_directives=["--exclusive"],
        worker_extra_args=["--resources GPU=1"],
        job_script_prologue=["module load a", "module load b"],
        job_directives_skip=["-A"],
    )
    own = {"job_extra_directives": ["--x"], "job_script_prologue": ["cd /"]}
    first = rendered(**own)
    assert first["options"]["job_extra_directives"] == ["--exclusive", "--x"]
    assert first["options"]["job_script_prologue"] == ["module load a", "module load b", "cd /"]
    again = rendered(**first["options"])
    assert (again["script"], again["lines"]) == (first["script"], first["lines"])


def test_the_sites_lines_come_before_ours_and_are_told_apart(site: Callable[..., None]) -> None:
    site(
        job_extra_directives=["--exclusive"],
        worker_extra_args=["--resources GPU=1", "--nthreads", "7"],
        job_script_prologue=["module load a\nmodule load b"],
    )
    result = rendered(
        job_extra_directives=["--x"], worker_extra_args=["--y"], job_script_prologue=["cd /"]
    )
    found = [
        (line["text"].strip(" \\"), line["from"])
        for line in result["lines"]
        if line["from"] in ("config", "worker_extra_args") or str(line["from"]).startswith("job_")
    ]
    assert found == [
        ("#SBATCH --exclusive", "config"),
        ("#SBATCH --x", "job_extra_directives"),
        ("module load a", "config"),
        ("module load b", "config"),
        ("cd /", "job_script_prologue"),
        ("--resources GPU=1", "config"),
        ("--nthreads 7", "config"),
        ("--y", "worker_extra_args"),
    ]


def test_words_that_dask_jobqueue_renamed_are_understood(site: Callable[..., None]) -> None:
    site(
        project="physics",
        extra=["--resources GPU=1"],
        job_extra=["--exclusive"],
        env_extra=["module load a"],
        header_skip=["--mem"],
    )
    result = rendered()
    lines = origins(result)
    assert lines["#SBATCH -A physics"] == "account"
    assert lines["#SBATCH --exclusive"] == lines["module load a"] == "config"
    assert lines["--resources GPU=1"] == "config"
    assert "#SBATCH --mem" not in result["script"]
    # Once, not once more by SLURMJob itself.
    assert result["script"].count("module load a") == 1


def test_defaults_are_the_sites(site: Callable[..., None]) -> None:
    site(
        cores=24,
        memory="100 GiB",
        walltime=90,
        queue="a,b",
        local_directory="${SLURM_TMPDIR:-/tmp}",
        worker_extra_args=["--resources GPU=1"],
        death_timeout="2 minutes",
        scheduler_options={"interface": "eth0", "host": "login1", "port": 4000, "protocol": "x"},
    )
    defaults = ask("defaults")["ok"]
    assert {key: value for key, value in defaults.items() if value is not None} == {
        "cores": 24,
        "memory": 100 * GIB,
        "walltime": 90 * 60,
        "partition": "a,b",
        "local_directory": "${SLURM_TMPDIR:-/tmp}",
        "worker_extra_args": ["--resources GPU=1"],
        "death_timeout": 120,
        "scheduler_interface": "eth0",
        "placement": "local",
        "python": sys.executable,
    }
    template = rendered()["template"]
    assert (template["scheduler_host"], template["scheduler_port"]) == ("login1", 4000)


def test_an_edited_yaml_counts_from_the_next_script_on(site: Callable[..., None]) -> None:
    site(queue="before")
    assert "-p before" in rendered()["script"]
    site(queue="after")
    assert "-p after" in rendered()["script"]


def test_a_value_the_site_got_wrong_matters_only_where_it_is_used(
    site: Callable[..., None],
) -> None:
    site(cores="many", walltime="a while", queue="two words")
    assert refused(cores=None)["cores"] == (
        "how many cores a job has must be given (dask's configuration: jobqueue.slurm.cores "
        "cannot be used: a whole number (it is 'many'))"
    )
    assert warned(rendered()).keys() == {"walltime", "partition"}
    assert warned(rendered(walltime=3600, partition="long")) == {}
    assert ask("defaults")["ok"]["cores"] is None


def test_everything_that_is_wrong_is_said_at_once() -> None:
    request = {"cores": 0, "memory": "12 bananas", "colour": "red"}
    error = ask(options=request, scaling={"jobs": -1}, name="-")["error"]
    fields = [problem["field"] for problem in error["problems"]]
    assert fields == ["cores", "memory", "colour", "scaling.jobs", "name"]


def test_cores_and_memory_must_come_from_somewhere() -> None:
    error = ask(options={}, name="a")["error"]
    assert [problem["field"] for problem in error["problems"]] == ["cores", "memory"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"processes": 5}, "processes"),
        ({"job_extra_directives": ["--x\n#SBATCH --y"]}, "job_extra_directives"),
        ({"job_script_prologue": ["a\nb"]}, "job_script_prologue"),
        ({"worker_extra_args": ["--x 'y"]}, "worker_extra_args"),
        ({"worker_extra_args": ["--x\\"]}, "worker_extra_args"),
        ({"worker_extra_args": ["--name=me"]}, "worker_extra_args"),
        ({"worker_extra_args": ["--nworkers 3"]}, "worker_extra_args"),
        ({"log_directory": "/a b"}, "log_directory"),
        ({"local_directory": "/a b"}, "local_directory"),
        ({"python": "source env/bin/activate; python"}, "python"),
        ({"python": "python 'x"}, "python"),
        ({"python": "/no/such python"}, "python"),
        ({"partition": "a b"}, "partition"),
    ],
)
def test_what_would_break_the_script_is_refused(options: dict[str, Any], field: str) -> None:
    assert list(refused(**options)) == [field]


def test_processes_of_the_site_may_be_too_many_for_our_cores(site: Callable[..., None]) -> None:
    site(processes=8)
    assert refused(cores=4) == {
        "processes": "at most one per core: 4 here; dask's configuration says 8"
    }
    assert rendered(cores=8)["options"]["processes"] == 8


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (4, 4), (6, 3), (12, 4), (32, 8), (7, 7)])
def test_processes_are_cut_as_dask_jobqueue_cuts_them(cores: int, processes: int) -> None:
    assert rendered(cores=cores)["options"]["processes"] == processes


def test_the_workers_interface_is_the_schedulers_unless_it_has_its_own(
    site: Callable[..., None],
) -> None:
    assert rendered()["options"]["scheduler_interface"] is None
    assert rendered(interface="ib0")["options"]["scheduler_interface"] == "ib0"
    own = {"interface": "ib0", "scheduler_interface": "eth0"}
    assert rendered(**own)["options"]["scheduler_interface"] == "eth0"
    site(interface="ib0", scheduler_options={"host": "login1"})
    assert rendered()["options"]["scheduler_interface"] is None


def test_a_directory_that_is_there_is_meant_as_it_is(tmp_path: Path) -> None:
    strange = tmp_path / "costs in $here ~"
    assert refused(directory=str(strange)) == {
        "directory": "there is no variable $here where Jupyter runs"
    }
    strange.mkdir()
    assert rendered(directory=str(strange))["options"]["directory"] == str(strange)


def test_a_log_directory_is_absolute_and_is_not_made_here(
    site: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    site(log_directory="~/logs", python="~/env/bin/python")
    result = rendered()
    assert result["options"]["log_directory"] == f"{tmp_path}/logs"
    assert f"#SBATCH -o {tmp_path}/logs/%A_%a.log\n" in result["script"]
    assert f"{tmp_path}/env/bin/python -m" in result["script"]
    for option in ("log_directory", "directory"):
        for given in ("logs", "~/logs", "$HOME/logs"):
            assert rendered(**{option: given})["options"][option] == f"{tmp_path}/logs"
    assert not (tmp_path / "logs").exists()


def test_the_sites_job_mem_and_job_cpu_show(site: Callable[..., None]) -> None:
    site(job_mem="20G", job_cpu=8)
    result = rendered()
    lines = origins(result)
    assert lines["#SBATCH --mem=20G"] == lines["#SBATCH --cpus-per-task=8"] == "config"
    assert set(warned(result)) == {"memory", "cores"}
    # It leaves room for the nanny: the workers get what was asked for.
    assert lines["--memory-limit 3.73GiB"] == "memory"


def test_the_sites_lifetime_gives_way_and_the_users_does_not(site: Callable[..., None]) -> None:
    site(worker_extra_args=["--lifetime", "55m"])
    result = rendered(walltime="02:00:00", worker_extra_args=["--lifetime 10m"])
    values = [line["text"].split()[1] for line in result["lines"] if "--lifetime " in line["text"]]
    assert values == ["55m", "6900s", "10m"]  # the last one counts
    assert "walltime" in warned(result)


def test_a_time_among_the_directives_is_the_one_that_workers_live_by() -> None:
    """Slurm takes the later line. With a lifetime of the earlier one workers left long before."""
    result = rendered(walltime="00:30:00", job_extra_directives=["--time=12:00:00"])
    assert "--lifetime 42900s" in result["script"]
    assert warned(result)["job_extra_directives"] == (
        "--time is set twice: 12:00:00 among the directives counts, and not 00:30:00"
    )
    unlimited = rendered(walltime="00:30:00", job_extra_directives=["--time=UNLIMITED"])
    assert "--lifetime" not in unlimited["script"]


@pytest.mark.parametrize("directive", ["--mem-per-cpu=2G", "--mem-per-gpu=8G"])
def test_memory_is_asked_for_in_one_way_only(directive: str) -> None:
    """Slurm refuses a job that gives it for the whole and for a part of it."""
    result = rendered(job_extra_directives=[directive])
    assert "--mem=" not in result["script"]
    assert f"#SBATCH {directive}\n" in result["script"]
    assert "--memory-limit" in result["script"]


def test_without_a_walltime_there_is_no_lifetime(site: Callable[..., None]) -> None:
    site(walltime=None)
    script = rendered()["script"]
    assert "--lifetime" not in script
    assert "#SBATCH -t" not in script


@pytest.mark.parametrize(
    ("skip", "gone", "warnings"),
    [
        ("--mem", ["--mem"], []),
        ("--mem=", ["--mem"], []),
        ("#SBATCH -p", ["-p"], []),
        ("-t", ["-t", "--cpus-per-task"], ["'-t' also leaves out '--cpus-per-task=4'"]),
        ("gpu", ["-p"], ["'gpu' also leaves out '-p gpu'"]),
    ],
)
def test_skipping_matches_any_part_of_a_directive(
    skip: str, gone: list[str], warnings: list[str]
) -> None:
    result = rendered(partition="gpu", job_directives_skip=[skip], job_extra_directives=["-t 1"])
    texts = [
        line["text"].split("=")[0].split()[1] for line in result["lines"] if "#SB" in line["text"]
    ]
    left = [d for d in ("-p", "--cpus-per-task", "--mem", "-t") if d not in gone]
    assert [text for text in texts if text in ("-p", "--cpus-per-task", "--mem", "-t")] == [
        *left,
        "-t",
    ]
    found = [w["message"] for w in result["warnings"] if w["field"] == "job_directives_skip"]
    assert found == warnings


def test_directives_that_the_stamp_sets_are_left_out_and_said(site: Callable[..., None]) -> None:
    site(job_extra_directives=["--error=/x/%j.err"])
    result = rendered(job_extra_directives=["-J mine --exclusive", "--array 0-9"])
    for text in ("%j.err", "mine", "0-9"):
        assert text not in result["script"]
    assert "#SBATCH --exclusive\n" in result["script"]
    assert len(result["warnings"]) == 3


def test_idle_cores_and_small_workers_are_said() -> None:
    result = rendered(cores=7, processes=2, memory="400 MB")
    assert set(warned(result)) == {"processes", "memory"}
    assert warned(result)["processes"] == "1 core stays idle: 2 workers share 7"


def test_another_worker_command_is_kept_and_said(site: Callable[..., None]) -> None:
    site(worker_command="dask_cuda.cli worker")
    result = rendered()
    assert origins(result)["tls://10.0.0.1:4321"] == "cluster"
    assert f"{sys.executable} -m dask_cuda.cli worker" in origins(result)
    assert "decides how many workers" in warned(result)["processes"]


@pytest.mark.parametrize(
    ("memory", "mem"),
    [("16 GB", "15G"), ("16 GiB", "16G"), ("500 MB", "477M"), ("1.5 GB", "2G"), (2**30 + 1, "2G")],
)
def test_memory_is_rounded_up_to_slurms_binary_units(memory: str | int, mem: str) -> None:
    assert f"#SBATCH --mem={mem}\n" in rendered(memory=memory)["script"]


@pytest.mark.parametrize(
    ("memory", "job_mem", "expected"),
    [
        (16 * GIB, None, 16 * GIB - HEADROOM),
        (256 * 1024**2, None, 192 * 1024**2),  # a quarter at most
        (16 * GIB, "20G", 16 * GIB),
        (16 * GIB, "16G", 16 * GIB - HEADROOM),
        (16 * GIB, "8192", 8 * GIB - HEADROOM),  # MiB
        (16 * GIB, "0", 16 * GIB - HEADROOM),  # all of the node, whatever it has
    ],
)
def test_workers_leave_room_for_their_nanny(
    memory: int, job_mem: str | None, expected: int
) -> None:
    assert workers_memory(memory, job_mem) == expected


@pytest.mark.parametrize("size", [1024, 2**20, 10**9, 16 * 10**9, 2**40])
def test_slurms_sizes_are_read_as_they_are_written(size: int) -> None:
    read = slurm_memory(slurm_format_bytes_ceil(size))
    assert read is not None
    assert size <= read < 2 * size


@pytest.mark.parametrize("walltime", [60, 120, 1800, 3600, 24 * 3600, 30 * 24 * 3600])
def test_a_lifetime_ends_before_the_walltime_even_for_the_last(walltime: int) -> None:
    lifetime, stagger = lifetime_of(walltime)
    assert lifetime - stagger > 0
    # Time to move data; not more than a quarter of a short job is given away for it.
    assert 7 <= walltime - (lifetime + stagger) <= 300
    assert lifetime >= walltime * 0.75


def test_no_secret_is_in_the_script(tmp_path: Path) -> None:
    from jupyter_dask_slurm import tls

    tls.make_key_pair(tmp_path / "cert.pem", tmp_path / "key.pem")
    result = rendered(cluster={**CLUSTER, "directory": str(tmp_path)})
    assert "PRIVATE" not in json.dumps(result)
    body = (tmp_path / "key.pem").read_text().splitlines()[1]
    assert body not in json.dumps(result)


def test_the_script_is_valid_bash() -> None:
    script = rendered(job_script_prologue=["true"], worker_extra_args=['--x "a b"'])["script"]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_process_answers_line_by_line_and_only_that(tmp_path: Path) -> None:
    """Prints of others, here of a site's Python start-up, do not get among the answers."""
    (tmp_path / "sitecustomize.py").write_text("import atexit; atexit.register(print, 'bye')\n")
    requests = [
        {"op": "defaults", "n": 1},
        {"op": "render", "options": {"cores": 1, "memory": "1 GB"}, "name": "a", "n": 2},
        {"op": "dance", "n": 3},
        {"op": "profiles"},
    ]
    text = "".join(json.dumps(request) + "\n" for request in requests) + "not json\n"
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-m", "jupyter_dask_slurm.job_script"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [given.get("n") for given in answers] == [1, 2, 3, None, None]
    assert [next(iter(given)) for given in answers] == ["ok", "ok", "error", "ok", "error"]
    assert answers[2]["error"]["reason"] == "RendererFailed"

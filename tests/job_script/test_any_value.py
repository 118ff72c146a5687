"""Whatever an option may say: its script is one that bash reads, and the value is only data there."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_dask_slurm.batch.slurm.script import stamp
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem
from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.job_script.dask_config import resolve
from jupyter_dask_slurm.job_script.script import render_script
from jupyter_dask_slurm.job_script.section import DaskConfig, expanded
from jupyter_dask_slurm.model.command import python_words
from jupyter_dask_slurm.model.options import ClusterOptions

from ..slurm.handle import Slurm

CLUSTER, ADDRESS = "/home/u/3f9a12bc", "tls://10.0.0.1:4321"
# No "/": should a shell read one of these after all, it writes into the directory of the test.
HOSTILE = "ax0-_=,:.%@+^~ \t\n\r'\"`$;&|<>\\(){}[]*?!#é\u00a0\u2028\x00\x1b😀"
TEXT = st.text(st.sampled_from(HOSTILE), max_size=12) | st.sampled_from(
    ["$(x)", "`x`", "${", "${a", "$[1", "{a,b}", "[a]", "~", "#a", "a #b", "a;x", "a'", "x" * 9000]
)
NUMBER = st.integers() | st.sampled_from([0, 1, 2**31, 2**63, 10**30]) | st.floats()
LINES = st.lists(TEXT, max_size=3)
LIST_OPTIONS = ("job_extra_directives", "job_directives_skip", "worker_extra_args")
SHELL = "job_script_prologue"
NAMES = sorted({field.name for field in fields(ClusterOptions)} - {SHELL})


def values(name: str) -> st.SearchStrategy[Any]:
    if name in LIST_OPTIONS:
        return LINES
    if name == "environment":
        return st.dictionaries(TEXT, TEXT | NUMBER, max_size=3)
    return TEXT | NUMBER


def script_of(**given: Any) -> str:
    """The script of a cluster. Raises InvalidOptions."""
    known = {"cores": 2, "memory": 2 * 10**9, "processes": 1, "interface": "lo", **given}
    config = DaskConfig(ClusterOptions())
    options = resolve(ClusterOptions.from_json(known), config)
    script = render_script(options, config)
    return stamp(
        script.template.filled(CLUSTER, ADDRESS),
        name="blue-otter-3f9a12bc-1",
        count=2,
        log_directory=Path(options.log_directory or f"{CLUSTER}/jobs"),
    )


def read_by_bash(script: str) -> None:
    """AssertionError with bash's words where it cannot read the script to its end."""
    done = subprocess.run(
        ["bash", "-n"], input=script, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, ""), script


def run_by_bash(name: str, value: Any) -> list[list[str]]:
    """The words of each program that the script runs: it has no other than its Python. AssertionError
    where it leaves a file. Raises InvalidOptions."""
    with tempfile.TemporaryDirectory() as directory:
        where, ran = Path(directory, "where"), Path(directory, "ran")
        where.mkdir()
        (where / "a").touch()  # a pattern would find it
        python = Path(directory, "python")
        python.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" '' >> {shlex.quote(str(ran))}\n")
        python.chmod(0o755)
        script = script_of(**{"python": str(python), name: value})
        read_by_bash(script)
        # Nothing is on its path, and it cannot go on after what it does not find.
        done = subprocess.run(
            ["/bin/bash", "-e"],
            input=script,
            cwd=where,
            env={"PATH": "", "SLURM_JOB_ID": "7", "HOME": "/home/u"},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        assert list(where.iterdir()) == [where / "a"]
        calls = ran.read_text(encoding="utf-8").split("\0\0")
    return [call.split("\0") for call in calls if call]


def only_at(error: InvalidOptions, names: set[str]) -> None:
    assert {problem.field for problem in error.problems} <= names


@pytest.mark.parametrize("name", [name for name in NAMES if name != "python"])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_value_is_only_data(name: str, data: st.DataObject) -> None:
    value = data.draw(values(name))
    try:
        (words,) = run_by_bash(name, value)
    except InvalidOptions as error:
        return only_at(error, {name, "processes"})
    # All that the cluster needs stands there, whatever was put before it.
    assert words[:3] == ["-m", "distributed.cli.dask_worker", ADDRESS]
    assert words[-6:] == [
        *("--tls-ca-file", f"{CLUSTER}/cert.pem", "--tls-cert", f"{CLUSTER}/cert.pem"),
        *("--tls-key", f"{CLUSTER}/key.pem"),
    ]
    if name == "interface" and value.strip():
        assert words[-10:-8] == ["--interface", value.strip()]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(python=TEXT)
def test_the_command_of_python_is_words(python: str) -> None:
    try:
        script = script_of(python=python)
    except InvalidOptions:
        return
    read_by_bash(script)
    command = script[script.rindex("\n\n") :].replace("\\\n", " ")
    if python.strip():
        expected = [
            *python_words(expanded(python.strip())),
            "-m",
            "distributed.cli.dask_worker",
            ADDRESS,
        ]
        assert shlex.split(command)[: len(expected)] == expected


@settings(max_examples=40, deadline=None, derandomize=True)
@given(prologue=LINES)
def test_a_prologue_that_is_let_through_is_one_that_bash_reads(prologue: list[str]) -> None:
    try:
        script = script_of(job_script_prologue=prologue)
    except InvalidOptions as error:
        return only_at(error, {SHELL})
    read_by_bash(script)


@pytest.mark.parametrize("prologue", [["if true; then"], ["echo 'a"], ["cat <<END", "text"]])
def test_what_bash_says_of_a_prologue_stands_at_its_field(prologue: list[str]) -> None:
    with pytest.raises(InvalidOptions) as error:
        script_of(job_script_prologue=prologue)
    (problem,) = error.value.problems
    assert (problem.field, problem.message[:4]) == ("job_script_prologue", "bash")


@pytest.mark.parametrize("word", ["a;b", "$(b)", "`b`", "a|b", ">b", "#b", '"$(b)"', "${", "$[1"])
def test_arguments_run_nothing(word: str) -> None:
    with pytest.raises(InvalidOptions) as error:
        script_of(worker_extra_args=["--a", word])
    assert [problem.field for problem in error.value.problems] == ["worker_extra_args"]


@pytest.mark.parametrize(
    "word",
    [
        "'a;b'",
        '"a;b"',
        "$HOME/a",
        '"${HOME}/b"',
        "${TMPDIR:-/tmp}",
        "a\\;b",
        "--a=GPU=1",
        "a$",
        "~/a",
    ],
)
def test_arguments_that_are_quoted_or_variables_pass(word: str) -> None:
    assert word in script_of(worker_extra_args=["--a", word])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "account",
            "cores",
            "directory",
            "gres",
            "job_extra_directives",
            "log_directory",
            "memory",
        ),
        *("partition", "processes", "qos", "walltime"),
    ],
)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_sbatch_refuses_is_said_in_its_words(
    slurm: Slurm, name: str, data: st.DataObject
) -> None:
    try:
        script = script_of(**{name: data.draw(values(name))})
    except InvalidOptions:
        return
    argv = ["sbatch", "--test-only"]
    done = subprocess.run(
        argv, env=slurm.environ, input=script.encode(), capture_output=True, timeout=60
    )
    said = done.stderr.decode(errors="replace").splitlines()
    estimate = asyncio.run(
        SlurmBatchSystem(Path("/nowhere"), environ=slurm.environ).estimate(script)
    )
    if done.returncode == 0:
        assert estimate.start is not None or estimate.message is not None
    else:
        words = said[-1].removeprefix("sbatch: ").removeprefix("error: ")
        assert words.removeprefix("allocation failure: ") in (estimate.message or "")

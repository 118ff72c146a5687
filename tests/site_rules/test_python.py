"""Whether a cluster can run in a Python."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.errors import FieldProblem
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.python import PythonFacts, check_python, has_prologue

ENV = "/my env/bin/python"
GOOD = PythonFacts(version="3.12.4", distributed="2026.1.0", executable=ENV, prefix="/my env")
PIP = "'/my env/bin/python' -m pip install --upgrade distributed"


def check(
    facts: PythonFacts,
    *,
    is_command: bool = False,
    is_here: bool = True,
    has_prologue: bool = False,
) -> Findings:
    return check_python(
        facts, ENV, is_command=is_command, is_here=is_here, has_prologue=has_prologue
    )


@pytest.mark.parametrize(
    "facts",
    [
        GOOD,
        replace(GOOD, distributed="2023.5.0"),
        replace(GOOD, distributed="0+unknown.g1234"),
        replace(GOOD, version="3.8.0"),
    ],
)
def test_that_can_run_one_is_fine(facts: PythonFacts) -> None:
    assert check(facts) == Findings()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (PythonFacts(there=False), f"there is no {ENV} here"),
        (replace(GOOD, distributed=None), f"it has no dask: {PIP}"),
        (
            replace(GOOD, distributed=None, is_conda=True),
            "it has no dask: conda install --prefix '/my env' --channel conda-forge distributed",
        ),
    ],
)
def test_that_is_sure_to_fail_is_a_problem(facts: PythonFacts, message: str) -> None:
    assert check(facts) == Findings.problem("python", message)
    # It may be there on the node that the scheduler runs on.
    assert check(facts, is_here=False) == Findings.doubt("python", message)


def test_what_a_prologue_or_a_container_may_bring_along_is_a_doubt() -> None:
    bare = replace(GOOD, distributed=None)
    assert check(bare, has_prologue=True) == Findings.doubt("python", f"it has no dask: {PIP}")
    assert check(bare, is_command=True) == Findings.doubt("python", "it has no dask")
    # Of a program that is not here the renderer speaks.
    assert check(PythonFacts(there=False), is_command=True) == Findings()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (PythonFacts(error="Permission denied"), "it cannot be run here: Permission denied"),
        (
            replace(GOOD, version="3.7.16", distributed="2022.2.0"),
            "Python 3.7.16 is too old: 3.8 or later is needed",
        ),
        (
            replace(GOOD, distributed=None, error="No module named 'tornado'"),
            "distributed cannot be imported: No module named 'tornado'",
        ),
        (
            replace(GOOD, distributed="2022.9.2"),
            f"distributed 2022.9.2 is too old, 2022.10 or later is needed: {PIP}",
        ),
    ],
)
def test_that_may_fail_is_a_doubt(facts: PythonFacts, message: str) -> None:
    assert check(facts) == Findings.doubt("python", message)


def test_an_old_one_that_works_is_told() -> None:
    message = f"distributed 2022.12.1 is old, 2023.5 or later is what is tested: {PIP}"
    assert check(replace(GOOD, distributed="2022.12.1")).warnings == (
        FieldProblem("python", message),
    )


@pytest.mark.parametrize(
    ("lines", "variables", "has"),
    [
        (["#!/bin/sh", "#SBATCH -n 1", "", "'/my env/bin/python' -m x"], 0, False),
        (["#!/bin/sh", "module load x", "'/my env/bin/python' -m x"], 0, True),
        (["#!/bin/sh", "export A=1", "'/my env/bin/python' -m x"], 1, False),
        (["#!/bin/sh", "export A=1", "module load x", "'/my env/bin/python' -m x"], 1, True),
        ([], 0, False),
    ],
)
def test_whether_a_script_runs_anything_before_the_workers(
    lines: list[str], variables: int, has: bool
) -> None:
    assert has_prologue("\n".join(lines), "'/my env/bin/python'", variables) is has

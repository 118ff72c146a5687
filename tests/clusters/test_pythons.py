"""Real Pythons are asked what they are, once."""

from __future__ import annotations

import shlex
import sys
import venv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.clusters.pythons import Pythons
from jupyter_dask_slurm.errors import FieldProblem
from jupyter_dask_slurm.model.command import python_words
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.template import Piece, Template
from jupyter_dask_slurm.site_rules.findings import Findings


@pytest.fixture
async def pythons() -> AsyncIterator[Pythons]:
    pythons = Pythons(limit=120)
    yield pythons
    await pythons.stop()


async def check(pythons: Pythons, python: object, patience: float | None = None) -> Findings | None:
    command = shlex.join(python_words(str(python)))
    options, template = ClusterOptions(python=str(python)), Template((Piece(f"{command} -m x"),))
    return await pythons.check(options, template, Findings(), patience=patience)


def write_script(path: Path, *lines: str) -> Path:
    """A program that notes each of its runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", f"echo run >> '{path}.runs'", *lines]))
    path.chmod(0o700)
    return path


def runs(path: Path) -> int:
    file = Path(f"{path}.runs")
    return file.read_text().count("run") if file.exists() else 0


async def test_an_environment_without_dask(pythons: Pythons, tmp_path: Path) -> None:
    venv.create(tmp_path / "my env", symlinks=True)
    python = tmp_path / "my env" / "bin" / "python"
    message = f"it has no dask: '{python}' -m pip install --upgrade distributed"
    assert await check(pythons, python) == Findings.problem("python", message)
    # It is looked at again once something is installed.
    site = next((tmp_path / "my env" / "lib").glob("python*/site-packages"))
    (site / "distributed.py").write_text("__version__ = '2022.12.0'")
    found = await check(pythons, python)
    assert found is not None
    assert "distributed 2022.12.0 is old" in found.warnings[0].message


async def test_a_script_is_asked_once(pythons: Pythons, tmp_path: Path) -> None:
    script = write_script(tmp_path / "a b" / "python", f'exec "{sys.executable}" "$@"')
    for _ in range(2):
        assert await check(pythons, script) == Findings()
    assert runs(script) == 1
    assert await check(pythons, f"env A=1 '{script}'") == Findings()


async def test_what_breaks_is_told_in_its_own_words(pythons: Pythons, tmp_path: Path) -> None:
    broken = write_script(tmp_path / "python3", "echo 'libssl.so.1: not found' >&2", "exit 127")
    assert await check(pythons, broken) == Findings.doubt(
        "python", "it cannot be run here: libssl.so.1: not found"
    )
    liar = write_script(tmp_path / "python4", "echo hello")
    assert await check(pythons, liar) == Findings.doubt(
        "python", "it cannot be run here: it is no Python"
    )


async def test_one_that_hangs_is_not_waited_for_and_ended(tmp_path: Path) -> None:
    script = write_script(tmp_path / "python", "exec sleep 1000")
    pythons = Pythons(limit=0.5)
    assert await check(pythons, script, patience=0) is None
    assert await check(pythons, script) == Findings.doubt(
        "python", "it cannot be run here: no answer within 0.5 s"
    )
    await pythons.stop()


async def test_what_may_be_no_python_is_not_run(pythons: Pythons, tmp_path: Path) -> None:
    python = write_script(tmp_path / "python")
    for name, command in {
        "clean-up": "{}",
        "rm": "{} {python}",
        "conda": "{} install {python}",
        "apptainer": "{} delete {python}",
        "env": "{} {python} x",
    }.items():
        script = write_script(tmp_path / name)
        assert await check(pythons, command.format(script, python=python)) == Findings()
        assert runs(script) == 0


async def test_one_that_is_refused_anyway_is_not_run(pythons: Pythons, tmp_path: Path) -> None:
    python = write_script(tmp_path / "python")
    found = Findings.problem("python", "it is not for users to choose here")
    options = ClusterOptions(python=str(python))
    assert await pythons.check(options, Template(()), found) == Findings()
    assert runs(python) == 0


async def test_the_working_directory_is_no_part_of_the_environment(
    pythons: Pythons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "distributed.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    script = write_script(tmp_path / "python", f'exec "{sys.executable}" "$@"')
    assert await check(pythons, script) == Findings()


async def test_it_is_run_with_the_variables_of_the_cluster(
    pythons: Pythons, tmp_path: Path
) -> None:
    script = write_script(tmp_path / "python", f'[ "$LIB" = 1 ] && exec "{sys.executable}" "$@"')
    for variables, is_fine in [({"LIB": "1"}, True), ({"LIB": "2"}, False)]:
        options = ClusterOptions(python=str(script), environment=variables)
        found = await pythons.check(options, Template(()), Findings())
        assert (found == Findings()) is is_fine


async def test_one_that_is_not_there(pythons: Pythons, tmp_path: Path) -> None:
    gone = tmp_path / "bin" / "python"
    found = await check(pythons, gone)
    assert found is not None
    assert found.problems == (FieldProblem("python", f"there is no {gone} here"),)
    assert await check(pythons, sys.executable) == Findings()


async def test_a_program_that_a_prologue_may_bring_is_not_taken_for_that_of_this_host(
    pythons: Pythons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = write_script(tmp_path / "bin" / "python-here", "exit 1")
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    for prologue, runs_by_now in ((("source venv/bin/activate",), 0), (None, 1)):
        options = ClusterOptions(python="python-here", job_script_prologue=prologue)
        found = await pythons.check(options, Template(()), Findings())
        assert (found == Findings()) == (prologue is not None)
        assert runs(script) == runs_by_now

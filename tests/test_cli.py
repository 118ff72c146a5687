"""``jupyter dask-slurm`` without a browser and without a server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.cli import main
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters import find as registry
from jupyter_dask_slurm.process import this_process
from tests.notebook.test_client import CREATED, OTTER, running, starting


def test_list_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    starting(tmp_path, "00000001", "young")
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        assert main(["--state-dir", str(tmp_path), "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME        ID        STATUS    JOBS    CORES",
        "young       00000001  starting  0 of 2  0",
        "blue-otter  3f9a12bc  running   3 of 4  36",
    ]


def test_list_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        assert main(["--state-dir", str(tmp_path), "list", "--json"]) == 0
    (cluster,) = json.loads(capsys.readouterr().out)
    assert (cluster["name"], cluster["jobs"]["running"]) == ("blue-otter", 3)


def test_stop_asks_the_controller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER) as controller:
        assert main(["--state-dir", str(tmp_path), "stop", "blue-otter"]) == 0
        assert controller.asked == ["POST /v1/stop"]
    assert capsys.readouterr().out == "blue-otter is stopping\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "there is no cluster 'nobody'"),
        ("young", "'young' is still starting"),
        ("gone", "'gone' has ended already: nobody used it"),
    ],
)
def test_what_cannot_be_stopped_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    starting(tmp_path, "00000001", "young")
    starting(tmp_path, "00000002", "gone").write(Ended("idle", "nobody used it", CREATED))
    assert main(["--state-dir", str(tmp_path), "stop", name]) == 1
    assert message in capsys.readouterr().err


def test_a_controller_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        pass
    assert main(["--state-dir", str(tmp_path), "stop", OTTER.id]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_job_script(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--cores", "3", "--memory", "4 GB", "--walltime", "90", "--jobs", "5"]
    options = ["--option", "processes=2", "--option", "partition=long"]
    assert main(["job-script", *arguments, *options]) == 0
    out, err = capsys.readouterr()
    for line in ("--cpus-per-task=3", "-t 01:30:00", "-p long", "--array=0-4"):
        assert f"#SBATCH {line}\n" in out
    assert "processes: 1 core stays idle" in err


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--cores", "0"], "cores"),
        (["--option", "colour=red"], "colour"),
        (["--option", "colour"], "option"),
        (["--cores", "1", "--memory", "1 GB", "--jobs", "-1"], "scaling.jobs"),
        (["--cores", "1"], "memory"),
    ],
)
def test_bad_options_name_their_field(
    capsys: pytest.CaptureFixture[str], arguments: list[str], field: str
) -> None:
    assert main(["job-script", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"{field}: ")


def test_a_state_directory_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--state-dir", str(tmp_path / "file"), "list"]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_a_controller_that_answers_lives_though_its_process_is_not_seen_here(
    tmp_path: Path,
) -> None:
    """As from another container: what depends on it is whether its jobs are orphans."""
    nobody = replace(this_process(), process_start=1)
    directory = starting(tmp_path, OTTER.id, OTTER.name)
    with running(directory, OTTER, owner=nobody):
        entry = registry.read_entry(directory)
        assert entry is not None
        assert entry.end is not None
        assert asyncio.run(registry.lives(entry))
    assert not asyncio.run(registry.lives(entry))

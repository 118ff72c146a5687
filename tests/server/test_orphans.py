"""Jobs on a real Slurm that belong to no living cluster: the panel's list, and the command line's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cli import main
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.process import this_process

from ..slurm.handle import Slurm
from .conftest import Api, LauncherNeverReady
from .test_on_slurm import queued
from .test_rest_api import conforms
from .test_restart import record

pytestmark = pytest.mark.timeout(360)
STARTING, GONE, FAILED, ELSEWHERE = "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(extension_config: dict[str, Any], slurm: Slurm) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


@pytest.fixture
def registry(state_dir: Path, slurm: Slurm) -> Path:
    """Of four clusters with a job each, two are over: one has no directory, one has ended."""
    record(state_dir, STARTING, batch_system="slurm", owner=this_process())
    ended = Ended("scheduler_died", "The scheduler was killed.", utc_now())
    record(state_dir, FAILED, batch_system="slurm", ended=ended)
    record(state_dir, ELSEWHERE, batch_system="slurm", host="login-2")
    submit(slurm, *(f"n-{c}-1" for c in (STARTING, FAILED, ELSEWHERE)), "my-own-job", COMMIT)
    gone = state_dir / GONE
    (gone / "jobs").mkdir(parents=True)
    submit(slurm, f"n-{GONE}-1", output=gone / "jobs/%j.log")
    submit(slurm, f"n-{GONE}-controller", output=gone / "%j.log")
    return state_dir


def submit(slurm: Slurm, *names: str, output: str | Path = "/dev/null") -> None:
    for name in names:  # with more memory than a shell needs: Slurm ends what exceeds it
        slurm.run("sbatch", "-J", name, "-o", str(output), "--mem=100M", "--wrap", "sleep 600")


COMMIT = "train-3e9f0a1b-1"
"""A job of the user's own, with a name like ours."""
KEPT = sorted(["my-own-job", COMMIT, f"n-{STARTING}-1", f"n-{ELSEWHERE}-1"])


async def test_the_panel_lists_and_cancels_them(registry: Path, api: Api, slurm: Slurm) -> None:
    answer = await api("GET", "orphans")
    assert answer.status == 200, answer.text
    for orphan in answer.json:
        conforms(orphan, "Orphan")
    found = {orphan["cluster_id"]: orphan for orphan in answer.json}
    assert {cluster_id: orphan["jobs"] for cluster_id, orphan in found.items()} == {
        GONE: 2,
        FAILED: 1,
    }
    assert found[GONE]["name"] == "n"
    assert found[GONE]["pending"] + found[GONE]["running"] == 2

    answer = await api("DELETE", "orphans", STARTING)
    assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    answer = await api("DELETE", "orphans", "eeeeeeee")
    assert (answer.status, answer.json["reason"]) == (404, "JobNotFound")
    assert (await api("DELETE", "orphans", GONE)).status == 204
    assert [orphan["cluster_id"] for orphan in (await api("GET", "orphans")).json] == [FAILED]
    assert (await api("DELETE", "orphans")).status == 204
    assert (await api("GET", "orphans")).json == []
    assert sorted(queued(slurm)) == KEPT
    assert (await api("DELETE", "orphans")).status == 204, "nothing to do is done"


async def test_one_that_is_created_while_slurm_answers_is_no_orphan(
    api: Api, slurm: Slurm, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = BatchSystems.snapshots

    async def slowly(self: BatchSystems, **asked: Any) -> Any:
        submit(slurm, f"n-{GONE}-1", output=state_dir / GONE / "jobs/%j.log")
        taken = await ask(self, **asked)
        record(state_dir, GONE, batch_system="slurm", owner=this_process())
        return taken

    monkeypatch.setattr(BatchSystems, "snapshots", slowly)
    assert (await api("GET", "orphans")).json == []


async def test_a_silent_slurm_is_said_so(api: Api, slurm: Slurm) -> None:
    slurm.stop_slurmctld()
    answer = await api("GET", "orphans")
    assert answer.status in (503, 504)
    message = answer.json["message"].lower()
    assert "slurm" in message or "squeue" in message  # whoever lost patience first


async def test_a_registry_that_cannot_be_read_makes_no_orphans(
    registry: Path, api: Api, slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.registry.directories", fail)
    answer = await api("DELETE", "orphans")
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    assert len(queued(slurm)) == 7


def test_the_command_line_needs_no_server(
    registry: Path, slurm: Slurm, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--state-dir", str(registry), "orphans"]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(":")[0] for line in lines) == [f"n ({GONE})", f"n ({FAILED})"]
    assert any("2 jobs in slurm" in line and "since 20" in line for line in lines)

    assert main([*command, "--json", "--cancel", FAILED, "--yes"]) == 0
    (cancelled,) = json.loads(capsys.readouterr().out)
    assert (cancelled["cluster_id"], cancelled["jobs"]) == (FAILED, 1)
    assert main([*command, "--cancel", "eeeeeeee"]) == 1
    assert "eeeeeeee" in capsys.readouterr().err
    assert main([*command, "--cancel"]) == 0
    assert sorted(queued(slurm)) == KEPT
    capsys.readouterr()
    assert main([*command, "--cancel"]) == 0
    assert "no leftover jobs" in capsys.readouterr().out


@pytest.mark.parametrize(("said", "code", "left"), [("n\n", 1, 7), ("", 1, 7), ("y\n", 0, 4)])
def test_the_command_line_asks_first(
    registry: Path,
    slurm: Slurm,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    code: int,
    left: int,
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return said

    monkeypatch.setattr("sys.stdin", Terminal())
    assert main(["--state-dir", str(registry), "orphans", "--cancel"]) == code
    assert "Cancel 3 jobs?" in capsys.readouterr().err
    assert len(queued(slurm)) == left


def test_the_command_line_says_that_slurm_is_silent(
    registry: Path, slurm: Slurm, capsys: pytest.CaptureFixture[str]
) -> None:
    slurm.stop_slurmctld()
    assert main(["--state-dir", str(registry), "orphans"]) == 1
    assert capsys.readouterr().err.startswith("jupyter dask-slurm: ")

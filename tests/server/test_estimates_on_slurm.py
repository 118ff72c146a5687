"""Estimates of a real Slurm, by commands that are counted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from ..slurm.commands import RecordedCommands
from ..slurm.handle import Slurm
from .conftest import OPTIONS, Api, LauncherNeverReady

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def commands(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedCommands:
    commands = RecordedCommands(tmp_path, slurm)
    monkeypatch.setenv("PATH", commands.environ["PATH"])
    return commands


@pytest.fixture
def extension_config(
    extension_config: dict[str, Any], commands: RecordedCommands
) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


async def test_a_hundred_requests_are_few_commands(api: Api, commands: RecordedCommands) -> None:
    """A user who drags a slider, in a browser that does not wait for answers."""

    async def ask(minutes: int) -> Any:
        options = {**OPTIONS, "walltime": f"{minutes}", "partition": "auto"}
        return (await api("POST", "estimate", body={"options": options})).json

    first = await ask(1)
    assert (first["partition"], first["message"]) == ("debug", None)
    assert first["estimated_start"]
    commands.seen()
    answers = await asyncio.gather(*(ask(1 + n % 20) for n in range(100)))
    # At most one for each script, and one was known; most gave way to a later one.
    assert commands.seen().count("sbatch") <= 19
    assert all(answer["message"] is None for answer in answers)
    assert any(answer["estimated_start"] for answer in answers)
    assert await ask(1) == first
    assert "sbatch" not in commands.seen()


async def test_automatic_partitions_that_slurm_refuses_give_way_to_the_default_one(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"]
    lines = [
        "#!/bin/sh",
        "script=$(cat)",
        'case "$script" in *"SBATCH -p"*) echo "sbatch: error: name no partition" >&2; exit 1;; esac',
        f"PATH={path}",
        'printf "%s\\n" "$script" | sbatch "$@"',
    ]
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sbatch").write_text("\n".join([*lines, ""]))
    (tmp_path / "site" / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'site'}:{path}")

    async def ask(partition: str) -> Any:
        options = {**OPTIONS, "partition": partition}
        return (await api("POST", "estimate", body={"options": options})).json

    answer = await ask("auto")
    assert (answer["partition"], answer["message"]) == ("debug", None)
    assert answer["estimated_start"]
    # Nobody but the user chose that one.
    assert (await ask("long"))["message"] == "name no partition"


async def test_what_slurm_refuses_is_a_message(api: Api) -> None:
    options = {**OPTIONS, "partition": "broken"}
    answer = await api("POST", "estimate", body={"options": options})
    assert answer.status == 200
    assert answer.json == {
        "estimated_start": None,
        "node": None,
        "partition": None,
        "message": "Requested node configuration is not available",
    }
    # What is known to be impossible is not asked.
    options = {**OPTIONS, "partition": "debug", "cores": 5000}
    refused = await api("POST", "estimate", body={"options": options})
    assert [problem["field"] for problem in refused.json["problems"]] == ["cores"]


async def test_a_silent_slurm_is_a_message(api: Api, slurm: Slurm) -> None:
    slurm.stop_slurmctld()
    answer = await api("POST", "estimate", body={"options": OPTIONS})
    assert answer.status == 200
    assert answer.json["estimated_start"] is None
    assert answer.json["message"]

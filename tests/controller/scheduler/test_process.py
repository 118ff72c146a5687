"""The scheduler behind a prologue: with the pipes of its controller, whatever the prologue does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from jupyter_dask_slurm.controller.scheduler import process as scheduler_process
from jupyter_dask_slurm.controller.scheduler.process import SchedulerFailed, SchedulerProcess

from ...support.clusters import wait_for

PYTHON_THAT_ANSWERS_AND_WAITS = """\
#!/bin/sh
read -r config
printf '%s' "$config" > "{home}/config"
pwd > "{home}/cwd"
printf '%s' "$OF_THE_PROLOGUE" > "{home}/variable"
echo '{{"address": "tls://here", "dashboard_address": "https://here"}}'
cat > "{home}/more"
exit 143
"""
Make = Callable[..., SchedulerProcess]
BASH = ["/usr/bin/env", "bash"]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[SchedulerProcess] = []
    python = tmp_path / "bin" / "python-of-the-prologue"
    python.parent.mkdir()
    python.write_text(PYTHON_THAT_ANSWERS_AND_WAITS.format(home=tmp_path))
    python.chmod(0o700)

    def make_one(*prologue: str, python: str = str(python)) -> SchedulerProcess:
        made.append(SchedulerProcess(python, tmp_path / "scheduler.log", prologue=prologue))
        return made[-1]

    yield make_one
    for scheduler in made:
        await scheduler.stop()


async def start(scheduler: SchedulerProcess, shell: list[str] | None = BASH) -> None:
    answer = await scheduler.start({"port": 0}, shell=shell)
    assert answer == {"address": "tls://here", "dashboard_address": "https://here"}


@pytest.mark.parametrize("shell", [BASH, ["/bin/sh"], ["/bin/bash", "-l"]], ids=str)
@pytest.mark.parametrize(
    "line",
    [
        "true",
        "cat; read line",  # what is there to read is the scheduler's
        "echo '{}'; seq 100000",  # and nothing that it prints is an answer
        "sleep 600 &",
        "set -e -u",
    ],
)
async def test_it_is_started_where_its_prologue_leads(
    make: Make, tmp_path: Path, line: str, shell: list[str]
) -> None:
    (tmp_path / "a b").mkdir()
    prologue = [f"export PATH='{tmp_path}/bin':$PATH OF_THE_PROLOGUE=yes", f"cd '{tmp_path}/a b'"]
    scheduler = make(line, *prologue, python="python-of-the-prologue")
    await start(scheduler, shell)
    assert (tmp_path / "variable").read_text() == "yes"
    assert (tmp_path / "cwd").read_text() == f"{tmp_path}/a b\n"
    config = json.loads((tmp_path / "config").read_text())
    assert (config["port"], config["directory"]) == (0, os.getcwd())
    assert "OF_THE_PROLOGUE" not in os.environ
    assert (tmp_path / "scheduler.sh").stat().st_mode & 0o777 == 0o600
    await scheduler.stop()
    assert (tmp_path / "more").read_text() == ""


async def test_what_it_leaves_in_the_background_neither_keeps_the_scheduler_nor_stays(
    make: Make, tmp_path: Path
) -> None:
    scheduler = make(f"sleep 600 & echo $! > '{tmp_path}/pid'")
    await start(scheduler)
    left = psutil.Process(int((tmp_path / "pid").read_text()))
    assert scheduler._process is not None
    psutil.Process(scheduler._process.pid).kill()
    assert "was killed by signal 9" in str(await asyncio.wait_for(scheduler.wait(), 60))
    await scheduler.stop()
    await asyncio.to_thread(
        wait_for,
        "its end",
        lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("echo the licence has run out >&2; exit 3", "the licence has run out"),
        ("sleep 600 & echo gone; exit 0", "gone"),
        ("set -e; module-of-this-site load python", "module-of-this-site: command not found"),
        ("exec 9>&-", ""),
        ("if", "syntax error"),
        ("export PATH=/nowhere", "not found"),
    ],
)
async def test_a_prologue_that_fails_says_so_in_its_own_words(
    make: Make, line: str, words: str
) -> None:
    with pytest.raises(SchedulerFailed, match="behind the prologue, did not start") as failed:
        await start(make(line, python="python-of-the-prologue"))
    assert words in str(failed.value)


async def test_a_prologue_has_the_time_that_a_start_has(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_process, "START_LIMIT", 0.5)
    monkeypatch.setattr(scheduler_process, "STOP_LIMIT", 0.1)
    with pytest.raises(SchedulerFailed, match=r"was not ready after 0\.5 s"):
        await start(make("sleep 600"))


async def test_without_a_shell_that_can_none_is_run(make: Make, tmp_path: Path) -> None:
    scheduler = make("exit 3")
    await start(scheduler, None)
    assert not (tmp_path / "scheduler.sh").exists()

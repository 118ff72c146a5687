"""What a run of the suites left: its own processes are found and ended, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runner.leftovers import MARK, Process, left_of, sweep

Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """A process that a run started: returns when it can be told by its environment."""
    started: list[subprocess.Popen[str]] = []

    def start_process(work: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
            env={**os.environ, MARK: str(work)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start_process
    for process in started:
        process.kill()
        process.communicate()


def test_what_is_left_is_listed_and_ended_and_nothing_of_another_run(
    start: Start, tmp_path: Path
) -> None:
    ours, others = start(tmp_path / "run"), start(tmp_path / "run2")
    (command,) = left_of(tmp_path / "run")
    assert command.startswith(sys.executable)
    sweep(tmp_path / "run")
    assert ours.wait() == -9
    assert left_of(tmp_path / "run") == []
    assert others.poll() is None


def test_a_process_that_is_gone_is_nobody_s(start: Start, tmp_path: Path) -> None:
    popen = start(tmp_path)
    process = Process(popen.pid)
    popen.kill()
    popen.wait()  # from now on its id may be given again
    with pytest.raises(OSError, match="No such process"):
        process.read("environ")
    with pytest.raises(ProcessLookupError):
        process.kill()
    process.close()

"""The look at this machine's processes: nothing of another is taken for what is looked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from jupyter_dask_slurm.process import owner_of

from . import processes
from .processes import (
    children,
    command_line,
    environment,
    kill_all,
    listeners,
    listening,
    lives,
    lives_still,
    process_of,
    sockets,
)

LISTENS = """
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)), socket.create_server(("::1", 0), family=socket.AF_INET6)]
print(*(each.getsockname()[1] for each in held), flush=True)
sys.stdin.read()
"""


class Listener:
    """A process that listens on one port of each family."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", LISTENS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process = psutil.Process(self.popen.pid)
        four, six = stream(self.popen.stdout).readline().split()
        self.addresses = {("127.0.0.1", int(four)), ("::1", int(six))}

    def end(self) -> None:
        self.popen.kill()
        self.popen.communicate()


def stream(of: IO[str] | None) -> IO[str]:
    assert of is not None
    return of


@pytest.fixture
def ours() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.end()


@pytest.fixture
def foreign() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.end()


def test_a_process_listens_where_it_says(ours: Listener, foreign: Listener) -> None:
    assert listening([ours.process]) == ours.addresses
    assert listening([ours.process, foreign.process]) == ours.addresses | foreign.addresses
    assert listening([]) == set()


def test_the_number_of_a_pipe_is_no_sockets(
    ours: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are counted by the kernel; a foreign socket's number may be that of a pipe, or its end."""
    links = [str(path.readlink()) for path in Path(f"/proc/{ours.popen.pid}/fd").iterdir()]
    pipes = [link[len("pipe:[") : -1] for link in links if link.startswith("pipe:")]
    assert pipes
    table = listeners()
    for pipe in pipes:
        table |= {pipe[start:]: ("0.0.0.0", 2024) for start in range(len(pipe))}
    monkeypatch.setattr(processes, "listeners", lambda: table)
    assert listening([ours.process]) == ours.addresses


def test_the_socket_of_one_that_ended_meanwhile_is_somebody_elses(
    ours: Listener, foreign: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> dict[str, tuple[str, int]]:
        """Its numbers are given again while the table is read."""
        held = sockets(ours.process)
        if held:
            numbers.extend(held)
            ours.end()
        return dict.fromkeys(numbers, ("0.0.0.0", 2024)) | listeners()

    numbers: list[str] = []
    monkeypatch.setattr(processes, "listeners", look)
    assert listening([ours.process, foreign.process]) == foreign.addresses
    assert numbers


def test_what_is_opened_while_it_is_looked_at_is_not_taken_for_ours(
    ours: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Listener] = []

    def look() -> dict[str, tuple[str, int]]:
        if len(opened) < 2:
            opened.append(Listener())
        return listeners()

    try:
        monkeypatch.setattr(processes, "listeners", look)
        assert listening([ours.process]) == ours.addresses
        assert len(opened) == 2
    finally:
        for listener in opened:
            listener.end()


def test_a_line_that_the_kernel_left_out_is_looked_for_again(
    ours: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [{}, listeners(), listeners()]
    monkeypatch.setattr(processes, "listeners", lambda: answers.pop(0))
    assert listening([ours.process]) == ours.addresses


def test_an_id_that_was_given_again_is_somebody_elses(ours: Listener, foreign: Listener) -> None:
    process, owner = ours.process, owner_of(ours.popen.pid)
    stat = Path(f"/proc/{ours.popen.pid}/stat").read_text()
    assert process_of(owner) == process
    assert lives(process)
    assert lives_still(stat)
    ours.end()
    # As if the kernel had given its id to the other.
    process._pid = foreign.popen.pid
    assert process.pid == foreign.process.pid
    assert not lives(process)
    assert not lives_still(stat.replace(str(ours.popen.pid), str(foreign.popen.pid), 1))
    assert listening([process]) == set()
    assert (command_line(process), environment(process), children(process)) == ([], {}, [])
    kill_all([process])
    assert lives(foreign.process)
    with pytest.raises(psutil.NoSuchProcess):
        process_of(owner)

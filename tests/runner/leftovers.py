"""What a run left behind, and ending it.

Every process that a suite starts, and what that starts in turn, carries `MARK` in its environment:
so a run knows its own processes, and nobody else's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "JDS_TEST_RUN"


class Process:
    """One process, held by its open directory in /proc: that never becomes another's, as an id does."""

    def __init__(self, pid: int) -> None:
        self._directory = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)

    def read(self, name: str) -> bytes:
        """Raises OSError when the process is gone, or somebody else's."""
        with open(os.open(name, os.O_RDONLY, dir_fd=self._directory), "rb") as stream:
            return stream.read()

    def command(self) -> str:
        words = self.read("cmdline").replace(b"\0", b" ") or self.read("comm")
        return words.decode(errors="replace").strip()

    def kill(self) -> None:
        """Raises ProcessLookupError when it is gone."""
        signal.pidfd_send_signal(self._directory, signal.SIGKILL)

    def close(self) -> None:
        os.close(self._directory)


@contextlib.contextmanager
def of_run(work: Path) -> Iterator[list[Process]]:
    """The live processes that a run started, directly or not."""
    mark = f"{MARK}={work}".encode()
    found = []
    with contextlib.ExitStack() as stack:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            with contextlib.suppress(OSError), contextlib.ExitStack() as look:
                process = Process(int(entry.name))
                look.callback(process.close)
                if mark in process.read("environ").split(b"\0"):
                    found.append(process)
                    stack.push(look.pop_all())
        yield found


def left_of(work: Path) -> list[str]:
    """The command lines of what a run left running."""
    commands = []
    with of_run(work) as processes:
        for process in processes:
            with contextlib.suppress(OSError):
                commands.append(process.command())
    return commands


def sweep(work: Path) -> None:
    """End what a run left, until nothing is left of it."""
    for _ in range(20):
        with of_run(work) as processes:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        if not processes:
            return
        time.sleep(0.1)

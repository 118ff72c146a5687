"""Imported by every Python process of a run of chaos before anything else, from the head of `PYTHONPATH`:
lets its files hang, and the clock of its host jump, when the run says so.

A real process waits in the kernel, in the thread that asked for the file, as on a file server that is
away: for a lock that the run holds. The seams are Python's own functions for files and for the time of
day; what is written in C, Slurm and the shells of jobs go by the real ones. Standard library only.
"""

from __future__ import annotations

import builtins
import fcntl
import io
import mmap
import os
import struct
import time
from collections.abc import Callable
from typing import Any

SEAMS = "JDS_CHAOS_SEAMS"
"""The variable that names the directory of `HOME`, `GATE` and `CLOCK`."""
HOME, GATE, CLOCK = "home", "gate", "clock"
"""A link to the directory whose files hang while somebody has the lock of the gate; how many seconds
the clock is ahead, a double."""
OF_PATHS = ("chmod", "listdir", "lstat", "mkdir", "open", "readlink", "rename", "replace")
OF_PATHS += ("rmdir", "scandir", "stat", "unlink", "utime")
OF_DESCRIPTORS = ("fstat", "ftruncate", "write")


def install(directory: str) -> None:
    """Put the seams in."""
    let_files_hang(os.readlink(f"{directory}/{HOME}"), f"{directory}/{GATE}")
    if "SLURM_JOB_ID" not in os.environ:  # nodes have clocks of their own
        let_clock_jump(f"{directory}/{CLOCK}")


def let_files_hang(home: str, gate: str) -> None:
    real_open, real_close = os.open, os.close

    def wait() -> None:
        try:
            handle = real_open(gate, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # no files are left: that is another fault
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
        finally:
            real_close(handle)

    def gated(real: Callable[..., Any], is_there: Callable[[Any], bool]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if arguments and is_there(arguments[0]):
                wait()
            return real(*arguments, **options)

        for can_more in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if real in can_more:
                can_more.add(call)
        return call

    def below_home(place: Any) -> bool:
        return isinstance(place, (str, os.PathLike)) and str(place).startswith(home)

    logs_at_home = below_home(os.readlink("/proc/self/fd/2"))
    for name in OF_PATHS:
        setattr(os, name, gated(getattr(os, name), below_home))
    for name in OF_DESCRIPTORS:
        setattr(os, name, gated(getattr(os, name), lambda place: logs_at_home and place == 2))
    builtins.open = io.open = gated(builtins.open, below_home)  # type: ignore[assignment]


def let_clock_jump(clock: str) -> None:
    with open(clock, "rb") as stream:
        ahead = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + struct.unpack("d", ahead)[0]
    time.time_ns = lambda: real_time_ns() + int(struct.unpack("d", ahead)[0] * 10**9)


if SEAMS in os.environ:
    install(os.environ[SEAMS])

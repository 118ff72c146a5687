"""Who a process is. A pid alone says nothing: it is reused, and means nothing elsewhere."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STATE, _START = 0, 19  # in /proc/<pid>/stat, counted from the field behind the command's ")"


@dataclass(frozen=True)
class Owner:
    """The process that a file speaks of. A pid alone says nothing: pids and host names are reused."""

    host: str
    boot_id: str
    pid: int
    process_start: int
    """Clock ticks after boot, field 22 of ``/proc/<pid>/stat``."""
    job: str | None = None
    """The batch job that the process runs in, where it is one of its own; then only the batch
    system can say whether it lives, and the rest is empty until the process has said who it is."""
    slurm_cluster: str | None = None
    """Which of a site's Slurm clusters has that job, and those of its cluster; None is the one that is
    meant by itself."""


@functools.cache
def this_host() -> str:
    """The name by which this host's clusters are marked."""
    return socket.gethostname()


@functools.cache
def boot_id() -> str:
    """A text that changes with every boot; empty where the kernel does not tell."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def process_start(pid: int) -> int | None:
    """When a live process of this host started, in clock ticks after boot; None if there is none.

    A zombie is not alive: it waits for nothing but its parent.
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The command stands in parentheses and may itself contain spaces and parentheses.
    values = stat.rpartition(")")[2].split()
    return None if values[_STATE] in "ZX" else int(values[_START])


def owner_of(pid: int) -> Owner:
    """What identifies that live process of this host. Raises ProcessLookupError."""
    start = process_start(pid)
    if start is None:
        raise ProcessLookupError(f"no process {pid}")
    return Owner(this_host(), boot_id(), pid, start)


def this_process() -> Owner:
    """What identifies the process that asks."""
    return owner_of(os.getpid())


def is_alive(owner: Owner) -> bool | None:
    """Whether the owner lives; None when another host would have to be asked, or the batch system.

    Of a job not even a host name that is ours says enough: it may have been another node's, or that
    of a container on it.
    """
    if owner.job is not None or owner.host != this_host():
        return None
    if owner.boot_id != boot_id():
        return False
    return process_start(owner.pid) == owner.process_start


def send_signal(owner: Owner, number: int) -> None:
    """Send a signal to a live process of this host, and never to another that has its pid by now."""
    try:
        handle = os.pidfd_open(owner.pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # a kernel, or a Python, without such handles
        if is_alive(owner):
            with contextlib.suppress(ProcessLookupError):
                os.kill(owner.pid, number)
        return
    try:
        if is_alive(owner):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)


def module_command(module: str) -> list[str]:
    """The command line that runs a module of ours in this Python.

    ``-m`` looks in the working directory first, which is the user's: a ``random.py`` of theirs
    must not be taken for the standard library's.
    """
    if sys.version_info >= (3, 11):
        return [sys.executable, "-P", "-m", module]
    run = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    return [sys.executable, "-c", f"import sys; del sys.path[0]; import runpy; {run}"]


def current_umask() -> int | None:
    """This process's umask, without setting it, which would race with other threads; None where
    the kernel does not tell."""
    try:
        lines = (_PROC / "self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1], 8) for line in lines if line.startswith("Umask:")), None)

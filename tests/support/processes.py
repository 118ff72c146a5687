"""The processes of this machine, as tests look for them: any of them may end while it is looked at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import psutil


def command_line(process: psutil.Process) -> list[str]:
    """Empty when it has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def environment(process: psutil.Process) -> dict[str, str]:
    """Empty when it has just ended."""
    try:
        return process.environ()
    except psutil.Error:
        return {}


def children(process: psutil.Process, *, recursive: bool = False) -> list[psutil.Process]:
    """None when it has just ended."""
    try:
        return process.children(recursive=recursive)
    except psutil.Error:
        return []


def speaking_of(*words: str) -> list[psutil.Process]:
    """Those in whose command line all the words occur, this process not among them."""
    found = []
    for process in psutil.process_iter():
        line = " ".join(command_line(process))
        if process.pid != os.getpid() and all(word in line for word in words):
            found.append(process)
    return found


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """One that has ended is no error, and its id may be another's by now: that one is spared."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()

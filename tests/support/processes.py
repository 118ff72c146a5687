"""The processes of this machine, as tests look for them.

Any of them may end while it is looked at, and its id may be another's a moment later: what was read
counts only if it is still the same process, by id and start, after the reading.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import psutil

from jupyter_dask_slurm.process import Owner, boot_id, process_start

T = TypeVar("T")
Address = tuple[str, int]
_LISTEN = "0A"  # TCP_LISTEN, as the kernel's tables have it


def process_of(owner: Owner) -> psutil.Process:
    """The process that an owner is, whatever this host is called. Raises NoSuchProcess."""
    process = psutil.Process(owner.pid)
    if owner.boot_id != boot_id() or owner.process_start != process_start(owner.pid):
        raise psutil.NoSuchProcess(owner.pid)
    return process


def lives(process: psutil.Process) -> bool:
    """Whether it runs; a zombie waits for nothing but its parent."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def lives_still(stat: str) -> bool:
    """Whether that process runs, of which a script has kept its ``/proc/<pid>/stat``."""
    head, _, values = stat.rpartition(")")
    return process_start(int(head.split()[0])) == int(values.split()[19])


def command_line(process: psutil.Process) -> list[str]:
    """Empty when it has just ended."""
    return _read(process, process.cmdline, [])


def environment(process: psutil.Process) -> dict[str, str]:
    """Empty when it has just ended."""
    return _read(process, process.environ, {})


def children(process: psutil.Process, *, recursive: bool = False) -> list[psutil.Process]:
    """None when it has just ended."""
    found = _read(process, lambda: process.children(recursive), [])
    parents = {process.pid, *(child.pid for child in found)}
    # An id may be given again while the table of parents is read.
    return [child for child in found if _read(child, child.ppid, 0) in parents]


def _read(process: psutil.Process, question: Callable[[], T], otherwise: T) -> T:
    try:
        answer = question()
    except psutil.Error:
        return otherwise
    return answer if process.is_running() else otherwise


def mentioning(*words: str) -> list[psutil.Process]:
    """Return the processes in whose command line all the words occur, without this one."""
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


def listening(processes: Iterable[psutil.Process]) -> set[Address]:
    """Where those processes listen for TCP.

    Numbers of sockets are given again, too: one counts if the same process holds it before and
    after the look at what listens.
    """
    before = {process: sockets(process) for process in processes}
    there = set().union(*before.values())
    # The kernel's tables are read in pieces, and what changes in between can hide a line.
    table, again = None, _listening(there)
    while table != again:
        table, again = again, _listening(there)
    return {
        again[number]
        for process, numbers in before.items()
        for number in numbers & sockets(process)
        if number in again
    }


def sockets(process: psutil.Process) -> set[str]:
    """The numbers of the sockets that a process holds; none when it has just ended."""
    held = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                # Pipes have numbers as well: "pipe:[4711]".
                kind, _, number = os.readlink(descriptor).partition(":")
                if kind == "socket":
                    held.add(number.strip("[]"))
    return held if process.is_running() else set()


def _listening(wanted: set[str]) -> dict[str, Address]:
    return {number: address for number, address in listeners().items() if number in wanted}


def listeners() -> dict[str, Address]:
    """Every socket of this machine, by its number, that listens for TCP."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            values = line.split()
            address, port = values[1].split(":")
            if values[3] == _LISTEN:
                found[values[9]] = (_host(address), int(port, 16))
    return found


def _host(address: str) -> str:
    """The kernel writes words of four bytes, each in the byte order of the machine."""
    words = [int(address[start : start + 8], 16) for start in range(0, len(address), 8)]
    host = ipaddress.ip_address(b"".join(word.to_bytes(4, sys.byteorder) for word in words))
    mapped = getattr(host, "ipv4_mapped", None)
    return str(mapped or host)

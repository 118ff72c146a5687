"""The cores and memory that the embedded queue may use of this host, shared by all processes of the user.

Every running job has a *claim*: a file that says how much it holds, locked by the job's watcher for
as long as that runs. The kernel frees the lock however the watcher ends, so a claim that can be
locked is left over. No server has to be asked, and nothing has to be repaired after a crash.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ..locks import lock, try_lock

_CLAIM = ".claim"


def host_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def host_memory() -> int:
    """Return the memory of this host in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(frozen=True)
class Used:
    """Cores, and bytes of memory, that running jobs of the user hold on this host."""

    cores: int = 0
    memory: int = 0


class Capacity:
    """Hands out job ids and claims. ``directory`` is private to the user and this host."""

    def __init__(self, directory: Path, *, cores: int | None, memory: int | None) -> None:
        self._directory = directory
        self.cores = host_cores() if cores is None else cores
        self.memory = host_memory() if memory is None else memory

    def claim(self, job_id: str, cores: int, memory: int) -> int | None:
        """Reserve this much; return the open, locked claim, or None when it does not fit now.

        The caller passes the file on to the job's watcher and closes its own copy: the claim holds
        as long as the watcher runs. It is also None when another process is claiming at this moment.
        """
        with try_lock(self._directory / "lock") as locked:
            if not locked:
                return None
            used = self.used()
            if used.cores + cores > self.cores or used.memory + memory > self.memory:
                return None
            handle = os.open(self.claim_file(job_id), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            lock(handle)
            os.write(handle, json.dumps({"cores": cores, "memory": memory}).encode())
            return handle

    def used(self) -> Used:
        """Return the sum of all claims. Remove those that watchers have left behind."""
        cores = memory = 0
        for path in self._directory.glob(f"*{_CLAIM}"):
            with contextlib.suppress(FileNotFoundError), path.open("r+") as stream:
                if lock(stream.fileno()):
                    self.forget(path.stem)
                    continue
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    held = json.load(stream)
                    cores, memory = cores + held["cores"], memory + held["memory"]
        return Used(cores, memory)

    def reserve_ids(self, count: int) -> int | None:
        """Return the first of ``count`` numbers that no job of this user on this host has had yet.

        None when another process is reserving at this moment.
        """
        counter = self._directory / "next"
        with try_lock(self._directory / "lock") as locked:
            if not locked:
                return None
            try:
                first = int(counter.read_text())
            except (FileNotFoundError, ValueError):
                first = 1
            temporary = counter.with_suffix(".new")
            temporary.write_text(str(first + count))
            temporary.replace(counter)
            return first

    def forget(self, job_id: str) -> None:
        """Remove a job's files here. Its watcher does so itself, unless it was killed."""
        self.claim_file(job_id).unlink(missing_ok=True)
        self.script_file(job_id).unlink(missing_ok=True)

    def claim_file(self, job_id: str) -> Path:
        return self._directory / f"{job_id}{_CLAIM}"

    def script_file(self, job_id: str) -> Path:
        return self._directory / f"{job_id}.sh"

"""What is said of this host: the directory of the clusters, Python, limits, and what ends processes. Pure
but for `try_directory` and `limits_here`.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from ...batch.locks import open_lock
from ...cluster_files.directory import STATE_DIR_VARIABLE
from ...private_files import NotPrivate, check_registry
from ...site_rules.findings import size
from ...site_rules.python import PythonFacts, install
from .check import Check

LITTLE_SPACE = 200 * 1024**2
"""Bytes. The logs of a cluster's controller and scheduler may take 16 MiB, those of its jobs come on top."""
FEW_FILES = 4096
"""The scheduler takes half of what it may have (`in_dask.scheduler`), and two or three for each worker."""
PROCESSES = 60
"""Processes and threads of a controller, its scheduler and watchdog, together."""
_JOB = 'place controllers in jobs of their own (option placement "job")'
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class DirectoryFacts:
    """``error`` is why it cannot be used; the rest is what trying it has shown."""

    path: Path
    error: OSError | None = None
    free: int | None = None
    """Bytes."""
    locks: bool = True


def try_directory(path: Path) -> DirectoryFacts:
    """Make, write, lock and remove files where those of clusters go. Blocks."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_registry(path)
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=path) as place:
            written = Path(place, "file")
            with written.open("wb") as stream:
                stream.write(bytes(1024**2))
                stream.flush()
                os.fsync(stream.fileno())  # a full disk, or a quota, may show only now
            first, _ = open_lock(written)
            second, both = open_lock(written)
            os.close(first)
            os.close(second)
        return DirectoryFacts(path, free=shutil.disk_usage(path).free, locks=not both)
    except OSError as error:
        return DirectoryFacts(path, error)


def judge_directory(facts: DirectoryFacts) -> Check:
    """Judge the directory of the clusters."""
    error = facts.error
    elsewhere = (
        f"Set {STATE_DIR_VARIABLE}, or the trait state_dir, to a directory on a file system that this host "
        "and the nodes share."
    )
    if isinstance(error, NotPrivate):
        message = "others could write it, so it is not believed"
        return Check("state_dir", "failed", message, str(error), "Do what it says, and look again.")
    if error is not None:
        message = f"{facts.path} cannot be used"
        return Check(
            "state_dir", "failed", message, str(error), f"Make room there. Or: {elsewhere}"
        )
    free = "" if facts.free is None else f", {size(facts.free)} free"
    message = f"{facts.path} is yours alone and can be written{free}"
    if facts.free is not None and facts.free < LITTLE_SPACE:
        advice = f"Logs may fill it, and clusters then cannot be made. Make room. Or: {elsewhere}"
        return Check("state_dir", "warning", message, advice=advice)
    if not facts.locks:
        message += ", but its file system has no locks"
        advice = "Use one Jupyter server at a time, or have it mounted with locks (flock)."
        return Check("state_dir", "warning", message, advice=advice)
    return Check("state_dir", "ok", message)


@dataclass(frozen=True)
class LimitFacts:
    """None is no limit, or not known. Processes count with their threads, as the kernel counts them."""

    files: int | None = None
    """The most that a process may ask for (``ulimit -Hn``)."""
    processes: int | None = None
    processes_used: int = 0
    tasks: int | None = None
    """What the control group may have (``pids.max``)."""
    tasks_used: int = 0
    cpu_seconds: int | None = None
    """After so many a process is ended (``ulimit -t``)."""


def limits_here() -> LimitFacts:
    """Return the limits of this process, which those that it starts inherit. Blocks."""
    tasks, tasks_used = _tasks()
    return LimitFacts(
        files=_hard(resource.RLIMIT_NOFILE),
        processes=_hard(resource.RLIMIT_NPROC) if os.getuid() else None,
        processes_used=_processes_of(os.getuid()),
        tasks=tasks,
        tasks_used=tasks_used,
        cpu_seconds=_hard(resource.RLIMIT_CPU),
    )


def judge_limits(facts: LimitFacts, placement: str) -> Check:
    """Judge how many files and processes there may be."""
    said, low, out = [], [], False
    if facts.files is not None:
        workers = max(0, facts.files // 2 - 100) // 3
        said.append(f"{facts.files} files a process, for about {workers} workers of a cluster")
        if facts.files < FEW_FILES:
            low.append("files a process (ulimit -Hn)")
            out = facts.files < 256
    for most, used, what, where in (
        (facts.processes, facts.processes_used, "processes and threads of yours", "ulimit -Hu"),
        (facts.tasks, facts.tasks_used, "of them in this control group", "pids.max, TasksMax"),
    ):
        if most is not None:
            left = max(0, most - used)
            said.append(f"{left} {what} left of {most}")
            if placement != "job" and left < 5 * PROCESSES:
                low.append(f"processes ({where})")
                out = out or left < PROCESSES
    message = "; ".join(said) or "none"
    if not low:
        return Check("limits", "ok", message)
    more = f" Or {_JOB}." if placement != "job" else ""
    advice = f"Ask your administrator for more {' and '.join(low)} where Jupyter runs.{more}"
    return Check("limits", "failed" if out else "warning", message, advice=advice)


@dataclass(frozen=True)
class EndingFacts:
    """What may end a process here. ``ends_with`` as `ends_with_this` says; ``died`` are the names of
    clusters whose controllers were killed."""

    ends_with: str | None = None
    cpu_seconds: int | None = None
    killed_at_logout: bool = False
    died: tuple[str, ...] = ()


def judge_endings(facts: EndingFacts, placement: str) -> Check:
    """Judge whether a cluster's controller will live as long as its cluster."""
    if placement == "job":
        return Check("processes", "ok", "controllers live in jobs of their own")
    said = []
    if facts.ends_with is not None:
        said.append(facts.ends_with)
    if facts.cpu_seconds is not None:
        said.append(
            f"A process is ended after {facts.cpu_seconds} s of CPU (ulimit -t): a controller with its "
            "scheduler uses that up in days, or in hours of work."
        )
    if facts.killed_at_logout:
        said.append("systemd ends what you leave behind when you log out (KillUserProcesses=yes).")
    if facts.died:
        said.append(f"The controllers of these clusters were killed: {', '.join(facts.died)}.")
    if not said:
        message = "nothing is known here that would end a cluster before its time"
        return Check("processes", "ok", message)
    advice = f"Where that is too soon, {_JOB}."
    return Check("processes", "warning", " ".join(said), advice=advice)


def judge_dashboards(facts: PythonFacts, python: str) -> Check:
    """Judge whether the scheduler in that Python, which has dask, can serve dask's dashboard."""
    if facts.bokeh is not None:
        message = f"{python} has bokeh {facts.bokeh}; they are served through Jupyter, by no port"
        return Check("dashboards", "ok", message)
    advice = f"{install(facts, 'bokeh')}"
    return Check("dashboards", "warning", f"{python} has no bokeh: no dashboards", advice=advice)


def _hard(which: int) -> int | None:
    most = resource.getrlimit(which)[1]
    return None if most == resource.RLIM_INFINITY else most


def _processes_of(uid: int) -> int:
    found = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == uid:
            found += process.info["num_threads"] or 0
    return found


def _tasks() -> tuple[int | None, int]:
    """The tightest of the control groups above this process, and what is used of it."""
    tightest: tuple[int | None, int] = None, 0
    try:
        own = next(
            line.partition("::")[2]
            for line in Path("/proc/self/cgroup").read_text().splitlines()
            if line.startswith("0::")
        )
    except (OSError, StopIteration):
        return tightest
    here = Path(f"{_CGROUPS}{own}")
    for group in (here, *here.parents):
        try:
            most, used = (
                (group / f"pids.{name}").read_text().strip() for name in ("max", "current")
            )
        except OSError:
            continue
        if most.isdecimal() and (
            tightest[0] is None or int(most) - int(used) < tightest[0] - tightest[1]
        ):
            tightest = int(most), int(used)
    return tightest

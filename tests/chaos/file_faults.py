"""Faults of files: none can be written or opened, or they are not what they should be."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import psutil

from ..support.processes import lives
from .fault import A_JOB, Fault, conditions
from .invariants import LISTED, REFUSED_WHOLE
from .patience import wait_for
from .schedule import Condition, FaultKind
from .system import OPTIONS, SystemUnderTest


class ControllerCannotWrite(Fault):
    kind = FaultKind(
        "no space for the controller",
        needs=conditions(Condition.CONTROLLER),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.process = system.large.controller
        no_space(self.process)

    def repair(self, system: SystemUnderTest) -> None:
        space_again(self.process)


class ServerCannotWrite(Fault):
    kind = FaultKind(
        "no space for the server",
        needs=conditions(Condition.SERVER),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.process = system.server
        no_space(self.process)
        before = set(system.cards())
        body = {"name": "too-much", "options": {**OPTIONS, "walltime": "00:10:00"}}
        accepted = system.attempt("POST", "clusters", body)
        added = set(system.cards()) - before
        wrong = f"{accepted or added}" if accepted or added else None
        system.checker.record(REFUSED_WHOLE, "too-much", wrong)

    def repair(self, system: SystemUnderTest) -> None:
        space_again(self.process)


class ConnectionFileHalfWritten(Fault):
    """As a file server that fails while it writes leaves it. A new Jupyter server has to read it."""

    kind = FaultKind(
        "connection file half-written",
        needs=conditions(Condition.SERVER, Condition.CONTROLLER, Condition.FILES),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.cluster = system.large
        file = system.directory(self.cluster).connection_file
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        system.kill_server()
        system.start_server()

    def repair(self, system: SystemUnderTest) -> None:
        """Wait until its controller has written it again, if there still is one."""
        directory, controller = system.directory(self.cluster), self.cluster.controller
        wait_for(
            "the connection file is mended",
            lambda: directory.connection() is not None or not lives(controller),
        )


class ControllerHasNoFilesLeft(Fault):
    """It can open none: no connection, no pipe to a command, no log."""

    kind = FaultKind(
        "no files left for the controller",
        needs=conditions(Condition.CONTROLLER),
        breaks=conditions(Condition.FILES, Condition.ACTS),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.process = system.large.controller
        self.limits = self.process.rlimit(psutil.RLIMIT_NOFILE)
        self.process.rlimit(psutil.RLIMIT_NOFILE, (self.process.num_fds(), self.limits[1]))

    def repair(self, system: SystemUnderTest) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self.process.rlimit(psutil.RLIMIT_NOFILE, self.limits)


class LogIsFifo(Fault):
    """Who opens it to read waits for a writer, and there is none."""

    kind = FaultKind(
        "a FIFO in the place of a job's log",
        needs=conditions(Condition.SLURMCTLD, Condition.SERVER, Condition.CONTROLLER) | A_JOB,
    )

    def inject(self, system: SystemUnderTest) -> None:
        cluster = system.large.id

        def log() -> Path | None:
            # Of any of its jobs: one that was cancelled as it began gets none.
            job = system.running(system.large)
            path = system.directory(system.large).job_logs / f"{job.id}.log"
            return path if path.exists() else None

        self.log: Path = wait_for("a job's log", log)
        fifo = self.log.with_suffix(".fifo")
        os.mkfifo(fifo)
        fifo.replace(self.log)  # in one step: the job of a node that went down may begin it anew
        for _ in range(8):  # more than the server has threads for files
            answer = system.attempt("GET", f"clusters/{cluster}/logs?source={self.log.stem}")
            system.checker.record(REFUSED_WHOLE, cluster, answer and f"the FIFO says {answer}")

    def repair(self, system: SystemUnderTest) -> None:
        self.log.unlink(missing_ok=True)  # with its cluster, perhaps


class ForeignFiles(Fault):
    """Somebody else's, and broken ones, among the clusters' directories."""

    kind = FaultKind("foreign files in the registry", needs=conditions(Condition.SERVER))
    NAMES = ("0000aaaa", "1111bbbb", "2222cccc", "3333dddd", "4444eeee", "notes.txt")

    def inject(self, system: SystemUnderTest) -> None:
        open_to_all, broken, fifo, link, pipe, text = (system.state_dir / n for n in self.NAMES)
        for directory, mode in ((open_to_all, 0o777), (broken, 0o700), (fifo, 0o700)):
            directory.mkdir()
            directory.chmod(mode)
        for directory in (open_to_all, broken):
            (directory / "request.json").write_text('{"id": 7, "name": ["\\n"], "options": "x"}')
        os.mkfifo(fifo / "request.json")
        link.symlink_to(system.state_dir.parent)
        os.mkfifo(pipe)
        text.write_text("mine")
        lost = {known.id for known in system.clusters} - set(system.cards())
        system.checker.record(LISTED, "all", f"{lost} beside foreign files" if lost else None)

    def repair(self, system: SystemUnderTest) -> None:
        for name in self.NAMES:
            path = system.state_dir / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        wait_for("they are forgotten", lambda: not set(self.NAMES) & set(system.cards()))


FILE_FAULTS: tuple[type[Fault], ...] = (
    ControllerCannotWrite,
    ControllerHasNoFilesLeft,
    ServerCannotWrite,
    ConnectionFileHalfWritten,
    LogIsFifo,
    ForeignFiles,
)


def no_space(process: psutil.Process) -> None:
    """Let the kernel refuse every write of a process to a file, as on a full disk."""
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))


def space_again(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))

"""The parent of one job of the embedded queue. Run by path; standard library only.

::

    python -I -S watcher.py ID LOG DIRECTORY WALLTIME UMASK CLAIM SCRIPT INTERPRETER…

Standard input is the read end of a pipe whose write end only the controller holds: end of file
means that the controller is gone, however it ended. At end of file, on SIGTERM (cancel), after
``WALLTIME`` seconds (0: no limit) and when the script ends by itself, every process of the job is
ended. On Linux orphans of the job become children of this process, so that none escapes.

It writes ``RUNNING <pid>`` to standard output, and at the end the state in Slurm's word with the
script's exit code and signal: ``FAILED 3:0``.
``DIRECTORY`` is where the job starts; an empty one is that of this process. ``UMASK`` is the job's, in
decimal; -1 is that of this process. ``CLAIM`` is the job's claim on the host (see `capacity`), which this
process inherits open and locked.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import select
import signal
import subprocess
import sys
import time

GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform.startswith("linux")


class Watcher:
    """One job from start to end."""

    def __init__(
        self, label: str, log: str, directory: str, walltime: int, umask: int, command: list[str]
    ) -> None:
        self.label = label
        self.log = log
        self.directory = directory
        self.walltime = walltime
        self.umask = umask
        self.command = command
        self.status: int | None = None
        self.job = 0
        self.cancelled = False
        self._wakeup, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._cancel)

    def _cancel(self, *_: object) -> None:
        self.cancelled = True

    def run(self) -> str:
        """Run the job and end all its processes; return how it ended."""
        if _LINUX:
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        try:
            self._start()
        except OSError as error:
            self._note(f"error: {self.command[0]}: {error.strerror}")
            return "FAILED"
        report(f"RUNNING {self.job}")
        state = self._watch()
        if state is not None:
            why = " DUE TO TIME LIMIT" if state == "TIMEOUT" else ""
            now = time.strftime("%Y-%m-%dT%H:%M:%S")
            self._note(f"error: *** JOB {self.label} CANCELLED AT {now}{why} ***")
            self._signal_all(signal.SIGTERM)
            self._wait_for_all(GRACE)
        while not self._wait_for_all(0.05):
            self._signal_all(signal.SIGKILL)
        state = state or ("COMPLETED" if self.status == 0 else "FAILED")
        return state if self.status is None else f"{state} {exit_code(self.status)}"

    def _start(self) -> None:
        with open(self.log, "wb") as log:
            self._enter_directory(log)
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=self.umask,
                preexec_fn=_die_with_parent if _LINUX else None,
            )
        self.job = process.pid
        process.returncode = 0  # _reap() waits for it, as for the orphans

    def _enter_directory(self, log: io.BufferedWriter) -> None:
        """Go where the job starts; where there is no such directory, to /tmp, as Slurm does."""
        try:
            os.chdir(self.directory or ".")
        except OSError as error:
            words = f"error: couldn't chdir to `{self.directory}': {error.strerror}: going to /tmp instead"
            log.write(f"local queue: {words}\n".encode())
            log.flush()
            os.chdir("/tmp")

    def _watch(self) -> str | None:
        """Return why the job has to end; None when the script ended by itself."""
        deadline = time.monotonic() + self.walltime if self.walltime else None
        while True:
            self._reap()
            if self.status is not None:
                return None
            if self.cancelled:
                return "CANCELLED"
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return "TIMEOUT"
            ready, _, _ = select.select([0, self._wakeup], [], [], left)
            if self._wakeup in ready:
                os.read(self._wakeup, 4096)
            if 0 in ready and not os.read(0, 4096):
                return "CANCELLED"

    def _reap(self) -> bool:
        """Wait for the children that have ended; return False when none is left."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self.job:
                    self.status = status
        except ChildProcessError:
            return False

    def _wait_for_all(self, limit: float) -> bool:
        """Wait at most ``limit`` seconds; return True when no process of the job is left."""
        deadline = time.monotonic() + limit
        while self._reap():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            ready, _, _ = select.select([self._wakeup], [], [], left)
            if ready:
                os.read(self._wakeup, 4096)
        return True

    def _signal_all(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.job, number)
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _note(self, text: str) -> None:
        """Write a line of the queue's own to the job's log, if that can be written."""
        with contextlib.suppress(OSError), open(self.log, "ab") as log:
            log.write(f"local queue: {text}\n".encode())


def descendants(root: int) -> list[int]:
    """Return all processes below ``root``; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    with contextlib.suppress(FileNotFoundError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as stream:
                parent = int(stream.read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = list(children.get(root, ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def exit_code(status: int) -> str:
    """Return a wait status as Slurm writes it: ``code:signal``."""
    if os.WIFSIGNALED(status):
        return f"0:{os.WTERMSIG(status)}"
    return f"{os.WEXITSTATUS(status)}:0"


def report(line: str) -> None:
    """Write a line to the controller, if it is still there."""
    with contextlib.suppress(OSError):
        os.write(1, f"{line}\n".encode())


def _die_with_parent() -> None:
    """Let the script be killed when this process is: ``preexec_fn`` of the script."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(
    label: str,
    log: str,
    directory: str,
    walltime: str,
    umask: str,
    claim: str,
    script: str,
    *interpreter: str,
) -> None:
    state = "FAILED"
    command = [*interpreter, script]
    try:
        state = Watcher(label, log, directory, int(walltime), int(umask), command).run()
    finally:
        for path in (script, claim):
            with contextlib.suppress(OSError):
                os.unlink(path)
        report(state)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""One job of the embedded queue: what it asks for, what became of it, and the watcher that it runs under."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..base import BatchJob, JobState
from .request import Request

_WATCHER = Path(__file__).with_name("watcher.py")


@dataclass
class LocalJob:
    """Times are seconds since the epoch."""

    id: str
    name: str
    request: Request
    script: str
    log: Path
    environ: dict[str, str]
    submitted: float
    state: JobState = JobState.PENDING
    started: float | None = None
    ended: float | None = None
    exit_code: str | None = None
    cancelled: bool = False
    _watcher: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _process_group: int | None = field(default=None, init=False)

    def report(self, now: float) -> BatchJob:
        walltime = self.request.walltime
        left = None
        if self.state.running and walltime is not None and self.started is not None:
            left = max(0, int(self.started + walltime - now))
        return BatchJob(
            id=self.id,
            name=self.name,
            state=self.state,
            reason="Resources" if self.state is JobState.PENDING else None,
            submitted=self.submitted,
            started=self.started,
            ended=self.ended,
            time_left=left,
            node=platform.node() if self.started is not None else None,
            cpus=self.request.cores,
            exit_code=self.exit_code,
        )

    def start(self, script: Path, *, claim: Path, claimed: int, alive: int, umask: int) -> None:
        """Run its script, which is written to that file, under a watcher. Raise OSError.

        ``claim`` is what it has of the host, ``claimed`` that file, open and locked; ``alive`` is the end
        of a pipe that closes with this process.
        """
        _write_script(script, self.script)
        self._watcher = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(_WATCHER)),
                *(self.id, str(self.log), str(self.request.directory or "")),
                *(str(self.request.walltime or 0), str(umask), str(claim), str(script)),
                *self.request.interpreter,
            ],
            stdin=alive,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environ,
            pass_fds=(claimed,),
            start_new_session=True,
        )
        self.state, self.started = JobState.RUNNING, time.time()

    def cancel(self, *, pending_only: bool) -> None:
        """End it, or see to it that `follow` returns soon."""
        if self.state.pending:
            self.end(JobState.CANCELLED)
        elif not pending_only and self._watcher is not None and not self.cancelled:
            self.cancelled = True
            self._watcher.send_signal(signal.SIGTERM)

    def fail(self, why: object) -> None:
        """Note that it could not be started, in its log too."""
        with contextlib.suppress(OSError):
            self.log.write_text(f"local queue: error: {why}\n")
        self.end(JobState.FAILED)

    def end(self, state: JobState) -> None:
        self.state, self.ended, self._watcher = state, time.time(), None

    async def follow(self) -> JobState | None:
        """Read what the watcher writes until it has ended. Return what it says that became of the job;
        None when it was killed, and what was left of the job with it."""
        watcher = self._watcher
        assert watcher is not None
        assert watcher.stdout is not None
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), watcher.stdout
        )
        state = None
        try:
            while line := await reader.readline():
                word, _, rest = line.decode().strip().partition(" ")
                if word == JobState.RUNNING.value:
                    self._process_group = int(rest)
                else:
                    state, self.exit_code = JobState(word), rest or None
        finally:
            transport.close()
        watcher.wait()  # its end of the pipe closed because it ended
        if state is None and self._process_group is not None:
            # It was killed, or cancelled before it could do anything: do what it would have done.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process_group, signal.SIGKILL)
        return state


def _write_script(path: Path, script: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
    with os.fdopen(handle, "w") as stream:
        stream.write(script)

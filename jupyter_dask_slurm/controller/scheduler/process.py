"""The dask scheduler as a child process, in the Python that the user chose, which may be a command that
runs it in a container, or be made available by a prologue."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shlex
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import in_dask
from ...file_threads import FileSystemSilent, in_file_thread
from ...logs import log_end
from ...model.command import scheduler_words

_HERE = Path(in_dask.__file__)
SCRIPTS = (
    _HERE.with_name("scheduler.py"),
    *sorted(set(_HERE.parent.glob("[!_]*.py")) - {_HERE.with_name("scheduler.py")}),
)
"""The program, and all that it may load from beside itself."""
START_LIMIT = 120.0
"""Seconds. Importing dask from a busy shared file system takes long."""
STOP_LIMIT = 10.0
logger = logging.getLogger(__name__)


class SchedulerFailed(Exception):
    """The scheduler did not start; the message holds the end of its own log."""


class SchedulerProcess:
    """`start` and `stop` in pairs. The scheduler ends when the pipe to its standard input closes, and so
    with this process, however that ends."""

    def __init__(
        self,
        python: str,
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        prologue: Sequence[str] | None = None,
        umask: int = -1,
    ) -> None:
        """``environment`` are variables that are set for it, ``prologue`` lines that are run before it, as in
        its workers' jobs. ``umask`` is the user's own; -1 leaves it as it is here."""
        self._environment = environment or {}
        self._prologue = prologue or ()
        self._command = scheduler_words(python)
        self.python = shlex.join(self._command)
        self._umask = umask
        self.log = log
        self._process: asyncio.subprocess.Process | None = None
        self._lifeline: int | None = None
        self._has_own_group = False

    async def start(
        self,
        config: dict[str, Any],
        *,
        directory: str | None = None,
        shell: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Start the scheduler and wait until it serves. It starts in that directory, or where this process is
        and jobs start as well, and imports modules from there as they do. ``shell`` is what runs its
        prologue; without one none is run.

        Return its ``address``, ``dashboard_address`` and ``versions``. Raise SchedulerFailed.
        """
        directory, working_directory = await in_file_thread(Path.home(), _place, directory)
        self._has_own_group = bool(self._prologue) and shell is not None
        config = {**config, "directory": directory, "ends_group": self._has_own_group}
        try:
            answer = await self._spawn(working_directory, shell)
        except OSError as error:
            message = f"python: {self.python} cannot be run: {error.strerror}"
            raise SchedulerFailed(message) from error
        try:
            found = await asyncio.wait_for(self._exchange(config, answer), START_LIMIT)
        except asyncio.TimeoutError:  # first: it is an OSError, too
            await self.stop()
            words = await self._message(f"was not ready after {START_LIMIT:g} s")
            raise SchedulerFailed(words) from None
        except (OSError, ValueError):
            await self.stop()
            raise SchedulerFailed(await self._message("did not start")) from None
        assert self._process is not None
        logger.debug("scheduler %s at %s", self._process.pid, found["address"])
        return found

    async def _spawn(self, directory: str | None, shell: Sequence[str] | None) -> int:
        """Start its process; return the end of the pipe where it answers."""
        scripts = SCRIPTS
        if len(self._command) > 1:
            # A container sees the cluster's directory, and need not see where this package is.
            scripts = tuple(
                shutil.copyfile(script, self.log.parent / script.name) for script in SCRIPTS
            )
        command = [*self._command, str(scripts[0])]
        if self._has_own_group and shell is not None:
            script = self.log.with_suffix(".sh")
            _write(script, behind_prologue(self._prologue, command))
            command = [*shell, str(script)]
        # Not asyncio's pipes: its process counts as running until all ends of them are closed, and what a
        # prologue leaves in the background has some of them open.
        config, lifeline = os.pipe()
        answer, said = os.pipe()
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=config,
                stdout=said,
                stderr=log,
                cwd=directory,
                env={**os.environ, **self._environment},
                umask=self._umask,
                start_new_session=self._has_own_group,
            )
        except BaseException:
            os.close(lifeline)
            os.close(answer)
            raise
        finally:
            for end in (config, said, log):
                os.close(end)
        self._lifeline = lifeline
        return answer

    async def _exchange(self, config: dict[str, Any], answer: int) -> dict[str, Any]:
        """Raise ValueError or OSError where it ends without an answer."""
        assert self._process is not None
        assert self._lifeline is not None
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answer, "rb", 0)
        )
        line = asyncio.ensure_future(reader.readline())
        ended = asyncio.ensure_future(self._process.wait())
        try:
            os.write(self._lifeline, json.dumps(config).encode() + b"\n")
            await asyncio.wait({line, ended}, return_when=asyncio.FIRST_COMPLETED)
            found: dict[str, Any] = json.loads(line.result() if line.done() else b"")
            return found
        finally:
            line.cancel()
            ended.cancel()
            transport.close()

    async def _message(self, what: str) -> str:
        try:
            end = await in_file_thread(self.log.parent.parent, log_end, self.log)
        except FileSystemSilent as silent:
            end = str(silent)
        end = end or "It wrote nothing."
        behind = ", behind the prologue," if self._has_own_group else ""
        return f"The dask scheduler in {self.python}{behind} {what}.\n{end}"

    async def wait(self) -> str | None:
        """Return once the scheduler has ended, with what happened and the end of its log; None when a
        client shut it down."""
        assert self._process is not None
        code = await self._process.wait()
        if code == 0:
            return None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return await self._message(how)

    async def stop(self) -> None:
        """End the scheduler by closing its standard input; kill it if it does not end."""
        process = self._process
        if process is None:
            return
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        try:
            await asyncio.wait_for(process.wait(), STOP_LIMIT)
        except asyncio.TimeoutError:
            logger.warning("the scheduler did not end within %g s: killing it", STOP_LIMIT)
            with contextlib.suppress(ProcessLookupError):  # it has ended just now
                process.kill()
            await process.wait()
        if self._has_own_group:
            # What its prologue has left, where the scheduler did not come to end that itself.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)


def behind_prologue(prologue: Sequence[str], command: Sequence[str]) -> str:
    """Return a script for any Bourne shell that runs a command where a prologue leads: in its environment and
    its directory, with the standard input and output of the shell.

    The prologue has neither of them: what it reads is empty, and what it prints goes where errors go.
    """
    lines = [
        "exec 8<&0 9>&1 </dev/null >&2",
        *prologue,
        # In place of the shell: it is the scheduler that is waited for, and ended.
        f"exec {shlex.join(command)} <&8 8<&- >&9 9>&-",
    ]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)


def _place(directory: str | None) -> tuple[str | None, str | None]:
    """Return the whole path of a directory, without one that of this process, and the same again if it is one
    on this host: the nodes may have it all the same."""
    try:
        path = os.path.abspath(directory or "")
    except FileNotFoundError:  # this process's is gone
        return None, None
    if os.path.isdir(path):
        return path, path
    logger.warning("there is no directory %s here: the scheduler starts in %s", path, os.getcwd())
    return path, None

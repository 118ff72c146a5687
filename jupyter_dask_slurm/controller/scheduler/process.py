"""The dask scheduler as a child process, in the Python that the user chose, which may be a command that
runs it in a container."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import in_dask
from ...file_threads import in_file_thread
from ...logs import log_end
from ...model.command import scheduler_words

SCRIPTS = tuple(
    Path(in_dask.__file__).with_name(name)
    for name in ("scheduler.py", "bounded_log.py", "departures.py", "private_ports.py")
)
"""The program, and what it loads from beside itself."""
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
        umask: int = -1,
    ) -> None:
        """``environment`` are variables that are set for it alone. ``umask`` is the user's own; -1 leaves
        it as it is here."""
        self._environment = environment or {}
        self._command = scheduler_words(python)
        self.python = shlex.join(self._command)
        self._umask = umask
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(
        self, config: dict[str, Any], *, directory: str | None = None
    ) -> dict[str, str]:
        """Start the scheduler and wait until it serves. It starts in that directory, and imports modules
        from there.

        Return its ``address`` and ``dashboard_address``. Raise SchedulerFailed.
        """
        directory, working_directory = await in_file_thread(Path.home(), _place, directory)
        try:
            self._process = await self._spawn(working_directory)
        except OSError as error:
            message = f"python: {self.python} cannot be run: {error.strerror}"
            raise SchedulerFailed(message) from error
        try:
            exchange = self._exchange({**config, "directory": directory})
            answer = await asyncio.wait_for(exchange, START_LIMIT)
        except asyncio.TimeoutError:  # first: it is an OSError, too
            await self.stop()
            raise SchedulerFailed(self._message(f"was not ready after {START_LIMIT:g} s")) from None
        except (OSError, ValueError):
            await self.stop()
            raise SchedulerFailed(self._message("did not start")) from None
        logger.debug("scheduler %s at %s", self._process.pid, answer["address"])
        return answer

    async def _spawn(self, directory: str | None) -> asyncio.subprocess.Process:
        scripts = SCRIPTS
        if len(self._command) > 1:
            # A container sees the cluster's directory, and need not see where this package is.
            scripts = tuple(
                shutil.copyfile(script, self.log.parent / script.name) for script in SCRIPTS
            )
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *self._command,
                str(scripts[0]),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=directory,
                env={**os.environ, **self._environment},
                umask=self._umask,
            )
        finally:
            os.close(log)

    async def _exchange(self, config: dict[str, Any]) -> dict[str, str]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(config).encode() + b"\n")
        await process.stdin.drain()
        answer: dict[str, str] = json.loads(await process.stdout.readline())
        return answer

    def _message(self, what: str) -> str:
        end = log_end(self.log) or "It wrote nothing."
        return f"The dask scheduler in {self.python} {what}.\n{end}"

    async def wait(self) -> str | None:
        """Return once the scheduler has ended, with what happened and the end of its log; None when a
        client shut it down."""
        assert self._process is not None
        code = await self._process.wait()
        if code == 0:
            return None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return self._message(how)

    async def stop(self) -> None:
        """End the scheduler by closing its standard input; kill it if it does not end."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_LIMIT)
        except asyncio.TimeoutError:
            logger.warning("the scheduler did not end within %g s: killing it", STOP_LIMIT)
            process.kill()
            await process.wait()


def _place(directory: str | None) -> tuple[str | None, str | None]:
    """Return the whole path of a directory, and the same again if it is one on this host: the nodes may
    have it all the same."""
    if directory is None:
        return None, None
    path = os.path.abspath(directory)
    if os.path.isdir(path):
        return path, path
    logger.warning("there is no directory %s here: the scheduler starts in %s", path, os.getcwd())
    return path, None

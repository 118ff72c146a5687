"""A controller beside its caller, as a process that outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ...batch.job_environment import Clean, clean_environment
from ...cluster_files.directory import ClusterDirectory
from ...file_threads import FileSystemSilent, check_awaited, in_file_thread
from ...process import Owner, is_alive, owner_of, send_signal
from .base import Tell, controller_command, end_of_log, last_lines, order_for

POLL_INTERVAL = 0.1
"""Seconds between looks at a controller that is starting; its readiness signal is a file."""

TERMINATE_LIMIT, KILL_LIMIT = 3.0, 2.0
"""Seconds that a controller has to end after SIGTERM, and after SIGKILL."""


class LocalLauncher:
    """Controllers are processes of this host, in sessions of their own.

    ``working_directory`` is where they and their jobs start (default: the home directory). They get what
    ``clean`` leaves of this process's environment.
    """

    def __init__(
        self, working_directory: Path | None = None, clean: Clean = clean_environment
    ) -> None:
        self._working_directory = working_directory
        self._clean = clean

    async def launch(self, directory: ClusterDirectory) -> Owner:
        return await in_file_thread(
            directory.registry,
            start_controller,
            directory,
            self._working_directory or Path.home(),
            clean=self._clean,
        )

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        while not await in_file_thread(directory.registry, directory.connection_file.exists):
            if is_alive(owner) is False:
                # It may have become ready and ended for a reason of its own since the look above.
                return await in_file_thread(directory.registry, directory.connection_file.exists)
            await asyncio.sleep(POLL_INTERVAL)
        return True

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        return is_alive(owner)

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return await last_lines(directory)

    def how_ended(self, owner: Owner) -> str | None:
        return None

    async def end(self, directory: ClusterDirectory, owner: Owner) -> None:
        for number, limit in ((signal.SIGTERM, TERMINATE_LIMIT), (signal.SIGKILL, KILL_LIMIT)):
            if not is_alive(owner):  # nor where another host would have to be asked
                return
            send_signal(owner, number)
            deadline = time.monotonic() + limit
            # Perhaps another server's child: nothing tells when it ends.
            while is_alive(owner) and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL)


def start_controller(
    directory: ClusterDirectory,
    working_directory: Path,
    *,
    environ: Mapping[str, str] | None = None,
    clean: Clean = clean_environment,
) -> Owner:
    """Start a detached controller for ``directory`` and return its process. Raises OSError, and leaves
    no process then. It gets what ``clean`` leaves of ``environ``, which is this process's by default.

    ``subprocess.Popen`` and not asyncio's: on Python 3.12 and newer the transport of asyncio's kills
    a child that still runs when the parent's loop closes. Its options go to standard input: argv
    and environment can be read by others on the host.
    """
    log = os.open(directory.log("controller"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            controller_command(),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=working_directory,
            env=clean(os.environ if environ is None else environ),
            umask=0o077,
        )
    finally:
        os.close(log)
    # Before the reaper: until then its pid is nobody else's.
    try:
        owner = owner_of(process.pid)
    except ProcessLookupError as error:
        process.communicate()
        raise OSError(end_of_log(directory)) from error
    # Reaped whenever it ends: as a zombie it would look alive to the tools of the user.
    reaper = threading.Thread(target=process.wait, name=f"reap-{directory.id}", daemon=True)
    try:
        reaper.start()
    except RuntimeError as error:  # no more threads are to be had
        process.kill()
        process.wait()
        raise OSError(f"the controller was ended at once: {error}") from error
    assert process.stdin is not None
    try:
        check_awaited()  # the file system may have held this up: without an order it does nothing
        with process.stdin as stream:
            stream.write(order_for(directory).encode())
    except FileSystemSilent:
        process.kill()
        raise
    except BrokenPipeError:
        pass  # it died at once: `wait` finds that out, and its log says why
    return owner

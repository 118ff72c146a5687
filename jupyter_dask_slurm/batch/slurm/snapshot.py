"""One ``squeue`` for all processes of a user on one host.

The last output lies in a file. A process that finds it too old and gets the lock runs the command
and writes the next one; the others wait for that and read it. An error is shared as well, so that ten
clusters do not ask a dead slurmctld one after the other; but only for `ERROR_LASTS`, however old an
output the reader accepts, so that all notice soon when Slurm is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from ...file_threads import (
    FileSystemSilent,
    in_file_thread,
    in_file_thread_or_undo,
    leave_to_file_thread,
)
from ...private_files import read_private
from ..errors import BatchError, BatchRefused, BatchSilent
from ..locks import host_directory, open_lock

P = ParamSpec("P")
T = TypeVar("T")
ERROR_LASTS = 3.0
"""Seconds for which an error is shared."""
_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_UNLOCK_LIMIT = 1.0


@dataclass(frozen=True)
class Output:
    """What the command printed that was started at ``taken`` (seconds since the epoch)."""

    taken: float
    text: str


class SharedOutput:
    """The last output of one command, shared through a file.

    ``ask()`` runs the command; ``key`` says which it is: processes with another slurm.conf must not
    read our output. ``patience`` is how long, in seconds, to wait for another process that runs the
    command; after that it is run here, too.
    """

    def __init__(
        self, directory: Path, key: str, ask: Callable[[], Awaitable[str]], *, patience: float
    ) -> None:
        self._directory = directory
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._ask = ask
        self._patience = patience

    async def get(self, max_age: float) -> Output:
        """Return output that is at most ``max_age`` seconds old now; 0 means asked for from now on.

        Raise BatchError. Without a directory that can be written, and answers, nothing is shared.
        """
        try:
            return await self._shared(max_age)
        except OSError:
            taken = time.time()
            return Output(taken, await self._ask())

    async def _shared(self, max_age: float) -> Output:
        now = time.time()
        oldest = now - max_age
        oldest_error = now - min(max_age, ERROR_LASTS)
        deadline = now + self._patience
        directory = await self._in_thread(host_directory, self._directory, "squeue")
        pause = _PAUSE
        while True:
            known = await self._in_thread(self._read, directory, oldest, oldest_error)
            if known is not None:
                return known
            handle, locked = await in_file_thread_or_undo(
                self._directory, _unlock, open_lock, directory / f"{self._key}.lock"
            )
            try:
                if locked or time.time() > deadline:
                    # Another process may have written while we were getting the lock.
                    known = await self._in_thread(self._read, directory, oldest, oldest_error)
                    return known or await self._refresh(directory)
            finally:
                closing = functools.partial(os.close, handle)
                closed = leave_to_file_thread(self._directory, closing)
                await asyncio.wait({closed}, timeout=_UNLOCK_LIMIT)
            await asyncio.sleep(pause)  # a file cannot be awaited
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _refresh(self, directory: Path) -> Output:
        # Before the command runs: what was submitted before that is in its output.
        taken = time.time()
        try:
            text = await self._ask()
        except BatchError as error:
            silent = isinstance(error, BatchSilent)
            # As of now: those that have waited meanwhile need not find it out again.
            failure = {"taken": time.time(), "error": str(error), "silent": silent}
            await self._share(directory, failure)
            raise
        await self._share(directory, {"taken": taken, "text": text})
        return Output(taken, text)

    async def _share(self, directory: Path, data: dict[str, object]) -> None:
        with contextlib.suppress(FileSystemSilent):
            await self._in_thread(self._write, directory, data)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await in_file_thread(self._directory, work, *args, **kwargs)

    def _read(self, directory: Path, oldest: float, oldest_error: float) -> Output | None:
        try:
            data = json.loads(read_private(directory / f"{self._key}.json"))
            taken, failed = float(data["taken"]), "error" in data
            # Output from the future was written before the clock was set back.
            if not (oldest_error if failed else oldest) <= taken <= time.time():
                return None
            if failed:
                error_class = BatchSilent if data["silent"] else BatchRefused
                raise error_class(str(data["error"]))
            return Output(taken, str(data["text"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, directory: Path, data: dict[str, object]) -> None:
        """Write the file whole or not at all. On a full disk nothing is shared."""
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(dir=directory, prefix=f"{self._key}.")
            try:
                with os.fdopen(handle, "w") as stream:
                    json.dump(data, stream)
                os.replace(temporary, directory / f"{self._key}.json")
            except BaseException:
                os.unlink(temporary)
                raise


def _unlock(opened: tuple[int, bool]) -> None:
    os.close(opened[0])

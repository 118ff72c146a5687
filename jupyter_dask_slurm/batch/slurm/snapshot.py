"""One ``squeue`` for all processes of a user on one host.

The last answer lies in a file. Who finds it too old and gets the lock asks Slurm and writes the
next one; the others wait for that and read it. Slurm's silence is an answer too, so that ten
waiting clusters do not ask a dead slurmctld one after the other; but not for long, however old an
answer its reader would take: that Slurm is back must not be learnt late.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BatchError, BatchRefused, BatchSilent
from ..locks import host_directory, try_lock

ERROR_LASTS = 3.0
"""Seconds for which an error is an answer to those who ask after it."""
_PAUSE = 0.02
_LONGEST_PAUSE = 0.2


@dataclass(frozen=True)
class Answer:
    """What ``squeue`` said to a question that was asked at ``taken`` (seconds since the epoch)."""

    taken: float
    text: str


class SharedAnswer:
    """The last answer to one question, shared through a file.

    ``ask`` puts the question; ``key`` says which question it is: processes with another
    slurm.conf must not read our answer. ``patience`` bounds, in seconds, the wait for an answer
    that another process asked for; after that the question is asked here too.
    """

    def __init__(
        self, directory: Path, key: str, ask: Callable[[], Awaitable[str]], *, patience: float
    ) -> None:
        self._directory = directory
        self._key = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._ask = ask
        self._patience = patience

    async def get(self, max_age: float) -> Answer:
        """An answer at most ``max_age`` seconds old when this is called; 0 means asked from now on.

        Raises BatchError. A directory that cannot be written costs the sharing, not the answer.
        """
        try:
            return await self._shared(max_age)
        except OSError:
            taken = time.time()
            return Answer(taken, await self._ask())

    async def _shared(self, max_age: float) -> Answer:
        now = time.time()
        oldest = now - max_age
        oldest_error = now - min(max_age, ERROR_LASTS)
        deadline = now + self._patience
        place = host_directory(self._directory, "squeue")
        pause = _PAUSE
        while True:
            known = self._read(place, oldest, oldest_error)
            if known is not None:
                return known
            with try_lock(place / f"{self._key}.lock") as ours:
                if ours or time.time() > deadline:
                    # Somebody may have written while we were getting the lock.
                    known = self._read(place, oldest, oldest_error)
                    return known or await self._refresh(place)
            await asyncio.sleep(pause)  # a file cannot be awaited
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _refresh(self, place: Path) -> Answer:
        # Not later than the question: what was submitted before it is in the answer.
        taken = time.time()
        try:
            text = await self._ask()
        except BatchError as error:
            silent = isinstance(error, BatchSilent)
            # As of now: who began to wait while it was silent need not find that out again.
            self._write(place, {"taken": time.time(), "error": str(error), "silent": silent})
            raise
        self._write(place, {"taken": taken, "text": text})
        return Answer(taken, text)

    def _read(self, place: Path, oldest: float, oldest_error: float) -> Answer | None:
        try:
            data = json.loads((place / f"{self._key}.json").read_bytes())
            taken, failed = float(data["taken"]), "error" in data
            # An answer from the future was written before the clock was set back.
            if not (oldest_error if failed else oldest) <= taken <= time.time():
                return None
            if failed:
                kind = BatchSilent if data["silent"] else BatchRefused
                raise kind(str(data["error"]))
            return Answer(taken, str(data["text"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, place: Path, data: dict[str, object]) -> None:
        """Whole or not at all. A full disk costs the sharing, not the answer."""
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(dir=place, prefix=f"{self._key}.")
            try:
                with os.fdopen(handle, "w") as stream:
                    json.dump(data, stream)
                os.replace(temporary, place / f"{self._key}.json")
            except BaseException:
                os.unlink(temporary)
                raise

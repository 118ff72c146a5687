"""A file system that stops to answer, and goes on when a test says so.

Stands between the program and the kernel, in the functions of `os` through which everything here looks
at a path. What asks waits in its thread, as on a file server that is away; the thread of an event loop
must never be one of them: there it is an error, which the test sees.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from jupyter_dask_slurm import file_threads

FUNCTIONS = ("lstat", "mkdir", "open", "replace", "scandir", "stat", "unlink")
LONGEST = 100.0
"""Seconds after which a file system that nobody set going again does so by itself."""
SHORT_LIMIT = 0.3
"""Seconds for which ours are waited for while it hangs."""


class HungFiles:
    """All below ``directory``, from `hang` to `go_on`."""

    def __init__(self, directory: Path) -> None:
        self._directory = str(directory)
        self._answers = threading.Event()
        self._answers.set()
        self.asked = threading.Event()
        """Set as soon as somebody waits for it."""
        self.waited = 0
        """How many calls have waited, or wait."""
        self.in_loop: list[str] = []
        """What was asked in the thread of an event loop."""

    @contextmanager
    def hanging(self, *, limit: float = SHORT_LIMIT) -> Iterator[None]:
        """It does not answer for as long as the block lasts. ``limit`` is ours meanwhile."""
        loop_thread = threading.get_ident()

        def limit_of(place: Path) -> float:
            return limit if str(place).startswith(self._directory) else LONGEST

        self.asked.clear()
        self._answers.clear()
        with (
            mock.patch.multiple(os, **{name: self._gated(name, loop_thread) for name in FUNCTIONS}),
            mock.patch.object(file_threads, "limit_of", limit_of),
        ):
            try:
                yield
            finally:
                self._answers.set()
        assert self.in_loop == []

    async def answers_again(self, place: Path) -> None:
        """Until what works on the files of ``place`` knows that it does: what waited has to end first, and
        is refused at once before."""
        await asyncio.wait_for(file_threads.leave_to_file_thread(place, lambda: None), LONGEST)

    def _gated(self, name: str, loop_thread: int) -> Callable[..., Any]:
        real = getattr(os, name)

        def gated(path: Any = ".", *arguments: Any, **options: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(self._directory):
                if threading.get_ident() == loop_thread:
                    self.in_loop.append(f"{name} {os.fspath(path)}")
                else:
                    self.waited += 1
                    self.asked.set()
                    self._answers.wait(LONGEST)
            return real(path, *arguments, **options)

        return gated

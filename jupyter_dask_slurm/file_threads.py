"""Work on files in threads of its own, and for a limited time.

A home directory on a file server may not answer for hours. What has asked it waits in the kernel then,
where nothing can end it. So no event loop asks it, and none of the loop's own threads: they are few, and
Jupyter resolves names and reads notebooks in them. Nor is one of these threads waited for when the
process ends.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

LIMIT = 10.0
"""Seconds that work may take, the wait for a thread included."""
THREADS = 4
"""Threads of one place: what a file system that hangs keeps, however often it is asked."""
logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class FileSystemSilent(OSError):
    """It did not answer in time; what was asked of it may still be done. ``str()`` names the place."""

    def __init__(self, place: Path) -> None:
        why = "does not answer: its file system hangs, or is very slow"
        super().__init__(errno.ETIMEDOUT, why, str(place))

    def __str__(self) -> str:
        return f"{self.filename} {self.strerror}"


async def in_file_thread(
    place: Path, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Return what ``work`` returns, and raise what it raises. It may block.

    ``place`` is the directory that it is about, the same one for all that stops together. Raise
    FileSystemSilent when it is not done within `LIMIT`; while the place is known to be silent, at once
    but for one caller at a time, which finds out whether that has passed.
    """
    return await _threads(place).run(functools.partial(work, *args, **kwargs), None)


async def in_file_thread_or_undo(
    place: Path,
    undo: Callable[[T], object],
    work: Callable[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The same; ``undo`` gets, in a thread too, the result that came when nobody waited for it any more."""
    return await _threads(place).run(functools.partial(work, *args, **kwargs), undo)


def leave_to_file_thread(place: Path, work: Callable[[], object]) -> asyncio.Future[Any]:
    """Have that done as soon as the place answers, however late that is: for what has to be removed, or
    closed. Return what is done then, and nobody needs to wait for."""
    left = _Work(work, None)
    left.awaited = False
    _threads(place).add(left)
    return left.answer


def check_awaited() -> None:
    """Raise FileSystemSilent in a thread whose caller has been told that it does not answer: then nothing
    is to be written any more."""
    work: _Work[Any] | None = getattr(_current, "work", None)
    if work is not None and work.place is not None:
        raise FileSystemSilent(work.place)


async def finish(limit: float) -> None:
    """Wait so many seconds at most for the work that is under way: the process is about to end."""
    threads = _of_loop.get(asyncio.get_running_loop(), {})
    running = [work for each in threads.values() for work in each.running]
    if working := [work.answer for work in running if work.place is None]:
        await asyncio.wait(working, timeout=limit)


class _Work(Generic[T]):
    """One call. ``answer`` is done when it has ended, or is not waited for any longer."""

    def __init__(self, call: Callable[[], T], undo: Callable[[T], object] | None) -> None:
        self.call, self.undo = call, undo
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = loop.create_future()
        self.begun = loop.time()
        self.awaited = True
        self.place: Path | None = None
        """Set when its caller has been told that it does not answer."""


class _Threads:
    """Those of one place, as one event loop knows them."""

    def __init__(self, place: Path, forget: Callable[[], object]) -> None:
        self.running: set[_Work[Any]] = set()
        self._place, self._forget = place, forget
        self._waiting: deque[_Work[Any]] = deque()
        self._silent = False
        self._answered_at = float("-inf")
        self._loop = asyncio.get_running_loop()

    async def run(self, call: Callable[[], T], undo: Callable[[T], object] | None) -> T:
        if self._silent and (self._is_tried or len(self.running) >= THREADS):
            raise FileSystemSilent(self._place)
        work = _Work(call, undo)
        self.add(work)
        try:
            done, _ = await asyncio.wait({work.answer}, timeout=limit_of(self._place))
        except asyncio.CancelledError:
            self._leave(work)
            if undo is not None and work.answer.done() and work.answer.exception() is None:
                leave_to_file_thread(self._place, functools.partial(undo, work.answer.result()))
            raise
        if not done:
            work.place = self._place
            self._leave(work)
            if work in self.running and self._answered_at < work.begun:
                self._note_silence()
            raise FileSystemSilent(self._place)
        return work.answer.result()

    @property
    def _is_tried(self) -> bool:
        """Whether somebody is finding out whether it answers again."""
        return any(work.awaited for work in self.running)

    def add(self, work: _Work[Any]) -> None:
        self._waiting.append(work)
        self._begin()

    def _leave(self, work: _Work[Any]) -> None:
        """Wait for it no longer. What has not begun is not done."""
        work.awaited = False
        if work in self._waiting:
            self._waiting.remove(work)

    def _begin(self) -> None:
        while self._waiting and len(self.running) < THREADS:
            work = self._waiting.popleft()
            work.begun = self._loop.time()
            self.running.add(work)
            try:
                start_thread(functools.partial(self._run, work))
            except RuntimeError as error:  # no more threads are to be had
                self._end(work, None, OSError(errno.EAGAIN, str(error), str(self._place)))

    def _run(self, work: _Work[Any]) -> None:
        """In its thread."""
        _current.work = work
        result, error = None, None
        try:
            result = work.call()
        except BaseException as raised:
            error = raised
        finally:
            _current.work = None
        try:
            self._loop.call_soon_threadsafe(self._end, work, result, error)
        except RuntimeError:  # the loop is closed
            if work.undo is not None and error is None:
                work.undo(result)

    def _end(self, work: _Work[Any], result: Any, error: BaseException | None) -> None:
        self.running.discard(work)
        self._answered_at = self._loop.time()
        if self._silent:
            self._silent = False
            logger.warning("%s answers again", self._place)
        if work.awaited and error is not None:
            work.answer.set_exception(error)
        else:
            work.answer.set_result(result)
        if not work.awaited and work.undo is not None and error is None:
            leave_to_file_thread(self._place, functools.partial(work.undo, result))
        self._begin()
        if not self.running:
            self._forget()

    def _note_silence(self) -> None:
        if not self._silent:
            self._silent = True
            logger.warning("%s", FileSystemSilent(self._place))
        for work in [work for work in self._waiting if work.awaited]:
            self._waiting.remove(work)
            work.answer.set_exception(FileSystemSilent(self._place))


def limit_of(place: Path) -> float:
    """Return `LIMIT`, which is the same for all places outside of the tests."""
    return LIMIT


def start_thread(run: Callable[[], None]) -> None:
    """Run that in a thread which keeps no process from ending. Raise RuntimeError."""
    threading.Thread(target=run, name="jupyter-dask-slurm-files", daemon=True).start()


def _threads(place: Path) -> _Threads:
    of_loop = _of_loop.setdefault(asyncio.get_running_loop(), {})
    if place not in of_loop:
        of_loop[place] = _Threads(place, lambda: of_loop.pop(place, None))
    return of_loop[place]


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Path, _Threads]] = WeakKeyDictionary()
_current = threading.local()

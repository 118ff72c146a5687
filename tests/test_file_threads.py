"""Work on files in threads of its own: limited in time and number, and nobody's in the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm import file_threads
from jupyter_dask_slurm.file_threads import (
    THREADS,
    FileSystemSilent,
    check_awaited,
    finish,
    in_file_thread,
    in_file_thread_or_undo,
    leave_to_file_thread,
)

HOME, OTHER = Path("/home/alice"), Path("/scratch")
LONGEST = 60.0


class Hung:
    """Work that waits until it is `over`."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.begun = 0
        self.ended = threading.Semaphore(0)

    def __call__(self) -> str:
        self.begun += 1
        self.over.wait(LONGEST)
        self.ended.release()
        return "done"

    async def has_ended(self, times: int = 1) -> None:
        """Until so many calls have ended, and the loop knows."""
        for _ in range(times):
            assert await asyncio.to_thread(self.ended.acquire, timeout=LONGEST)
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)


@pytest.fixture
def hung() -> Iterator[Hung]:
    hung = Hung()
    yield hung
    hung.over.set()


@pytest.fixture
def short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_threads, "LIMIT", 0.05)


def fails() -> None:
    raise PermissionError("not yours")


async def test_it_returns_and_raises_what_the_work_does() -> None:
    assert await in_file_thread(HOME, max, 3, 7) == 7
    assert await in_file_thread(HOME, sorted, "ab", reverse=True) == ["b", "a"]
    with pytest.raises(PermissionError, match="not yours"):
        await in_file_thread(HOME, fails)


async def test_a_place_has_so_many_threads_and_the_rest_waits_for_its_turn(hung: Hung) -> None:
    calls = [asyncio.create_task(in_file_thread(HOME, hung)) for _ in range(3 * THREADS)]
    assert await in_file_thread(OTHER, lambda: "elsewhere") == "elsewhere"
    assert hung.begun == THREADS
    hung.over.set()
    assert await asyncio.gather(*calls) == ["done"] * len(calls)


@pytest.mark.usefixtures("short_limit")
async def test_what_hangs_is_told_in_words_and_keeps_no_more_threads_than_it_has(
    hung: Hung,
) -> None:
    before = threading.active_count()
    for _ in range(5 * THREADS):
        with pytest.raises(
            FileSystemSilent, match=r"^/home/alice does not answer: its file system"
        ):
            await in_file_thread(HOME, hung)
    assert hung.begun == THREADS
    assert threading.active_count() - before <= THREADS
    # Neither the loop's own threads nor other places wait with it.
    assert await asyncio.to_thread(lambda: "free") == "free"
    assert await in_file_thread(OTHER, lambda: "elsewhere") == "elsewhere"
    hung.over.set()
    await hung.has_ended(THREADS)
    assert await in_file_thread(HOME, lambda: "again") == "again"


async def test_all_that_waits_is_told_as_soon_as_one_has_found_out(
    hung: Hung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_threads, "LIMIT", 0.05)
    first = [asyncio.create_task(in_file_thread(HOME, hung)) for _ in range(THREADS)]
    await asyncio.sleep(0)
    monkeypatch.setattr(file_threads, "LIMIT", LONGEST)
    late = [asyncio.create_task(in_file_thread(HOME, hung)) for _ in range(10)]
    found = await asyncio.gather(*first, *late, return_exceptions=True)
    assert {type(answer) for answer in found} == {FileSystemSilent}
    assert hung.begun == THREADS


@pytest.mark.usefixtures("short_limit")
async def test_one_long_call_keeps_nobody_else_out(hung: Hung) -> None:
    with pytest.raises(FileSystemSilent):
        await in_file_thread(HOME, hung)
    for _ in range(10):
        assert await in_file_thread(HOME, lambda: "quick") == "quick"


@pytest.mark.usefixtures("short_limit")
async def test_what_comes_too_late_is_not_written_and_is_undone(hung: Hung) -> None:
    written, undone = list[str](), list[str]()
    seen = threading.Event()

    def write() -> str:
        hung()
        try:
            check_awaited()
        except FileSystemSilent:
            seen.set()
        else:
            written.append("a record")
        return "the record"

    def undo(result: str) -> None:
        undone.append(result)

    with pytest.raises(FileSystemSilent):
        await in_file_thread_or_undo(HOME, undo, write)
    hung.over.set()
    assert await asyncio.to_thread(seen.wait, LONGEST)
    while not undone:
        await in_file_thread(HOME, lambda: None)
    assert (written, undone) == ([], ["the record"])


async def test_what_is_awaited_is_neither_undone_nor_kept_from_writing() -> None:
    undone: list[None] = []
    await in_file_thread_or_undo(HOME, undone.append, check_awaited)
    check_awaited()  # nor anybody who is in no such thread
    assert undone == []


@pytest.mark.usefixtures("short_limit")
async def test_what_has_to_be_removed_is_when_the_place_answers_again(hung: Hung) -> None:
    removed = threading.Event()
    for _ in range(THREADS):
        with pytest.raises(FileSystemSilent):
            await in_file_thread(HOME, hung)
    leave_to_file_thread(HOME, removed.set)
    assert not removed.is_set()
    hung.over.set()
    assert await asyncio.to_thread(removed.wait, LONGEST)


async def test_who_is_cancelled_leaves_the_work_to_its_end(hung: Hung) -> None:
    call = asyncio.create_task(in_file_thread(HOME, hung))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    hung.over.set()
    await finish(LONGEST)
    assert hung.ended.acquire(blocking=False)


async def test_a_host_without_a_free_thread_is_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(run: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(file_threads, "start_thread", refused)
    with pytest.raises(OSError, match="can't start new thread"):
        await in_file_thread(HOME, max, 3, 7)


ENDS = """
import asyncio, threading
from pathlib import Path
from jupyter_dask_slurm import file_threads

async def main():
    file_threads.LIMIT = 0.05
    try:
        await file_threads.in_file_thread(Path("/home"), threading.Event().wait)
    except file_threads.FileSystemSilent as error:
        print(error)

asyncio.run(main())
"""


def test_a_process_ends_although_its_home_directory_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/home does not answer")


async def test_what_is_done_as_its_caller_is_cancelled_is_undone(tmp_path: Path) -> None:
    answers, undone = threading.Event(), asyncio.Event()
    task = asyncio.create_task(
        in_file_thread_or_undo(
            tmp_path, lambda _: loop.call_soon_threadsafe(undone.set), answers.wait
        )
    )
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)  # it has begun
    (work,) = file_threads._threads(tmp_path).running
    work.answer.add_done_callback(lambda _: task.cancel())
    answers.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(undone.wait(), 100)

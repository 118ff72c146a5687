"""One squeue for many readers: processes, clusters, and a Slurm that does not answer."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent
from jupyter_dask_slurm.batch.locks import try_lock
from jupyter_dask_slurm.batch.slurm import snapshot
from jupyter_dask_slurm.batch.slurm.jobs import QUEUE_FORMAT
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR
from jupyter_dask_slurm.batch.slurm.snapshot import SharedOutput
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...support.hung_files import HungFiles


class Question:
    """Counts how often it is asked; answers its number after a moment, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.error = error

    async def __call__(self) -> str:
        self.asked += 1
        await asyncio.sleep(0.05)
        if self.error is not None:
            raise self.error
        return f"answer {self.asked}"


def shared(
    directory: Path, question: Question, key: str = "k", patience: float = 30
) -> SharedOutput:
    return SharedOutput(directory, key, question, patience=patience)


def the_file(directory: Path, pattern: str) -> Path:
    (file,) = directory.rglob(pattern)
    return file


async def test_an_answer_serves_until_it_is_too_old(tmp_path: Path) -> None:
    question = Question()
    answer = shared(tmp_path, question)
    first = await answer.get(60)
    assert (await answer.get(60)) == first
    assert (await shared(tmp_path, question).get(60)) == first
    assert question.asked == 1
    second = await answer.get(0)
    assert (second.text, question.asked) == ("answer 2", 2)
    assert second.taken > first.taken


async def test_many_readers_at_once_ask_once(tmp_path: Path) -> None:
    question = Question()
    readers = [shared(tmp_path, question) for _ in range(20)]
    texts = {answer.text for answer in await asyncio.gather(*(r.get(5) for r in readers))}
    assert texts == {"answer 1"}
    assert question.asked == 1


async def test_a_fresh_answer_was_asked_for_after_the_call(tmp_path: Path) -> None:
    question = Question()
    readers = [shared(tmp_path, question) for _ in range(10)]
    before = time.time()
    answers = await asyncio.gather(*(reader.get(0) for reader in readers))
    assert all(answer.taken >= before for answer in answers)
    assert question.asked <= 3


async def test_other_questions_have_other_answers(tmp_path: Path) -> None:
    question = Question()
    await shared(tmp_path, question, "one slurm.conf").get(60)
    await shared(tmp_path, question, "another").get(60)
    assert question.asked == 2


async def test_silence_is_shared_too(tmp_path: Path) -> None:
    question = Question(BatchSilent("no answer"))
    readers = [shared(tmp_path, question) for _ in range(10)]
    found = await asyncio.gather(*(reader.get(5) for reader in readers), return_exceptions=True)
    assert {(type(error), str(error)) for error in found} == {(BatchSilent, "no answer")}
    assert question.asked == 1
    question.error = None
    assert (await readers[0].get(0)).text == "answer 2"


async def test_silence_answers_also_who_asked_while_it_lasted(tmp_path: Path) -> None:
    question = Question(BatchSilent("no answer"))

    async def later(number: int) -> None:
        await asyncio.sleep(number / 1000)
        await shared(tmp_path, question).get(0)

    found = await asyncio.gather(*map(later, range(10)), return_exceptions=True)
    assert {type(error) for error in found} == {BatchSilent}
    assert question.asked == 1


GOOD: dict[str, object] = {"text": "kept"}
BAD: dict[str, object] = {"error": "kept", "silent": True}


@pytest.mark.parametrize(
    ("what", "age", "max_age", "used"),
    [
        (GOOD, 0.4, 0.8, True),
        (GOOD, 1.2, 0.8, False),
        (GOOD, 11, 12, True),
        (GOOD, 13, 12, False),
        (GOOD, 0.4, 0, False),
        (BAD, 0.4, 0.8, True),
        (BAD, 1.2, 0.8, False),
        (BAD, 2, 12, True),
        (BAD, 4, 12, False),  # Slurm may be back
        (BAD, 11, 12, False),
        (BAD, 0.4, 0, False),
    ],
)
async def test_how_old_an_answer_may_be(
    tmp_path: Path,
    what: dict[str, object],
    age: float,
    max_age: float,
    used: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()  # and it stays: less than half a second may decide
    monkeypatch.setattr(snapshot, "time", SimpleNamespace(time=lambda: now))
    question = Question()
    answer = shared(tmp_path, question)
    await answer.get(0)
    the_file(tmp_path, "*.json").write_text(json.dumps({"taken": now - age, **what}))
    try:
        found = (await answer.get(max_age)).text
    except BatchSilent as error:
        found = str(error)
    assert (found == "kept") is used
    assert question.asked == (1 if used else 2)


async def test_readers_of_all_patiences_ask_once(tmp_path: Path) -> None:
    question = Question()
    ages = [0.8, 3, 12] * 7
    readers = [shared(tmp_path, question).get(age) for age in ages]
    assert {answer.text for answer in await asyncio.gather(*readers)} == {"answer 1"}
    assert question.asked == 1
    question.error = BatchSilent("no answer")
    the_file(tmp_path, "*.json").write_text(json.dumps({"taken": time.time() - 20, **GOOD}))
    later = [shared(tmp_path, question).get(age) for age in ages]
    found = await asyncio.gather(*later, return_exceptions=True)
    assert {type(error) for error in found} == {BatchSilent}
    assert question.asked == 2


async def test_a_refusal_stays_a_refusal(tmp_path: Path) -> None:
    question = Question(BatchRefused("who are you"))
    with pytest.raises(BatchRefused):
        await shared(tmp_path, question).get(5)
    with pytest.raises(BatchRefused, match="who are you"):
        await shared(tmp_path, Question()).get(5)


async def test_who_holds_the_lock_for_ever_delays_others_and_does_not_stop_them(
    tmp_path: Path,
) -> None:
    question = Question()
    answer = shared(tmp_path, question, patience=0.3)
    await answer.get(5)
    lock = the_file(tmp_path, "*.lock")
    with try_lock(lock) as ours:
        assert ours
        assert (await answer.get(0)).text == "answer 2"


async def test_a_directory_that_hangs_is_done_without(tmp_path: Path) -> None:
    question = Question()
    answer = shared(tmp_path, question)
    await answer.get(60)
    files = HungFiles(tmp_path)
    with files.hanging():
        for number in range(2, 10):
            assert (await answer.get(60)).text == f"answer {number}"
    await files.answers_again(tmp_path)
    while (await answer.get(60)).text != (await answer.get(60)).text:
        pass  # until it is shared again


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"taken": null}', '{"taken": 1e99, "text": ""}']
)
async def test_a_file_that_makes_no_sense_is_asked_anew(tmp_path: Path, content: str) -> None:
    answer = shared(tmp_path, Question())
    await answer.get(60)
    file = the_file(tmp_path, "*.json")
    file.write_text(content)
    assert (await answer.get(60)).text == "answer 2"


async def test_an_answer_from_the_future_is_not_believed(tmp_path: Path) -> None:
    answer = shared(tmp_path, Question())
    await answer.get(60)
    file = the_file(tmp_path, "*.json")
    file.write_text(json.dumps({"taken": time.time() + 3600, "text": "later"}))
    assert (await answer.get(60)).text == "answer 2"


async def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    await shared(tmp_path / "registry", Question()).get(5)
    found = list((tmp_path / "registry").rglob("*"))
    assert len(found) == 4  # two directories, the answer and the lock
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


READER = """
import asyncio, sys
from pathlib import Path
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem
async def main():
    snapshot = await SlurmBatchSystem(Path(sys.argv[1])).jobs(max_age=300)
    print(*snapshot.jobs)
asyncio.run(main())
"""


def test_eight_processes_run_one_squeue(tmp_path: Path) -> None:
    empty = "\\037" * (len(QUEUE_FORMAT.split(SEPARATOR)) - 4)
    row = f"81\\037%s\\037x\\037RUNNING{empty}\\n"
    environ = with_squeue(tmp_path, f"sleep 0.5; printf '{row}' 3")
    argv = [sys.executable, "-c", READER, str(tmp_path / "registry")]
    readers = [
        subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    assert [reader.communicate(timeout=60)[0] for reader in readers] == ["81_3\n"] * 8
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


async def test_one_command_line_asks_for_the_whole_user(tmp_path: Path) -> None:
    environ = with_squeue(tmp_path, ":")
    await SlurmBatchSystem(tmp_path / "registry", environ).jobs(max_age=0)
    (line,) = (tmp_path / "calls").read_text().splitlines()
    assert line.startswith(f"-a -h -t all -r -u {os.getuid()} -o ")


def with_squeue(directory: Path, body: str) -> dict[str, str]:
    """An environment in which squeue notes that it was called and then does as it is told."""
    squeue = directory / "bin" / "squeue"
    squeue.parent.mkdir()
    squeue.write_text(f"#!/bin/sh\necho \"$@\" >> '{directory}/calls'\n{body}\n")
    squeue.chmod(0o755)
    return {**os.environ, "PATH": f"{squeue.parent}:{os.environ['PATH']}"}


async def test_a_directory_that_cannot_be_written_costs_the_sharing_and_not_the_answer(
    tmp_path: Path,
) -> None:
    (tmp_path / ".squeue").write_text("a file in the place of the directory")
    question = Question()
    assert (await shared(tmp_path, question).get(60)).text == "answer 1"
    assert (await shared(tmp_path, question).get(60)).text == "answer 2"

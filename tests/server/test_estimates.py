"""Estimates: however many ask, and however fast, the batch system is asked seldom."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_dask_slurm.batch.base import Estimate
from jupyter_dask_slurm.batch.errors import BatchError, BatchSilent
from jupyter_dask_slurm.clusters import start_times as module
from jupyter_dask_slurm.clusters.start_times import NOT_SAID, Estimates

from .conftest import OPTIONS, Api, LauncherNeverReady


class BatchThatAnswersWhenTold:
    """Notes what it is asked, and answers with the script's name as the node."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = asyncio.Event()
        self.error: BatchError | None = None
        self.refused = ""
        """The scripts that it would not take."""

    async def ask(self, script: str) -> Estimate:
        self.asked.append(script)
        await self.at_once.wait()
        if self.error is not None:
            raise self.error
        if script in self.refused:
            return Estimate(message=f"invalid: {script}")
        return Estimate(1.0, node=script)


@pytest.fixture
async def batch() -> BatchThatAnswersWhenTold:
    return BatchThatAnswersWhenTold()


async def test_many_requests_at_once_are_two_questions(batch: BatchThatAnswersWhenTold) -> None:
    estimates = Estimates(batch.ask)
    asking = [asyncio.ensure_future(estimates.get(str(n))) for n in range(100)]
    # Each has asked once before the first is answered.
    for _ in range(3):
        await asyncio.sleep(0)
    batch.at_once.set()
    answers = await asyncio.gather(*asking)
    # The first is under way at once only if nobody asks in the same instant: then it is the last.
    assert batch.asked in (["99"], ["0", "99"])
    assert answers[99].node == "99"
    assert answers[1:99] == [NOT_SAID] * 98
    await estimates.stop()


async def test_who_asks_while_one_is_under_way_waits_and_gives_way(
    batch: BatchThatAnswersWhenTold,
) -> None:
    estimates = Estimates(batch.ask)
    first = asyncio.ensure_future(estimates.get("a"))
    while not batch.asked:
        await asyncio.sleep(0)
    second = asyncio.ensure_future(estimates.get("b"))
    await asyncio.sleep(0)
    third, same = (asyncio.ensure_future(estimates.get("c")) for _ in range(2))
    again = asyncio.ensure_future(estimates.get("a"))
    assert await second == NOT_SAID
    assert batch.asked == ["a"]
    batch.at_once.set()
    nodes = [answer.node for answer in await asyncio.gather(first, third, same, again)]
    assert nodes == ["a", "c", "c", "a"]
    assert batch.asked == ["a", "c"]
    await estimates.stop()


async def test_an_answer_is_used_for_a_while(
    batch: BatchThatAnswersWhenTold, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.at_once.set()
    estimates = Estimates(batch.ask)
    for _ in range(3):
        assert (await estimates.get("a")).node == "a"
    assert batch.asked == ["a"]
    monkeypatch.setattr(module, "FRESH", 0.0)
    await estimates.get("a")
    assert batch.asked == ["a", "a"]
    await estimates.stop()


async def test_not_everything_is_remembered(
    batch: BatchThatAnswersWhenTold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    batch.at_once.set()
    estimates = Estimates(batch.ask)
    for script in "abcbca":
        await estimates.get(script)
    assert batch.asked == ["a", "b", "c", "a"]
    await estimates.stop()


async def test_silence_is_a_message_and_is_not_remembered(batch: BatchThatAnswersWhenTold) -> None:
    batch.at_once.set()
    batch.error = BatchSilent("sbatch did not answer within 12 s")
    estimates = Estimates(batch.ask)
    assert await estimates.get("a") == Estimate(message="sbatch did not answer within 12 s")
    batch.error = None
    assert (await estimates.get("a")).node == "a"
    await estimates.stop()


@pytest.mark.parametrize(
    ("refused", "otherwise", "answer", "asked"),
    [
        ("", "b", Estimate(1.0, node="a"), ["a"]),
        ("a", None, Estimate(message="invalid: a"), ["a"]),
        ("a", "b", Estimate(1.0, node="b"), ["a", "b"]),
        # As the submission: what was chosen at first is what is said to be refused.
        ("ab", "b", Estimate(message="invalid: a"), ["a", "b"]),
    ],
)
async def test_another_script_is_asked_about_where_the_first_is_refused(
    batch: BatchThatAnswersWhenTold,
    refused: str,
    otherwise: str | None,
    answer: Estimate,
    asked: list[str],
) -> None:
    batch.at_once.set()
    batch.refused = refused
    estimates = Estimates(batch.ask)
    for _ in range(2):
        assert await estimates.get("a", otherwise) == answer
    assert batch.asked == asked
    await estimates.stop()


async def test_nobody_waits_for_long(batch: BatchThatAnswersWhenTold) -> None:
    estimates = Estimates(batch.ask)
    answer = await estimates.get("a", patience=0.05)
    assert answer.message == "there was no answer within 0.05 s"
    batch.at_once.set()  # the question went on meanwhile
    assert (await estimates.get("a")).node == "a"
    assert batch.asked == ["a"]
    await estimates.stop()


async def test_stop_gives_up(batch: BatchThatAnswersWhenTold) -> None:
    estimates = Estimates(batch.ask)
    asking = [asyncio.ensure_future(estimates.get(script)) for script in "ab"]
    while not batch.asked:
        await asyncio.sleep(0)
    await estimates.stop()
    assert await asyncio.gather(*asking) == [NOT_SAID, NOT_SAID]
    await estimates.stop()


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


async def test_the_embedded_queue_answers_from_its_free_cores(api: Api) -> None:
    answer = await api("POST", "estimate", body={"options": OPTIONS})
    assert answer.status == 200
    assert answer.json["estimated_start"].endswith("Z")
    assert (answer.json["partition"], answer.json["message"]) == ("local", None)
    for options, field in [({"cores": 0}, "cores"), ({"cores": 3}, "cores")]:
        refused = await api("POST", "estimate", body={"options": {**OPTIONS, **options}})
        assert refused.status == 400
        assert [problem["field"] for problem in refused.json["problems"]] == [field]
    wrong = await api("POST", "estimate", body={"options": OPTIONS, "batch_system": "pbs"})
    assert [problem["field"] for problem in wrong.json["problems"]] == ["batch_system"]

"""The remembered site: nobody waits for a batch system that is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent
from jupyter_dask_slurm.batch.site import Site, Unseen
from jupyter_dask_slurm.clusters import site_cache
from jupyter_dask_slurm.clusters.site_cache import SiteCache, unseen_words

SITE = Site("slurm", "22.05.8")


def asked_by(answers: list[Site | Exception], asked: list[int]) -> Callable[[], Awaitable[Site]]:
    async def ask() -> Site:
        asked.append(1)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


async def test_it_is_asked_once_by_many() -> None:
    asked: list[int] = []
    cache = SiteCache(asked_by([SITE], asked))
    answers = await asyncio.gather(*(cache.get() for _ in range(5)))
    assert {answer.site for answer in answers} == {SITE}
    assert len(asked) == 1
    await cache.stop()


async def test_a_silent_one_is_waited_for_once_and_not_long() -> None:
    answered = asyncio.Event()

    async def ask() -> Site:
        await answered.wait()
        return SITE

    cache = SiteCache(ask)
    answer = await cache.get(patience=0.1)
    assert not answered.is_set(), "it waited for the answer"
    assert answer.site is None
    assert answer.problem is not None
    assert answer.problem.code == "batch_system_slow"
    assert answer.problem.message == "Slurm is slow: still waiting for its partitions."
    answered.set()  # the question went on meanwhile
    assert (await cache.get()).site == SITE
    await cache.stop()


async def test_what_is_missing_yet_is_asked_for_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(site_cache, "time", SimpleNamespace(monotonic=lambda: now))
    asked: list[int] = []
    partial = replace(SITE, unseen=(Unseen("nodes", waiting=True),))
    hidden = replace(SITE, unseen=(Unseen("nodes", "Access/permission denied", refused=True),))
    cache = SiteCache(asked_by([partial, hidden, SITE], asked))
    for seconds, expected in [(0.0, partial), (3.0, hidden), (6.0, hidden), (25.0, SITE)]:
        now = 1000.0 + seconds
        assert (await cache.get()).site == expected, seconds
    assert len(asked) == 3
    await cache.stop()


@pytest.mark.parametrize(
    ("unseen", "words"),
    [
        (Unseen("accounts", waiting=True), "Slurm is slow: still waiting for its accounts."),
        (
            Unseen("nodes", "slurm_load_node: Access/permission denied", refused=True),
            (
                "Slurm does not show its nodes to you: cores and memory of a node are not checked. "
                "(slurm_load_node: Access/permission denied)"
            ),
        ),
        (
            Unseen("partitions", "scontrol did not answer within 20 s"),
            (
                "Slurm has not told its partitions: the limits of a partition are not checked. "
                "(scontrol did not answer within 20 s)"
            ),
        ),
        (
            Unseen("accounts", "sacctmgr: error:\nConnection refused", refused=True),
            (
                "Slurm's accounting does not answer: accounts, QOS and their limits are not checked. "
                "(sacctmgr: error: Connection refused)"
            ),
        ),
    ],
)
def test_what_is_not_known_has_words(unseen: Unseen, words: str) -> None:
    assert unseen_words(unseen) == words


async def test_the_last_answer_stays_while_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_cache, "FRESH", 0.0)
    monkeypatch.setattr(site_cache, "RETRY", 0.0)
    asked: list[int] = []
    answers = [SITE, BatchSilent("sinfo did not answer within 10 s"), BatchRefused("no"), SITE]
    cache = SiteCache(asked_by(answers, asked))
    codes = []
    since = set()
    while len(asked) < 4:
        answer = await cache.get()
        assert answer.site == SITE
        codes.append(answer.problem.code if answer.problem else None)
        if answer.problem:
            since.add(answer.problem.since)
        await asyncio.sleep(0)
    assert list(dict.fromkeys(codes)) == [None, "batch_system_silent", "batch_system_refused"]
    await asyncio.sleep(0)
    assert (await cache.get()).problem is None
    await cache.stop()


async def test_an_answer_is_doubted_once_it_is_no_longer_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(site_cache, "time", SimpleNamespace(monotonic=lambda: now))
    asked: list[int] = []
    opened = replace(SITE, version="22.05.9")
    cache = SiteCache(asked_by([SITE, opened], asked))
    assert not cache.doubt()
    for seconds, doubted, expected in [(0, False, SITE), (4, False, SITE), (10, True, opened)]:
        now = 1000.0 + seconds
        await cache.get()
        assert cache.doubt() is doubted
        assert (await cache.get()).site == expected, seconds
    await cache.stop()


@pytest.mark.parametrize("panels", [1, 3, 10])
async def test_panels_together_ask_as_seldom_as_one(
    panels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each panel asks every 20 s, and they are out of step."""
    now = 1000.0
    monkeypatch.setattr(site_cache, "time", SimpleNamespace(monotonic=lambda: now))
    asked: list[int] = []
    cache = SiteCache(asked_by([SITE], asked))
    for number in range(6 * panels):  # two minutes
        now = 1000.0 + number * 20 / panels
        assert (await cache.get()).site == SITE
    assert 5 <= len(asked) <= 6
    await cache.stop()


async def test_stop_gives_up() -> None:
    cache = SiteCache(lambda: asyncio.get_running_loop().create_future())
    await cache.get(patience=0.01)
    await cache.stop()
    await cache.stop()


async def test_a_stale_answer_is_renewed_when_that_is_quick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_cache, "FRESH", -1.0)
    answers = iter([Site("slurm", "1"), Site("slurm", "2")])
    monkeypatch.setattr(site_cache, "RENEWAL_PATIENCE", 60.0)
    cache = SiteCache(lambda: asyncio.sleep(0.01, next(answers)))
    assert [(await cache.get()).site for _ in range(2)] == [
        Site("slurm", "1"),
        Site("slurm", "2"),
    ]
    await cache.stop()


async def test_a_stale_answer_is_given_when_a_newer_one_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_cache, "FRESH", -1.0)
    monkeypatch.setattr(site_cache, "RENEWAL_PATIENCE", 0.05)
    asked: list[int] = []

    async def ask() -> Site:
        asked.append(1)
        if len(asked) > 1:
            await asyncio.Event().wait()  # the newer answer never comes
        return SITE

    cache = SiteCache(ask)
    await cache.get()
    assert (await cache.get()).site == SITE
    assert len(asked) == 2
    await cache.stop()

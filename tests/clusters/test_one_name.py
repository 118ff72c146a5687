"""Of several processes that create a cluster of one name at the same moment, one does."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import file_threads
from jupyter_dask_slurm.cluster_files import json_file
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters import claim, create, without_server
from jupyter_dask_slurm.clusters.find import read_all
from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.clusters.without_server import WithoutServer
from jupyter_dask_slurm.errors import NameTaken
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.process import Owner, this_process

from ..support.ready_at_once import RendererHere

PROCESSES, ROUNDS = 2, 4
LONGEST = 500.0
"""Seconds. A bound against hanging for ever."""
together: Any


class NothingStarts:
    """A launcher of controllers that this process stands for."""

    async def launch(self, directory: ClusterDirectory) -> Owner:
        return this_process()


async def new_cluster(state_dir: Path, name: str | None) -> Observed:
    limits: dict[str, Any] = {"local_cores": 2, "local_memory": 10**12, "max_clusters": 10**6}
    settings = Settings(state_dir, batch_system="local", **limits)
    launcher: Any = NothingStarts()
    async with WithoutServer(settings, launcher=launcher) as maker:
        return await maker.create(ClusterOptions(cores=1, memory=10**9), Scaling(), name=name)


def share(barrier: Any) -> None:
    """In each of the processes, first."""
    global together
    together = barrier
    without_server.Renderer = RendererHere  # type: ignore[misc]
    # A busy machine may let a holder wait for longer than anybody waits for it.
    json_file.LOCK_LIMIT = claim.WAIT = file_threads.LIMIT = LONGEST


def in_rounds(state_dir: Path) -> list[str]:
    """Create a cluster in each round, together with the others, and return what came of it."""

    async def one(name: str) -> str:
        try:
            return (await new_cluster(state_dir, name)).directory.id
        except NameTaken as error:
            return str(error)

    came = []
    for each in range(ROUNDS):
        together.wait(LONGEST)
        came.append(asyncio.run(one(f"round-{each}")))
    return came


@pytest.mark.timeout(600)
def test_of_processes_that_take_a_name_at_once_one_has_it(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, spawn, share, (barrier,)) as pool:
        doing = [pool.submit(in_rounds, tmp_path) for _ in range(PROCESSES)]
        came = [each.result(LONGEST) for each in doing]
    made = {observed.record.name: observed.directory.id for observed in read_all(tmp_path)}
    assert len(made) == ROUNDS
    for each, answers in enumerate(zip(*came, strict=True)):
        name = f"round-{each}"
        refused = [answer for answer in answers if answer != made[name]]
        assert len(refused) == PROCESSES - 1, answers
        assert all(f"a cluster named {name!r} exists already" in answer for answer in refused)
    assert sum(len(path.name) == 8 for path in tmp_path.iterdir()) == ROUNDS, "of a refused one"


@pytest.fixture
def looked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the renderer be quick, and nobody see what others create."""

    async def nothing(state_dir: Path) -> list[Observed]:
        return []

    monkeypatch.setattr(without_server, "Renderer", RendererHere)
    monkeypatch.setattr(without_server, "checked", nothing)


@pytest.mark.usefixtures("looked_before")
async def test_what_is_refused_says_which_has_the_name(tmp_path: Path) -> None:
    first = await new_cluster(tmp_path, "blue")
    with pytest.raises(NameTaken) as refusal:
        await new_cluster(tmp_path, "blue")
    which = f"{first.directory.id}, created on {first.record.host}"
    assert str(refusal.value) == f"name: a cluster named 'blue' exists already ({which})"


@pytest.mark.usefixtures("looked_before")
async def test_a_name_of_ours_that_is_taken_meanwhile_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["blue-otter", "red-otter"]
    monkeypatch.setattr(
        create, "new_name", lambda taken: next(name for name in names if name not in taken)
    )
    made = [(await new_cluster(tmp_path, None)).record.name for _ in names]
    assert made == names


@pytest.mark.usefixtures("looked_before")
async def test_a_holder_that_hangs_keeps_nobody_from_creating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(json_file, "LOCK_LIMIT", 0.1)
    with (tmp_path / claim.LOCK).open("w") as held, caplog.at_level(logging.WARNING):
        fcntl.flock(held, fcntl.LOCK_EX)
        assert (await new_cluster(tmp_path, "blue")).record.name == "blue"
        with pytest.raises(NameTaken):  # what can be seen without it counts
            await new_cluster(tmp_path, "blue")
    assert "another process has held" in caplog.text


@pytest.mark.usefixtures("looked_before")
async def test_locks_that_hang_keep_nobody_from_creating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a file server whose lock daemon is behind a firewall. What comes late is given back."""
    answers, given_back = threading.Event(), threading.Event()
    take_lock, close, late = claim.take_lock, os.close, list[int]()

    def hangs(path: Path, what: str) -> int:
        answers.wait(LONGEST)
        late.append(take_lock(path, what))
        return late[0]

    def closes(handle: int) -> None:
        close(handle)
        if handle in late:
            given_back.set()

    monkeypatch.setattr(claim, "take_lock", hangs)
    monkeypatch.setattr(claim, "WAIT", 0.1)
    monkeypatch.setattr(os, "close", closes)
    with caplog.at_level(logging.WARNING):
        assert (await new_cluster(tmp_path, "blue")).record.name == "blue"
    assert "a name is taken without the lock" in caplog.text
    answers.set()
    assert await asyncio.to_thread(given_back.wait, LONGEST)

"""What the state of things does not allow: 409, with the way out."""

from __future__ import annotations

import asyncio
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from .conftest import (
    OPTIONS,
    Api,
    LauncherCannotStart,
    LauncherDiesBeforeReady,
    LauncherHasNoThread,
    LauncherNeverReady,
)


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


async def test_a_name_is_taken_once(api: Api, launcher: LauncherNeverReady) -> None:
    first = await api.create(name="blue-otter")
    answer = await api("POST", "clusters", body={"options": OPTIONS, "name": "blue-otter"})
    assert (answer.status, answer.json["reason"]) == (409, "NameTaken")
    second = await api.create(name="red-otter")
    answer = await api("PATCH", "clusters", second["id"], body={"name": "blue-otter"})
    assert (answer.status, answer.json["reason"]) == (409, "NameTaken")
    answer = await api("PATCH", "clusters", first["id"], body={"name": "blue-otter"})
    assert answer.status == 200, "its own name is not taken"
    assert len(launcher.launched) == 2


async def test_one_of_two_at_the_same_moment_gets_the_name(
    api: Api, launcher: LauncherNeverReady
) -> None:
    body = {"options": OPTIONS, "name": "blue-otter"}
    answers = await asyncio.gather(*(api("POST", "clusters", body=body) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert len((await api("GET", "clusters")).json) == 1


async def test_names_are_made_up_and_differ(api: Api, launcher: LauncherNeverReady) -> None:
    names = {(await api.create())["name"] for _ in range(5)}
    assert len(names) == 5


@pytest.mark.parametrize("extension_config", [{"max_clusters": 1, "batch_system": "local"}])
async def test_there_are_no_more_clusters_than_allowed(
    api: Api, launcher: LauncherNeverReady, extension_config: Any
) -> None:
    await api.create()
    answer = await api("POST", "clusters", body={"options": OPTIONS})
    assert (answer.status, answer.json["reason"]) == (409, "TooManyClusters")
    assert "stop one" in answer.json["message"]


@pytest.mark.parametrize(
    ("launcher", "words"),
    [
        (LauncherDiesBeforeReady(), "no module named tls"),
        (LauncherCannotStart(), "100% of nothing"),
        (LauncherHasNoThread(), "can't start new thread"),
    ],
)
async def test_one_that_could_not_be_started_says_why_and_is_dismissed(
    api: Api, launcher: Any, words: str, state_dir: Path
) -> None:
    cluster = await api.create(name="doomed", scaling={"jobs": 3})
    cluster = await api.wait(cluster, lambda c: c["status"] == "failed")
    (problem,) = cluster["problems"]
    assert problem["code"] == "start_failed"
    assert words in problem["message"]
    assert cluster["jobs"]["desired"] == 0
    assert (await api("GET", "clusters", cluster["id"], "jobs")).json == []
    for change in ({"scaling": {"jobs": 1}}, {"name": "other"}):
        answer = await api("PATCH", "clusters", cluster["id"], body=change)
        assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    assert not (state_dir / cluster["id"] / "key.pem").exists()

    assert (await api("DELETE", "clusters", cluster["id"])).status == 204
    assert (await api("GET", "clusters")).json == []
    assert not (state_dir / cluster["id"]).exists()
    # It may also have got as far as to wait for its scheduler, and said so.
    statuses = [status for status, _ in groupby(event["status"] for event in api.events)]
    actions = [action for action, _ in groupby(event["action"] for event in api.events)]
    assert (statuses, actions) == (["starting", "failed"], ["created", "changed", "removed"])


@pytest.mark.parametrize("launcher", [LauncherDiesBeforeReady()])
async def test_logs_of_a_failed_cluster_stay_until_it_is_dismissed(api: Api, launcher: Any) -> None:
    cluster = await api.create()
    await api.wait(cluster, lambda c: c["status"] == "failed")
    log = await api("GET", "clusters", cluster["id"], "logs", source="controller")
    assert (log.status, log.text) == (200, "ImportError: no module named tls\n")
    assert log.headers["Content-Type"].startswith("text/plain")
    missing = await api("GET", "clusters", cluster["id"], "logs", source="81_3")
    assert (missing.status, missing.json["reason"]) == (404, "LogNotFound")


async def test_one_that_never_becomes_ready_can_be_ended_by_force(
    api: Api, state_dir: Path, launcher: LauncherNeverReady
) -> None:
    cluster = await api.create()
    assert (await api("DELETE", "clusters", cluster["id"], force="1")).status == 204
    assert len(launcher.ended) == 1
    assert (await api("GET", "clusters")).json == []
    assert not (state_dir / cluster["id"]).exists()


@pytest.fixture
def file_in_the_way(state_dir: Path) -> Path:
    state_dir.write_text("a file where the registry should be")
    return state_dir


async def test_files_that_cannot_be_written_are_said_so(api: Api, file_in_the_way: Path) -> None:
    answer = await api("POST", "clusters", body={"options": OPTIONS})
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    assert str(file_in_the_way) in answer.json["message"]
    assert (await api("GET", "clusters")).json == []

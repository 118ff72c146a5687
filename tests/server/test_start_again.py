"""A new cluster in the place of one that has ended; whatever goes wrong, nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.process import this_process

from .conftest import OPTIONS, Api, LauncherDiesBeforeReady, LauncherNeverReady
from .test_restart import record

IDLE = Ended("idle", "Nobody used it.", "2026-11-24T12:00:00Z")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def ended(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, "aaaaaaaa", ended=IDLE, scaling={"cores": 2}, name="blue-otter")


async def test_it_takes_the_place_of_the_one_that_ended(
    ended: ClusterDirectory, api: Api, launcher: LauncherNeverReady
) -> None:
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert answer.status == 201, answer.text
    cluster = answer.json
    assert cluster["id"] != "aaaaaaaa"
    assert answer.headers["Location"].endswith(f"/dask-slurm/api/clusters/{cluster['id']}")
    assert (cluster["name"], cluster["status"]) == ("blue-otter", "starting")
    assert cluster["scaling"] == {"cores": 2}
    assert (cluster["options"]["cores"], cluster["options"]["walltime"]) == (1, 600)
    assert [c["id"] for c in (await api("GET", "clusters")).json] == [cluster["id"]]
    assert launcher.launched == [cluster["id"]]
    assert not ended.path.exists()
    actions = [(event["action"], event["cluster_id"]) for event in api.events]
    assert actions[:2] == [("removed", "aaaaaaaa"), ("created", cluster["id"])]
    # Further ones say what it waits for.
    assert set(actions[2:]) <= {("changed", cluster["id"])}


@pytest.mark.parametrize("launcher", [LauncherDiesBeforeReady()])
async def test_it_has_the_options_of_the_first_and_no_more(
    api: Api, launcher: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The options are resolved: the site's own lines are among them already."""
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "site.yaml").write_text(
        'jobqueue: {slurm: {job-extra-directives: ["--constraint=avx512"]}}'
    )
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    first = await api.create(options={**OPTIONS, "job_extra_directives": ["--exclusive"]})
    assert first["options"]["job_extra_directives"] == ["--constraint=avx512", "--exclusive"]
    for _ in range(2):
        first = await api.wait(first, lambda c: c["status"] == "failed")
        again = (await api("POST", "clusters", first["id"], "start-again")).json
        assert again["options"] == first["options"]
        first = again


async def test_one_of_two_at_the_same_moment_starts_it(ended: ClusterDirectory, api: Api) -> None:
    answers = await asyncio.gather(
        *(api("POST", "clusters", "aaaaaaaa", "start-again") for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 404, 404]
    assert len((await api("GET", "clusters")).json) == 1


async def test_one_that_another_server_has_just_started_again_is_not_started_twice(
    ended: ClusterDirectory, api: Api, launcher: LauncherNeverReady
) -> None:
    await still_listed(api)
    ended.forget()
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert (answer.status, answer.json["reason"]) == (404, "ClusterNotFound")
    assert launcher.launched == []
    assert (await api("GET", "clusters")).status == 200


async def test_one_that_lives_is_not_started_again(api: Api) -> None:
    cluster = await api.create()
    answer = await api("POST", "clusters", cluster["id"], "start-again")
    assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    assert "starting" in answer.json["message"]


@pytest.fixture
def still_ending(state_dir: Path) -> ClusterDirectory:
    """Its controller has said why it ends, and is still there, cancelling its jobs."""
    return record(state_dir, "aaaaaaaa", ended=IDLE, owner=this_process())


async def test_one_whose_jobs_are_still_being_cancelled_is_not_started_again(
    still_ending: ClusterDirectory, api: Api
) -> None:
    await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    monitor = await api.extension.manager._registry.find("aaaaaaaa")
    while not monitor.lives:
        await asyncio.sleep(0.01)
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    assert "cancelled" in answer.json["message"]
    assert still_ending.record() is not None


async def still_listed(api: Api) -> None:
    (cluster,) = (await api("GET", "clusters")).json
    assert (cluster["id"], cluster["status"]) == ("aaaaaaaa", "failed")


async def test_one_that_cannot_be_written_leaves_the_old_one(
    ended: ClusterDirectory, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: ClusterDirectory, what: Any) -> None:
        raise OSError(28, "No space left on device")

    await still_listed(api)
    monkeypatch.setattr(ClusterDirectory, "write", full)
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    assert "No space left" in answer.json["message"]
    await still_listed(api)
    assert [path.name for path in ended.path.parent.glob("[0-9a-f]*")] == ["aaaaaaaa"]


async def test_an_old_one_that_does_not_go_leaves_no_second(
    ended: ClusterDirectory, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = ClusterDirectory.forget

    def read_only(self: ClusterDirectory) -> None:
        if self.id != "aaaaaaaa":
            remove(self)

    await still_listed(api)
    monkeypatch.setattr(ClusterDirectory, "forget", read_only)
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    assert "blue-otter" in answer.json["message"]
    await still_listed(api)
    # The same holds for who only wants to be rid of it.
    answer = await api("DELETE", "clusters", "aaaaaaaa")
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    await still_listed(api)
    monkeypatch.undo()
    assert (await api("DELETE", "clusters", "aaaaaaaa")).status == 204


@pytest.fixture
def too_large(state_dir: Path) -> ClusterDirectory:
    ended = Ended("idle", "Nobody used it.", utc_now())
    return record(state_dir, "aaaaaaaa", ended=ended, scaling={"jobs": 20_000})


async def test_what_is_not_allowed_any_more_is_named(too_large: ClusterDirectory, api: Api) -> None:
    answer = await api("POST", "clusters", "aaaaaaaa", "start-again")
    assert answer.status == 400
    assert [problem["field"] for problem in answer.json["problems"]] == ["scaling.jobs"]
    await still_listed(api)

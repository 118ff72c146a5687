"""What the panel asks of a cluster, as far as the controller: answers, refusals, and what is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.wire import Unsent
from jupyter_dask_slurm.process import this_process

from .conftest import OPTIONS, Api, LauncherNeverReady
from .fake_controller import FakeController, fake_controller
from .test_restart import DEAD, record

ADAPT = {"minimum_jobs": 1, "maximum_jobs": 4}


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def directory(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, "aaaaaaaa", owner=this_process())


@pytest.fixture
async def controller(directory: ClusterDirectory, api: Api) -> AsyncIterator[FakeController]:
    async with fake_controller(directory) as (controller, connection):
        directory.write(connection)
        await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        yield controller
        await api.extension.stop_extension()


async def test_a_controller_that_answers_is_not_dead_wherever_its_process_is(
    state_dir: Path, api: Api
) -> None:
    """As from a container that has the name of the controller's host and other processes."""
    directory = record(state_dir, "aaaaaaaa", owner=DEAD)
    async with fake_controller(directory, DEAD) as (controller, connection):
        directory.write(connection)
        cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        controller.broken = True
        controller.change(cores=4)
        cluster = await api.wait(cluster, lambda c: c["status"] != "running")
        assert cluster["status"] == "unreachable"
        controller.broken = False
        await api.wait(cluster, lambda c: c["status"] == "running")
        assert directory.ended() is None
        assert directory.key.exists()
        await api.extension.stop_extension()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "asked"),
    [
        ("POST", ["retry"], None, 200, ("POST", "retry", {})),
        ("POST", ["extend-idle"], None, 200, ("POST", "idle/extend", {"seconds": None})),
        ("POST", ["extend-idle"], {"seconds": 60}, 200, ("POST", "idle/extend", {"seconds": 60})),
        ("DELETE", ["jobs", "81_3"], None, 204, ("POST", "jobs/81_3/cancel", {})),
        ("DELETE", ["jobs", "81"], None, 204, ("POST", "jobs/81/cancel", {})),
        ("POST", ["jobs", "81_3", "replace"], None, 200, ("POST", "jobs/81_3/replace", {})),
        ("PATCH", [], {"idle_timeout": 0}, 200, ("PUT", "idle", {"timeout": 0})),
        ("PATCH", [], {"name": "otter"}, 200, ("PUT", "name", {"name": "otter"})),
        ("PATCH", [], {"scaling": {"cores": 3}}, 200, ("PUT", "target", {"scaling": {"cores": 3}})),
        (
            "PATCH",
            [],
            {"scaling": {"adapt": {**ADAPT, "grow_after": 9}}},
            200,
            (
                "PUT",
                "target",
                {"scaling": {"adapt": {**ADAPT, "grow_after": 9, "shrink_after": 120}}},
            ),
        ),
    ],
)
async def test_the_controller_is_asked_and_its_answer_shown(
    api: Api,
    controller: FakeController,
    method: str,
    path: list[str],
    body: Any,
    status: int,
    asked: tuple[str, str, Any],
) -> None:
    answer = await api(method, "clusters", "aaaaaaaa", *path, body=body)
    assert answer.status == status, answer.text
    assert controller.asked == [asked]
    if status == 200:
        assert answer.json == await api.get({"id": "aaaaaaaa"})
        assert answer.json["name"] == controller.cluster.name


@pytest.mark.parametrize(
    ("refusal", "status", "reason"),
    [
        ((404, {"message": "no such job", "reason": "JobNotFound"}), 404, "JobNotFound"),
        ((409, {"message": "it has ended", "reason": "WrongState"}), 409, "WrongState"),
        ((404, {}), 409, "WrongState"),
        ((503, {"message": "the disk is full", "reason": "Unavailable"}), 503, "Unavailable"),
        ((500, {}), 502, "ControllerRefused"),
    ],
)
async def test_a_refusal_is_answered_with_its_words(
    api: Api, controller: FakeController, refusal: Any, status: int, reason: str
) -> None:
    controller.refusal = refusal
    for method, path in [("DELETE", ["jobs", "81_3"]), ("POST", ["jobs", "81_3", "replace"])]:
        answer = await api(method, "clusters", "aaaaaaaa", *path)
        assert (answer.status, answer.json["reason"]) == (status, reason)
        assert refusal[1].get("message", "") in answer.json["message"]


async def test_no_path_of_the_control_api_is_reached_through_the_id_of_a_job(
    api: Api, controller: FakeController
) -> None:
    for job_id in ["..", "81_3%2F..%2Fstop", "81 3", "x", "81_", "٣", "1" * 300 + "x"]:
        answer = await api("DELETE", "clusters", "aaaaaaaa", "jobs", job_id)
        assert answer.status == 404, job_id
    assert controller.asked == []


async def test_what_was_asked_is_kept_for_starting_again(
    api: Api, controller: FakeController, directory: ClusterDirectory
) -> None:
    body = {"scaling": {"jobs": 5}, "idle_timeout": 77}
    await api("PATCH", "clusters", "aaaaaaaa", body=body)
    await api("DELETE", "clusters", "aaaaaaaa", "jobs", "81_3")
    kept = directory.record()
    assert kept is not None
    assert (kept.scaling, kept.options.idle_timeout) == (Scaling("jobs", 4), 77)
    assert kept.unsent == Unsent()


async def test_what_was_asked_before_it_started_is_told(
    api: Api, directory: ClusterDirectory
) -> None:
    body = {"scaling": {"adapt": ADAPT}, "name": "later", "idle_timeout": 0}
    answer = await api("PATCH", "clusters", "aaaaaaaa", body=body)
    assert (answer.status, answer.json["options"]["idle_timeout"]) == (200, 0)
    for path in (["retry"], ["extend-idle"], ["jobs", "81_3", "replace"]):
        answer = await api("POST", "clusters", "aaaaaaaa", *path)
        assert (answer.status, answer.json["reason"]) == (409, "WrongState")
        assert "starting" in answer.json["message"]
    await api.extension.stop_extension()  # a launcher that waits for ever looks at no file
    async with fake_controller(directory) as (controller, connection):
        directory.write(connection)
        await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        told = [path for _, path, _ in controller.asked]
        assert told == ["name", "target", "idle"]
        await api.extension.stop_extension()
    kept = directory.record()
    assert kept is not None
    assert kept.unsent == Unsent()


async def test_an_older_controller_that_cannot_do_what_was_asked_is_usable_all_the_same(
    api: Api, directory: ClusterDirectory
) -> None:
    await api("PATCH", "clusters", "aaaaaaaa", body={"idle_timeout": 0})
    await api.extension.stop_extension()
    async with fake_controller(directory) as (controller, connection):
        controller.refusal = (404, {})
        directory.write(connection)
        await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        await api.extension.stop_extension()


@pytest.fixture
def extension_config(extension_config: dict[str, Any]) -> dict[str, Any]:
    return {
        **extension_config,
        "maximum_age": 3600,
        "idle_timeout": 600,
        "grow_after": 7,
        "placement": "job",
        "controller_memory": "3 GB",
        "documentation_url": "https://docs.example.org",
    }


async def test_what_the_administrator_set_fills_what_is_left_open(api: Api) -> None:
    site = (await api("GET", "site")).json
    assert site["adapt"] == {"grow_after": 7, "shrink_after": 120}
    assert site["placements"] == ["local"], "there is no Slurm here"
    assert site["documentation_url"] == "https://docs.example.org"
    defaults = site["defaults"]
    assert (defaults["idle_timeout"], defaults["maximum_age"]) == (600, 3600)
    assert (defaults["placement"], defaults["controller_memory"]) == ("local", 3_000_000_000)

    cluster = await api.create(scaling={"adapt": ADAPT})
    assert cluster["scaling"] == {"adapt": {**ADAPT, "grow_after": 7, "shrink_after": 120}}
    options = cluster["options"]
    assert (options["idle_timeout"], options["maximum_age"]) == (600, 3600)
    assert (options["placement"], options["controller_memory"]) == ("local", None)

    body = {"options": {**OPTIONS, "maximum_age": 0}, "scaling": {"adapt": ADAPT}}
    preview = (await api("POST", "job-script", body=body)).json
    assert (preview["problems"], preview["options"]["maximum_age"]) == ([], 0)


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("controller_memory", "12 bananas"),
        ("controller_walltime", "soon"),
        ("controller_partition", "a b"),
        ("placement", "moon"),
        ("maximum_age", -1),
        ("profiles", {"Large": {"options": {"cores": 0}}}),
        ("documentation_url", "javascript:alert()"),
    ],
)
def test_what_the_administrator_may_not_set(trait: str, value: Any) -> None:
    from traitlets import TraitError

    from jupyter_dask_slurm.server.app import DaskSlurmExtension

    with pytest.raises(TraitError, match=trait):
        setattr(DaskSlurmExtension(), trait, value)

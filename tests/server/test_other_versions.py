"""Controllers that speak another protocol: used as far as both sides understand, and said in words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters.find import look
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.wire import PROTOCOL
from jupyter_dask_slurm.process import this_process

from ..cluster_files.test_protocol_1 import recorded
from .conftest import Api, LauncherNeverReady
from .fake_controller import FakeController, fake_controller
from .test_restart import record

ID = "aaaaaaaa"
ADAPT = {"minimum_jobs": 1, "maximum_jobs": 4, "grow_after": 2, "shrink_after": 120}
Say = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def directory(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, ID, owner=this_process())


def as_protocol_1(state: dict[str, Any]) -> dict[str, Any]:
    """The fields that a controller of protocol 1 has, no other."""
    old = recorded("state.json")
    cluster = {key: state["cluster"][key] for key in old["cluster"]}
    return {"protocol": 1, "revision": state["revision"], "cluster": cluster}


def as_the_next(state: dict[str, Any]) -> dict[str, Any]:
    """As one that speaks the next protocol, still understands ours, and says more than we know."""
    cluster = {**state["cluster"], "mood": "good"}
    for name in ("options", "jobs", "workers"):
        cluster[name] = {**cluster[name], "new": {"of": "the next"}}
    scaling = {**cluster["scaling"], "since": "2026-11-23T05:00:00Z"}
    if "adapt" in scaling:
        scaling["adapt"] = {**scaling["adapt"], "interval": 3}
    protocol = {"protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL, "new": 1}
    return {**state, **protocol, "cluster": {**cluster, "scaling": scaling}}


def as_one_after(state: dict[str, Any]) -> dict[str, Any]:
    """As one that has left our protocol behind: it says nothing that we would understand."""
    return {"protocol": PROTOCOL + 2, "oldest_protocol": PROTOCOL + 1, "clusters": [state]}


def in_gpus(state: dict[str, Any]) -> dict[str, Any]:
    """As one that was scaled by a newer server to what we have no word for."""
    cluster = {**state["cluster"], "scaling": {"gpus": 4}}
    if state["cluster"]["scaling"] != {"jobs": 2}:
        return state  # it has been scaled by us
    return {**state, "protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL, "cluster": cluster}


@pytest.fixture
async def controller(
    directory: ClusterDirectory, api: Api, request: pytest.FixtureRequest
) -> AsyncIterator[FakeController]:
    say: Say = request.param
    async with fake_controller(directory) as (controller, connection):
        controller.say_as = say
        said = say({"revision": 1, "cluster": {**recorded("state.json")["cluster"]}})
        protocol = {key: said.get(key, 1) for key in ("protocol", "oldest_protocol")}
        directory.write(replace(connection, **protocol))
        yield controller
        await api.extension.stop_extension()


@pytest.mark.parametrize("controller", [as_protocol_1, as_the_next], indirect=True)
async def test_one_protocol_older_or_newer_is_listed_scaled_and_stopped(
    api: Api, controller: FakeController
) -> None:
    cluster = await api.wait({"id": ID}, lambda c: c["status"] == "running")
    assert (cluster["scaling"], cluster["problems"]) == ({"jobs": 2}, [])
    for scaling in ({"cores": 3}, {"adapt": ADAPT}):
        answer = await api("PATCH", "clusters", ID, body={"scaling": scaling})
        assert (answer.status, answer.json["scaling"]) == (200, scaling)
    answer = await api("PATCH", "clusters", ID, body={"name": "otter", "idle_timeout": 77})
    assert (answer.json["name"], answer.json["options"]["idle_timeout"]) == ("otter", 77)
    assert (await api("GET", "clusters", ID, "jobs")).json == []
    assert (await api("DELETE", "clusters", ID)).status == 204
    assert controller.asked == [
        ("PUT", "target", {"scaling": {"cores": 3}}),
        ("PUT", "target", {"scaling": {"adapt": ADAPT}}),
        ("PUT", "name", {"name": "otter"}),
        ("PUT", "idle", {"timeout": 77}),
        ("POST", "stop", {}),
    ]


@pytest.mark.parametrize("controller", [as_one_after], indirect=True)
async def test_one_that_is_not_understood_says_so_and_is_asked_for_nothing_but_its_end(
    api: Api, controller: FakeController, directory: ClusterDirectory, state_dir: Path
) -> None:
    cluster = await api.wait({"id": ID}, lambda c: c["status"] == "unreachable")
    (problem,) = cluster["problems"]
    assert problem["code"] == "controller_incompatible"
    assert f"newer version, which speaks protocol {PROTOCOL + 2}" in problem["message"]
    assert "server of its version" in problem["advice"]
    (listed,) = await look(state_dir)
    assert (listed.status, listed.problems[0].code) == ("unreachable", "controller_incompatible")

    for method, path, body in [
        ("PATCH", (), {"scaling": {"jobs": 0}}),
        ("PATCH", (), {"name": "otter"}),
        ("POST", ("retry",), None),
        ("DELETE", ("jobs", "81_3"), None),
        ("GET", ("jobs",), None),
    ]:
        answer = await api(method, "clusters", ID, *path, body=body)
        assert (answer.status, answer.json["reason"]) == (502, "ControllerIncompatible")
        assert "newer version" in answer.json["message"]
    assert controller.asked == []
    kept = directory.record()
    assert kept is not None
    assert kept.scaling.amount == 2

    assert (await api("DELETE", "clusters", ID)).status == 204
    assert controller.asked == [("POST", "stop", {})]


@pytest.mark.parametrize("controller", [in_gpus], indirect=True)
async def test_a_size_that_is_not_understood_is_said_and_never_sent(
    api: Api, controller: FakeController, directory: ClusterDirectory
) -> None:
    cluster = await api.wait({"id": ID}, lambda c: c["status"] == "unreachable")
    (problem,) = cluster["problems"]
    assert problem["code"] == "controller_incompatible"
    assert "this cluster's size cannot be read: cluster.scaling" in problem["message"]
    assert "gpus" in problem["message"]
    assert controller.asked == []
    # Until the user says what it is to be.
    answer = await api("PATCH", "clusters", ID, body={"scaling": {"jobs": 5}})
    assert (answer.status, answer.json["scaling"]) == (200, {"jobs": 5})
    cluster = await api.wait(cluster, lambda c: c["status"] == "running")
    assert cluster["problems"] == []


def change_record(directory: ClusterDirectory, **changes: Any) -> dict[str, Any]:
    data = {**json.loads(directory.record_file.read_text()), **changes}
    directory.record_file.write_text(json.dumps(data))
    return data


NOT_UNDERSTOOD: list[dict[str, Any]] = [
    {"scaling": {"gpus": 4}, "protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL},
    {"protocol": PROTOCOL + 2, "oldest_protocol": PROTOCOL + 1},
    {"unsent": {"scaling": {"gpus": 4}}},
]


@pytest.mark.parametrize("changes", NOT_UNDERSTOOD)
async def test_a_record_that_is_not_understood_is_told_to_nobody_and_not_written_over(
    directory: ClusterDirectory, api: Api, changes: dict[str, Any]
) -> None:
    async with fake_controller(directory, scaling=Scaling("jobs", 3)) as (controller, connection):
        directory.write(connection)
        written = change_record(directory, **changes)
        cluster = await api.wait({"id": ID}, lambda c: c["status"] == "running")
        assert cluster["scaling"] == {"jobs": 3}
        answer = await api("PATCH", "clusters", ID, body={"name": "otter"})
        assert (answer.status, answer.json["name"]) == (200, "otter")
        assert controller.asked == [("PUT", "name", {"name": "otter"})]
        await api.extension.stop_extension()
    assert json.loads(directory.record_file.read_text()) == written


@pytest.mark.parametrize("changes", NOT_UNDERSTOOD)
async def test_one_of_which_nothing_is_understood_says_why(
    directory: ClusterDirectory, api: Api, changes: dict[str, Any]
) -> None:
    change_record(directory, **changes)
    cluster = await api.wait({"id": ID}, lambda c: c["status"] == "unreachable")
    (problem,) = cluster["problems"]
    assert problem["code"] == "files_unreadable"
    assert "gpus" in problem["message"] or "newer version" in problem["message"]


async def test_what_a_newer_server_wrote_into_a_record_stays(
    directory: ClusterDirectory, api: Api
) -> None:
    """An option that this version does not know is the cluster's all the same, also after Start again."""
    data = json.loads(directory.record_file.read_text())
    options = {**data["options"], "environment": {"A": "b"}}
    change_record(directory, options=options, billed_to="physics")
    answer = await api("PATCH", "clusters", ID, body={"name": "otter", "idle_timeout": 77})
    assert answer.status == 200
    kept = json.loads(directory.record_file.read_text())
    assert (kept["name"], kept["billed_to"]) == ("otter", "physics")
    assert kept["options"] == {**options, "idle_timeout": 77}

"""The server beside a real Slurm: its limits, its silence, and jobs left by a dead controller."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm import system
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.process import Owner, this_host

from ..slurm.commands import RecordedCommands
from ..slurm.handle import Slurm
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_rest_api import conforms
from .test_restart import record

pytestmark = pytest.mark.timeout(360)

DEAD = Owner(this_host(), "another boot", 1, 1)


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(extension_config: dict[str, Any], slurm: Slurm) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


async def test_what_slurm_does_not_allow_is_named_before_it_is_asked(api: Api) -> None:
    site = (await api("GET", "site")).json
    assert (site["batch_system"], site["choices"]) == ("slurm", ["slurm", "local"])
    partitions = {partition["name"]: partition for partition in site["partitions"]}
    assert partitions["debug"]["default"] is True
    assert partitions["debug"]["max_walltime"] == 1800

    for options, field, words in [
        ({"partition": "nightly"}, "partition", "there are debug, long"),
        ({"cores": 5000}, "cores", "a node of debug has"),
        ({"memory": "900 TB"}, "memory", "a node of debug has"),
    ]:
        answer = await api("POST", "clusters", body={"options": {**OPTIONS, **options}})
        assert answer.status == 400, options
        (problem,) = answer.json["problems"]
        assert problem["field"] == field
        assert words in problem["message"]
    assert (await api("GET", "clusters")).json == []

    # What this Slurm takes (EnforcePartLimits=NO), and never starts, is created if one insists.
    for options in ({"walltime": "01:00:00"}, {"partition": "debug", "walltime": "31"}):
        script = (await api("POST", "job-script", body={"options": {**OPTIONS, **options}})).json
        assert script["problems"] == []
        (doubt,) = script["warnings"]
        assert (doubt["field"], doubt["doubtful"]) == ("walltime", True)
        assert "debug allows 30 min" in doubt["message"]
        assert "never starts it" in doubt["message"]
    assert (await api.create(options={"walltime": "01:00:00"}))["status"] == "starting"

    for options, warned in [
        ({"partition": "long", "walltime": "01:00:00"}, []),
        ({"partition": "debug,long", "walltime": "01:00:00"}, []),
        ({"partition": "broken"}, ["partition"]),
        ({"walltime": "01:00:00", "qos": "normal"}, ["walltime"]),
    ]:
        script = (await api("POST", "job-script", body={"options": {**OPTIONS, **options}})).json
        assert script["problems"] == [], options
        assert [warning["field"] for warning in script["warnings"]] == warned


async def test_what_is_exported_for_sbatch_is_judged_and_shown(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SBATCH_PARTITION", "long")
    site = (await api("GET", "site")).json
    assert site["exported"] == {"partition": {"variable": "SBATCH_PARTITION", "value": "long"}}
    for partition, found in ({}, []), ({"partition": "debug"}, ["walltime"]):
        options = {**OPTIONS, **partition, "walltime": "01:00:00"}
        body = {"options": options}
        script = (await api("POST", "job-script", body=body)).json
        assert [at["field"] for at in script["problems"] + script["warnings"]] == found
    monkeypatch.setenv("SBATCH_PARTITION", "nightly")
    script = (await api("POST", "job-script", body={"options": OPTIONS})).json
    (problem,) = script["problems"]
    assert problem["field"] == "partition"
    assert problem["message"].startswith("SBATCH_PARTITION=nightly: no partition nightly")


async def test_how_long_a_controller_in_a_job_lets_its_cluster_live(api: Api) -> None:
    for options, place, seconds in [
        ({"partition": "debug"}, None, 1800),
        ({"partition": "long"}, None, 2 * 86400),
        ({"job_extra_directives": ["-p long"]}, None, 2 * 86400),
        ({"partition": "auto"}, "long", 2 * 86400),
        ({"partition": "long", "controller_partition": "debug"}, "debug", 1800),
    ]:
        given = {**OPTIONS, "placement": "job", **options}
        script = (await api("POST", "job-script", body={"options": given})).json
        assert (script["problems"], script["warnings"]) == ([], []), options
        resolved = script["options"]
        assert (resolved["controller_partition"], resolved["controller_walltime"]) == (
            place,
            seconds,
        )


async def test_auto_is_resolved_and_shown(api: Api, state_dir: Path) -> None:
    for options, partition in [
        ({}, "debug,long"),
        ({"walltime": "01:00:00"}, "long"),
    ]:
        given = {**OPTIONS, **options, "partition": "auto"}
        script = (await api("POST", "job-script", body={"options": given})).json
        assert script["problems"] == script["warnings"] == []
        assert script["options"]["partition"] == partition
        assert {"text": f"#SBATCH -p {partition}", "from": "partition"} in script["lines"]
    given = {**OPTIONS, "partition": "auto", "cores": 5000}
    script = (await api("POST", "job-script", body={"options": given})).json
    assert [problem["field"] for problem in script["problems"]] == ["cores"]
    assert "#SBATCH -p" not in script["script"]
    assert (await api("POST", "clusters", body={"options": given})).status == 400
    # The embedded queue has no partitions.
    given = {**OPTIONS, "partition": "auto"}
    body = {"options": given, "batch_system": "local"}
    script = (await api("POST", "job-script", body=body)).json
    assert (script["problems"], script["options"]["partition"]) == ([], None)
    # Where Slurm refuses that list, the controller may do without: not if a directive chose it.
    for options, automatic in [({}, True), ({"job_extra_directives": ["-p debug"]}, False)]:
        cluster = await api.create(options={"partition": "auto", **options})
        assert cluster["options"]["partition"] == ("debug,long" if automatic else None)
        template = ClusterDirectory(state_dir / cluster["id"]).template()
        assert template is not None
        assert template.automatic_partition is automatic


async def test_a_slurm_that_hides_its_nodes_is_used_all_the_same(
    api: Api, slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = "slurm_load_node: Access/permission denied"
    sinfo = tmp_path / "bin" / "sinfo"
    sinfo.parent.mkdir()
    sinfo.write_text(f"#!/bin/sh\necho '{denied}' >&2\nexit 1\n")
    sinfo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sinfo.parent}:{os.environ['PATH']}")
    site = (await api("GET", "site")).json
    conforms(site, "Site")
    assert (site["problem"], site["cluster"]) == (None, "lab")
    assert [partition["name"] for partition in site["partitions"]] == ["debug", "long", "broken"]
    (unseen,) = site["unseen"]
    assert unseen["what"] == "nodes"
    assert "cores and memory of a node are not checked" in unseen["message"]
    assert denied in unseen["message"]
    options = {"partition": "auto", "cores": 5000}
    script = (await api("POST", "job-script", body={"options": {**OPTIONS, **options}})).json
    assert (script["problems"], script["options"]["partition"]) == ([], "debug,long,broken")
    assert (await api.create(options={"partition": "auto"}))["status"] == "starting"


@pytest.fixture
def silence(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for Slurm waits longer than any test may take."""
    commands = RecordedCommands(tmp_path, slurm)
    commands.silence()
    monkeypatch.setenv("PATH", commands.environ["PATH"])
    for name in ("_LIMIT", "_SUBMIT_LIMIT", "_ESTIMATE_LIMIT"):
        monkeypatch.setattr(system, name, 600.0)


async def test_a_silent_slurm_keeps_nobody_waiting(silence: None, api: Api) -> None:
    cluster = await api.create(name="patient")
    assert cluster["status"] == "starting"
    assert len((await api("GET", "clusters")).json) == 1
    site = (await api("GET", "site")).json
    assert site["problem"]["code"] == "batch_system_slow"
    assert "still waiting for its partitions" in site["problem"]["message"]
    automatic = await api.create(name="automatic", options={"partition": "auto"})
    assert automatic["options"]["partition"] is None
    local = await api.create(name="impatient", batch_system="local")
    assert local["batch_system"] == "local"


@pytest.fixture
def left_behind(state_dir: Any, slurm: Slurm) -> ClusterDirectory:
    """A cluster that was ready, whose host was restarted, and whose jobs are in the queue."""
    directory = record(state_dir, "aaaaaaaa", batch_system="slurm", owner=DEAD)
    was_ready(directory)
    for name in ("n-aaaaaaaa-1", "n-bbbbbbbb-1"):
        slurm.run("sbatch", "-J", name, "-o", "/dev/null", "--wrap", "sleep 300")
    return directory


def was_ready(directory: ClusterDirectory) -> None:
    """Write what its controller wrote before the host was restarted."""
    connection = Connection(
        id=directory.id,
        name=f"n-{directory.id}",
        address="tls://127.0.0.1:1",
        control_address="https://127.0.0.1:1",
        dashboard_address="https://127.0.0.1:1",
        owner=DEAD,
        version="0",
    )
    directory.write(connection)


def queued(slurm: Slurm) -> list[str]:
    states = "PENDING,RUNNING,CONFIGURING"
    return slurm.run("squeue", "-h", "-t", states, "-o", "%j").split()


async def test_jobs_of_a_dead_controller_are_cancelled_by_their_names(
    left_behind: ClusterDirectory, api: Api, slurm: Slurm
) -> None:
    cluster = await api.wait(
        {"id": "aaaaaaaa"},
        lambda c: c["status"] == "failed" and "were cancelled" in c["problems"][0]["message"],
    )
    assert cluster["problems"][0]["code"] == "controller_died"
    assert queued(slurm) == ["n-bbbbbbbb-1"], "nobody else's"
    assert not left_behind.connection_file.exists()
    assert (await api("DELETE", "clusters", "aaaaaaaa")).status == 204


async def test_jobs_that_cannot_be_cancelled_yet_are_not_forgotten(
    left_behind: ClusterDirectory, api: Api, slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.clusters.batch_systems.CANCEL_LIMIT", 1.0)
    slurm.stop_slurmctld()
    # Its end is said before its jobs are cancelled.
    cluster = await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    assert (
        cluster["problems"][0]["message"]
        == "The cluster's controller is gone. It was killed, or its host was restarted."
    )
    await api.wait(cluster, lambda c: "could not be cancelled yet" in c["problems"][0]["message"])
    answer = await api("DELETE", "clusters", "aaaaaaaa")
    assert (answer.status, answer.json["reason"]) == (409, "WrongState")
    assert "force" in answer.json["message"]
    slurm.continue_slurmctld()
    await api.wait({"id": "aaaaaaaa"}, lambda c: "were cancelled" in c["problems"][0]["message"])
    assert queued(slurm) == ["n-bbbbbbbb-1"]


async def test_force_says_what_it_could_not_do(
    left_behind: ClusterDirectory, api: Api, slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.clusters.batch_systems.CANCEL_LIMIT", 1.0)
    slurm.stop_slurmctld()
    await api("GET", "clusters")
    answer = await api("DELETE", "clusters", "aaaaaaaa", force="1")
    assert answer.status in (503, 504)
    (cluster,) = (await api("GET", "clusters")).json
    assert [problem["code"] for problem in cluster["problems"]] == ["ended_by_force"]
    assert (await api("DELETE", "clusters", "aaaaaaaa")).status == 204
    assert (await api("GET", "clusters")).json == []

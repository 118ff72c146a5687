"""The administrator's limits in the REST API: wherever something is asked for, and said at its field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Partition, Site
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.site_cache import SiteAnswer
from jupyter_dask_slurm.job_script.__main__ import render
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import Policy

from ..support.clusters import template
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_restart import record

POLICY: dict[str, Any] = {
    "partitions": ["debug", "long"],
    "max_cores": 2,
    "max_memory": "1 GB",
    "max_walltime": 10,
    "max_idle_timeout": 600,
    "max_age": "1 day",
    "fixed": {"account": "physics", "death_timeout": 30},
    "forbidden": ["job_script_prologue", "python", "qos"],
    "hidden_partitions": ["hidden"],
    "hidden": ["local_directory"],
    "max_jobs": 10,
    "max_clusters": 3,
    "max_cores_per_user": 6,
    "default_profile": "GPU",
    "message": "Maintenance on Monday.",
    "link": "https://docs.example.org/dask",
}
PROFILES = {"GPU": {"options": {"job_script_prologue": ["module load cuda"]}}}
ENDED = Ended("idle", "Nobody used it.", "2026-11-24T12:00:00Z")

pytestmark = pytest.mark.usefixtures("unknown_site")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(state_dir: Path) -> dict[str, Any]:
    return {
        "state_dir": str(state_dir),
        "batch_system": "slurm",
        "max_jobs": 4,
        "profiles": PROFILES,
        "policy": POLICY,
    }


async def problems(api: Api, options: dict[str, Any], **more: Any) -> dict[str, str]:
    """What a form says of these options, by field; creating such a cluster is refused with the same."""
    body = {"options": {**OPTIONS, **options}, **more}
    shown = (await api("POST", "job-script", body=body)).json["problems"]
    answer = await api("POST", "clusters", body=body)
    if shown:
        assert (answer.status, answer.json["reason"]) == (400, "InvalidOptions")
        assert answer.json["problems"] == shown
    else:
        assert answer.status == 201, answer.text
        await api("DELETE", "clusters", answer.json["id"], force="1")
    return {problem["field"]: problem["message"] for problem in shown}


async def test_what_is_left_open_is_filled_in_with_what_is_allowed(api: Api) -> None:
    cluster = await api.create()
    options = cluster["options"]
    assert (options["partition"], options["account"]) == ("debug", "physics")
    assert (options["death_timeout"], options["idle_timeout"]) == (30, 600)
    assert options["maximum_age"] == 86400
    kept = api.extension.manager._settings.policy
    directory = ClusterDirectory(api.extension.manager._settings.state_dir / cluster["id"])
    found = directory.record()
    assert found is not None
    assert found.settings.policy == kept != Policy()
    assert directory.record_file.stat().st_mode & 0o777 == 0o600


NOT_ALLOWED: list[tuple[dict[str, Any], str, str]] = [
    ({"partition": "other"}, "partition", "other is not allowed here; there is debug, long"),
    ({"cores": 3}, "cores", "at most 2 cores a job may be asked for here"),
    ({"memory": "2 GB"}, "memory", "at most 953.7 MiB a job may be asked for here"),
    ({"walltime": 601}, "walltime", "at most 10 min a job may be asked for here"),
    ({"idle_timeout": 0}, "idle_timeout", "at most 10 min is allowed here; 0 is never"),
    ({"maximum_age": 86401}, "maximum_age", "at most 1 day is allowed here"),
    ({"account": "biology"}, "account", "it is physics here, for everybody"),
    ({"death_timeout": 60}, "death_timeout", "it is 00:00:30 here, for everybody"),
    ({"job_script_prologue": ["ls"]}, "job_script_prologue", "it is not for users to choose"),
    ({"python": "/usr/bin/python3"}, "python", "it is not for users to choose here"),
    ({"qos": "high"}, "qos", "it is not for users to choose here"),
    (
        {"job_extra_directives": ["--qos=high"]},
        "job_extra_directives",
        "--qos=high: it is not for users to choose here",
    ),
    ({"job_extra_directives": ["-p other"]}, "job_extra_directives", "other is not allowed"),
    ({"job_script_prologue": ["#SBATCH -t 60"]}, "job_extra_directives", "asks for 1 h"),
]


async def test_what_is_not_allowed_is_said_at_its_field(api: Api) -> None:
    for options, field, message in NOT_ALLOWED:
        assert message in (await problems(api, options))[field]
    answer = await api("POST", "estimate", body={"options": {**OPTIONS, "cores": 3}})
    assert (answer.status, answer.json["problems"][0]["field"]) == (400, "cores")


async def test_more_jobs_than_allowed_are_said_at_the_size(api: Api) -> None:
    assert await problems(api, {}, scaling={"jobs": 5}) == {
        "scaling.jobs": "5 jobs; at most 4 are allowed here"
    }


async def test_what_a_profile_of_the_administrator_says_may_be_chosen(api: Api) -> None:
    assert await problems(api, PROFILES["GPU"]["options"]) == {}


async def test_the_site_says_what_is_forbidden_and_the_user_does_not(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, line in (("ROOT_CONFIG", "module load gcc"), ("CONFIG", "mine")):
        directory = tmp_path / name
        directory.mkdir()
        text = f'jobqueue: {{slurm: {{job-script-prologue: ["{line}"]}}}}'
        (directory / "jobqueue.yaml").write_text(text)
    monkeypatch.setenv("DASK_ROOT_CONFIG", str(tmp_path / "ROOT_CONFIG"))
    assert await problems(api, {}) == {}
    await api.extension.manager._on_demand._renderer.stop()  # the next one sees another environment
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "CONFIG"))
    said = await problems(api, {})
    assert list(said) == ["job_script_prologue"]
    assert said["job_script_prologue"].endswith("home directory or environment sets it")


async def test_the_environment_is_judged(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBATCH_PARTITION", "other")
    assert "SBATCH_PARTITION=other: other is not allowed" in (await problems(api, {}))["partition"]


async def test_a_change_is_judged(api: Api, state_dir: Path) -> None:
    cluster = await api.create(scaling={"jobs": 1})
    path = ("clusters", cluster["id"])
    for body, field in (
        ({"scaling": {"jobs": 5}}, "scaling.jobs"),
        (
            {"scaling": {"adapt": {"minimum_jobs": 0, "maximum_jobs": 5}}},
            "scaling.adapt.maximum_jobs",
        ),
        ({"idle_timeout": 601}, "idle_timeout"),
        ({"idle_timeout": 0}, "idle_timeout"),
    ):
        answer = await api("PATCH", *path, body=body)
        assert (answer.status, answer.json["problems"][0]["field"]) == (400, field)
    answer = await api("POST", *path, "extend-idle", body={"seconds": 601})
    assert (answer.status, answer.json["problems"][0]["field"]) == (400, "seconds")
    assert (await api("PATCH", *path, body={"scaling": {"jobs": 4}})).status == 200


async def test_the_cores_of_all_clusters_are_counted(api: Api) -> None:
    first = await api.create(scaling={"jobs": 3})
    body = {"options": OPTIONS, "scaling": {"jobs": 4}}
    answer = await api("POST", "clusters", body=body)
    assert (answer.status, answer.json["problems"][0]["field"]) == (400, "scaling.jobs")
    assert "beside 3 of your other clusters; at most 6" in answer.json["problems"][0]["message"]
    await api.create(scaling={"jobs": 3})
    for jobs, status in ((4, 400), (2, 200), (3, 200)):
        answer = await api("PATCH", "clusters", first["id"], body={"scaling": {"jobs": jobs}})
        assert answer.status == status, answer.text


@pytest.mark.parametrize("kept", [True, False], ids=["its script", "as the version before"])
async def test_starting_again_is_judged_by_what_is_allowed_now(
    state_dir: Path, api: Api, kept: bool
) -> None:
    allowed: dict[str, Any] = {
        **OPTIONS,
        "partition": "long",
        "account": "physics",
        "death_timeout": 30,
        "idle_timeout": 600,
        "maximum_age": 600,
    }
    for number, (options, field) in enumerate(
        (
            ({"cores": 3}, "cores"),
            ({"partition": "other"}, "partition"),
            ({"job_script_prologue": ["ls"]}, "job_script_prologue"),
            ({"account": "biology"}, "account"),
            ({"idle_timeout": 0}, "idle_timeout"),
            ({}, None),
        )
    ):
        asked = {"options": {**allowed, **options}}
        resolved = ClusterOptions.from_json(render(asked)["options"])
        directory = record(
            state_dir, f"aaaaaaa{number}", ended=ENDED, options=resolved, batch_system="slurm"
        )
        if kept:
            directory.write(template(asked["options"]))
        answer = await api("POST", "clusters", directory.id, "start-again")
        if field is None:
            assert answer.status == 201, answer.text
        else:
            assert (answer.status, [p["field"] for p in answer.json["problems"]]) == (400, [field])
            assert directory.record() is not None


async def test_auto_chooses_among_what_is_allowed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    partitions = tuple(
        Partition(name, default=name == "other", cores_per_node=8, memory_per_node=2**33)
        for name in ("other", "long", "debug")
    )

    async def known(*about: object) -> SiteAnswer:
        return SiteAnswer(Site("slurm", "24.05", partitions=partitions))

    monkeypatch.setattr(BatchSystems, "site", known)
    for asked, chosen in (("auto", "long,debug"), (None, "debug")):
        options = {**OPTIONS, "partition": asked}
        answer = (await api("POST", "job-script", body={"options": options})).json
        assert (answer["problems"], answer["options"]["partition"]) == ([], chosen)
    offered = (await api("GET", "site")).json["partitions"]
    assert [partition["name"] for partition in offered] == ["long", "debug"]


async def test_the_form_is_told_the_bounds(api: Api) -> None:
    site = (await api("GET", "site")).json
    assert site["limits"] == {
        "max_jobs": 4,
        "max_clusters": 3,
        "partitions": ["debug", "long"],
        "accounts": None,
        "qos": None,
        "max_cores": 2,
        "max_memory": 10**9,
        "max_walltime": 600,
        "max_gpus": None,
        "max_cores_per_user": 6,
        "max_idle_timeout": 600,
        "max_age": 86400,
        "fixed": {"account": "physics", "death_timeout": 30},
        "forbidden": ["job_script_prologue", "python", "qos"],
        "hidden": ["local_directory"],
        "default_profile": "GPU",
        "profiles_only": False,
    }
    assert site["notice"] == {
        "message": "Maintenance on Monday.",
        "link": "https://docs.example.org/dask",
    }
    defaults = site["defaults"]
    assert (defaults["partition"], defaults["account"]) == ("debug", "physics")
    assert (defaults["idle_timeout"], defaults["death_timeout"]) == (600, 30)

"""Input that cannot be used: 400 naming the field, and nothing is created."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import OPTIONS, Api, LauncherNeverReady

BAD_OPTIONS: list[tuple[str, Any]] = [
    ("cores", 0),
    ("cores", -4),
    ("cores", "many"),
    ("cores", 1.5),
    ("cores", True),
    ("cores", 3),  # the local queue of these tests has 2
    ("memory", "12 bananas"),
    ("memory", "64 GB"),  # it has 2 GB
    ("memory", "0"),
    ("memory", -1),
    ("memory", {"GB": 3}),
    ("walltime", "soon"),
    ("walltime", "0"),
    ("walltime", "UNLIMITED"),
    ("processes", 0),
    ("processes", 2),  # more than cores
    ("partition", "de bug"),
    ("partition", "a\n#SBATCH --uid=root"),
    ("account", 12),
    ("python", "/bin/python; rm -rf"),
    ("job_extra_directives", ["--exclusive\n#SBATCH --nodes=99"]),
    ("job_extra_directives", "--exclusive"),
    ("job_script_prologue", ["module load\x00"]),
    ("placement", "moon"),
    ("placement", "job"),  # there is no Slurm here
    ("maximum_age", -1),
    ("controller_memory", "12 bananas"),
    ("controller_walltime", "soon"),
    ("controller_partition", "a b"),
    ("idle_timeout", -1),
    ("color", "red"),
    ("queue_name", "debug"),
]
BAD_SCALINGS: list[tuple[str, Any]] = [
    ("scaling.jobs", {"jobs": -1}),
    ("scaling.jobs", {"jobs": 10_001}),
    ("scaling.jobs", {"jobs": 10**30}),
    ("scaling.jobs", {"jobs": "2"}),
    ("scaling.jobs", {"jobs": True}),
    ("scaling.jobs", {"jobs": None}),
    ("scaling.cores", {"cores": 2.5}),
    ("scaling.cores", {"cores": 10_001}),
    ("scaling.memory", {"memory": "12 bananas"}),
    ("scaling.memory", {"memory": "9999 TB"}),
    ("scaling.nodes", {"nodes": 3}),
    ("scaling.adapt", {"adapt": 4}),
    ("scaling.adapt.maximum_jobs", {"adapt": {"minimum_jobs": 0, "maximum_jobs": 10_001}}),
    ("scaling.adapt.maximum_jobs", {"adapt": {"minimum_jobs": 5, "maximum_jobs": 4}}),
    ("scaling.adapt.minimum_jobs", {"adapt": {"maximum_jobs": 4}}),
    ("scaling.adapt.grow_after", {"adapt": {"maximum_jobs": 4, "grow_after": -1}}),
    ("scaling", {}),
    ("scaling", {"jobs": 1, "cores": 1}),
    ("scaling", 4),
    ("scaling", []),
    ("scaling", ""),
    ("scaling", 0),
    ("scaling", False),
]
BAD_NAMES = [
    "",
    "-otter",
    ".otter",
    "blue otter",
    "a" * 64,
    "../../etc",
    "a\nb",
    "büffel",
    7,
    ["a"],
]
BAD_BODIES = [
    *("{", "[]", "4", '"cores"', "nul", "\ud83d".encode("utf-16", "surrogatepass").hex()),
    pytest.param("[" * 100_000, id="deep"),
]


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


def registered(state_dir: Path) -> list[Path]:
    return [path for path in state_dir.glob("*") if not path.name.startswith(".")]


async def refused(api: Api, field: str, answer: Any, state_dir: Path) -> None:
    assert answer.status == 400, answer.text
    assert answer.json["reason"] == "InvalidOptions"
    assert field in [problem["field"] for problem in answer.json["problems"]], answer.text
    assert field in answer.json["message"]
    assert all(problem["message"] for problem in answer.json["problems"])
    assert "Traceback" not in answer.text
    assert (await api("GET", "clusters")).json == []
    assert registered(state_dir) == []


async def test_bad_options_are_named(
    api: Api, launcher: LauncherNeverReady, state_dir: Path
) -> None:
    for field, value in BAD_OPTIONS:
        body = {"options": {**OPTIONS, field: value}}
        await refused(api, field, await api("POST", "clusters", body=body), state_dir)
        preview = await api("POST", "job-script", body=body)
        assert preview.status == 200, body
        assert field in [problem["field"] for problem in preview.json["problems"]], body
    assert launcher.launched == []


async def test_all_bad_options_are_named_at_once(api: Api, state_dir: Path) -> None:
    options = {"cores": 0, "memory": "12 bananas", "color": "red"}
    answer = await api("POST", "clusters", body={"options": options})
    for field in options:
        await refused(api, field, answer, state_dir)


async def test_what_neither_user_nor_configuration_says_is_named(api: Api, state_dir: Path) -> None:
    answer = await api("POST", "clusters", body={"options": {}})
    await refused(api, "cores", answer, state_dir)
    await refused(api, "memory", answer, state_dir)


async def test_bad_scalings_are_named(api: Api, state_dir: Path) -> None:
    for field, scaling in BAD_SCALINGS:
        body = {"options": OPTIONS, "scaling": scaling}
        await refused(api, field, await api("POST", "clusters", body=body), state_dir)
        if field == "scaling":
            preview = await api("POST", "job-script", body=body)
            assert field in [problem["field"] for problem in preview.json["problems"]], body


async def test_no_scaling_is_none_given(api: Api) -> None:
    cluster = await api.create(scaling={"jobs": 1})
    body = {"scaling": None, "name": "otter"}
    answer = await api("PATCH", "clusters", cluster["id"], body=body)
    assert answer.status == 200
    assert (answer.json["name"], answer.json["scaling"]) == ("otter", {"jobs": 1})
    preview = await api("POST", "job-script", body={"options": OPTIONS, "scaling": None})
    assert preview.json["problems"] == []


async def test_bad_scalings_change_nothing(api: Api) -> None:
    cluster = await api.create(scaling={"jobs": 1})
    for field, scaling in BAD_SCALINGS:
        answer = await api("PATCH", "clusters", cluster["id"], body={"scaling": scaling})
        assert answer.status == 400, scaling
        assert field in [problem["field"] for problem in answer.json["problems"]], scaling
        assert (await api.get(cluster))["scaling"] == {"jobs": 1}


async def test_bad_names_are_refused(api: Api, state_dir: Path) -> None:
    for name in BAD_NAMES:
        body = {"options": OPTIONS, "name": name}
        await refused(api, "name", await api("POST", "clusters", body=body), state_dir)


@pytest.mark.parametrize("raw", BAD_BODIES)
async def test_bodies_that_are_no_json_objects_are_refused(
    api: Api, state_dir: Path, raw: str
) -> None:
    for method, path in [("POST", "clusters"), ("POST", "job-script")]:
        await refused(api, "body", await api(method, path, raw=raw), state_dir)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("color", {"options": OPTIONS, "color": "red"}),
        ("batch_system", {"options": OPTIONS, "batch_system": "pbs"}),
        ("batch_system", {"options": OPTIONS, "batch_system": ["local"]}),
        ("options", {"options": "large"}),
        ("options", {"options": ["cores"]}),
    ],
)
async def test_other_fields_are_checked_too(
    api: Api, state_dir: Path, field: str, body: Any
) -> None:
    await refused(api, field, await api("POST", "clusters", body=body), state_dir)


async def test_bad_arguments_are_named(api: Api) -> None:
    cluster = await api.create()
    for field, method, path, params in [
        ("tail", "GET", ["logs"], {"tail": "all"}),
        ("tail", "GET", ["logs"], {"tail": "-5"}),
        ("tail", "GET", ["logs"], {"tail": "1234567890"}),
        ("tail", "GET", ["logs"], {"tail": "9" * 5000}),
        ("after", "GET", ["logs"], {"after": "-1"}),
        ("after", "GET", ["logs"], {"after": "9" * 5000}),
        ("source", "GET", ["logs"], {"source": "../key.pem"}),
        ("source", "GET", ["logs"], {"source": "key.pem"}),
        ("source", "GET", ["logs"], {"source": "81_3/../../x"}),
        ("force", "DELETE", [], {"force": "perhaps"}),
    ]:
        answer = await api(method, "clusters", cluster["id"], *path, **params)
        assert answer.status == 400, answer.text
        assert [problem["field"] for problem in answer.json["problems"]] == [field]


@pytest.mark.parametrize("value", [-1, 1.5, "soon", True, 10**12, [], {}])
async def test_bad_durations_are_named(api: Api, value: Any) -> None:
    cluster = await api.create()
    for field, method, path in [
        ("idle_timeout", "PATCH", []),
        ("seconds", "POST", ["extend-idle"]),
    ]:
        answer = await api(method, "clusters", cluster["id"], *path, body={field: value})
        assert answer.status == 400, answer.text
        assert [problem["field"] for problem in answer.json["problems"]] == [field]
    assert (await api.get(cluster))["options"]["idle_timeout"] == 8 * 3600


async def test_what_is_not_expected_is_named(api: Api) -> None:
    cluster = await api.create()
    for path in (["retry"], ["jobs", "81_3", "replace"]):
        answer = await api("POST", "clusters", cluster["id"], *path, body={"hard": True})
        assert answer.status == 400, answer.text
        assert [problem["field"] for problem in answer.json["problems"]] == ["hard"]


async def test_unknown_clusters_are_not_found(api: Api) -> None:
    for cluster_id in ["deadbeef", "..", "%2e%2e", "a b", "%", "1" * 300]:
        for method, path, body in [
            ("GET", [], None),
            ("PATCH", [], {"scaling": {"jobs": 1}}),
            ("DELETE", [], None),
            ("GET", ["jobs"], None),
            ("GET", ["logs"], None),
            ("POST", ["retry"], {}),
            ("POST", ["start-again"], {}),
            ("POST", ["extend-idle"], {}),
            ("DELETE", ["jobs", "81_3"], None),
            ("POST", ["jobs", "81_3", "replace"], {}),
        ]:
            answer = await api(method, "clusters", cluster_id, *path, body=body)
            assert answer.status == 404, (cluster_id, method, path)
            if answer.json is not None:  # ".." is answered by Jupyter itself
                assert answer.json["reason"] == "ClusterNotFound"


async def test_words_that_look_like_a_format_stay_as_they_are(api: Api) -> None:
    answer = await api("POST", "clusters", body={"options": {**OPTIONS, "memory": "100%s\n<b>"}})
    assert answer.status == 400
    assert "100%s" in answer.json["message"]

"""Profiles: whose they are, which are shown, and the file that several servers write."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from traitlets import TraitError

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.profile import profile_name
from jupyter_dask_slurm.server.app import DaskSlurmExtension
from jupyter_dask_slurm.server.profile_store import FILE, ProfileFile

from .conftest import Api, LauncherNeverReady

LARGE = {"description": "A whole node", "options": {"cores": 48, "memory": "180 GB"}}
GPU = {"options": {"gres": "gpu:1", "walltime": "01:00:00"}, "scaling": {"jobs": 2}}


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def dask_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Write the profiles of dask's configuration: a file in its directory."""
    directory = tmp_path / "dask"
    directory.mkdir()
    monkeypatch.setenv("DASK_CONFIG", str(directory))

    def write(profiles: Any) -> None:
        text = yaml.safe_dump({"jupyter-dask-slurm": {"profiles": profiles}}, sort_keys=False)
        (directory / "profiles.yaml").write_text(text)

    return write


@pytest.fixture
def extension_config(extension_config: dict[str, Any]) -> dict[str, Any]:
    return {**extension_config, "profiles": {"Large": LARGE, "GPU": GPU}}


def shown(answer: Any) -> list[tuple[str, str]]:
    return [(profile["name"], profile["source"]) for profile in answer.json]


async def test_three_sources_and_who_hides_whom(
    dask_config: Callable[[Any], None], api: Api
) -> None:
    dask_config(
        {
            "Night": {
                "description": "While nobody waits",
                # As in the rest of the file: hyphens, minutes, one line without brackets.
                "options": {"walltime": 90, "job-extra-directives": "--nice", "memory": "2 GiB"},
                "scaling": {"adapt": {"minimum_jobs": 0, "maximum_jobs": 4}},
            },
        }
    )
    answer = await api("GET", "profiles")
    assert shown(answer) == [
        ("Large", "administrator"),
        ("GPU", "administrator"),
        ("Night", "configuration"),
    ]
    large, gpu, night = answer.json
    # As given, in the units of the wire: what is left out is not there.
    assert large == {
        "name": "Large",
        "source": "administrator",
        "description": "A whole node",
        "options": {"cores": 48, "memory": 180 * 10**9},
        "scaling": None,
    }
    assert (gpu["scaling"], gpu["options"]["walltime"]) == ({"jobs": 2}, 3600)
    assert night["options"] == {
        "walltime": 5400,
        "job_extra_directives": ["--nice"],
        "memory": 2 * 2**30,
    }

    mine = {"options": {"cores": 1}, "scaling": {"cores": 8}, "description": "  "}
    saved = await api("PUT", "profiles", " Large ", body=mine)
    assert saved.status == 200
    assert saved.json == {
        "name": "Large",
        "source": "user",
        "description": None,
        "options": {"cores": 1},
        "scaling": {"cores": 8},
    }
    assert (await api("PUT", "profiles", "My größtes, 100%", body=GPU)).status == 200
    assert shown(await api("GET", "profiles")) == [
        ("GPU", "administrator"),
        ("Night", "configuration"),
        ("Large", "user"),
        ("My größtes, 100%", "user"),
    ]

    assert (await api("DELETE", "profiles", "Large")).status == 204
    assert ("Large", "administrator") in shown(await api("GET", "profiles"))
    for name in ("Large", "Night"):
        refused = await api("DELETE", "profiles", name)
        assert (refused.status, refused.json["reason"]) == (409, "WrongState")
    missing = await api("DELETE", "profiles", "Nobody's")
    assert (missing.status, missing.json["reason"]) == (404, "ProfileNotFound")


@pytest.mark.parametrize(
    ("name", "body", "fields"),
    [
        ("x" * 64, {"options": {}}, ["name"]),
        (" ", {"options": {}}, ["name"]),
        ("a\x07b", {"options": {}}, ["name"]),
        ("ok", {"options": {"cores": 0, "colour": "red"}}, ["cores", "colour"]),
        ("ok", {"options": [], "scaling": {"jobs": -1}}, ["options", "scaling.jobs"]),
        ("ok", {"options": {}, "description": 7}, ["description"]),
        ("ok", {"options": {}, "description": "x" * 501}, ["description"]),
        ("ok", {"options": {}, "source": "administrator"}, ["source"]),
    ],
)
async def test_what_cannot_be_saved(
    api: Api, state_dir: Path, name: str, body: Any, fields: list[str]
) -> None:
    answer = await api("PUT", "profiles", name, body=body)
    assert answer.status == 400
    assert [problem["field"] for problem in answer.json["problems"]] == fields
    assert not (state_dir / FILE).exists()


async def test_a_broken_profile_of_the_configuration_is_left_out_and_said_once(
    dask_config: Callable[[Any], None], api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.extension.log.addHandler(caplog.handler)
    dask_config(
        {"Broken": {"options": {"cores": "many", "memory": "bananas"}}, "Good": {}, "Odd": 3}
    )
    for _ in range(2):
        assert ("Good", "configuration") in shown(await api("GET", "profiles"))
        assert "Broken" not in str((await api("GET", "profiles")).json)
    said = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    api.extension.log.removeHandler(caplog.handler)
    assert len(said) == 3
    assert "'Broken': cores: a whole number" in said[0]
    assert "'Broken': memory: " in said[1]
    assert "'Odd': " in said[2]


@pytest.mark.parametrize(
    ("profiles", "words"),
    [
        ({"Large": {"options": {"cores": 0}}}, r"profiles: 'Large': cores: from 1"),
        ({"Large": {"option": {}}}, r"'Large': option: unknown"),
        ({"Large": {"options": {}, "scaling": {"jobs": 1, "cores": 1}}}, r"'Large': scaling: give"),
        ({"": {"options": {}}}, r"'': name: "),
        ({"Large": []}, r"'Large': profile: "),
    ],
)
def test_an_administrators_mistake_is_named_at_the_start(profiles: Any, words: str) -> None:
    with pytest.raises(TraitError, match=words):
        DaskSlurmExtension(profiles=profiles)


@pytest.mark.parametrize("name", ["a/b", "", "\n", "a\nb", "x" * 64, None, 7])
def test_what_is_no_name(name: Any) -> None:
    with pytest.raises(InvalidOptions, match="name: 1 to 63"):
        profile_name(name)


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path / "state" / FILE, logging.getLogger("test"))


def test_the_file_is_private_and_written_whole(file: ProfileFile, tmp_path: Path) -> None:
    file.change(lambda entries: entries.update(a=GPU))
    path = tmp_path / "state" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700

    def fail(entries: dict[str, Any]) -> None:
        entries["b"] = object()  # no JSON

    with pytest.raises(TypeError):
        file.change(fail)
    assert [profile.name for profile in file.read()] == ["a"]
    assert {entry.name for entry in path.parent.iterdir()} == {FILE, f".{FILE}.lock"}


def test_two_servers_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than one waits for a server that was stopped: they only take turns, on a disk that may be slow.
    monkeypatch.setattr("jupyter_dask_slurm.cluster_files.json_file.LOCK_LIMIT", 100.0)
    path = tmp_path / FILE

    def save(server: int) -> None:
        own = ProfileFile(path, logging.getLogger("test"))
        for number in range(20):
            name = f"{server}-{number}"
            own.change(lambda entries, name=name: entries.update({name: GPU}))  # type: ignore[misc]

    servers = [threading.Thread(target=save, args=(server,)) for server in range(4)]
    for server in servers:
        server.start()
    for server in servers:
        server.join()
    assert len(ProfileFile(path, logging.getLogger("test")).read()) == 80


def test_what_another_version_wrote_stays(file: ProfileFile, tmp_path: Path) -> None:
    path = tmp_path / "state" / FILE
    newer = {"options": {"cores": 2, "colour": "red"}, "icon": "x"}
    file.change(lambda entries: entries.update(newer=newer))
    (profile,) = file.read()
    assert profile.options.cores == 2
    file.change(lambda entries: entries.update(mine=GPU))
    assert json.loads(path.read_text())["newer"] == newer


def test_a_file_that_is_no_json_is_put_aside(file: ProfileFile, tmp_path: Path) -> None:
    path = tmp_path / "state" / FILE
    path.parent.mkdir()
    path.write_text("{half")
    assert file.read() == []
    file.change(lambda entries: entries.update(mine=GPU))
    assert [profile.name for profile in file.read()] == ["mine"]
    assert path.with_name(f"{FILE}.broken").read_text() == "{half"


async def test_a_state_directory_that_cannot_be_written_is_said(
    api: Api, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jupyter_dask_slurm.server.profile_store.write_json", full)
    answer = await api("PUT", "profiles", "mine", body=GPU)
    assert answer.status == 503
    assert "No space left" in answer.json["message"]

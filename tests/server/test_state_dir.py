"""Server, kernels and command line look into the same registry."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import (
    STATE_DIR_VARIABLE,
    ClusterDirectory,
    default_state_dir,
)
from jupyter_dask_slurm.cluster_files.json_file import write_json
from jupyter_dask_slurm.clusters.without_server import settings_here
from jupyter_dask_slurm.server.app import DaskSlurmExtension
from jupyter_dask_slurm.server.monitor.cluster import ClusterMonitor

from .conftest import Api, LauncherCannotStart, LauncherNeverReady
from .test_restart import record


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


async def test_kernels_inherit_the_servers_registry_and_settings(api: Api, state_dir: Path) -> None:
    assert default_state_dir() == state_dir
    settings = settings_here()
    assert (settings.state_dir, settings.batch_system) == (state_dir, "local")
    assert (settings.local_cores, settings.local_memory) == (2, 2 * 10**9)


def test_the_variable_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "elsewhere"))
    assert DaskSlurmExtension().state_dir == str(tmp_path / "elsewhere")


@pytest.fixture
def one_of_two_is_broken(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(state_dir, "aaaaaaaa")
    record(state_dir, "bbbbbbbb")
    record(state_dir, "cccccccc")
    path = state_dir / "cccccccc" / "request.json"
    write_json(path, {**json.loads(path.read_text()), "created": None, "unsent": None})
    make = ClusterMonitor.__init__

    def fail(self: ClusterMonitor, directory: ClusterDirectory, *args: Any, **kwargs: Any) -> None:
        if directory.id == "aaaaaaaa":
            raise RuntimeError("a record that nobody thought of")
        make(self, directory, *args, **kwargs)

    monkeypatch.setattr(ClusterMonitor, "__init__", fail)


async def test_one_that_makes_no_sense_hides_no_other(one_of_two_is_broken: None, api: Api) -> None:
    listed = {c["id"]: c["status"] for c in (await api("GET", "clusters")).json}
    assert listed == {"bbbbbbbb": "starting", "cccccccc": "unreachable"}


@pytest.fixture
def odd(state_dir: Path) -> Path:
    """Two of which it cannot be said what they are, one that leads elsewhere, and one like any other."""
    record(state_dir, "aaaaaaaa")
    record(state_dir, "bbbbbbbb").path.chmod(0o707)
    for name in ("dddddddd", "lost+found"):
        (state_dir / name).symlink_to(state_dir / name)
    record(state_dir, "cccccccc").record_file.unlink()
    (state_dir / "cccccccc" / "request.json").mkdir()
    return state_dir


async def test_one_that_cannot_be_read_hides_no_other(odd: Path, api: Api) -> None:
    listed = {c["id"]: c["status"] for c in (await api("GET", "clusters")).json}
    assert listed == {"aaaaaaaa": "starting", "bbbbbbbb": "unreachable", "cccccccc": "unreachable"}
    (unreadable,) = (await api.get({"id": "cccccccc"}))["problems"]
    assert "request.json: [Errno 21] Is a directory" in unreadable["message"]
    (writable,) = (await api.get({"id": "bbbbbbbb"}))["problems"]
    assert f"chmod go-w {odd / 'bbbbbbbb'}" in writable["message"]
    # Nobody can say that they are dead: their jobs are no orphans.
    presence = await api.extension.manager._registry.presence()
    assert presence.living == {*listed, "dddddddd"}


async def test_what_is_left_out_is_said(
    odd: Path, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    link = f"{odd / 'dddddddd'} is a symbolic link: remove it"
    await api.extension.manager._registry.scan()
    assert (await api("GET", "site")).json["left_out"] == [link]
    (odd / "dddddddd").unlink()
    await api.extension.manager._registry.scan()
    assert (await api("GET", "site")).json["left_out"] == []


async def test_a_registry_that_others_can_write_is_not_believed(
    odd: Path, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    os.chmod(odd, 0o777)
    registry = api.extension.manager._registry
    caplog.clear()
    for _ in range(2):
        assert not await registry.scan()
    said = [r.getMessage() for r in caplog.records if r.name.startswith("Dask")]
    words = f"{odd} can be written by everybody: run chmod go-w {odd}"
    assert said == [f"nothing is read from the registry: {words}"]
    body = {"options": {"cores": 1, "memory": "500 MB"}}
    for answer in (await api("GET", "clusters"), await api("POST", "clusters", body=body)):
        assert (answer.status, answer.json["message"]) == (503, words)
    os.chmod(odd, 0o755)
    await registry.scan()
    assert (await api("GET", "clusters")).status == 200


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A disk that takes no more as soon as something is put into this list."""
    full: list[str] = []

    def fail(path: Path, data: Mapping[str, Any]) -> None:
        if full:
            raise OSError(122, "Disk quota exceeded")
        write_json(path, data)

    monkeypatch.setattr("jupyter_dask_slurm.cluster_files.directory.write_json", fail)
    return full


async def test_a_wish_that_cannot_be_kept_is_refused(api: Api, full: list[str]) -> None:
    cluster = await api.create(scaling={"jobs": 1})
    full.append("now")
    for method, body in [("PATCH", {"scaling": {"jobs": 2}}), ("DELETE", None)]:
        answer = await api(method, "clusters", cluster["id"], body=body)
        assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
        assert cluster["name"] in answer.json["message"]
        assert "quota" in answer.json["message"]
    now = await api.get(cluster)
    assert (now["status"], now["scaling"]) == ("starting", {"jobs": 1})
    full.clear()
    answer = await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 2}})
    assert answer.json["scaling"] == {"jobs": 2}


class LauncherFillsTheDisk(LauncherCannotStart):
    """It starts nothing, and there is no room to say so."""

    full: list[str]

    async def launch(self, directory: ClusterDirectory) -> Any:
        self.full.append("now")
        return await super().launch(directory)


@pytest.mark.parametrize("launcher", [LauncherFillsTheDisk()])
async def test_a_failed_start_is_shown_though_it_cannot_be_written(
    full: list[str], launcher: LauncherFillsTheDisk, api: Api
) -> None:
    launcher.full = full
    cluster = await api.create()
    cluster = await api.wait(cluster, lambda c: c["status"] == "failed")
    assert [problem["code"] for problem in cluster["problems"]] == ["start_failed"]

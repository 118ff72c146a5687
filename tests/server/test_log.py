"""What users ask, in the Jupyter server's log: one line for each, with the cluster and the user."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jupyter_core.utils import ensure_async
from jupyter_server.auth.identity import IdentityProvider, User

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters.orphans import Orphan
from jupyter_dask_slurm.process import this_process

from .conftest import OPTIONS, Api, LauncherCannotStart, LauncherDiesBeforeReady, LauncherNeverReady
from .fake_controller import FakeController, fake_controller
from .test_restart import record

OTTER = "cluster aaaaaaaa (otter)"
IDLE = Ended("idle", "Nobody used it.", "2026-11-24T12:00:00Z")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


class Lines(logging.Handler):
    """The lines at INFO and above: all of them, and those of what somebody asked."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.all: list[str] = []
        self.asked: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(line := record.getMessage())
        if "asked by" in line:
            assert record.levelno == logging.INFO
            self.asked.append(line.replace(", asked by alice bob", ""))


@pytest.fixture
def lines(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    get_user = IdentityProvider.get_user

    async def alice(provider: IdentityProvider, handler: Any) -> User | None:
        user = await ensure_async(get_user(provider, handler))
        # A name that would like to be two lines.
        return None if user is None else replace(user, username="alice\nbob")

    monkeypatch.setattr(IdentityProvider, "get_user", alice)
    assert api.extension.serverapp is not None
    lines = Lines()
    loggers = (api.extension.serverapp.log, api.extension.log)
    for logger in dict.fromkeys(loggers):
        logger.addHandler(lines)
    yield lines
    for logger in loggers:
        logger.removeHandler(lines)


@pytest.fixture
def said(lines: Lines) -> list[str]:
    return lines.asked


@pytest.fixture
def directory(state_dir: Path) -> ClusterDirectory:
    return record(state_dir, "aaaaaaaa", owner=this_process(), name="otter")


@pytest.fixture
async def controller(directory: ClusterDirectory, api: Api) -> AsyncIterator[FakeController]:
    async with fake_controller(directory) as (controller, connection):
        directory.write(connection)
        await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "running")
        yield controller
        await api.extension.stop_extension()


async def test_a_cluster_from_its_creation_to_its_end(api: Api, said: list[str]) -> None:
    cluster = await api.create(name="blue-otter", scaling={"jobs": 2})
    label = f"cluster {cluster['id']} (blue-otter)"
    await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 1}})
    await api("PATCH", "clusters", cluster["id"], body={"scaling": {"memory": 10**9}})
    adapt = {"minimum_jobs": 0, "maximum_jobs": 4}
    await api("PATCH", "clusters", cluster["id"], body={"scaling": {"adapt": adapt}})
    await api("PATCH", "clusters", cluster["id"], body={"name": "otter", "idle_timeout": 60})
    await api("DELETE", "clusters", cluster["id"])
    await api("DELETE", "clusters", cluster["id"], force="1")
    renamed = f"cluster {cluster['id']} (otter)"
    assert said == [
        f"{label}: created on local, scaled to 2 jobs",
        f"{label}: scaled to 1 job",
        f"{label}: scaled to 1000000000 bytes of memory",
        f"{label}: adapts to its tasks, between 0 and 4 jobs",
        f"{renamed}: renamed to otter; idle time-out set to 60 s",
        f"{renamed}: told to stop",
        f"{renamed}: ended by force",
    ]


async def test_what_is_asked_of_one_that_runs(
    api: Api, controller: FakeController, said: list[str]
) -> None:
    for method, *path in [
        ("POST", "retry"),
        ("POST", "extend-idle"),
        ("DELETE", "jobs", "81_3"),
        ("POST", "jobs", "81_3", "replace"),
    ]:
        assert (await api(method, "clusters", "aaaaaaaa", *path)).status < 300
    label = f"cluster aaaaaaaa ({controller.cluster.name})"
    assert said == [
        f"{label}: retry",
        f"{label}: idle end put off",
        f"{label}: job 81_3 cancelled",
        f"{label}: job 81_3 replaced",
    ]


async def test_one_that_has_ended(state_dir: Path, api: Api, said: list[str]) -> None:
    record(state_dir, "aaaaaaaa", ended=IDLE, name="otter")
    record(state_dir, "bbbbbbbb", ended=IDLE, name="beaver")
    new = (await api("POST", "clusters", "aaaaaaaa", "start-again")).json
    await api("DELETE", "clusters", "bbbbbbbb")
    assert said == [
        f"cluster {new['id']} (otter): started again in the place of aaaaaaaa",
        "cluster bbbbbbbb (beaver): dismissed",
    ]


async def test_orphans_by_their_clusters(
    api: Api, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = api.extension.manager
    found = [
        Orphan("cccccccc", "beaver", "slurm", 3, 1, 2, None),
        Orphan("dddddddd", "otter", "local", 1, 0, 1, None),
    ]

    async def find() -> list[Orphan]:
        return found

    async def cancel(*_: Any, **__: Any) -> None: ...

    monkeypatch.setattr(manager._on_demand.orphans, "find", find)
    monkeypatch.setattr(manager._on_demand.batch_systems, "cancel_clusters", cancel)
    assert (await api("DELETE", "orphans")).status == 204
    assert (await api("DELETE", "orphans", "dddddddd")).status == 204
    assert (await api("DELETE", "orphans", "eeeeeeee")).status == 404
    assert said[:3] == [
        "cluster cccccccc (beaver): orphans cancelled, 3 jobs on slurm",
        "cluster dddddddd (otter): orphans cancelled, 1 job on local",
        "cluster dddddddd (otter): orphans cancelled, 1 job on local",
    ]
    assert said[3].startswith("cluster eeeeeeee: refused DELETE ")
    assert said[3].endswith("/orphans/eeeeeeee: no job is left of a cluster 'eeeeeeee'")


async def test_refusals_with_field_and_reason(
    api: Api, controller: FakeController, said: list[str]
) -> None:
    label = f"cluster aaaaaaaa ({controller.cluster.name})"
    path = f"{api.extension.serverapp.base_url}dask-slurm/api/clusters"  # type: ignore[union-attr]
    await api.create(options={"cores": 0, "co\nlour": "red"}, status=400)
    await api("PATCH", "clusters", "aaaaaaaa", body={"scaling": {"jobs": -1}})
    await api("DELETE", "clusters", "bbbbbbbb\nspoof")
    controller.refusal = (503, {"message": "the disk\nis full", "reason": "Unavailable"})
    await api("POST", "clusters", "aaaaaaaa", "retry")
    options, scaling, spoof, failed = said
    assert options == f"refused POST {path}: cores: from 1 to 100000; co lour: unknown option"
    negative = "scaling.jobs: a whole number, 0 or more"
    assert scaling == f"{label}: refused PATCH {path}/aaaaaaaa: {negative}"
    assert spoof.startswith(f"cluster bbbbbbbb spoof: refused DELETE {path}/bbbbbbbb%0Aspoof: ")
    assert failed == f"{label}: failed POST {path}/aaaaaaaa/retry: the disk is full"


@pytest.mark.parametrize("launcher", [LauncherCannotStart(), LauncherDiesBeforeReady()])
async def test_what_the_server_did_itself(
    api: Api, launcher: LauncherNeverReady, lines: Lines
) -> None:
    cluster = await api.create(name="otter")
    await api.wait(cluster, lambda c: c["status"] == "failed")
    label = f"cluster {cluster['id']} (otter)"
    about = [line.removeprefix(f"{label}: ") for line in lines.all if line.startswith(label)]
    created, *started, ended = about
    assert created.startswith("created on local, scaled to 0 jobs, asked by ")
    if isinstance(launcher, LauncherDiesBeforeReady):
        owner = this_process()
        assert started == [f"its controller was started, process {owner.pid} on {owner.host}"]
        assert ended == "ended: start_failed: ImportError: no module named tls"
    else:
        assert started == []
        assert ended == "ended: start_failed: Cannot allocate 100% of nothing"


async def test_who_only_looks_leaves_no_line(api: Api, said: list[str]) -> None:
    assert (await api("GET", "clusters", "bbbbbbbb")).status == 404
    assert (await api("POST", "estimate", body={"options": {"cores": 0}})).status == 400
    assert (await api("POST", "job-script", body={"colour": 1})).status == 400
    assert said == []


async def test_no_line_holds_what_opens_something(
    api: Api, said: list[str], jp_serverapp: Any
) -> None:
    secret = "a-password-in-an-option"
    options = {**OPTIONS, "job_script_prologue": [f"export PASSWORD={secret}"]}
    cluster = await api.create(options=options)
    refused = {**options, "job_script_prologue": [f"export PASSWORD={secret}\n"]}
    await api.create(options=refused, status=400)
    await api("DELETE", "clusters", cluster["id"], force="1")
    assert len(said) == 3
    text = json.dumps(said)
    assert secret not in text
    assert jp_serverapp.identity_provider.token not in text

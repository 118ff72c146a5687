"""A Jupyter server with the extension, in this process, and ways to talk to it.

pytest-jupyter's fixtures are taken one by one: its hooks would run the tests in a loop of their
own, and its clean-up would run for tests that have no server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_server.serverapp import ServerApp
from pytest_jupyter.jupyter_core import (  # noqa: F401
    echo_kernel_spec,
    jp_config_dir,
    jp_data_dir,
    jp_env_config_path,
    jp_env_jupyter_path,
    jp_environ,
    jp_home_dir,
    jp_kernel_dir,
    jp_runtime_dir,
    jp_system_config_path,
    jp_system_jupyter_path,
)
from pytest_jupyter.jupyter_server import (  # noqa: F401
    jp_argv,
    jp_auth_header,
    jp_base_url,
    jp_configurable_serverapp,
    jp_extension_environ,
    jp_fetch,
    jp_http_port,
    jp_logging_stream,
    jp_nbconvert_templates,
    jp_root_dir,
    jp_serverapp,
    jp_template_dir,
    jp_web_app,
    jp_ws_fetch,
)
from pytest_jupyter.pytest_tornasync import (  # noqa: F401
    http_server,
    http_server_client,
    http_server_port,
)
from tornado.httpclient import HTTPResponse

from jupyter_dask_slurm.cluster_files.directory import (
    STATE_DIR_VARIABLE,
    ClusterDirectory,
    directories,
)
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.client_code import LINK_VARIABLE
from jupyter_dask_slurm.clusters.launcher import end_of_log
from jupyter_dask_slurm.clusters.launcher.base import Tell
from jupyter_dask_slurm.clusters.site_cache import SiteAnswer
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE
from jupyter_dask_slurm.process import Owner, is_alive, this_process
from jupyter_dask_slurm.server.app import SCHEMA_ID, DaskSlurmExtension

from ..support.jupyter import OPTIONS as OPTIONS
from ..support.processes import kill_all, mentioning, process_of

PATIENCE = 120.0


@pytest.fixture
async def running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.fixture
def jp_asyncio_loop(running_loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
    """pytest-asyncio's loop, so that fixtures, server and test share one."""
    return running_loop


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def variables_of_kernels() -> Iterator[None]:
    """The extension sets them for its kernels; no other test is to find them."""
    names = (STATE_DIR_VARIABLE, LINK_VARIABLE, SETTINGS_VARIABLE)
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    yield
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(before)


@pytest.fixture
def extension_config(state_dir: Path) -> dict[str, Any]:
    """The extension's traits; a test parametrizes it, or asks for it and changes it."""
    return {
        "state_dir": str(state_dir),
        "batch_system": "local",
        "local_cores": 2,
        "local_memory": "2 GB",
    }


@pytest.fixture
def jp_server_config(
    extension_config: dict[str, Any],
    launcher: LauncherNeverReady | None,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    if launcher is not None:
        monkeypatch.setattr("jupyter_dask_slurm.server.on_demand.launcher_of", lambda *_: launcher)
    return {
        "ServerApp": {
            # Jupyter's own terminals lack a decorator that this server insists on.
            "jpserver_extensions": {"jupyter_dask_slurm": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        },
        "DaskSlurmExtension": extension_config,
    }


class LauncherNeverReady:
    """Its controllers are started, as far as anybody knows, and never become ready."""

    def __init__(self) -> None:
        self.launched: list[str] = []
        self.ended: list[Owner] = []

    async def launch(self, directory: ClusterDirectory) -> Owner:
        self.launched.append(directory.id)
        return this_process()

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        return is_alive(owner)

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return end_of_log(directory)

    def how_ended(self, owner: Owner) -> str | None:
        return None

    async def end(self, directory: ClusterDirectory, owner: Owner) -> None:
        self.ended.append(owner)


class LauncherDiesBeforeReady(LauncherNeverReady):
    """Its controllers die at once, with a last word in their log."""

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        directory.log("controller").write_text("ImportError: no module named tls\n")
        return False

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        return False


class LauncherCannotStart(LauncherNeverReady):
    """The operating system refuses to start a process."""

    async def launch(self, directory: ClusterDirectory) -> Owner:
        raise OSError("Cannot allocate 100% of nothing")


class LauncherHasNoThread(LauncherNeverReady):
    """The operating system has no thread left to start a controller in."""

    async def launch(self, directory: ClusterDirectory) -> Owner:
        self.launched.append(directory.id)
        raise RuntimeError("can't start new thread")


@pytest.fixture
def launcher() -> LauncherNeverReady | None:
    """What starts controllers: None is the real one. Tests override or parametrize it."""
    return None


@pytest.fixture
def unknown_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Slurm that has told nothing yet: what it would refuse is no matter to the test."""

    async def not_known(*about: object) -> SiteAnswer:
        return SiteAnswer(None)

    monkeypatch.setattr(BatchSystems, "site", not_known)


@dataclass
class Answer:
    """What the server answered: ``json`` where it is JSON."""

    status: int
    text: str
    headers: dict[str, str]
    json: Any = None


@dataclass
class Api:
    """The REST API as a browser uses it. Errors are answers too."""

    fetch: Callable[..., Awaitable[HTTPResponse]]
    extension: DaskSlurmExtension
    root: tuple[str, ...] = ("dask-slurm", "api")
    events: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(
        self, method: str, *path: str, body: Any = None, raw: str | None = None, **params: Any
    ) -> Answer:
        text = raw if raw is not None else (None if body is None else json.dumps(body))
        response = await self.fetch(
            *self.root,
            *path,
            method=method,
            params=params,
            body=text,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=PATIENCE,  # a silent Slurm takes its time to be found silent
            connect_timeout=PATIENCE,  # ten at a time: the hundredth waits for the others
        )
        answer = Answer(response.code, response.body.decode(), dict(response.headers))
        if answer.headers.get("Content-Type", "").startswith("application/json") and answer.text:
            answer.json = json.loads(answer.text)
        return answer

    async def create(self, *, status: int = 201, **body: Any) -> dict[str, Any]:
        body["options"] = {**OPTIONS, **body.get("options", {})}
        answer = await self("POST", "clusters", body=body)
        assert answer.status == status, answer.text
        return dict(answer.json)

    async def get(self, cluster: dict[str, Any]) -> dict[str, Any]:
        answer = await self("GET", "clusters", cluster["id"])
        assert answer.status == 200, answer.text
        return dict(answer.json)

    async def wait(
        self, cluster: dict[str, Any], condition: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """The cluster as soon as it fulfils ``condition``."""
        deadline = time.monotonic() + PATIENCE
        while not condition(now := await self.get(cluster)):
            assert time.monotonic() < deadline, now
            await asyncio.sleep(0.05)
        return now

    async def gone(self, cluster: dict[str, Any]) -> None:
        """Until the cluster is not listed any more."""
        deadline = time.monotonic() + PATIENCE
        while (await self("GET", "clusters", cluster["id"])).status != 404:
            assert time.monotonic() < deadline, cluster
            await asyncio.sleep(0.05)


@pytest.fixture
def extension(jp_serverapp: ServerApp) -> DaskSlurmExtension:  # noqa: F811
    extension = jp_serverapp.extension_manager.extension_points["jupyter_dask_slurm"].app
    assert isinstance(extension, DaskSlurmExtension)
    return extension


@pytest.fixture
async def api(
    jp_serverapp: ServerApp,  # noqa: F811
    jp_fetch: Callable[..., Awaitable[HTTPResponse]],  # noqa: F811
    extension: DaskSlurmExtension,
) -> AsyncIterator[Api]:
    api = Api(jp_fetch, extension)

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        api.events.append({key: data[key] for key in ("action", "cluster_id", "status")})

    jp_serverapp.event_logger.add_listener(schema_id=SCHEMA_ID, listener=listen)
    yield api
    await extension.stop_extension()


@pytest.fixture(autouse=True)
def server_cleanup(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    yield
    if ServerApp.initialized():
        jp_asyncio_loop.run_until_complete(ServerApp.instance()._cleanup())
        ServerApp.clear_instance()


@pytest.fixture(autouse=True)
def nothing_left(state_dir: Path) -> Iterator[None]:
    """End, however a test went, what it started."""
    yield
    if not state_dir.is_dir():
        return
    for directory in list(directories(state_dir)):
        connection, record = directory.connection(), directory.record()
        owner = connection.owner if connection else record.owner if record else None
        if owner is not None and owner.pid != psutil.Process().pid:
            with contextlib.suppress(psutil.Error):
                process_of(owner).kill()
    kill_all(mentioning(str(state_dir)))

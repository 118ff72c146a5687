"""Nobody gets past Jupyter's own door, on any route."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jupyter_server.auth.authorizer import AllowAllAuthorizer, Authorizer
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import JupyterServerAuthWarning
from tornado.httpclient import HTTPClientError, HTTPResponse

import jupyter_dask_slurm
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.server.errors import AUTH_RESOURCE, MANAGER

from .conftest import Api, LauncherNeverReady
from .test_restart import record

SPEC: dict[str, Any] = yaml.safe_load(
    (Path(jupyter_dask_slurm.__file__).parent / "rest-api.yml").read_text()
)
API, PAGES = "/dask-slurm/api", "/dask-slurm/clusters/{cluster_id}/dashboard"
ACTIONS = {
    f"{API}/clusters": {"get": "read", "post": "write"},
    f"{API}/clusters/{{cluster_id}}": {"get": "read", "patch": "write", "delete": "write"},
    f"{API}/clusters/{{cluster_id}}/start-again": {"post": "write"},
    f"{API}/clusters/{{cluster_id}}/retry": {"post": "write"},
    f"{API}/clusters/{{cluster_id}}/extend-idle": {"post": "write"},
    f"{API}/clusters/{{cluster_id}}/jobs": {"get": "read"},
    f"{API}/clusters/{{cluster_id}}/jobs/{{job_id}}": {"delete": "write"},
    f"{API}/clusters/{{cluster_id}}/jobs/{{job_id}}/replace": {"post": "write"},
    f"{API}/clusters/{{cluster_id}}/logs": {"get": "read"},
    f"{API}/orphans": {"get": "read", "delete": "write"},
    f"{API}/orphans/{{cluster_id}}": {"delete": "write"},
    f"{API}/job-script": {"post": "write"},
    f"{API}/estimate": {"post": "write"},
    f"{API}/site": {"get": "read"},
    f"{API}/last-values": {"get": "read", "put": "write"},
    f"{API}/site-check": {"get": "read", "post": "write", "delete": "write"},
    f"{API}/profiles": {"get": "read"},
    f"{API}/profiles/{{name}}": {"put": "write", "delete": "write"},
    f"{API}/environments": {"get": "read"},
    PAGES: {"get": "read"},
    f"{PAGES}/{{path}}": {"get": "read", "head": "read"},
    "/dask-slurm/dashboard/{host}/{port}/{path}": {"get": "read"},
}
"""What every request asks Jupyter's authorizer for. A new route has to be given its action."""
ENDED = Ended("idle", "Nobody used it.", "2026-11-24T12:00:00Z")
VALUES = {
    "cluster_id": "3f9a12bc",
    "job_id": "81_3",
    "name": "Large",
    "host": "127.0.0.1",
    "port": "8787",
    "path": "status",
}
ROUTES = [
    (method.upper(), path.format(**VALUES))
    for path, methods in ACTIONS.items()
    for method in methods
]


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


class ReadOnly(Authorizer):
    """Lets everybody read, and says what it was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012  # one list for the server and the test

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action == "read"


def test_every_request_has_its_action() -> None:
    described = {
        path: {verb for verb in operations if verb != "parameters"}
        for path, operations in SPEC["paths"].items()
    }
    assert {path: set(methods) for path, methods in ACTIONS.items()} == described


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_token_there_is_no_answer(api: Api, method: str, path: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "token wrong"}):
        response = await api.fetch(
            *path.strip("/").split("/"),
            method=method,
            headers=dict(headers),
            body="{}" if method in ("POST", "PATCH", "PUT") else None,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
        )
        # A page asked for with GET leads to the login.
        assert response.code == 403 or (
            response.code == 302 and "/login?" in response.headers["Location"]
        ), (response.code, response.headers)
        assert b"3f9a12bc" not in response.body


async def test_a_websocket_needs_the_token_too(
    api: Api,
    jp_ws_fetch: Callable[..., Any],
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch(
            "dask-slurm",
            "clusters",
            "3f9a12bc",
            "dashboard",
            "status",
            "ws",
            headers={"Authorization": ""},
        )
    assert refused.value.code in (302, 403)


async def test_a_page_of_another_site_changes_nothing(
    api: Api, jp_auth_header: dict[str, str]
) -> None:
    """A browser sends the user's cookies with it, and cannot read them."""

    async def answer(method: str, path: str, **headers: str) -> HTTPResponse:
        return await api.fetch(
            *path.strip("/").split("/"),
            method=method,
            headers={"Authorization": "", **headers},
            body="{}" if method in ("POST", "PATCH", "PUT") else None,
            raise_error=False,
            allow_nonstandard_methods=True,
        )

    login = await answer("GET", "api/status", **jp_auth_header)
    cookies = [line.partition(";")[0] for line in login.headers.get_list("Set-Cookie")]
    cookie = "; ".join(line for line in cookies if not line.startswith("_xsrf"))
    assert (await answer("GET", "dask-slurm/api/clusters", Cookie=cookie)).code == 200
    for method, path in ROUTES:
        if method not in ("GET", "HEAD"):
            refused = await answer(method, path, Cookie=cookie)
            assert (refused.code, b"XSRF" in refused.body or b"_xsrf" in refused.body) == (
                403,
                True,
            )


def test_no_handler_lacks_a_decorator(
    jp_configurable_serverapp: Callable[..., ServerApp],
    jp_server_config: dict[str, Any],
    jp_asyncio_loop: Any,
) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", JupyterServerAuthWarning)
        app = jp_configurable_serverapp(config=jp_server_config)
    assert MANAGER in app.web_app.settings
    assert [str(warning.message) for warning in seen] == []


@pytest.fixture
def read_only(jp_serverapp: ServerApp) -> None:
    ReadOnly.asked.clear()
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)


async def test_who_may_only_read_does_nothing_else(
    api: Api, read_only: None, state_dir: Path, launcher: LauncherNeverReady
) -> None:
    record(state_dir, VALUES["cluster_id"], ended=ENDED)
    before = (await api("GET", "clusters")).json
    for path, methods in ACTIONS.items():
        for method, action in methods.items():
            ReadOnly.asked.clear()
            response = await api.fetch(
                *path.format(**VALUES).strip("/").split("/"),
                method=method.upper(),
                body="{}" if method in ("post", "patch", "put") else None,
                raise_error=False,
                follow_redirects=False,
                allow_nonstandard_methods=True,
            )
            assert ReadOnly.asked[0] == (action, AUTH_RESOURCE), (method, path)
            assert (response.code == 403) == (action == "write"), (method, path)
    assert (await api("GET", "clusters")).json == before
    assert launcher.launched == []


async def test_who_may_only_read_is_told_so(
    api: Api, jp_serverapp: ServerApp, read_only: None
) -> None:
    assert (await api("GET", "site")).json["read_only"] is True
    jp_serverapp.web_app.settings["authorizer"] = AllowAllAuthorizer(parent=jp_serverapp)
    assert (await api("GET", "site")).json["read_only"] is False


async def test_background_requests_are_no_activity(api: Api, jp_serverapp: ServerApp) -> None:
    await api("GET", "clusters")
    before = jp_serverapp.web_app.settings["api_last_activity"]
    await api("GET", "clusters", no_track_activity="1")
    assert jp_serverapp.web_app.settings["api_last_activity"] == before

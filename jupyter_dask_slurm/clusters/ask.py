"""One controller's control API, spoken over HTTPS with the cluster's key on both sides.

Used by the manager in the Jupyter server and by the command line. The answers are JSON of
`PROTOCOL` 1; a controller started by yesterday's version answers today's client, so every field
that may be missing has a default.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError

from ..cluster_files.directory import ClusterDirectory, Connection
from ..errors import (
    ControllerRefused,
    ControllerTimeout,
    ControllerUnreachable,
    FieldProblem,
    InvalidOptions,
    JobNotFound,
    LogNotFound,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..http_client import ClosingHTTPClient
from ..model import wire
from ..model.cluster import Cluster, Job
from ..model.scaling import Scaling
from ..tls import client_context

CONNECT_LIMIT = 5.0
"""Seconds until a controller that does not accept the connection counts as not there."""
ANSWER_LIMIT = 10.0
"""Seconds for an answer that the controller gives from memory."""
LONG_POLL_LIMIT = 30.0
"""Seconds for an answer that it may hold back for 20."""
_LOGS = "/v1/logs/"


@dataclass(frozen=True)
class ControllerState:
    """What a controller says of its cluster. ``revision`` grows with every change it reports."""

    revision: int
    cluster: Cluster


class ControllerClient:
    """Speaks to one controller. Every method raises `ControllerRefused` (it answered with an error),
    `ControllerUnreachable` (nobody there, or somebody else) or `ControllerTimeout`; one that asks
    for a change also `WrongState`, when the cluster, or a controller of its version, cannot do that."""

    def __init__(self, directory: ClusterDirectory, connection: Connection) -> None:
        """Raises ControllerUnreachable where the keys are gone: then so is the cluster."""
        self._address = connection.control_address.rstrip("/")
        try:
            self._context = client_context(
                directory.path / connection.cert, directory.path / connection.key
            )
        except OSError as error:  # ssl.SSLError is one too
            raise ControllerUnreachable(f"the cluster's key cannot be read: {error}") from error
        self._http = ClosingHTTPClient(force_instance=True, max_clients=16)

    def close(self) -> None:
        """Give the connections back. Requests under way are dropped."""
        self._http.close()

    async def state(self, after: int | None = None) -> ControllerState:
        """The state now or, with ``after``, as soon as its revision is larger (at most 20 s)."""
        if after is None:
            return _state(await self._json("GET", "/v1/state"))
        return _state(await self._json("GET", f"/v1/state?after={after}", limit=LONG_POLL_LIMIT))

    async def set_target(self, scaling: Scaling) -> ControllerState:
        """Ask for that size; the same target again means "try again". Raises also InvalidOptions."""
        return await self._change("PUT", "/v1/target", {"scaling": scaling.to_json()})

    async def set_name(self, name: str) -> ControllerState:
        """Rename the cluster. Raises also InvalidOptions."""
        return await self._change("PUT", "/v1/name", {"name": name})

    async def retry(self) -> ControllerState:
        """Try again whatever had failed."""
        return await self._change("POST", "/v1/retry", {})

    async def set_idle_timeout(self, seconds: int) -> ControllerState:
        """End after so many seconds of idleness from now on; 0 is never. Raises also InvalidOptions."""
        return await self._change("PUT", "/v1/idle", {"timeout": seconds})

    async def extend_idle(self, seconds: int | None) -> ControllerState:
        """Do not end for idleness before so many seconds from now; None is one whole time-out."""
        return await self._change("POST", "/v1/idle/extend", {"seconds": seconds})

    async def cancel_job(self, job_id: str) -> ControllerState:
        """End that job, and want one less. Raises also JobNotFound."""
        return await self._change("POST", f"/v1/jobs/{job_id}/cancel", {})

    async def replace_job(self, job_id: str) -> ControllerState:
        """Start a successor of that job, then retire it. Raises also JobNotFound."""
        return await self._change("POST", f"/v1/jobs/{job_id}/replace", {})

    async def stop(self) -> None:
        """Ask the cluster to end; returns once it has begun to."""
        await self._json("POST", "/v1/stop", {})

    async def jobs(self) -> list[Job]:
        """The cluster's jobs."""
        return [wire.read(Job, job) for job in await self._json("GET", "/v1/jobs")]

    async def log(self, source: str, tail: int) -> str:
        """The last ``tail`` lines of ``controller``, ``scheduler`` or a job. Raises also LogNotFound."""
        return (await self._fetch("GET", f"{_LOGS}{source}?tail={tail}")).body.decode(
            "utf-8", "replace"
        )

    async def _change(self, method: str, path: str, body: Mapping[str, Any]) -> ControllerState:
        return _state(await self._json(method, path, body))

    async def _json(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        limit: float | None = None,
    ) -> Any:
        response = await self._fetch(method, path, body, limit=limit)
        try:
            return json.loads(response.body)
        except ValueError as error:
            raise ControllerRefused(f"the controller's answer to {path} is not JSON") from error

    async def _fetch(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        limit: float | None = None,
    ) -> HTTPResponse:
        request = HTTPRequest(
            self._address + path,
            method,
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
            connect_timeout=CONNECT_LIMIT,
            request_timeout=ANSWER_LIMIT if limit is None else limit,
            ssl_options=self._context,
            follow_redirects=False,
        )
        try:
            return await self._http.fetch(request)
        except HTTPTimeoutError as error:
            # tornado uses one error for both: only a connection that was made can be slow.
            if "connect" in str(error):
                raise ControllerUnreachable("the cluster's controller cannot be reached") from error
            raise ControllerTimeout("the cluster's controller does not answer") from error
        except HTTPClientError as error:
            if error.code == 599:
                raise ControllerUnreachable("the cluster's controller broke off") from error
            raise _refusal(error, path) from error
        except OSError as error:
            raise ControllerUnreachable("the cluster's controller cannot be reached") from error


def _state(data: Any) -> ControllerState:
    try:
        wire.check_protocol(data)
        return wire.read(ControllerState, data)
    except Unreadable as error:
        raise ControllerRefused(f"the controller's state cannot be read: {error}") from error


def _refusal(error: HTTPClientError, path: str) -> Exception:
    """The exception that an error of the control API stands for."""
    try:
        body = json.loads(error.response.body) if error.response is not None else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    message = str(body.get("message") or f"the cluster's controller answered {error.code}")
    if error.code == 400 and body.get("problems"):
        return InvalidOptions(
            FieldProblem(str(p.get("field")), str(p.get("message"))) for p in body["problems"]
        )
    if error.code == 404:
        if path.startswith(_LOGS):
            return LogNotFound(message)
        if body.get("reason") == JobNotFound.__name__:
            return JobNotFound(message)
        return WrongState("this cluster's controller is of an older version and cannot do that")
    if error.code == 409:
        return WrongState(message)
    if error.code == 503 and body.get("message"):
        return Unavailable(message)  # it answered: somebody else, such as its disk, did not
    return ControllerRefused(message)

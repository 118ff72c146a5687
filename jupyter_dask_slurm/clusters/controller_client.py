"""One controller's control API, spoken over HTTPS with the cluster's key on both sides.

Used by the manager in the Jupyter server and by the command line. `jupyter_dask_slurm.model.wire` says
what is asked and answered, and what a difference between the two versions means.
"""

from __future__ import annotations

import asyncio
import json
import ssl

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError

from .._version import __version__
from ..cluster_files.directory import ClusterDirectory, Connection
from ..errors import (
    ControllerIncompatible,
    ControllerRefused,
    ControllerTimeout,
    ControllerUnreachable,
    InvalidOptions,
    JobNotFound,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..file_threads import FileSystemSilent, in_file_thread
from ..http_client import ClosingHTTPClient
from ..model import wire
from ..model.cluster import Job
from ..model.scaling import Scaling
from ..model.wire import ControllerState
from ..tls import client_context

CONNECT_LIMIT = 5.0
"""Seconds until a controller that does not accept the connection counts as not there."""
ANSWER_LIMIT = 10.0
"""Seconds for an answer that the controller gives from memory."""
LONG_POLL_LIMIT = 30.0
"""Seconds for an answer that it may hold back for 20."""


async def tls_of(directory: ClusterDirectory) -> ssl.SSLContext:
    """Return the client's side of a cluster's TLS. Raise ControllerUnreachable where the keys are gone,
    as the cluster is then, and `Unavailable` where they lie on a file server that does not answer."""
    try:
        return await in_file_thread(
            directory.registry, client_context, directory.cert, directory.key
        )
    except FileSystemSilent as error:
        raise Unavailable(f"the cluster's key cannot be read: {error}") from error
    except OSError as error:  # ssl.SSLError is one too
        raise ControllerUnreachable(f"the cluster's key cannot be read: {error}") from error


class ControllerClient:
    """Asks one controller. Every method raises `ControllerRefused` (it answered with an error),
    `ControllerIncompatible` (it is of a version that is not understood), `ControllerUnreachable`
    (nobody there, or somebody else) or `ControllerTimeout`; one that asks for a change also
    `WrongState`, when the cluster, or a controller of its version, cannot do that."""

    def __init__(self, directory: ClusterDirectory, connection: Connection) -> None:
        self._directory = directory
        self._connection = connection
        self._context: ssl.SSLContext | None = None
        self._http = ClosingHTTPClient(force_instance=True, max_clients=16)

    def close(self) -> None:
        """Give the connections back. Requests under way are dropped."""
        self._http.close()

    async def state(self, after: int | None = None) -> ControllerState:
        """Return the state now or, with ``after``, as soon as its revision is larger (at most 20 s)."""
        # Whatever its version: that it answers at all shows that it lives.
        if after is None:
            return self._state(await self._ask("GET", "state", of_any_version=True))
        path = f"state?after={after}"
        answer = await self._ask("GET", path, limit=LONG_POLL_LIMIT, of_any_version=True)
        return self._state(answer)

    async def set_target(self, scaling: Scaling) -> ControllerState:
        """Ask for that size; the same target again means "try again". Raise also InvalidOptions."""
        return self._state(await self._ask("PUT", "target", wire.Target(scaling)))

    async def set_name(self, name: str) -> ControllerState:
        """Rename the cluster. Raise also InvalidOptions."""
        return self._state(await self._ask("PUT", "name", wire.Name(name)))

    async def set_idle_timeout(self, seconds: int) -> ControllerState:
        """End after so many seconds of idleness from now on; 0 is never. Raise also InvalidOptions."""
        return self._state(await self._ask("PUT", "idle", wire.IdleTimeout(seconds)))

    async def extend_idle(self, seconds: int | None) -> ControllerState:
        """Do not end for idleness before so many seconds from now; None is one whole time-out."""
        return self._state(await self._ask("POST", "idle/extend", wire.Extension(seconds)))

    async def retry(self) -> ControllerState:
        """Try again whatever had failed."""
        return self._state(await self._ask("POST", "retry"))

    async def cancel_job(self, job_id: str) -> ControllerState:
        """End that job, and want one less. Raise also JobNotFound."""
        return self._state(await self._ask("POST", f"jobs/{job_id}/cancel"))

    async def replace_job(self, job_id: str) -> ControllerState:
        """Start a successor of that job, then retire it. Raise also JobNotFound."""
        return self._state(await self._ask("POST", f"jobs/{job_id}/replace"))

    async def stop(self) -> None:
        """Ask the cluster to end; return once it has begun to."""
        await self._ask("POST", "stop", of_any_version=True)

    async def jobs(self) -> list[Job]:
        """Return the cluster's jobs."""
        answer = await self._ask("GET", "jobs")
        try:
            return wire.read_list(Job, answer)
        except Unreadable as error:
            raise self._incompatible("this cluster's jobs cannot be read", error) from error

    async def _ask(
        self,
        method: str,
        path: str,
        body: wire.Body | None = None,
        *,
        limit: float | None = None,
        of_any_version: bool = False,
    ) -> object:
        """Return the JSON of its answer. Only what every version understands is asked ``of_any_version``."""
        if not of_any_version:
            try:
                wire.check_protocol(vars(self._connection))
            except Unreadable as error:
                raise self._incompatible("this cluster cannot be asked for that", error) from error
        text = json.dumps({} if body is None else wire.write(body))
        request = HTTPRequest(
            f"{self._connection.control_address.rstrip('/')}/v1/{path}",
            method,
            body=None if method == "GET" else text,
            headers={"Content-Type": "application/json"},
            connect_timeout=CONNECT_LIMIT,
            request_timeout=ANSWER_LIMIT if limit is None else limit,
            ssl_options=await self._tls(),
            follow_redirects=False,
        )
        try:
            answer: object = json.loads((await self._fetched(request)).body)
        except HTTPTimeoutError as error:
            # tornado has one error for all: only a peer that took the connection can be slow.
            if "connect" in str(error):
                raise ControllerUnreachable("the cluster's controller cannot be reached") from error
            raise ControllerTimeout("the cluster's controller does not answer") from error
        except HTTPClientError as error:
            if error.code == 599:
                raise ControllerUnreachable("the cluster's controller broke off") from error
            raise _refused(error) from error
        except OSError as error:
            raise ControllerUnreachable("the cluster's controller cannot be reached") from error
        except ValueError as error:
            raise ControllerRefused(f"the controller's answer to {path} is not JSON") from error
        return answer

    async def _fetched(self, request: HTTPRequest) -> HTTPResponse:
        """Of a request that was cancelled tornado would log, as an error, that it broke off then."""
        fetching = self._http.fetch(request)
        fetching.add_done_callback(lambda _: fetching.cancelled() or fetching.exception())
        return await asyncio.shield(fetching)

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = await tls_of(self._directory)
        return self._context

    def _state(self, answer: object) -> ControllerState:
        try:
            wire.check_protocol(answer)
            return wire.read(ControllerState, answer)
        except Unreadable as error:
            what = "size" if error.field.startswith("cluster.scaling") else "state"
            raise self._incompatible(f"this cluster's {what} cannot be read", error) from error

    def _incompatible(self, what: str, error: Unreadable) -> ControllerIncompatible:
        return ControllerIncompatible(
            f"{what}: {error} (its controller is of version {self._connection.version}, this is "
            f"{__version__})"
        )


def _refused(error: HTTPClientError) -> Exception:
    """Return the exception that an error of the control API stands for."""
    try:
        body = json.loads(error.response.body) if error.response is not None else None
        refusal = wire.read(wire.Refusal, body)
    except (ValueError, Unreadable):
        refusal = wire.Refusal()  # not from our own handlers
    message = refusal.message or f"the cluster's controller answered {error.code}"
    if error.code == 400 and refusal.problems:
        return InvalidOptions(refusal.problems)
    if error.code == 404:
        if refusal.reason == JobNotFound.__name__:
            return JobNotFound(message)
        return WrongState("this cluster's controller is of an older version and cannot do that")
    if error.code == 409:
        return WrongState(message)
    if error.code == 503 and refusal.message:
        return Unavailable(message)  # it answered: somebody else, such as its disk, did not
    return ControllerRefused(message)

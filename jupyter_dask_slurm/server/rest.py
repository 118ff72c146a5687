"""What the handlers of the REST API share: reading a request, and answering it with JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from ..errors import DaskSlurmError, InvalidOptions, RequestTooLarge, RequestTooSlow
from ..model.cluster import Cluster, Scaling
from ..model.durations import checked_seconds
from ..model.wire import write
from .errors import STATUS, DaskSlurmHandler

MAX_BODY = 16 * 1024**2
"""Bytes of a request; what a form keeps may need twelve million of them. Jupyter itself takes 512 MB."""
BODY_LIMIT = 30.0
"""Seconds that a request may take to arrive."""
_TOO_SLOW = f"the request did not arrive within {BODY_LIMIT:g} s"


@stream_request_body
class RestHandler(DaskSlurmHandler, APIHandler):
    """Base of all handlers of the API."""

    _arriving: asyncio.TimerHandle | None = None
    _length = 0

    async def prepare(self, *, _redirect_to_login: Any = None) -> None:
        self._body = bytearray()
        await super().prepare()
        if self._finished:
            return
        self._length = int(self.request.headers.get("Content-Length", 0))
        if self._length > MAX_BODY:
            raise RequestTooLarge(f"a request has at most {MAX_BODY} bytes")
        if self._length:
            loop, late = asyncio.get_running_loop(), RequestTooSlow(_TOO_SLOW)
            self._arriving = loop.call_later(BODY_LIMIT, self._refuse, late)
        elif isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.set_body_timeout(BODY_LIMIT)  # in chunks: nothing says how many

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > MAX_BODY:
            self._body.clear()
            self._refuse(RequestTooLarge(f"a request has at most {MAX_BODY} bytes"))
        elif len(self._body) == self._length and self._arriving is not None:
            self._arriving.cancel()

    def _refuse(self, error: DaskSlurmError) -> None:
        """Answer although the request has not arrived; the connection is closed after that."""
        if not self._finished:
            self.log_exception(type(error), error, None)
            self.set_status(STATUS[type(error)])
            self.finish_error(error)

    def on_finish(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
        super().on_finish()

    def read_body(self, fields: Collection[str] | None) -> dict[str, Any]:
        """Return the JSON object that was sent. Raises InvalidOptions, also for a field that is not
        in ``fields``; None takes any."""
        try:
            body = json.loads(bytes(self._body) or b"{}")
        except (ValueError, RecursionError) as error:
            raise InvalidOptions.of("body", f"not JSON: {error}") from None
        if not isinstance(body, dict):
            raise InvalidOptions.of("body", "a JSON object")
        for field in body:
            if fields is not None and field not in fields:
                known = f"there are {', '.join(fields)}" if fields else "nothing is expected"
                raise InvalidOptions.of(field, f"unknown; {known}")
        return body

    def read_flag(self, name: str) -> bool:
        value = self.get_query_argument(name, "0")
        if value not in ("0", "1", "false", "true"):
            raise InvalidOptions.of(name, "0 or 1")
        return value in ("1", "true")

    def read_number(self, name: str, what: str, *, digits: int) -> int | None:
        """Return a number in the query, of so many digits at most: Python itself gives up on thousands
        of them. None when it is not there. Raises InvalidOptions."""
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        if not text.isdecimal():
            raise InvalidOptions.of(name, what)
        if len(text) > digits:
            raise InvalidOptions.of(name, f"at most {digits} digits")
        return int(text)

    def answer(self, data: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.set_status(status)
        self.finish(json.dumps(data))

    def answer_changed(self, cluster: Cluster, what: str) -> None:
        """Answer with a cluster, and log what was done with it."""
        self.log_done(cluster, what)
        self.answer(write(cluster))

    def answer_created(self, cluster: Cluster, what: str) -> None:
        self.log_done(cluster, what)
        path = url_path_join(self.base_url, "dask-slurm/api/clusters", cluster.id)
        self.set_header("Location", path)
        self.answer(write(cluster), HTTPStatus.CREATED)

    def answer_done(self) -> None:
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


def read_scaling(body: dict[str, Any]) -> Scaling:
    """Return the scaling in a request's body; no jobs when it does not say."""
    scaling = body.get("scaling")
    return Scaling() if scaling is None else Scaling.from_json(scaling)


def read_seconds(body: dict[str, Any], field: str, *, least: int) -> int | None:
    """Return a duration in a request's body; None when it does not say. Raises InvalidOptions."""
    value = body.get(field)
    return None if value is None else checked_seconds(field, value, least=least)

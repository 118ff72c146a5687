"""The control API: HTTPS that asks every client for the cluster's certificate.

Versioned JSON, because a controller started by yesterday's version must answer today's server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tornado.web import Application, RequestHandler

from ..errors import (
    DaskSlurmError,
    InvalidOptions,
    JobNotFound,
    LogNotFound,
    Unavailable,
    WrongState,
)
from ..logs import log_end
from ..model import wire
from ..model.cluster import validate_name
from ..model.durations import checked_seconds
from ..model.scaling import Scaling
from .cluster import LiveCluster

LONG_POLL = 20.0
"""Seconds that a request for the next state waits at most."""
DEFAULT_TAIL, MAXIMUM_TAIL = 200, 10_000
STATUS: dict[type[DaskSlurmError], int] = {
    JobNotFound: 404,
    LogNotFound: 404,
    WrongState: 409,
    Unavailable: 503,
}
"""The status of an error; 400 for every other one of this package."""


class ControlHandler(RequestHandler):
    """Base: errors are JSON with a message for people and the name of their class."""

    @property
    def cluster(self) -> LiveCluster:
        cluster: LiveCluster = self.settings["cluster"]
        return cluster

    def answer(self, data: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(data))

    def answer_state(self) -> None:
        self.answer(
            {
                "protocol": wire.PROTOCOL,
                "oldest_protocol": wire.OLDEST_PROTOCOL,
                "revision": self.cluster.revision,
                "cluster": wire.write(self.cluster.describe()),
            }
        )

    def body(self, field: str) -> Any:
        try:
            return json.loads(self.request.body)[field]
        except (ValueError, KeyError, TypeError):
            raise InvalidOptions.of(field, "missing") from None

    def seconds(self, field: str) -> int:
        return checked_seconds(field, self.body(field))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        data: dict[str, Any] = {"message": self._reason, "reason": type(error).__name__}
        if isinstance(error, DaskSlurmError):
            self.set_status(STATUS.get(type(error), 400))
            data["message"] = str(error)
        if isinstance(error, InvalidOptions):
            data["problems"] = [vars(problem) for problem in error.problems]
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(data))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, DaskSlurmError):
            super().log_exception(typ, value, tb)


class StateHandler(ControlHandler):
    async def get(self) -> None:
        after = self.get_query_argument("after", None)
        if after is not None:
            await self._wait(int(after) if after.isdigit() else 0)
        self.answer_state()

    async def _wait(self, revision: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LONG_POLL
        while self.cluster.revision <= revision and (left := deadline - loop.time()) > 0:
            try:
                await asyncio.wait_for(self.cluster.revised.wait(), left)
            except asyncio.TimeoutError:
                return


class TargetHandler(ControlHandler):
    async def put(self) -> None:
        self.cluster.scale(wire.read(Scaling, self.body("scaling"), "scaling"))
        self.answer_state()


class NameHandler(ControlHandler):
    async def put(self) -> None:
        self.cluster.rename(validate_name(self.body("name")))
        self.answer_state()


class RetryHandler(ControlHandler):
    async def post(self) -> None:
        self.cluster.retry()
        self.answer_state()


class IdleHandler(ControlHandler):
    async def put(self) -> None:
        self.cluster.set_idle_timeout(self.seconds("timeout"))
        self.answer_state()


class ExtendIdleHandler(ControlHandler):
    async def post(self) -> None:
        whole = self.body("seconds") is None
        self.cluster.extend_idle(None if whole else self.seconds("seconds"))
        self.answer_state()


class CancelJobHandler(ControlHandler):
    async def post(self, job_id: str) -> None:
        self.cluster.cancel_job(job_id)
        self.answer_state()


class ReplaceJobHandler(ControlHandler):
    async def post(self, job_id: str) -> None:
        self.cluster.replace_job(job_id)
        self.answer_state()


class StopHandler(ControlHandler):
    async def post(self) -> None:
        self.settings["stop"]()
        self.answer({}, status=202)


class JobsHandler(ControlHandler):
    async def get(self) -> None:
        self.answer([wire.write(job) for job in self.cluster.describe_jobs()])


class LogsHandler(ControlHandler):
    async def get(self, source: str) -> None:
        tail = self.get_query_argument("tail", str(DEFAULT_TAIL))
        if not tail.isdigit():
            raise InvalidOptions.of("tail", "a whole number of lines")
        path = self.cluster.log_path(source)
        if path is None:
            raise LogNotFound(f"there is no log of {source!r}")
        text = await asyncio.to_thread(log_end, path, min(int(tail), MAXIMUM_TAIL))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)


def make_api(cluster: LiveCluster, stop: Callable[[], None]) -> Application:
    """The routes, for `tornado.httpserver.HTTPServer`. ``stop()`` begins to end the cluster."""
    job = "/v1/jobs/([0-9_]+)"
    return Application(
        [
            ("/v1/state", StateHandler),
            ("/v1/target", TargetHandler),
            ("/v1/name", NameHandler),
            ("/v1/retry", RetryHandler),
            ("/v1/idle", IdleHandler),
            ("/v1/idle/extend", ExtendIdleHandler),
            ("/v1/stop", StopHandler),
            ("/v1/jobs", JobsHandler),
            (f"{job}/cancel", CancelJobHandler),
            (f"{job}/replace", ReplaceJobHandler),
            ("/v1/logs/([A-Za-z0-9_]+)", LogsHandler),
        ],
        cluster=cluster,
        stop=stop,
        log_function=lambda handler: None,
    )

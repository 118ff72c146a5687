"""The control API: HTTPS that asks every client for the cluster's certificate.

`jupyter_dask_slurm.model.wire` says what is asked and answered, and how versions differ.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from tornado.web import Application, RequestHandler

from ..errors import (
    DaskSlurmError,
    FieldProblem,
    InvalidOptions,
    JobNotFound,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..logs import one_line
from ..model import wire
from ..model.durations import checked_seconds
from ..model.names import validate_name
from ..model.wire import ControllerState
from .cluster import LiveCluster

Body = TypeVar("Body", bound=wire.Body)

LONG_POLL = 20.0
"""Seconds that a request for the next state waits at most."""
logger = logging.getLogger(__name__)
STATUS: dict[type[DaskSlurmError], int] = {
    JobNotFound: 404,
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
        state = ControllerState(self.cluster.revision, self.cluster.describe())
        self.answer(wire.write(state))

    def read_body(self, cls: type[Body]) -> Body:
        """Return the body of the request. Raise Unreadable."""
        try:
            data = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable("", f"not JSON: {error}") from None
        return wire.read(cls, data)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = self._reason
        problems: tuple[FieldProblem, ...] = ()
        if isinstance(error, DaskSlurmError):
            self.set_status(STATUS.get(type(error), 400))
            message = str(error)
        if isinstance(error, InvalidOptions):
            problems = error.problems
        elif isinstance(error, Unreadable):
            problems = (FieldProblem(error.field, error.message),)
        refusal = wire.Refusal(message, type(error).__name__, problems)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(wire.write(refusal)))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, DaskSlurmError):
            request = f"{self.request.method} {self.request.path}"
            logger.info("refused %s: %s", one_line(request), one_line(value))
        else:
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
        self.cluster.scale(self.read_body(wire.Target).scaling)
        self.answer_state()


class NameHandler(ControlHandler):
    async def put(self) -> None:
        await self.cluster.rename(validate_name(self.read_body(wire.Name).name))
        self.answer_state()


class RetryHandler(ControlHandler):
    async def post(self) -> None:
        self.cluster.retry()
        self.answer_state()


class IdleHandler(ControlHandler):
    async def put(self) -> None:
        timeout = self.read_body(wire.IdleTimeout).timeout
        self.cluster.set_idle_timeout(checked_seconds("timeout", timeout))
        self.answer_state()


class ExtendIdleHandler(ControlHandler):
    async def post(self) -> None:
        seconds = self.read_body(wire.Extension).seconds
        self.cluster.extend_idle(None if seconds is None else checked_seconds("seconds", seconds))
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
        ],
        cluster=cluster,
        stop=stop,
        log_function=lambda handler: None,
    )

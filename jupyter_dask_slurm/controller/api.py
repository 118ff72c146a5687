"""The control API: HTTPS that shakes hands only with who holds the cluster's key.

Versioned JSON, because a controller started by yesterday's version must answer today's server.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tornado.web import Application, RequestHandler

from ..connection import PROTOCOL
from ..errors import DaskSlurmError, InvalidOptions
from ..logs import log_end
from ..models import validate_name
from ..scaling import Scaling

if TYPE_CHECKING:
    from .app import Controller

LONG_POLL = 20.0
"""Seconds that a request for the next state waits at most."""
DEFAULT_TAIL, MAXIMUM_TAIL = 200, 10_000


class ControlHandler(RequestHandler):
    """Base: errors are JSON with a message for people and the name of their class."""

    @property
    def controller(self) -> Controller:
        controller: Controller = self.settings["controller"]
        return controller

    def answer(self, data: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(data))

    def answer_state(self) -> None:
        self.answer(
            {
                "protocol": PROTOCOL,
                "revision": self.controller.revision,
                "cluster": self.controller.describe().to_json(),
            }
        )

    def body(self, field: str) -> Any:
        try:
            return json.loads(self.request.body)[field]
        except (ValueError, KeyError, TypeError):
            raise InvalidOptions.of(field, "missing") from None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        data: dict[str, Any] = {"message": self._reason, "reason": type(error).__name__}
        if isinstance(error, DaskSlurmError):
            self.set_status(400)
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
        while self.controller.revision <= revision and (left := deadline - loop.time()) > 0:
            try:
                await asyncio.wait_for(self.controller.revised.next(), left)
            except asyncio.TimeoutError:
                return


class TargetHandler(ControlHandler):
    async def put(self) -> None:
        self.controller.scale(Scaling.from_json(self.body("scaling")))
        self.answer_state()


class NameHandler(ControlHandler):
    async def put(self) -> None:
        self.controller.rename(validate_name(self.body("name")))
        self.answer_state()


class StopHandler(ControlHandler):
    async def post(self) -> None:
        self.controller.request_stop()
        self.answer({}, status=202)


class JobsHandler(ControlHandler):
    async def get(self) -> None:
        self.answer([job.to_json() for job in self.controller.describe_jobs()])


class LogsHandler(ControlHandler):
    async def get(self, source: str) -> None:
        tail = self.get_query_argument("tail", str(DEFAULT_TAIL))
        if not tail.isdigit():
            raise InvalidOptions.of("tail", "a whole number of lines")
        path = self.controller.log_path(source)
        if path is None:
            self.answer({"message": f"there is no log of {source!r}", "reason": "NotFound"}, 404)
            return
        text = await asyncio.to_thread(log_end, path, min(int(tail), MAXIMUM_TAIL))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)


def make_api(controller: Controller) -> Application:
    """The routes, for `tornado.httpserver.HTTPServer`."""
    return Application(
        [
            ("/v1/state", StateHandler),
            ("/v1/target", TargetHandler),
            ("/v1/name", NameHandler),
            ("/v1/stop", StopHandler),
            ("/v1/jobs", JobsHandler),
            ("/v1/logs/([A-Za-z0-9_]+)", LogsHandler),
        ],
        controller=controller,
        log_function=lambda handler: None,
    )

"""What the handlers of the REST API share: reading a request, and answering it with JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from ..errors import InvalidOptions
from ..model.cluster import Cluster, Scaling
from ..model.durations import checked_seconds
from ..model.wire import write
from .errors import DaskSlurmHandler


class RestHandler(DaskSlurmHandler, APIHandler):
    """Base of all handlers of the API."""

    def read_body(self, fields: Collection[str] | None) -> dict[str, Any]:
        """Return the JSON object that was sent. Raises InvalidOptions, also for a field that is not
        in ``fields``; None takes any."""
        try:
            body = json.loads(self.request.body or b"{}")
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

"""What the handlers of the REST API share: reading requests, answering, and the errors' statuses."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join

from ..batch.errors import BatchRefused, BatchSilent, ControllerSilent
from ..errors import (
    ClusterNotFound,
    ControllerRefused,
    ControllerTimeout,
    ControllerUnreachable,
    DashboardNotFound,
    InvalidOptions,
    JobNotFound,
    LogNotFound,
    NameTaken,
    ProfileNotFound,
    TooManyClusters,
    Unavailable,
    WrongState,
)
from ..model.cluster import Cluster, Scaling
from ..model.durations import checked_seconds
from .manager import ClusterManager

AUTH_RESOURCE = "dask-slurm"
MANAGER = "dask_slurm_manager"
"""The key of the manager among the settings of Jupyter's web application."""

STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidOptions: HTTPStatus.BAD_REQUEST,
    ClusterNotFound: HTTPStatus.NOT_FOUND,
    DashboardNotFound: HTTPStatus.NOT_FOUND,
    JobNotFound: HTTPStatus.NOT_FOUND,
    LogNotFound: HTTPStatus.NOT_FOUND,
    ProfileNotFound: HTTPStatus.NOT_FOUND,
    NameTaken: HTTPStatus.CONFLICT,
    WrongState: HTTPStatus.CONFLICT,
    TooManyClusters: HTTPStatus.CONFLICT,
    ControllerRefused: HTTPStatus.BAD_GATEWAY,
    ControllerUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    ControllerTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    BatchRefused: HTTPStatus.BAD_GATEWAY,
    ControllerSilent: HTTPStatus.SERVICE_UNAVAILABLE,
    BatchSilent: HTTPStatus.GATEWAY_TIMEOUT,
}
"""The one table from exception to status; the nearest class in an exception's ancestry counts."""


def status_of(error: BaseException) -> HTTPStatus | None:
    """The status of an error of ours; None for any other, which is a bug and a 500."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), None)


class ErrorAnswers(JupyterHandler):
    """Answers our own errors with their status, and with their words instead of a traceback."""

    auth_resource = AUTH_RESOURCE

    @property
    def manager(self) -> ClusterManager:
        manager: ClusterManager = self.settings[MANAGER]
        return manager

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if status_of(value) is None:
            super().log_exception(typ, value, tb)
        else:
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        status = status_of(error) if error is not None else None
        if error is None or status is None:
            super().write_error(status_code, **kwargs)
            return
        self.set_status(status)
        self.finish_error(error)

    def finish_error(self, error: BaseException) -> None:
        """Jupyter's form of an error: ``message`` is for people."""
        # Not through web.HTTPError, which would take a "%" in somebody's words for a format.
        body: dict[str, Any] = {"message": str(error), "reason": type(error).__name__}
        if isinstance(error, InvalidOptions):
            body["problems"] = [asdict(problem) for problem in error.problems]
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))


class DaskSlurmHandler(ErrorAnswers, APIHandler):
    """What the handlers below share."""

    def read_body(self, fields: Collection[str]) -> dict[str, Any]:
        """The JSON object that was sent. Raises InvalidOptions, also for a field not in ``fields``."""
        try:
            body = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise InvalidOptions.of("body", f"not JSON: {error}") from None
        if not isinstance(body, dict):
            raise InvalidOptions.of("body", "a JSON object")
        for field in body:
            if field not in fields:
                known = f"there are {', '.join(fields)}" if fields else "nothing is expected"
                raise InvalidOptions.of(field, f"unknown; {known}")
        return body

    def read_flag(self, name: str) -> bool:
        value = self.get_query_argument(name, "0")
        if value not in ("0", "1", "false", "true"):
            raise InvalidOptions.of(name, "0 or 1")
        return value in ("1", "true")

    def answer(self, data: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.set_status(status)
        self.finish(json.dumps(data))

    def answer_created(self, cluster: Cluster) -> None:
        path = url_path_join(self.base_url, "dask-slurm/api/clusters", cluster.id)
        self.set_header("Location", path)
        self.answer(cluster.to_json(), HTTPStatus.CREATED)

    def answer_done(self) -> None:
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


def read_scaling(body: dict[str, Any]) -> Scaling:
    """The scaling in a request's body; no jobs when it does not say."""
    scaling = body.get("scaling")
    return Scaling() if scaling is None else Scaling.from_json(scaling)


def read_seconds(body: dict[str, Any], field: str, *, least: int) -> int | None:
    """A duration in a request's body; None when it does not say. Raises InvalidOptions."""
    value = body.get(field)
    return None if value is None else checked_seconds(field, value, least=least)

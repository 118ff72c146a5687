"""What the REST API and the dashboards say when something went wrong: one table from exception to
status, and the handler that answers by it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from jupyter_core.utils import ensure_async
from tornado.web import RequestHandler

from ..batch.errors import BatchRefused, BatchSilent, SlurmctldSilent
from ..errors import (
    BrokenSettings,
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
    RequestTooLarge,
    RequestTooSlow,
    TooManyClusters,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..file_threads import FileSystemSilent
from ..logs import about
from .log import LoggingHandler
from .manager import ClusterManager
from .metrics import REFUSALS

AUTH_RESOURCE = "dask-slurm"
MANAGER = "dask_slurm_manager"
"""The key of the manager among the settings of Jupyter's web application; of BrokenSettings in its place,
where there can be none."""

STATUS: dict[type[Exception], HTTPStatus] = {
    BrokenSettings: HTTPStatus.SERVICE_UNAVAILABLE,
    InvalidOptions: HTTPStatus.BAD_REQUEST,
    ClusterNotFound: HTTPStatus.NOT_FOUND,
    DashboardNotFound: HTTPStatus.NOT_FOUND,
    JobNotFound: HTTPStatus.NOT_FOUND,
    LogNotFound: HTTPStatus.NOT_FOUND,
    ProfileNotFound: HTTPStatus.NOT_FOUND,
    NameTaken: HTTPStatus.CONFLICT,
    RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RequestTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    WrongState: HTTPStatus.CONFLICT,
    TooManyClusters: HTTPStatus.CONFLICT,
    Unreadable: HTTPStatus.BAD_GATEWAY,
    ControllerRefused: HTTPStatus.BAD_GATEWAY,
    ControllerUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    ControllerTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    FileSystemSilent: HTTPStatus.SERVICE_UNAVAILABLE,
    BatchRefused: HTTPStatus.BAD_GATEWAY,
    SlurmctldSilent: HTTPStatus.SERVICE_UNAVAILABLE,
    BatchSilent: HTTPStatus.GATEWAY_TIMEOUT,
}
"""The one table from exception to status; the nearest class in an exception's ancestry counts."""

REASON: dict[type[BaseException], str] = {SlurmctldSilent: "ControllerSilent"}
"""Reasons that are not the name of the exception's class: REST's names stay when classes are renamed."""


def status_of(error: BaseException) -> HTTPStatus | None:
    """Return the status of an error of ours; None for any other, which is a bug and a 500."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), None)


def reason_of(error: BaseException) -> str:
    """Return what an answer calls an error of ours."""
    return REASON.get(type(error), type(error).__name__)


class DaskSlurmHandler(LoggingHandler):
    """Base of every handler of this extension: it knows the manager, and answers the errors of this
    package with their status and their own words instead of a traceback."""

    auth_resource = AUTH_RESOURCE

    @property
    def manager(self) -> ClusterManager:
        manager: ClusterManager | BrokenSettings = self.settings[MANAGER]
        if isinstance(manager, BrokenSettings):
            raise BrokenSettings(str(manager))
        return manager

    async def may_write(self) -> bool:
        """Whether Jupyter's authorizer lets this user change anything."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "write", AUTH_RESOURCE)
        return bool(await ensure_async(allowed))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, BrokenSettings):
            return  # Jupyter's log has had it at the start.
        status = status_of(value)
        if status is None:
            super().log_exception(typ, value, tb)
            return
        REFUSALS.labels(reason_of(value)).inc()
        cluster_id = self.path_kwargs.get("cluster_id")
        name = None if cluster_id is None else self.manager.name_of(cluster_id)
        subject = None if cluster_id is None else about(cluster_id, name)
        self.log_refused(subject, value, failed=status >= HTTPStatus.INTERNAL_SERVER_ERROR)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        status = status_of(error) if error is not None else None
        if error is None or status is None:
            self.name_methods(status_code)
            super().write_error(status_code, **kwargs)
            return
        self.set_status(status)
        self.finish_error(error)

    def name_methods(self, status_code: int) -> None:
        """Say with the refusal of a method which ones there are."""
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            names = self.SUPPORTED_METHODS
            base = [getattr(RequestHandler, name.lower()) for name in names]
            own = [getattr(type(self), name.lower()) for name in names]
            there = [n for n, one, none in zip(names, own, base, strict=True) if one is not none]
            self.set_header("Allow", ", ".join(there))

    def finish_error(self, error: BaseException) -> None:
        """Answer in Jupyter's form of an error: ``message`` is for people."""
        # Not through web.HTTPError, which would take a "%" in somebody's words for a format.
        body: dict[str, Any] = {"message": str(error), "reason": reason_of(error)}
        if isinstance(error, InvalidOptions):
            body["problems"] = [asdict(problem) for problem in error.problems]
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))

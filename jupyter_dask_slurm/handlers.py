"""The REST API: parse, one call of the manager, answer.

``rest-api.yml`` beside this file describes it; a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from .batch.errors import BatchRefused, BatchSilent, ControllerSilent
from .environments import find_environments
from .errors import (
    ClusterNotFound,
    ControllerRefused,
    ControllerTimeout,
    ControllerUnreachable,
    InvalidOptions,
    JobNotFound,
    LogNotFound,
    NameTaken,
    TooManyClusters,
    Unavailable,
    WrongState,
)
from .manager import ClusterManager
from .models import Cluster, ClusterOptions, Scaling
from .options import MAX_DURATION

AUTH_RESOURCE = "dask-slurm"
MANAGER = "dask_slurm_manager"
"""The key of the manager among the settings of Jupyter's web application."""
DEFAULT_TAIL = 200
"""Lines of a log that are answered when the request does not say how many."""
MAX_DIGITS = 9
"""Of a number in a request; Python itself gives up on thousands of them."""

STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidOptions: HTTPStatus.BAD_REQUEST,
    ClusterNotFound: HTTPStatus.NOT_FOUND,
    JobNotFound: HTTPStatus.NOT_FOUND,
    LogNotFound: HTTPStatus.NOT_FOUND,
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
        except ValueError as error:
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


class ClustersHandler(DaskSlurmHandler):
    """All clusters."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer([cluster.to_json() for cluster in await self.manager.clusters()])

    @authenticated
    @authorized
    async def post(self) -> None:
        body = self.read_body(("name", "options", "scaling", "batch_system"))
        cluster = await self.manager.create(
            ClusterOptions.from_json(body.get("options", {})),
            read_scaling(body),
            name=body.get("name"),
            batch_system=body.get("batch_system"),
        )
        self.answer_created(cluster)


class ClusterHandler(DaskSlurmHandler):
    """One cluster."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        self.answer((await self.manager.get(cluster_id)).to_json())

    @authenticated
    @authorized
    async def patch(self, cluster_id: str) -> None:
        body = self.read_body(("scaling", "name", "idle_timeout"))
        cluster = await self.manager.change(
            cluster_id,
            scaling=None if body.get("scaling") is None else read_scaling(body),
            name=body.get("name"),
            idle_timeout=read_seconds(body, "idle_timeout", least=0),
        )
        self.answer(cluster.to_json())

    @authenticated
    @authorized
    async def delete(self, cluster_id: str) -> None:
        await self.manager.delete(cluster_id, force=self.read_flag("force"))
        self.answer_done()


class StartAgainHandler(DaskSlurmHandler):
    """A new cluster in the place of one that has ended."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        self.read_body(())
        self.answer_created(await self.manager.start_again(cluster_id))


class RetryHandler(DaskSlurmHandler):
    """Whatever had failed, once more."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        self.read_body(())
        self.answer((await self.manager.retry(cluster_id)).to_json())


class ExtendIdleHandler(DaskSlurmHandler):
    """More time for a cluster that nobody uses."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        seconds = read_seconds(self.read_body(("seconds",)), "seconds", least=1)
        self.answer((await self.manager.extend_idle(cluster_id, seconds)).to_json())


class JobHandler(DaskSlurmHandler):
    """One job of a cluster."""

    @authenticated
    @authorized
    async def delete(self, cluster_id: str, job_id: str) -> None:
        await self.manager.cancel_job(cluster_id, job_id)
        self.answer_done()


class ReplaceJobHandler(DaskSlurmHandler):
    """A successor for one job of a cluster."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str, job_id: str) -> None:
        self.read_body(())
        self.answer((await self.manager.replace_job(cluster_id, job_id)).to_json())


class JobsHandler(DaskSlurmHandler):
    """The jobs of a cluster."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        self.answer([job.to_json() for job in await self.manager.jobs(cluster_id)])


class LogsHandler(DaskSlurmHandler):
    """The end of one of a cluster's logs, as text."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        tail = self.get_query_argument("tail", str(DEFAULT_TAIL))
        if not tail.isdecimal():
            raise InvalidOptions.of("tail", "a whole number of lines")
        if len(tail) > MAX_DIGITS:
            raise InvalidOptions.of("tail", f"at most {MAX_DIGITS} digits")
        source = self.get_query_argument("source", "controller")
        text = await self.manager.log(cluster_id, source, int(tail))
        self.finish(text, set_content_type="text/plain; charset=UTF-8")


class OrphansHandler(DaskSlurmHandler):
    """Jobs that belong to no living cluster."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer([orphan.to_json() for orphan in await self.manager.orphans()])

    @authenticated
    @authorized
    async def delete(self) -> None:
        await self.manager.cancel_orphans()
        self.answer_done()


class OrphanHandler(DaskSlurmHandler):
    """Those that one cluster has left."""

    @authenticated
    @authorized
    async def delete(self, cluster_id: str) -> None:
        await self.manager.cancel_orphans(cluster_id)
        self.answer_done()


class JobScriptHandler(DaskSlurmHandler):
    """The job script of a cluster that might be created."""

    @authenticated
    @authorized
    async def post(self) -> None:
        body = self.read_body(("options", "scaling", "name", "batch_system"))
        answer = await self.manager.preview(
            body.get("options", {}),
            {"jobs": 0} if body.get("scaling") is None else body["scaling"],
            name=body.get("name"),
            batch_system=body.get("batch_system"),
        )
        self.answer(answer)


class SiteHandler(DaskSlurmHandler):
    """What the batch system offers."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.manager.site())


class EnvironmentsHandler(DaskSlurmHandler):
    """The Python environments of Jupyter's kernels."""

    @authenticated
    @authorized
    async def get(self) -> None:
        specs = await ensure_async(self.kernel_spec_manager.get_all_specs())
        self.answer(find_environments(specs))


def read_scaling(body: dict[str, Any]) -> Scaling:
    """The scaling in a request's body; no jobs when it does not say."""
    scaling = body.get("scaling")
    return Scaling() if scaling is None else Scaling.from_json(scaling)


def read_seconds(body: dict[str, Any], field: str, *, least: int) -> int | None:
    """A duration in a request's body; None when it does not say. Raises InvalidOptions."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidOptions.of(field, "a whole number of seconds")
    if not least <= value <= MAX_DURATION:
        raise InvalidOptions.of(field, f"from {least} to {MAX_DURATION} seconds")
    return value


_CLUSTER = r"/dask-slurm/api/clusters/(?P<cluster_id>[^/]+)"
_JOB = rf"{_CLUSTER}/jobs/(?P<job_id>[^/]+)"

default_handlers: list[tuple[str, type[DaskSlurmHandler]]] = [
    (r"/dask-slurm/api/clusters", ClustersHandler),
    (_CLUSTER, ClusterHandler),
    (rf"{_CLUSTER}/start-again", StartAgainHandler),
    (rf"{_CLUSTER}/retry", RetryHandler),
    (rf"{_CLUSTER}/extend-idle", ExtendIdleHandler),
    (rf"{_CLUSTER}/jobs", JobsHandler),
    (_JOB, JobHandler),
    (rf"{_JOB}/replace", ReplaceJobHandler),
    (rf"{_CLUSTER}/logs", LogsHandler),
    (r"/dask-slurm/api/orphans", OrphansHandler),
    (r"/dask-slurm/api/orphans/(?P<cluster_id>[^/]+)", OrphanHandler),
    (r"/dask-slurm/api/job-script", JobScriptHandler),
    (r"/dask-slurm/api/site", SiteHandler),
    (r"/dask-slurm/api/environments", EnvironmentsHandler),
]

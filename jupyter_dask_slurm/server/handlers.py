"""The REST API: parse, one call of the manager, answer.

``rest-api.yml`` of the package describes it; a test holds the two together.
"""

from __future__ import annotations

import json
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..errors import InvalidOptions
from ..file_threads import in_file_thread
from ..model.cluster import ClusterOptions
from ..model.wire import write
from .environments import find_environments
from .log import change_in_words, creation_in_words, end_in_words
from .rest import RestHandler, read_scaling, read_seconds

DEFAULT_TAIL = 200
"""Lines of a log that are answered when the request does not say how many."""
JOB_LIMIT, MAX_JOB_LIMIT = 120.0, 3600.0
"""Seconds that the test job of a look at the site may take: by itself, and at most."""
LOG_START, LOG_END = "Log-Start", "Log-End"
UNANSWERED = "Unanswered"
"""Headers: the bytes of the file that an answered piece of a log stands for."""


class ClustersHandler(RestHandler):
    """All clusters."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer([write(cluster) for cluster in await self.manager.clusters()])

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
        self.answer_created(cluster, creation_in_words(cluster))


class ClusterHandler(RestHandler):
    """One cluster."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        self.answer(write(await self.manager.get(cluster_id)))

    @authenticated
    @authorized
    async def patch(self, cluster_id: str) -> None:
        body = self.read_body(("scaling", "name", "idle_timeout"))
        change: dict[str, Any] = {
            "scaling": None if body.get("scaling") is None else read_scaling(body),
            "name": body.get("name"),
            "idle_timeout": read_seconds(body, "idle_timeout", least=0),
        }
        cluster = await self.manager.change(cluster_id, **change)
        self.answer_changed(cluster, change_in_words(**change))

    @authenticated
    @authorized
    async def delete(self, cluster_id: str) -> None:
        force, cluster = self.read_flag("force"), await self.manager.get(cluster_id)
        await self.manager.delete(cluster_id, force=force)
        self.log_done(cluster, end_in_words(cluster, force=force))
        self.answer_done()


class StartAgainHandler(RestHandler):
    """A new cluster in the place of one that has ended."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        self.read_body(())
        new = await self.manager.start_again(cluster_id)
        self.answer_created(new, f"started again in the place of {cluster_id}")


class RetryHandler(RestHandler):
    """Whatever had failed, once more."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        self.read_body(())
        self.answer_changed(await self.manager.retry(cluster_id), "retry")


class ExtendIdleHandler(RestHandler):
    """More time for a cluster that nobody uses."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str) -> None:
        seconds = read_seconds(self.read_body(("seconds",)), "seconds", least=1)
        self.answer_changed(await self.manager.extend_idle(cluster_id, seconds), "idle end put off")


class JobHandler(RestHandler):
    """One job of a cluster."""

    @authenticated
    @authorized
    async def delete(self, cluster_id: str, job_id: str) -> None:
        cluster = await self.manager.cancel_job(cluster_id, job_id)
        self.log_done(cluster, f"job {job_id} cancelled")
        self.answer_done()


class ReplaceJobHandler(RestHandler):
    """A successor for one job of a cluster."""

    @authenticated
    @authorized
    async def post(self, cluster_id: str, job_id: str) -> None:
        self.read_body(())
        cluster = await self.manager.replace_job(cluster_id, job_id)
        self.answer_changed(cluster, f"job {job_id} replaced")


class JobsHandler(RestHandler):
    """The jobs of a cluster."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        self.answer([write(job) for job in await self.manager.jobs(cluster_id)])


class LogsHandler(RestHandler):
    """The end of one of a cluster's logs, or what is new in it, as text."""

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        tail = self.read_number("tail", "a whole number of lines", digits=9)
        after = self.read_number("after", "a whole number of bytes", digits=15)
        source = self.get_query_argument("source", "controller")
        lines = DEFAULT_TAIL if tail is None else tail
        found = await self.manager.log(cluster_id, source, lines, after=after)
        self.set_header(LOG_START, str(found.start))
        self.set_header(LOG_END, str(found.end))
        self.finish(found.text, set_content_type="text/plain; charset=UTF-8")


class OrphansHandler(RestHandler):
    """Jobs that belong to no living cluster."""

    @authenticated
    @authorized
    async def get(self) -> None:
        seen = await self.manager.orphans()
        if seen.unanswered:
            self.set_header(UNANSWERED, json.dumps([one.to_json() for one in seen.unanswered]))
        self.answer([orphan.to_json() for orphan in seen.orphans])

    @authenticated
    @authorized
    async def delete(self) -> None:
        self.log_orphans(await self.manager.cancel_orphans())
        self.answer_done()


class OrphanHandler(RestHandler):
    """Those that one cluster has left."""

    @authenticated
    @authorized
    async def delete(self, cluster_id: str) -> None:
        self.log_orphans(await self.manager.cancel_orphans(cluster_id))
        self.answer_done()


class JobScriptHandler(RestHandler):
    """The job script of a cluster that might be created."""

    only_asks = True

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


class EstimateHandler(RestHandler):
    """When a job of such a cluster would start."""

    only_asks = True

    @authenticated
    @authorized
    async def post(self) -> None:
        body = self.read_body(("options", "batch_system"))
        options = ClusterOptions.from_json(body.get("options", {}))
        answer = await self.manager.estimate(options, batch_system=body.get("batch_system"))
        self.answer(answer)


class SiteHandler(RestHandler):
    """What the batch system offers."""

    @authenticated
    @authorized
    async def get(self) -> None:
        asked = {"slurm_cluster": self.get_query_argument("slurm_cluster", None)}
        options = ClusterOptions.from_json(asked)
        site = await self.manager.site(options.slurm_cluster)
        self.answer({**site, "read_only": not await self.may_write()})


class SiteCheckHandler(RestHandler):
    """A look at all that a cluster needs of the site."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer(self.manager.site_check.to_json())

    @authenticated
    @authorized
    async def post(self) -> None:
        body = self.read_body(("options", "job", "timeout"))
        job = body.get("job")
        if job is not None and not isinstance(job, bool):
            raise InvalidOptions.of("job", "true or false")
        limit = read_seconds(body, "timeout", least=1)
        self.manager.site_check.start(
            ClusterOptions.from_json(body.get("options", {})),
            job=job is not False,
            limit=JOB_LIMIT if limit is None else min(limit, MAX_JOB_LIMIT),
        )
        self.log_looked()
        self.answer(self.manager.site_check.to_json())

    @authenticated
    @authorized
    async def delete(self) -> None:
        await self.manager.site_check.stop()
        self.answer_done()


class ProfilesHandler(RestHandler):
    """Options that a form may begin with."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer([profile.to_json() for profile in await self.manager.profiles.all()])


class ProfileHandler(RestHandler):
    """One of them, the user's own."""

    @authenticated
    @authorized
    async def put(self, name: str) -> None:
        body = self.read_body(("description", "options", "scaling"))
        self.answer((await self.manager.profiles.save(name, body)).to_json())

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        await self.manager.profiles.delete(name)
        self.answer_done()


class LastValuesHandler(RestHandler):
    """What was entered last in the form of a new cluster."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.manager.last_values.get())

    @authenticated
    @authorized
    async def put(self) -> None:
        await self.manager.last_values.put(self.read_body(None))
        self.answer_done()


class EnvironmentsHandler(RestHandler):
    """The Python environments of Jupyter's kernels."""

    @authenticated
    @authorized
    async def get(self) -> None:
        # They lie below the home directory, as does what is on PATH perhaps.
        manager, home = self.kernel_spec_manager, Path.home()
        if iscoroutinefunction(manager.get_all_specs):  # those of a gateway
            specs = await manager.get_all_specs()
        else:
            specs = await in_file_thread(home, manager.get_all_specs)
        self.answer(await in_file_thread(home, find_environments, specs))


_CLUSTER = r"/dask-slurm/api/clusters/(?P<cluster_id>[^/]+)"
_JOB = rf"{_CLUSTER}/jobs/(?P<job_id>[^/]+)"

default_handlers: list[tuple[str, type[RestHandler]]] = [
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
    (r"/dask-slurm/api/estimate", EstimateHandler),
    (r"/dask-slurm/api/site", SiteHandler),
    (r"/dask-slurm/api/site-check", SiteCheckHandler),
    (r"/dask-slurm/api/profiles", ProfilesHandler),
    (r"/dask-slurm/api/profiles/(?P<name>[^/]+)", ProfileHandler),
    (r"/dask-slurm/api/last-values", LastValuesHandler),
    (r"/dask-slurm/api/environments", EnvironmentsHandler),
]

"""One check after the other."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...batch.errors import BatchError
from ...batch.site import Site
from ...errors import InvalidOptions, Unavailable
from ...file_threads import in_file_thread
from ...job_script.client import Renderer
from ...model.options import ClusterOptions
from ...model.scaling import Scaling
from ...model.settings import Settings
from ...site_rules.choices import allowed_site, ruled
from ...site_rules.effective import effective
from ...site_rules.findings import Findings
from ...site_rules.python import PythonFacts
from ..batch_systems import BatchSystems, environ_of
from ..preview import Preview, Previews
from ..pythons import Pythons
from . import looks
from .check import ON_NODE, Check, CheckName
from .host import judge_dashboards, judge_directory, judge_endings, judge_limits, limits_here
from .job import run_job
from .node import judge_job, judge_node
from .slurm import judge_account, judge_cluster, judge_commands, judge_partitions

JOB_LIMIT = 120.0
"""Seconds that the test job may take, its time in the queue included."""
_LEAST: dict[str, Any] = {"cores": 1, "memory": 1024**3, "walltime": 60}
"""What a cluster is judged with where nobody says otherwise."""
_TEST: dict[str, Any] = {"cores": 1, "processes": 1, "memory": 512 * 1024**2, "walltime": 60}
_OF_SITE: tuple[CheckName, ...] = ("partitions", "account")
_NO_SLURM = "Slurm's commands have to work first"
Tell = Callable[[str], None]


class Doctor:
    """Made for one run of `checks`, with the rooms of whoever asks: they are not stopped here."""

    def __init__(
        self,
        settings: Settings,
        *,
        batch_systems: BatchSystems,
        renderer: Renderer,
        previews: Previews,
    ) -> None:
        self._settings = settings
        self._batch_systems = batch_systems
        self._renderer = renderer
        self._previews = previews
        self._pythons = Pythons(settings.clean_environment)
        self._name = batch_systems.default

    async def checks(
        self,
        options: ClusterOptions,
        *,
        job: bool = True,
        job_limit: float = JOB_LIMIT,
        tell: Tell = lambda _: None,
    ) -> AsyncIterator[Check]:
        """Yield each check as soon as it is there, for clusters with these options. With ``job`` a job of
        a minute is submitted, which has ``job_limit`` seconds; ``tell`` hears what is looked at."""
        try:
            async for check in self._checks(options, job_limit if job else None, tell):
                yield check
        finally:
            await self._pythons.stop()

    async def _checks(
        self, options: ClusterOptions, job_limit: float | None, tell: Tell
    ) -> AsyncIterator[Check]:
        yield looks.versions()
        tell("the directory of the clusters")
        directory = await looks.directory(self._settings.state_dir)
        yield judge_directory(directory)
        site, answers = None, True
        if self._name == "slurm":
            tell("Slurm's commands")
            commands, site = await looks.commands(self._batch_systems)
            answers = not commands.missing and not commands.errors
            yield judge_commands(commands)
        else:
            yield looks.no_slurm(self._settings)
        tell("dask's configuration")
        configured, check = await looks.configuration(self._renderer)
        yield check
        tell("the job script")
        preview, found = await self._preview(self._filled(options, configured))
        for check in self._of_site(site, options, preview):
            yield check
        yield await self._new_cluster(preview, found, answers=answers)
        placement: str = self._settings.placement
        if preview is not None:
            placement = preview.options.placement or placement
            tell("Python")
            for check in await self._python(preview):
                yield check
        tell("limits")
        limits = await in_file_thread(Path("/"), limits_here)
        yield judge_limits(limits, placement)
        endings = await looks.endings(self._settings.state_dir, limits.cpu_seconds)
        yield judge_endings(endings, placement)
        why_not = None
        if job_limit is None:
            why_not = "no job was asked for"
        elif directory.error is not None:
            why_not = "it needs the directory of the clusters"
        elif not answers:
            why_not = _NO_SLURM
        elif found.problems:
            why_not = "the form would not create a cluster"
        if why_not is None and job_limit is not None:
            async for check in self._job(options, placement, job_limit, tell):
                yield check
        else:
            for name in ("test_job", *ON_NODE):
                yield Check(name, "skipped", why_not or "")

    def _filled(self, options: ClusterOptions, configured: ClusterOptions) -> ClusterOptions:
        """The options with the least where neither they, nor the configuration, nor the administrator say
        what they are."""
        of_others = ruled(self._settings.policy)
        open_ = {
            key: value
            for key, value in _LEAST.items()
            if key not in of_others
            and getattr(options, key) is None
            and getattr(configured, key) is None
        }
        return replace(options, **open_)

    async def _preview(self, options: ClusterOptions) -> tuple[Preview | None, Findings]:
        """What such a cluster would be, with what is wrong with it."""
        try:
            preview = await self._previews.make(
                options, Scaling("jobs", 1), name=None, batch_system=self._name
            )
        except InvalidOptions as error:
            return None, Findings(tuple(error.problems))
        except Unavailable as error:
            return None, Findings.problem("job_script", str(error))
        return preview, preview.findings

    def _of_site(
        self, site: Site | None, options: ClusterOptions, preview: Preview | None
    ) -> list[Check]:
        if site is None:
            why = _NO_SLURM if self._name == "slurm" else "there is no Slurm here"
            return [Check(name, "skipped", why) for name in _OF_SITE]
        allowed = allowed_site(self._settings.policy, site) or site
        account = options.account
        if preview is not None:
            script = preview.rendered.template.preview()
            account = effective(preview.options, script, environ_of(self._name)).account
        return [judge_partitions(allowed), judge_account(site, account)]

    async def _new_cluster(
        self, preview: Preview | None, found: Findings, *, answers: bool
    ) -> Check:
        if self._name != "slurm" or preview is None or found.problems or not answers:
            return judge_cluster(found, None)
        template = preview.rendered.template
        script = template.preview()
        estimate = await self._batch_systems.estimate(
            self._name, script, preview.options.slurm_cluster, otherwise=template.otherwise(script)
        )
        return judge_cluster(found, estimate)

    async def _python(self, preview: Preview) -> list[Check]:
        options, python = preview.options, preview.options.python or sys.executable
        found = await self._pythons.check(options, preview.rendered.template, preview.findings)
        facts = self._pythons.told(options) or PythonFacts()
        said = () if found is None else (*found.problems, *found.warnings)
        if said:
            sure = found is not None and found.problems
            message = f"{python}: {said[0].message}"
            return [
                Check("python", "failed" if sure else "warning", message),
                Check("dashboards", "skipped", "its Python has to work first"),
            ]
        if facts.version is None:
            message = f"{python} is asked on a node alone: here it may be another"
            return [
                Check("python", "skipped", message),
                Check("dashboards", "skipped", message),
            ]
        message = f"{python} is Python {facts.version} with distributed {facts.distributed}"
        return [Check("python", "ok", message), judge_dashboards(facts, python)]

    async def _job(
        self, options: ClusterOptions, placement: str, limit: float, tell: Tell
    ) -> AsyncIterator[Check]:
        of_others = ruled(self._settings.policy)
        test = {key: value for key, value in _TEST.items() if key not in of_others}
        tell("a test job")
        preview, found = await self._preview(replace(options, **test))
        if preview is None or found.problems:
            yield replace(judge_cluster(found, None), name="test_job")
            for name in ON_NODE:
                yield Check(name, "skipped", "only the test job could tell")
            return
        asked, python = preview.options, preview.options.python or sys.executable
        try:
            batch = await self._batch_systems.started(self._name, asked.slurm_cluster)
        except BatchError as error:
            yield Check("test_job", "failed", "it could not be submitted", str(error))
            return
        usual, ways = looks.ways(asked, preview.rendered.template.scheduler_host)
        facts = await run_job(
            batch,
            preview.rendered.lines,
            python,
            state_dir=self._settings.state_dir,
            log_directory=None if asked.log_directory is None else Path(asked.log_directory),
            addresses=ways,
            limit=limit,
            tell=tell,
        )
        yield judge_job(facts)
        in_jobs = placement == "job"
        for check in judge_node(facts, usual=usual, python=python, controllers_in_jobs=in_jobs):
            yield check

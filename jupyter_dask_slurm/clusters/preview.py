"""What a cluster would be, before there is one: resolved options, job script, what is wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..batch.slurm.request import read_request
from ..errors import InvalidOptions
from ..interfaces import interface_names, interfaces
from ..job_script.client import Rendered, Renderer
from ..model.cluster import Cluster, ClusterOptions, JobLimit, Scaling, utc_text
from ..model.settings import Settings
from ..model.template import Template
from ..site_rules.choices import allowed_site, with_names
from ..site_rules.controller_job import check_placement, fitting_job
from ..site_rules.effective import at_their_fields, effective
from ..site_rules.findings import Findings
from ..site_rules.job_limit import check_job_limit, job_limit
from ..site_rules.limits import check_directory, check_interface, check_site
from ..site_rules.partitions import AUTO, choose_partitions
from ..site_rules.policy import check_controller_job, check_limits, check_new_size, check_time
from ..site_rules.slurm_clusters import (
    check_slurm_cluster,
    named_slurm_cluster,
    one_slurm_cluster,
)
from .asked import MEMORY_NOT_KNOWN, without_memory
from .batch_systems import BatchSystems, environ_of
from .choices import Choices
from .configured import Configured
from .directories import Directories
from .entered import Entered, unusable
from .policy_hook import rewritten
from .pythons import PATIENCE, Pythons
from .site_cache import SiteAnswer

SHOWN_LIMIT = 3600.0
"""Seconds for which the script that a form shows is the one that its cluster gets."""


@dataclass(frozen=True)
class Preview:
    """A cluster that somebody thinks of. ``options`` are resolved from those ``asked`` for."""

    asked: ClusterOptions
    options: ClusterOptions
    batch_system: str
    rendered: Rendered
    findings: Findings
    job_limit: JobLimit | None = None
    made: float = field(default_factory=time.monotonic)

    def is_for(self, options: ClusterOptions, batch_system: str) -> bool:
        """Whether this is what a form shows from which such a cluster is created."""
        asked = (self.asked, self.batch_system) == (options, batch_system)
        return asked and not self.findings.problems and time.monotonic() - self.made < SHOWN_LIMIT

    def to_json(self) -> dict[str, Any]:
        """The form of the REST contract."""
        return {
            **self.rendered.to_json(),
            "options": self.options.to_json(),
            "job_limit": None if self.job_limit is None else asdict(self.job_limit),
            "problems": [asdict(problem) for problem in self.findings.problems],
            "warnings": [asdict(warning) for warning in self.findings.warnings],
        }


class Previews:
    """Asks the renderer and the site; used by the manager."""

    def __init__(
        self,
        settings: Settings,
        batch_systems: BatchSystems,
        renderer: Renderer,
        configured: Configured,
    ) -> None:
        self._settings = settings
        self._batch_systems = batch_systems
        self._renderer = renderer
        self._configured = configured
        self._choices = Choices(settings, renderer)
        self._directories = Directories()
        self._pythons = Pythons(settings.clean_environment)
        self._shown: Preview | None = None

    async def make(
        self, options: ClusterOptions, scaling: Scaling, *, name: str | None, batch_system: str
    ) -> Preview:
        """Resolve, render and check. Waits for the renderer, and for a silent site 2 s at most.

        What the site or the administrator does not allow is among the findings; raises
        InvalidOptions for what cannot be rendered at all.
        """
        begun = await rewritten(self._settings, await self._choices.begun(options))
        policy, asked = self._settings.policy, self._choices.filled(begun, batch_system)
        # What its limits are depends on which of the site's Slurm clusters is meant.
        environ = environ_of(batch_system)
        guess = named_slurm_cluster(asked, environ) if batch_system == "slurm" else None
        async with self._batch_systems.asking(batch_system, guess) as answer_of:
            rendered = await self._renderer.render(asked, scaling, name=name)
            judged = self._judged(rendered.options, rendered.template, batch_system)
            where = one_slurm_cluster(judged) if batch_system == "slurm" else None
            answer = await answer_of(where)
        choice = Findings()
        adapted, automatic = asked, False
        if batch_system == "slurm":
            script = rendered.template.preview()
            if where is not None and "--clusters" not in read_request(script).given:
                # Exported. Not every command of Slurm's reads what sbatch reads, nor later the same.
                adapted = replace(adapted, slurm_cluster=where)
            adapted = without_memory(adapted, judged, answer.site)
            if automatic := judged.partition == AUTO:
                # Which of them fit depends on what the configuration says of the other options.
                allowed = allowed_site(policy, answer.site)
                partition, choice = choose_partitions(judged, allowed)
                adapted = replace(adapted, partition=partition)
                judged = replace(judged, partition=partition)
            elif rendered.options.partition == AUTO:
                adapted = replace(adapted, partition=None)  # a directive names another
            adapted = with_names(policy, adapted, judged)
        if adapted != asked:
            rendered = await self._renderer.render(adapted, scaling, name=name)
        if automatic:
            template = replace(rendered.template, automatic_partition=True)
            rendered = replace(rendered, template=template)
        resolved = replace(rendered.options, slurm_cluster=where)
        if options.controller_walltime is None:
            judged = self._judged(resolved, rendered.template, batch_system)
            partition, walltime = fitting_job(judged, answer.site)
            resolved = replace(
                resolved, controller_partition=partition, controller_walltime=walltime
            )
        template = rendered.template
        found = await self._check(resolved, template, scaling, batch_system, answer, choice)
        found += await self._choices.check(begun, resolved, template, batch_system)
        if adapted.job_directives_skip != asked.job_directives_skip:
            found += Findings.warning("memory", MEMORY_NOT_KNOWN)
        found += Findings(warnings=rendered.warnings)
        judged = self._judged(resolved, rendered.template, batch_system)
        limit = job_limit(judged, answer.site)
        return Preview(options, resolved, batch_system, rendered, found, limit)

    async def show(
        self, options: object, scaling: object, *, name: object, batch_system: str
    ) -> dict[str, Any]:
        """The answer for a form that is being filled in: unusable input is no error here. Where some of
        it cannot be read there is no script, but all that is wrong with the others is said as well."""
        self._configured.retry()
        asked = Entered()
        try:
            asked.read(options, scaling, name)
            preview = await self.make(
                asked.options,
                self.with_patience(asked.scaling),
                name=asked.name,
                batch_system=batch_system,
            )
        except InvalidOptions as error:
            return unusable(asked.problems + asked.of_others(error.problems))
        if asked.problems:
            found = preview.findings
            return unusable(
                asked.problems + asked.of_others(found.problems), asked.of_others(found.warnings)
            )
        self._shown = preview
        of_python = await self._pythons.check(
            preview.options, preview.rendered.template, preview.findings, patience=PATIENCE
        )
        found = preview.findings + (of_python or Findings())
        checking = ["python"] if of_python is None else []
        return {**replace(preview, findings=found).to_json(), "checking": checking}

    async def for_new(
        self, options: ClusterOptions, scaling: Scaling, *, name: str | None, batch_system: str
    ) -> Preview:
        """What a new cluster is made from: what the form shows for the same options, if one does,
        whatever dask's configuration says by now; else a new preview. Waits as `make`, and for a Python
        that was not asked yet. Raises InvalidOptions for all that is wrong."""
        shown, self._shown = self._shown, None
        if shown is not None and shown.is_for(options, batch_system):
            template = shown.rendered.template
            found = await self.check(
                shown.options, template, scaling, asked=options, batch_system=batch_system
            )
            preview = replace(shown, findings=found)
        else:
            preview = await self.make(options, scaling, name=name, batch_system=batch_system)
            found, template = preview.findings, preview.rendered.template
            found += await self._pythons.check(preview.options, template, found) or Findings()
            preview = replace(preview, findings=found)
        preview.findings.raise_problems()
        return preview

    async def check(
        self,
        options: ClusterOptions,
        template: Template,
        scaling: Scaling,
        *,
        asked: ClusterOptions | None = None,
        batch_system: str,
    ) -> Findings:
        """Whether administrator and site allow a cluster of these resolved options, from which the
        template was rendered. Waits for a silent site, 2 s at most, and for their Python. ``asked``
        None: what of them was asked for is not known any more."""
        answer = await self._batch_systems.site(batch_system, options.slurm_cluster)
        found = await self._check(options, template, scaling, batch_system, answer, Findings())
        if asked is None:
            asked = replace(options, controller_partition=None, controller_walltime=None)
        found += await self._choices.check(asked, options, template, batch_system)
        return found + (await self._pythons.check(options, template, found) or Findings())

    async def _check(
        self,
        options: ClusterOptions,
        template: Template,
        scaling: Scaling,
        batch_system: str,
        answer: SiteAnswer,
        choice: Findings,
    ) -> Findings:
        """``choice`` is what was found when the partitions were chosen."""
        site, environ = answer.site, environ_of(batch_system)
        script = template.preview()
        found = choice + check_limits(
            self._settings.for_controller(),
            options,
            script,
            scaling,
            batch_system=batch_system,
            environ=environ,
        )
        judged = self._judged(options, template, batch_system)
        most = scaling.most_jobs(cores=options.cores or 1, memory=options.memory or 1)
        found += check_job_limit(scaling.field, most, job_limit(judged, site))
        found += check_controller_job(self._settings, judged)
        if not choice.problems:
            of_site = check_site(judged, site)
            if batch_system == "slurm":
                of_site += check_slurm_cluster(judged, answer.problem)
            found += at_their_fields(of_site, options, script, environ)
        if (directory := judged.directory) is not None and os.path.isabs(directory):
            there = await self._directories.there(directory)
            of_host = check_directory(judged, there, batch_system)
            found += at_their_fields(of_host, options, script, environ)
        found += check_interface(options, interface_names(), interfaces())
        return found + check_placement(judged, batch_system, site)

    def _judged(
        self, options: ClusterOptions, template: Template, batch_system: str
    ) -> ClusterOptions:
        return effective(options, template.preview(), environ_of(batch_system))

    def checked(self, scaling: Scaling, cluster: Cluster, clusters: Iterable[Cluster]) -> Scaling:
        """The new size of one of the user's ``clusters``, with the administrator's patience. Raises
        InvalidOptions when it is more than is allowed."""
        scaling, settings = self.with_patience(scaling), self._settings.for_controller()
        check_new_size(settings, cluster, scaling, clusters).raise_problems()
        return scaling

    def check_idle(self, field: str, seconds: int | None) -> None:
        """Raise InvalidOptions when a cluster may not be idle for so many seconds; 0 is for ever."""
        check_time(field, seconds, self._settings.policy.max_idle_timeout).raise_problems()

    def with_patience(self, scaling: Scaling) -> Scaling:
        """The same, with what the administrator set where it leaves the patience open."""
        return scaling.with_patience(self._settings.grow_after, self._settings.shrink_after)

    async def stop(self) -> None:
        """Leave no process behind."""
        await self._pythons.stop()

    async def estimate(self, options: ClusterOptions, *, batch_system: str) -> dict[str, Any]:
        """When one job of these options would start, as the batch system guesses. Waits for it, 15 s
        at most. Raises InvalidOptions for what `Creation` would refuse."""
        preview = await self.make(options, Scaling("jobs", 1), name=None, batch_system=batch_system)
        preview.findings.raise_problems()
        template = preview.rendered.template
        script = template.preview()
        bounded = self._settings.policy.partitions is not None
        estimate = await self._batch_systems.estimate(
            batch_system,
            script,
            preview.options.slurm_cluster,
            # Nor does a controller fall back to a partition that is not allowed.
            otherwise=None if bounded else template.otherwise(script),
        )
        return {
            "estimated_start": utc_text(estimate.start),
            "node": estimate.node,
            "partition": estimate.partition,
            "message": estimate.message,
        }

"""Whether users have chosen no more than what is theirs to choose: the renderer is asked what the site, or
one of its profiles, says in the place of that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..batch.site import some
from ..errors import InvalidOptions
from ..job_script.client import Renderer
from ..model.options import ClusterOptions
from ..model.profile import Profile
from ..model.scaling import Scaling
from ..model.settings import Settings
from ..model.template import Template
from ..site_rules.choices import (
    OF_NOTEBOOK,
    Job,
    check_choice,
    ruled,
    with_fixed,
    with_names,
    without_choice,
)
from ..site_rules.effective import at_their_fields, effective
from ..site_rules.findings import Findings
from .asked import MEMORY_DIRECTIVE, on_loopback, with_settings
from .batch_systems import environ_of


class Choices:
    """Used by `Previews`."""

    def __init__(self, settings: Settings, renderer: Renderer) -> None:
        self._settings = settings
        self._renderer = renderer

    def filled(self, options: ClusterOptions, batch_system: str) -> ClusterOptions:
        """Return the options with all that the administrator set where they leave it open."""
        asked = on_loopback(options) if batch_system == "local" else options
        asked = with_fixed(self._settings.policy, asked, batch_system)
        return with_settings(asked, self._settings, batch_system)

    async def begun(self, options: ClusterOptions) -> ClusterOptions:
        """Return the options; where profiles are all that there is, and none of it was asked for, those
        of the default one."""
        policy = self._settings.policy
        of_notebook = {name: getattr(options, name) for name in OF_NOTEBOOK}
        if not policy.profiles_only or options != ClusterOptions(**of_notebook):
            return options
        for profile in await self._profiles():
            if profile.name == policy.default_profile:
                return _beside(profile.options, options)
        return options

    async def check(
        self, asked: ClusterOptions, options: ClusterOptions, template: Template, batch_system: str
    ) -> Findings:
        """Check that resolved options, which the template was rendered from, have what the administrator
        fixed, nothing that is forbidden, and where profiles are all that there is, those of one."""
        policy = self._settings.policy
        if policy.profiles_only:
            found = await self._check_profiles(asked, options, template, batch_system)
        elif ruled(policy):
            own = without_choice(policy, options)
            found = await self._against(
                own, asked, options, template, batch_system, profiles=self._settings.profiles
            )
        else:
            return Findings()
        return at_their_fields(found, options, template.preview(), environ_of(batch_system))

    async def _check_profiles(
        self, asked: ClusterOptions, options: ClusterOptions, template: Template, batch_system: str
    ) -> Findings:
        profiles = await self._profiles()
        if not profiles:
            return Findings.problem("partition", "only profiles may be chosen here: there is none")
        least: Findings | None = None
        for profile in sorted(profiles, key=lambda p: _beside(p.options, asked) != asked):
            own = _beside(profile.options, asked)
            try:
                found = await self._against(own, asked, options, template, batch_system)
            except InvalidOptions:
                continue  # of no use with the site's configuration
            if not found.problems:
                return found
            if least is None or len(found.problems) < len(least.problems):
                least = found
        message = f"only profiles may be chosen here: {some([p.name for p in profiles])}"
        at = ("partition",) if least is None else [problem.field for problem in least.problems]
        return sum((Findings.problem(field, message) for field in at), Findings())

    async def _against(
        self,
        own: ClusterOptions,
        asked: ClusterOptions,
        options: ClusterOptions,
        template: Template,
        batch_system: str,
        *,
        profiles: tuple[Profile, ...] = (),
    ) -> Findings:
        """Check the choice of who ``asked`` against what these options of the site's ``own`` come to."""
        policy = self._settings.policy
        skipped = own.job_directives_skip or ()
        if MEMORY_DIRECTIVE in {*(options.job_directives_skip or ())} - {*skipped}:
            own = replace(own, job_directives_skip=(*skipped, MEMORY_DIRECTIVE))
        filled = self.filled(own, batch_system)
        rendered = await self._renderer.render(filled, Scaling(), of_site=True)
        of_site = effective(rendered.options, rendered.template.preview())
        return check_choice(
            policy,
            asked,
            Job(options, effective(options, template.preview(), environ_of(batch_system))),
            Job(rendered.options, with_names(policy, of_site, of_site)),
            profiles=profiles,
            batch_system=batch_system,
        )

    async def _profiles(self) -> list[Profile]:
        """Those that are not a user's own."""
        return [*self._settings.profiles, *(await self._renderer.profiles(of_site=True))[0]]


def _beside(profile: ClusterOptions, options: ClusterOptions) -> ClusterOptions:
    """Return a profile's options with what is the notebook's of others."""
    of_notebook: dict[str, Any] = {
        name: value for name in OF_NOTEBOOK if (value := getattr(options, name)) is not None
    }
    return replace(profile, **of_notebook)

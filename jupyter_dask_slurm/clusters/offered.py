"""What a form is told of the site: what the batch system offers, and what the administrator and the
configuration say of options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..interfaces import interfaces
from ..model.options import ClusterOptions
from ..model.settings import Settings
from ..site_rules.choices import allowed_site, bounds_json, notice_json, with_fixed, with_names
from ..site_rules.effective import exported
from ..site_rules.slurm_clusters import named_slurm_cluster
from .asked import placements, with_settings
from .batch_systems import BatchSystems, environ_of
from .configured import Configured
from .site_cache import SiteAnswer, site_json


class Offers:
    """Asks the site and the configuration; used by the manager."""

    def __init__(
        self, settings: Settings, batch_systems: BatchSystems, configured: Configured
    ) -> None:
        self._settings = settings
        self._batch_systems = batch_systems
        self._configured = configured

    async def site(self, slurm_cluster: str | None = None) -> dict[str, Any]:
        """What the default batch system offers, and what the configuration says of options. Of several
        Slurm clusters it is about that one, or the one that a cluster gets whose options name none."""
        system = self._batch_systems.default
        environ = environ_of(system)

        def named_by(options: ClusterOptions) -> str | None:
            if slurm_cluster is not None or system != "slurm":
                return slurm_cluster
            return named_slurm_cluster(options, environ)

        async with self._batch_systems.asking(system, named_by(ClusterOptions())) as answer_of:
            defaults = await self._configured.defaults()
            named = named_by(defaults)
            answer = await answer_of(named)
        return offered(
            self._settings,
            answer,
            batch_system=system,
            choices=self._batch_systems.choices,
            slurm_cluster=named,
            defaults=defaults,
            environ=environ,
        )


def offered(
    settings: Settings,
    answer: SiteAnswer,
    *,
    batch_system: str,
    choices: Sequence[str],
    slurm_cluster: str | None,
    defaults: ClusterOptions,
    environ: Mapping[str, str],
) -> dict[str, Any]:
    """Return the answer of the REST contract. ``defaults`` are the configuration's."""
    variables, policy = exported(defaults, environ), settings.policy
    if batch_system == "slurm":
        said: dict[str, Any] = {name: value for name, (_, value) in variables.items()}
        defaults = with_names(policy, defaults, replace(defaults, **said))
    return {
        "batch_system": batch_system,
        "choices": list(choices),
        **site_json(allowed_site(policy, answer.site)),
        "slurm_cluster": slurm_cluster,
        "defaults": _with_all_settings(settings, defaults, batch_system).to_json(),
        "exported": {
            name: {"variable": variable, "value": value}
            for name, (variable, value) in variables.items()
        },
        "placements": list(placements(batch_system)),
        "interfaces": [asdict(interface) for interface in interfaces()],
        "adapt": {"grow_after": settings.grow_after, "shrink_after": settings.shrink_after},
        "limits": {
            "max_jobs": settings.max_jobs,
            "max_clusters": settings.max_clusters,
            **bounds_json(policy),
        },
        "notice": notice_json(policy),
        "problem": asdict(answer.problem) if answer.problem else None,
    }


def _with_all_settings(
    settings: Settings, defaults: ClusterOptions, batch_system: str
) -> ClusterOptions:
    """Return the defaults of a form, which shows those of a controller's job as soon as it is chosen."""
    policy = settings.policy
    open_: dict[str, Any] = dict.fromkeys(policy.pinned)
    defaults = with_fixed(policy, replace(defaults, **open_), batch_system)
    job = with_settings(replace(defaults, placement="job"), settings, batch_system)
    local = replace(defaults, placement=policy.fixed.placement)
    return replace(job, placement=with_settings(local, settings, batch_system).placement)

"""What users may not choose, because the administrator has fixed or forbidden it, and what is left for
them to choose from. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..batch.site import Accounts, Site
from ..batch.slurm.accounts import is_among
from ..model.options import ClusterOptions
from ..model.policy import OPTIONS, Policy
from ..model.profile import Profile
from .effective import EFFECTIVE, FILLED_IN
from .findings import Findings
from .partitions import AUTO
from .policy import applies, as_asked, pinned_words

_FITTED = ("controller_partition", "controller_walltime")
"""Where nobody chooses them, they are cut to what the partition allows."""
OF_NOTEBOOK = ("directory", "python")
"""What a cluster has in common with its notebook is beside its profile, unless that is forbidden."""
_NO_BOUNDS = frozenset(
    {
        "fixed",
        "hidden_partitions",
        "hidden_accounts",
        "hidden_qos",
        "link",
        "max_clusters",
        "max_jobs",
        "message",
    }
)
"""What of a policy is said elsewhere, or not at all."""


def ruled(policy: Policy) -> tuple[str, ...]:
    """Return the options that users do not choose."""
    of_profiles = [name for name in OPTIONS if policy.profiles_only and name not in OF_NOTEBOOK]
    return tuple(dict.fromkeys((*policy.pinned, *policy.forbidden, *of_profiles)))


def without_choice(policy: Policy, options: ClusterOptions) -> ClusterOptions:
    """Return options as they were if the user had chosen none of those that are ruled, nor overruled
    them by a directive."""
    open_: dict[str, Any] = dict.fromkeys((*ruled(policy), "job_extra_directives"))
    return replace(options, **open_)


def with_fixed(policy: Policy, options: ClusterOptions, batch_system: str) -> ClusterOptions:
    """Return options with the fixed values where they leave these open."""
    fixed = {
        field: value
        for field, value in policy.pinned.items()
        if getattr(options, field) is None and applies(field, batch_system)
    }
    return replace(options, **fixed)


def with_names(policy: Policy, options: ClusterOptions, judged: ClusterOptions) -> ClusterOptions:
    """Return options with the first of the allowed names where the `effective` ones have none."""
    names: dict[str, Any] = {
        k: allowed[0] for k, allowed in policy.names.items() if getattr(judged, k) is None
    }
    return replace(options, **names)


@dataclass(frozen=True)
class Job:
    """Resolved options, and what is `effective` of them."""

    options: ClusterOptions
    judged: ClusterOptions

    def value(self, field: str) -> Any:
        """Return what counts."""
        return getattr(self.judged if field in EFFECTIVE else self.options, field)


def check_choice(
    policy: Policy,
    asked: ClusterOptions,
    job: Job,
    of_site: Job,
    *,
    profiles: Iterable[Profile],
    batch_system: str,
) -> Findings:
    """Check that a user who ``asked`` for options has chosen none that are not the user's to choose.

    ``of_site`` is what the job would be `without_choice`, and without what is the user's own: dask's
    configuration in the home directory, and the environment. What a profile of the administrator says
    may be chosen.
    """
    profiles = list(profiles)
    found = Findings()
    for field in ruled(policy):
        value, own = job.value(field), of_site.value(field)
        if field in _FITTED:
            value = getattr(asked, field) or own
        if value == own or not applies(field, batch_system):
            continue
        if field in policy.pinned:
            if field in EFFECTIVE - FILLED_IN:
                continue  # that is checked with the limits
            message = pinned_words(field, own)
        elif (field == "partition" and own == AUTO) or value in _of_profiles(field, own, profiles):
            continue
        else:
            message = "it is not for users to choose here"
        if getattr(asked, field) is None and field not in EFFECTIVE:
            message += "; dask's configuration in your home directory or environment sets it"
        found += Findings.problem(field, message)
    return found


def _of_profiles(field: str, own: object, profiles: Iterable[Profile]) -> Iterator[object]:
    for profile in profiles:
        value = getattr(profile.options, field)
        if isinstance(value, tuple):
            yield (*own, *value) if isinstance(own, tuple) else value
        elif value is not None:
            yield value
            if field == "memory":
                yield as_asked(value)


def allowed_site(policy: Policy, site: Site | None) -> Site | None:
    """Return the site as far as users may use it, without what is hidden: that may be named, and is not
    offered, nor chosen by ``auto``."""
    if site is None or site.batch_system != "slurm":
        return site
    partitions = tuple(
        p
        for p in site.partitions
        if (policy.partitions is None or p.name in policy.partitions)
        and p.name not in policy.hidden_partitions
    )
    return replace(site, partitions=partitions, accounts=_allowed_accounts(policy, site.accounts))


def _allowed_accounts(policy: Policy, accounts: Accounts) -> Accounts:
    def allowed(
        names: tuple[str, ...], bound: tuple[str, ...] | None, hidden: tuple[str, ...]
    ) -> tuple[str, ...]:
        return tuple(
            n for n in names if (bound is None or is_among(n, bound)) and not is_among(n, hidden)
        )

    return replace(
        accounts,
        accounts=allowed(accounts.accounts, policy.accounts, policy.hidden_accounts),
        qos=allowed(accounts.qos, policy.qos, policy.hidden_qos),
        default_account=accounts.default_account if policy.accounts is None else None,
        default_qos=accounts.default_qos if policy.qos is None else None,
    )


def bounds_json(policy: Policy) -> dict[str, Any]:
    """Return the bounds in the form of the REST contract, without those on clusters and their jobs: these
    are `Settings`."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(policy).items()
        if name not in _NO_BOUNDS
    } | {"fixed": policy.pinned}


def notice_json(policy: Policy) -> dict[str, str | None] | None:
    """Return what the panel shows to everybody, likewise; None is nothing."""
    if policy.message is None and policy.link is None:
        return None
    return {"message": policy.message, "link": policy.link}

"""How many jobs of a cluster Slurm lets be there at once: the limits of associations and QOS on all jobs
together. Pure.

They refuse no cluster: as many jobs as fit are submitted, and the rest when there is room. Other jobs of the
user's, or of the account's, may leave less.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..batch.site import Accounts, Partition, Site
from ..batch.slurm.accounts import account_of, associations_of, limits_of, qos_of
from ..model.cluster import JobLimit
from ..model.options import ClusterOptions
from .accounts import job_gpus
from .findings import Findings, size
from .partitions import chosen_partitions

_OVERRULING = {"MaxJobs": ("MaxJobsPU", "MaxJobsPA"), "MaxSubmit": ("MaxSubmitPU", "MaxSubmitPA")}
"""The limits of a QOS that an association's does not count beside; of others the one of that name."""


def job_limit(options: ClusterOptions, site: Site | None) -> JobLimit | None:
    """Return the least of the limits that jobs of these `effective` options are under; None where none is
    known. Of several partitions the one with most room counts."""
    if site is None or site.batch_system != "slurm":
        return None
    chosen = chosen_partitions(options.partition, site)
    found = [_least(options, partition, site.accounts) for partition in chosen]
    found = found or [_least(options, None, site.accounts)]
    limits = [limit for limit in found if limit is not None]
    return None if len(limits) < len(found) else max(limits, key=lambda limit: limit.jobs)


def check_job_limit(field: str, most: int, limit: JobLimit | None) -> Findings:
    """Tell that a cluster of ``most`` jobs has to do with fewer at a time."""
    if limit is None or most <= limit.jobs:
        return Findings()
    if limit.jobs == 0:
        return Findings.doubt(field, f"{limit.message}: none will start")
    rest = f"the rest of {most} follows when there is room"
    return Findings.warning(field, f"{limit.message}; {rest}")


def _least(
    options: ClusterOptions, partition: Partition | None, accounts: Accounts
) -> JobLimit | None:
    found = [
        limit
        for name, most, whose, shared in _limits(options, partition, accounts)
        if (limit := _in_jobs(options, name, most, whose, shared=shared)) is not None
    ]
    return min(found, key=lambda limit: limit.jobs, default=None)


def _limits(
    options: ClusterOptions, partition: Partition | None, accounts: Accounts
) -> Iterator[tuple[str, int, str, bool]]:
    """Yield the limits that count: the name and value of each, whose it is, and whether others use it up,
    too.

    Of one that several set, the QOS of the partition goes first, then the one of the job
    (``OverPartQOS`` turns these round), then the associations, each of which counts (Slurm's page on
    resource limits, and its ``acct_policy.c``).
    """
    name = qos_of(options.qos, options.account, accounts)
    own_qos = None if partition is None else partition.own_qos
    of_job, of_partition = limits_of(name, accounts), limits_of(own_qos, accounts)
    by_rank = []
    if of_partition is not None and partition is not None:
        by_rank.append((f"the QOS {own_qos} of {partition.name}", of_partition))
    if of_job is not None:
        rank = 0 if of_job.overrides_partition_qos else len(by_rank)
        by_rank.insert(rank, (f"your QOS {name}", of_job))
    said: set[str] = set()
    for whose, qos in by_rank:
        for limit in qos.at_once.keys() - said:
            yield limit, qos.at_once[limit], whose, not limit.partition("/")[0].endswith("PU")
        said.update(qos.at_once)
    if of_job is None:
        return  # it may set, in their place, what associations do
    factor = next((qos.limit_factor for _, qos in by_rank if qos.limit_factor is not None), 1)
    account = account_of(options.account, accounts)
    place = None if partition is None else partition.name
    for association in associations_of(account, place, accounts):
        for limit, most in association.at_once.items():
            if said.isdisjoint(_OVERRULING.get(limit, (limit,))):
                times = factor if "/" in limit else 1
                whose = f"your account {association.account}"
                yield limit, int(most * times), whose, not association.own


def _in_jobs(
    options: ClusterOptions, name: str, most: int, whose: str, *, shared: bool
) -> JobLimit | None:
    """Return what a limit comes to in jobs; None where it says nothing of such jobs."""
    kind, _, resource = name.partition("/")
    together = ", of all its users together" if shared else ""
    if not resource:
        word = "submitted" if "Submit" in kind else "running"
        message = f"{whose} allows {_jobs(most, word)}{together}"
        if options.placement != "job" or whose.startswith("the QOS"):
            return JobLimit(most, message)
        return JobLimit(max(0, most - 1), f"{message}, the one of the controller among them")
    each = {
        "cpu": options.cores,
        "mem": options.memory,
        "gres/gpu": sum(job_gpus(options).values()),
    }[resource]
    if not each:
        return None
    amount = {
        "cpu": "1 core" if most == 1 else f"{most} cores",
        "mem": size(most),
        "gres/gpu": "1 GPU" if most == 1 else f"{most} GPUs",
    }[resource]
    fit = _jobs(most // each, "such")
    return JobLimit(most // each, f"{whose} allows {amount} at once{together}: {fit}")


def _jobs(count: int, word: str) -> str:
    return f"{count} {word} job{'' if count == 1 else 's'}"

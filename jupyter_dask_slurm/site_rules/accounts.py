"""Whether accounting allows a job: its account, its QOS, and the limits of that QOS. Pure.

What accounting has not said forbids nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..batch.site import Accounts, Partition, QosLimits, Site, some
from ..batch.slurm.accounts import account_of, is_among, limits_of, qos_of
from ..batch.slurm.parse import parse_gpus
from ..model.options import ClusterOptions
from .findings import Findings, duration, size

_HIERARCHICAL = (23, 11)
"""From this Slurm on an account is allowed where one above it is (slurm.conf manual, AllowAccounts)."""
NEVER_STARTS = "Slurm takes such a job, and never starts it"


def job_gpus(options: ClusterOptions) -> dict[str | None, int]:
    """Return how many GPUs, by type, one job asks for."""
    return parse_gpus(options.gres or "")


def check_accounts(options: ClusterOptions, accounts: Accounts) -> Findings:
    """Check that the user has that account and QOS.

    One that the user does not have is a problem where Slurm refuses it
    (``AccountingStorageEnforce``), else a warning.
    """
    found = Findings()
    for field, name, known, enforced in (
        ("account", options.account, accounts.accounts, accounts.accounts_enforced),
        ("qos", options.qos, accounts.qos, accounts.qos_enforced),
    ):
        if name is not None and known and not is_among(name, known):
            words = "QOS" if field == "qos" else field
            message = f"{name} is no {words} of yours; there are {some(known)}"
            found += (Findings.problem if enforced else Findings.warning)(field, message)
    return found


def check_qos(options: ClusterOptions, partition: Partition | None, accounts: Accounts) -> Findings:
    """Check that the job's QOS, and the one of its partition if it has one, allow that much.

    A job beyond the limits waits for ever, unless the QOS has the flag ``DenyOnLimit``.
    """
    name = qos_of(options.qos, options.account, accounts)
    limits = limits_of(name, accounts)
    found = Findings()
    of_partition = None if partition is None else partition.own_qos
    own = limits_of(of_partition, accounts)
    if limits is not None:
        # A limit that both have is the partition's.
        ruled = limits if own is None or limits.overrides_partition_qos else _without(limits, own)
        sure = ruled.refuses and (of_partition is None or own is not None)
        found += _check_limits(options, ruled, f"the QOS {name}", refused=sure)
    if own is not None and partition is not None:
        if limits is not None and limits.overrides_partition_qos:
            own = _without(own, limits)
        where = f"the QOS {of_partition} of {partition.name}"
        # Without the limits of the job's QOS it is not known which of the two counts.
        found += _check_limits(options, own, where, refused=own.refuses and limits is not None)
    return found


def _without(limits: QosLimits, others: QosLimits) -> QosLimits:
    """Return the limits without those that ``others`` set, too."""
    return replace(
        limits,
        max_walltime=limits.max_walltime if others.max_walltime is None else None,
        max_cores=limits.max_cores if others.max_cores is None else None,
        max_memory=limits.max_memory if others.max_memory is None else None,
        max_gpus=limits.max_gpus if others.max_gpus is None else None,
    )


def _check_limits(
    options: ClusterOptions, limits: QosLimits, whose: str, *, refused: bool
) -> Findings:
    found = Findings()
    for field, allowed, asked in _exceeded(options, limits):
        message = f"{whose} allows {allowed} a job, this asks for {asked}"
        if refused:
            found += Findings.problem(field, message)
        else:
            found += Findings.doubt(field, f"{message}: {NEVER_STARTS}")
    return found


def _exceeded(options: ClusterOptions, limits: QosLimits) -> Iterator[tuple[str, str, str]]:
    """Yield each field that exceeds a limit, what is allowed, and what was asked for."""
    most, walltime = limits.max_walltime, options.walltime
    if most is not None and walltime is not None and walltime > most:
        yield "walltime", duration(most), duration(walltime)
    if limits.max_cores is not None and (options.cores or 0) > limits.max_cores:
        yield "cores", f"{limits.max_cores} cores", str(options.cores)
    if limits.max_memory is not None and (options.memory or 0) > limits.max_memory:
        yield "memory", size(limits.max_memory), size(options.memory or 0)
    gpus = sum(job_gpus(options).values())
    if limits.max_gpus is not None and gpus > limits.max_gpus:
        allowed = "1 GPU" if limits.max_gpus == 1 else f"{limits.max_gpus} GPUs"
        yield "gres", allowed, str(gpus)


def lifts_walltime(options: ClusterOptions, partition: Partition, accounts: Accounts) -> str | None:
    """Return the QOS that lifts the partition's ``MaxTime`` (the flag ``PartitionTimeLimit``)."""
    for name in (qos_of(options.qos, options.account, accounts), partition.own_qos):
        limits = limits_of(name, accounts)
        if limits is not None and limits.overrides_partition:
            return name
    return None


def may_lift_walltime(
    options: ClusterOptions, partition: Partition, accounts: Accounts
) -> str | None:
    """Return a QOS that may lift it: it is not known whether it does."""
    for name in (qos_of(options.qos, options.account, accounts), partition.own_qos):
        if name is not None and limits_of(name, accounts) is None:
            return name
    return None


def check_allowed(options: ClusterOptions, partition: Partition, site: Site) -> Findings:
    """Check that the partition takes jobs of that account and QOS: ``AllowAccounts``, ``DenyAccounts``,
    ``AllowQos`` and ``DenyQos`` of slurm.conf.

    Where Slurm does not refuse such a job (``EnforcePartLimits``) it never starts.
    """
    accounts = site.accounts
    account = account_of(options.account, accounts)
    qos = qos_of(options.qos, options.account, accounts)
    found = Findings()
    for field, word, name, allowed, denied, own in (
        (
            *("account", "account", account, partition.accounts),
            *(partition.denied_accounts, accounts.accounts),
        ),
        ("qos", "QOS", qos, partition.qos, partition.denied_qos, accounts.qos),
    ):
        if allowed is not None:
            denied = ()  # which counts only where none is allowed
        only = f"only of {some(allowed)}" if allowed is not None else f"not of {some(denied)}"
        if name is None and (allowed is not None or denied):
            message = f"{partition.name} takes no jobs of every {word}, {only}: yours is not known"
            found += Findings.doubt(field, message)
        if name is None or not _is_denied(name, allowed, denied):
            continue
        message = f"{partition.name} takes no jobs of the {word} {name}"
        message += f", {only}" if allowed is not None else ""
        helps = not own or any(not _is_denied(other, allowed, denied) for other in own)
        # Where none of the user's own would do, another partition has to be chosen.
        at = field if helps else "partition"
        inherited = field == "account" and allowed is not None and _release(site) >= _HIERARCHICAL
        if inherited:
            found += Findings.doubt(at, f"{message}, and of accounts below these")
        else:
            found += beyond_partition(at, message, site)
    return found


def beyond_partition(field: str, message: str, site: Site) -> Findings:
    """Return what it is worth that a job does not keep to what its partition allows."""
    if site.enforce_part_limits == "NO":
        return Findings.doubt(field, f"{message}: {NEVER_STARTS}")
    if site.enforce_part_limits is None:
        return Findings.doubt(field, message)
    return Findings.problem(field, message)


def _is_denied(name: str, allowed: tuple[str, ...] | None, denied: tuple[str, ...]) -> bool:
    return is_among(name, denied) if allowed is None else not is_among(name, allowed)


def _release(site: Site) -> tuple[int, ...]:
    """Return the release of Slurm, as ``(23, 11)``; the largest where it is not known."""
    parts = site.version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(map(str.isdecimal, parts)) else (999,)

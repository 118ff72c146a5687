"""Whether accounting lets this user have a job: its account, its QOS, the limits of that. Pure.

What accounting has not said forbids nothing. Names are compared as Slurm does, in small letters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..batch.base import Accounts, Partition, QosLimits
from ..batch.slurm.parse import parse_gpus
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .findings import Findings, duration, size, some


def account_of(options: ClusterOptions, accounts: Accounts) -> str | None:
    """The account that the job will have, as far as that is known."""
    return options.account or accounts.default_account


def qos_of(options: ClusterOptions, accounts: Accounts) -> str | None:
    """The QOS that the job will have, as far as that is known: the default is the default account's."""
    if options.qos is not None:
        return options.qos
    default = accounts.default_account
    if options.account is None or (default and _among(options.account, (default,))):
        return accounts.default_qos
    return None


def limits_of(options: ClusterOptions, accounts: Accounts) -> QosLimits | None:
    """The limits of that QOS; None where they are not known."""
    qos = qos_of(options, accounts)
    by_name = {name.lower(): limits for name, limits in accounts.qos_limits.items()}
    return None if qos is None else by_name.get(qos.lower())


def gpus_of(options: ClusterOptions) -> dict[str | None, int]:
    """How many GPUs by type one job asks for."""
    return parse_gpus(options.gres or "")


def check_rights(options: ClusterOptions, accounts: Accounts) -> Findings:
    """Whether the user has that account and QOS, and the QOS allows that much."""
    found = Findings()
    for field, name, known, enforced in (
        ("account", options.account, accounts.accounts, accounts.accounts_enforced),
        ("qos", options.qos, accounts.qos, accounts.qos_enforced),
    ):
        if name is not None and known and not _among(name, known):
            words = "QOS" if field == "qos" else field
            message = f"{name} is no {words} of yours; there are {some(known)}"
            found += (Findings.problem if enforced else Findings.warning)(field, message)
    limits = limits_of(options, accounts)
    if limits is not None:
        qos = qos_of(options, accounts)
        found += Findings(
            tuple(
                FieldProblem(field, f"the QOS {qos} allows {allowed} a job, this asks for {asked}")
                for field, allowed, asked in _exceeded(options, limits)
            )
        )
    return found


def _exceeded(options: ClusterOptions, limits: QosLimits) -> Iterator[tuple[str, str, str]]:
    """Field, what is allowed and what was asked for."""
    most, walltime = limits.max_walltime, options.walltime
    if most is not None and walltime is not None and walltime > most:
        yield "walltime", duration(most), duration(walltime)
    if limits.max_cores is not None and (options.cores or 0) > limits.max_cores:
        yield "cores", f"{limits.max_cores} cores", str(options.cores)
    if limits.max_memory is not None and (options.memory or 0) > limits.max_memory:
        yield "memory", size(limits.max_memory), size(options.memory or 0)
    gpus = sum(gpus_of(options).values())
    if limits.max_gpus is not None and gpus > limits.max_gpus:
        allowed = "1 GPU" if limits.max_gpus == 1 else f"{limits.max_gpus} GPUs"
        yield "gres", allowed, str(gpus)


def check_admission(options: ClusterOptions, partition: Partition, accounts: Accounts) -> Findings:
    """Whether that partition takes jobs of the account and the QOS."""
    found = Findings()
    for field, name, allowed, own in (
        ("account", account_of(options, accounts), partition.accounts, accounts.accounts),
        ("qos", qos_of(options, accounts), partition.qos, accounts.qos),
    ):
        if allowed is None or name is None or _among(name, allowed):
            continue
        words = "QOS" if field == "qos" else field
        message = f"{partition.name} takes no jobs of the {words} {name}, only of {some(allowed)}"
        helps = not own or any(_among(other, allowed) for other in own)
        # Where none of the user's own would do, another partition has to be chosen.
        found += Findings.problem(field if helps else "partition", message)
    return found


def _among(name: str, names: Collection[str]) -> bool:
    return name.lower() in {other.lower() for other in names}

"""Whether accounting allows a job: its account, its QOS, and the limits of that QOS. Pure.

What accounting has not said forbids nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..batch.base import Accounts, Partition, QosLimits
from ..batch.slurm.accounts import account_of, is_among, limits_of, qos_of
from ..batch.slurm.parse import parse_gpus
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .findings import Findings, duration, size, some


def job_qos(options: ClusterOptions, accounts: Accounts) -> tuple[str | None, QosLimits | None]:
    """Return the QOS that a job of these options gets, and its limits; None where not known."""
    qos = qos_of(options.qos, options.account, accounts)
    return qos, limits_of(qos, accounts)


def job_gpus(options: ClusterOptions) -> dict[str | None, int]:
    """Return how many GPUs, by type, one job asks for."""
    return parse_gpus(options.gres or "")


def check_accounts(options: ClusterOptions, accounts: Accounts) -> Findings:
    """Check that the user has that account and QOS, and that the QOS allows that much.

    An account or QOS that the user does not have is a problem where Slurm refuses it
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
    qos, limits = job_qos(options, accounts)
    if limits is not None:
        found += Findings(
            tuple(
                FieldProblem(field, f"the QOS {qos} allows {allowed} a job, this asks for {asked}")
                for field, allowed, asked in _exceeded(options, limits)
            )
        )
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


def check_allowed(options: ClusterOptions, partition: Partition, accounts: Accounts) -> Findings:
    """Check that the partition takes jobs of that account and QOS (``AllowAccounts`` and ``AllowQos``
    of slurm.conf)."""
    found = Findings()
    account = account_of(options.account, accounts)
    qos = qos_of(options.qos, options.account, accounts)
    for field, name, allowed, own in (
        ("account", account, partition.accounts, accounts.accounts),
        ("qos", qos, partition.qos, accounts.qos),
    ):
        if allowed is None or name is None or is_among(name, allowed):
            continue
        words = "QOS" if field == "qos" else field
        message = f"{partition.name} takes no jobs of the {words} {name}, only of {some(allowed)}"
        helps = not own or any(is_among(other, allowed) for other in own)
        # Where none of the user's own would do, another partition has to be chosen.
        found += Findings.problem(field if helps else "partition", message)
    return found

"""What is said of a Slurm: its commands, its partitions, the user's account, and a new cluster. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...batch.base import Estimate
from ...batch.errors import BatchError, BatchSilent
from ...batch.site import Partition, Site, some
from ...errors import FieldProblem
from ...site_rules.findings import Findings
from ..site_cache import unseen_words
from .check import Check

SLOW = 2.0
"""Seconds after which a form waits no longer for Slurm."""
_PATH = (
    "Start Jupyter where Slurm's commands are on PATH (module load slurm, before jupyter), or ask your "
    "administrator to have them there for Jupyter."
)
_ABSENT = "there is no command"
_NOT_SET_UP = (
    "Slurm is not set up on this host, or not for this user: ask those who run it, or set SLURM_CONF to the "
    "slurm.conf of your Slurm before Jupyter starts."
)
_SILENT = (
    "Wait, or ask those who run Slurm. Clusters can be created meanwhile: their jobs are submitted when it "
    "answers."
)
_CHANGE = "Change it in the form of a new cluster, or in jobqueue.slurm of dask's configuration."


@dataclass(frozen=True)
class CommandFacts:
    """What became of running Slurm's commands, and of what they asked slurmctld."""

    missing: Mapping[str, str] = field(default_factory=dict)
    """Commands that cannot be started or used, and why."""
    version: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long slurmctld took to answer a command."""
    errors: Mapping[str, BatchError] = field(default_factory=dict)
    """Why it did not."""


def judge_commands(facts: CommandFacts) -> Check:
    """Judge Slurm's commands."""
    if facts.missing:
        message = f"{', '.join(facts.missing)} cannot be used"
        words = next(iter(facts.missing.values()))  # the others say the same
        advice = _PATH if _ABSENT in words else _NOT_SET_UP
        return Check("slurm_commands", "failed", message, words, advice)
    if facts.errors:
        silent = any(isinstance(error, BatchSilent) for error in facts.errors.values())
        message = f"{' and '.join(facts.errors)} {'got no answer' if silent else 'was refused'}"
        words = "\n".join(dict.fromkeys(map(str, facts.errors.values())))
        advice = _SILENT if silent else "Ask those who run Slurm whether you may use it."
        return Check("slurm_commands", "failed", message, words, advice)
    took = ", ".join(f"{name} {_seconds(taken)}" for name, taken in facts.seconds.items())
    message = f"{facts.version}; {took}"
    if any(taken >= SLOW for taken in facts.seconds.values()):
        advice = "All works, only later: forms are filled in, and jobs seen, when Slurm answers."
        return Check("slurm_commands", "warning", message, advice=advice)
    return Check("slurm_commands", "ok", message)


def judge_partitions(site: Site) -> Check:
    """Judge whether there is a partition that takes the user's jobs."""
    unseen = [unseen_words(u) for u in site.unseen if u.what in ("partitions", "nodes")]
    takes = [p for p in site.partitions if _why_not(p) is None]
    others = [
        f"{p.name} {why}"
        for p in site.partitions
        if not p.hidden and (why := _why_not(p)) is not None
    ]
    words = "\n".join(others[:10]) or None
    if not takes and site.partitions:
        advice = "Ask those who run Slurm for a partition that you may use."
        return Check("partitions", "failed", "none takes jobs of yours", words, advice)
    if not takes:
        message = " ".join(unseen) or "Slurm shows none"
        advice = "Ask those who run Slurm for the names, and enter one in the form: it is not checked then."
        return Check("partitions", "warning", message, advice=advice)
    names = some([f"{p.name} (default)" if p.default else p.name for p in takes])
    message = " ".join([f"{names} {'takes' if len(takes) == 1 else 'take'} jobs.", *unseen])
    return Check("partitions", "warning" if unseen else "ok", message, words)


def judge_account(site: Site, chosen: str | None) -> Check:
    """Judge whether jobs have an account; ``chosen`` is what they would name."""
    accounts = site.accounts
    unseen = [unseen_words(u) for u in site.unseen if u.what in ("accounts", "configuration")]
    if unseen:
        advice = "What Slurm refuses because of an account is then seen when jobs are submitted."
        return Check("account", "warning", " ".join(unseen), advice=advice)
    if not accounts.accounts and accounts.accounts_enforced:
        message = "this Slurm takes jobs of known accounts alone, and knows none of yours"
        advice = "Ask those who run Slurm to add you to an account (sacctmgr add user … account=…)."
        return Check("account", "failed", message, advice=advice)
    if not accounts.accounts:
        return Check("account", "ok", "this Slurm asks for none")
    if chosen is not None and accounts.accounts_enforced and chosen not in accounts.accounts:
        message = f"{chosen} is none of yours: you have {some(accounts.accounts)}"
        return Check("account", "failed", message, advice=_CHANGE)
    account = chosen or accounts.default_account
    if account is None:
        message = f"you have {some(accounts.accounts)}, and none of them by default"
        advice = (
            "Choose one in the form, or write it as jobqueue.slurm.account in dask's configuration."
        )
        return Check("account", "warning", message, advice=advice)
    qos = f", QOS {accounts.default_qos}" if accounts.default_qos else ""
    return Check("account", "ok", f"jobs run for {account}{qos}")


def judge_cluster(found: Findings, estimate: Estimate | None) -> Check:
    """Judge what the form says of a new cluster, and ``sbatch --test-only`` of its job."""
    if found.problems:
        message = "the form would not create one"
        return Check("new_cluster", "failed", message, _lines(found.problems), _CHANGE)
    if estimate is not None and estimate.message is not None:
        message = "Slurm would not start a job of it"
        return Check("new_cluster", "failed", message, estimate.message, _CHANGE)
    if found.warnings:
        doubtful = any(warning.doubtful for warning in found.warnings)
        message = "it may not start" if doubtful else "it can be created, with these remarks"
        return Check("new_cluster", "warning", message, _lines(found.warnings), _CHANGE)
    return Check("new_cluster", "ok", "it can be created with what the configuration says")


def _why_not(partition: Partition) -> str | None:
    if partition.refuses is not None:
        return partition.refuses
    if partition.needs_reservation:
        return "takes jobs of reservations alone"
    return None if partition.available else f"starts no job now ({partition.state})"


def _lines(problems: Sequence[FieldProblem]) -> str:
    return "\n".join(f"{problem.field}: {problem.message}" for problem in problems)


def _seconds(taken: float) -> str:
    return f"{taken * 1000:.0f} ms" if taken < 1 else f"{taken:.1f} s"

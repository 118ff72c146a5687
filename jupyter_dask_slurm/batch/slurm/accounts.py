"""The accounts and QOS of this user: asked of slurmdbd, read from what ``sacctmgr`` prints, and the
rules by which Slurm gives a job its account and QOS.

Seen with Slurm 22.05. ``-P`` puts a bar between columns; no name in accounting has one.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import BatchError
from ..site import Accounts, Association, QosLimits, Unseen, unseen_because
from .parse import Configuration, parse_duration, parse_number, parse_size

Run = Callable[..., Awaitable[str]]

_OWN = ("MaxJobs", "MaxSubmit", "GrpJobs", "GrpSubmit", "GrpTRES")
_SHARED = ("GrpJobs", "GrpSubmit", "GrpTRES")
_OF_QOS = (
    *("MaxJobsPU", "MaxSubmitPU", "MaxTRESPU"),
    *("MaxJobsPA", "MaxSubmitPA", "MaxTRESPA"),
    *("GrpJobs", "GrpSubmit", "GrpTRES"),
)
"""The limits on all jobs together of a user's association, of an account, and of a QOS."""
_COUNTED = ("cpu", "mem", "gres/gpu")
"""The resources that every job has a known share of. Jobs may have nodes in common."""
ASSOCIATION_FORMAT = ",".join(
    ("DefaultAccount", "Account", "DefaultQOS", "QOS", "Partition", *_OWN)
)
ACCOUNT_FORMAT = ",".join(("Account", "ParentName", *_SHARED))
QOS_FORMAT = ",".join(("Name", "Flags", "MaxWall", "MaxTRES", "LimitFactor", *_OF_QOS))
CLUSTER_FORMAT = "Cluster,ControlHost"

ACCOUNTS_LAST = 600.0
"""Seconds. Accounts change a few times a year, and one slurmdbd serves all of a site's clusters."""
PAUSE = 60.0
"""Seconds after a failure before slurmdbd is asked again."""
PATIENCE = 1.0
"""Seconds that a caller waits for the first answer; the request itself goes on."""


class UserAccounts:
    """Runs four commands of ``sacctmgr`` every ten minutes, in a task of its own: slurmdbd may be slow."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known = Accounts()
        self._ask_after = 0.0
        self._answered = False
        self._error: BatchError | None = None
        self._asked = False
        self._request: asyncio.Task[None] | None = None

    async def accounts(self, configuration: Configuration) -> Accounts:
        """Return what is known of them, after `PATIENCE` at most.

        While slurmdbd does not answer that is what was known before; without slurmdbd it is empty.
        No error is raised.
        """
        if not configuration.accounting:
            return Accounts()
        if self._request is None and time.monotonic() >= self._ask_after:
            self._asked = True
            self._request = asyncio.create_task(self._ask(configuration))
        if self._request is not None and not self._answered:
            await asyncio.wait({self._request}, timeout=PATIENCE)
        return self._known

    def forget(self) -> None:
        """Let the next `accounts` ask, unless slurmdbd has just failed to answer."""
        if self._error is None:
            self._ask_after = 0.0

    @property
    def unseen(self) -> Unseen | None:
        """Why they are not known; None where they are, or where there is nobody to ask."""
        if not self._asked or self._answered:
            return None
        return unseen_because(None if self._request is not None else self._error, "accounts")

    async def stop(self) -> None:
        """Cancel a request that is running."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.wait({self._request})

    async def _ask(self, configuration: Configuration) -> None:
        lasts = PAUSE
        try:
            self._known = await self._answer(configuration)
            self._answered, self._error, lasts = True, None, ACCOUNTS_LAST
        except BatchError as error:
            self._error = error
        except KeyError:
            self._answered = True  # this user has no name here
        finally:
            self._ask_after = time.monotonic() + lasts
            self._request = None

    async def _answer(self, configuration: Configuration) -> Accounts:
        user = pwd.getpwuid(os.getuid()).pw_name
        here = [f"cluster={configuration.cluster}"] if configuration.cluster else []
        where = ["where", f"name={user}", *here]
        accounts = parse_associations(
            await self._show(ASSOCIATION_FORMAT, "user", *where, "withassoc")
        )
        enforced = configuration.enforced
        if "limits" in enforced:
            # All QOS and accounts: partitions have QOS that are no user's, and accounts have parents.
            of_qos = parse_qos(await self._show(QOS_FORMAT, "qos"))
            shared = parse_accounts(
                await self._show(ACCOUNT_FORMAT, "assoc", "where", "user=", *here)
            )
            associations = (*accounts.associations, *shared)
            accounts = replace(accounts, qos_limits=of_qos, associations=associations)
        else:
            accounts = replace(accounts, associations=())
        return replace(
            accounts,
            clusters=await ask_clusters(self._run),
            accounts_enforced="associations" in enforced,
            qos_enforced="qos" in enforced,
        )

    async def _show(self, columns: str, *what: str) -> str:
        return await self._run("sacctmgr", "-n", "-P", "show", *what, f"format={columns}")


async def ask_clusters(run: Run) -> tuple[str, ...]:
    """Return the names of the Slurm clusters that slurmdbd knows, and that run. Raise BatchError."""
    columns = f"format={CLUSTER_FORMAT}"
    return parse_clusters(await run("sacctmgr", "-n", "-P", "show", "cluster", columns))


def parse_associations(text: str) -> Accounts:
    """Read the rows of ``sacctmgr -n -P show user <name> withassoc format=ASSOCIATION_FORMAT``: one
    for each account, or for each partition of an account."""
    accounts: dict[str, None] = {}
    qos: dict[str, None] = {}
    associations = []
    default_account = default_qos = None
    for row in text.splitlines():
        values = row.split("|")
        if len(values) != 5 + len(_OWN):
            continue
        default, account, own_default_qos, names, partition = values[:5]
        default_account = default or None
        if not account:
            continue
        accounts[account] = None
        allowed = [name for name in names.split(",") if name]
        qos.update(dict.fromkeys(allowed))
        association = Association(
            account,
            own=True,
            at_once=_at_once(_OWN, values[5:]),
            partition=partition or None,
            default_qos=own_default_qos or _default_of(allowed),
        )
        associations.append(association)
        if account == default:
            default_qos = association.default_qos
    return Accounts(
        associations=tuple(associations),
        accounts=tuple(accounts),
        default_account=default_account if default_account in accounts else None,
        qos=tuple(qos),
        default_qos=default_qos,
    )


def _default_of(allowed: Sequence[str]) -> str | None:
    """Return the QOS that Slurm takes where none is the default: the only one, or ``normal``."""
    return next((name for name in allowed if len(allowed) == 1 or name == "normal"), None)


def parse_accounts(text: str) -> tuple[Association, ...]:
    """Read the rows of ``sacctmgr -n -P show assoc where user= format=ACCOUNT_FORMAT``: one for each
    account."""
    rows = (row.split("|") for row in text.splitlines())
    return tuple(
        Association(row[0], own=False, parent=row[1] or None, at_once=_at_once(_SHARED, row[2:]))
        for row in rows
        if len(row) == 2 + len(_SHARED) and row[0]
    )


def parse_clusters(text: str) -> tuple[str, ...]:
    """Read the rows of ``sacctmgr -n -P show cluster format=CLUSTER_FORMAT``. One without a host has
    no slurmctld that has made itself known: no command reaches it."""
    rows = (row.split("|") for row in text.splitlines())
    return tuple(row[0] for row in rows if len(row) == 2 and all(row))


def parse_qos(text: str) -> dict[str, QosLimits]:
    """Read the rows of ``sacctmgr -n -P show qos format=QOS_FORMAT``."""
    found = {}
    for row in text.splitlines():
        values = row.split("|")
        if len(values) != 5 + len(_OF_QOS):
            continue
        name, words, wall, tres, factor = values[:5]
        flags = words.split(",")
        most = _tres(tres)
        memory = most.get("mem")
        found[name] = QosLimits(
            max_walltime=parse_duration(wall) if wall else None,
            max_cores=parse_number(most.get("cpu", "")),
            max_memory=None if memory is None else parse_size(memory),
            max_gpus=_most_gpus(tres),
            overrides_partition="PartitionTimeLimit" in flags,
            overrides_partition_qos="OverPartQOS" in flags,
            refuses="DenyOnLimit" in flags,
            at_once=_at_once(_OF_QOS, values[5:]),
            limit_factor=float(factor) if re.fullmatch(r"\d+(\.\d+)?", factor) else None,
        )
    return found


def _at_once(names: Iterable[str], values: Iterable[str]) -> dict[str, int]:
    """Return the limits that are set, by name; those on a resource as ``GrpTRES/cpu``."""
    found: dict[str, int | None] = {}
    for name, value in zip(names, values, strict=True):
        if name.endswith(("Jobs", "Submit", "JobsPU", "SubmitPU", "JobsPA", "SubmitPA")):
            found[name] = parse_number(value)
            continue
        most = _tres(value)
        for resource in _COUNTED:
            read = parse_size if resource == "mem" else parse_number
            found[f"{name}/{resource}"] = read(most.get(resource, ""))
    return {name: limit for name, limit in found.items() if limit is not None}


def _tres(text: str) -> Mapping[str, str]:
    """Read ``cpu=4,mem=8G`` into each resource and how much of it."""
    return dict(pair.split("=", 1) for pair in text.split(",") if "=" in pair)


def _most_gpus(text: str) -> int | None:
    """Return the limit on GPUs of any type. ``gres/gpu=0`` forbids them; a limit on one type is ignored."""
    return parse_number(_tres(text).get("gres/gpu", ""))


def account_of(requested: str | None, accounts: Accounts) -> str | None:
    """Return the account that a job gets: the one it asks for, else the user's default account
    (``sbatch`` manual, ``--account``). None where that is not known."""
    return requested or accounts.default_account


def qos_of(requested: str | None, account: str | None, accounts: Accounts) -> str | None:
    """Return the QOS that a job gets: the one it asks for, else the default of its account.

    ``account`` is the one it asks for, if any. None where that is not known.
    """
    if requested is not None:
        return requested
    default = accounts.default_account
    if account is None or (default and is_among(account, (default,))):
        return accounts.default_qos
    own = associations_of(account, None, accounts)
    return own[0].default_qos if own else None


def associations_of(
    account: str | None, partition: str | None, accounts: Accounts
) -> list[Association]:
    """Return the associations whose limits hold for a job of that account in that partition: the user's
    own, then the account and those above it."""
    above: dict[str, Association] = {}
    own: dict[str | None, Association] = {}
    for association in accounts.associations:
        if not association.own:
            above[association.account] = association
        elif account is not None and is_among(account, (association.account,)):
            own[association.partition] = association
    first = own.get(partition) or own.get(None)
    if first is None:
        return []
    found, name = [first], first.account
    while (shared := above.pop(name or "", None)) is not None:
        found.append(shared)
        name = shared.parent or ""
    return found


def limits_of(qos: str | None, accounts: Accounts) -> QosLimits | None:
    """Return the limits of that QOS; None where they are not known."""
    by_name = {name.lower(): limits for name, limits in accounts.qos_limits.items()}
    return None if qos is None else by_name.get(qos.lower())


def is_among(name: str, names: Collection[str]) -> bool:
    """Return whether an account or QOS is one of ``names``. As in Slurm, case does not matter: slurmdbd
    keeps these names in small letters."""
    return name.lower() in {other.lower() for other in names}

"""The accounts and QOS of this user: asked of slurmdbd, read from what ``sacctmgr`` prints, and the
rules by which Slurm gives a job its account and QOS.

Seen with Slurm 22.05. ``-P`` puts a bar between columns; no name in accounting has one.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from ..errors import BatchError
from ..site import Accounts, QosLimits, Unseen, unseen_because
from .parse import Configuration, parse_duration, parse_number, parse_size

Run = Callable[..., Awaitable[str]]

ASSOCIATION_FORMAT = "DefaultAccount,Account,DefaultQOS,QOS"
QOS_FORMAT = "Name,Flags,MaxWall,MaxTRES"
CLUSTER_FORMAT = "Cluster,ControlHost"

ACCOUNTS_LAST = 600.0
"""Seconds. Accounts change a few times a year, and one slurmdbd serves all of a site's clusters."""
PAUSE = 60.0
"""Seconds after a failure before slurmdbd is asked again."""
PATIENCE = 1.0
"""Seconds that a caller waits for the first answer; the request itself goes on."""


class UserAccounts:
    """Runs three commands of ``sacctmgr`` every ten minutes, in a task of its own: slurmdbd may be slow."""

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
            self._answered, lasts = True, ACCOUNTS_LAST
        except BatchError as error:
            self._error = error
        except KeyError:
            self._answered = True  # this user has no name here
        finally:
            self._ask_after = time.monotonic() + lasts
            self._request = None

    async def _answer(self, configuration: Configuration) -> Accounts:
        user = pwd.getpwuid(os.getuid()).pw_name
        where = ["where", f"name={user}"]
        where += [f"cluster={configuration.cluster}"] if configuration.cluster else []
        columns = f"format={ASSOCIATION_FORMAT}"
        rows = await self._run("sacctmgr", "-n", "-P", "show", "user", *where, "withassoc", columns)
        accounts = parse_associations(rows)
        enforced = configuration.enforced
        limits = {}
        if "limits" in enforced:
            # Of all QOS: partitions have some that are no user's.
            columns = f"format={QOS_FORMAT}"
            limits = parse_qos(await self._run("sacctmgr", "-n", "-P", "show", "qos", columns))
        return replace(
            accounts,
            clusters=await ask_clusters(self._run),
            qos_limits=limits,
            accounts_enforced="associations" in enforced,
            qos_enforced="qos" in enforced,
        )


async def ask_clusters(run: Run) -> tuple[str, ...]:
    """Return the names of the Slurm clusters that slurmdbd knows, and that run. Raise BatchError."""
    columns = f"format={CLUSTER_FORMAT}"
    return parse_clusters(await run("sacctmgr", "-n", "-P", "show", "cluster", columns))


def parse_associations(text: str) -> Accounts:
    """Read the rows of ``sacctmgr -n -P show user <name> withassoc format=ASSOCIATION_FORMAT``: one
    for each account, or for each partition of an account."""
    accounts: dict[str, None] = {}
    qos: dict[str, None] = {}
    default_account = default_qos = None
    for row in text.splitlines():
        values = row.split("|")
        if len(values) != 4:
            continue
        default, account, own_default_qos, names = values
        default_account = default or None
        if not account:
            continue
        accounts[account] = None
        allowed = [name for name in names.split(",") if name]
        qos.update(dict.fromkeys(allowed))
        if account == default:
            # Where none is the default, Slurm takes the only one.
            only = allowed[0] if len(allowed) == 1 else None
            default_qos = own_default_qos or only
    return Accounts(
        accounts=tuple(accounts),
        default_account=default_account if default_account in accounts else None,
        qos=tuple(qos),
        default_qos=default_qos,
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
        if len(values) != 4:
            continue
        name, words, wall, tres = values
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
        )
    return found


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

    ``account`` is the one it asks for, if any. Only the default account's default QOS is known: None
    for a job of another account.
    """
    if requested is not None:
        return requested
    default = accounts.default_account
    if account is None or (default and is_among(account, (default,))):
        return accounts.default_qos
    return None


def limits_of(qos: str | None, accounts: Accounts) -> QosLimits | None:
    """Return the limits of that QOS; None where they are not known."""
    by_name = {name.lower(): limits for name, limits in accounts.qos_limits.items()}
    return None if qos is None else by_name.get(qos.lower())


def is_among(name: str, names: Collection[str]) -> bool:
    """Return whether an account or QOS is one of ``names``. As in Slurm, case does not matter: slurmdbd
    keeps these names in small letters."""
    return name.lower() in {other.lower() for other in names}

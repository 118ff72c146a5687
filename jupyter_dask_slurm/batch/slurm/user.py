"""The accounts and QOS of this user, asked of slurmdbd in the background: it may be slow, or away."""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..base import Accounts
from ..errors import BatchError
from . import accounts as parse
from .parse import Configuration

Run = Callable[..., Awaitable[str]]

ACCOUNTS_LAST = 600.0
"""Seconds. Who may use what changes a few times a year, and slurmdbd is one for all clusters."""
PAUSE = 60.0
"""Seconds after a failure before slurmdbd is asked again."""
PATIENCE = 1.0
"""Seconds that a caller waits for the first answer; the question itself goes on."""


class SlurmUser:
    """Two commands of ``sacctmgr`` every ten minutes, in a task of its own."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known = Accounts()
        self._ask_after = 0.0
        self._answered = False
        self._request: asyncio.Task[None] | None = None

    async def accounts(self, configuration: Configuration) -> Accounts:
        """What is known of them after a second at most: what was known before while slurmdbd does
        not answer, nothing where there is none. Raises nothing."""
        if not configuration.accounting:
            return Accounts()
        if self._request is None and time.monotonic() >= self._ask_after:
            self._request = asyncio.create_task(self._ask(configuration))
        if self._request is not None and not self._answered:
            await asyncio.wait({self._request}, timeout=PATIENCE)
        return self._known

    async def stop(self) -> None:
        """Give up a question under way."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.wait({self._request})

    async def _ask(self, configuration: Configuration) -> None:
        lasts = PAUSE
        try:
            self._known = await self._answer(configuration)
            self._answered, lasts = True, ACCOUNTS_LAST
        except (BatchError, KeyError):  # KeyError: this user has no name here
            pass
        finally:
            self._ask_after = time.monotonic() + lasts
            self._request = None

    async def _answer(self, configuration: Configuration) -> Accounts:
        user = pwd.getpwuid(os.getuid()).pw_name
        where = ["where", f"name={user}"]
        where += [f"cluster={configuration.cluster}"] if configuration.cluster else []
        columns = f"format={parse.ASSOCIATION_FORMAT}"
        rows = await self._run("sacctmgr", "-n", "-P", "show", "user", *where, "withassoc", columns)
        accounts = parse.parse_associations(rows)
        enforced = configuration.enforced
        limits = {}
        if "limits" in enforced and accounts.qos:
            columns = f"format={parse.QOS_FORMAT}"
            limits = parse.parse_qos(
                await self._run("sacctmgr", "-n", "-P", "show", "qos", columns), accounts.qos
            )
        return replace(
            accounts,
            qos_limits=limits,
            accounts_enforced="associations" in enforced,
            qos_enforced="qos" in enforced,
        )

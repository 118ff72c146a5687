"""What the batch system offers, remembered, so that nobody waits for a silent one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from ..batch.errors import BatchError, BatchSilent
from ..batch.site import Accounts, Site, Unseen
from ..logs import one_line
from ..model.cluster import Problem, utc_now

FRESH = 19.0
"""Seconds for which an answer is used without asking again (idle cores change).

A panel asks every 20 s: alone it gets a new answer every time, and many of them together cause three
questions a minute.
"""
WAITING = 2.0
"""Seconds after an answer that lacks what a slow batch system has still to say."""
RETRY = 5.0
"""Seconds after a failure before the batch system is asked again."""
PATIENCE = 2.0
"""Seconds that a caller waits at most; the question itself goes on."""
RENEWAL_PATIENCE = 0.5
"""Seconds that a caller waits for a newer answer when there is an older one."""


@dataclass(frozen=True)
class SiteAnswer:
    """The last answer, and what is wrong now. ``site`` None: there never was an answer."""

    site: Site | None
    problem: Problem | None = None


class SiteCache:
    """One batch system's `Site`, asked for by one request at a time."""

    def __init__(self, ask: Callable[[], Awaitable[Site]]) -> None:
        self._ask = ask
        self._answer = SiteAnswer(None)
        self._asked_at: float | None = None
        self._asking_since = ""
        self._request: asyncio.Task[None] | None = None

    @property
    def known(self) -> Site | None:
        """The last answer, however old."""
        return self._answer.site

    async def get(self, patience: float = PATIENCE) -> SiteAnswer:
        """The site as far as it is known after ``patience`` seconds at most. Raises nothing.

        An answer that is there but not fresh is given when no newer one came within half a second;
        at once when the batch system has just failed to answer.
        """
        if self._request is None and self._is_stale():
            self._asking_since = utc_now()
            self._request = asyncio.create_task(self._refresh())
        if self._request is not None and self._answer == SiteAnswer(None):
            done, _ = await asyncio.wait({self._request}, timeout=patience)
            if not done and self._answer == SiteAnswer(None):
                return SiteAnswer(None, _slow(self._asking_since))
        elif self._request is not None and self._answer.problem is None:
            await asyncio.wait({self._request}, timeout=min(patience, RENEWAL_PATIENCE))
        return self._answer

    def doubt(self) -> bool:
        """Let the next `get` ask, and return whether there is reason to: not where the answer has only
        just come."""
        old = self._asked_at is not None and time.monotonic() - self._asked_at > RETRY
        if old:
            self._asked_at = None
        return old

    async def stop(self) -> None:
        """Give up a request under way."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.wait({self._request})

    def _is_stale(self) -> bool:
        if self._asked_at is None:
            return True
        age = time.monotonic() - self._asked_at
        if self._answer.problem is not None:
            return age > RETRY
        site = self._answer.site
        waits = site is not None and any(unseen.waiting for unseen in site.unseen)
        return age > (WAITING if waits else FRESH)

    async def _refresh(self) -> None:
        try:
            self._answer = SiteAnswer(await self._ask())
        except BatchError as error:
            before = self._answer.problem
            since = before.since if before is not None else utc_now()
            if isinstance(error, BatchSilent):
                problem = _silent(str(error), since)
            else:
                problem = Problem("batch_system_refused", str(error), since)
            self._answer = SiteAnswer(self._answer.site, problem)
        finally:
            self._asked_at = time.monotonic()
            self._request = None


def _silent(message: str, since: str) -> Problem:
    return Problem(
        "batch_system_silent",
        f"Slurm does not answer: {message}",
        since,
        "A cluster can be created all the same; its jobs are submitted when Slurm answers again. "
        "Or choose the local queue, which runs jobs on this machine.",
    )


def _slow(since: str) -> Problem:
    return Problem(
        "batch_system_slow",
        "Slurm is slow: still waiting for its partitions.",
        since,
        "What it offers is shown as soon as it answers. A cluster can be created all the same.",
    )


_NOT_CHECKED = {
    "partitions": "the limits of a partition are not checked",
    "nodes": "cores and memory of a node are not checked",
    "configuration": "which limits it enforces is not known",
    "accounts": "accounts, QOS and their limits are not checked",
}


def unseen_words(unseen: Unseen) -> str:
    """What the batch system does not tell, why, and what follows from that."""
    if unseen.waiting:
        return f"Slurm is slow: still waiting for its {unseen.what}."
    if unseen.what == "accounts":
        why = "Slurm's accounting does not answer"
    elif unseen.refused:
        why = f"Slurm does not show its {unseen.what} to you"
    else:
        why = f"Slurm has not told its {unseen.what}"
    return f"{why}: {_NOT_CHECKED[unseen.what]}. ({one_line(unseen.reason or '')})"


def site_json(site: Site | None) -> dict[str, Any]:
    """The site's own part of what REST answers; empty lists where it is not known."""
    accounts = Accounts() if site is None else site.accounts
    partitions = () if site is None else site.partitions
    qos = {*accounts.qos, *(partition.own_qos for partition in partitions)}
    return {
        "version": site.version if site else None,
        "cluster": site.cluster if site else None,
        "slurm_clusters": list(accounts.clusters),
        "partitions": [
            {key: value for key, value in asdict(partition).items() if key != "hidden"}
            for partition in partitions
            if not partition.hidden
        ],
        "unseen": [
            {"what": unseen.what, "message": unseen_words(unseen), "waiting": unseen.waiting}
            for unseen in (site.unseen if site else ())
        ],
        "accounts": list(accounts.accounts),
        "default_account": accounts.default_account,
        "qos": list(accounts.qos),
        "default_qos": accounts.default_qos,
        "qos_limits": {
            name: asdict(limits) for name, limits in accounts.qos_limits.items() if name in qos
        },
    }

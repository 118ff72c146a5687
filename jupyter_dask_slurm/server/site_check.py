"""A look at the site that goes on while its user reads what has been found so far."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from ..clusters.doctor import Check, Doctor, report
from ..model.cluster import utc_now
from ..model.options import ClusterOptions


class SiteCheck:
    """One at a time: who asks for another while one is under way is told of that."""

    def __init__(
        self, make: Callable[[], Doctor], log: logging.Logger | logging.LoggerAdapter[Any]
    ) -> None:
        """``make`` returns what looks."""
        self._make = make
        self._log = log
        self._task: asyncio.Task[None] | None = None
        self._checks: list[Check] = []
        self._started: str | None = None
        self._now: str | None = None
        self._error: str | None = None

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, options: ClusterOptions, *, job: bool, limit: float) -> None:
        """Begin, unless one is under way."""
        if not self.running:
            self._checks, self._started = [], utc_now()
            self._now = self._error = None
            self._task = asyncio.create_task(self._look(options, job, limit))

    def to_json(self) -> dict[str, Any]:
        """What has been found so far, in the form of the REST contract."""
        return {
            "running": self.running,
            "started": self._started,
            "looking_at": self._now if self.running else None,
            "error": self._error,
            "checks": [check.to_json() for check in self._checks],
            "text": report(self._checks, socket.gethostname()),
        }

    async def stop(self) -> None:
        """Look no further; its job is cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _look(self, options: ClusterOptions, job: bool, limit: float) -> None:
        try:
            checks = self._make().checks(options, job=job, job_limit=limit, tell=self._tell)
            async for check in checks:
                self._checks.append(check)
        except Exception as error:  # a look that nobody thought of: what was found stands
            self._error = f"{type(error).__name__}: {error}"
            self._log.warning("the check of the site went wrong", exc_info=True)

    def _tell(self, what: str) -> None:
        self._now = what

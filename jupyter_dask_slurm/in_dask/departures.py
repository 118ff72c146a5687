"""Workers that are gone from a scheduler: what went with them, and which of them died.

Loaded by the scheduler, by path. It needs distributed alone.
"""

from __future__ import annotations

import time
from typing import Any

from distributed.core import Status

MOST = 200
"""Runs of jobs, and names of workers, that are remembered; the oldest are forgotten."""
MOST_KEYS = 3
ALIVE = (Status.running, Status.paused)
"""How a worker is for its scheduler until it says that it closes, which it does whenever it can."""


class Departures:
    """Remembers workers that `distributed.Scheduler.remove_worker` is about to remove."""

    def __init__(self) -> None:
        self.losses: dict[str, dict[str, int]] = {}
        """By the run of a job: ``results`` that no other worker has, and which are computed again; ``data``
        likewise that nothing can compute, for a client had sent them; ``tasks`` that were running."""
        self.deaths: dict[str, dict[str, Any]] = {}
        """By the name of a worker: the ``count`` of times that it was gone without a word, ``when`` that
        was last (seconds since the epoch), and the ``keys`` of some tasks that it ran then."""

    def note(self, ws: Any) -> None:
        """Note that a worker goes (a `distributed.scheduler.WorkerState`)."""
        self._note_loss(ws)
        if ws.status in ALIVE:
            self._note_death(ws)

    def _note_loss(self, ws: Any) -> None:
        """The workers of one run of a job are counted together, by what their names have in common."""
        alone = [ts for ts in ws.has_what if len(ts.who_has or ()) == 1]
        data = sum(ts.run_spec is None for ts in alone)
        gone = {"results": len(alone) - data, "data": data, "tasks": len(ws.processing)}
        if any(gone.values()):
            run = str(ws.name).partition("-")[0]
            before = self.losses.pop(run, {})
            self.losses[run] = {what: n + before.get(what, 0) for what, n in gone.items()}
            _forget_oldest(self.losses)

    def _note_death(self, ws: Any) -> None:
        name = str(ws.name)
        before = self.deaths.pop(name, None)
        self.deaths[name] = {
            "count": 1 if before is None else before["count"] + 1,
            "when": time.time(),
            "keys": [str(ts.key) for ts in list(ws.processing)[:MOST_KEYS]],
        }
        _forget_oldest(self.deaths)


def _forget_oldest(noted: dict[str, Any]) -> None:
    for oldest in list(noted)[:-MOST]:
        del noted[oldest]

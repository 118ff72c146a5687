"""Workers that are gone from a scheduler: what went with them, which of them died, and which tasks they did
not come to finish.

Loaded by the scheduler, by path. It needs distributed alone.
"""

from __future__ import annotations

import time
from typing import Any

from distributed.core import Status

MOST = 200
"""Runs of jobs, and names of workers, that are remembered; the oldest are forgotten."""
MOST_KEYS = 3
DONE = ("memory", "erred", "released", "forgotten")
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

        self.cuts: dict[str, dict[str, Any]] = {}
        """By the key of a task: how many ``times`` a worker that closed had begun it, and for how many
        ``seconds`` it had run at most."""

    def note(self, ws: Any) -> None:
        """Note that a worker goes (a `distributed.scheduler.WorkerState`)."""
        self._note_loss(ws)
        if ws.status in ALIVE:
            self._note_death(ws)
        else:
            self._note_cuts(ws)

    def unfinished(self, tasks: Any) -> dict[str, dict[str, Any]]:
        """Return the tasks that were cut more than once and are still to be computed; ``tasks`` are those of
        the scheduler, by key."""
        self.cuts = {
            key: cut
            for key, cut in self.cuts.items()
            if (ts := tasks.get(cut["key"])) is not None and ts.state not in DONE
        }
        return {
            key: {"times": cut["times"], "seconds": cut["seconds"]}
            for key, cut in self.cuts.items()
            if cut["times"] > 1
        }

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

    def _note_cuts(self, ws: Any) -> None:
        for ts, seconds in ws.executing.items():
            key = str(ts.key)
            before = self.cuts.pop(key, {"times": 0, "seconds": 0.0})
            longest = max(before["seconds"], float(seconds))
            self.cuts[key] = {"key": ts.key, "times": before["times"] + 1, "seconds": longest}
        _forget_oldest(self.cuts)


def _forget_oldest(noted: dict[str, Any]) -> None:
    for oldest in list(noted)[:-MOST]:
        del noted[oldest]

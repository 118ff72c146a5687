"""How often the batch system and the scheduler are polled, and the event that a poll raises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

QUICK, SLOW = 1.0, 15.0
"""Bounds of the pause between two polls of the batch system, in seconds."""
FRESH_ENOUGH = 0.8
"""The part of a pause for which an answer of squeue counts as new: then one serves all clusters of a
user."""
SCHEDULER_QUICK, SCHEDULER_SLOW = 1.0, 5.0
"""Bounds of the pause between two polls of the scheduler, in seconds."""
QUIET_AFTER = 30.0
"""Seconds without a change after which the scheduler is polled slowly."""
SILENT_FACTOR, SILENT_MAXIMUM = 2.0, 60.0


class Polling:
    """The pauses between polls: short after a change, long when nothing changes, and doubled each
    time that the batch system does not answer. Times are seconds since the epoch; no I/O."""

    def __init__(self, now: float) -> None:
        self.always_quick = False
        """Set while the cluster is ending: every poll of the batch system is quick."""
        self._changed_at = now
        self._silent_pause = 0.0

    def changed(self, now: float) -> None:
        """Note that something changed."""
        self._changed_at = now

    def not_answered(self) -> None:
        """Note that the batch system did not answer."""
        self._silent_pause = min(SILENT_MAXIMUM, max(QUICK, self._silent_pause * SILENT_FACTOR))

    def answered(self) -> None:
        """Note that the batch system answered."""
        self._silent_pause = 0.0

    def max_age(self, now: float) -> float:
        """Return how old, in seconds, an answer of the batch system may be."""
        return self._interval(now) * FRESH_ENOUGH

    def pause(
        self, now: float, deadlines: Iterable[float | None], *, polling: bool
    ) -> float | None:
        """Return the seconds until the next poll of the batch system.

        It is at the first of ``deadlines`` at the latest. Without ``polling`` there is no job to
        poll for; None means to wait until something is wanted.
        """
        left = [max(0.0, deadline - now) for deadline in deadlines if deadline is not None]
        if self._silent_pause:
            left.append(self._silent_pause)
        elif polling:
            left.append(self._interval(now))
        return min(left, default=None)

    def scheduler_pause(self, now: float, *, adapting: bool = False) -> float:
        """Return the seconds until the next poll of the scheduler; always short while ``adapting``,
        because the tasks decide then how many jobs there are."""
        quiet = self._stable_for(now) > QUIET_AFTER and not adapting
        return SCHEDULER_SLOW if quiet else SCHEDULER_QUICK

    def _interval(self, now: float) -> float:
        if self.always_quick:
            return QUICK
        return min(SLOW, max(QUICK, self._stable_for(now) / 5))

    def _stable_for(self, now: float) -> float:
        # A clock that was set back by an hour must not cause an hour of quick polls.
        return abs(now - self._changed_at)


class ChangeEvent:
    """An event that needs no clearing: `wait` returns at the first `notify` after the call."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self) -> None:
        await self._event.wait()

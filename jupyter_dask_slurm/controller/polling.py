"""How often the batch system and the scheduler are looked at. No I/O; seconds since the epoch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

QUICK, SLOW = 1.0, 15.0
"""Bounds of the pause between two polls of the batch system, in seconds."""
FRESH_ENOUGH = 0.8
"""An answer of squeue counts for this part of a pause: then one serves all clusters of a user."""
SCHEDULER_QUICK, SCHEDULER_SLOW = 1.0, 5.0
"""Bounds of the pause between two looks at the scheduler, in seconds."""
QUIET_AFTER = 30.0
"""Seconds without a change after which the scheduler is looked at slowly."""
SILENT_FACTOR, SILENT_MAXIMUM = 2.0, 60.0


class Rhythm:
    """Quick after a change, slow when all is stable, and ever more slowly while nobody answers."""

    def __init__(self, now: float) -> None:
        self.hurried = False
        """Every poll is quick: the cluster is ending."""
        self._changed_at = now
        self._silent_pause = 0.0

    def change(self, now: float) -> None:
        """Something changed."""
        self._changed_at = now

    def silence(self) -> None:
        """The batch system did not answer."""
        self._silent_pause = min(SILENT_MAXIMUM, max(QUICK, self._silent_pause * SILENT_FACTOR))

    def answer(self) -> None:
        """The batch system answered."""
        self._silent_pause = 0.0

    def max_age(self, now: float) -> float:
        """How old an answer of the batch system may be."""
        return self._interval(now) * FRESH_ENOUGH

    def pause(self, now: float, moments: Iterable[float | None], *, polling: bool) -> float | None:
        """Seconds until the next look at the batch system, at the first of ``moments`` at the latest;
        None (for ever, until something is wanted) without a job to poll for."""
        left = [max(0.0, moment - now) for moment in moments if moment is not None]
        if self._silent_pause:
            left.append(self._silent_pause)
        elif polling:
            left.append(self._interval(now))
        return min(left, default=None)

    def scheduler_pause(self, now: float, *, watchful: bool = False) -> float:
        """Seconds until the next look at the scheduler; short always for one who is ``watchful``."""
        quiet = self._stable_for(now) > QUIET_AFTER and not watchful
        return SCHEDULER_SLOW if quiet else SCHEDULER_QUICK

    def _interval(self, now: float) -> float:
        if self.hurried:
            return QUICK
        return min(SLOW, max(QUICK, self._stable_for(now) / 5))

    def _stable_for(self, now: float) -> float:
        # A clock that was set back by an hour must not make it an hour of quick looks.
        return abs(now - self._changed_at)


class Pulse:
    """An event that needs no clearing: `next` ends at the first beat after the call."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def next(self) -> None:
        await self._event.wait()

"""How long the run waits. A machine that is too busy to look is too busy to act: a second in which
nobody could look does not count."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LONGEST_LOOK = 1.0
"""Seconds of a look, with the pause before it, that count at most."""
PAUSE = 0.2
PATIENCE = 120.0


class Stopwatch:
    """Counts seconds from look to look, and of each at most `LONGEST_LOOK`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._before = time.monotonic()

    def look(self) -> float:
        """Return the seconds until now."""
        now = time.monotonic()
        self.seconds += min(now - self._before, LONGEST_LOOK)
        self._before = now
        return self.seconds


def wait_for(what: str, condition: Callable[[], Any], limit: float = PATIENCE) -> Any:
    """The first true answer of ``condition``; AssertionError saying ``what`` never came."""
    watch = Stopwatch()
    while not (answer := condition()):
        assert watch.look() < limit, f"{what}: not within {limit:g} s"
        time.sleep(PAUSE)
    return answer

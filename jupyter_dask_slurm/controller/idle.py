"""When a cluster ends by itself: nobody uses it, or it is too old. Pure; seconds since the epoch."""

from __future__ import annotations


class Idleness:
    """Nothing is processed, no client is connected, and no job waits to start: the cluster is idle.

    ``timeout`` is in seconds; 0 means that it never ends for that.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.since: float | None = None
        self._kept_until = 0.0
        self._used: bool | None = None

    def note(self, used: bool | None, now: float) -> None:
        """Take in whether it is used now; None means that the scheduler did not say."""
        self._used = used
        if used:
            self.since = None
        elif self.since is None and used is not None:
            self.since = now

    def extend(self, seconds: float | None, now: float) -> None:
        """Do not end it before so many seconds have passed; None is one whole time-out."""
        until = now + (self.timeout if seconds is None else seconds)
        self._kept_until = max(self._kept_until, until)

    @property
    def stop_at(self) -> float | None:
        """When the cluster ends if nobody comes; None while it is used, or never ends for that."""
        if self.since is None or not self.timeout:
            return None
        return max(self.since + self.timeout, self._kept_until)

    def over(self, now: float) -> bool:
        """Whether it is to end now: its time has come, and the scheduler still says so. One that is
        deaf may well work through the graph of somebody who has just come."""
        return self._used is False and self.stop_at is not None and now >= self.stop_at

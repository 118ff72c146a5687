"""When a cluster that nobody uses ends. Pure."""

from __future__ import annotations


class Idleness:
    """A cluster with no job, wanted or there, and no client is idle. ``timeout`` is in seconds;
    0 means that it never ends for that."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.since: float | None = None

    def note(self, *, jobs: int, clients: int | None, now: float) -> None:
        """Take in what there is now. ``clients`` None means that the scheduler did not say."""
        if jobs or clients:
            self.since = None
        elif self.since is None and clients is not None:
            self.since = now

    @property
    def stop_at(self) -> float | None:
        """When the cluster ends if nobody comes, in seconds since the epoch."""
        if self.since is None or not self.timeout:
            return None
        return self.since + self.timeout

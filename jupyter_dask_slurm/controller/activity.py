"""What the tasks and the workers of a cluster do, coarse and seldom enough to be shown. No I/O.

Each change that is shown goes to every browser. The load of an idle worker is never the same twice, so
what is shown changes only once it is markedly different, and then not again for some seconds. Instants are
seconds since the epoch.
"""

from __future__ import annotations

from collections import deque

from ..model.cluster import Activity
from .scheduler.client import SchedulerState

PACE = 5.0
"""Seconds between two changes."""
CPU_STEP = 5
"""Percent."""
MEMORY_STEP = 0.02
"""As a part of the limit, or of the memory that is shown where there is no limit."""
RATE_WINDOW = 30.0
"""Seconds over which the rate of tasks is a mean; it is told once a third of them has passed."""


class TaskRate:
    """How many tasks were computed in a second, since they began and at most over a window."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        """When the scheduler had computed how many."""

    def update(self, state: SchedulerState, now: float) -> float | None:
        """Return the rate; None while nothing is to be done, and before it can be known."""
        samples = self._samples
        if samples and (state.computed < samples[-1][1] or now < samples[-1][0]):
            samples.clear()  # another scheduler, or another clock
        samples.append((now, state.computed))
        while len(samples) > 2 and now - samples[1][0] >= RATE_WINDOW:
            samples.popleft()
        if not state.tasks_left:
            while len(samples) > 1:  # what begins after this is not slower for it
                samples.popleft()
        since, before = samples[0]
        if now - since < RATE_WINDOW / 3:
            return None
        return float(f"{(state.computed - before) / (now - since):.2g}")


class ActivityFeed:
    """Takes each word of the scheduler; ``shown`` is what is told of it, None before the first."""

    def __init__(self) -> None:
        self.shown: Activity | None = None
        self._shown_at = 0.0
        self._rate = TaskRate()

    def update(self, state: SchedulerState, now: float) -> None:
        rate = self._rate.update(state, now)
        shown = self.shown
        new = activity(state, rate, None if shown is None else shown.cpu)
        # A clock that was set back must not keep it from changing.
        if shown is None or (abs(now - self._shown_at) >= PACE and differs(shown, new)):
            self.shown, self._shown_at = new, now


def activity(state: SchedulerState, rate: float | None, cpu_before: int | None) -> Activity:
    """Return what a scheduler said; the load stays as it was ``cpu_before`` unless it is more than a step
    away from that."""
    said = [w for w in state.workers if w.cpu is not None and w.threads]
    cpu: int | None = None
    if said:
        percent = sum(w.cpu or 0.0 for w in said) / sum(w.threads for w in said)
        cpu = CPU_STEP * round(percent / CPU_STEP)
        if cpu_before is not None and abs(percent - cpu_before) <= CPU_STEP:
            cpu = cpu_before
    limits = [w.limit for w in state.workers]
    return Activity(
        tasks_left=state.tasks_left,
        tasks_processing=state.tasks_processing,
        tasks_done=state.tasks_done,
        tasks_erred=state.tasks_erred,
        tasks_per_second=rate,
        cpu=cpu,
        memory_used=sum(w.memory for w in state.workers),
        memory_limit=sum(limits) if limits and all(limits) else None,
        clients=state.users,
    )


def differs(shown: Activity, new: Activity) -> bool:
    """Return whether what is new is worth to be shown."""
    step = MEMORY_STEP * (shown.memory_limit or shown.memory_used)
    memory = abs(new.memory_used - shown.memory_used)
    return counted(new) != counted(shown) or memory > step


def counted(activity: Activity) -> tuple[object, ...]:
    """Return what is worth to be shown whenever it changes."""
    return (
        activity.tasks_left,
        activity.tasks_processing,
        activity.tasks_done,
        activity.tasks_erred,
        activity.tasks_per_second is None,
        activity.cpu,
        activity.memory_limit,
        activity.clients,
    )

"""The difference between the jobs wanted and the jobs there are, as actions. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


class Stage(enum.Enum):
    """Where a job is, as far as the batch system or a connected worker has positively shown."""

    PENDING = "pending"
    RUNNING = "running"
    UNKNOWN = "unknown"
    """It was there and is not listed, or Slurm has a new word for it. Unknown is not dead."""


@dataclass(frozen=True)
class LiveJob:
    """A job that has not ended. ``data`` is in bytes; ``tasks`` are those its workers have."""

    id: str
    stage: Stage
    connected: bool = False
    data: int = 0
    tasks: int = 0
    leaving: bool = False
    """It does not count as wanted any more: it has been told to go, or hangs on its way out."""
    can_stay: bool = False
    """It is leaving, and its workers are still there to be given tasks again."""
    to_replace: bool = False
    """Another job is to take its place: its walltime is near, or the user asked for it."""
    due: bool = False
    """Its walltime is so near that it cannot wait for its replacement any longer."""
    cancel_requested: bool = False
    """The user wants this very job to end."""

    @property
    def waiting(self) -> bool:
        """Whether it holds nothing. A connected worker proves the contrary, whatever squeue said."""
        return self.stage is Stage.PENDING and not self.connected


@dataclass(frozen=True)
class Submit:
    """Submit that many jobs, in one submission."""

    count: int


@dataclass(frozen=True)
class CancelPending:
    """Cancel those jobs if they are still pending; one that has just started is spared."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Retire:
    """Move the data off the workers of those jobs, close the workers, then cancel the jobs."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Keep:
    """Let those jobs stay that were to be retired, and whose workers are not closed yet."""

    ids: tuple[str, ...]


Action = Submit | CancelPending | Retire | Keep


def plan(
    wanted: int,
    jobs: Iterable[LiveJob],
    *,
    submitting: int = 0,
    halted: bool = False,
    paused: bool = False,
    most: int | None = None,
) -> list[Action]:
    """Return the actions that make ``jobs`` into ``wanted`` jobs; ``[]`` when there are none to take.

    ``submitting`` jobs were asked for without an answer yet, and may exist. While ``halted``
    nothing is submitted: the last submissions failed, and more of the same would too. While
    ``paused`` only replacements are submitted, for jobs that work; other lost jobs are replaced
    later. There are never more than ``most`` jobs, successors included; those that are leaving do not
    count. None is no limit.

    Only jobs that last count as wanted, so a job that is to be replaced has its successor submitted
    while it still works. It goes when enough jobs are connected without it; a due one goes as soon
    as any other that lasts could take its data.

    Jobs that are leaving and are wanted again are kept before any is submitted, halted or not:
    those first that hold most. A job that leaves for its walltime or by the user's wish is not kept.

    Of too many jobs the pending ones go first: they hold nothing. Then those that run without a
    worker, then those with the least data and the fewest tasks. A job whose stage is unknown goes
    last, as it may hold anything.
    """
    jobs = list(jobs)
    staying = [job for job in jobs if not job.leaving]
    going = [job for job in staying if job.cancel_requested]
    staying = [job for job in staying if not job.cancel_requested]
    lasting = [job for job in staying if not job.to_replace]
    to_replace = [job for job in staying if job.to_replace]
    kept = _jobs_to_keep(jobs, wanted - len(lasting) - submitting)
    working = sum(job.connected for job in [*staying, *kept])
    missing = (min(wanted, working) if paused else wanted) - len(lasting) - len(kept) - submitting
    if most is not None:
        missing = min(missing, most - len(staying) - len(kept) - submitting)
    # A kept job takes data only once its workers are undrained: no recipient in this round.
    # Jobs that may not exist are no reason to end ones that do.
    surplus = _surplus(lasting, len(lasting) - wanted)
    recipients = sum(job.connected for job in lasting) - sum(job.connected for job in surplus)
    going += [*surplus, *_replaced(to_replace, recipients, wanted)]
    actions: list[Action] = []
    if kept:
        actions.append(Keep(tuple(job.id for job in kept)))
    if waiting := [job.id for job in going if job.waiting]:
        actions.append(CancelPending(tuple(waiting)))
    if missing > 0 and not halted:
        actions.append(Submit(missing))
    if retiring := [job.id for job in going if not job.waiting]:
        actions.append(Retire(tuple(retiring)))
    return actions


def for_the_scheduler(
    actions: Iterable[Action], jobs: Iterable[LiveJob]
) -> Iterator[Keep | Retire]:
    """Yield what can be done while the batch system does not answer: a job that is due for its walltime
    hands its data over, and is cancelled later or ends by itself; one that is wanted again is kept."""
    due = {job.id for job in jobs if job.due}
    for action in actions:
        if isinstance(action, Keep):
            yield action
        elif isinstance(action, Retire) and (ids := tuple(i for i in action.ids if i in due)):
            yield Retire(ids)


def _surplus(jobs: Sequence[LiveJob], count: int) -> list[LiveJob]:
    """Return the jobs that go when ``count`` are too many."""
    if count <= 0:
        return []
    # The newest have the longest wait still before them.
    waiting = [job for job in reversed(jobs) if job.waiting]
    others = sorted((job for job in jobs if not job.waiting), key=_cost)
    return [*waiting, *others][:count]


def _jobs_to_keep(jobs: Sequence[LiveJob], count: int) -> list[LiveJob]:
    """Return the leaving jobs that stay after all when ``count`` are missing."""
    found = [
        job
        for job in jobs
        if job.can_stay and not (job.to_replace or job.due or job.cancel_requested)
    ]
    return sorted(found, key=_cost, reverse=True)[: max(0, count)]


def _replaced(to_replace: Sequence[LiveJob], recipients: int, wanted: int) -> list[LiveJob]:
    """Return the jobs that are no longer needed, or cannot wait for their replacement.

    ``recipients`` is the number of connected jobs that stay, and could take their data.
    """
    # A pending job has nothing to hand over; its replacement is as good from the start.
    waiting = [job for job in to_replace if job.waiting]
    working = sorted((job for job in to_replace if not job.waiting), key=lambda job: not job.due)
    needless = max(0, recipients + len(working) - wanted)
    late = [job for job in working[needless:] if job.due and (recipients or not job.connected)]
    return [*waiting, *working[:needless], *late]


def _cost(job: LiveJob) -> tuple[bool, bool, int, int]:
    return (job.stage is Stage.UNKNOWN, job.connected, job.data, job.tasks)

"""What to do about the difference between the jobs wanted and the jobs there are. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class Stage(enum.Enum):
    """Where a job is, as far as somebody positively said so."""

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
    """It has been asked to go, and is no longer counted on."""
    recallable: bool = False
    """It is leaving, and its workers are still there to be given tasks again."""
    expiring: bool = False
    """It is to be succeeded: its walltime is near, or the user wants another in its place."""
    due: bool = False
    """It is expiring, and there is no time left to wait for its own successor."""
    condemned: bool = False
    """The user wants this very job to end."""

    @property
    def waiting(self) -> bool:
        """It holds nothing. A connected worker proves the contrary, whatever squeue said."""
        return self.stage is Stage.PENDING and not self.connected


@dataclass(frozen=True)
class Submit:
    """Ask for that many jobs, in one submission."""

    count: int


@dataclass(frozen=True)
class CancelPending:
    """Cancel those jobs if they still wait; one that starts at this moment is spared."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Retire:
    """Move the data off those jobs' workers, close them, then cancel the jobs."""

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
) -> list[Action]:
    """What makes ``jobs`` into ``wanted`` jobs.

    ``submitting`` jobs were asked for without an answer yet, and may exist. While ``halted``
    nothing is submitted: the last submissions failed, and more of the same would too. While
    ``paused`` only successors are, to jobs that work: what is lost besides is replaced later.

    Counted are the jobs that last, so an expiring job has its successor submitted while it still
    works. It goes when the jobs connected are enough without it; a due one as soon as any other
    that lasts could take its data.

    Jobs that are just leaving and are wanted again are kept before any is submitted, halted or not:
    those first that hold most. Not the ones that leave for a reason of their own.

    Of too many jobs those that wait go first: they hold nothing. Then those that run without a
    worker, then those with the least data and the fewest tasks. A job of which nothing is known
    goes last, as it may hold anything. Answers ``[]`` when there is nothing to do.
    """
    jobs = list(jobs)
    staying = [job for job in jobs if not job.leaving]
    going = [job for job in staying if job.condemned]
    staying = [job for job in staying if not job.condemned]
    lasting = [job for job in staying if not job.expiring]
    expiring = [job for job in staying if job.expiring]
    kept = _recalled(jobs, wanted - len(lasting) - submitting)
    working = sum(job.connected for job in [*staying, *kept])
    missing = (min(wanted, working) if paused else wanted) - len(lasting) - len(kept) - submitting
    # One that is kept takes data only once it is undrained: it is no heir in this round.
    # Jobs that may not exist are no reason to end ones that do.
    surplus = _surplus(lasting, len(lasting) - wanted)
    heirs = sum(job.connected for job in lasting) - sum(job.connected for job in surplus)
    going += [*surplus, *_succeeded(expiring, heirs, wanted)]
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


def _surplus(jobs: Sequence[LiveJob], count: int) -> list[LiveJob]:
    """Those that go first when so many are too many."""
    if count <= 0:
        return []
    # The newest wait the longest still.
    waiting = [job for job in reversed(jobs) if job.waiting]
    others = sorted((job for job in jobs if not job.waiting), key=_cost)
    return [*waiting, *others][:count]


def _recalled(jobs: Sequence[LiveJob], count: int) -> list[LiveJob]:
    """Those that stay after all when so many are too few."""
    found = [
        job for job in jobs if job.recallable and not (job.expiring or job.due or job.condemned)
    ]
    return sorted(found, key=_cost, reverse=True)[: max(0, count)]


def _succeeded(expiring: Sequence[LiveJob], heirs: int, wanted: int) -> list[LiveJob]:
    """The expiring jobs that are needed no longer, or cannot wait for their successors.

    ``heirs`` is the number of connected jobs that stay, and could take their data.
    """
    # One that waits has nothing to hand over; its successor is as good from the start.
    waiting = [job for job in expiring if job.waiting]
    working = sorted((job for job in expiring if not job.waiting), key=lambda job: not job.due)
    needless = max(0, heirs + len(working) - wanted)
    late = [job for job in working[needless:] if job.due and (heirs or not job.connected)]
    return [*waiting, *working[:needless], *late]


def _cost(job: LiveJob) -> tuple[bool, bool, int, int]:
    return (job.stage is Stage.UNKNOWN, job.connected, job.data, job.tasks)

"""What to do about the difference between the jobs wanted and the jobs there are. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable
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


Action = Submit | CancelPending | Retire


def plan(
    wanted: int, jobs: Iterable[LiveJob], *, submitting: int = 0, halted: bool = False
) -> list[Action]:
    """What makes ``jobs`` into ``wanted`` jobs.

    ``submitting`` jobs were asked for without an answer yet, and may exist. While ``halted``
    nothing is submitted: the last submissions failed, and more of the same would too.

    Jobs that are waiting go first: they hold nothing. Then those that run without a worker, then
    those with the least data and the fewest tasks. A job of which nothing is known goes last, as
    it may hold anything. Answers ``[]`` when there is nothing to do.
    """
    staying = [job for job in jobs if not job.leaving]
    missing = wanted - len(staying) - submitting
    if missing > 0:
        return [] if halted else [Submit(missing)]
    # Jobs that may not exist are no reason to end ones that do.
    surplus = len(staying) - wanted
    if surplus <= 0:
        return []
    # The newest wait the longest still.
    pending = [job for job in staying if job.stage is Stage.PENDING and not job.connected]
    pending = list(reversed(pending))[:surplus]
    others = sorted((j for j in staying if j.stage is not Stage.PENDING or j.connected), key=_cost)
    retiring = others[: surplus - len(pending)]
    actions: list[Action] = []
    if pending:
        actions.append(CancelPending(tuple(job.id for job in pending)))
    if retiring:
        actions.append(Retire(tuple(job.id for job in retiring)))
    return actions


def _cost(job: LiveJob) -> tuple[bool, bool, int, int]:
    return (job.stage is Stage.UNKNOWN, job.connected, job.data, job.tasks)

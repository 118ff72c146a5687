"""What every fault is: it breaks something for real, and repairs it."""

from __future__ import annotations

from typing import ClassVar

from .schedule import Condition, FaultKind
from .system import Card, SystemUnderTest


class Fault:
    """One fault. `inject` breaks something, `repair` repairs what does not recover by itself."""

    kind: ClassVar[FaultKind]
    repair_order: ClassVar[int] = 2
    """Its place in the order of repairs: first slurmctld and the server, which other repairs need."""

    def inject(self, system: SystemUnderTest) -> None:
        raise NotImplementedError

    def repair(self, system: SystemUnderTest) -> None:
        """Do nothing, where the product has to recover by itself."""


def conditions(*given: Condition) -> frozenset[Condition]:
    return frozenset(given)


A_JOB = conditions(Condition.ACTS, Condition.PARTITION)
"""What it needs that there is a job of the large cluster again, where an earlier fault has ended the one."""


def codes(card: Card) -> set[str]:
    """The codes of the problems that a card shows."""
    return {problem["code"] for problem in card["problems"]}

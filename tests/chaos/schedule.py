"""Which faults may be active at the same time, and in which order they come. Pure."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

NOTHING: frozenset[Condition] = frozenset()


class Condition(enum.Enum):
    """Something that holds unless a fault breaks it, and that other faults need."""

    SERVER = "the Jupyter server answers"
    CONTROLLER = "the controller of the large cluster lives"
    ACTS = "the controller of the large cluster can do what it wants to"
    SLURMCTLD = "slurmctld answers"
    PARTITION = "the partition takes jobs"
    NODE = "the daemon of the node on which the large cluster computes obeys"
    DATA = "what the workers hold stays"
    COUNT = "no job comes back that was given up"
    FILES = "the registry can be written and read"
    TIME = "no walltime runs out"


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: ``needs`` has to hold when it is injected, ``breaks`` does not until its repair."""

    name: str
    needs: frozenset[Condition] = NOTHING
    breaks: frozenset[Condition] = NOTHING
    brief: bool = True
    """Also part of the short form."""

    def goes_with(self, others: Iterable[FaultKind]) -> bool:
        """Return whether it may be injected while the others are active."""
        broken = frozenset().union(*(other.breaks for other in others))
        return not (self.needs | self.breaks) & broken


def waves(kinds: Sequence[FaultKind], rng: random.Random, size: int) -> Iterator[list[FaultKind]]:
    """Yield every kind once, in waves of at most ``size`` that may be active together."""
    left = list(kinds)
    rng.shuffle(left)
    while left:
        wave: list[FaultKind] = []
        for kind in list(left):
            if len(wave) < size and kind.goes_with(wave):
                wave.append(kind)
                left.remove(kind)
        yield wave

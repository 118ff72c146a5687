"""Which faults may stand at the same time, and in which order they come. Pure."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

NOTHING: frozenset[Part] = frozenset()


class Part(enum.Enum):
    """What a fault takes away, or cannot do without."""

    SERVER = "the Jupyter server answers"
    CONTROLLER = "the controller of the large cluster lives"
    SLURMCTLD = "slurmctld answers"
    PARTITION = "the partition takes jobs"
    NODE = "the daemon of the node on which the large cluster computes obeys"
    DATA = "what the workers hold stays"
    COUNT = "no job comes back that was given up"
    FILES = "the registry can be written and read"
    TIME = "no walltime runs out"


@dataclass(frozen=True)
class Kind:
    """A kind of fault: ``needs`` has to work when it strikes, ``breaks`` does not while it stands."""

    name: str
    needs: frozenset[Part] = NOTHING
    breaks: frozenset[Part] = NOTHING
    brief: bool = True
    """Also part of the short form."""

    def goes_with(self, others: Iterable[Kind]) -> bool:
        """Whether it may strike while the others stand."""
        broken = frozenset().union(*(other.breaks for other in others))
        return not (self.needs | self.breaks) & broken


def waves(kinds: Sequence[Kind], rng: random.Random, size: int) -> Iterator[list[Kind]]:
    """Every kind once, in waves of faults that stand together, at most ``size`` of them."""
    left = list(kinds)
    rng.shuffle(left)
    while left:
        wave: list[Kind] = []
        for kind in list(left):
            if len(wave) < size and kind.goes_with(wave):
                wave.append(kind)
                left.remove(kind)
        yield wave

"""Which faults stand together."""

from __future__ import annotations

import random

import pytest

from .faults import LASTING, PASSING
from .schedule import Condition, FaultKind, waves

KINDS = [fault.kind for fault in PASSING]


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_comes_once_and_can_strike_when_it_comes(seed: int) -> None:
    found = list(waves(KINDS, random.Random(seed), 3))
    names = [kind.name for wave in found for kind in wave]
    assert sorted(names) == sorted(kind.name for kind in KINDS)
    for wave in found:
        assert 1 <= len(wave) <= 3
        broken: frozenset[Condition] = frozenset()
        for kind in wave:
            assert not kind.needs & broken, f"{kind.name} cannot strike in {names}"
            broken |= kind.breaks


def test_the_seed_decides_the_order() -> None:
    orders = {
        tuple(k.name for wave in waves(KINDS, random.Random(seed), 3) for k in wave)
        for seed in (1, 1, 2)
    }
    assert len(orders) == 2


def test_what_a_fault_needs_may_not_be_broken() -> None:
    killed = FaultKind("server killed", breaks=frozenset({Condition.SERVER}))
    refused = FaultKind("refused", needs=frozenset({Condition.SERVER}))
    assert not refused.goes_with([killed])
    assert killed.goes_with([refused])
    assert not killed.goes_with([killed])


def test_no_two_kinds_have_the_same_name() -> None:
    names = [fault.kind.name for fault in (*LASTING, *PASSING)]
    assert len(set(names)) == len(names)

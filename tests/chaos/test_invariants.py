"""What counts as a violation, and what is excused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .invariants import (
    EXPLAINED,
    LISTED,
    NOT_TOO_MANY,
    ORPHANS,
    InvariantChecker,
    Observation,
    Requested,
)
from .schedule import Condition

ALIVE = Requested(wanted=1, most=1)
GROWN = Requested(wanted=1, most=2)
KILLED = Requested(wanted=1, most=1, controller_alive=False)
EXPIRING = Requested(wanted=1, most=1, successors=1)


def card(status: str = "running", reason: str | None = None, problems: int = 0, **jobs: int) -> Any:
    counts = dict.fromkeys(("desired", "submitting", "pending", "running", "unknown"), 0)
    counts["desired"] = 1
    return {
        "status": status,
        "jobs": {**counts, **jobs},
        "problems": [{"code": "one"}] * problems,
        "pending_reason": reason,
    }


@pytest.mark.parametrize(
    ("requested", "cards", "queued", "seconds", "broken", "violation"),
    [
        (ALIVE, card(running=1), 1, 600, [], None),
        (ALIVE, None, None, 600, [], None),
        # listed
        (ALIVE, {}, 1, 0, [], LISTED),
        # orphans
        (KILLED, None, 1, 20, [], None),
        (KILLED, None, 1, 40, [], ORPHANS),
        (KILLED, None, 1, 40, [Condition.SLURMCTLD], None),
        (KILLED, None, 0, 600, [], None),
        # not too many
        (ALIVE, None, 2, 5, [], None),
        (ALIVE, None, 2, 10, [], NOT_TOO_MANY),
        (ALIVE, None, 2, 10, [Condition.COUNT], None),
        (ALIVE, None, 2, 90, [Condition.COUNT], NOT_TOO_MANY),
        (GROWN, None, 2, 10, [], None),
        (GROWN, None, 2, 90, [], NOT_TOO_MANY),
        (EXPIRING, None, 2, 600, [], None),
        (EXPIRING, None, 3, 10, [], NOT_TOO_MANY),
        # explained
        (ALIVE, card("failed", problems=1), 0, 600, [], None),
        (ALIVE, card("failed"), 0, 0, [], EXPLAINED),
        (ALIVE, card("unreachable"), 0, 0, [], EXPLAINED),
        (ALIVE, card("starting"), 0, 600, [], None),
        (ALIVE, card(), 0, 20, [], None),
        (ALIVE, card(), 0, 30, [], EXPLAINED),
        (ALIVE, card(problems=1), 0, 600, [], None),
        (ALIVE, card(unknown=1), 0, 600, [], None),
        (ALIVE, card(pending=1), 1, 30, [], EXPLAINED),
        (ALIVE, card(pending=1), 1, 600, [Condition.SLURMCTLD], None),
        (ALIVE, card(pending=1, reason="Resources"), 1, 600, [], None),
    ],
)
def test_observations(
    requested: Requested,
    cards: Any,
    queued: int | None,
    seconds: float,
    broken: Iterable[Condition],
    violation: str | None,
) -> None:
    checker = InvariantChecker(death_timeout=10)
    listed = cards if not cards else {"a": cards}
    queue = None if queued is None else {"a": queued}
    for second in range(int(seconds) + 1):
        checker.check(Observation(second, listed, queue), {"a": requested}, frozenset(broken))
    found = {each.invariant for each in checker.violations}
    assert found == ({violation} if violation else set())
    assert len(checker.violations) == len(found), "a violation is told once"


def test_a_breach_is_of_one_stretch_of_time() -> None:
    checker = InvariantChecker(death_timeout=10)
    for second in range(600):
        jobs = 0 if second % 20 == 0 else 1
        checker.check(Observation(second, None, {"a": jobs}), {"a": KILLED}, frozenset())
    assert checker.violations == []


def test_jobs_of_a_cluster_that_nobody_knows_are_orphans() -> None:
    checker = InvariantChecker(death_timeout=10)
    for second in range(40):
        checker.check(Observation(second, None, {"b": 1}), {}, frozenset())
    assert [each.invariant for each in checker.violations] == [ORPHANS]

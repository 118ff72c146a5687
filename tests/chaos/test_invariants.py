"""What the judge takes for a breach, and what it excuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .invariants import EXPLAINED, LISTED, NOT_TOO_MANY, ORPHANS, Judge, Look, Wish
from .weather import Part

ALIVE = Wish(wanted=1, most=1)
GROWN = Wish(wanted=1, most=2)
KILLED = Wish(wanted=1, most=1, controller_alive=False)
EXPIRING = Wish(wanted=1, most=1, successors=1)


def card(status: str = "running", reason: str | None = None, problems: int = 0, **jobs: int) -> Any:
    counts = dict.fromkeys(("desired", "submitting", "pending", "running", "unknown"), 0)
    counts["desired"] = 1
    return {
        "status": status,
        "jobs": {**counts, **jobs},
        "problems": ["one"] * problems,
        "pending_reason": reason,
    }


@pytest.mark.parametrize(
    ("wish", "cards", "queued", "seconds", "broken", "breach"),
    [
        (ALIVE, card(running=1), 1, 600, [], None),
        (ALIVE, None, None, 600, [], None),
        # listed
        (ALIVE, {}, 1, 0, [], LISTED),
        # orphans
        (KILLED, None, 1, 20, [], None),
        (KILLED, None, 1, 40, [], ORPHANS),
        (KILLED, None, 1, 40, [Part.SLURMCTLD], None),
        (KILLED, None, 0, 600, [], None),
        # not too many
        (ALIVE, None, 2, 5, [], None),
        (ALIVE, None, 2, 10, [], NOT_TOO_MANY),
        (ALIVE, None, 2, 10, [Part.COUNT], None),
        (ALIVE, None, 2, 90, [Part.COUNT], NOT_TOO_MANY),
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
        (ALIVE, card(pending=1, reason="Resources"), 1, 600, [], None),
    ],
)
def test_looks(
    wish: Wish,
    cards: Any,
    queued: int | None,
    seconds: float,
    broken: Iterable[Part],
    breach: str | None,
) -> None:
    judge = Judge(death_timeout=10)
    listed = cards if not cards else {"a": cards}
    queue = None if queued is None else {"a": queued}
    for second in range(int(seconds) + 1):
        judge.look(Look(second, listed, queue), {"a": wish}, frozenset(broken))
    found = {each.invariant for each in judge.breaches}
    assert found == ({breach} if breach else set())
    assert len(judge.breaches) == len(found), "a breach is told once"


def test_a_breach_is_of_one_stretch_of_time() -> None:
    judge = Judge(death_timeout=10)
    for second in range(600):
        jobs = 0 if second % 20 == 0 else 1
        judge.look(Look(second, None, {"a": jobs}), {"a": KILLED}, frozenset())
    assert judge.breaches == []


def test_jobs_of_a_cluster_that_nobody_knows_are_orphans() -> None:
    judge = Judge(death_timeout=10)
    for second in range(40):
        judge.look(Look(second, None, {"b": 1}), {}, frozenset())
    assert [each.invariant for each in judge.breaches] == [ORPHANS]

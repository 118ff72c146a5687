"""What has to hold whatever breaks. Pure: observations of the clusters and the queue in, violations out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .schedule import Condition

ORPHANS = "no job without a living cluster for longer than its death time-out"
LISTED = "no cluster is lost from the list"
NOT_TOO_MANY = "never more jobs than wanted"
EXPLAINED = "every card's state can be explained"
KEPT = "a planned scale-down loses no result and computes none again"
RECOVERED = "when all is mended, the cluster comes to its size"
CLEAN = "a cluster that was stopped leaves no job, no process and no key"
REFUSED_WHOLE = "what cannot be done is refused with a reason and leaves nothing behind"
ALL = (ORPHANS, LISTED, NOT_TOO_MANY, EXPLAINED, KEPT, RECOVERED, CLEAN, REFUSED_WHOLE)

SLACK = 15.0
"""Seconds beyond the death time-out: the job is noticed, told to end, and Slurm takes it off."""
LAG = 6.0
"""Seconds in which a controller has to undo what brought it too many jobs."""
LEAVING = 60.0
"""Seconds in which jobs that are no longer wanted finish their tasks and hand over their data."""
UNNOTICED = 25.0
"""Seconds in which a card may not know yet what became of a job: the slowest poll, and some."""


NOTES = {"jobs_interrupted", "jobs_changed", "workers_die"}
"""What a card tells of jobs, and what needs nothing of anybody."""


def unsolved(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The problems of a card that are more than a note."""
    return [problem for problem in card["problems"] if problem["code"] not in NOTES]


@dataclass(frozen=True)
class Requested:
    """What was asked for one cluster. ``most`` is the largest size since all was well last, and
    ``successors`` how many jobs may come ahead of those whose walltime is near."""

    wanted: int
    most: int
    successors: int = 0
    controller_alive: bool = True


@dataclass(frozen=True)
class Observation:
    """The server's list of clusters, by id, and how many jobs of each are in the queue.

    None where the server, or Slurm, did not answer.
    """

    now: float
    cards: Mapping[str, Mapping[str, Any]] | None
    queue: Mapping[str, int] | None


@dataclass(frozen=True)
class Violation:
    """An invariant that did not hold."""

    invariant: str
    cluster: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant}: cluster {self.cluster}: {self.words}"


@dataclass
class InvariantChecker:
    """Checks every observation against the invariants. ``death_timeout`` is in seconds."""

    death_timeout: float
    checked: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    _since: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def check(
        self,
        seen: Observation,
        all_requested: Mapping[str, Requested],
        broken: Collection[Condition],
    ) -> None:
        """Check one observation. ``broken`` is what the active faults have broken."""
        if seen.cards is not None:
            self._listed(seen, all_requested)
            for cluster, card in seen.cards.items():
                if cluster in all_requested:
                    self._explained(seen.now, cluster, card, broken)
        if seen.queue is not None:
            self._orphans(seen, all_requested, broken)
            self._not_too_many(seen, all_requested, broken)

    def record(self, invariant: str, cluster: str, wrong: str | None) -> None:
        """Record one check that was made elsewhere; ``wrong`` says what did not hold."""
        self.checked[invariant] += 1
        if wrong:
            self.violations.append(Violation(invariant, cluster, wrong))

    def forget(self, cluster: str) -> None:
        """Forget what did not hold of a cluster that is gone."""
        self._since = {key: since for key, since in self._since.items() if key[1] != cluster}

    def _listed(self, seen: Observation, all_requested: Mapping[str, Requested]) -> None:
        assert seen.cards is not None
        for cluster in all_requested:
            lost = "it is not in the list" if cluster not in seen.cards else None
            self._hold(LISTED, cluster, "lost", seen.now, 0, lost)

    def _orphans(
        self,
        seen: Observation,
        all_requested: Mapping[str, Requested],
        broken: Collection[Condition],
    ) -> None:
        assert seen.queue is not None
        excused = Condition.SLURMCTLD in broken or Condition.NODE in broken  # nobody can end a job
        limit = self.death_timeout + SLACK
        for cluster in {*seen.queue, *all_requested}:
            requested, jobs = all_requested.get(cluster), seen.queue.get(cluster, 0)
            alone = jobs > 0 and (requested is None or not requested.controller_alive)
            words = f"{jobs} jobs without a controller" if alone and not excused else None
            self._hold(ORPHANS, cluster, "alone", seen.now, limit, words)

    def _not_too_many(
        self,
        seen: Observation,
        all_requested: Mapping[str, Requested],
        broken: Collection[Condition],
    ) -> None:
        assert seen.queue is not None
        silent = Condition.SLURMCTLD in broken
        for cluster, requested in all_requested.items():
            jobs = seen.queue.get(cluster, 0)
            ever = (
                jobs > requested.most + requested.successors
                and Condition.COUNT not in broken
                and not silent
            )
            now = (
                jobs > requested.wanted + requested.successors
                and not silent
                and requested.controller_alive
            )
            words = f"{jobs} jobs; {requested.wanted} are wanted, {requested.most} ever were"
            self._hold(NOT_TOO_MANY, cluster, "ever", seen.now, LAG, words if ever else None)
            self._hold(NOT_TOO_MANY, cluster, "now", seen.now, LEAVING, words if now else None)

    def _explained(
        self,
        now: float,
        cluster: str,
        card: Mapping[str, Any],
        broken: Collection[Condition],
    ) -> None:
        jobs, problems = card["jobs"], unsolved(card)
        ended = card["status"] in ("failed", "unreachable") and not problems
        words = f"{card['status']} without a problem" if ended else None
        self._hold(EXPLAINED, cluster, "status", now, 0, words)
        if card["status"] != "running":
            return
        there = sum(jobs[where] for where in ("submitting", "pending", "running", "unknown"))
        missing = there < jobs["desired"] and not problems
        words = f"jobs are missing, and nothing says why: {jobs}" if missing else None
        self._hold(EXPLAINED, cluster, "missing", now, UNNOTICED, words)
        # Slurm has no reason for a job that it has not looked at yet, and may be killed before it does.
        waiting = (
            jobs["pending"] > 0
            and not card["pending_reason"]
            and not problems
            and Condition.SLURMCTLD not in broken
        )
        words = f"jobs wait, and nothing says why: {jobs}" if waiting else None
        self._hold(EXPLAINED, cluster, "waiting", now, UNNOTICED, words)

    def _hold(
        self, invariant: str, cluster: str, what: str, now: float, limit: float, wrong: str | None
    ) -> None:
        """Record a violation, once, when ``wrong`` has been set for ``limit`` seconds without a break."""
        self.checked[invariant] += 1
        key = (invariant, cluster, what)
        if wrong is None:
            self._since.pop(key, None)
            return
        since = self._since.setdefault(key, now)
        if now - since >= limit:
            self.violations.append(Violation(invariant, cluster, wrong))
            self._since[key] = float("inf")

"""What has to hold whatever breaks. Pure: looks at the clusters and the queue in, breaches out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .weather import Part

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


@dataclass(frozen=True)
class Wish:
    """What was asked for one cluster. ``most`` is the largest size since all was well last, and
    ``successors`` how many jobs may come ahead of those whose walltime is near."""

    wanted: int
    most: int
    successors: int = 0
    controller_alive: bool = True


@dataclass(frozen=True)
class Look:
    """One look: the server's list, by id, and the jobs of each cluster that are in the queue.

    None where nobody answered.
    """

    now: float
    cards: Mapping[str, Mapping[str, Any]] | None
    queue: Mapping[str, int] | None


@dataclass(frozen=True)
class Breach:
    """An invariant that did not hold."""

    invariant: str
    cluster: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant}: cluster {self.cluster}: {self.words}"


@dataclass
class Judge:
    """Holds every look against the invariants. ``death_timeout`` is in seconds."""

    death_timeout: float
    checked: Counter[str] = field(default_factory=Counter)
    breaches: list[Breach] = field(default_factory=list)
    _since: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def look(self, look: Look, wishes: Mapping[str, Wish], broken: Collection[Part]) -> None:
        """``broken`` is what the standing faults have taken away."""
        if look.cards is not None:
            self._listed(look, wishes)
            for cluster, card in look.cards.items():
                if cluster in wishes:
                    self._explained(look.now, cluster, card)
        if look.queue is not None:
            self._orphans(look, wishes, broken)
            self._not_too_many(look, wishes, broken)

    def verdict(self, invariant: str, cluster: str, wrong: str | None) -> None:
        """Note one check that was made elsewhere; ``wrong`` says what did not hold."""
        self.checked[invariant] += 1
        if wrong:
            self.breaches.append(Breach(invariant, cluster, wrong))

    def forgive(self, cluster: str) -> None:
        """A cluster is no more: what was held against it begins anew."""
        self._since = {key: since for key, since in self._since.items() if key[1] != cluster}

    def _listed(self, look: Look, wishes: Mapping[str, Wish]) -> None:
        assert look.cards is not None
        for cluster in wishes:
            lost = "it is not in the list" if cluster not in look.cards else None
            self._hold(LISTED, cluster, "lost", look.now, 0, lost)

    def _orphans(self, look: Look, wishes: Mapping[str, Wish], broken: Collection[Part]) -> None:
        assert look.queue is not None
        excused = Part.SLURMCTLD in broken or Part.NODE in broken  # nobody can end a job
        limit = self.death_timeout + SLACK
        for cluster in {*look.queue, *wishes}:
            wish, jobs = wishes.get(cluster), look.queue.get(cluster, 0)
            alone = jobs > 0 and (wish is None or not wish.controller_alive)
            words = f"{jobs} jobs without a controller" if alone and not excused else None
            self._hold(ORPHANS, cluster, "alone", look.now, limit, words)

    def _not_too_many(
        self, look: Look, wishes: Mapping[str, Wish], broken: Collection[Part]
    ) -> None:
        assert look.queue is not None
        silent = Part.SLURMCTLD in broken
        for cluster, wish in wishes.items():
            jobs = look.queue.get(cluster, 0)
            ever = jobs > wish.most + wish.successors and Part.COUNT not in broken and not silent
            now = jobs > wish.wanted + wish.successors and not silent and wish.controller_alive
            words = f"{jobs} jobs; {wish.wanted} are wanted, {wish.most} ever were"
            self._hold(NOT_TOO_MANY, cluster, "ever", look.now, LAG, words if ever else None)
            self._hold(NOT_TOO_MANY, cluster, "now", look.now, LEAVING, words if now else None)

    def _explained(self, now: float, cluster: str, card: Mapping[str, Any]) -> None:
        jobs, problems = card["jobs"], card["problems"]
        ended = card["status"] in ("failed", "unreachable") and not problems
        words = f"{card['status']} without a problem" if ended else None
        self._hold(EXPLAINED, cluster, "status", now, 0, words)
        if card["status"] != "running":
            return
        there = sum(jobs[where] for where in ("submitting", "pending", "running", "unknown"))
        missing = there < jobs["desired"] and not problems
        words = f"jobs are missing, and nothing says why: {jobs}" if missing else None
        self._hold(EXPLAINED, cluster, "missing", now, UNNOTICED, words)
        waiting = jobs["pending"] > 0 and not card["pending_reason"] and not problems
        words = f"jobs wait, and nothing says why: {jobs}" if waiting else None
        self._hold(EXPLAINED, cluster, "waiting", now, UNNOTICED, words)

    def _hold(
        self, invariant: str, cluster: str, what: str, now: float, limit: float, wrong: str | None
    ) -> None:
        """``wrong`` for longer than ``limit`` seconds without a break is a breach, told once."""
        self.checked[invariant] += 1
        key = (invariant, cluster, what)
        if wrong is None:
            self._since.pop(key, None)
            return
        since = self._since.setdefault(key, now)
        if now - since >= limit:
            self.breaches.append(Breach(invariant, cluster, wrong))
            self._since[key] = float("inf")

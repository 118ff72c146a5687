"""One run: waves of faults, what a user does meanwhile, and what has to hold afterwards."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..slurm.handle import Slurm
from ..support.processes import command_line, mentioning
from .faults import LASTING, PASSING, Fault
from .invariants import ALL, CLEAN, EXPLAINED, KEPT, RECOVERED, unsolved
from .patience import wait_for
from .schedule import Condition, waves
from .system import DEATH_TIMEOUT, Card, SystemUnderTest

AT_ONCE = 3
"""Most faults of one wave."""
ACTIVE_TIME = 1.0, 4.0
"""Bounds of the seconds for which the faults of a wave are active."""
RECOVERY = 300.0
"""Seconds until all clusters have their size again: a job that vanished is missed for a minute, and its
successor has to start."""
LONGEST = 600.0
"""Seconds. A bound against hanging for ever."""
RETRIED = {"submission_refused", "jobs_failed", "jobs_crash", "jobs_vanish"}
"""The problems whose advice is to try again."""
RESULTS = 12
UNDISTURBED = frozenset(
    {
        Condition.SERVER,
        Condition.CONTROLLER,
        Condition.ACTS,
        Condition.SLURMCTLD,
        Condition.PARTITION,
        Condition.NODE,
        Condition.DATA,
    }
)
"""What a scale-down that loses nothing needs."""


@dataclass
class ChaosRun:
    """A run of so many ``minutes``; 0 is the short form, each brief fault once."""

    seed: int
    minutes: float = 0.0
    tried: Counter[str] = field(default_factory=Counter)

    def run(self, directory: Path, slurm: Slurm) -> SystemUnderTest:
        """Carry it out. ``self.system`` has what was violated, also when this raises."""
        rng = random.Random(self.seed)
        self.system = system = SystemUnderTest(directory, slurm, rng)
        begin = time.monotonic()
        try:
            system.start()
            system.create("large", 1, walltime="00:20:00")
            # While one of its jobs works its successor may wait, and another may be leaving.
            walltime = "00:04:00" if self.minutes else "00:02:00"
            system.create("brief", 1, walltime=walltime, successors=2)
            self._all_well()
            while True:
                self._pass(rng)
                if time.monotonic() - begin >= 60 * self.minutes:
                    break
            self._stop_all()
        finally:
            system.stop()
        return system

    def _pass(self, rng: random.Random) -> None:
        """Inject every fault once."""
        kinds = {fault.kind: fault for fault in PASSING if fault.kind.brief or self.minutes}
        with self._active([fault() for fault in LASTING]):
            self._hold_and_shrink()
            for wave in waves(list(kinds), rng, AT_ONCE):
                with self._active([kinds[kind]() for kind in wave]):
                    self._use(rng)
                self._recover()
        self._recover()

    @contextmanager
    def _active(self, faults: list[Fault]) -> Iterator[None]:
        """Inject the faults one after the other; repair them after the block, in their `repair_order`."""
        system = self.system
        before = system.broken
        for fault in faults:
            system.log(f"injects: {fault.kind.name}")
            self.tried[fault.kind.name] += 1
            # Excused from now on: it may take effect before `inject` returns.
            system.broken |= fault.kind.breaks
            fault.inject(system)
        yield
        for fault in sorted(faults, key=lambda fault: fault.repair_order):
            system.log(f"repairs: {fault.kind.name}")
            fault.repair(system)
        # What came back that was given up is noticed only by the next polls.
        late = system.broken & {Condition.COUNT}
        system.broken = before | late

    # -- what users do -------------------------------------------------------------------------

    def _use(self, rng: random.Random) -> None:
        """Use the clusters while faults are active, or only wait: they have to recover by themselves."""
        system = self.system
        if not UNDISTURBED & system.broken:
            self._hold_and_shrink()
        elif Condition.SERVER not in system.broken and rng.random() < 0.5:
            for sizes in ((0, 2), (1, 2)):
                system.scale(system.large, rng.choice(sizes))
                time.sleep(rng.uniform(*ACTIVE_TIME))
        else:
            time.sleep(rng.uniform(*ACTIVE_TIME))

    def _hold_and_shrink(self) -> None:
        """Hold results in two jobs, scale down to one, and check that no result was lost."""
        system, large = self.system, self.system.large
        system.log("holds results and scales down")
        system.scale(large, 2)
        system.until("two jobs", large.id, lambda card: connected(card) == 2)
        with system.client(large) as client:
            import os

            client.wait_for_workers(2, timeout=LONGEST)
            futures = client.map(os.urandom, [16] * RESULTS, pure=False)
            before = client.gather(futures)
            places = client.who_has(futures).values()
            assert len({worker for workers in places for worker in workers}) == 2
            system.scale(large, 1)
            system.until("one job", large.id, lambda card: running(card) == connected(card) == 1)
            after = client.gather(futures)
        lost = sum(a != b for a, b in zip(before, after, strict=True))
        words = f"{lost} of {RESULTS} results were computed again" if lost else None
        system.checker.record(KEPT, large.id, words)

    # -- what has to hold afterwards ----------------------------------------------------------

    def _recover(self) -> None:
        """After the faults are mended: do what the cards advise, then all has to be well."""
        system = self.system
        for known in system.clusters:
            if not known.requested.controller_alive:
                self._start_again(known.id)
        for known in system.clusters:
            # Retry only where the problem's advice is to retry.
            problems = {problem["code"] for problem in system.card(known.id)["problems"]}
            if problems & RETRIED:
                system.log(f"{known.name}: tries again after {', '.join(problems)}")
                system.attempt("POST", f"clusters/{known.id}/retry")
            if known.requested.wanted != 1 or known.unsure:
                system.scale(known, 1)
        self._all_well()

    def _start_again(self, cluster: str) -> None:
        system = self.system
        known = next(known for known in system.clusters if known.id == cluster)
        system.until("its end is known", cluster, lambda card: card["status"] == "failed")
        wait_for("its jobs are gone", lambda: not system.jobs(known), DEATH_TIMEOUT + 30)
        (problem,) = system.card(cluster)["problems"]
        wrong = None if problem["code"] == "controller_died" else f"{problem}"
        system.checker.record(EXPLAINED, cluster, wrong)
        system.start_again(known)

    def _all_well(self) -> None:
        system = self.system
        cards: dict[str, Card] = {}

        def well() -> bool:
            cards.update(system.cards())
            queue = Counter(job.cluster for job in system.jobs() if job.state == "RUNNING")
            return all(
                at_size(cards[known.id], known.requested.wanted)
                and queue[known.id] >= known.requested.wanted
                for known in system.clusters
            )

        try:
            wait_for("all is well", well, RECOVERY)
        except AssertionError:
            for known in system.clusters:
                if not at_size(cards[known.id], known.requested.wanted):
                    log = system.directory(known).log("controller").read_text()[-1500:]
                    words = f"{summary(cards[known.id])}\n{log}"
                    system.checker.record(RECOVERED, known.id, words)
            raise
        for known in system.clusters:
            system.checker.record(RECOVERED, known.id, None)
        system.is_well_again()
        system.broken -= {Condition.COUNT}
        system.log("all is well")

    def _stop_all(self) -> None:
        """Stop everything in order: nothing may be left."""
        system = self.system
        for known in system.clusters:
            system.dismiss(known)
        wait_for("no cluster is listed", self._none_left, 60)
        wait_for("no job is left", lambda: not system.jobs(), 30)
        assert system.rest("GET", "orphans") == []
        left = [command_line(process) for process in mentioning(str(system.state_dir))]
        keys = [str(path) for path in system.state_dir.rglob("key.pem")]
        system.checker.record(CLEAN, "all", f"{left} {keys}" if left or keys else None)

    def _none_left(self) -> bool:
        for cluster, card in self.system.cards().items():
            # A job that slurmctld had accepted when it was killed, and had not saved.
            if any(problem["code"] == "jobs_unaccounted" for problem in card["problems"]):
                self.system.attempt("DELETE", f"clusters/{cluster}")
        return not self.system.cards()

    def report(self) -> str:
        """Seed, faults tried, invariants checked and broken."""
        checker = self.system.checker
        lines = [f"chaos: seed {self.seed}, {sum(self.tried.values())} faults"]
        lines += [f"  {count:4} x {name}" for name, count in sorted(self.tried.items())]
        broken = Counter(violation.invariant for violation in checker.violations)
        lines += [
            f"invariants: {sum(checker.checked.values())} checks, {sum(broken.values())} broken"
        ]
        lines += [
            f"  {checker.checked[name]:5} checks {broken[name]:3} broken  {name}" for name in ALL
        ]
        return "\n".join(lines)

    def keep(self, directory: Path) -> None:
        """Write down what happened when."""
        lines = [*self.system.events, self.report(), *map(str, self.system.checker.violations)]
        (directory / "chaos.txt").write_text("\n".join([*lines, self.repeat(), ""]))

    def repeat(self) -> str:
        """How to run the very same sequence again."""
        length = f" --chaos={self.minutes:g}" if self.minutes else ""
        return f"again: bash tests/run --chaos-seed={self.seed}{length} chaos"


def connected(card: Card) -> int:
    count: int = card["jobs"]["connected"]
    return count


def running(card: Card) -> int:
    count: int = card["jobs"]["running"]
    return count


def at_size(card: Card, wanted: int) -> bool:
    """As many jobs as are wanted work (or one more, whose successor has come), and all is well."""
    jobs = card["jobs"]
    return (
        card["status"] == "running"
        and jobs["desired"] == wanted
        and jobs["connected"] >= wanted
        and not unsolved(card)
    )


def summary(card: Card) -> str:
    return ", ".join(str(card[key]) for key in ("status", "jobs", "pending_reason", "problems"))

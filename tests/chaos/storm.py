"""One run: waves of faults, what users do meanwhile, and what has to be so afterwards."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..slurm.handle import Slurm
from ..support.clusters import wait_for
from ..support.processes import command_line, speaking_of
from .faults import LASTING, PASSING, Fault
from .invariants import ALL, CLEAN, EXPLAINED, KEPT, RECOVERED
from .weather import Part, waves
from .world import DEATH_TIMEOUT, Card, World

AT_ONCE = 3
"""Most faults of one wave."""
DWELL = 1.0, 4.0
"""Seconds that the faults of a wave stand."""
RECOVERY = 90.0
"""Seconds until all clusters have their size again: a job that vanished is missed for a minute."""
RETRIED = {"submission_refused", "jobs_failed", "jobs_crash", "jobs_vanish"}
"""The problems whose advice is to try again."""
RESULTS = 12
CALM = frozenset(
    {Part.SERVER, Part.CONTROLLER, Part.SLURMCTLD, Part.PARTITION, Part.NODE, Part.DATA}
)
"""What a scale-down that loses nothing needs."""


@dataclass
class Storm:
    """A run of so many ``minutes``; 0 is the short form, each brief fault once."""

    seed: int
    minutes: float = 0.0
    tried: Counter[str] = field(default_factory=Counter)

    def run(self, directory: Path, slurm: Slurm, port: int) -> World:
        """Do it all. The world tells what was broken, also when this raises."""
        rng = random.Random(self.seed)
        self.world = world = World(directory, slurm, port, rng)
        begin = time.monotonic()
        try:
            world.start()
            world.create("large", 1, walltime="00:20:00")
            # While a job of a minute works its successor may wait, and another may be leaving.
            world.create("brief", 1, walltime="00:01:00", successors=2)
            self._all_well()
            while True:
                self._pass(rng)
                if time.monotonic() - begin >= 60 * self.minutes:
                    break
            self._clean_end()
        finally:
            world.stop()
        return world

    def _pass(self, rng: random.Random) -> None:
        """Every fault once."""
        kinds = {fault.kind: fault for fault in PASSING if fault.kind.brief or self.minutes}
        with self._standing([fault() for fault in LASTING]):
            self._hold_and_shrink()
            for wave in waves(list(kinds), rng, AT_ONCE):
                with self._standing([kinds[kind]() for kind in wave]):
                    self._live(rng)
                self._recover()
        self._recover()

    @contextmanager
    def _standing(self, faults: list[Fault]) -> Iterator[None]:
        """The faults strike one after the other, and are mended in the order that works."""
        world = self.world
        before = world.broken
        for fault in faults:
            world.tell(f"strikes: {fault.kind.name}")
            self.tried[fault.kind.name] += 1
            # Excused from now on, for it may work before its strike returns.
            world.broken |= fault.kind.breaks
            fault.strike(world)
        yield
        for fault in sorted(faults, key=lambda fault: fault.turn):
            world.tell(f"heals: {fault.kind.name}")
            fault.heal(world)
        # What came back that was given up is noticed only by the next polls.
        late = world.broken & {Part.COUNT}
        world.broken = before | late

    # -- what users do -------------------------------------------------------------------------

    def _live(self, rng: random.Random) -> None:
        """Use the clusters while faults stand, or only look on: what heals has to heal alone."""
        world = self.world
        if not CALM & world.broken:
            self._hold_and_shrink()
        elif Part.SERVER not in world.broken and rng.random() < 0.5:
            for sizes in ((0, 2), (1, 2)):
                world.scale(world.large, rng.choice(sizes))
                time.sleep(rng.uniform(*DWELL))
        else:
            time.sleep(rng.uniform(*DWELL))

    def _hold_and_shrink(self) -> None:
        """Two jobs hold results; of one job all are left, as they were."""
        world, large = self.world, self.world.large
        world.tell("holds results and scales down")
        world.scale(large, 2)
        world.until("two jobs", large.id, lambda card: connected(card) == 2)
        with world.client(large) as client:
            import os

            client.wait_for_workers(2, timeout=30)
            futures = client.map(os.urandom, [16] * RESULTS, pure=False)
            before = client.gather(futures)
            places = client.who_has(futures).values()
            assert len({worker for workers in places for worker in workers}) == 2
            world.scale(large, 1)
            world.until("one job", large.id, lambda card: running(card) == connected(card) == 1)
            after = client.gather(futures)
        lost = sum(a != b for a, b in zip(before, after, strict=True))
        words = f"{lost} of {RESULTS} results were computed again" if lost else None
        world.judge.verdict(KEPT, large.id, words)

    # -- what has to be so afterwards ----------------------------------------------------------

    def _recover(self) -> None:
        """After the faults are mended: do what the cards advise, then all has to be well."""
        world = self.world
        for known in world.clusters:
            if not known.wish.controller_alive:
                self._start_again(known.id)
        for known in world.clusters:
            # What heals by itself is to heal by itself.
            problems = {problem["code"] for problem in world.card(known.id)["problems"]}
            if problems & RETRIED:
                world.tell(f"{known.name}: tries again after {', '.join(problems)}")
                world.attempt("POST", f"clusters/{known.id}/retry")
            if known.wish.wanted != 1:
                world.scale(known, 1)
        self._all_well()

    def _start_again(self, cluster: str) -> None:
        world = self.world
        known = next(known for known in world.clusters if known.id == cluster)
        world.until("its end is known", cluster, lambda card: card["status"] == "failed")
        wait_for("its jobs are gone", lambda: not world.jobs(known), DEATH_TIMEOUT + 30)
        (problem,) = world.card(cluster)["problems"]
        wrong = None if problem["code"] == "controller_died" else f"{problem}"
        world.judge.verdict(EXPLAINED, cluster, wrong)
        world.start_again(known)

    def _all_well(self) -> None:
        world = self.world
        cards: dict[str, Card] = {}

        def well() -> bool:
            cards.update(world.cards())
            queue = Counter(job.cluster for job in world.jobs() if job.state == "RUNNING")
            return all(
                at_size(cards[known.id], known.wish.wanted) and queue[known.id] >= known.wish.wanted
                for known in world.clusters
            )

        try:
            wait_for("all is well", well, RECOVERY)
        except AssertionError:
            for known in world.clusters:
                if not at_size(cards[known.id], known.wish.wanted):
                    log = world.directory(known).log("controller").read_text()[-1500:]
                    words = f"{summary(cards[known.id])}\n{log}"
                    world.judge.verdict(RECOVERED, known.id, words)
            raise
        for known in world.clusters:
            world.judge.verdict(RECOVERED, known.id, None)
        world.is_well_again()
        world.broken -= {Part.COUNT}
        world.tell("all is well")

    def _clean_end(self) -> None:
        """Stop everything in order: nothing may be left."""
        world = self.world
        for known in world.clusters:
            world.dismiss(known)
        wait_for("no cluster is listed", lambda: not world.cards(), 60)
        wait_for("no job is left", lambda: not world.jobs(), 30)
        assert world.rest("GET", "orphans") == []
        left = [command_line(process) for process in speaking_of(str(world.state_dir))]
        keys = [str(path) for path in world.state_dir.rglob("key.pem")]
        world.judge.verdict(CLEAN, "all", f"{left} {keys}" if left or keys else None)

    def report(self) -> str:
        """Seed, faults tried, invariants checked and broken."""
        judge = self.world.judge
        lines = [f"chaos: seed {self.seed}, {sum(self.tried.values())} faults"]
        lines += [f"  {count:4} x {name}" for name, count in sorted(self.tried.items())]
        broken = Counter(breach.invariant for breach in judge.breaches)
        lines += [
            f"invariants: {sum(judge.checked.values())} checks, {sum(broken.values())} broken"
        ]
        lines += [
            f"  {judge.checked[name]:5} checks {broken[name]:3} broken  {name}" for name in ALL
        ]
        return "\n".join(lines)

    def keep(self, directory: Path) -> None:
        """Write down what happened when."""
        lines = [*self.world.story, self.report(), *map(str, self.world.judge.breaches)]
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
        and not card["problems"]
    )


def summary(card: Card) -> str:
    return ", ".join(str(card[key]) for key in ("status", "jobs", "pending_reason", "problems"))

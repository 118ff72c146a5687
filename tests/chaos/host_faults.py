"""Faults of the host: its home directory hangs, and its clock jumps."""

from __future__ import annotations

from .fault import Fault, conditions
from .invariants import LISTED
from .patience import wait_for
from .schedule import Condition, FaultKind
from .system import SystemUnderTest

HOUR = 3600.0


class HomeHangs(Fault):
    """The server and the controller wait for their files; the cluster stays listed, and a job that has
    gone is replaced."""

    kind = FaultKind(
        "home directory hangs",
        needs=conditions(
            Condition.SLURMCTLD,
            Condition.PARTITION,
            Condition.NODE,
            Condition.SERVER,
            Condition.CONTROLLER,
            Condition.ACTS,
            Condition.FILES,
        ),
        breaks=conditions(
            Condition.SERVER, Condition.CONTROLLER, Condition.ACTS, Condition.FILES, Condition.DATA
        ),
        brief=False,  # ours are waited for as long as a slow file server
    )
    repair_order = 0

    def inject(self, system: SystemUnderTest) -> None:
        before = {job.id for job in system.jobs(system.large)}
        job = system.running(system.large)
        system.host.hang()
        system.slurm.run("scancel", job.id)
        wait_for(
            "another job",
            lambda: {job.id for job in system.jobs(system.large)} - before,
        )
        # Not before its controller had to log, and the server to look at files.
        pids = {system.large.controller.pid, system.server.pid}
        wait_for("both wait for files", lambda: pids <= system.host.waiting())
        lost = {known.id for known in system.clusters} - set(system.cards())
        system.checker.record(LISTED, "all", f"{lost} while home hangs" if lost else None)

    def repair(self, system: SystemUnderTest) -> None:
        system.host.go_on()


class ClockJumps(Fault):
    """By an hour, ahead or back, and back again: as an operator sets it, or a host that was asleep."""

    kind = FaultKind("clock jumps", brief=False)

    def inject(self, system: SystemUnderTest) -> None:
        system.host.set_clock(system.rng.choice((HOUR, -HOUR)))

    def repair(self, system: SystemUnderTest) -> None:
        system.host.set_clock(0.0)


HOST_FAULTS: tuple[type[Fault], ...] = (HomeHangs, ClockJumps)

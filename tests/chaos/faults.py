"""The faults: each breaks something for real, and repairs it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

import psutil

from ..support.clusters import wait_for
from ..support.processes import children, kill_all, lives
from .invariants import REFUSED_WHOLE
from .schedule import Condition, FaultKind
from .system import OPTIONS, Card, SystemUnderTest


class Fault:
    """One fault. `inject` breaks something, `repair` repairs what does not recover by itself."""

    kind: ClassVar[FaultKind]
    repair_order: ClassVar[int] = 2
    """Its place in the order of repairs: first slurmctld and the server, which other repairs need."""

    def inject(self, system: SystemUnderTest) -> None:
        raise NotImplementedError

    def repair(self, system: SystemUnderTest) -> None:
        """Do nothing, where the product has to recover by itself."""


def conditions(*given: Condition) -> frozenset[Condition]:
    return frozenset(given)


class ServerKilled(Fault):
    kind = FaultKind(
        "server killed", needs=conditions(Condition.SERVER), breaks=conditions(Condition.SERVER)
    )
    repair_order = 1

    def inject(self, system: SystemUnderTest) -> None:
        system.kill_server()

    def repair(self, system: SystemUnderTest) -> None:
        system.start_server()


class ControllerKilled(Fault):
    kind = FaultKind("controller killed", breaks=conditions(Condition.CONTROLLER, Condition.DATA))

    def inject(self, system: SystemUnderTest) -> None:
        system.large.controller.kill()
        system.lose_controller(system.large)


class WorkerKilled(Fault):
    kind = FaultKind(
        "worker killed",
        needs=conditions(Condition.CONTROLLER, Condition.DATA),
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        kill_all(children(system.nanny(system.large)))


class NannyKilled(Fault):
    kind = FaultKind(
        "nanny killed",
        needs=conditions(Condition.CONTROLLER, Condition.DATA),
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        nanny = system.nanny(system.large)
        self.job = job_of(nanny)
        nanny.kill()

    def repair(self, system: SystemUnderTest) -> None:
        wait_for("the end of the job", lambda: not system.is_running(self.job))


class JobCancelled(Fault):
    kind = FaultKind(
        "job cancelled from outside",
        needs=conditions(Condition.SLURMCTLD, Condition.CONTROLLER, Condition.DATA),
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        job = system.running(system.large)
        system.slurm.run("scancel", job.id)
        wait_for("the end of the job", lambda: not system.is_running(job.id))


class SlurmdKilled(Fault):
    kind = FaultKind(
        "slurmd killed",
        needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER, Condition.DATA),
        breaks=conditions(Condition.NODE, Condition.DATA, Condition.COUNT),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.node = system.running(system.large).node
        system.slurm.kill_node(self.node)

    def repair(self, system: SystemUnderTest) -> None:
        system.slurm.start_node(self.node)
        wait_for("the node", lambda: is_usable(system, self.node))


class SlurmctldKilled(Fault):
    kind = FaultKind(
        "slurmctld killed",
        needs=conditions(Condition.SLURMCTLD),
        breaks=conditions(Condition.SLURMCTLD, Condition.COUNT),
        brief=False,  # what it forgets is missed for a minute before it is given up
    )
    repair_order = 0

    def inject(self, system: SystemUnderTest) -> None:
        system.slurm.kill_slurmctld()

    def repair(self, system: SystemUnderTest) -> None:
        system.slurm.start_slurmctld()


class SlurmctldRestarted(SlurmctldKilled):
    """Killed after it has saved its state."""

    kind = FaultKind(
        "slurmctld killed, its state saved",
        needs=conditions(Condition.SLURMCTLD, Condition.PARTITION),
        breaks=conditions(Condition.SLURMCTLD, Condition.COUNT),
    )

    def inject(self, system: SystemUnderTest) -> None:
        saved = Path(system.slurm.conf).parent / "state" / "job_state"
        # Any change is written within five seconds; a new job makes sure that there is one.
        before = saved.stat().st_mtime_ns if saved.exists() else 0
        system.slurm.run("sbatch", "--hold", "-J", "marker", "-o", "/dev/null", "--wrap", "true")
        wait_for(
            "the saved state", lambda: saved.exists() and saved.stat().st_mtime_ns > before, 20
        )
        super().inject(system)

    def repair(self, system: SystemUnderTest) -> None:
        super().repair(system)
        system.slurm.run("scancel", "--name=marker")


class SlurmctldHangs(Fault):
    kind = FaultKind(
        "slurmctld hangs",
        needs=conditions(Condition.SLURMCTLD),
        breaks=conditions(Condition.SLURMCTLD),
    )
    repair_order = 0

    def inject(self, system: SystemUnderTest) -> None:
        system.slurm.stop_slurmctld()
        if not system.broken & conditions(Condition.SERVER, Condition.CONTROLLER):
            system.scale(system.large, 2)
            system.until(
                "the silence is said", system.large.id, lambda c: "slurm_silent" in codes(c)
            )

    def repair(self, system: SystemUnderTest) -> None:
        system.slurm.continue_slurmctld()


class NodeDrained(Fault):
    kind = FaultKind(
        "node drained", needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER)
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.node = system.running(system.large).node
        update(system, f"NodeName={self.node}", "State=DRAIN", "Reason=chaos")

    def repair(self, system: SystemUnderTest) -> None:
        resume(system, self.node)


class NodeDown(Fault):
    kind = FaultKind(
        "node down",
        needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER, Condition.DATA),
        breaks=conditions(Condition.NODE, Condition.DATA, Condition.COUNT),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.node = system.running(system.large).node
        system.slurm.take_node_down(self.node)

    def repair(self, system: SystemUnderTest) -> None:
        resume(system, self.node)


class SubmissionRefused(Fault):
    kind = FaultKind(
        "sbatch refuses",
        needs=conditions(Condition.SLURMCTLD, Condition.SERVER, Condition.CONTROLLER),
        breaks=conditions(Condition.PARTITION),
    )

    def inject(self, system: SystemUnderTest) -> None:
        update(system, "PartitionName=debug", "State=DRAIN")
        system.scale(system.large, 2)
        system.until(
            "the refusal is said", system.large.id, lambda c: "submission_refused" in codes(c)
        )

    def repair(self, system: SystemUnderTest) -> None:
        update(system, "PartitionName=debug", "State=UP")


class WalltimeRunsOut(Fault):
    """It comes by itself; it is over when the first jobs have ended and others work."""

    kind = FaultKind("walltime runs out", needs=conditions(Condition.SLURMCTLD, Condition.SERVER))

    def inject(self, system: SystemUnderTest) -> None:
        self.first = {system.running(system.brief).id}

    def repair(self, system: SystemUnderTest) -> None:
        wait_for(
            "the end of the first job",
            lambda: not self.first & {job.id for job in system.jobs(system.brief)},
            120,
        )


class ControllerCannotWrite(Fault):
    kind = FaultKind(
        "no space for the controller",
        needs=conditions(Condition.CONTROLLER),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.process = system.large.controller
        no_space(self.process)

    def repair(self, system: SystemUnderTest) -> None:
        space_again(self.process)


class ServerCannotWrite(Fault):
    kind = FaultKind(
        "no space for the server",
        needs=conditions(Condition.SERVER),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.process = system.server
        no_space(self.process)
        before = set(system.cards())
        body = {"name": "too-much", "options": {**OPTIONS, "walltime": "00:10:00"}}
        accepted = system.attempt("POST", "clusters", body)
        added = set(system.cards()) - before
        wrong = f"{accepted or added}" if accepted or added else None
        system.checker.record(REFUSED_WHOLE, "too-much", wrong)

    def repair(self, system: SystemUnderTest) -> None:
        space_again(self.process)


class ConnectionFileHalfWritten(Fault):
    """As a file server that fails while it writes leaves it. A new Jupyter server has to read it."""

    kind = FaultKind(
        "connection file half-written",
        needs=conditions(Condition.SERVER, Condition.CONTROLLER, Condition.FILES),
        breaks=conditions(Condition.FILES),
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.cluster = system.large
        file = system.directory(self.cluster).connection_file
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        system.kill_server()
        system.start_server()

    def repair(self, system: SystemUnderTest) -> None:
        """Wait until its controller has written it again, if there still is one."""
        directory, controller = system.directory(self.cluster), self.cluster.controller
        wait_for(
            "the connection file is mended",
            lambda: directory.connection() is not None or not lives(controller),
        )


LASTING: tuple[type[Fault], ...] = (WalltimeRunsOut,)
"""Those that last from the first wave to the last."""
PASSING: tuple[type[Fault], ...] = (
    ServerKilled,
    ControllerKilled,
    WorkerKilled,
    NannyKilled,
    JobCancelled,
    SlurmdKilled,
    SlurmctldKilled,
    SlurmctldRestarted,
    SlurmctldHangs,
    NodeDrained,
    NodeDown,
    SubmissionRefused,
    ControllerCannotWrite,
    ServerCannotWrite,
    ConnectionFileHalfWritten,
)


def job_of(process: psutil.Process) -> str:
    """The id of the array task that a process belongs to."""
    environ = process.environ()
    return f"{environ['SLURM_ARRAY_JOB_ID']}_{environ['SLURM_ARRAY_TASK_ID']}"


def codes(card: Card) -> set[str]:
    """The codes of the problems that a card shows."""
    return {problem["code"] for problem in card["problems"]}


def update(system: SystemUnderTest, *words: str) -> None:
    system.slurm.run("scontrol", "update", *words)


def resume(system: SystemUnderTest, node: str) -> None:
    # Refused where slurmctld, killed since, has forgotten that the node was taken away.
    system.slurm.run("scontrol", "update", f"NodeName={node}", "State=RESUME", check=False)
    wait_for("the node", lambda: is_usable(system, node))


def is_usable(system: SystemUnderTest, node: str) -> bool:
    state = system.slurm.run("sinfo", "-h", "-n", node, "-p", "debug", "-o", "%T").strip()
    return state in ("idle", "mixed", "allocated")


def no_space(process: psutil.Process) -> None:
    """Let the kernel refuse every write of a process to a file, as on a full disk."""
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))


def space_again(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))

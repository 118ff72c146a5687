"""The faults: each breaks something for real, and repairs it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from ..support.processes import children, kill_all
from .fault import A_JOB, Fault, codes, conditions
from .file_faults import FILE_FAULTS
from .host_faults import HOST_FAULTS
from .patience import wait_for
from .schedule import Condition, FaultKind
from .system import Card, SystemUnderTest


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
        needs=conditions(Condition.CONTROLLER, Condition.DATA) | A_JOB,
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        kill_all(children(system.nanny(system.large)))


class NannyKilled(Fault):
    kind = FaultKind(
        "nanny killed",
        needs=conditions(Condition.CONTROLLER, Condition.DATA) | A_JOB,
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        wait_for("a nanny that does not end by itself", lambda: self._kill(system))

    def _kill(self, system: SystemUnderTest) -> bool:
        nanny = system.nanny(system.large)
        with contextlib.suppress(psutil.NoSuchProcess):  # its job is leaving
            self.job = job_of(nanny)
            nanny.kill()
            return True
        return False

    def repair(self, system: SystemUnderTest) -> None:
        wait_for("the end of the job", lambda: not system.is_running(self.job))


class JobCancelled(Fault):
    kind = FaultKind(
        "job cancelled from outside",
        needs=conditions(Condition.SLURMCTLD, Condition.CONTROLLER, Condition.DATA) | A_JOB,
        breaks=conditions(Condition.DATA),
    )

    def inject(self, system: SystemUnderTest) -> None:
        job = system.running(system.large)
        system.slurm.run("scancel", job.id)
        wait_for("the end of the job", lambda: not system.is_running(job.id))


class SlurmdKilled(Fault):
    kind = FaultKind(
        "slurmd killed",
        needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER, Condition.DATA)
        | A_JOB,
        breaks=conditions(Condition.NODE, Condition.DATA, Condition.COUNT),
    )
    repair_order = 1

    def inject(self, system: SystemUnderTest) -> None:
        self.node = system.running(system.large).node
        system.slurm.kill_node(self.node)

    def repair(self, system: SystemUnderTest) -> None:
        system.slurm.start_node(self.node)
        # It may be drained as well, which is repaired after this.
        there = (*USABLE, "draining", "drained")
        wait_for("the node", lambda: state_of(system, self.node) in there)


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
        # It may have saved last while another fault had drained the partition.
        update(system, "PartitionName=debug", "State=UP")


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
        if not system.broken & conditions(Condition.SERVER, Condition.CONTROLLER, Condition.ACTS):
            system.scale(system.large, 2)
            system.until(
                "the silence is said", system.large.id, lambda c: "slurm_silent" in codes(c)
            )

    def repair(self, system: SystemUnderTest) -> None:
        system.slurm.continue_slurmctld()


class CommandsHang(Fault):
    """Slurm's commands are shell scripts of the site's, and wait for ever for what they have started."""

    kind = FaultKind(
        "commands hang behind a wrapper",
        needs=conditions(
            Condition.SLURMCTLD, Condition.SERVER, Condition.CONTROLLER, Condition.ACTS
        ),
        breaks=conditions(Condition.SLURMCTLD),
        brief=False,  # each is waited for as long as a busy slurmctld
    )
    repair_order = 0

    def inject(self, system: SystemUnderTest) -> None:
        system.commands.hang()
        system.scale(system.large, 2)
        system.until("the silence is said", system.large.id, lambda c: "slurm_silent" in codes(c))

    def repair(self, system: SystemUnderTest) -> None:
        system.commands.go_on()
        system.commands.end_abandoned()
        wait_for("the end of all that hangs", lambda: not system.commands.hanging())


class NodeDrained(Fault):
    kind = FaultKind(
        "node drained",
        needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER) | A_JOB,
    )

    def inject(self, system: SystemUnderTest) -> None:
        self.node = system.running(system.large).node
        update(system, f"NodeName={self.node}", "State=DRAIN", "Reason=chaos")

    def repair(self, system: SystemUnderTest) -> None:
        resume(system, self.node)


class NodeDown(Fault):
    kind = FaultKind(
        "node down",
        needs=conditions(Condition.SLURMCTLD, Condition.NODE, Condition.CONTROLLER, Condition.DATA)
        | A_JOB,
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
        needs=conditions(
            Condition.SLURMCTLD, Condition.SERVER, Condition.CONTROLLER, Condition.ACTS
        ),
        breaks=conditions(Condition.PARTITION),
    )

    def inject(self, system: SystemUnderTest) -> None:
        update(system, "PartitionName=debug", "State=DRAIN")
        for jobs in (2, 3, 4):
            # Jobs that were leaving are recalled first, and nothing is submitted for these.
            system.scale(system.large, jobs)
            card = system.until(
                "a refusal, or enough jobs",
                system.large.id,
                lambda c, jobs=jobs: answer_to(c, jobs),
            )
            if "submission_refused" in codes(card):
                return
        raise AssertionError(f"nothing was submitted: {card}")

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
            400,
        )


USABLE = ("idle", "mixed", "allocated")
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
    CommandsHang,
    *FILE_FAULTS,
    *HOST_FAULTS,
)


def job_of(process: psutil.Process) -> str:
    """The id of the array task that a process belongs to."""
    environ = process.environ()
    return f"{environ['SLURM_ARRAY_JOB_ID']}_{environ['SLURM_ARRAY_TASK_ID']}"


def answer_to(card: Card, jobs: int) -> Card | None:
    """The card, once a submission was refused or so many jobs are there to stay."""
    there = card["jobs"]
    stay = there["pending"] + there["running"] - there["leaving"]
    return card if "submission_refused" in codes(card) or stay >= jobs else None


def update(system: SystemUnderTest, *words: str) -> None:
    system.slurm.run("scontrol", "update", *words)


def resume(system: SystemUnderTest, node: str) -> None:
    # Refused where slurmctld, killed since, has forgotten that the node was taken away.
    system.slurm.run("scontrol", "update", f"NodeName={node}", "State=RESUME", check=False)
    wait_for("the node", lambda: is_usable(system, node))


def is_usable(system: SystemUnderTest, node: str) -> bool:
    return state_of(system, node) in USABLE


def state_of(system: SystemUnderTest, node: str) -> str:
    return system.slurm.run("sinfo", "-h", "-n", node, "-p", "debug", "-o", "%T").strip()

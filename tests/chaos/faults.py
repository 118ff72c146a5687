"""The faults: each breaks something for real, and knows how that is mended."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

import psutil

from ..support.clusters import wait_for
from ..support.processes import children, kill_all, lives
from .invariants import REFUSED_WHOLE
from .weather import Kind, Part
from .world import OPTIONS, Card, World


class Fault:
    """One fault. `strike` breaks, `heal` mends what does not mend itself."""

    kind: ClassVar[Kind]
    turn: ClassVar[int] = 2
    """When it is mended: first what the mending of others needs, that is slurmctld and the server."""

    def strike(self, world: World) -> None:
        raise NotImplementedError

    def heal(self, world: World) -> None:
        """What the product has to mend by itself needs nothing here."""


def parts(*given: Part) -> frozenset[Part]:
    return frozenset(given)


class ServerKilled(Fault):
    kind = Kind("server killed", needs=parts(Part.SERVER), breaks=parts(Part.SERVER))
    turn = 1

    def strike(self, world: World) -> None:
        world.kill_server()

    def heal(self, world: World) -> None:
        world.start_server()


class ControllerKilled(Fault):
    kind = Kind("controller killed", breaks=parts(Part.CONTROLLER, Part.DATA))

    def strike(self, world: World) -> None:
        world.large.controller.kill()
        world.lose_controller(world.large)


class WorkerKilled(Fault):
    kind = Kind("worker killed", needs=parts(Part.CONTROLLER, Part.DATA), breaks=parts(Part.DATA))

    def strike(self, world: World) -> None:
        kill_all(children(world.nanny(world.large)))


class NannyKilled(Fault):
    kind = Kind("nanny killed", needs=parts(Part.CONTROLLER, Part.DATA), breaks=parts(Part.DATA))

    def strike(self, world: World) -> None:
        nanny = world.nanny(world.large)
        self.job = job_of(nanny)
        nanny.kill()

    def heal(self, world: World) -> None:
        wait_for("the end of the job", lambda: not world.is_running(self.job))


class JobCancelled(Fault):
    kind = Kind(
        "job cancelled from outside",
        needs=parts(Part.SLURMCTLD, Part.CONTROLLER, Part.DATA),
        breaks=parts(Part.DATA),
    )

    def strike(self, world: World) -> None:
        job = world.running(world.large)
        world.slurm.run("scancel", job.id)
        wait_for("the end of the job", lambda: not world.is_running(job.id))


class SlurmdKilled(Fault):
    kind = Kind(
        "slurmd killed",
        needs=parts(Part.SLURMCTLD, Part.NODE, Part.CONTROLLER, Part.DATA),
        breaks=parts(Part.NODE, Part.DATA, Part.COUNT),
    )

    def strike(self, world: World) -> None:
        self.node = world.running(world.large).node
        world.slurm.kill_node(self.node)

    def heal(self, world: World) -> None:
        world.slurm.start_node(self.node)
        wait_for("the node", lambda: is_usable(world, self.node))


class SlurmctldKilled(Fault):
    kind = Kind(
        "slurmctld killed",
        needs=parts(Part.SLURMCTLD),
        breaks=parts(Part.SLURMCTLD, Part.COUNT),
        brief=False,  # what it forgets is missed for a minute before it is given up
    )
    turn = 0

    def strike(self, world: World) -> None:
        world.slurm.kill_controller()

    def heal(self, world: World) -> None:
        world.slurm.start_controller()


class SlurmctldRestarted(SlurmctldKilled):
    """Killed after it had written down what it knows."""

    kind = Kind(
        "slurmctld killed, its state saved",
        needs=parts(Part.SLURMCTLD, Part.PARTITION),
        breaks=parts(Part.SLURMCTLD, Part.COUNT),
    )

    def strike(self, world: World) -> None:
        saved = Path(world.slurm.conf).parent / "state" / "job_state"
        # Any change is written within five seconds; a new job makes sure that there is one.
        before = saved.stat().st_mtime_ns if saved.exists() else 0
        world.slurm.run("sbatch", "--hold", "-J", "marker", "-o", "/dev/null", "--wrap", "true")
        wait_for(
            "the saved state", lambda: saved.exists() and saved.stat().st_mtime_ns > before, 20
        )
        super().strike(world)

    def heal(self, world: World) -> None:
        super().heal(world)
        world.slurm.run("scancel", "--name=marker")


class SlurmctldHangs(Fault):
    kind = Kind("slurmctld hangs", needs=parts(Part.SLURMCTLD), breaks=parts(Part.SLURMCTLD))
    turn = 0

    def strike(self, world: World) -> None:
        world.slurm.stop_controller()
        if not world.broken & parts(Part.SERVER, Part.CONTROLLER):
            world.scale(world.large, 2)
            world.until("the silence is said", world.large.id, lambda c: "slurm_silent" in codes(c))

    def heal(self, world: World) -> None:
        world.slurm.continue_controller()


class NodeDrained(Fault):
    kind = Kind("node drained", needs=parts(Part.SLURMCTLD, Part.NODE, Part.CONTROLLER))

    def strike(self, world: World) -> None:
        self.node = world.running(world.large).node
        update(world, f"NodeName={self.node}", "State=DRAIN", "Reason=chaos")

    def heal(self, world: World) -> None:
        resume(world, self.node)


class NodeDown(Fault):
    kind = Kind(
        "node down",
        needs=parts(Part.SLURMCTLD, Part.NODE, Part.CONTROLLER, Part.DATA),
        breaks=parts(Part.NODE, Part.DATA, Part.COUNT),
    )

    def strike(self, world: World) -> None:
        self.node = world.running(world.large).node
        world.slurm.take_node_down(self.node)

    def heal(self, world: World) -> None:
        resume(world, self.node)


class SubmissionRefused(Fault):
    kind = Kind(
        "sbatch refuses",
        needs=parts(Part.SLURMCTLD, Part.SERVER, Part.CONTROLLER),
        breaks=parts(Part.PARTITION),
    )

    def strike(self, world: World) -> None:
        update(world, "PartitionName=debug", "State=DRAIN")
        world.scale(world.large, 2)
        world.until(
            "the refusal is said", world.large.id, lambda c: "submission_refused" in codes(c)
        )

    def heal(self, world: World) -> None:
        update(world, "PartitionName=debug", "State=UP")


class WalltimeRunsOut(Fault):
    """It strikes by itself; it is over when the first jobs have ended and others work."""

    kind = Kind("walltime runs out", needs=parts(Part.SLURMCTLD, Part.SERVER))

    def strike(self, world: World) -> None:
        self.first = {world.running(world.brief).id}

    def heal(self, world: World) -> None:
        wait_for(
            "the end of the first job",
            lambda: not self.first & {job.id for job in world.jobs(world.brief)},
            120,
        )


class ControllerCannotWrite(Fault):
    kind = Kind(
        "no space for the controller", needs=parts(Part.CONTROLLER), breaks=parts(Part.FILES)
    )

    def strike(self, world: World) -> None:
        self.process = world.large.controller
        no_space(self.process)

    def heal(self, world: World) -> None:
        space_again(self.process)


class ServerCannotWrite(Fault):
    kind = Kind("no space for the server", needs=parts(Part.SERVER), breaks=parts(Part.FILES))

    def strike(self, world: World) -> None:
        self.process = world.server
        no_space(self.process)
        before = set(world.cards())
        body = {"name": "too-much", "options": {**OPTIONS, "walltime": "00:10:00"}}
        accepted = world.attempt("POST", "clusters", body)
        added = set(world.cards()) - before
        wrong = f"{accepted or added}" if accepted or added else None
        world.judge.verdict(REFUSED_WHOLE, "too-much", wrong)

    def heal(self, world: World) -> None:
        space_again(self.process)


class ConnectionFileHalfWritten(Fault):
    """As a file server that went away in between leaves it. A new server has to read it."""

    kind = Kind(
        "connection file half-written",
        needs=parts(Part.SERVER, Part.CONTROLLER, Part.FILES),
        breaks=parts(Part.FILES),
    )

    def strike(self, world: World) -> None:
        self.cluster = world.large
        file = world.directory(self.cluster).connection_file
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        world.kill_server()
        world.start_server()

    def heal(self, world: World) -> None:
        """Its controller writes it again, if there still is one."""
        directory, controller = world.directory(self.cluster), self.cluster.controller
        wait_for(
            "the connection file is mended",
            lambda: directory.connection() is not None or not lives(controller),
        )


LASTING: tuple[type[Fault], ...] = (WalltimeRunsOut,)
"""They stand from the first wave to the last."""
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


def update(world: World, *words: str) -> None:
    world.slurm.run("scontrol", "update", *words)


def resume(world: World, node: str) -> None:
    # Refused where slurmctld, killed since, has forgotten that the node was taken away.
    world.slurm.run("scontrol", "update", f"NodeName={node}", "State=RESUME", check=False)
    wait_for("the node", lambda: is_usable(world, node))


def is_usable(world: World, node: str) -> bool:
    state = world.slurm.run("sinfo", "-h", "-n", node, "-p", "debug", "-o", "%T").strip()
    return state in ("idle", "mixed", "allocated")


def no_space(process: psutil.Process) -> None:
    """Let the kernel refuse every write of a process to a file: an ordinary user's full disk."""
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))


def space_again(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))

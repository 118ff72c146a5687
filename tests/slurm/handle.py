"""A lab from the outside: its configuration, its jobs, and faults of its daemons."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .accounting import COMMANDS as _ACCOUNTING_COMMANDS

_LAB = Path(__file__).with_name("lab.py")
_COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch")
_LIVE = "PENDING,RUNNING,SUSPENDED,COMPLETING,CONFIGURING,REQUEUED,REQUEUE_HOLD,STOPPED"


def is_installed(*, accounting: bool = False) -> bool:
    """Return whether this machine has what a lab needs, with accounting or without."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    commands = (*_COMMANDS, *(_ACCOUNTING_COMMANDS if accounting else ()))
    return all(shutil.which(command, path=path) for command in commands)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a lab is like: the options of ``lab.py``, which say what each is."""

    nodes: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    node: Mapping[str, str] = field(default_factory=dict)
    debug: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[str] = ()
    job_submit: str = ""
    accounting: bool = False
    accounts: bool = False
    gpus: int = 0

    def argv(self) -> list[str]:
        argv = [f"--nodes={self.nodes}", f"--gpus={self.gpus}", f"--job-submit={self.job_submit}"]
        for option in ("settings", "node", "debug"):
            name = "set" if option == "settings" else option
            argv += [f"--{name}={key}={value}" for key, value in getattr(self, option).items()]
        argv += [f"--line={line}" for line in self.lines]
        argv += [f"--{name}" for name in ("accounting", "accounts") if getattr(self, name)]
        return argv


class Slurm:
    """A running lab. It ends with `end`, and with this process, however that ends."""

    def __init__(self, shape: Shape) -> None:
        self._lab = subprocess.Popen(
            [sys.executable, str(_LAB), *shape.argv()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C ends the tests first, and the lab through its pipe
        )
        try:
            ready = self._read_line()
        except RuntimeError:
            self.end()
            raise
        self.conf: str = json.loads(ready)["SLURM_CONF"]
        self.environ = {**os.environ, "SLURM_CONF": self.conf}

    @property
    def pid(self) -> int:
        """The supervisor's; every process of the lab is below it."""
        return self._lab.pid

    def end(self) -> None:
        """Kill everything and wait until it is gone."""
        assert self._lab.stdin is not None
        assert self._lab.stdout is not None
        self._lab.stdin.close()
        self._lab.wait(timeout=30)
        self._lab.stdout.close()

    def run(self, *argv: str, check: bool = True) -> str:
        """Run a command in the lab's environment; return its standard output."""
        done = subprocess.run(
            argv, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: {done.returncode}: {done.stderr}")
        return done.stdout

    def live_jobs(self) -> list[str]:
        """The ids of all jobs, of all users, that have not ended."""
        return self.run("squeue", "-h", "-r", "-t", _LIVE, "-o", "%i").split()

    def job_names(self, matches: Callable[[str], bool] = lambda name: True) -> list[str]:
        """The names that match, of all jobs that have not ended."""
        names = self.run("squeue", "-h", "-r", "-t", _LIVE, "-o", "%j").splitlines()
        return [name for name in names if matches(name)]

    def cancel_all(self) -> None:
        """Cancel all jobs and wait until none is left."""
        jobs = {job.partition("_")[0] for job in self.live_jobs()}
        if jobs:
            self.run("scancel", *jobs, check=False)
            wait_for(lambda: not self.live_jobs())

    def accounting_settings(self) -> dict[str, str]:
        """The lines of slurm.conf with which another Slurm uses the same slurmdbd: that trusts one munge."""
        lines = Path(self.conf).read_text().splitlines()
        pairs = (line.split("=", 1) for line in lines)
        return {
            key: value for key, value in pairs if key.startswith(("AccountingStorage", "AuthInfo"))
        }

    # -- faults

    def stop_accounting(self) -> None:
        """Kill slurmdbd: slurmctld keeps what it would send there, and sacct fails."""
        self._command("signal slurmdbd KILL")

    def start_accounting(self) -> None:
        self._command("start slurmdbd")

    def stop_slurmctld(self) -> None:
        """Let slurmctld hang: it takes connections and does not answer."""
        self._command("signal slurmctld STOP")

    def continue_slurmctld(self) -> None:
        self._command("signal slurmctld CONT")

    def kill_slurmctld(self) -> None:
        """Kill slurmctld, which loses what it had not written to disk."""
        self._command("signal slurmctld KILL")

    def start_slurmctld(self) -> None:
        """Start slurmctld again and wait until it answers."""
        self._command("start slurmctld")
        wait_for(
            lambda: (
                subprocess.run(["squeue"], env=self.environ, capture_output=True).returncode == 0
            )
        )

    def kill_node(self, node: str) -> None:
        """Kill the node's slurmd; its jobs run on until slurmctld has noticed."""
        self._command(f"signal {node} KILL")

    def start_node(self, node: str) -> None:
        self._command(f"start {node}")

    def take_node_down(self, node: str) -> None:
        """Set the node down, as an administrator would: its jobs are requeued, or NODE_FAIL."""
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def resume_node(self, node: str) -> None:
        self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def restore_slurmctld(self) -> None:
        """Undo what the methods above did to slurmctld."""
        with contextlib.suppress(AssertionError):
            self.start_slurmctld()  # refused when it runs
        self.continue_slurmctld()

    def _command(self, command: str) -> None:
        assert self._lab.stdin is not None
        self._lab.stdin.write(command + "\n")
        self._lab.stdin.flush()
        answer = self._read_line().strip()
        assert answer == "ok", f"{command}: {answer}"

    def _read_line(self) -> str:
        assert self._lab.stdout is not None
        line = self._lab.stdout.readline()
        if not line:
            raise RuntimeError(f"the lab ended with {self._lab.wait()}; see its standard error")
        return line


@contextlib.contextmanager
def running_slurm(shape: Shape) -> Iterator[Slurm]:
    """Yield a lab, and end it after the block."""
    slurm = Slurm(shape)
    try:
        yield slurm
    finally:
        slurm.end()


def wait_for(condition: Callable[[], object], limit: float = 60) -> None:
    """Poll until the condition holds; AssertionError after ``limit`` seconds."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit:g} s"
        time.sleep(0.05)

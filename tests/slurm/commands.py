"""Record which of Slurm's commands are run."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import psutil

from ..support.processes import command_line, kill_all, mentioning
from .handle import Slurm

COMMANDS = ("sbatch", "squeue", "sacct", "scancel", "scontrol", "sinfo", "sacctmgr")


class RecordedCommands:
    """Records every command that is run, by wrappers in a directory at the head of PATH."""

    def __init__(self, directory: Path, slurm: Slurm) -> None:
        self._notes, self._silent = directory / "commands", directory / "silent"
        bin_ = directory / "bin"
        bin_.mkdir()
        for name in COMMANDS:
            wrapper = bin_ / name
            lines = [
                f"echo {name} \"$@\" >> '{self._notes}'",
                f"[ ! -e '{self._silent}' ] || exec sleep 600",
                f'PATH="${{PATH#*:}}" exec {name} "$@"',
            ]
            wrapper.write_text("\n".join(["#!/bin/sh", *lines, ""]))
            wrapper.chmod(0o755)
        self.environ = {**slurm.environ, "PATH": f"{bin_}:{os.environ['PATH']}"}

    def silence(self) -> None:
        """Let no command return from now on: a slurmctld that hangs, for those who wait for ever."""
        self._silent.touch()

    def seen(self) -> list[str]:
        """Return the names of the commands since the last call, in order."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        self._notes.write_text("")
        return [line.partition(" ")[0] for line in lines]


class HangingCommands:
    """A site's own scripts around Slurm's commands, which hang when they are told to: shells that wait
    for what they have started."""

    def __init__(self, directory: Path) -> None:
        self._sleep, self._hang = directory / "sleep", directory / "hang"
        bin_ = directory / "bin"
        bin_.mkdir(parents=True)
        self._sleep.symlink_to(shutil.which("sleep") or "sleep")  # a name that is this site's
        for name in COMMANDS:
            lines = [
                f"[ ! -e '{self._hang}' ] || '{self._sleep}' 3600",
                f'PATH="${{PATH#*:}}" exec {name} "$@"',
            ]
            (bin_ / name).write_text("\n".join(["#!/bin/sh", *lines, ""]))
            (bin_ / name).chmod(0o755)
        self.environ = {"PATH": f"{bin_}:{os.environ['PATH']}"}

    def hang(self) -> None:
        self._hang.touch()

    def go_on(self) -> None:
        """Let those that come from now on pass."""
        self._hang.unlink()

    def end_abandoned(self) -> None:
        """End those whose caller was killed: nobody is left who would after their time."""
        for process in self.hanging():
            with contextlib.suppress(psutil.NoSuchProcess):
                wrapper = process.parent()
                caller = None if wrapper is None else wrapper.parent()
                if caller is None or "jupyter" not in " ".join(command_line(caller)):
                    kill_all([process, *([] if wrapper is None else [wrapper])])

    def hanging(self) -> list[psutil.Process]:
        """Return the processes that the scripts wait for."""
        return mentioning(str(self._sleep))

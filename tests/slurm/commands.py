"""Record which of Slurm's commands are run."""

from __future__ import annotations

import os
from pathlib import Path

from .handle import Slurm


class RecordedCommands:
    """Records every command that is run, by wrappers in a directory at the head of PATH."""

    def __init__(self, directory: Path, slurm: Slurm) -> None:
        self._notes, self._silent = directory / "commands", directory / "silent"
        bin_ = directory / "bin"
        bin_.mkdir()
        for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol", "sinfo", "sacctmgr"):
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

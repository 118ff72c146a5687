"""What a site is like, and what its users are to see there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..slurm.handle import Shape


@dataclass(frozen=True, kw_only=True)
class Site:
    """A Slurm of some shape. Without expectations of its own it works as any other does."""

    name: str
    slurm: Shape = field(default_factory=lambda: Shape(nodes=1))
    one_of_two: bool = False
    """Whether it is the other of two Slurm clusters with one slurmdbd, instead of that shape."""
    setup: Sequence[Sequence[str]] = ()
    """What its operator did: commands that are run before anything else."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """Shell, by the command of Slurm's that it stands in for: for what Debian's Slurm cannot be made to
    show. ``"$real" "$@"`` is the real one."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What the user has exported."""
    dask_config: str = ""
    """The YAML that the site has for dask."""
    traits: Mapping[str, Any] = field(default_factory=dict)
    """What its administrator set of the extension's."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """What the form says of that: some of its bounds."""
    refused: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is refused there, at creation and as a change: a body by the field at fault."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the cluster."""
    own_logs: bool = False
    """Whether their logs go to a directory of the user's."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """What the form says is wrong: words by field. Nothing is submitted there."""
    warnings: Mapping[str, str] = field(default_factory=dict)
    """What the form warns of, likewise: all of it."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """What the form does not know of Slurm: words by part, or by the code of the problem."""
    script_lacks: str = ""
    """A directive that is left out of the script."""
    connected: int = 2
    """Of the two jobs that are wanted."""
    cpus: int = 1
    """What Slurm gives to one of the jobs, of which each asks for one."""
    job_limit: str | None = None
    """What the form says of the number of jobs, once accounting has answered; the card says it, too."""
    card: Mapping[str, str] = field(default_factory=dict)
    """What the card says while two jobs are wanted: words by the problem's code."""
    controller_killed: bool = False
    """Whether its controller is killed, instead of being told to stop."""
    most_submissions: int = 2
    """How often `sbatch` is run, if nothing goes wrong."""

    def install(self, directory: Path) -> Path:
        """Write the commands that stand in for Slurm's, and the YAML; return the directory, for ``PATH``
        and ``DASK_CONFIG``."""
        directory.mkdir()
        (directory / "jobqueue.yaml").write_text(self.dask_config)
        for name, shell in self.commands.items():
            path = directory / name
            # Slurm's own are found behind this directory, wherever it stands in PATH.
            lines = [f"PATH={os.environ['PATH']}", f"real=$(command -v {name})", shell]
            path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
            path.chmod(0o755)
        return directory

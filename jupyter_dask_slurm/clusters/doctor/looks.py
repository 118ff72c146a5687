"""Single looks, each with a limit on its time."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...batch.command import run
from ...batch.errors import BatchError
from ...batch.site import Site
from ...config_files import state_of_files
from ...errors import RendererFailed
from ...file_threads import FileSystemSilent, in_file_thread
from ...interfaces import Interface, address_of, interfaces, usual_address
from ...job_script.client import Renderer
from ...model.options import ClusterOptions
from ...model.settings import Settings
from ..batch_systems import BatchSystems, environ_of
from ..find import read_all
from ..launcher import ends_with_this
from .check import Check
from .host import DirectoryFacts, EndingFacts, try_directory
from .node import ways_here
from .slurm import CommandFacts

VERSION_LIMIT, LOGIN_LIMIT = 10.0, 3.0
"""Seconds for a command that only says its version, and for what systemd says."""
_COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "scontrol")
_PACKAGES = ("dask", "distributed", "dask-jobqueue", "jupyter-server")
_SESSION = re.compile(r"/session-[^/]+\.scope")
_KILLS = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


def versions() -> Check:
    """Return which versions this process has."""
    found = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return Check("versions", "ok", ", ".join(found))


async def directory(path: Path) -> DirectoryFacts:
    """Try the directory of the clusters."""
    try:
        return await in_file_thread(path, try_directory, path)
    except FileSystemSilent as error:
        return DirectoryFacts(path, error)


def no_slurm(settings: Settings) -> Check:
    """Return why there is nothing to be said of Slurm."""
    message = "jobs run on this machine"
    if settings.batch_system == "local":
        return Check("slurm_commands", "skipped", f"{message}: so it is set (batch_system)")
    message += ": there is no sbatch on PATH"
    advice = (
        "If this host belongs to a Slurm cluster, start Jupyter where sbatch is on PATH (module load "
        "slurm)."
    )
    return Check("slurm_commands", "skipped", message, advice=advice)


async def commands(batch_systems: BatchSystems) -> tuple[CommandFacts, Site | None]:
    """Run Slurm's commands, and return what Slurm offers."""
    missing: dict[str, str] = {}
    said = ""
    for command in _COMMANDS:
        try:
            argv = [command, "--version"]
            said, _ = await run(argv, environ=environ_of("slurm"), limit=VERSION_LIMIT)
        except BatchError as error:
            missing[command] = str(error)
    if missing:
        return CommandFacts(missing), None
    batch = await batch_systems.started("slurm")
    seconds: dict[str, float] = {}
    errors: dict[str, BatchError] = {}
    questions = {"squeue": lambda: batch.jobs(max_age=0), "sinfo": batch.node_addresses}
    for command, ask in questions.items():
        begun = time.monotonic()
        try:
            await ask()
            seconds[command] = time.monotonic() - begun
        except BatchError as error:
            errors[command] = error
    site = None
    with contextlib.suppress(BatchError):
        site = await batch.site()
    return CommandFacts({}, said.strip(), seconds, errors), site


async def configuration(renderer: Renderer) -> tuple[ClusterOptions, Check]:
    """Return what dask's configuration gives, and whether it could be read."""
    try:
        files = [path for path, *_ in await in_file_thread(Path.home(), state_of_files)]
    except FileSystemSilent:
        files = []
    try:
        defaults = await renderer.defaults()
    except RendererFailed as error:
        words, advice = str(error), "Fix the file that is named."
        failed = Check("configuration", "failed", "it cannot be read", words, advice)
        return ClusterOptions(), failed
    if not files:
        message = "there is none: what every cluster needs is entered in the form"
        return defaults, Check("configuration", "ok", message)
    return defaults, Check("configuration", "ok", "it was read", "\n".join(files))


async def endings(state_dir: Path, cpu_seconds: int | None) -> EndingFacts:
    """Return what may end a controller here, and has."""
    try:
        there = await in_file_thread(state_dir, read_all, state_dir)
    except OSError:
        there = []
    return EndingFacts(
        ends_with=ends_with_this(job_helps=False),
        cpu_seconds=cpu_seconds,
        killed_at_logout=await _killed_at_logout(),
        died=tuple(
            o.record.name
            for o in there
            if o.ended is not None and o.ended.code == "controller_died"
        ),
    )


def ways(options: ClusterOptions, host: str | None) -> tuple[str | None, tuple[Interface, ...]]:
    """Return the address at which a scheduler of such a cluster serves, and all that a node is to try;
    ``host`` is what the configuration says of it."""
    interface = options.scheduler_interface
    chosen = None
    if interface is not None and (address := address_of(interface)) is not None:
        chosen = Interface(interface, address)
    usual = chosen.address if chosen is not None else host or usual_address()
    return usual, ways_here(interfaces(), chosen, usual)


async def _killed_at_logout() -> bool:
    """Whether systemd ends what this login session leaves behind; False where it does not say."""
    groups = Path("/proc/self/cgroup")
    try:
        if not _SESSION.search(await in_file_thread(Path("/proc"), groups.read_text)):
            return False
        words = ["busctl", "--system", "get-property", *_KILLS, "KillUserProcesses"]
        said, _ = await run(words, environ=os.environ, limit=LOGIN_LIMIT)
    except (BatchError, OSError):
        return False
    return said.split() == ["b", "true"]

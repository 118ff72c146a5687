"""Whether a cluster can run in a Python, from what that says of itself. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from .findings import Findings

OLDEST_PYTHON = (3, 8)
OLDEST_DISTRIBUTED = (2022, 10)
"""Older ones lack what our scheduler asks for. This one was tried, and needs that Python."""
USUAL_DISTRIBUTED = (2023, 5)
"""Those in between work, as far as is known."""


@dataclass(frozen=True)
class PythonFacts:
    """What became of asking. Without a ``version`` it did not answer: ``error`` says why, in other programs'
    words, unless it is not ``there``."""

    there: bool = True
    version: str | None = None
    distributed: str | None = None
    bokeh: str | None = None
    executable: str = ""
    prefix: str = ""
    is_conda: bool = False
    error: str | None = None
    """Also why distributed cannot be imported; None without one where there is none."""


def check_python(
    facts: PythonFacts, python: str, *, is_command: bool, is_here: bool, has_prologue: bool
) -> Findings:
    """Check that scheduler and workers can run in that Python.

    What is missing here is a problem where the scheduler is to run here, and nothing is run before it that
    might bring it along. Elsewhere, as in a command's container, it is a doubt: it may be there.
    """
    if not facts.there:
        if is_command:
            return Findings()  # what is said of its program is all there is to say
        say = Findings.problem if is_here else Findings.doubt
        return say("python", f"there is no {python} here")
    if facts.version is None:
        return Findings.doubt("python", f"it cannot be run here: {facts.error}")
    if _numbers(facts.version) < OLDEST_PYTHON:
        words = (
            f"Python {facts.version} is too old: {release_text(OLDEST_PYTHON)} or later is needed"
        )
        return Findings.doubt("python", words)
    repair = "" if is_command else f": {install(facts)}"
    if facts.distributed is None and facts.error is None:
        is_sure = is_here and not is_command and not has_prologue
        say = Findings.problem if is_sure else Findings.doubt
        return say("python", f"it has no dask{repair}")
    if facts.distributed is None:
        return Findings.doubt("python", f"distributed cannot be imported: {facts.error}")
    release = _numbers(facts.distributed)
    if release < OLDEST_DISTRIBUTED:
        words = f"distributed {facts.distributed} is too old, {release_text(OLDEST_DISTRIBUTED)} or later is"
        return Findings.doubt("python", f"{words} needed{repair}")
    if release < USUAL_DISTRIBUTED:
        words = (
            f"distributed {facts.distributed} is old, {release_text(USUAL_DISTRIBUTED)} or later is"
        )
        return Findings.warning("python", f"{words} what is tested{repair}")
    return Findings()


def has_prologue(script: str, python: str, variables: int = 0) -> bool:
    """Return whether a job script runs anything before the workers, but for setting so many variables.
    ``python`` is quoted as in the script."""
    commands = [line for line in script.splitlines() if line.strip() and not line.startswith("#")]
    return bool(commands) and not commands[variables].startswith(python)


def install(facts: PythonFacts, package: str = "distributed") -> str:
    """Return the command that installs a package there, or a newer one."""
    if facts.is_conda:
        channel = ["--channel", "conda-forge"]
        words = ["conda", "install", "--prefix", facts.prefix, *channel, package]
    else:
        words = [facts.executable, "-m", "pip", "install", "--upgrade", package]
    return shlex.join(words)


def is_older(version: str, than: tuple[int, ...]) -> bool:
    """Return whether a version is older than a release."""
    return _numbers(version) < than


def _numbers(version: str) -> tuple[int, ...]:
    """``(2026, 1)`` of "2026.1.0rc1"; larger than all where there are none, as of a build of one's own."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (10**6,) if found is None else (int(found[1]), int(found[2]))


def release_text(version: tuple[int, ...]) -> str:
    """Return a release for a message, such as ``2022.10``."""
    return ".".join(map(str, version))

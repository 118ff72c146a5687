"""What the Pythons say of themselves that clusters are to run in."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from ..batch.command import run
from ..batch.errors import BatchError, CommandTimeout
from ..batch.job_environment import clean_environment
from ..file_threads import FileSystemSilent, in_file_thread
from ..model.command import python_words, scheduler_words
from ..model.options import ClusterOptions
from ..model.template import Template
from ..site_rules.findings import Findings
from ..site_rules.python import PythonFacts, check_python, has_prologue

A = TypeVar("A")
T = TypeVar("T")
PATIENCE = 2.0
"""Seconds that a form waits. It asks again where that was too short."""
LIMIT = 30.0
"""Seconds for an answer. Importing dask from a busy shared file system takes long."""
_KEPT, _DOUBTED = 3600.0, 30.0
"""Seconds for which an answer counts, as long as the environment is not touched: one of a file, or one that
nothing on this host would show to be over."""
_RUNNERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("apptainer", "singularity"), ("exec",)),
    **dict.fromkeys(("conda", "mamba", "micromamba"), ("run",)),
    **dict.fromkeys(("shifter", "sarus", "ch-run", "env"), ()),
}
"""Programs that run another, and how their arguments begin then."""
_MARK = "jupyter_dask_slurm:"
_CODE = f"""
import json, os, sys
sys.path[:] = [path for path in sys.path if path]
said = {{"executable": sys.executable or "", "prefix": sys.prefix, "paths": sys.path}}
said["version"] = ".".join(map(str, sys.version_info[:3]))
said["is_conda"] = os.path.isdir(os.path.join(sys.prefix, "conda-meta"))
try:
    import distributed
    said["distributed"] = distributed.__version__
except ImportError as error:
    if getattr(error, "name", "") != "distributed":
        said["error"] = str(error)
except Exception as error:
    said["error"] = "%s: %s" % (type(error).__name__, error)
try:
    from importlib.metadata import version
    said["bokeh"] = version("bokeh")
except Exception:
    pass
print("\\n{_MARK}" + json.dumps(said))
"""
"""Not in the working directory, whose modules are not the environment's. Any Python can read it."""
_Key = tuple[str, tuple[tuple[str, str], ...]]
"""A Python, and the variables that it is run with."""
_State = tuple["tuple[str, int | None]", ...]


@dataclass(frozen=True)
class _Answer:
    facts: PythonFacts
    state: _State
    until: float


class Pythons:
    """Asks each Python once, in a process of its own, until its environment changes. `stop` ends them.

    Only those are asked that somebody chose for a cluster, and that are sure to be a Python: a path that
    is being typed, or a program that does anything else with its arguments, is not run.
    """

    def __init__(
        self,
        clean: Callable[[Mapping[str, str]], dict[str, str]] = clean_environment,
        *,
        limit: float = LIMIT,
    ) -> None:
        """``clean`` returns what of this process's environment a scheduler gets."""
        self._clean = clean
        self._limit = limit
        self._answers: dict[_Key, _Answer] = {}
        self._asking: dict[_Key, asyncio.Task[PythonFacts | None]] = {}

    async def check(
        self,
        options: ClusterOptions,
        template: Template,
        findings: Findings,
        *,
        patience: float | None = None,
    ) -> Findings | None:
        """Return what is wrong with the Python of resolved options, from which the template was
        rendered; None where it has not answered within ``patience``, a number of seconds. One that is
        refused anyway, by what the ``findings`` say, is not asked."""
        python = options.python
        if python is None or any(problem.field == "python" for problem in findings.problems):
            return Findings()
        words = python_words(python)
        if words == [sys.executable]:
            return Findings()  # it has what this package needs
        if "/" not in words[0] and options.job_script_prologue:
            return Findings()  # which one that is its prologue may say
        key = _key(python, options)
        variables = key[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            return None
        facts = task.result()
        return (
            Findings()
            if facts is None
            else check_python(
                facts,
                python,
                is_command=len(words) > 1 or "/" not in python,
                is_here=options.placement != "job",
                has_prologue=has_prologue(template.preview(), shlex.join(words), len(variables)),
            )
        )

    def told(self, options: ClusterOptions) -> PythonFacts | None:
        """Return what the Python of resolved options has told when it was checked; None where it was not
        asked."""
        python = options.python or sys.executable
        if python_words(python) == [sys.executable]:
            return _own()
        answer = self._answers.get(_key(python, options))
        return None if answer is None else answer.facts

    async def stop(self) -> None:
        """Ask no further, and leave no process behind."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, key: _Key) -> PythonFacts | None:
        """None of what may be no Python."""
        try:
            return await self._asked(key)
        except FileSystemSilent:
            return PythonFacts(error="its file system does not answer")

    async def _asked(self, key: _Key) -> PythonFacts | None:
        """Raises FileSystemSilent."""
        python, variables = key
        known = self._answers.get(key)
        if (
            known is not None
            and time.monotonic() < known.until
            and await _in_thread(_state, [path for path, _ in known.state]) == known.state
        ):
            return known.facts
        words = scheduler_words(python)
        program = await _in_thread(shutil.which, words[0])
        if program is None:
            return PythonFacts(there=False)
        if not _is_python(words):
            return None
        facts, paths = await self._run([program, *words[1:]], dict(variables))
        state = await _in_thread(_state, [program, *paths])
        lasts = _KEPT if len(words) == 1 and paths else _DOUBTED
        self._answers[key] = _Answer(facts, state, time.monotonic() + lasts)
        return facts

    async def _run(
        self, words: list[str], variables: Mapping[str, str]
    ) -> tuple[PythonFacts, list[str]]:
        """What it says, and where it looks for modules."""
        try:
            environ = {**self._clean(os.environ), **variables}
            out, _ = await run([*words, "-c", _CODE], environ=environ, limit=self._limit)
            said: dict[str, Any] = json.loads(out.rpartition(_MARK)[2])
        except CommandTimeout:
            return PythonFacts(error=f"no answer within {self._limit:g} s"), []
        except BatchError as error:
            return PythonFacts(error=str(error).splitlines()[-1]), []
        except ValueError:
            return PythonFacts(error="it is no Python"), []
        paths = said.pop("paths")
        return PythonFacts(**said), paths


def _key(python: str, options: ClusterOptions) -> _Key:
    return python, tuple((options.environment or {}).items())


def _own() -> PythonFacts:
    """What this Python is, without importing dask."""
    return PythonFacts(
        version=platform.python_version(),
        distributed=_version("distributed"),
        bokeh=_version("bokeh"),
        executable=sys.executable,
        prefix=sys.prefix,
        is_conda=os.path.isdir(os.path.join(sys.prefix, "conda-meta")),
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


async def _in_thread(look: Callable[[A], T], what: A) -> T:
    return await in_file_thread(Path.home(), look, what)


def _is_python(words: list[str]) -> bool:
    """Whether these words are sure to run a Python, and nothing else."""
    begins = _RUNNERS.get(os.path.basename(words[0]), () if len(words) == 1 else None)
    is_runner = begins is not None and tuple(words[1 : len(begins) + 1]) == begins
    return is_runner and os.path.basename(words[-1]).startswith(("python", "pypy"))


def _state(paths: list[str]) -> _State:
    """When these were changed last, as far as they are there. Blocks."""
    found: list[tuple[str, int | None]] = []
    for path in paths:
        try:
            found.append((path, os.stat(path).st_mtime_ns))
        except OSError:
            found.append((path, None))
    return tuple(found)

"""One run of the suites: where it works, what it starts, what came of it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import xml.etree.ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .leftovers import MARK

Word = str | Path
LAST_WORDS = 60  # lines of a failed step's output that are shown
SAID = 15  # lines of a failed test that are shown at the end


@dataclass(frozen=True)
class Result:
    """What came of one step: a lint, or a whole suite."""

    name: str
    passed: int
    failed: int
    seconds: float
    failures: Sequence[str] = ()
    """The name of each failed test, and the end of what it said."""


class StepFailed(Exception):
    """A step that others build on failed."""


class Run:
    """One run: its directories, its environment and its results."""

    def __init__(self, work: Path, *, ci: bool) -> None:
        self.work = work
        self.ci = ci
        self.tree = work / "tree"
        self.suite = work / "suite"
        self.results = work / "results"
        self.venv = work / "venv"
        self.outcome: list[Result] = []
        self._print = threading.Lock()
        for path in (self.results / "logs", work / "tmp", work / "home"):
            path.mkdir(parents=True)

    def setup_environment(self) -> dict[str, str]:
        """For installing: the user's own pip and npm settings and caches count."""
        path = f"{self.venv / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "TMPDIR": str(self.work / "tmp")}

    def suite_environment(self) -> dict[str, str]:
        """For the suites: an empty home directory, and nothing of a Jupyter or Slurm around us."""
        alien = ("JUPYTER", "JPY_", "SLURM_", "SBATCH_", "DASK_", "PYTHON", "PYTEST_")
        own = {k: v for k, v in self.setup_environment().items() if not k.startswith(alien)}
        home = {"HOME": str(self.work / "home"), MARK: str(self.work)}
        return {**own, **home, "JDS_TEST_RESULTS": str(self.results)}

    def step(
        self,
        name: str,
        argv: Sequence[Word],
        *,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
        junit: Path | None = None,
        limit: float = 600,
        shown: bool = False,
    ) -> bool:
        """Run one command to its end and note what came of it. True when all of it passed.

        With ``junit`` the report is counted; without, the command itself is one test. What it
        says is in the log, and with ``shown`` on the screen as well.
        """
        log = self.results / "logs" / f"{name.replace(' ', '-')}.log"
        started = time.monotonic()
        code = self._run(
            argv, log, cwd or self.tree, {**self.suite_environment(), **(extra or {})}, limit
        )
        passed, failures = (int(code == 0), []) if junit is None else count(junit, strict=self.ci)
        failed = len(failures)
        if failed == 0 and (code != 0 or passed == 0):
            failed = 1  # it crashed, or ran no test
        result = Result(name, passed, failed, time.monotonic() - started, failures)
        self.note(result, log, code, shown=shown)
        return not failed

    def _run(
        self, argv: Sequence[Word], log: Path, cwd: Path, environment: dict[str, str], limit: float
    ) -> int | str:
        """The exit code, or why there is none."""
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    [str(word) for word in argv],
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                return str(error)
            try:
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return f"none within {limit:.0f} s"

    def need(
        self,
        name: str,
        argv: Sequence[Word],
        *,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        """A step of the set-up: counted only when it fails, and nothing goes on then."""
        started = time.monotonic()
        log = self.results / "logs" / f"{name.replace(' ', '-')}.log"
        code = self._run(
            argv, log, cwd or self.tree, {**self.setup_environment(), **(extra or {})}, 900
        )
        if code != 0:
            self.note(Result(name, 0, 1, time.monotonic() - started), log, code)
            raise StepFailed(name)
        self.say(f"{'ready':7}{name:28}{time.monotonic() - started:31.0f} s")

    def note(self, result: Result, log: Path, code: int | str, *, shown: bool = False) -> None:
        self.outcome.append(result)
        word = "FAILED" if result.failed else "ok"
        counts = f"{result.passed:5} passed{result.failed:4} failed{result.seconds:6.0f} s"
        lines = [f"{word:7}{result.name:28}{counts}"]
        if result.failed or shown:
            ends = log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
            lines += [f"    {line}" for line in ends]
        if result.failed:
            lines.append(f"    exit code: {code}")
        self.say("\n".join(lines))

    def say(self, text: str) -> None:
        with self._print:
            print(text, flush=True)

    def say_failures(self) -> None:
        """Once more, at the end: what is printed between may be longer than anybody reads."""
        for result in self.outcome:
            for failure in result.failures or ([result.name] if result.failed else []):
                self.say(f"failed in {result.name}: {failure}")


def count(junit: Path, *, strict: bool) -> tuple[int, list[str]]:
    """Return how many tests of a report passed, and a text for each that did not.

    With ``strict`` a skipped test is a failed one; without, it is neither.
    """
    try:
        cases = list(xml.etree.ElementTree.parse(junit).iter("testcase"))
    except (FileNotFoundError, xml.etree.ElementTree.ParseError):
        return 0, []
    passed, failures = 0, []
    for case in cases:
        found = {child.tag: child for child in case if child.tag in ("failure", "error", "skipped")}
        bad = [element for tag, element in found.items() if strict or tag != "skipped"]
        if bad:
            failures.append(f"{case.get('classname')} {case.get('name')}\n{last_words(bad[0])}")
        elif not found:
            passed += 1
    return passed, failures


def last_words(element: xml.etree.ElementTree.Element) -> str:
    """Return the lines of a failure that pytest marks with an E, or else its message."""
    lines = (element.text or "").splitlines()
    marked = [line for line in lines if line.startswith("E ")]
    message = (element.get("message") or element.text or "").splitlines()
    return "\n".join(f"    {line[:200]}" for line in (marked or message)[:SAID])

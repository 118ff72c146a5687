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


@dataclass(frozen=True)
class Result:
    """What came of one step: a lint, or a whole suite."""

    name: str
    passed: int
    failed: int
    seconds: float


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
        passed, failed = (int(code == 0), int(code != 0)) if junit is None else self._count(junit)
        if passed + failed == 0 or (code != 0 and failed == 0):
            failed += 1  # it crashed, or ran no test
        result = Result(name, passed, failed, time.monotonic() - started)
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

    def _count(self, junit: Path) -> tuple[int, int]:
        try:
            cases = list(xml.etree.ElementTree.parse(junit).iter("testcase"))
        except (FileNotFoundError, xml.etree.ElementTree.ParseError):
            return 0, 0
        bad = {"failure", "error"} | ({"skipped"} if self.ci else set())
        failed = sum(any(child.tag in bad for child in case) for case in cases)
        skipped = sum(any(child.tag == "skipped" for child in case) for case in cases)
        return len(cases) - failed - (0 if self.ci else skipped), failed

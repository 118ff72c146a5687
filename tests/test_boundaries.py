"""Boundaries that import-linter cannot see: single names, the standard library, TypeScript."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_dask_slurm

PACKAGE = Path(jupyter_dask_slurm.__file__).parent
PANEL = Path(__file__).parents[1] / "labextension" / "src"
HTTP_ROOMS = {
    *(f"server/dashboard_{name}.py" for name in ("links", "proxy")),
    *(f"server/{name}.py" for name in ("app", "errors", "handlers", "rest")),
    "controller/api.py",
}

batch_modules = sorted((PACKAGE / "batch").rglob("*.py"))
other_modules = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).as_posix() not in HTTP_ROOMS and "in_dask" not in path.parts
)
waiting_modules = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "in_dask" not in path.parts  # whose threads are dask's
)
components = sorted(PANEL.rglob("*.tsx"))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of every absolute import, at whatever depth; name is "" for ``import x``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("path", batch_modules, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_batch_systems_need_only_the_standard_library(path: Path) -> None:
    foreign = {module for module, _ in imports(path)}
    assert {name for name in foreign if name.split(".")[0] not in sys.stdlib_module_names} == set()


@pytest.mark.parametrize("path", waiting_modules, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_nothing_waits_in_the_threads_of_the_event_loop(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text()))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert names.isdisjoint({"to_thread", "run_in_executor"}), "see file_threads"


@pytest.mark.parametrize("path", other_modules, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_nothing_below_the_handlers_knows_http_errors(path: Path) -> None:
    assert [module for module, _ in imports(path) if module == "tornado.web"] == []


def typescript_imports(path: Path) -> list[tuple[bool, str]]:
    """(whether only types are imported, module) of every import of a file of the panel."""
    pattern = re.compile(r"^import\s+(type\s)?(?:[^;]*?\sfrom\s)?'([^']+)'", re.MULTILINE)
    return [(bool(m[1]), m[2]) for m in pattern.finditer(path.read_text())]


def test_the_components_of_every_folder_are_looked_at() -> None:
    folders = {path.parent.relative_to(PANEL).as_posix() for path in components}
    assert {"panel", "panel/card", "newcluster/fields", "views/jobs"} <= folders


@pytest.mark.parametrize("path", components, ids=lambda p: p.relative_to(PANEL).as_posix())
def test_a_component_of_the_panel_calls_no_rest(path: Path) -> None:
    assert [
        m for only_types, m in typescript_imports(path) if "restapi" in m and not only_types
    ] == []


def test_the_panel_s_rest_calls_know_no_widget() -> None:
    modules = {module for _, module in typescript_imports(PANEL / "api" / "restapi.ts")}
    assert modules, "the pattern finds no import"
    assert {m for m in modules if "widget" in m or "react" in m or "ui-components" in m} == set()

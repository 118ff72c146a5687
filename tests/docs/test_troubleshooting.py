"""Every message that a cluster or the panel can show has its entry in docs/troubleshooting.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import jupyter_dask_slurm
from jupyter_dask_slurm.cluster_files.ended import EndCode
from jupyter_dask_slurm.controller.problems import ADVICE

TREE = Path(__file__).parents[2]
PACKAGE = Path(jupyter_dask_slurm.__file__).parent
PANEL = TREE / "labextension/src/clusters/words/problems.ts"
SETTERS = ("set", "set_or_clear")
"""Methods of `Problems` whose first argument is a code."""


def codes() -> set[str]:
    """The codes of all problems that the product makes."""
    return {*ADVICE, *get_args(EndCode), *_made()}


def _made() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        named = _texts_by_name(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _takes_a_code(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
                elif isinstance(first, ast.Name):
                    yield from named.get(first.id, ())


def _takes_a_code(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute) and function.attr in SETTERS:
        return ast.unparse(function.value).endswith("problems")
    return isinstance(function, ast.Name) and function.id == "Problem"


def _texts_by_name(tree: ast.Module) -> dict[str, set[str]]:
    """What a module assigns to its names: a code may be a constant, or chosen before it is used."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    found.setdefault(target.id, set()).add(node.value.value)
    # ``code = INCOMPATIBLE``
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, set()).update(found.get(node.value.id, ()))
    return found


def entries() -> dict[str, str]:
    """The heading of each entry, by its code; each says its code again, as its first word."""
    text = (TREE / "docs/troubleshooting.md").read_text()
    found = re.findall(r"^\((\w+)\)=\n### (.+)\n\n`(\w+)`\.", text, re.MULTILINE)
    assert all(anchor == said for anchor, _, said in found)
    assert len(found) == len(re.findall(r"^\(\w+\)=", text, re.MULTILINE))
    return {code: heading for code, heading, _ in found}


def titles() -> dict[str, str]:
    """What the card calls each problem; of several words for one code the shortest."""
    body = PANEL.read_text().partition("export function problemTitle")[2]
    found: dict[str, str] = {}
    for cases, words in re.findall(r"((?:case '\w+':\s*)+)return (.*?);", body, re.DOTALL):
        title = min(re.findall(r"trans\.__\('([^']+)'", words), key=len)
        found |= dict.fromkeys(re.findall(r"'(\w+)'", cases), title)
    return found


def test_every_code_has_an_entry_and_no_entry_is_of_none() -> None:
    assert codes() > {
        "jobs_changed",
        "files_unreadable",
        "controller_incompatible",
        "registry_silent",
    }
    assert set(entries()) == codes()


def test_an_entry_is_called_what_the_card_calls_the_problem() -> None:
    by_code = entries()
    shown_by_the_site = {
        code for code in by_code if code.startswith(("batch_system_", "registry_"))
    }
    of_clusters = {
        code: heading for code, heading in by_code.items() if code not in shown_by_the_site
    }
    assert of_clusters == {code: title for code, title in titles().items() if code in of_clusters}

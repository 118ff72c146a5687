"""What a release is made from says the same everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import jupyter_dask_slurm
from jupyter_dask_slurm.cli.parser import make_parser

TREE = Path(__file__).parents[1]
PACKAGE = Path(jupyter_dask_slurm.__file__).parent
CONDA_NAMES = {"dask": "dask-core"}
VERSIONED = (
    "CITATION.cff",
    "conda/recipe.yaml",
    "labextension/package.json",
    "labextension/package-lock.json",
)


def versions(tree: Path) -> set[str]:
    """Every version of this package's that is written somewhere beside `jupyter_dask_slurm._version`."""
    citation = yaml.safe_load((tree / "CITATION.cff").read_text())
    recipe = yaml.safe_load((tree / "conda/recipe.yaml").read_text())
    package = json.loads((tree / "labextension/package.json").read_text())
    lock = json.loads((tree / "labextension/package-lock.json").read_text())
    return {
        str(citation["version"]),
        recipe["context"]["version"],
        package["version"],
        lock["version"],
        lock["packages"][""]["version"],
    }


def test_the_version_is_the_same_everywhere() -> None:
    assert versions(TREE) == {jupyter_dask_slurm.__version__}


def test_a_new_version_is_written_everywhere_and_nothing_else_is(tmp_path: Path) -> None:
    for name in VERSIONED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(TREE / name, tmp_path / name)
    shutil.copytree(TREE / ".ci", tmp_path / ".ci")
    own = tmp_path / "jupyter_dask_slurm/_version.py"
    own.parent.mkdir()
    shutil.copy(PACKAGE / "_version.py", own)
    before = {name: (tmp_path / name).read_text() for name in VERSIONED}
    subprocess.run([tmp_path / ".ci/version", "12.34.56"], check=True)
    assert versions(tmp_path) == {"12.34.56"}
    assert own.read_text() == '__version__ = "12.34.56"\n'
    for name, text in before.items():
        old, new = text.splitlines(), (tmp_path / name).read_text().splitlines()
        changed = [line for line, other in zip(old, new, strict=True) if line != other]
        assert len(changed) == (2 if name.endswith("lock.json") else 1)


@pytest.mark.parametrize("version", ["", "1.2", "1.2.3; rm -rf /"])
def test_what_is_no_version_is_written_nowhere(version: str) -> None:
    done = subprocess.run([TREE / ".ci/version", version], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage" in done.stderr


def test_the_conda_recipe_asks_for_what_the_wheel_asks_for() -> None:
    recipe = yaml.safe_load((TREE / "conda/recipe.yaml").read_text())
    wanted = [Requirement(text) for text in requires("jupyter_dask_slurm") or ()]
    ours = {
        (
            CONDA_NAMES.get(each.name, each.name).replace("_", "-"),
            frozenset(map(str, each.specifier)),
        )
        for each in wanted
        if each.marker is None
    }
    theirs = {
        (name.replace("_", "-"), frozenset(filter(None, bounds.split(","))))
        for line in recipe["requirements"]["run"]
        for name, _, bounds in [line.partition(" ")]
        if name != "python"
    }
    assert theirs == ours


@pytest.mark.parametrize(
    "form", sorted((TREE / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"), key=str)
)
def test_an_issue_form_asks_for_commands_that_there_are(form: Path) -> None:
    body = yaml.safe_load(form.read_text())["body"]
    assert len({field.get("id") for field in body}) == len(body)
    text = form.read_text()
    for command in re.findall(r"jupyter dask-slurm ([a-z-]+)", text):
        assert f"{command} " in make_parser().format_help()

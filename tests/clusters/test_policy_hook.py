"""The administrator's function checks and rewrites options in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_dask_slurm.clusters.policy_hook import rewritten
from jupyter_dask_slurm.errors import InvalidOptions, Unavailable
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.settings import Settings

HOOK = """
import time

def check(options, user):
    print("noise of", user)
    cores = options.get("cores", 1)
    if cores > 8:
        raise ValueError("cores", "ask %s for more than 8" % user)
    return {**options, "partition": "small" if cores < 4 else "large"}

def broken(options, user):
    return int("x")

def invalid(options, user):
    return {"cores": 0}

def silent(options, user):
    time.sleep(1000)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "site_hook.py").write_text(HOOK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "ann")
    return Settings(tmp_path, policy_hook="site_hook:check", policy_hook_python=sys.executable)


def of(settings: Settings, function: str) -> Settings:
    return Settings(settings.state_dir, policy_hook=function, policy_hook_python=sys.executable)


@pytest.mark.parametrize(("cores", "partition"), [(2, "small"), (8, "large")])
async def test_it_may_rewrite(settings: Settings, cores: int, partition: str) -> None:
    asked = ClusterOptions(cores=cores, memory=10**9)
    assert await rewritten(settings, asked) == ClusterOptions(
        cores=cores, memory=10**9, partition=partition
    )


async def test_without_one_nothing_is_asked(tmp_path: Path) -> None:
    options = ClusterOptions(cores=99)
    assert await rewritten(Settings(tmp_path), options) is options


async def test_its_refusal_is_at_the_field(settings: Settings) -> None:
    with pytest.raises(InvalidOptions) as raised:
        await rewritten(settings, ClusterOptions(cores=9))
    (problem,) = raised.value.problems
    assert (problem.field, problem.message) == ("cores", "ask ann for more than 8")
    with pytest.raises(InvalidOptions, match="cores: from 1 to"):
        await rewritten(of(settings, "site_hook:invalid"), ClusterOptions())


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("site_hook:broken", "invalid literal for int"),
        ("site_hook:missing", "has no attribute 'missing'"),
        ("no_such_module:check", "No module named 'no_such_module'"),
    ],
)
async def test_one_that_fails_lets_nothing_through(
    settings: Settings, function: str, words: str
) -> None:
    with pytest.raises(Unavailable) as raised:
        await rewritten(of(settings, function), ClusterOptions())
    said = str(raised.value)
    assert function in said
    assert words in said
    assert "import importlib" not in said


async def test_one_that_hangs_is_ended(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="site_hook:silent"):
        await rewritten(of(settings, "site_hook:silent"), ClusterOptions(), limit=0.5)

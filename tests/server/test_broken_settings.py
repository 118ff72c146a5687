"""Settings that cannot be used stop the extension: nothing goes on with the defaults in their place."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.clusters.without_server import settings_here
from jupyter_dask_slurm.errors import Unavailable
from jupyter_dask_slurm.server.app import DaskSlurmExtension

from .conftest import Api

BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a value of another kind": ({"max_jobs": "lots"}, "'max_jobs'"),
    "a negative limit": ({"max_clusters": -1}, "max_clusters"),
    "a name that there is not": ({"max_job": 4}, "max_job: there is no such setting, did you mean"),
    "a memory": ({"local_memory": "much"}, "local_memory"),
    "a profile": ({"profiles": {"Large": {"options": {"coresx": 1}}}}, "profiles"),
    "a policy": ({"policy": {"max_coresx": 1}}, "policy"),
    "a group": ({"policy": {"groups": {"no such group": {}}}}, "policy: groups: there is no group"),
    "a hook": ({"policy_hook": "check"}, "policy_hook"),
    "a controller": ({"controller_memory": "much"}, "controller_memory"),
}


@pytest.fixture(params=BROKEN.values(), ids=BROKEN)
def broken(request: pytest.FixtureRequest) -> tuple[dict[str, Any], str]:
    value: tuple[dict[str, Any], str] = request.param
    return value


@pytest.fixture
def extension_config(
    state_dir: Path, broken: tuple[dict[str, Any], str], caplog: pytest.LogCaptureFixture
) -> dict[str, Any]:
    caplog.set_level(logging.ERROR)
    return {"state_dir": str(state_dir), "batch_system": "local", **broken[0]}


async def test_nothing_is_done_and_everybody_is_told_why(
    extension: DaskSlurmExtension, api: Api, broken: tuple[dict[str, Any], str]
) -> None:
    assert extension.broken is not None
    assert broken[1] in extension.broken
    assert "\n" not in extension.broken
    for method, path in (("GET", "clusters"), ("POST", "clusters"), ("GET", "site")):
        answer = await api(method, path, body={} if method == "POST" else None)
        assert (answer.status, answer.json["reason"]) == (503, "BrokenSettings")
        assert answer.json["message"] == extension.broken
    with pytest.raises(Unavailable, match="settings are broken"):
        settings_here()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c.DaskSlurmExtension.max_jobs = 4", "OK"),
        ("c.DaskSlurmExtension.max_jobs = 'lots'", "its settings are broken: The 'max_jobs' trait"),
        ("c.DaskSlurmExtention.max_jobs = 4", "these settings are called DaskSlurmExtension"),
    ],
)
def test_the_list_of_extensions_says_so(tmp_path: Path, text: str, said: str) -> None:
    enabled = {"ServerApp": {"jpserver_extensions": {"jupyter_dask_slurm": True}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(enabled))
    (tmp_path / "jupyter_server_config.py").write_text(text)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "list"],
        check=True,
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if said in line]
    assert lines, done.stdout + done.stderr
    assert "Traceback" not in done.stderr

"""What the extension adds to a Jupyter server in which nobody uses it.

How long that takes, and how much memory, is measured in ``benchmarks/``: here is counted what makes it so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "jupyter_dask_slurm"
LATER = [
    "batch.base",
    "batch.local.queue",
    "batch.slurm.system",
    "clusters.batch_systems",
    "clusters.create",
    "clusters.launcher",
    "clusters.orphans",
    "clusters.preview",
    "job_script",
    "server.monitor.cluster",
    "server.on_demand",
    "site_rules",
]
"""Rooms that nothing needs before there is a cluster, or somebody opens a form."""
JUPYTERS_OWN = {
    "jupyter_core",
    "jupyter_events",
    "jupyter_server",
    "prometheus_client",
    "tornado",
    "traitlets",
}
MOST_MODULES, MOST_FOREIGN, MOST_DATACLASSES = 51, 8, 35
"""Each module costs a third of a millisecond, and each dataclass more: its methods are compiled when it
is imported."""

SCRIPT = """
import asyncio, dataclasses, json, sys

def ours():
    return sorted(name for name in sys.modules if name.partition(".")[0] == "jupyter_dask_slurm")

import jupyter_server.serverapp, jupyter_server.extension.application
import tornado.websocket, tornado.httpclient, tornado.simple_httpclient
before = set(sys.modules)
import jupyter_dask_slurm
jupyter_dask_slurm._jupyter_server_extension_points()
found = {
    "imported": ours(),
    "foreign": sorted(set(sys.modules) - before - set(ours())),
    "dataclasses": sorted(
        f"{module}.{name}"
        for module in ours()
        for name, value in vars(sys.modules[module]).items()
        if isinstance(value, type)
        and dataclasses.is_dataclass(value)
        and value.__module__ == module
    ),
}

async def start():
    app = jupyter_server.serverapp.ServerApp.instance()
    app.initialize(["--allow-root", "--no-browser"], new_httpserver=False)
    extension = app.extension_manager.extension_points["jupyter_dask_slurm"].app
    await extension._start_jupyter_server_extension(app)
    assert await extension.manager.clusters() == []
    found["started"] = ours()
    await extension.stop_extension()

asyncio.run(start())
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def cost(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is there after the import, and after the start of a server whose user has no cluster."""
    home = tmp_path_factory.mktemp("home")
    config = {"ServerApp": {"jpserver_extensions": {PACKAGE: True}}}
    (home / "jupyter_server_config.json").write_text(json.dumps(config))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(home)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        check=True,
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_server_imports_little_and_nothing_of_dask(cost: dict[str, Any]) -> None:
    packages = {name.partition(".")[0] for name in cost["foreign"]}
    assert packages - JUPYTERS_OWN <= sys.stdlib_module_names
    # Not even much of the standard library that a Jupyter server does not need itself.
    assert len(cost["foreign"]) <= MOST_FOREIGN, cost["foreign"]


def test_modules_and_dataclasses_are_few(cost: dict[str, Any]) -> None:
    assert len(cost["imported"]) <= MOST_MODULES, cost["imported"]
    assert len(cost["dataclasses"]) <= MOST_DATACLASSES, cost["dataclasses"]


@pytest.mark.parametrize("when", ["imported", "started"])
def test_what_clusters_and_forms_need_is_not_there_before_them(
    cost: dict[str, Any], when: str
) -> None:
    rooms = tuple(f"{PACKAGE}.{room}" for room in LATER)
    early = [name for name in cost[when] if name.startswith(rooms)]
    assert early == []
    assert f"{PACKAGE}.server.manager" in cost[when]

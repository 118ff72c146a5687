"""What the extension adds to a Jupyter server in which nobody uses it.

How long that takes, and how much memory, is measured in ``benchmarks/``: here is counted what makes it so.
"""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import jupyter_server.serverapp, jupyter_server.extension.application
import tornado.websocket, tornado.httpclient, tornado.simple_httpclient
before = set(sys.modules)
import jupyter_dask_slurm
jupyter_dask_slurm._jupyter_server_extension_points()
print(*sorted(set(sys.modules) - before))
"""
JUPYTERS_OWN = {"jupyter_core", "jupyter_events", "jupyter_server", "tornado", "traitlets"}


def test_the_server_imports_little_and_nothing_of_dask() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
    )
    modules = done.stdout.splitlines()[-1].split()
    ours = [name for name in modules if name.split(".")[0] == "jupyter_dask_slurm"]
    others = {name.split(".")[0] for name in set(modules) - set(ours)}
    assert others - JUPYTERS_OWN <= sys.stdlib_module_names
    assert len(ours) <= 85
    # What other processes do.
    rooms = ("controller", "in_dask", "notebook", "job_script.script", "batch.slurm.system")
    strange = [f"jupyter_dask_slurm.{room}" for room in rooms]
    assert not [name for name in ours if name.startswith(tuple(strange))]

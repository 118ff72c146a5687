"""What the extension adds to a Jupyter server in which nobody uses it.

How long that takes is measured in ``benchmarks/``.
"""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, os, sys

def resident():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

import jupyter_server.serverapp, jupyter_server.extension.application
import tornado.websocket, tornado.httpclient, tornado.simple_httpclient
modules, memory = set(sys.modules), resident()
import jupyter_dask_slurm
jupyter_dask_slurm._jupyter_server_extension_points()
print(json.dumps({
    "bytes": resident() - memory,
    "modules": sorted({name.split(".")[0] for name in set(sys.modules) - modules}),
}))
"""


def test_the_server_imports_little_and_nothing_of_dask() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, timeout=60
    )
    cost = json.loads(done.stdout.splitlines()[-1])
    strange = {"dask", "distributed", "dask_jobqueue", "cryptography", "bokeh", "numpy"}
    assert not strange & set(cost["modules"]), cost
    assert cost["bytes"] < 5_000_000, cost

"""What the extension adds to a Jupyter server that nobody uses it in."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, resource, sys, time
import jupyter_server.serverapp, jupyter_server.extension.application
import tornado.websocket, tornado.httpclient, tornado.simple_httpclient
before = set(sys.modules)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
import jupyter_dask_slurm
jupyter_dask_slurm._jupyter_server_extension_points()
elapsed = time.process_time() - started
print(json.dumps({
    "seconds": elapsed,
    "bytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024,
    "modules": sorted({name.split(".")[0] for name in set(sys.modules) - before}),
}))
"""


def test_the_server_imports_little_and_nothing_of_dask() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, timeout=60
    )
    cost = json.loads(done.stdout.splitlines()[-1])
    strange = {"dask", "distributed", "dask_jobqueue", "cryptography", "bokeh", "numpy"}
    assert not strange & set(cost["modules"]), cost
    # Time of the processor, not of a clock: other tests run beside this one.
    assert cost["seconds"] < 0.06, cost
    assert cost["bytes"] < 5_000_000, cost

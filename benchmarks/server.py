"""A Jupyter server with and without the extension: time until it answers, and its memory."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from .table import milliseconds, print_table

ROUNDS, IMPORT_ROUNDS = 7, 25
HEAVY = ("dask", "distributed", "cryptography")


def start_once(enabled: bool) -> tuple[float, float, float]:
    """Seconds until the first answer; seconds of processor time and resident memory in MB then."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as home:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        extensions = {"ServerApp": {"jpserver_extensions": {"jupyter_dask_slurm": enabled}}}
        config = Path(home) / "jupyter_server_config.json"
        config.write_text(json.dumps(extensions))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
        environment |= {"JUPYTER_CONFIG_DIR": home, "JUPYTER_DATA_DIR": home}
        environment |= {"JUPYTER_RUNTIME_DIR": home, "JUPYTER_CONFIG_PATH": "", "HOME": home}
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", f"--port={port}", "--port-retries=0"]
            + ["--no-browser", "--allow-root", f"--ServerApp.root_dir={home}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5):
                        break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.005)
            seconds = time.perf_counter() - begin
            server = psutil.Process(process.pid)
            processor = server.cpu_times()
            return seconds, processor.user + processor.system, server.memory_info().rss / 1e6
        finally:
            process.terminate()
            process.wait()


IMPORT = f"""
import json, sys, time
import jupyter_server.serverapp, jupyter_server.extension.application
before = set(sys.modules)
began = time.process_time()
import jupyter_dask_slurm
jupyter_dask_slurm._jupyter_server_extension_points()
seconds = time.process_time() - began
print(json.dumps({{
    "seconds": seconds,
    "modules": len(set(sys.modules) - before),
    "heavy": [name for name in {HEAVY} if name in sys.modules],
}}))
"""


def import_once() -> dict[str, Any]:
    """What importing the extension costs a server: ``seconds`` of processor time, how many ``modules``
    that brings, and which of the ``heavy`` packages."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> None:
    start_once(True)  # warm the caches
    pairs = [(start_once(True), start_once(False)) for _ in range(ROUNDS)]
    rows = []
    for name, column in (("with the extension", 0), ("without", 1)):
        seconds, processor, memory = (
            statistics.median(pair[column][figure] for pair in pairs) for figure in range(3)
        )
        rows.append([name, milliseconds(seconds), milliseconds(processor), f"{memory:.1f} MB"])
    seconds, processor, memory = (
        statistics.median(a[figure] - b[figure] for a, b in pairs) for figure in range(3)
    )
    added = [milliseconds(seconds), milliseconds(processor), f"{memory:.1f} MB"]
    rows.append(["added, pair by pair", *added])
    print_table(
        f"Start of a Jupyter server (median of {ROUNDS} pairs)",
        ["", "until /api", "processor time", "memory"],
        rows,
    )
    import_once()  # compiles
    imports = [import_once() for _ in range(IMPORT_ROUNDS)]
    seconds = [one["seconds"] for one in imports]
    print_table(
        f"Importing the extension, beyond what the server has imported ({IMPORT_ROUNDS} times)",
        ["modules", "processor time, least", "median"],
        [
            [
                imports[0]["modules"],
                milliseconds(min(seconds)),
                milliseconds(statistics.median(seconds)),
            ]
        ],
    )
    print(f"\nImported of {', '.join(HEAVY)}: {', '.join(imports[0]['heavy']) or 'none'}.")


if __name__ == "__main__":
    main()

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

import psutil

from .table import milliseconds, print_table

ROUNDS = 7
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


def imported() -> list[str]:
    """Which of the heavy packages importing the extension brings along."""
    code = f"import jupyter_dask_slurm.server.app, sys; print(*[m for m in {HEAVY} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()


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
    print(f"\nImported of {', '.join(HEAVY)}: {', '.join(imported()) or 'none'}.")


if __name__ == "__main__":
    main()

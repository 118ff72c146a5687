"""A Jupyter server that is killed and started again, with ten clusters running."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.support.clusters import wait_for
from tests.support.jupyter import OPTIONS, Server

from .table import print_table

CLUSTERS = 10
ROUNDS = 5


def running(server: Server) -> bool:
    return [card["status"] for card in server("GET", "clusters")] == ["running"] * CLUSTERS


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        traits = {"state_dir": f"{name}/state", "batch_system": "local", "max_clusters": CLUSTERS}
        server = Server(directory, traits)
        try:
            for number in range(CLUSTERS):
                server("POST", "clusters", {"name": f"c{number}", "options": OPTIONS})
            wait_for("ten clusters", lambda: running(server), 120)
            time.sleep(5)
            starts, finds = [], []
            for _ in range(ROUNDS):
                server.end()
                begin = time.perf_counter()
                server = Server(directory, traits)
                answers = time.perf_counter()
                while not running(server):
                    time.sleep(0.005)
                starts.append(answers - begin)
                finds.append(time.perf_counter() - answers)
            for card in server("GET", "clusters"):
                server("DELETE", f"clusters/{card['id']}")
            wait_for("their end", lambda: server("GET", "clusters") == [], 120)
        finally:
            server.end()
    rows = [
        ["the server's own start", f"{statistics.median(starts):.1f} s"],
        [f"then until all {CLUSTERS} are running", f"{statistics.median(finds):.2f} s"],
    ]
    print_table(f"A restarted server (median of {ROUNDS})", ["", ""], rows)


if __name__ == "__main__":
    main()

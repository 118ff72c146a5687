"""Run the benchmarks and print their tables; ``scaling`` on a Slurm brought up for it."""

from __future__ import annotations

import subprocess
import sys

from . import cluster, server

NAMES = ("scaling", "server", "cluster")


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    wanted = names or NAMES
    if "scaling" in wanted:
        lab = [sys.executable, "-m", "tests.slurm.lab", "--nodes", "1", "--"]
        subprocess.run([*lab, sys.executable, "-m", "benchmarks.scaling"], check=True)
    if "server" in wanted:
        server.main()
    if "cluster" in wanted:
        cluster.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Run the benchmarks and print their tables; those that need a Slurm on one brought up for them."""

from __future__ import annotations

import subprocess
import sys

ON_SLURM = (
    "scaling",
    "thousand",
    "thousand_users",
    "healing",
    "footprint",
    "work",
    "workers",
    "latency",
)
ALONE = ("server", "cluster", "reattach", "planning", "load", "panel")
NAMES = (*ON_SLURM, *ALONE)


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    lab = [sys.executable, "-m", "tests.slurm.lab", "--nodes", "1", "--"]
    for name in names or NAMES:
        inside = lab if name in ON_SLURM else []
        # Each in a process of its own: none finds the imports of another.
        subprocess.run([*inside, sys.executable, "-m", f"benchmarks.{name}"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

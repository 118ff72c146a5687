"""The panel with few clusters and jobs and with many, in a browser: how busy the page is by them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .table import print_table

UI_TESTS = Path(__file__).parents[1] / "ui-tests"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "measured.json")
        environ = {
            **os.environ,
            "JDS_PYTHON": sys.executable,
            "JDS_TEST_RESULTS": name,
            "JDS_MEASURED": str(file),
        }
        argv = ["npm", "run", "--silent", "benchmark"]
        subprocess.run(argv, cwd=UI_TESTS, env=environ, stdout=sys.stderr, check=True)
        (few, some), (many, others) = json.loads(file.read_text()).items()
    rows = [
        [
            what,
            f"{some[what]['busy']} ms",
            f"{other['busy']} ms",
            f"{other['busy'] / max(1, some[what]['busy']):.2f}",
            f"{other['task']} ms" if other["task"] else "less than 50 ms",
            f"{other['frame']} ms",
        ]
        for what, other in others.items()
    ]
    header = ["the page is busy", few, many, "ratio", "longest task", "longest pause of frames"]
    print_table("The panel (medians of 5; the last two are of the many)", header, rows)


if __name__ == "__main__":
    main()

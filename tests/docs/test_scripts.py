"""The job script that the documentation explains is the one that the product renders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dask.config
import pytest

from jupyter_dask_slurm.batch.slurm.script import stamp
from jupyter_dask_slurm.job_script.__main__ import answer
from jupyter_dask_slurm.model.template import Template
from jupyter_dask_slurm.model.wire import read

SCRIPT = Path(__file__).parents[2] / "docs/scripts/weather.sh"
DIRECTORY = "/home/alice/.local/share/jupyter/dask-slurm/3f9a12bc"
OPTIONS = {
    "cores": 24,
    "memory": "96 GB",
    "processes": 4,
    "walltime": "02:00:00",
    "partition": "normal",
    "account": "physics",
    "python": "/opt/jupyter/bin/python3",
    "interface": "ib0",
    "local_directory": "$TMPDIR",
}


@pytest.fixture
def _no_site(tmp_path: Path) -> Iterator[None]:
    before = list(dask.config.paths)
    dask.config.paths[:] = [str(tmp_path)]
    yield
    dask.config.paths[:] = before
    dask.config.refresh()


@pytest.mark.usefixtures("_no_site")
def test_the_script_of_the_documentation_is_what_is_submitted() -> None:
    request = {"op": "render", "options": OPTIONS, "scaling": {"jobs": 2}, "name": "weather"}
    rendered = answer(json.dumps(request))["ok"]
    script = stamp(
        read(Template, rendered["template"]).filled(DIRECTORY, "tls://10.0.0.5:43609"),
        name="weather-3f9a12bc-1",
        count=rendered["jobs"],
        log_directory=Path(f"{DIRECTORY}/jobs"),
    )
    assert SCRIPT.read_text() == script

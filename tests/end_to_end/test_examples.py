"""The first example runs as it is written, in a real kernel on a real Slurm, and says what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_dask_slurm import list_clusters

from ..slurm.handle import Slurm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CONFIG = "jobqueue: {slurm: {interface: lo, scheduler-options: {interface: lo}}}\n"
OF_THE_RUN = (
    (r"(<SLURMCluster [^:]+):.*>", r"\1>"),  # live: as it is when the kernel looks last
    (r"-[0-9a-f]{8}-1", ""),  # of the cluster, in its jobs' name
    (r"\b\d+_(\d)\b +(\w+) +n\d", r"1_\1 \2 n"),
    (r"(--chdir=).*", r"\1"),
    (r"/[^ \n]*/", ""),
    (r":\d{4,5}\b", ""),
    (r"python[\d.]*", "python"),
    (r"\d:\d\d:\d\d", "0:10:00"),
    (r" +", " "),
)
"""What is of one run: how its cluster was at last, ids, nodes, paths, ports, versions, and the time that a
job has left."""


@pytest.fixture
def state_dir(tmp_path: Path, slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "site.yaml").write_text(CONFIG)
    directory = tmp_path / "state"
    monkeypatch.setenv("SLURM_CONF", slurm.environ["SLURM_CONF"])
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", str(directory))
    yield directory
    for cluster in list_clusters(directory):
        cluster.close()


def said(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the text that each cell shows at its end, without what is of this run."""
    texts = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        text = "".join(
            output.get("text") or output.get("data", {}).get("text/plain", "")
            for output in outputs
            if output.get("name") != "stderr"
        )
        for pattern, word in OF_THE_RUN:
            text = re.sub(pattern, word, text)
        texts.append(text)
    return texts


def test_the_first_example_says_what_it_says(state_dir: Path, tmp_path: Path) -> None:
    written = nbformat.read(EXAMPLES / "1-first-cluster.ipynb", as_version=4)
    executed = nbformat.read(EXAMPLES / "1-first-cluster.ipynb", as_version=4)
    NotebookClient(
        executed,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    assert said(executed) == said(written)
    assert not list_clusters(state_dir)

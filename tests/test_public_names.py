"""What the package offers, and what importing it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import jupyter_dask_slurm


def imported(code: str) -> set[str]:
    """The top-level modules that are there after ``code`` has run in a new Python."""
    text = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_public_names() -> None:
    assert jupyter_dask_slurm.__all__ == ["SLURMCluster", "__version__", "connect", "list_clusters"]
    for name in jupyter_dask_slurm.__all__:
        assert getattr(jupyter_dask_slurm, name) is not None
        assert name in dir(jupyter_dask_slurm)
    with pytest.raises(AttributeError, match="wave"):
        _ = jupyter_dask_slurm.wave  # type: ignore[attr-defined]


def test_the_helpers_arguments() -> None:
    connect = inspect.signature(jupyter_dask_slurm.connect)
    assert list(connect.parameters) == ["name", "timeout", "state_dir", "options"]
    assert list(inspect.signature(jupyter_dask_slurm.list_clusters).parameters) == ["state_dir"]


def test_the_extension_is_offered_to_jupyter() -> None:
    (point,) = jupyter_dask_slurm._jupyter_server_extension_points()
    assert point["module"] == "jupyter_dask_slurm"
    assert point["app"].name == "jupyter_dask_slurm"
    assert jupyter_dask_slurm._jupyter_labextension_paths() == [
        {"src": "labextension", "dest": "jupyter-dask-slurm"}
    ]


@pytest.mark.parametrize(
    ("code", "not_wanted"),
    [
        ("import jupyter_dask_slurm", {"jupyter_server", "tornado", "dask", "distributed"}),
        (
            "import jupyter_dask_slurm as j; j._jupyter_server_extension_points()",
            {"dask", "distributed", "dask_jobqueue", "cryptography", "bokeh"},
        ),
        (
            "import jupyter_dask_slurm as j; j.connect; j.list_clusters",
            {"jupyter_server", "dask", "distributed", "dask_jobqueue", "cryptography"},
        ),
        (
            "import jupyter_dask_slurm.cli, jupyter_dask_slurm.job_script.client",
            {"jupyter_server", "dask", "distributed", "dask_jobqueue", "cryptography"},
        ),
    ],
)
def test_importing_stays_cheap(code: str, not_wanted: set[str]) -> None:
    assert imported(code) & not_wanted == set()

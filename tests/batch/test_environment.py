"""What may be handed on to Slurm's commands and to jobs."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.environment import clean_environment


@pytest.mark.parametrize(
    "name",
    [
        "SLURM_CONF",
        "PATH",
        "HOME",
        "LD_LIBRARY_PATH",
        "CONDA_PREFIX",
        "TMPDIR",
        "SLURMP_IS_NOT_SLURM",
        "MY_JUPYTER_NOTES",
        "http_proxy",
    ],
)
def test_kept(name: str) -> None:
    assert clean_environment({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    [
        "SLURM_JOB_ID",
        "SLURM_EXPORT_ENV",
        "SLURM_TIME_FORMAT",
        "SLURM_CONF_SERVER",
        "SLURMD_NODENAME",
        "SBATCH_PARTITION",
        "SQUEUE_FORMAT",
        "SQUEUE_USERS",
        "SCANCEL_INTERACTIVE",
        "SACCT_FEDERATION",
        "SINFO_FORMAT",
        "SCONTROL_ALL",
        "PMIX_RANK",
        "PMI_FD",
        "JUPYTERHUB_API_TOKEN",
        "JUPYTER_TOKEN",
        "JUPYTER_RUNTIME_DIR",
        "JPY_SESSION_NAME",
        "JPY_API_TOKEN",
        "GITHUB_TOKEN",
        "HF_TOKEN",
        "token",
    ],
)
def test_stripped(name: str) -> None:
    assert clean_environment({name: "x"}) == {}


def test_the_original_is_left_alone() -> None:
    original = {"A": "1", "SLURM_JOB_ID": "2"}
    assert clean_environment(original) is not original
    assert original == {"A": "1", "SLURM_JOB_ID": "2"}

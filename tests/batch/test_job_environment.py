"""What may be handed on to Slurm's commands and to jobs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_dask_slurm.batch.job_environment import clean_environment, for_submission


@pytest.mark.parametrize(
    "name",
    [
        "SLURM_CONF",
        "SLURM_CONF_SERVER",
        # What a user exports for sbatch counts as in a terminal.
        "SLURM_CLUSTERS",
        "SLURM_JWT",
        "SBATCH_ACCOUNT",
        "SBATCH_PARTITION",
        "SBATCH_QOS",
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
        "SLURM_JOB_PARTITION",
        "SLURMD_NODENAME",
        # By name, array and log we know our jobs again; and sbatch must not wait for them.
        "SBATCH_JOB_NAME",
        "SBATCH_ARRAY_INX",
        "SBATCH_OUTPUT",
        "SBATCH_ERROR",
        "SBATCH_WAIT",
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


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], ["SBATCH_ACCOUNT", "SBATCH_MEM_PER_CPU", "SLURM_CLUSTERS", "SBATCH_CLUSTERS", "A"]),
        (["--account"], ["SBATCH_MEM_PER_CPU", "SLURM_CLUSTERS", "SBATCH_CLUSTERS", "A"]),
        # Slurm refuses two kinds of memory in one job.
        (["--mem"], ["SBATCH_ACCOUNT", "SLURM_CLUSTERS", "SBATCH_CLUSTERS", "A"]),
        (["--clusters", "--account", "--mem-per-cpu"], ["A"]),
    ],
)
def test_a_variable_is_the_default_for_what_a_script_leaves_open(
    options: Sequence[str], left: Sequence[str]
) -> None:
    names = ("SBATCH_ACCOUNT", "SBATCH_MEM_PER_CPU", "SLURM_CLUSTERS", "SBATCH_CLUSTERS", "A")
    assert for_submission(dict.fromkeys(names, "x"), options) == dict.fromkeys(left, "x")

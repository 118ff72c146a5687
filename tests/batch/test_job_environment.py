"""What may be handed on to Slurm's commands and to jobs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_dask_slurm.batch.job_environment import (
    KEPT,
    SBATCH_VARIABLES,
    clean_environment,
    exported_options,
    for_submission,
    requests,
)
from jupyter_dask_slurm.batch.slurm.request import Request, read_request


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
        # Where a secret lies, and what only sounds like one.
        "GOOGLE_APPLICATION_CREDENTIALS",
        "HF_TOKEN_PATH",
        "TOKENIZERS_PARALLELISM",
        "SSH_ASKPASS",
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
        "OPENAI_API_KEY",
        "pgpassword",
        "DB_PASS",
        "AZURE_CLIENT_SECRET",
    ],
)
def test_stripped(name: str) -> None:
    assert clean_environment({name: "x"}) == {}


PAIR = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
TEMPORARY = (*PAIR, "AWS_SESSION_TOKEN")


@pytest.mark.parametrize(
    ("keep", "drop", "names", "left"),
    [
        (KEPT, [], ["A", *TEMPORARY, "AWS_REGION"], ["A", *TEMPORARY, "AWS_REGION"]),
        (KEPT, [], ["A", *PAIR], ["A", *PAIR]),
        ([], [], ["A", *TEMPORARY, "AWS_REGION"], ["A", "AWS_REGION"]),
        # All of these, or none: a pair without its token is refused by AWS.
        (["AWS_*_KEY*"], [], ["A", *TEMPORARY], ["A"]),
        (["WANDB_API_KEY"], [], ["WANDB_API_KEY", "HF_TOKEN"], ["WANDB_API_KEY"]),
        ([], ["*_PROXY"], ["http_proxy", "PATH"], ["PATH"]),
        (
            ["PATH", "HOME"],
            ["*"],
            ["PATH", "HOME", "A", "SLURM_CONF"],
            ["PATH", "HOME", "SLURM_CONF"],
        ),
        (["JUPYTER_PATH"], [], ["JUPYTER_PATH", "JUPYTER_TOKEN"], ["JUPYTER_PATH"]),
        # What describes another job is never a job's own.
        (["*"], [], ["SLURM_JOB_ID", "SBATCH_OUTPUT", "PMI_FD", "A"], ["A"]),
    ],
)
def test_an_administrator_says_what_reaches_jobs(
    keep: Sequence[str], drop: Sequence[str], names: Sequence[str], left: Sequence[str]
) -> None:
    assert list(clean_environment(dict.fromkeys(names, "x"), keep, drop)) == left


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


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--core-spec", "2"),
        ("--threads-per-core", "1"),
        ("--cpus-per-gpu", "4"),
        ("--exclusive", "user"),
        ("--export", "NONE"),
        ("--hint", "nomultithread"),
        ("--reservation", "course"),
        ("--switches", "1@10:00"),
        ("--wckey", "alpha"),
    ],
)
def test_a_line_of_the_script_wins_for_every_option(option: str, value: str) -> None:
    environ = dict.fromkeys(SBATCH_VARIABLES[option], "of the user")
    assert len(environ) in (1, 2)
    assert option in exported_options(environ)
    assert for_submission(environ, [option]) == {}
    given = read_request(f"#SBATCH {option}={value}\n", environ)
    assert (given.given[option], given.exported) == (value, {})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SBATCH_RESERVATION": "course"}, {"--reservation": "course"}),
        ({"SBATCH_CONSTRAINT": "a100"}, {"--constraint": "a100"}),
        ({"SBATCH_TIMELIMIT": "2:00:00"}, {"--time": "2:00:00"}),
        ({"SBATCH_RESERVATION": ""}, {}),
        # An empty text sets what needs no value, as "yes" and any other number than 0 do.
        ({"SBATCH_EXCLUSIVE": ""}, {"--exclusive": ""}),
        ({"SBATCH_EXCLUSIVE": "user"}, {"--exclusive": "user"}),
        ({"SBATCH_OVERCOMMIT": ""}, {"--overcommit": ""}),
        ({"SBATCH_REQUEUE": "Yes"}, {"--requeue": ""}),
        ({"SBATCH_NO_REQUEUE": "1"}, {"--no-requeue": ""}),
        ({"SBATCH_NO_REQUEUE": "0"}, {}),
        ({"SBATCH_SPREAD_JOB": "no"}, {}),
    ],
)
def test_what_a_variable_asks_for(variables: dict[str, str], expected: dict[str, str]) -> None:
    assert read_request("#!/bin/sh\n", variables).given == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SBATCH_TIMELIMIT": "2:00:00"}, Request(walltime=7200)),
        ({"SBATCH_MEM_PER_CPU": "2G"}, Request(memory=8 * 1024**3)),
        ({"SBATCH_MEM_PER_NODE": "2G"}, Request(memory=2 * 1024**3)),
        (
            {"SBATCH_GPUS": "a100:2", "SBATCH_MEM_PER_GPU": "3G"},
            Request(gpus={"a100": 2}, memory=6 * 1024**3),
        ),
        ({"SBATCH_GPUS_PER_NODE": "2"}, Request(gpus={None: 2})),
        ({"SBATCH_GRES": "gpu:1"}, Request(gpus={None: 1})),
        ({"SBATCH_CLUSTERS": "wice", "SLURM_CLUSTERS": "genius"}, Request(clusters="wice")),
    ],
)
def test_what_variables_come_to(variables: dict[str, str], expected: Request) -> None:
    found = read_request("#SBATCH --cpus-per-task=4\n", variables)
    assert found.cores == 4
    names = ("walltime", "memory", "gpus", "clusters")
    assert [getattr(found, n) for n in names] == [getattr(expected, n) for n in names]


def test_cores_of_gpus() -> None:
    environ = {"SBATCH_CPUS_PER_GPU": "8", "SBATCH_GPUS": "2", "SBATCH_MEM_PER_CPU": "1G"}
    found = read_request("#!/bin/sh\n", environ)
    assert (found.cores, found.memory) == (16, 16 * 1024**3)
    assert read_request("#SBATCH -c 4\n", environ).cores == 4


def test_requests_are_told_from_the_cluster_that_is_meant() -> None:
    environ = {"SBATCH_QOS": "long", "SBATCH_GRES": "gpu:1", "SLURM_CLUSTERS": "wice", "A": "1"}
    assert requests(environ) == {"SBATCH_QOS": "long", "SBATCH_GRES": "gpu:1"}

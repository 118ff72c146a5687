"""Options are checked once, at the edge, and every field at fault is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.options import ClusterOptions

GOOD: list[tuple[str, Any, Any]] = [
    ("cores", 4, 4),
    ("memory", "16 GB", 16 * 10**9),
    ("memory", "16 G", 16 * 10**9),
    ("walltime", "2 days", 172800),
    ("idle_timeout", "1 h 30 min", 5400),
    ("memory", 1024**3, 1024**3),
    ("walltime", "30", 30 * 60),
    ("walltime", "30:00", 30 * 60),
    ("walltime", "01:00:00", 3600),
    ("walltime", "1-0", 24 * 3600),
    ("walltime", 90, 90),
    ("processes", 1, 1),
    ("python", "/env/bin/python3", "/env/bin/python3"),
    ("python", "  ", None),
    ("directory", " ~/my project ", "~/my project"),
    (
        "environment",
        {"OMP_NUM_THREADS": 1, "_a": "$x 'y'"},
        {"OMP_NUM_THREADS": "1", "_a": "$x 'y'"},
    ),
    ("environment", {}, None),
    ("partition", "a,b", "a,b"),
    ("account", "physics", "physics"),
    ("qos", "high", "high"),
    ("gres", "gpu:a100:1", "gpu:a100:1"),
    ("interface", "ib0", "ib0"),
    ("placement", "local", "local"),
    ("local_directory", "${SLURM_TMPDIR:-/tmp}/$USER", "${SLURM_TMPDIR:-/tmp}/$USER"),
    ("log_directory", "~/logs", "~/logs"),
    ("job_extra_directives", ["--exclusive", ""], ("--exclusive",)),
    ("job_script_prologue", ["export A='b c'", "\tx"], ("export A='b c'", "\tx")),
    ("job_directives_skip", [], ()),
    ("worker_extra_args", ["--resources", "GPU=1"], ("--resources", "GPU=1")),
    ("death_timeout", 60, 60),
    ("idle_timeout", 0, 0),
]

BAD: list[tuple[str, Any]] = [
    ("cores", 0),
    ("cores", -1),
    ("cores", "four"),
    ("cores", 1.5),
    ("cores", True),
    ("cores", 10**9),
    ("memory", "12 bananas"),
    ("memory", "1 kB"),
    ("memory", "16"),
    ("memory", 16),
    ("memory", -1),
    ("memory", 1.5),
    ("walltime", "soon"),
    ("walltime", "UNLIMITED"),
    ("walltime", 0),
    ("walltime", -60),
    ("walltime", "400-0"),
    ("walltime", True),
    ("processes", 0),
    ("python", "/my env/python"),
    ("python", "python; rm"),
    ("directory", "/a\n#SBATCH --x"),
    ("environment", ["A=1"]),
    ("environment", {"A": None}),
    ("environment", {"A": True}),
    ("environment", {"A": "1\n2"}),
    ("environment", {"1A": ""}),
    ("environment", {"A B": ""}),
    ("environment", {"A\n": ""}),
    ("environment", {"Ä": ""}),
    ("environment", {"AWS_SECRET_ACCESS_KEY": "x"}),
    ("environment", {"HF_TOKEN": "x"}),
    ("environment", {"SBATCH_PARTITION": "x"}),
    ("environment", {"SLURM_JOB_ID": "1"}),
    ("partition", "a b"),
    ("partition", "a\n#SBATCH --x"),
    ("account", "$(id)"),
    ("qos", "`id`"),
    ("gres", 1),
    ("interface", "ib0 --name x"),
    ("placement", "moon"),
    ("local_directory", "/a b"),
    ("local_directory", "$(mktemp -d)"),
    ("log_directory", "/a\tb"),
    ("job_extra_directives", "--exclusive"),
    ("job_extra_directives", ["--x\n#SBATCH --y"]),
    ("job_extra_directives", ["--x\r"]),
    ("job_extra_directives", [1]),
    ("job_script_prologue", ["a\x00b"]),
    ("job_script_prologue", ["a\u2028b"]),
    ("job_script_prologue", ["a\x85b"]),
    ("worker_extra_args", ["\x7f"]),
    ("death_timeout", 0),
    ("idle_timeout", -1),
]


@pytest.mark.parametrize(("name", "raw", "value"), GOOD)
def test_good_values_are_read(name: str, raw: Any, value: Any) -> None:
    options = ClusterOptions.from_json({name: raw})
    assert getattr(options, name) == value
    # What we write ourselves is read the same again.
    assert ClusterOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize(("name", "raw"), BAD)
def test_bad_values_name_their_field(name: str, raw: Any) -> None:
    with pytest.raises(InvalidOptions) as caught:
        ClusterOptions.from_json({name: raw})
    assert [problem.field for problem in caught.value.problems] == [name]
    assert all(problem.message for problem in caught.value.problems)


def test_everything_at_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidOptions) as caught:
        ClusterOptions.from_json({"cores": 0, "colour": "red", "memory": "much", "qos": "ok"})
    assert [problem.field for problem in caught.value.problems] == ["cores", "colour", "memory"]
    assert "colour: unknown option" in str(caught.value)


def test_more_processes_than_cores_are_refused() -> None:
    with pytest.raises(InvalidOptions) as caught:
        ClusterOptions.from_json({"cores": 2, "processes": 3})
    assert [problem.field for problem in caught.value.problems] == ["processes"]


@pytest.mark.parametrize("data", [None, [], "cores=1", 5])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(InvalidOptions):
        ClusterOptions.from_json(data)


def test_none_is_left_open() -> None:
    assert ClusterOptions.from_json({"cores": None}) == ClusterOptions()


def test_a_secret_is_told_by_its_name_with_what_to_do_instead() -> None:
    words = r"environment: HF_TOKEN: it looks like a secret, .* \(environment_keep\)"
    with pytest.raises(InvalidOptions, match=words):
        ClusterOptions.from_json({"environment": {"A": "1", "HF_TOKEN": "hf_xyz"}})

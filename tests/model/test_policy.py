"""What an administrator writes as the policy is read once, and whatever is wrong with it is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import (
    Policy,
    least,
    within,
    written_policy,
)
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.wire import read, write

WHOLE: dict[str, Any] = {
    "partitions": ["normal", "long"],
    "accounts": ["physics"],
    "qos": ["high"],
    "max_cores": 48,
    "max_memory": "180 GB",
    "max_walltime": "1-00:00:00",
    "max_gpus": 2,
    "max_idle_timeout": "1 hour",
    "max_age": 86400,
    "fixed": {"walltime": 90, "interface": "ib0"},
    "forbidden": ["job_script_prologue", "python"],
    "hidden_partitions": ["test"],
    "hidden_accounts": ["root"],
    "hidden_qos": ["urgent"],
    "max_jobs": 100,
    "max_clusters": 0,
    "max_cores_per_user": 96,
    "hidden": ["death_timeout"],
    "default_profile": "Small",
    "profiles_only": True,
    "message": " Maintenance on Monday. ",
    "link": "https://docs.example.org/dask?a=1",
}


def test_all_of_it_is_read_in_the_units_of_options() -> None:
    assert written_policy(WHOLE) == Policy(
        partitions=("normal", "long"),
        accounts=("physics",),
        qos=("high",),
        max_cores=48,
        max_memory=180 * 10**9,
        max_walltime=86400,
        max_gpus=2,
        max_idle_timeout=3600,
        max_age=86400,
        fixed=ClusterOptions(walltime=5400, interface="ib0"),
        forbidden=("job_script_prologue", "python"),
        hidden_partitions=("test",),
        hidden_accounts=("root",),
        hidden_qos=("urgent",),
        max_jobs=100,
        max_clusters=0,
        max_cores_per_user=96,
        hidden=("death_timeout",),
        default_profile="Small",
        profiles_only=True,
        message="Maintenance on Monday.",
        link="https://docs.example.org/dask?a=1",
    )
    assert written_policy({"max_walltime": 60}).max_walltime == 3600
    assert written_policy({}) == Policy()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"max_core": 4}, "max_core: unknown"),
        ({"max_cores": 0}, "max_cores: from 1 to"),
        ({"max_cores": "four"}, "max_cores: a whole number"),
        ({"max_memory": "much"}, "max_memory: "),
        ({"max_walltime": "soon"}, "max_walltime: "),
        ({"max_gpus": -1}, "max_gpus: a whole number, 0 or more"),
        ({"max_gpus": True}, "max_gpus: a whole number, 0 or more"),
        ({"max_idle_timeout": 0}, "max_idle_timeout: more than 0"),
        ({"max_age": 0}, "max_age: more than 0"),
        ({"partitions": "normal"}, "partitions: a list of names"),
        ({"partitions": []}, "partitions: at least one name"),
        ({"accounts": ["a b"]}, "accounts: spaces"),
        ({"fixed": {"cores": 0}}, "fixed.cores: from 1 to"),
        ({"fixed": {"partition": "auto"}}, "fixed.partition: auto is none"),
        ({"fixed": {"job_script_prologue": ["ls"]}}, "fixed.job_script_prologue: a list cannot be"),
        ({"fixed": {"environment": {"A": "1"}}}, "fixed.environment: a list cannot be fixed"),
        ({"forbidden": ["prologue"]}, "forbidden: no option prologue"),
        ({"hidden": ["prologue"]}, "hidden: no option prologue"),
        ({"hidden_partitions": "test"}, "hidden_partitions: a list of names"),
        ({"hidden_qos": ["a b"]}, "hidden_qos: spaces"),
        ({"max_jobs": "4"}, "max_jobs: a whole number, 0 or more"),
        ({"max_clusters": -1}, "max_clusters: a whole number, 0 or more"),
        ({"max_cores_per_user": 0}, "max_cores_per_user: a whole number, 1 or more"),
        ({"profiles_only": "yes"}, "profiles_only: true or false"),
        ({"default_profile": ""}, "default_profile: 1 to 63 characters"),
        ({"message": " "}, "message: 1 to 500 characters"),
        ({"message": "a\x1b[31mb"}, "message: 1 to 500 characters"),
        ({"link": "javascript:alert()"}, "link: an address that begins with https://"),
        ({"link": 'https://a/"onclick='}, "link: an address that begins with https://"),
        ({"link": "https://"}, "link: an address that begins with https://"),
    ],
)
def test_what_cannot_be_meant_is_named(written: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptions) as refused:
        written_policy(written)
    assert str(refused.value).startswith(words)


def test_it_reaches_a_controller_in_the_record_and_an_older_record_has_none() -> None:
    settings = ControllerSettings(max_jobs=4, policy=written_policy(WHOLE))
    assert read(ControllerSettings, json.loads(json.dumps(write(settings)))) == settings
    before = {"max_jobs": 4, "idle_timeout": 0, "maximum_age": 0}
    assert read(ControllerSettings, before).policy == Policy()


@pytest.mark.parametrize(
    ("seconds", "most", "expected"),
    [(0, None, 0), (60, None, 60), (0, 30, 30), (60, 30, 30), (20, 30, 20)],
)
def test_a_time_that_the_administrator_set_keeps_to_the_bound(
    seconds: int, most: int | None, expected: int
) -> None:
    assert within(seconds, most) == expected


def test_of_two_limits_the_smaller_counts() -> None:
    assert [least(20, most) for most in (None, 30, 5, 0)] == [20, 20, 5, 0]

"""What travels between server, controller and panel."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.cluster import (
    Cluster,
    ClusterOptions,
    Job,
    JobCounts,
    Problem,
    Scaling,
    Workers,
    utc_now,
    utc_text,
)
from jupyter_dask_slurm.model.names import validate_name
from jupyter_dask_slurm.model.wire import read, write

CLUSTER = Cluster(
    id="3f9a12bc",
    name="blue-otter",
    status="running",
    created="2026-11-23T05:00:00Z",
    options=ClusterOptions(cores=4, memory=2**30, job_extra_directives=("--exclusive",)),
    scaling=Scaling("memory", 2**34),
    problems=(Problem("submission_refused", "no", "2026-11-23T05:00:00Z", "try again"),),
    jobs=JobCounts(desired=4, running=3, connected=2),
    workers=Workers(expected=12, connected=8),
    cores=12,
    memory=3 * 2**30,
    pending_reason="Resources",
    elsewhere=True,
)
JOB = Job("81_3", "RUNNING", started="2026-11-23T05:00:00Z", time_left=60, workers=4, memory=5)


def test_a_cluster_survives_the_wire() -> None:
    assert read(Cluster, json.loads(json.dumps(write(CLUSTER)))) == CLUSTER


def test_a_job_survives_the_wire() -> None:
    assert read(Job, json.loads(json.dumps(write(JOB)))) == JOB


def test_a_newer_version_may_say_more() -> None:
    data = write(CLUSTER)
    data["mood"] = "good"
    data["jobs"]["dreaming"] = 1
    data["workers"]["asleep"] = 1
    data["problems"][0]["colour"] = "red"
    data["options"]["colour"] = "red"
    assert read(Cluster, data) == CLUSTER
    assert read(Job, {**write(JOB), "mood": "good"}) == JOB


def test_an_older_version_may_say_less() -> None:
    needed = ("id", "name", "status", "created", "options", "scaling")
    cluster = read(Cluster, {key: write(CLUSTER)[key] for key in needed})
    assert (cluster.jobs, cluster.scaling) == (JobCounts(), CLUSTER.scaling)


def test_every_field_of_the_contract_is_on_the_wire() -> None:
    assert set(write(CLUSTER)) == {field.name for field in fields(Cluster)}


@pytest.mark.parametrize("name", ["a", "0", "blue-otter", "A.b_c-9", "x" * 63])
def test_good_names(name: str) -> None:
    assert validate_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", ".a", "_a", "a b", "a/b", "a\n", "ä", "x" * 64, None, 5, "$(id)", "a%j"]
)
def test_bad_names(name: object) -> None:
    with pytest.raises(InvalidOptions) as caught:
        validate_name(name)
    assert [problem.field for problem in caught.value.problems] == ["name"]


def test_instants_are_utc_with_whole_seconds() -> None:
    assert utc_text(0) == "1970-01-01T00:00:00Z"
    assert utc_text(1_795_410_000.9) == "2026-11-23T05:00:00Z"
    assert utc_text(None) is None
    assert len(utc_now()) == len("2026-11-23T05:00:00Z")

"""How many jobs a wish is."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from distributed.core import Status
from distributed.deploy.spec import SpecCluster
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.scaling import Adapt, Scaling

GIB = 1024**3
ADAPT = {"minimum_jobs": 1, "maximum_jobs": 4}


@pytest.mark.parametrize(
    ("scaling", "jobs"),
    [
        (Scaling("jobs", 0), 0),
        (Scaling("jobs", 7), 7),
        (Scaling("cores", 0), 0),
        (Scaling("cores", 1), 1),
        (Scaling("cores", 12), 1),
        (Scaling("cores", 13), 2),
        (Scaling("cores", 50), 5),
        (Scaling("memory", 0), 0),
        (Scaling("memory", 1), 1),
        (Scaling("memory", 16 * GIB), 1),
        (Scaling("memory", 16 * GIB + 1), 2),
        (Scaling("memory", 200 * 10**9), 12),
    ],
)
def test_part_of_a_job_is_a_whole_job(scaling: Scaling, jobs: int) -> None:
    assert scaling.jobs(cores=12, memory=16 * GIB) == jobs


class CountsWorkers:
    """What dask's ``scale`` needs of a cluster: it only counts the jobs it would have started."""

    status = Status.running
    asynchronous = False

    def __init__(self, cores: int, memory: int) -> None:
        self.new_spec = {"options": {"cores": cores, "memory": memory}}
        self.worker_spec: dict[int, None] = {}
        self.loop = SimpleNamespace(add_callback=lambda work: None)
        self._threads_per_worker = partial(SpecCluster._threads_per_worker, self)
        self._memory_per_worker = partial(SpecCluster._memory_per_worker, self)
        self._correct_state = None

    def new_worker_spec(self) -> dict[int, None]:
        return {len(self.worker_spec): None}


@given(st.integers(1, 128), st.integers(2**30, 2**40), st.integers(0, 200), st.floats(0, 40))
def test_dask_rounds_alike(cores: int, memory: int, n_cores: int, times: float) -> None:
    n_memory = int(memory * times)
    theirs = CountsWorkers(cores, memory)
    SpecCluster.scale(theirs, cores=n_cores)
    assert Scaling("cores", n_cores).jobs(cores=cores, memory=memory) == len(theirs.worker_spec)
    theirs = CountsWorkers(cores, memory)
    SpecCluster.scale(theirs, memory=str(n_memory))
    assert Scaling("memory", n_memory).jobs(cores=cores, memory=memory) == len(theirs.worker_spec)


@pytest.mark.parametrize(
    ("data", "scaling"),
    [
        ({"jobs": 2}, Scaling("jobs", 2)),
        ({"cores": 48}, Scaling("cores", 48)),
        ({"memory": "200 GB"}, Scaling("memory", 200 * 10**9)),
        ({"memory": 5}, Scaling("memory", 5)),
        ({"adapt": ADAPT}, Scaling(adapt=Adapt(1, 4))),
        ({"adapt": {**ADAPT, "shrink_after": 9}}, Scaling(adapt=Adapt(1, 4, None, 9))),
    ],
)
def test_it_is_read_and_written(data: dict[str, Any], scaling: Scaling) -> None:
    assert Scaling.from_json(data) == scaling
    assert Scaling.from_json(scaling.to_json()) == scaling


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"jobs": -1}, "scaling.jobs"),
        ({"jobs": 1.5}, "scaling.jobs"),
        ({"jobs": "2"}, "scaling.jobs"),
        ({"jobs": True}, "scaling.jobs"),
        ({"cores": None}, "scaling.cores"),
        ({"memory": "12 bananas"}, "scaling.memory"),
        ({"memory": -5}, "scaling.memory"),
        ({"adapt": 4}, "scaling.adapt"),
        ({"adapt": {"minimum_jobs": 0}}, "scaling.adapt.maximum_jobs"),
        ({"adapt": {"minimum_jobs": 5, "maximum_jobs": 4}}, "scaling.adapt.maximum_jobs"),
        ({"adapt": {**ADAPT, "shrink_after": -1}}, "scaling.adapt.shrink_after"),
        ({"adapt": {**ADAPT, "grow_after": 10**9}}, "scaling.adapt.grow_after"),
        ({"adapt": {**ADAPT, "interval": 3}}, "scaling.adapt.interval"),
        ({"workers": 3}, "scaling.workers"),
        ({"jobs": 1, "cores": 2}, "scaling"),
        ({}, "scaling"),
        (None, "scaling"),
        ([2], "scaling"),
    ],
)
def test_what_is_no_size_names_its_field(data: object, field: str) -> None:
    with pytest.raises(InvalidOptions) as caught:
        Scaling.from_json(data)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_cluster_that_adapts_has_at_least_and_at_most() -> None:
    scaling = Scaling(adapt=Adapt(1, 4, grow_after=5))
    assert scaling.jobs(cores=12, memory=GIB) == 1
    assert scaling.most_jobs(cores=12, memory=GIB) == 4
    assert Scaling("cores", 13).most_jobs(cores=12, memory=GIB) == 2
    assert scaling.with_patience(2, 60) == Scaling(adapt=Adapt(1, 4, 5, 60))
    assert Scaling("jobs", 3).with_patience(2, 60) == Scaling("jobs", 3)

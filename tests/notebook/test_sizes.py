"""``scale`` and ``adapt`` in dask's words."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Adapt, Scaling
from jupyter_dask_slurm.notebook.sizes import adapting, scaled

JOB = ClusterOptions(cores=12, memory=16 * 10**9, processes=4)


@pytest.mark.parametrize(
    ("given", "scaling"),
    [
        ({"n": 8}, Scaling("jobs", 2)),
        ({"n": 9}, Scaling("jobs", 3)),
        ({"n": 0}, Scaling("jobs", 0)),
        ({"jobs": 2}, Scaling("jobs", 2)),
        ({"cores": 48}, Scaling("cores", 48)),
        ({"memory": "200 GB"}, Scaling("memory", 200 * 10**9)),
        ({"jobs": 1, "cores": 48, "memory": "100 GB"}, Scaling("jobs", 7)),
        ({"n": 8, "jobs": 5}, Scaling("jobs", 2)),
    ],
)
def test_scale(given: dict[str, Any], scaling: Scaling) -> None:
    assert scaled(JOB, **given) == scaling


@pytest.mark.parametrize("given", [{}, {"jobs": -1}, {"cores": "many"}, {"n": True}])
def test_no_size(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidOptions):
        scaled(JOB, **given)


@pytest.mark.parametrize(
    ("given", "adapt"),
    [
        ({}, Adapt(0, 100)),
        ({"maximum": float("inf")}, Adapt(0, 100)),
        ({"minimum": 2, "maximum": 8}, Adapt(1, 2)),
        ({"minimum": 5, "maximum": 11}, Adapt(2, 2)),
        ({"maximum": 3}, Adapt(0, 1)),
        ({"minimum_jobs": 2, "maximum_jobs": 4}, Adapt(2, 4)),
        ({"minimum_cores": 13, "maximum_cores": 47}, Adapt(2, 3)),
        ({"maximum_memory": "64 GB"}, Adapt(0, 4)),
        ({"maximum": 8, "interval": "10ms"}, Adapt(0, 2, 1, 1)),
        ({"maximum": 8, "interval": 2000, "wait_count": 5}, Adapt(0, 2, 2, 10)),
        ({"maximum": 8, "shrink_after": "2 minutes"}, Adapt(0, 2, None, 120)),
        ({"maximum": 8, "shrink_after": "2 min", "grow_after": "1:30"}, Adapt(0, 2, 90, 120)),
        ({"maximum": 8, "target_duration": None}, Adapt(0, 2)),
    ],
)
def test_adapt(given: dict[str, Any], adapt: Adapt) -> None:
    assert adapting(JOB, 100, given) == Scaling(adapt=adapt)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"minimum_jobs": 3, "maximum_jobs": 2}, "scaling.adapt.maximum_jobs"),
        ({"worker_key": len}, "worker_key"),
        ({"maximum": 8, "target_duration": "5s"}, "target_duration"),
        ({"maximum": "many"}, "maximum"),
    ],
)
def test_no_bounds(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidOptions) as error:
        adapting(JOB, 100, given)
    assert [problem.field for problem in error.value.problems] == [field]

"""Whose a job is, from its name alone."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.model.names import (
    belongs_to,
    cluster_of,
    cluster_of_controller,
    controller_job_name,
    job_name,
)

CLUSTER = "3f9a12bc"


@pytest.mark.parametrize(
    "cluster_name", ["blue-otter", "a", "x-00000000-1", "x-00000000-controller"]
)
def test_a_worker_and_a_controller_are_never_taken_for_each_other(cluster_name: str) -> None:
    worker = job_name(cluster_name, CLUSTER, 2)
    controller = controller_job_name(cluster_name, CLUSTER)
    assert (cluster_of(worker), cluster_of_controller(worker)) == (CLUSTER, None)
    assert (cluster_of(controller), cluster_of_controller(controller)) == (None, CLUSTER)
    assert belongs_to(worker, CLUSTER)
    assert not belongs_to(controller, CLUSTER), "it would be cancelled with the workers"


@pytest.mark.parametrize(
    "name", ["bash", "3f9a12bc-controller", "x-3F9A12BC-controller", "x-3f9a12bc-controller-1", ""]
)
def test_other_jobs_are_no_controllers(name: str) -> None:
    assert cluster_of_controller(name) is None

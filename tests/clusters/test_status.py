"""What is shown of a cluster, from what is known of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import stand_in
from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.model.cluster import Problem, utc_now
from jupyter_dask_slurm.process import this_process


def test_a_starting_cluster_says_what_it_waits_for(tmp_path: Path) -> None:
    record = stand_in("3f9a12bc", utc_now(), "3f9a12bc", None)
    observed = Observed(ClusterDirectory(tmp_path / record.id), record)
    assert observed.cluster().awaits == "controller"
    observed = replace(observed, record=replace(record, owner=this_process()))
    assert observed.cluster().awaits == "scheduler"
    # A controller in a job has an owner before it has started.
    queued = Problem("controller_pending", "Resources", utc_now())
    assert replace(observed, pending=queued).cluster().awaits == "controller"
    over = replace(observed, ended=queued).cluster()
    assert (over.status, over.awaits) == ("failed", None)

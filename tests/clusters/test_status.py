"""What is shown of a cluster, from what is known of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection, Files
from jupyter_dask_slurm.cluster_files.record import stand_in
from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.model.cluster import Problem, utc_now
from jupyter_dask_slurm.process import Owner, this_process


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


def test_a_controller_in_a_job_is_where_it_was_submitted_to_whatever_its_jobs_are(
    tmp_path: Path,
) -> None:
    launched = Owner("", boot_id="", pid=0, process_start=0, job="7", slurm_cluster="wice")
    record = replace(stand_in("3f9a12bc", utc_now(), "otter", launched), batch_system="slurm")
    directory = ClusterDirectory(tmp_path / record.id)
    running = replace(this_process(), job="7")
    for where in (None, "genius"):  # before its first submission, and after
        connection = Connection(
            record.id, "otter", "", "", "", replace(running, slurm_cluster=where), "0"
        )
        observed = Observed.from_files(directory, Files(record, connection, None))
        assert observed.owner == replace(running, slurm_cluster="wice")
        assert observed.record.slurm_cluster == where

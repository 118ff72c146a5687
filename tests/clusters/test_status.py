"""What is shown of a cluster, from what is known of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection, Files
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import stand_in
from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.clusters.words import in_short, job_row, used_in_words
from jupyter_dask_slurm.model.cluster import (
    Cluster,
    ClusterOptions,
    Job,
    JobCounts,
    Problem,
    Scaling,
    utc_now,
)
from jupyter_dask_slurm.model.usage import Usage, Used
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


def test_what_its_jobs_used_outlives_its_controller(tmp_path: Path) -> None:
    directory = ClusterDirectory(tmp_path / "3f9a12bc")
    directory.create()
    options = ClusterOptions(cores=8, memory=16 * 10**9)
    record = replace(stand_in(directory.id, utc_now(), "otter", None), options=options)
    usage = Usage(jobs=1, busy_seconds=900, cpu_mean=6.0, memory_peak=10**9, worker_peak=10**9)
    record = replace(record, batch_system="slurm", owner=this_process())
    directory.write(record)
    directory.write(Ended.now("controller_died"))
    for written, told in ((None, (None, None, None)), (Used(7200, usage), (7200, usage, 1.5e9))):
        if written is not None:
            directory.write(written)
        files = directory.read()
        assert files is not None
        cluster = Observed.from_files(directory, files).cluster()
        memory = None if cluster.advice is None else cluster.advice.memory
        assert (cluster.core_seconds, cluster.usage, memory) == told
    assert used_in_words(cluster) == [
        ("used", "2.0 core-hours"),
        ("memory", "peak 1 GB of 16 GB in one job"),
        ("CPU", "6.0 of 8 cores on average in one job with tasks"),
        ("would do", "1.5 GB per job"),
    ]


def test_a_job_says_the_line_of_its_log_that_tells_why() -> None:
    ended = Job("81_0", "FAILED", "ended", exit_code="1:0", error="ValueError: no x\nEnd worker\n")
    assert job_row(replace(ended, cause="ValueError: no x"))[-1] == "ValueError: no x"
    assert job_row(ended)[-1] == "End worker"  # a controller too old to say
    assert job_row(replace(ended, error=None))[-1] == "1:0"


def test_there_are_never_more_jobs_than_there_are() -> None:
    cluster = Cluster(
        "3f9a12bc", "otter", "running", utc_now(), ClusterOptions(), Scaling("jobs", 4)
    )
    counts = JobCounts(desired=4, running=3)
    assert in_short(replace(cluster, jobs=counts)) == "otter: running, 3 of 4 jobs, 0 cores"
    leaving = replace(counts, desired=2, leaving=1)
    assert in_short(replace(cluster, jobs=leaving)) == "otter: running, 3 jobs, 0 cores"

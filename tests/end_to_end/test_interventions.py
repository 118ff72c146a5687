"""Whole clusters on a real Slurm, with whose jobs somebody does what ``scontrol`` can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.model.cluster import Cluster

from ..slurm.handle import Slurm
from ..support.clusters import ClusterUnderTest, clusters_under_test, computed

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

Make = Callable[..., ClusterUnderTest]
RESULTS = 20


@pytest.fixture
def make(tmp_path: Path, slurm: Slurm) -> Iterator[Make]:
    with clusters_under_test(tmp_path / "state", "slurm") as make_cluster:
        yield lambda **options: make_cluster(**options).ready()


def said(cluster: Cluster, code: str) -> str:
    return next((problem.message for problem in cluster.problems if problem.code == code), "")


def test_what_happens_to_a_job_is_said_with_what_becomes_of_its_results(
    make: Make, slurm: Slurm
) -> None:
    cluster = make(scaling={"jobs": 1})
    cluster.connected(1)
    (job,) = cluster.connected_jobs()
    slurm.run("scontrol", "suspend", job)
    state = cluster.wait("its suspension", lambda c: said(c, "jobs_changed"))
    assert said(state, "jobs_changed").startswith("Suspended on n")
    assert said(state, "jobs_changed").endswith(f": job {job}.")
    slurm.run("scontrol", "resume", job)
    cluster.wait("it goes on", lambda c: not c.problems)
    slurm.run("scontrol", "update", f"JobId={job}", "TimeLimit=100")
    state = cluster.wait("its new limit", lambda c: said(c, "jobs_changed"))
    limit = "Slurm's time limit is 01:40:00, more than the 00:10:00 asked for"
    assert said(state, "jobs_changed") == f"{limit}: job {job}."
    with cluster.client() as client:
        results = client.map(lambda n: n * n, range(RESULTS))
        client.gather(results)
        slurm.run("scontrol", "requeue", job)
        state = cluster.wait("it", lambda c: "again" in said(c, "jobs_interrupted"))
        assert said(state, "jobs_interrupted") == (
            f"Requeued by somebody (scontrol requeue): job {job}. Computed again: {RESULTS} results "
            "that only its workers held."
        )
        assert client.gather(results) == [n * n for n in range(RESULTS)]
    cluster.stop()


def test_a_preempted_job_uses_its_time_of_grace_to_move_what_it_holds(
    slurm_with: Callable[..., Slurm], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = "PartitionName=low Nodes=n[1-2] State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=60"
    slurm = slurm_with(
        nodes=2,
        lines=(low, "PartitionName=high Nodes=n[1-2] State=UP PriorityTier=9 PreemptMode=OFF"),
        PreemptType="preempt/partition_prio",
        PreemptMode="REQUEUE",
    )
    monkeypatch.setenv("SLURM_CONF", slurm.conf)
    with clusters_under_test(tmp_path / "state", "slurm") as make:
        whole = {"partition": "low", "job_extra_directives": ["--exclusive"]}
        cluster = make(**whole, scaling={"jobs": 2}).ready()
        cluster.connected(2)
        both = cluster.connected_jobs()
        with cluster.client() as client:
            results = client.map(lambda n: n * n, range(RESULTS))
            client.gather(results)
            important = ("-p", "high", "--exclusive", "-t", "5", "-o", "/dev/null")
            slurm.run("sbatch", *important, "--wrap", "sleep 300")
            state = cluster.wait("it is said", lambda c: said(c, "jobs_interrupted"))
            assert said(state, "jobs_interrupted").startswith("Preempted, Slurm ends it at ")
            state = cluster.wait(
                "it has gone", lambda c: "No result was lost" in said(c, "jobs_interrupted")
            )
            (gone,) = [job for job in both if job in said(state, "jobs_interrupted")]
            assert cluster.connected_jobs() == both - {gone}
            assert client.gather(results) == [n * n for n in range(RESULTS)]
            assert computed(client) == RESULTS
        cluster.stop()


def test_a_held_job_is_named(make: Make, slurm: Slurm) -> None:
    cluster = make(job_extra_directives=["--begin=now+1hour"], scaling={"jobs": 2})
    cluster.wait("its jobs wait", lambda c: c.jobs.pending == 2)
    (held,) = [job.id for job in cluster.jobs() if job.id.endswith("_1")]
    slurm.run("scontrol", "hold", held)
    state = cluster.wait("it is held", lambda c: said(c, "never_starts"))
    assert f"a job waits that will not start (job {held}). It is held by" in said(
        state, "never_starts"
    )
    reasons = {reason.reason: reason.jobs for reason in state.pending_reasons}
    assert reasons.keys() <= {"BeginTime", "JobHeldUser", "JobHeldAdmin"}
    assert set(reasons.values()) == {1}
    cluster.stop()

"""Two Slurm clusters with one slurmdbd: every command is about the one that is meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.cancel import cancel_matching
from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.commands import RecordedCommands
from ...slurm.handle import wait_for
from ...slurm.plugin import TwoClusters

pytestmark = pytest.mark.timeout(360)

NAME = "blue-otter-3f9a12bc-1"
SLEEP = "#!/bin/sh\n#SBATCH --cpus-per-task=16\n#SBATCH --mem=100M\n#SBATCH -t 10\nsleep 60\n"


async def test_everything_goes_to_the_one_that_is_meant(
    two_clusters: TwoClusters, tmp_path: Path
) -> None:
    commands = RecordedCommands(tmp_path, two_clusters.genius)
    registry, logs = tmp_path / "registry", tmp_path / "logs"
    there = SlurmBatchSystem(registry, commands.environ, cluster="wice")
    here = SlurmBatchSystem(registry, commands.environ)
    try:
        site = await there.site()
        assert (site.cluster, set(site.accounts.clusters)) == ("wice", {"genius", "wice"})
        assert "only" in {partition.name for partition in site.partitions}
        assert "only" not in {partition.name for partition in (await here.site()).partitions}
        script = SLEEP.replace("#SBATCH -t", "#SBATCH -p only\n#SBATCH -t")
        assert (await there.estimate(script)).partition == "only"

        ids = (await there.submit(script, name=NAME, count=3, log_directory=logs)).ids
        assert len(ids) == 3
        wait_for(lambda: two_clusters.wice.run("squeue", "-h", "-t", "R", "-o", "x") == "x\n")
        seen = await there.jobs(max_age=0)
        assert {job_id for job_id in ids if seen.get(job_id)} == set(ids)
        assert set(await there.find_jobs(ids)) == set(ids)
        # They share a directory, and no snapshot.
        assert (await here.jobs(max_age=600)).jobs == {}

        await there.cancel(ids[2:], pending_only=True)
        await there.cancel(ids)
        wait_for(lambda: two_clusters.wice.live_jobs() == [])
        assert set(await there.ended_jobs(ids)) == set(ids)
        lines = (tmp_path / "commands").read_text().splitlines()
        for name in ("sbatch", "squeue", "scancel", "scontrol", "sinfo"):
            assert any(line.startswith(f"{name} -M wice ") for line in lines), name
    finally:
        await there.stop()
        await here.stop()


async def test_jobs_that_a_plugin_or_wrapper_sends_elsewhere_are_followed(
    two_clusters: TwoClusters, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "sbatch").write_text('#!/bin/sh\nPATH="${PATH#*:}" exec sbatch -M wice "$@"\n')
    (bin_ / "sbatch").chmod(0o755)
    environ = {**two_clusters.genius.environ, "PATH": f"{bin_}:{os.environ['PATH']}"}
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    (job_id,) = (await batch.submit(SLEEP, name=NAME, count=1, log_directory=tmp_path)).ids
    assert (await batch.jobs(max_age=0)).get(job_id) is not None
    await batch.cancel([job_id])
    wait_for(lambda: two_clusters.wice.live_jobs() == [])


async def test_jobs_that_a_wrapper_sends_elsewhere_without_a_word_are_found_and_cancelled(
    two_clusters: TwoClusters, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    answer = 'PATH="${PATH#*:}" sbatch -M wice "$@" | sed "s/;.*//"'
    (bin_ / "sbatch").write_text(f"#!/bin/sh\n{answer}\n")
    (bin_ / "sbatch").chmod(0o755)
    environ = {**two_clusters.genius.environ, "PATH": f"{bin_}:{os.environ['PATH']}"}
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    try:
        (job_id,) = (await batch.submit(SLEEP, name=NAME, count=1, log_directory=tmp_path)).ids
        assert await batch.find_jobs([job_id]) == {}
        (there,) = await batch.elsewhere()
        assert there.slurm_cluster == "wice"
        assert set(await there.find_jobs([job_id])) == {job_id}
        assert await cancel_matching(batch, lambda name: name == NAME, settle=0) == 1
        wait_for(lambda: two_clusters.wice.live_jobs() == [])
        batch.speak_of("wice")
        assert list(await batch.elsewhere()) == []
        assert set(await batch.ended_jobs([job_id])) == {job_id}
    finally:
        await batch.stop()


async def test_one_that_there_is_not_is_refused_and_one_that_is_away_is_silent(
    two_clusters: TwoClusters, tmp_path: Path
) -> None:
    nowhere = SlurmBatchSystem(tmp_path, two_clusters.genius.environ, cluster="nowhere")
    with pytest.raises(BatchRefused, match="known by database"):
        await nowhere.jobs(max_age=0)
    there = SlurmBatchSystem(tmp_path, two_clusters.genius.environ, cluster="wice")
    two_clusters.wice.kill_slurmctld()
    with pytest.raises(BatchSilent):
        await there.jobs(max_age=0)

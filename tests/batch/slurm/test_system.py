"""Slurm's own ways: limits of arrays, a slurmctld that hangs or is gone, and many jobs at once."""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import JobState, Submission
from jupyter_dask_slurm.batch.cancel import cancel_matching
from jupyter_dask_slurm.batch.command import run
from jupyter_dask_slurm.batch.errors import (
    BatchRefused,
    BatchSilent,
    CommandFailed,
    SlurmctldSilent,
    TooManyJobs,
)
from jupyter_dask_slurm.batch.slurm import site as slurm_site
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.commands import RecordedCommands
from ...slurm.handle import Slurm, wait_for
from ...support.hung_files import HungFiles

NAME = "blue-otter-3f9a12bc-1"
SLEEP = "#!/bin/sh\n#SBATCH --cpus-per-task=16\n#SBATCH --mem=100M\n#SBATCH -t 10\nsleep 60\n"


@pytest.fixture
def commands(slurm: Slurm, tmp_path: Path) -> RecordedCommands:
    return RecordedCommands(tmp_path, slurm)


@pytest.fixture
def batch(commands: RecordedCommands, tmp_path: Path) -> SlurmBatchSystem:
    return SlurmBatchSystem(tmp_path / "registry", commands.environ)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


async def test_a_thousand_jobs_are_one_sbatch_and_few_scancels(
    batch: SlurmBatchSystem, commands: RecordedCommands, logs: Path
) -> None:
    await batch.submit(SLEEP, name=NAME, count=2, log_directory=logs)
    assert commands.seen() == ["scontrol", "sbatch"]  # MaxArraySize is asked for once
    submission = await batch.submit(SLEEP, name=NAME, count=1000, log_directory=logs)
    assert len(submission.ids) == 1000
    assert commands.seen() == ["sbatch"]

    some = submission.ids[100:1000:2]
    await batch.cancel(some, pending_only=True)
    assert commands.seen() == ["squeue", "scontrol", "squeue", "scancel"]
    snapshot = await batch.jobs(max_age=0)
    ended = {job_id for job_id in submission.ids if (j := snapshot.get(job_id)) and j.state.ended}
    assert ended == set(some)

    commands.seen()
    await batch.cancel(submission.ids, pending_only=True)
    assert commands.seen() == ["squeue", "scancel"]
    await batch.cancel(submission.ids)
    assert commands.seen() == ["scancel"]


async def test_a_log_directory_that_hangs_keeps_nothing_from_being_submitted(
    batch: SlurmBatchSystem, logs: Path
) -> None:
    with HungFiles(logs).hanging():
        submission = await batch.submit(SLEEP, name=NAME, count=1, log_directory=logs)
    assert (len(submission.ids), submission.error) == (1, None)
    await batch.cancel(submission.ids)


async def test_jobs_in_a_hidden_partition_are_seen_and_cancelled(
    slurm: Slurm, tmp_path: Path, logs: Path
) -> None:
    """Slurm leaves them out of its lists, one's own too, unless it is asked for all. It leaves nothing
    out for the user that it runs as, who is the one of the tests: a wrapper does."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, lists in (("squeue", "*"), ("sinfo", "*"), ("scontrol", "*show*partition*")):
        hide = f'case "$*" in *-a*) ;; {lists}) PATH="${{PATH#*:}}" {name} "$@" | grep -v long; exit;; esac'
        (bin_ / name).write_text(f'#!/bin/sh\n{hide}\nPATH="${{PATH#*:}}" exec {name} "$@"\n')
        (bin_ / name).chmod(0o755)
    environ = {**slurm.environ, "PATH": f"{bin_}:{slurm.environ['PATH']}"}
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    slurm.run("scontrol", "update", "PartitionName=long", "Hidden=YES")
    try:
        script = SLEEP.replace("#SBATCH -t 10", "#SBATCH -t 10\n#SBATCH -p long")
        ids = (await batch.submit(script, name="long-1", count=2, log_directory=logs)).ids
        snapshot = await batch.jobs(max_age=0)
        assert {job_id for job_id in ids if snapshot.get(job_id)} == set(ids)
        (hidden,) = [p for p in (await batch.site()).partitions if p.name == "long"]
        assert (hidden.hidden, hidden.cores_per_node) == (True, 16)
        await batch.cancel(ids)
        after = await batch.jobs(max_age=0)
        assert not any(job.state.pending for job_id in ids if (job := after.get(job_id)))
    finally:
        await batch.stop()
        slurm.run("scontrol", "update", "PartitionName=long", "Hidden=NO")


@pytest.mark.parametrize(("line", "partition"), [("", "long"), ("#SBATCH -p debug\n", "debug")])
async def test_what_a_user_exports_for_sbatch_is_the_default(
    slurm: Slurm, tmp_path: Path, logs: Path, line: str, partition: str
) -> None:
    environ = {**slurm.environ, "SBATCH_PARTITION": "long", "SBATCH_JOB_NAME": "mine"}
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    script = SLEEP.replace("#SBATCH -t", f"{line}#SBATCH -t")
    assert (await batch.estimate(script)).partition == partition
    (job_id,) = (await batch.submit(script, name=NAME, count=1, log_directory=logs)).ids
    assert slurm.run("squeue", "-h", "-j", job_id, "-o", "%P %j").split() == [partition, NAME]


async def test_a_held_job_that_had_started_is_released(
    batch: SlurmBatchSystem, slurm: Slurm, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race: pending when we looked, running when we hold. It must not stay held for a requeue."""
    running = await batch.submit(SLEEP, name=NAME, count=2, log_directory=logs)
    wait_for(lambda: slurm.run("squeue", "-h", "-t", "RUNNING", "-o", "x").count("x") == 2)
    waiting = await batch.submit(SLEEP, name=NAME, count=2, log_directory=logs)
    true = await batch.jobs(max_age=0)
    stale = {
        job.id: type(job)(id=job.id, name=job.name, state=JobState.PENDING)
        for job in true.jobs.values()
        if job.name == NAME
    }
    answers = [type(true)(taken=true.taken, jobs=stale)]
    original = batch.jobs

    async def jobs(*, max_age: float) -> object:
        return answers.pop() if answers else await original(max_age=max_age)

    monkeypatch.setattr(batch, "jobs", jobs)
    await batch.cancel([running.ids[0], waiting.ids[0]], pending_only=True)

    now = await original(max_age=0)
    states = [now.jobs[job_id].state for job_id in (*running.ids, *waiting.ids)]
    assert [state.name for state in states] == ["RUNNING", "RUNNING", "CANCELLED", "PENDING"]
    assert "Held" not in slurm.run("scontrol", "show", "job", running.ids[0])


async def test_a_job_whose_node_is_configured_is_cancelled_as_one_that_waits(
    slurm_with: Callable[..., Slurm], tmp_path: Path, logs: Path
) -> None:
    """Minutes where nodes have to be booted. ``scancel --state=PENDING`` spares it."""
    prolog = tmp_path / "prolog"
    prolog.write_text("#!/bin/sh\nsleep 600\n")
    prolog.chmod(0o755)
    slurm = slurm_with(PrologSlurmctld=str(prolog))
    batch = SlurmBatchSystem(tmp_path / "registry", slurm.environ)
    (job_id,) = (await batch.submit(SLEEP, name=NAME, count=1, log_directory=logs)).ids

    def state() -> str:
        return slurm.run("squeue", "-h", "-t", "all", "-j", job_id, "-o", "%T").strip()

    wait_for(lambda: state() == JobState.CONFIGURING.value)
    await batch.cancel([job_id], pending_only=True)
    wait_for(lambda: state() in (JobState.COMPLETING.value, JobState.CANCELLED.value))


@pytest.mark.parametrize("silent", ["scontrol", "squeue", "scancel"])
async def test_what_a_failed_cancel_left_held_is_released_by_the_next_call(
    batch: SlurmBatchSystem,
    slurm: Slurm,
    logs: Path,
    monkeypatch: pytest.MonkeyPatch,
    silent: str,
) -> None:
    async def submit(count: int) -> tuple[str, ...]:
        return (await batch.submit(SLEEP, name=NAME, count=count, log_directory=logs)).ids

    async def held() -> set[str]:
        jobs = (await batch.jobs(max_age=0)).jobs.values()
        waiting = [job for job in jobs if job.state.pending]
        return {job.id for job in waiting if (job.reason or "").startswith("JobHeld")}

    await submit(2)
    wait_for(lambda: slurm.run("squeue", "-h", "-t", "RUNNING", "-o", "x").count("x") == 2)
    waiting = await submit(4)
    ran: list[str] = []

    async def run_until_held(argv: Sequence[str], **options: Any) -> tuple[str, str]:
        if argv[0] == silent and "scontrol" in ran:
            raise SlurmctldSilent(argv, 1, "Socket timed out")
        answer = await run(argv, **options)
        ran.append(argv[0])
        if argv[0] == silent == "scontrol":
            raise SlurmctldSilent(argv, 1, "Socket timed out")
        return answer

    for next_call in (
        lambda: submit(1),
        lambda: batch.cancel(waiting[3:]),
        lambda: batch.cancel(waiting[2:3], pending_only=True),
    ):
        ran.clear()
        with monkeypatch.context() as patch:
            patch.setattr("jupyter_dask_slurm.batch.slurm.system.run", run_until_held)
            with pytest.raises(SlurmctldSilent):
                await batch.cancel(waiting[:1], pending_only=True)
        assert await held() == {waiting[0]}
        await next_call()
        assert await held() == set()
        assert (await batch.jobs(max_age=0)).jobs[waiting[0]].state is JobState.PENDING


async def test_a_bad_partition_is_refused_in_slurms_words(
    batch: SlurmBatchSystem, commands: RecordedCommands, logs: Path
) -> None:
    script = SLEEP.replace("#SBATCH -t 10", "#SBATCH -t 10\n#SBATCH -p nope")
    submission = await batch.submit(script, name=NAME, count=3, log_directory=logs)
    assert submission.ids == ()
    assert isinstance(submission.error, CommandFailed)
    assert "invalid partition specified: nope" in str(submission.error)
    assert commands.seen().count("sbatch") == 1


async def test_a_limit_of_the_accounts_is_refused_in_slurms_words(
    slurm_with: Callable[..., Slurm], tmp_path: Path, logs: Path
) -> None:
    strict = slurm_with(accounting=True, AccountingStorageEnforce="limits")
    user = pwd.getpwuid(os.getuid()).pw_name
    add = ("sacctmgr", "-i", "-Q", "add")
    strict.run(*add, "account", "few", "Description=few", "Organization=few")
    strict.run(*add, "user", user, "Account=few", "MaxSubmitJobs=2")
    batch = SlurmBatchSystem(tmp_path / "registry", strict.environ)

    async def submit(count: int) -> Submission:
        script = SLEEP.replace("-t 10", "-t 10\n#SBATCH -A few")
        return await batch.submit(script, name=NAME, count=count, log_directory=logs)

    deadline = time.monotonic() + 30
    while not (accepted := await submit(2)).ids:  # slurmctld has not heard of the account yet
        assert "Invalid account" in str(accepted.error)
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    refused = await submit(1)
    assert refused.ids == ()
    assert isinstance(refused.error, TooManyJobs)
    assert isinstance(refused.error.cause, CommandFailed)
    assert "AssocMaxSubmitJobLimit" in str(refused.error)
    assert "Job violates accounting/QOS policy" in str(refused.error)


async def test_the_site(batch: SlurmBatchSystem) -> None:
    site = await batch.site()
    assert site.cluster == "lab"
    assert site.version[0].isdigit()
    assert [(p.name, p.available, p.max_walltime) for p in site.partitions] == [
        ("debug", True, 1800),
        ("long", True, 172800),
        ("broken", False, 172800),
    ]


async def test_what_a_site_changes_seldom_is_asked_seldom(
    batch: SlurmBatchSystem, commands: RecordedCommands, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await batch.site()
    assert sorted(commands.seen()) == ["scontrol", "scontrol", "sinfo", "sinfo"]
    assert await batch.site() == first
    assert commands.seen() == ["sinfo"]  # idle cores
    now = time.monotonic() + slurm_site.PARTITIONS_LAST
    monkeypatch.setattr(slurm_site, "time", SimpleNamespace(monotonic=lambda: now))
    assert await batch.site() == first
    assert sorted(commands.seen()) == ["scontrol", "sinfo"]
    now += slurm_site.CONFIGURATION_LASTS
    assert await batch.site() == first
    assert sorted(commands.seen()) == ["scontrol", "scontrol", "sinfo"]


async def test_after_an_error_the_site_is_asked_anew(
    batch: SlurmBatchSystem, commands: RecordedCommands, slurm: Slurm, logs: Path
) -> None:
    await batch.site()
    slurm.kill_slurmctld()
    commands.seen()
    with pytest.raises(SlurmctldSilent):
        await batch.site()
    assert commands.seen() == ["sinfo"]  # the rest is remembered until then
    slurm.start_slurmctld()
    await batch.site()
    assert sorted(commands.seen()) == ["scontrol", "scontrol", "sinfo"]

    refused = SLEEP.replace("-t 10", "-p nope")
    await batch.submit(refused, name=NAME, count=1, log_directory=logs)
    assert commands.seen() == ["sbatch"]
    await batch.submit(SLEEP, name=NAME, count=1, log_directory=logs)
    assert commands.seen() == ["scontrol", "sbatch"]


async def test_more_than_an_array_holds_is_split(
    slurm_with: Callable[..., Slurm], tmp_path: Path, logs: Path
) -> None:
    small_arrays = slurm_with(MaxArraySize="4")
    commands = RecordedCommands(tmp_path, small_arrays)
    batch = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    submission = await batch.submit(SLEEP, name=NAME, count=10, log_directory=logs)
    assert submission.error is None
    assert commands.seen() == ["scontrol", "sbatch", "sbatch", "sbatch"]
    assert len(set(submission.ids)) == 10
    assert (await batch.jobs(max_age=0)).jobs.keys() == set(submission.ids)


async def test_a_full_queue_is_said_at_once_and_takes_what_fits(
    slurm_with: Callable[..., Slurm], tmp_path: Path, logs: Path
) -> None:
    """sbatch itself would sleep, and try again for two minutes."""
    full = slurm_with(MaxJobCount="4")
    batch = SlurmBatchSystem(tmp_path / "registry", full.environ)
    submission = await batch.submit(SLEEP, name=NAME, count=12, log_directory=logs)
    assert 0 < len(submission.ids) < 12
    assert isinstance(submission.error, TooManyJobs)
    assert "sleeping and retrying" in str(submission.error)
    listed = await batch.jobs(max_age=0)
    assert set(submission.ids) == {job.id for job in listed.jobs.values() if job.name == NAME}


async def test_where_arrays_are_forbidden_jobs_are_single(
    slurm_with: Callable[..., Slurm], tmp_path: Path, logs: Path
) -> None:
    no_arrays = slurm_with(MaxArraySize="0")
    batch = SlurmBatchSystem(tmp_path / "registry", no_arrays.environ)
    script = SLEEP.replace("sleep 60", 'echo "$SLURM_JOB_ID"')
    submission = await batch.submit(script, name=NAME, count=10, log_directory=logs)
    assert submission.error is None
    assert len({int(job_id) for job_id in submission.ids}) == 10
    assert (await batch.jobs(max_age=0)).jobs.keys() == set(submission.ids)
    first = submission.ids[0]
    wait_for(lambda: (logs / f"{first}.log").exists() and (logs / f"{first}.log").read_text())
    assert (logs / f"{first}.log").read_text() == f"{first}\n"

    await batch.cancel(submission.ids[5:], pending_only=True)
    await batch.cancel(submission.ids)
    wait_for(lambda: not no_arrays.live_jobs())

    refused = await batch.submit(
        SLEEP.replace("-t 10", "-p nope"), name=NAME, count=100, log_directory=logs
    )
    assert refused.ids == ()
    assert isinstance(refused.error, BatchRefused)


async def test_a_silence_is_not_forgotten_over_a_refusal(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told of a refusal alone does not look for the job that the silence may hide."""
    errors = [CommandFailed, SlurmctldSilent, CommandFailed, CommandFailed]

    async def run(argv: Sequence[str], **_: object) -> tuple[str, str]:
        if argv[0] == "scontrol":
            return "MaxArraySize            = 0\n", ""
        number = 4 - len(errors)
        error = errors.pop(0)
        await asyncio.sleep(number / 50)
        raise error(argv, 1, "no")

    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.system.run", run)
    batch = SlurmBatchSystem(tmp_path / "registry", {})
    submission = await batch.submit(SLEEP, name=NAME, count=10, log_directory=logs)
    assert isinstance(submission.error, SlurmctldSilent)
    assert errors == []


async def test_a_hanging_slurmctld_is_silence_and_leaves_a_ghost_that_its_name_betrays(
    batch: SlurmBatchSystem, slurm: Slurm, logs: Path
) -> None:
    await batch.submit(SLEEP, name="before", count=1, log_directory=logs)
    slurm.stop_slurmctld()
    submission, *found = await asyncio.gather(
        batch.submit(SLEEP, name="ghost", count=2, log_directory=logs),
        batch.jobs(max_age=0),
        batch.cancel(["999999_0"]),
        batch.cancel(["999999_0"], pending_only=True),
        batch.site(),
        cancel_matching(batch, lambda name: True, limit=1),
        return_exceptions=True,
    )
    assert [error for error in found if not isinstance(error, BatchSilent)] == []
    assert not isinstance(submission, BaseException)
    assert submission.ids == ()
    assert isinstance(submission.error, BatchSilent)

    slurm.continue_slurmctld()
    wait_for(lambda: slurm.job_names(lambda name: name == "ghost"))
    names = [job.name for job in (await batch.jobs(max_age=0)).jobs.values() if job.state.pending]
    assert set(names) <= {"ghost", "before"}
    assert await cancel_matching(batch, lambda name: name == "ghost", settle=0) == 2
    assert slurm.job_names() == ["before"]


async def test_a_slurmctld_that_is_gone_is_silence(
    batch: SlurmBatchSystem, slurm: Slurm, logs: Path
) -> None:
    await batch.submit(SLEEP, name=NAME, count=1, log_directory=logs)
    slurm.kill_slurmctld()
    submission, *found = await asyncio.gather(
        batch.submit(SLEEP, name=NAME, count=1, log_directory=logs),
        batch.jobs(max_age=0),
        batch.cancel(["999999_0"]),
        batch.site(),
        return_exceptions=True,
    )
    assert [type(error) for error in found] == [SlurmctldSilent] * 3
    assert not isinstance(submission, BaseException)
    assert isinstance(submission.error, SlurmctldSilent)


async def test_without_slurm_every_call_says_so(tmp_path: Path, logs: Path) -> None:
    batch = SlurmBatchSystem(tmp_path / "registry", {"PATH": str(tmp_path)})
    with pytest.raises(BatchRefused, match="no command 'squeue'"):
        await batch.jobs(max_age=0)
    with pytest.raises(BatchRefused, match="no command"):
        await batch.site()
    with pytest.raises(BatchRefused, match="no command 'scancel'"):
        await batch.cancel(["999999_0"])
    submission = await batch.submit(SLEEP, name=NAME, count=1, log_directory=logs)
    assert isinstance(submission.error, BatchRefused)

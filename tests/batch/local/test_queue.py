"""The embedded queue's own promises: one capacity for all, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import JobState
from jupyter_dask_slurm.batch.local.queue import LocalBatchSystem

from ...slurm.handle import wait_for
from ...support.processes import lives_still

NAME = "blue-otter-3f9a12bc-1"
Start = Callable[..., Awaitable[LocalBatchSystem]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Start]:
    made: list[LocalBatchSystem] = []

    async def start(cores: int, memory: int | None = None) -> LocalBatchSystem:
        made.append(LocalBatchSystem(tmp_path / "registry", cores=cores, memory=memory))
        await made[-1].start()
        return made[-1]

    yield start
    for batch in made:
        await batch.stop()


def script(body: str, cores: int = 1, memory: str = "1M") -> str:
    return f"#!/bin/sh\n#SBATCH -c {cores}\n#SBATCH --mem={memory}\n{body}\n"


async def states(batch: LocalBatchSystem) -> list[JobState]:
    return [job.state for job in (await batch.jobs(max_age=0)).jobs.values()]


async def wait_states(batch: LocalBatchSystem, *wanted: JobState) -> None:
    for _ in range(600):
        if await states(batch) == list(wanted):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await states(batch))


async def test_a_job_has_its_own_umask_and_its_log_has_ours(tmp_path: Path) -> None:
    batch = LocalBatchSystem(tmp_path / "registry", cores=1, umask=0o022)
    before = os.umask(0o077)
    try:
        await batch.start()
        made = script(f"touch '{tmp_path}/result'")
        (job_id,) = (await batch.submit(made, name=NAME, count=1, log_directory=tmp_path)).ids
        await wait_states(batch, JobState.COMPLETED)
    finally:
        os.umask(before)
        await batch.stop()
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("result", f"{job_id}.log")]
    assert modes == [0o644, 0o600]


async def test_two_controllers_share_one_capacity(make: Start, tmp_path: Path) -> None:
    one, other = await make(cores=2), await make(cores=2)
    await one.submit(script("sleep 60", cores=2), name=NAME, count=1, log_directory=tmp_path)
    await other.submit(script("true", cores=1), name=NAME, count=1, log_directory=tmp_path)
    assert await states(other) == [JobState.PENDING]
    assert (await other.site()).partitions[0].idle_cores == 0
    await one.stop()
    await wait_states(other, JobState.COMPLETED)


async def test_memory_is_shared_out_too(make: Start, tmp_path: Path) -> None:
    batch = await make(cores=8, memory=3 * 2**30)
    await batch.submit(script("sleep 60", memory="2G"), name=NAME, count=2, log_directory=tmp_path)
    assert await states(batch) == [JobState.RUNNING, JobState.PENDING]


async def test_what_could_never_start_is_refused(make: Start, tmp_path: Path) -> None:
    batch = await make(cores=2, memory=2**30)
    for text, words in [
        (script("true", cores=3), "asks for 3 cores, and the embedded queue has 2"),
        (script("true", memory="2G"), "asks for 2.0 GiB of memory, and the embedded queue has 1.0"),
    ]:
        submission = await batch.submit(text, name=NAME, count=1, log_directory=tmp_path)
        assert submission.ids == ()
        assert words in str(submission.error)


async def test_jobs_start_in_the_order_of_submission(make: Start, tmp_path: Path) -> None:
    batch = await make(cores=2)
    for cores in (1, 2, 1):
        await batch.submit(
            script("sleep 60", cores=cores), name=NAME, count=1, log_directory=tmp_path
        )
    assert await states(batch) == [JobState.RUNNING, JobState.PENDING, JobState.PENDING]


async def test_an_interpreter_that_does_not_exist_is_in_the_log(
    make: Start, tmp_path: Path
) -> None:
    batch = await make(cores=1)
    submission = await batch.submit(
        "#!/no/such/shell\ntrue\n", name=NAME, count=1, log_directory=tmp_path
    )
    await wait_states(batch, JobState.FAILED)
    text = (tmp_path / f"{submission.ids[0]}.log").read_text()
    assert text == "local queue: error: /no/such/shell: No such file or directory\n"


async def test_processes_that_a_script_leaves_end_with_it(make: Start, tmp_path: Path) -> None:
    batch = await make(cores=1)
    await batch.submit(
        script(f"setsid sleep 60 & cat /proc/$!/stat > {tmp_path}/stat"),
        name=NAME,
        count=1,
        log_directory=tmp_path,
    )
    await wait_states(batch, JobState.COMPLETED)
    assert not lives_still((tmp_path / "stat").read_text())


async def test_ended_jobs_are_forgotten_after_a_while(
    make: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await make(cores=1)
    await batch.submit(script("true"), name=NAME, count=1, log_directory=tmp_path)
    await wait_states(batch, JobState.COMPLETED)
    monkeypatch.setattr("jupyter_dask_slurm.batch.local.queue._KEEP_ENDED", 0.0)
    assert await states(batch) == []


async def test_a_watcher_that_is_killed_takes_its_job_along(make: Start, tmp_path: Path) -> None:
    batch = await make(cores=1)
    await batch.submit(
        script(f"sleep 60 & cat /proc/$!/stat /proc/$PPID/stat > {tmp_path}/stats; sleep 60"),
        name=NAME,
        count=1,
        log_directory=tmp_path,
    )
    child, watcher = await stats(tmp_path / "stats", 2)
    os.kill(int(watcher.split()[0]), signal.SIGKILL)
    await wait_states(batch, JobState.FAILED)
    await gone(child)
    assert (await batch.site()).partitions[0].idle_cores == 1
    assert sorted(p.name for p in left(tmp_path)) == ["lock", "next"]


def left(directory: Path) -> list[Path]:
    return [path for path in (directory / "registry").rglob("*") if path.is_file()]


OWNER = """
import asyncio, sys
from pathlib import Path
from jupyter_dask_slurm.batch.local.queue import LocalBatchSystem

async def main():
    batch = LocalBatchSystem(Path(sys.argv[1]), cores=2)
    await batch.start()
    # A program of the owner's own, as its scheduler is: it must not keep the pipe open.
    await asyncio.create_subprocess_exec("sleep", "30", start_new_session=True)
    await batch.submit(sys.argv[2], name="x", count=3, log_directory=Path(sys.argv[3]))
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_however_the_owner_ends_nothing_of_its_jobs_is_left(
    number: signal.Signals, tmp_path: Path
) -> None:
    orphan = f"setsid sh -c \"trap '' TERM; cat /proc/\\$\\$/stat >> {tmp_path}/stats; sleep 61; sleep 61\" &"
    body = textwrap.dedent(f"""\
        trap '' TERM
        cat /proc/$PPID/stat /proc/$$/stat >> {tmp_path}/stats
        ( {orphan} )
        sleep 60; sleep 60
        """)
    argv = [sys.executable, "-c", OWNER, str(tmp_path / "registry"), script(body), str(tmp_path)]
    owner = await asyncio.create_subprocess_exec(*argv, stderr=subprocess.DEVNULL)
    found = await stats(tmp_path / "stats", 6)  # of two jobs: watcher, script, orphan
    assert all(lives_still(stat) for stat in found)
    owner.send_signal(number)
    await owner.wait()
    for stat in found:
        await gone(stat)
    assert sorted(path.name for path in left(tmp_path)) == ["lock", "next"]


async def stats(file: Path, count: int) -> list[str]:
    """The directory in which scripts write their ``/proc/<pid>/stat``."""

    def read() -> list[str]:
        return file.read_text().splitlines() if file.exists() else []

    await asyncio.to_thread(wait_for, lambda: len(read()) == count)
    return read()


async def gone(stat: str) -> None:
    await asyncio.to_thread(wait_for, lambda: not lives_still(stat))

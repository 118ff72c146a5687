"""Running one command: every way in which it can end, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch import command
from jupyter_dask_slurm.batch.errors import (
    BatchRefused,
    BatchSilent,
    CommandFailed,
    CommandTimeout,
    SlurmctldSilent,
)

from ..support.processes import lives_still


async def run(
    script: str, *, limit: float = 30, stdin: str | None = None, **variables: str
) -> tuple[str, str]:
    environ = {**os.environ, **variables}
    return await command.run(["sh", "-c", script], environ=environ, limit=limit, stdin=stdin)


async def test_what_it_wrote() -> None:
    assert await run("echo out; echo err >&2") == ("out\n", "err\n")


async def test_what_it_reads() -> None:
    assert await run("cat", stdin="#!/bin/sh\nä\n") == ("#!/bin/sh\nä\n", "")
    assert await run("cat") == ("", "")


async def test_a_command_that_does_not_read_what_it_is_given() -> None:
    with pytest.raises(CommandFailed, match="no"):
        await run("echo no >&2; exit 1", stdin="x" * 1_000_000)


async def test_its_environment_is_what_it_is_given() -> None:
    out, _ = await command.run(["/usr/bin/env"], environ={"A": "b"}, limit=30)
    assert out == "A=b\n"


async def test_an_error_of_its_own_is_kept_word_for_word() -> None:
    with pytest.raises(CommandFailed) as caught:
        await run("echo 'sbatch: error: Invalid account' >&2; exit 3")
    assert caught.value.exit_code == 3
    assert caught.value.stderr == str(caught.value) == "sbatch: error: Invalid account"
    assert caught.value.argv[0] == "sh"


@pytest.mark.parametrize(
    "words",
    [
        "slurm_load_jobs error: Socket timed out on send/recv operation",
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
        "slurm_load_jobs error: Unable to contact slurm controller (receive failure)",
        "slurm_load_jobs error: Zero Bytes were transmitted or received",
        "scancel: error: Slurm backup controller in standby mode",
        "sbatch: error: Batch job submission failed: Connection refused",
        "sbatch: error: Batch job submission failed: Message receive failure",
        "sbatch: error: Batch job submission failed: Communication shutdown failure",
        "squeue: error: 'wice' can't be reached now, or it is an invalid entry for --cluster.",
    ],
)
async def test_slurms_words_for_a_silent_controller(words: str) -> None:
    with pytest.raises(SlurmctldSilent) as caught:
        await run('echo "$WORDS" >&2; exit 1', WORDS=words)
    assert isinstance(caught.value, BatchSilent)
    assert str(caught.value) == words


async def test_a_cluster_that_there_is_not_is_no_silence() -> None:
    words = (
        "squeue: error: No cluster 'wice' known by database.\n"
        "squeue: error: 'wice' can't be reached now, or it is an invalid entry for --cluster."
    )
    with pytest.raises(CommandFailed):
        await run('echo "$WORDS" >&2; exit 1', WORDS=words)


async def test_a_command_that_says_it_will_try_again_is_ended_at_once(tmp_path: Path) -> None:
    script = (
        f"{keep(tmp_path)}; echo one; echo 'no room, sleeping and retrying' >&2; exec sleep 600"
    )
    with pytest.raises(CommandFailed) as caught:
        await command.run(
            ["sh", "-c", script], environ=os.environ, limit=60, refusals=["sleeping and retrying"]
        )
    assert str(caught.value) == "no room, sleeping and retrying"
    assert not alive(tmp_path)


REFUSALS = [
    "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    "Invalid account or account/partition combination specified",
    "Invalid qos specification",
    "Requested node configuration is not available",
    "User's group not permitted to use this partition",
    "Access/permission denied",
    "Required partition not available (inactive or drain)",
    "Requested time limit is invalid (missing or exceeds some limit)",
    "System submissions disabled",
    "Protocol authentication error",  # munge is not there: nothing came to slurmctld
]


@pytest.mark.parametrize("words", REFUSALS)
async def test_slurms_words_for_a_refusal(words: str) -> None:
    text = f"sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: {words}"
    with pytest.raises(CommandFailed) as caught:
        await run("cat >&2; exit 1", stdin=text)
    assert not isinstance(caught.value, BatchSilent)
    assert str(caught.value) == text


async def test_a_command_that_does_not_exist_is_a_refusal_in_plain_words() -> None:
    with pytest.raises(BatchRefused, match="no command 'sbatch-of-nobody' on PATH"):
        await command.run(["sbatch-of-nobody"], environ=os.environ, limit=30)


async def test_a_command_that_may_not_be_run_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "sbatch").touch(mode=0o755)  # neither a program nor a script
    with pytest.raises(BatchRefused, match="sbatch cannot be started: Exec format error"):
        await command.run(["sbatch"], environ={"PATH": str(tmp_path)}, limit=30)


@pytest.fixture
def limit_from_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes to start a script: its time counts from its first words."""
    wait = asyncio.wait

    async def later(*arguments: Any, **options: Any) -> Any:
        await until_kept(tmp_path)
        return await wait(*arguments, **options)

    monkeypatch.setattr(asyncio, "wait", later)


@pytest.mark.usefixtures("limit_from_then")
async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(CommandTimeout) as caught:
        await run(f"echo waiting >&2; {keep(tmp_path)}; exec sleep 600", limit=0.5)
    assert str(caught.value) == "sh did not answer within 0.5 s: waiting"
    assert not alive(tmp_path)


@pytest.mark.usefixtures("limit_from_then")
async def test_a_command_that_is_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    with pytest.raises(CommandTimeout):
        await run(f"trap '' TERM; {keep(tmp_path)}; exec sleep 600", limit=0.5)
    assert not alive(tmp_path)


@pytest.mark.usefixtures("limit_from_then")
async def test_a_command_behind_a_wrapper_is_ended_with_it(tmp_path: Path) -> None:
    """Sites put shell scripts before Slurm's commands; what hangs is then a child of the command."""
    with pytest.raises(CommandTimeout):
        await run(f"sh -c '{keep(tmp_path)}; exec sleep 600'; true", limit=0.5)
    assert not alive(tmp_path)


@pytest.mark.usefixtures("limit_from_then")
async def test_a_command_that_left_its_group_is_not_waited_for(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: end_kept(tmp_path))
    with pytest.raises(CommandTimeout):
        await run(f"setsid sh -c '{keep(tmp_path)}; exec sleep 600'; true", limit=0.5)


async def test_cancelling_the_caller_ends_the_command_first(tmp_path: Path) -> None:
    task = asyncio.ensure_future(run(f"{keep(tmp_path)}; exec sleep 600"))
    await until_kept(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(tmp_path)


def keep(directory: Path) -> str:
    """Lets a script say which process it is."""
    return f"cat /proc/$$/stat > {directory}/new; mv {directory}/new {directory}/stat"


async def until_kept(directory: Path) -> None:
    while not (directory / "stat").exists():
        await asyncio.sleep(0.01)


def end_kept(directory: Path) -> None:
    stat = (directory / "stat").read_text()
    if lives_still(stat):
        os.kill(int(stat.split()[0]), signal.SIGKILL)


def alive(directory: Path) -> bool:
    return lives_still((directory / "stat").read_text())

"""Cancel jobs by their ids: all of them, or only those that are pending."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Protocol

from ..base import JobState, Snapshot
from ..errors import BatchError, CommandFailed
from .parse import portions

_NO_LONGER_THERE = ("Invalid job id", "already completing or completed", "already finished")
_PENDING_ONLY_NOISE = (*_NO_LONGER_THERE, "Job is no longer pending", "slurm_suspend error")


class _Run(Protocol):
    async def __call__(self, *argv: str) -> str: ...


class Scancel:
    """``run`` runs a command of Slurm's, ``jobs`` returns those of the user as they are now."""

    def __init__(self, run: _Run, jobs: Callable[[], Awaitable[Snapshot]]) -> None:
        self._run = run
        self._jobs = jobs
        self._held: set[str] = set()  # by a cancel that failed half-way

    async def all(self, ids: Collection[str]) -> None:
        """Cancel these jobs, whatever they do."""
        await self.release_held(ids)
        await self._scancel(ids)
        self._held.difference_update(ids)

    async def pending(self, ids: Collection[str]) -> None:
        """Cancel those that are pending, and none that starts meanwhile.

        ``scancel --state=PENDING 81_3`` would be the command, but Slurm 22.05 takes it for all
        pending tasks of 81 that have not been split off. It is right for whole arrays that are
        pending, but spares a task whose node is being configured (for minutes, if it has to boot).
        Other tasks are held first: a held job does not start, so what is pending then may be
        cancelled without a condition. A task that had started would be held when it is requeued,
        and is released. Where a command fails in between, the next call releases what it does not
        cancel.
        """
        snapshot = await self._jobs()
        pending = _pending_by_array(snapshot)
        wanted = set(ids) & set().union(*pending.values())
        await self.release_held(wanted)
        whole = [
            array
            for array, tasks in pending.items()
            if tasks <= wanted
            and all(snapshot.jobs[task].state is JobState.PENDING for task in tasks)
        ]
        some = {task for task in wanted if task.partition("_")[0] not in whole}
        if whole:
            await self._each_chunk(["scancel", "--state=PENDING"], whole, _PENDING_ONLY_NOISE)
            self._held -= wanted - some
        if some:
            await self._hold_and_cancel(some)

    async def _hold_and_cancel(self, tasks: Collection[str]) -> None:
        left = set(tasks)
        try:
            await self._each_chunk(["scontrol", "hold"], tasks, _PENDING_ONLY_NOISE)
            now = await self._jobs()
            states = {task: job.state for task in tasks if (job := now.get(task))}
            left -= {task for task, state in states.items() if state.ended}
            held = {task for task, state in states.items() if state.pending}
            started = {task for task, state in states.items() if state.running}
            await self._scancel(held)
            left -= held
            await self._each_chunk(["scontrol", "release"], started, _PENDING_ONLY_NOISE)
            left -= started
        finally:
            # Only now: a call that comes in between must not release what is being cancelled.
            self._held = (self._held - set(tasks)) | left

    async def release_held(self, spared: Collection[str] = ()) -> None:
        """Release what a failed cancel left held, except ``spared``; if that fails, at the next call."""
        held = self._held.difference(spared)
        with contextlib.suppress(BatchError):
            await self._each_chunk(["scontrol", "release"], held, _PENDING_ONLY_NOISE)
            self._held -= held

    async def _scancel(self, ids: Collection[str]) -> None:
        await self._each_chunk(["scancel"], ids, _NO_LONGER_THERE)

    async def _each_chunk(
        self, command: Sequence[str], ids: Iterable[str], harmless: tuple[str, ...]
    ) -> None:
        """Run a command on portions of the ids, one after the other. ``harmless`` errors are ignored."""
        for words in portions(ids):
            try:
                await self._run(*command, *words)
            except CommandFailed as error:
                lines = error.stderr.splitlines()
                rest = [line for line in lines if not any(h in line for h in harmless)]
                if rest or not lines:
                    text = "\n".join(rest)
                    raise CommandFailed(error.argv, error.exit_code, text) from None


def _pending_by_array(snapshot: Snapshot) -> dict[str, set[str]]:
    """Return the ids of the pending jobs by their array."""
    found: dict[str, set[str]] = {}
    for job in snapshot.jobs.values():
        if job.state.pending:
            found.setdefault(job.id.partition("_")[0], set()).add(job.id)
    return found

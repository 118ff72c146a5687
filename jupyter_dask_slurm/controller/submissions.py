"""Submissions of jobs, and the search for the jobs of one that was never answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..batch.base import BatchSystem, Submission
from ..batch.errors import BatchError, BatchRefused, BatchSilent, TooManyJobs
from ..logs import count_of_jobs, one_line
from ..model.names import job_name
from .job_table import JobTable
from .problems import Problems
from .restart_policy import RestartPolicy

UNANSWERED_PAUSE = 5.0
"""Seconds between the two polls of the queue after which an unanswered submission did nothing."""
NoteSubmitted = Callable[[Sequence[str]], Awaitable[None]]
"""Writes down the ids of jobs, for the time after this process."""
logger = logging.getLogger(__name__)


@dataclass
class _Unanswered:
    """A submission that got no answer: its jobs may be in the queue, or appear there later.

    Of ``total`` jobs asked for, ``count`` have no id yet.
    """

    name: str
    count: int
    total: int
    first_poll: float | None = None


class Submissions:
    """All submissions of one cluster, one at a time. Each has a job name of its own."""

    def __init__(
        self,
        batch: BatchSystem,
        table: JobTable,
        policy: RestartPolicy,
        problems: Problems,
        *,
        cluster_name: str,
        script: str,
        log_directory: Path,
        otherwise: str | None = None,
        note_submitted: NoteSubmitted | None = None,
    ) -> None:
        """``otherwise`` is submitted, from then on, where ``script`` is refused and that is taken.
        ``note_submitted`` is awaited with the ids of each submission; it may raise OSError."""
        self._batch, self._table = batch, table
        self._policy, self._problems = policy, problems
        self._cluster_name, self._script = cluster_name, script
        self._log_directory = log_directory
        self._otherwise = otherwise
        self._note_submitted = note_submitted
        self._count = 0
        self._in_flight = 0
        self._unanswered: _Unanswered | None = None

    @property
    def outstanding(self) -> int:
        """Jobs asked for without an answer yet."""
        return self._in_flight + (self._unanswered.count if self._unanswered else 0)

    @property
    def searching(self) -> bool:
        """Whether the jobs of an unanswered submission are being looked for."""
        return self._unanswered is not None

    def begin(self, count: int) -> None:
        """Count so many jobs as outstanding; `send` is to follow."""
        self._in_flight = count

    async def send(self) -> BatchError | None:
        """Submit the jobs. Return why they are fewer than asked for; None when all is well. The restart
        policy and the problems are told."""
        self._count += 1
        count = self._in_flight
        name = job_name(self._cluster_name, self._table.cluster_id, self._count)
        try:
            answer = await self._submit(self._script, name, count)
            if self._otherwise is not None and _is_for_the_script(answer):
                other = await self._submit(self._otherwise, name, count)
                if other.ids or isinstance(other.error, BatchSilent):
                    logger.info("submitted to the default partition: %s", one_line(answer.error))
                    self._script, self._otherwise, answer = self._otherwise, None, other
        finally:
            self._in_flight = 0
        self._table.add(answer.ids, name)
        if isinstance(answer.error, BatchSilent):
            self._unanswered = _Unanswered(name, count - len(answer.ids), count)
        logger.info("%s", _outcome(answer, count, name))
        self._note(answer.error)
        await self._write_down(answer.ids)
        return answer.error

    async def _write_down(self, ids: tuple[str, ...]) -> None:
        if self._note_submitted is not None and ids:
            try:
                await self._note_submitted(ids)
            except OSError as error:
                logger.warning("which jobs were submitted cannot be written down: %s", error)

    def _note(self, error: BatchError | None) -> None:
        if error is None:
            self._policy.submission_accepted()
            self._problems.clear("submission_refused")
        elif self._policy.submission_failed(
            time.time(),
            silent=isinstance(error, BatchSilent),
            no_room=isinstance(error, TooManyJobs),
        ):
            self._problems.set("submission_refused", str(error))

    async def _submit(self, script: str, name: str, count: int) -> Submission:
        return await self._batch.submit(
            script, name=name, count=count, log_directory=self._log_directory
        )

    def check_unanswered(self, taken: float) -> None:
        """Look for the jobs of an unanswered submission in the job table, after a poll of the queue
        that was taken at ``taken`` (seconds since the epoch).

        Two polls some seconds apart settle what the submission did. Jobs that appear later still
        are added to the table by their name, and are cancelled if they are too many.
        """
        unanswered = self._unanswered
        if unanswered is None:
            return
        found = sum(job.name == unanswered.name for job in self._table)
        if found >= unanswered.total:
            self._unanswered = None
        elif unanswered.first_poll is None:
            unanswered.first_poll = taken
        elif taken - unanswered.first_poll >= UNANSWERED_PAUSE:
            self._unanswered = None
        if self._unanswered is None:
            jobs = f"{found} of {count_of_jobs(unanswered.total)}"
            logger.info("found %s in the queue, named %s", jobs, unanswered.name)


def _is_for_the_script(answer: Submission) -> bool:
    """Return whether nothing was submitted, and not because of how many jobs there are."""
    refused = isinstance(answer.error, BatchRefused) and not isinstance(answer.error, TooManyJobs)
    return refused and not answer.ids


def _outcome(answer: Submission, count: int, name: str) -> str:
    """Return what became of a submission of ``count`` jobs, for the log."""
    # Of an array its own id stands for all its tasks.
    arrays = dict.fromkeys(job_id.partition("_")[0] for job_id in answer.ids)
    accepted = f"submitted {count_of_jobs(len(answer.ids))} as {', '.join(arrays)}"
    if answer.error is None:
        return f"{accepted}, named {name}"
    how = "no answer to" if isinstance(answer.error, BatchSilent) else "refused"
    rest = f"{how} a submission of {count_of_jobs(count - len(answer.ids))}, named {name}"
    return f"{f'{accepted}; ' if arrays else ''}{rest}: {one_line(answer.error)}"

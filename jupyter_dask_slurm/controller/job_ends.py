"""What becomes known of jobs that have ended, before Slurm forgets it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from ..batch.base import BatchSystem
from ..batch.errors import BatchError
from ..logs import log_end
from ..model.cluster import utc_text
from .job import TrackedJob
from .problems import Problems
from .restart_policy import Healing, Verdict

LOGS_AT_ONCE = 20
"""Of so many jobs that ended together the logs are read: a thousand would say the same."""
CODES = ("jobs_failed", "jobs_vanish", "jobs_crash")
"""The problems that follow from ends."""
logger = logging.getLogger(__name__)


class Ends:
    """Records how jobs ended, and what follows for their replacement."""

    def __init__(self, batch: BatchSystem, problems: Problems, log_directory: Path) -> None:
        self.healing = Healing()
        self.failed = 0
        """Jobs that failed since `forgive`."""
        self._batch, self._problems = batch, problems
        self._log_directory = log_directory

    def forgive(self) -> None:
        """The user asks for jobs again: what failed before is no reason any more."""
        self.failed = 0
        self.healing.forgive()
        self._problems.clear(*CODES)

    def proved(self, jobs: Sequence[TrackedJob]) -> None:
        """The workers of those jobs have stayed: such jobs work."""
        if jobs:
            self.healing.proved()
            self._problems.clear(*CODES)

    async def take(self, jobs: Sequence[TrackedJob]) -> None:
        """Take in jobs that have ended: exit code, the end of the log, and what to do about it."""
        unasked = [job for job in jobs if job.verdict is not Verdict.ASKED]
        if unasked:
            await self._complete(unasked)
        verdicts = {job.id: job.verdict for job in jobs}
        for job in jobs:
            logger.info("job %s ended: %s (%s)", job.id, job.state.value, verdicts[job.id].value)
        failed = [job for job in unasked if verdicts[job.id] is Verdict.FAILED]
        self.failed += len(failed)
        now = time.time()
        self.healing.ended(list(verdicts.values()), now)
        if failed and self.healing.halted:
            last = failed[-1]
            self._problems.set(
                "jobs_failed",
                f"{self.healing.failures} jobs in a row failed at once; job {last.id} ended "
                f"{_how(last)}.\n{last.error or 'Its log is empty.'}",
            )
        for verdict, code in ((Verdict.OUTSIDE, "jobs_vanish"), (Verdict.CRASHED, "jobs_crash")):
            if found := [job for job in unasked if verdicts[job.id] is verdict]:
                words = f"job {found[-1].id} ended {_how(found[-1])}"
                log = found[-1].error if verdict is Verdict.CRASHED else None
                self._tell_again(code, words, now, log)

    def give_up(self, jobs: Sequence[TrackedJob]) -> None:
        """Replace jobs that the batch system could not start: they count as ended from outside."""
        for job in jobs:
            reason = job.report.reason if job.report is not None else None
            logger.warning("job %s could not be started (%s): it is replaced", job.id, reason)
            job.succeeded = True
        if jobs:
            now = time.time()
            self.healing.ended([Verdict.OUTSIDE] * len(jobs), now)
            words = f"job {jobs[-1].id} could not be started on its node"
            self._tell_again("jobs_vanish", words, now)

    def _tell_again(self, code: str, last: str, now: float, log: str | None = None) -> None:
        """What happens for the first time is mended without a word."""
        pause = self.healing.pause_until(now)
        if pause is not None:
            how = "break soon after they began" if code == "jobs_crash" else "end from outside"
            self._problems.set(
                code,
                f"Jobs {how}, again and again: {last}. What is missing is replaced after a pause, "
                f"until {utc_text(pause)}." + (f"\n{log}" if log else ""),
            )

    async def _complete(self, jobs: Sequence[TrackedJob]) -> None:
        """Exit codes, and the ends that squeue does not list; then the ends of the logs."""
        try:
            known = await self._batch.ends([job.id for job in jobs])
        except BatchError as error:
            logger.warning("how jobs ended could not be asked for: %s", error)
            known = {}
        for job in jobs:
            told = known.get(job.id)
            if told is not None and told.state.ended and told.name == job.name:
                job.report = told
        reads = (self._read_log(job) for job in jobs[-LOGS_AT_ONCE:])
        await asyncio.gather(*reads)

    async def _read_log(self, job: TrackedJob) -> None:
        end = await asyncio.to_thread(log_end, self._log_directory / f"{job.id}.log")
        job.error = end or None


def _how(job: TrackedJob) -> str:
    code = job.report.exit_code if job.report is not None else None
    state = job.state.value
    return f"{state} (exit code {code})" if code and code != "0:0" else state

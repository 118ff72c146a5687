"""What becomes known of jobs that have ended, before Slurm forgets it, and what follows from it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from ..batch.base import BatchSystem
from ..batch.errors import BatchError
from ..batch.renamed import RenamedJobs
from ..interfaces import interfaces
from ..logs import one_line
from ..model.cluster import utc_text
from ..site_rules.reachability import NO_OUTPUT, connection_advice, log_advice, not_connected
from .job_logs import JobLogs
from .log_words import READ_LINES, SHOWN_LINES, cause, ending
from .problems import Problems
from .restart_policy import Outcome, RestartPolicy
from .tracked_job import TrackedJob

LOGS_AT_ONCE = 20
"""How many logs are read of jobs that ended together: a thousand would say the same."""
CODES = ("jobs_failed", "jobs_unlisted", "jobs_vanish", "jobs_crash")
"""The problems that follow from ends."""
logger = logging.getLogger(__name__)


class JobEnds:
    """Records how jobs ended, and tells the restart policy and the problems."""

    def __init__(
        self,
        batch: BatchSystem,
        problems: Problems,
        logs: JobLogs,
        renamed: RenamedJobs,
        address: str = "",
    ) -> None:
        """``address`` is the scheduler's."""
        self.policy = RestartPolicy()
        self.failed = 0
        """Jobs that failed since `reset`."""
        self._batch, self._problems, self._logs, self._address = batch, problems, logs, address
        self._renamed = renamed

    def reset(self) -> None:
        """Forget what failed before: the user asks for jobs again."""
        self.failed = 0
        self.policy.reset()
        self._problems.clear(*CODES)

    def jobs_stable(self, jobs: Sequence[TrackedJob]) -> None:
        """Note that the workers of those jobs have stayed: such jobs work."""
        if jobs:
            self.policy.job_stable()
            self._problems.clear(*CODES)

    async def record(self, jobs: Sequence[TrackedJob]) -> None:
        """Record the exit code and the end of the log of jobs that have ended, and what follows."""
        unasked = [job for job in jobs if job.outcome is not Outcome.REQUESTED]
        if unasked:
            await self._fetch_details(unasked)
        outcomes = {job.id: job.outcome for job in jobs}
        for job in jobs:
            logger.info("job %s ended %s: %s", job.id, _how(job), outcomes[job.id].value)
        failed = [job for job in unasked if outcomes[job.id] is Outcome.FAILED]
        self.failed += len(failed)
        now = time.time()
        self.policy.jobs_ended(list(outcomes.values()), now)
        if unlisted := [job for job in unasked if job.never_listed]:
            self.policy.note_unlisted()
            if self.policy.jobs_unlisted:
                self._problems.set(
                    "jobs_unlisted",
                    f"Slurm accepted job {unlisted[-1].id}, and neither lists it nor knows its id. "
                    "Nothing more is submitted.",
                )
        if failed and self.policy.halted:
            last = failed[-1]
            logger.info("submits no more: %d jobs in a row failed at once", self.policy.failures)
            self._problems.set(
                "jobs_failed",
                f"{self.policy.failures} jobs in a row failed at once; job {last.id} ended "
                f"{_why(last)}.\n{last.error or self._no_words(last)}",
                self._advice(last),
            )
        for outcome, code in ((Outcome.EXTERNAL, "jobs_vanish"), (Outcome.CRASHED, "jobs_crash")):
            if found := [job for job in unasked if outcomes[job.id] is outcome]:
                words = f"job {found[-1].id} ended {_why(found[-1])}"
                log = found[-1].error if outcome is Outcome.CRASHED else None
                self._report_repeated(code, words, now, log)

    def replace_unlaunched(self, jobs: Sequence[TrackedJob]) -> None:
        """Replace jobs that Slurm could not start on their node and holds: for the restart policy
        they were ended externally."""
        for job in jobs:
            reason = job.report.reason if job.report is not None else None
            words = one_line(reason or "no reason given")
            logger.info("replaces job %s, which could not be started: %s", job.id, words)
        self._replace(jobs, "could not be started on its node")

    def replace_deserted(self, jobs: Sequence[TrackedJob]) -> None:
        """Replace jobs that go on without their workers, likewise."""
        for job in jobs:
            logger.info("replaces job %s, which runs without its workers", job.id)
        self._replace(jobs, "went on without its workers")

    def _replace(self, jobs: Sequence[TrackedJob], why: str) -> None:
        for job in jobs:
            job.replace_requested = True
        if jobs:
            now = time.time()
            self.policy.jobs_ended([Outcome.EXTERNAL] * len(jobs), now)
            self._report_repeated("jobs_vanish", f"job {jobs[-1].id} {why}", now)

    def _report_repeated(self, code: str, last: str, now: float, log: str | None = None) -> None:
        """Set the problem if there is a pause before the next replacement. The first time a job is
        lost it is replaced at once, and there is nothing to report."""
        pause = self.policy.pause_until(now)
        if pause is not None:
            how = "break soon after they began" if code == "jobs_crash" else "end from outside"
            self._problems.set(
                code,
                f"Jobs {how}, again and again: {last}. What is missing is replaced after a pause, "
                f"until {utc_text(pause)}." + (f"\n{log}" if log else ""),
            )

    async def _fetch_details(self, jobs: Sequence[TrackedJob]) -> None:
        """Fetch exit codes, and the ends that squeue does not list; then the ends of the logs."""
        try:
            known = await self._batch.ended_jobs([job.id for job in jobs])
            others = [j.id for j in jobs if j.id in known and known[j.id].name != j.name]
            known = await self._renamed.restore_found(known, others)
        except BatchError as error:
            logger.warning("how jobs ended could not be asked for: %s", error)
            known = {}
        for job in jobs:
            report = known.get(job.id)
            if report is not None and report.state.ended and report.name == job.name:
                job.report = report
        await asyncio.gather(*(self._read_log(job) for job in jobs[-LOGS_AT_ONCE:]))

    async def _read_log(self, job: TrackedJob) -> None:
        log = await self._logs.end(job.id, READ_LINES)
        job.error, job.cause = (
            (ending(log, SHOWN_LINES) or None, cause(log)) if log else (None, None)
        )
        job.has_log, job.not_connected = log is not None, not_connected(log or "")

    def _no_words(self, job: TrackedJob) -> str:
        return "Its log is empty." if job.has_log else f"It has no log in {self._logs.directory}."

    def _advice(self, job: TrackedJob) -> str | None:
        """Return what to do about a job that failed at once; None where its log has to tell."""
        code = job.report.exit_code if job.report is not None else None
        if job.connected_at is None and (code == NO_OUTPUT or not job.has_log):
            return log_advice(self._logs.directory, own=self._logs.removable)
        if job.connected_at is None and job.not_connected:
            return connection_advice(self._address, interfaces())
        return None


def _how(job: TrackedJob) -> str:
    code = job.report.exit_code if job.report is not None else None
    state = job.state.value
    return f"{state} (exit code {code})" if code and code != "0:0" else state


def _why(job: TrackedJob) -> str:
    return f"{_how(job)}: {job.cause.rstrip('.')}" if job.cause else _how(job)

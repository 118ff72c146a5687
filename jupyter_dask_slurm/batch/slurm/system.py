"""Slurm as a batch system. The only module that runs Slurm's commands."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from ...file_threads import FileSystemSilent, in_file_thread
from ..base import JOB_ID, BatchJob, BatchSystem, Estimate, Snapshot, Submission
from ..command import is_silence, run
from ..errors import BatchError, BatchRefused, CommandFailed, SlurmctldSilent
from ..job_environment import clean_environment, for_submission, outside_of_jobs
from ..site import Site
from . import jobs as job_rows
from . import parse as parse
from .clock import SlurmClock
from .estimate import parse_estimate
from .scancel import Scancel
from .script import directives, stamp
from .site import SlurmSite
from .snapshot import SharedOutput
from .submit import Submitter

# Slurm's commands give slurmctld 10 s to answer (MessageTimeout) and then say why they end; the
# limits leave them the time to say it.
_LIMIT = 20.0
_SUBMIT_LIMIT = 30.0
_ESTIMATE_LIMIT = 12.0
_ACCOUNTS_PAUSE = 60.0
_CLUSTERS_LIMIT = 5.0
"""Seconds that slurmdbd may take to name the site's other clusters, for a search in them."""

_QUEUE_FULL = ("sleeping and retrying", "Job creation temporarily disabled, retrying")
"""``sbatch`` tries again for two minutes where ``MaxJobCount`` is reached. We try again ourselves, and
until then the user can know why."""


class SlurmBatchSystem:
    """Implements `BatchSystem` with Slurm's commands.

    ``directory`` holds what processes of this user share: the last output of ``squeue``.
    ``environ`` is that of the commands, and so of jobs; None is a cleaned copy of this process's.
    ``umask`` is that of jobs; None is that of this process. ``cluster`` is the one that every command is
    about, of a Slurm of several; None is the one that they speak of by themselves. Ids are those of one.
    """

    name = "slurm"

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str] | None = None,
        *,
        umask: int | None = None,
        cluster: str | None = None,
    ) -> None:
        self._directory = directory
        self._environ = (
            clean_environment(os.environ) if environ is None else outside_of_jobs(environ)
        )
        # sbatch takes it for the umask to hand on, where it is set; else it hands on its own.
        self._umask = {} if umask is None else {"SLURM_UMASK": f"{umask:04o}"}
        self._site = SlurmSite(self.name, self._run)
        self._submitter = Submitter()
        self._scancel = Scancel(self._run, functools.partial(self.jobs, max_age=0))
        self._clock = SlurmClock()
        self._no_accounts_before = 0.0
        self._user = str(os.getuid())
        self._others: dict[str, SlurmBatchSystem] = {}
        self.speak_of(cluster)

    def speak_of(self, slurm_cluster: str | None) -> None:
        self.slurm_cluster = slurm_cluster
        # What decides it where nothing is said, too: processes with other answers share none.
        which = [slurm_cluster or self._environ.get("SLURM_CLUSTERS", "")]
        which.append(self._environ.get("SLURM_CONF", ""))
        self._queue, self._coded_queue = (
            SharedOutput(
                self._directory,
                "\n".join([self._user, *which, *columns]),
                functools.partial(self._squeue, "-r", "-u", self._user, *columns),
                patience=_LIMIT + 5,
            )
            for columns in (("-o", job_rows.QUEUE_FORMAT), ("-O", job_rows.CODED_FORMAT))
        )

    def _words(self, command: str, *words: str) -> list[str]:
        """Return a command line about our cluster. ``sacctmgr`` speaks of all, and has no ``-M``."""
        if self.slurm_cluster is None or command == "sacctmgr":
            return [command, *words]
        return [command, "-M", self.slurm_cluster, *words]

    async def start(self) -> None:
        """Ask for nothing yet: a slurmctld that does not answer must not keep a cluster from starting."""

    async def stop(self) -> None:
        await self._site.stop()
        for other in self._others.values():
            await other.stop()

    async def elsewhere(self) -> Sequence[BatchSystem]:
        if self.slurm_cluster is not None:
            return []
        with contextlib.suppress(asyncio.TimeoutError):
            for name in await asyncio.wait_for(self._site.other_clusters(), _CLUSTERS_LIMIT):
                if name not in self._others:
                    self._others[name] = SlurmBatchSystem(
                        self._directory, self._environ, cluster=name
                    )
        return list(self._others.values())

    # -- submit

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if count < 1:
            return Submission(())
        try:
            await in_file_thread(log_directory, os.makedirs, log_directory, exist_ok=True)
        except FileSystemSilent:
            pass  # it is there most likely, and whether a node reaches it Slurm says
        except OSError as error:
            return Submission((), BatchRefused(f"{log_directory}: {error.strerror}"))
        await self._scancel.release_held()
        try:
            largest = (await self._site.configuration()).max_array_size
        except BatchError as error:
            return Submission((), error)

        async def sbatch(part: int | None) -> str:
            return await self._sbatch(
                stamp(script, name=name, count=part, log_directory=log_directory)
            )

        begun = time.time()
        answer = await self._submitter.submit(sbatch, count, largest=largest)
        if answer.ids:
            self._clock.note_submission(answer.ids[0], begun)
        return answer

    async def _sbatch(self, script: str) -> str:
        argv = self._words("sbatch", "--parsable")
        environ = {**for_submission(self._environ, directives(script)), **self._umask}
        try:
            out, err = await run(
                argv, environ=environ, limit=_SUBMIT_LIMIT, stdin=script, refusals=_QUEUE_FULL
            )
        except BatchError:
            self._site.forget()  # of the limits of arrays, say
            raise
        try:
            job, cluster = parse.parse_submission(out)
        except ValueError as error:
            # It said yes: there may well be a job, only its id is not known.
            raise SlurmctldSilent(argv, 0, f"{error}\n{err}") from None
        if self.slurm_cluster is None and cluster is not None:
            # A plugin or wrapper of the site's chose it. The other commands do not know.
            self.speak_of(cluster)
        return job

    async def estimate(self, script: str) -> Estimate:
        argv = self._words("sbatch", "--test-only")
        chosen = for_submission(self._environ, directives(script))
        environ = {**chosen, "SLURM_TIME_FORMAT": job_rows.TIME_FORMAT}
        try:
            _, said = await run(argv, environ=environ, limit=_ESTIMATE_LIMIT, stdin=script)
        except CommandFailed as error:
            said = error.stderr
        return parse_estimate(said)

    # -- look

    async def jobs(self, *, max_age: float) -> Snapshot:
        answer = await self._queue.get(max_age)
        snapshot = self._read(answer.text, answer.taken)
        if self._clock.learn(snapshot):
            snapshot = self._read(answer.text, answer.taken)
        return snapshot

    def _read(self, text: str, taken: float) -> Snapshot:
        return job_rows.parse_queue(text, taken=taken, ahead=self._clock.ahead())

    async def find_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        found: dict[str, BatchJob] = {}
        async for out in self._by_id(ids, "-r", "-o", job_rows.QUEUE_FORMAT):
            known = self._read(out, time.time())
            found |= {i: replace(job, id=i) for i in ids if (job := known.get(i)) is not None}
        return found

    async def log_directories(self, ids: Collection[str]) -> Mapping[str, PurePath]:
        found: dict[str, PurePath] = {}
        async for out in self._by_id(ids, "-O", job_rows.LOG_FORMAT):
            known = job_rows.parse_logs(out)
            found |= {i: log.parent for i in ids if (log := known.get(i.partition("_")[0]))}
        return found

    async def _by_id(self, ids: Collection[str], *words: str) -> AsyncIterator[str]:
        """Yield what ``squeue`` says of some jobs: by id it shows them whatever hides them from its lists."""
        for chunk in parse.portions(ids):
            arrays = ",".join(dict.fromkeys(word.partition("_")[0] for word in chunk))
            try:
                yield await self._squeue("-j", arrays, *words)
            except CommandFailed as error:
                if "Invalid job id" not in error.stderr:
                    raise
                # It has none of them.

    async def ended_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        if not ids:
            return {}
        answer = await self._coded_queue.get(0)
        queue = job_rows.parse_coded_queue(answer.text, taken=answer.taken)
        found = {i: job for i in ids if (job := queue.get(i)) is not None}
        if missing := set(ids) - found.keys():
            accounts = await self._accounts(missing)
            found.update((i, job) for i in missing if (job := accounts.get(i)) is not None)
        # One line may tell of a whole array.
        return {i: replace(job, id=i) for i, job in found.items() if job.state.ended}

    async def _accounts(self, ids: Collection[str]) -> Snapshot:
        """Return what ``sacct`` knows; nothing where there is no accounting, or it does not answer."""
        now = time.time()
        # Its list of jobs takes no ranges of tasks. Whole arrays are few words.
        arrays = sorted({i.partition("_")[0] for i in ids if JOB_ID.fullmatch(i)}, key=int)
        if not arrays or time.monotonic() < self._no_accounts_before:
            return Snapshot(now)
        argv = self._words("sacct", "-n", "-P", "-X", f"--delimiter={parse.SEPARATOR}")
        argv += ["-u", self._user, "-o", job_rows.ACCOUNT_FORMAT, "-j", ",".join(arrays)]
        # Without the second of these a long list of tasks is cut.
        words = {"SLURM_TIME_FORMAT": job_rows.TIME_FORMAT, "SLURM_BITSTR_LEN": "0"}
        try:
            if not (await self._site.configuration()).accounting:
                return Snapshot(now)
            out, _ = await run(argv, environ={**self._environ, **words}, limit=_LIMIT)
        except BatchError:
            self._no_accounts_before = time.monotonic() + _ACCOUNTS_PAUSE
            return Snapshot(now)
        return job_rows.parse_accounts(out, taken=now)

    async def _squeue(self, *words: str) -> str:
        # Without -a, jobs in a hidden partition are left out: even one's own (squeue manual, --all).
        argv = self._words("squeue", "-a", "-h", "-t", "all", *words)
        environ = {**self._environ, "SLURM_TIME_FORMAT": job_rows.TIME_FORMAT}
        out, _ = await run(argv, environ=environ, limit=_LIMIT)
        return out

    async def node_addresses(self) -> Collection[str]:
        return (await self._run("sinfo", "-a", "-h", "-o", "%o")).split()

    async def site(self) -> Site:
        return await self._site.site()

    def doubt_site(self) -> None:
        self._site.doubt()

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        await (self._scancel.pending(ids) if pending_only else self._scancel.all(ids))

    async def _run(self, *argv: str) -> str:
        out, err = await run(self._words(*argv), environ=self._environ, limit=_LIMIT)
        if is_silence(err):  # scancel has been seen to end with 0 all the same
            raise SlurmctldSilent(argv, 0, err)
        return out

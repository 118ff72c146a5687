"""A controller in a Slurm job of its own: for sites that end long processes of their login nodes,
and for a Jupyter that runs in a job itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ...batch.base import Snapshot
from ...batch.choose import make_batch_system
from ...batch.errors import BatchError, BatchSilent
from ...batch.job_environment import Clean, clean_environment, requests
from ...batch.renamed import RenamedJobs
from ...batch.slurm.request import read_request
from ...cluster_files.directory import ClusterDirectory, job_name_from_logs
from ...file_threads import in_file_thread
from ...model.names import cluster_of_controller, controller_job_name
from ...process import Owner
from .base import Tell, controller_command, last_lines, order_for
from .presence import Absence, end_of_job, find_controller, judge, pending_problem
from .script import controller_script

if TYPE_CHECKING:
    from ...batch.base import BatchJob, BatchSystem

POLL_INTERVAL = 0.5
"""Seconds between looks for the connection file."""
LOOK_FIRST, LOOK_LAST = 1.0, 15.0
"""Seconds between looks at the queue while a controller starts: they grow from the first to the last."""
MAX_AGE = 5.0
"""Seconds that a snapshot of the queue may be old when somebody asks whether a controller lives."""
SEARCH_LIMIT, SEARCH_PAUSE = 120.0, 5.0
"""Seconds for which a job is looked for whose submission was not answered, and between two looks."""
END_LIMIT = 10.0
"""Seconds that a controller's job has to leave after it was cancelled."""
PRIVATE = 0o077
JobKey = tuple[str | None, str]
"""A job's Slurm cluster, and its id there."""


class JobLauncher:
    """Controllers are jobs of the Slurm that ``SLURM_CONF`` names, one each, beside the jobs of
    their cluster.

    ``state_dir`` is the registry, which the nodes must see as well; ``working_directory`` is where
    controllers and their jobs start (default: the home directory). They get what ``clean`` leaves of
    this process's environment.
    """

    def __init__(
        self,
        state_dir: Path,
        working_directory: Path | None = None,
        clean: Clean = clean_environment,
    ) -> None:
        self._state_dir = state_dir
        self._working_directory = working_directory
        self._clean = clean
        self._starting: dict[str | None, asyncio.Task[BatchSystem]] = {}
        self._absent: dict[JobKey, Absence] = {}
        self._renamed: dict[JobKey, RenamedJobs] = {}
        self._found_in: dict[JobKey, str] = {}
        """Slurm clusters that a wrapper of the site's chose without a word."""
        self._seen: dict[JobKey, BatchJob] = {}

    async def launch(self, directory: ClusterDirectory) -> Owner:
        record = await in_file_thread(directory.registry, directory.record)
        if record is None:
            raise OSError("the cluster's record is gone")
        template = await in_file_thread(directory.registry, directory.template)
        environ = self._clean(os.environ)
        script = controller_script(
            record.options,
            read_request("" if template is None else template.preview(), environ),
            exported=requests(environ),
            command=controller_command(),
            order=order_for(directory),
            log=directory.log("controller"),
            working_directory=self._working_directory or Path.home(),
        )
        slurm = await self._slurm(record.options.slurm_cluster)
        submission = await slurm.submit(
            script,
            name=controller_job_name(record.name, record.id),
            count=1,
            log_directory=directory.path,
        )
        job = next(iter(submission.ids), None)
        if job is None and isinstance(submission.error, BatchSilent):
            job = await self._search(directory.id, slurm.slurm_cluster)
        if job is None:
            raise OSError(str(submission.error))
        where = slurm.slurm_cluster
        return Owner("", boot_id="", pid=0, process_start=0, job=job, slurm_cluster=where)

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        pause, next_look, waits, unwanted = LOOK_FIRST, 0.0, None, False
        while not await in_file_thread(directory.registry, directory.connection_file.exists):
            if await in_file_thread(directory.registry, directory.ended) is not None:
                return False  # it has said why itself; the queue shows its end later
            look = waits is not None and not unwanted
            if look and await in_file_thread(directory.registry, is_unwanted, directory):
                pause, next_look, unwanted = LOOK_FIRST, 0.0, True
            if time.monotonic() >= next_look:
                if unwanted:
                    await self._cancel_pending(owner)
                if await self._look(directory, owner, max_age=pause / 2) is False:
                    # It may have become ready and ended for a reason of its own since.
                    return await in_file_thread(
                        directory.registry, directory.connection_file.exists
                    )
                waits = pending_problem(self._seen.get(_key(owner)))
                if tell is not None:
                    tell(waits)
                next_look = time.monotonic() + pause
                pause = min(pause * 1.5, LOOK_LAST)
            await asyncio.sleep(POLL_INTERVAL)
        return True

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        return await self._look(directory, owner, max_age=MAX_AGE)

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return f"{self.how_ended(owner)}\n{await last_lines(directory)}"

    def how_ended(self, owner: Owner) -> str | None:
        return end_of_job(owner.job or "", self._seen.get(_key(owner)))

    async def end(self, directory: ClusterDirectory, owner: Owner) -> None:
        """A Slurm that is silent now is asked again when the cluster's jobs are cancelled by name."""
        job = owner.job
        if job is None:
            return
        deadline = time.monotonic() + END_LIMIT
        with contextlib.suppress(BatchError):
            slurm = await self._slurm_of(owner)
            cancelled = False
            while time.monotonic() < deadline:
                now = find_controller(await self._listed(owner, max_age=0), directory.id, job)
                if now is None or now.state.ended:
                    return
                if not cancelled:
                    await slurm.cancel([job])
                    cancelled = True
                await asyncio.sleep(POLL_INTERVAL)

    # -- Slurm ---------------------------------------------------------------------------------

    async def _look(
        self, directory: ClusterDirectory, owner: Owner, *, max_age: float
    ) -> bool | None:
        """Whether the controller lives, by what the queue shows now; keeps what was seen of it."""
        key = _key(owner)
        try:
            snapshot = await self._listed(owner, max_age=max_age)
            job = find_controller(snapshot, directory.id, owner.job or "")
            alive, absence = judge(job, snapshot.taken, self._absent.pop(key, None))
            if absence is not None:
                self._absent[key] = absence
            if alive is False and job is None:
                job = await self._by_id(directory, owner)
                alive = job is not None and not job.state.ended
        except BatchError:
            return None
        if job is not None:
            self._seen[key] = job
        return alive

    async def _listed(self, owner: Owner, *, max_age: float) -> Snapshot:
        """What the queue lists; the controller's job under its own name, should the site have renamed it.
        Raises BatchError."""
        job, slurm = owner.job or "", await self._slurm_of(owner)
        snapshot = await slurm.jobs(max_age=max_age)
        seen = snapshot.get(job)
        if seen is not None and cluster_of_controller(seen.name) is None:
            renamed = self._renamed.setdefault(_key(owner), RenamedJobs(slurm, self._name_of))
            snapshot = await renamed.restore(snapshot, [job])
        return snapshot

    async def _by_id(self, directory: ClusterDirectory, owner: Owner) -> BatchJob | None:
        """The controller's job, that no list shows, by its id: there, or in another of the site's Slurm
        clusters. Raises BatchError."""
        job, slurm = owner.job or "", await self._slurm_of(owner)
        for where in (slurm, *await slurm.elsewhere()):
            try:
                found = Snapshot(time.time(), await where.find_jobs([job]))
                found = await RenamedJobs(where, self._name_of).restore(found, [job])
            except BatchError:
                if where is slurm:
                    raise
                continue
            if (seen := find_controller(found, directory.id, job)) is not None:
                if where is not slurm and where.slurm_cluster is not None:
                    self._found_in[_key(owner)] = where.slurm_cluster
                return seen
        return None

    def _name_of(self, _: str, logs: PurePath) -> str | None:
        return job_name_from_logs(self._state_dir, logs)

    async def _search(self, cluster_id: str, slurm_cluster: str | None) -> str | None:
        """The job of a submission that was not answered: it may be in the queue all the same.

        None when two looks do not show it, or Slurm stays silent. Should it appear after that, the
        controller finds that its cluster has ended, and does nothing.
        """
        deadline = time.monotonic() + SEARCH_LIMIT
        looks = 0
        while looks < 2 and time.monotonic() < deadline:
            with contextlib.suppress(BatchError):
                snapshot = await (await self._slurm(slurm_cluster)).jobs(max_age=0)
                looks += 1
                for job in snapshot.jobs.values():
                    if cluster_of_controller(job.name) == cluster_id and not job.state.ended:
                        return job.id
            await asyncio.sleep(SEARCH_PAUSE)
        return None

    async def _cancel_pending(self, owner: Owner) -> None:
        """Nobody can tell a controller that waits in the queue to stop; but it has no jobs yet."""
        if owner.job is not None:
            with contextlib.suppress(BatchError):
                slurm = await self._slurm_of(owner)
                await slurm.cancel([owner.job], pending_only=True)

    async def _slurm_of(self, owner: Owner) -> BatchSystem:
        return await self._slurm(self._found_in.get(_key(owner), owner.slurm_cluster))

    async def _slurm(self, cluster: str | None) -> BatchSystem:
        if cluster not in self._starting:
            self._starting[cluster] = asyncio.ensure_future(self._start(cluster))
        return await asyncio.shield(self._starting[cluster])

    async def _start(self, cluster: str | None) -> BatchSystem:
        # The job's log is written by Slurm, with the job's umask: ours to read alone.
        # What the user exports for sbatch is for the workers. As far as it is for this job, too, it stands
        # in the script.
        environ = self._clean(os.environ)
        others = requests(environ)
        slurm = make_batch_system(
            "slurm",
            directory=self._state_dir,
            umask=PRIVATE,
            slurm_cluster=cluster,
            environ={name: value for name, value in environ.items() if name not in others},
        )
        await slurm.start()
        return slurm


def _key(owner: Owner) -> JobKey:
    return owner.slurm_cluster, owner.job or ""


def is_unwanted(directory: ClusterDirectory) -> bool:
    """Whether the user has asked for the cluster's end before its controller could be told."""
    record = directory.record()
    return record is not None and record.unsent.stop

"""What is asked of one cluster from a notebook or the command line: of its controller, or its files.

Where not said otherwise, each raises WrongState when the cluster has ended or is still starting, and
`Unavailable` when its controller does not answer. The Jupyter server has `server.monitor.commands`, which
can wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..batch.base import JOB_ID
from ..batch.slurm.script import stamp
from ..cluster_files.directory import ClusterDirectory
from ..cluster_files.record import Record
from ..errors import (
    ClusterNotFound,
    ControllerUnreachable,
    InvalidOptions,
    LogNotFound,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..file_threads import FileSystemSilent, in_file_thread
from ..logs import Excerpt, excerpt
from ..model.cluster import Cluster, ClusterOptions, Job, Scaling
from ..model.names import job_name
from ..model.settings import Settings
from ..model.wire import ControllerState, Unsent
from ..site_rules.policy import check_new_size, check_scaling
from .batch_systems import BatchSystems
from .controller_client import ControllerClient
from .find import check, checked, read
from .status import Observed

T = TypeVar("T")
POLL_INTERVAL = 0.1
"""Seconds between looks at files that another process writes or removes."""
MAX_TAIL = 10_000


async def scale(observed: Observed, scaling: Scaling, settings: Settings) -> ControllerState:
    """Ask for that size. Raises also InvalidOptions."""
    record = observed.record
    scaling = scaling.with_patience(settings.grow_after, settings.shrink_after)
    check_scaling(record.settings, record.options, scaling).raise_problems()
    if settings.policy.max_cores_per_user is not None:
        clusters = [each.cluster() for each in await checked(observed.directory.registry)]
        limits = settings.for_controller()
        check_new_size(limits, observed.cluster(), scaling, clusters).raise_problems()
    async with controller_of(observed) as controller:
        said = await controller.set_target(scaling)
    # For the time when there is no controller any more to ask for it.
    await _note(observed, lambda record: replace(record, scaling=scaling))
    return said


async def jobs(observed: Observed) -> list[Job]:
    """Return its jobs; none of one that is still starting or has ended."""
    if observed.connection is None or observed.ended is not None:
        return []
    async with controller_of(observed) as controller:
        return await controller.jobs()


async def stop(observed: Observed, limit: float | None = None) -> None:
    """Ask a cluster to end. One that is still starting is told as soon as it can be: by a Jupyter server
    that follows it, and from here for so many seconds."""
    if observed.ended is None and observed.connection is None:
        await _note(observed, lambda record: replace(record, unsent=Unsent(stop=True)))
        if observed.owner is not None and observed.owner.job is not None:
            return await _cancel_controller(observed)
        observed = await until_ready(observed, limit)
    async with controller_of(observed) as controller:
        await controller.stop()


async def until_gone(directory: ClusterDirectory, limit: float | None) -> bool:
    """Return whether a cluster that was told to stop, and its last job, are gone within so many seconds;
    None is without limit."""
    deadline = None if limit is None else time.monotonic() + limit
    while await in_file_thread(directory.registry, _is_there, directory):
        if deadline is not None and time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_INTERVAL)
    return True


async def until_ready(observed: Observed, limit: float | None = None) -> Observed:
    """Return the same once the cluster can be used. Raises WrongState when it has ended, or is not
    ready within so many seconds, and ClusterNotFound."""
    deadline = None if limit is None else time.monotonic() + limit
    name = observed.record.name
    observed = await check(observed)
    while observed.ended is None and observed.connection is None:
        if deadline is not None and time.monotonic() > deadline:
            raise WrongState(f"cluster {name!r} is still starting")
        await asyncio.sleep(POLL_INTERVAL)
        again = await in_file_thread(observed.directory.registry, read, observed.directory)
        if again is None:
            raise ClusterNotFound(name)
        observed = await check(again)
    if observed.ended is not None:
        raise WrongState(f"cluster {name!r} has ended: {observed.ended.message}")
    return observed


async def follow(observed: Observed) -> AsyncIterator[Cluster]:
    """Yield what the cluster does, now and whenever that changes, until it is no more. A controller that
    does not answer for a while is asked again."""
    revision = None
    observed = await until_ready(observed)
    async with controller_of(observed) as controller:
        while True:
            try:
                state: ControllerState = await controller.state(revision)
            except Unavailable as error:
                again = await in_file_thread(observed.directory.registry, read, observed.directory)
                if again is None or (await check(again)).ended is not None:
                    return
                if not isinstance(error, ControllerUnreachable):
                    raise
                revision = None
                await asyncio.sleep(1.0)
                continue
            observed = observed.with_report(state.cluster, state.revision)
            yield observed.cluster()
            revision = state.revision


async def log(observed: Observed, source: str, lines: int, *, after: int | None = None) -> Excerpt:
    """Return the end of a log, or what was written ``after`` that byte of it, from its file, which
    outlives the controller. Raises LogNotFound, and InvalidOptions where ``source`` is none."""
    path = log_file(observed.directory, observed.record.options, source)
    try:
        return await in_file_thread(path.parent, excerpt, path, min(lines, MAX_TAIL), after=after)
    except FileSystemSilent as error:
        raise Unavailable(str(error)) from error
    except OSError as error:
        raise LogNotFound(f"there is no log of {source} (yet): {error.strerror}") from error


def log_file(directory: ClusterDirectory, options: ClusterOptions, source: str) -> Path:
    """Return where the log of ``controller``, ``scheduler`` or a job is written. Raises InvalidOptions
    where ``source``, which becomes part of the path, is none of these."""
    if source in ("controller", "scheduler"):
        return directory.log(source)
    if JOB_ID.fullmatch(source) is None:
        raise InvalidOptions.of("source", "one of: controller, scheduler, the id of a job")
    logs = options.log_directory
    return (Path(logs) if logs else directory.job_logs) / f"{source}.log"


def job_script(observed: Observed) -> str:
    """Return the script of one job of the cluster, as it is submitted. Blocks. Raises WrongState where
    nothing says so any more."""
    directory, record = observed.directory, observed.record
    try:
        template = directory.template()
    except (OSError, Unreadable) as error:
        raise WrongState(f"the script of {record.name!r} cannot be read: {error}") from error
    if template is None:
        raise WrongState(f"the script of {record.name!r} is not there any more")
    where = str(directory.path.absolute())
    address = "tls://[scheduler]" if observed.connection is None else observed.connection.address
    logs = record.options.log_directory
    return stamp(
        template.filled(where, address),
        name=job_name(record.name, record.id, 1),
        count=1,
        log_directory=Path(logs) if logs else directory.job_logs,
    )


@asynccontextmanager
async def controller_of(observed: Observed) -> AsyncIterator[ControllerClient]:
    """Give the way to the cluster's controller. Raises WrongState where it has none to ask, or no more."""
    name = observed.record.name
    if observed.ended is not None:
        raise WrongState(f"cluster {name!r} has ended already: {observed.ended.message}")
    if observed.connection is None:
        raise WrongState(f"cluster {name!r} is still starting; try again in a moment")
    with closing(ControllerClient(observed.directory, observed.connection)) as controller:
        try:
            yield controller
        except ControllerUnreachable as error:
            try:
                now = await in_file_thread(observed.directory.registry, read, observed.directory)
            except OSError:
                raise error from None
            if now is None:
                raise WrongState(f"cluster {name!r} is no more: it was stopped") from error
            if now.ended is not None:
                raise WrongState(f"cluster {name!r} has ended: {now.ended.message}") from error
            raise


async def _cancel_controller(observed: Observed) -> None:
    """End a cluster whose controller's job may wait for hours: it has no other job. Raises BatchError."""
    batch_systems = BatchSystems(Settings(observed.directory.path.parent))
    try:
        await batch_systems.cancel_jobs(observed.record)
    finally:
        await batch_systems.stop()
    await in_file_thread(observed.directory.registry, observed.directory.forget)


async def _note(observed: Observed, change: Callable[[Record], Record]) -> None:
    """Change the record. Raises `Unavailable` where its file cannot be written."""
    directory = observed.directory
    try:
        await in_file_thread(directory.registry, directory.change, change, observed.record)
    except (OSError, Unreadable) as error:
        name = observed.record.name
        raise Unavailable(f"the files of {name!r} cannot be written: {error}") from error


def _is_there(directory: ClusterDirectory) -> bool:
    return directory.record_file.exists() and not directory.end_file.exists()

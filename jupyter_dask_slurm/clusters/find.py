"""The user's clusters at one look, for command line and notebook: by their files, and what each
controller says when it is asked once.

The Jupyter server's monitors follow them instead. Nothing is kept here, and no file is changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..cluster_files.directory import ClusterDirectory, directories
from ..cluster_files.ended import EndCode, Ended
from ..errors import ClusterNotFound, ControllerRefused, Unavailable, WrongState
from ..model.cluster import Cluster
from ..process import is_alive
from .controller_client import ControllerClient
from .launcher import end_of_log
from .orphans import Presence
from .status import Observed, is_dead

T = TypeVar("T")
logger = logging.getLogger(__name__)
_told: set[str] = set()
"""What has been said of what is left out: once, however often somebody looks."""


def read(directory: ClusterDirectory) -> Observed | None:
    """Return what the files of one cluster say; None when they are gone."""
    files = directory.read()
    return None if files is None else Observed.from_files(directory, files)


def read_all(state_dir: Path, skipped: set[str] | None = None) -> list[Observed]:
    """Return what the files of every cluster in the registry say, the oldest first. What is left out,
    because it is somebody else's, is said in a warning, and added to ``skipped``."""
    skipped = set() if skipped is None else skipped

    def skip(name: str, why: str) -> None:
        skipped.add(name)
        if why not in _told:
            _told.add(why)
            logger.warning("left out: %s", why)

    there = directories(state_dir, skip)
    found = [observed for directory in there if (observed := read(directory))]
    return sorted(found, key=lambda observed: (observed.record.created, observed.directory.id))


async def look(state_dir: Path) -> list[Cluster]:
    """Return every cluster as it is now; those whose controllers do not answer are unreachable."""
    return [observed.cluster() for observed in await look_at(state_dir)]


async def look_at(state_dir: Path) -> list[Observed]:
    """Return the same with where each is."""
    return await asyncio.gather(*map(ask, read_all(state_dir)))


async def find(state_dir: Path, name: str) -> Observed:
    """Return the cluster of that id or, where none has it, of that name: a living one if there is. Raises
    ClusterNotFound, and WrongState where several that live have the name."""
    there = read_all(state_dir)
    called = [o for o in there if o.directory.id == name]
    called = called or [o for o in there if o.record.name == name]
    if not called:
        raise ClusterNotFound(name, [o.record.name for o in there], state_dir)
    found = await asyncio.gather(*map(check, called))
    living = [observed for observed in found if observed.ended is None]
    if len(living) > 1:
        ids = ", ".join(observed.directory.id for observed in living)
        raise WrongState(f"several clusters are called {name!r}, say which by its id: {ids}")
    return living[0] if living else found[-1]


async def checked(state_dir: Path, skipped: set[str] | None = None) -> list[Observed]:
    """Return every cluster, with certainty of those that have ended. ``skipped`` as for `read_all`."""
    return await asyncio.gather(*map(check, read_all(state_dir, skipped)))


async def presence(state_dir: Path) -> Presence:
    """Return which clusters of the registry live, as far as can be known."""
    skipped: set[str] = set()
    found = await checked(state_dir, skipped)
    living = skipped | {observed.directory.id for observed in found if observed.ended is None}
    named = {where for observed in found if (where := observed.record.slurm_cluster)}
    return Presence(living, {observed.directory.id for observed in found} - living, named)


async def check(observed: Observed) -> Observed:
    """Return the same, certain that it has not ended: its controller is asked where only the process
    is not seen, which may live in another container."""
    owner = observed.owner
    if observed.ended is None and owner is not None and is_alive(owner) is False:
        return await ask(observed)
    return observed


async def ask(observed: Observed) -> Observed:
    """Return the same with what its controller says now."""
    if observed.ended is not None:
        return observed
    alive = None if observed.owner is None else is_alive(observed.owner)
    if observed.connection is None:
        if alive is False:
            return _dead(observed, "start_failed", end_of_log(observed.directory))
        return observed
    try:
        with closing(ControllerClient(observed.directory, observed.connection)) as controller:
            state = await controller.state()
    except Unavailable as error:
        if is_dead(alive, error):
            return _dead(observed, "controller_died")
        return observed.without_answer(error)
    except Exception as error:  # whatever is odd about one cluster hides no other
        return observed.without_answer(ControllerRefused(f"it cannot be asked: {error!r}"))
    return observed.with_report(state.cluster, state.revision)


def _dead(observed: Observed, code: EndCode, why: str | None = None) -> Observed:
    """Return the same when its controller is dead, unless that, or its watchdog, has said why."""
    ended = observed.directory.ended() or Ended.now(code, why)
    return replace(observed, ended=ended.problem())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, for a caller that may stand in a running loop, as a notebook
    does. An interrupt of the caller cancels it."""
    started = Future[tuple[asyncio.AbstractEventLoop, "asyncio.Task[Any]"]]()

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        return await work

    # What the work prints belongs to the cell that is executed here.
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="jupyter-dask-slurm") as pool:
        doing = pool.submit(context.run, asyncio.run, cancellable())
        try:
            return doing.result()
        except BaseException:
            if not doing.done():
                loop, task = started.result()
                with contextlib.suppress(RuntimeError):  # it has just ended
                    loop.call_soon_threadsafe(task.cancel)
            raise

"""What every launcher does, and what they have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from ...cluster_files.directory import ClusterDirectory
from ...file_threads import FileSystemSilent, in_file_thread
from ...logs import tail
from ...model.cluster import Problem
from ...model.wire import Order, write
from ...process import Owner, current_umask, module_command

LAST_LINES = 15
Tell = Callable[[Problem | None], None]
"""Takes why a controller does not start yet, as a card shows it; None when there is no reason."""


class Launcher(Protocol):
    """Where controllers run. The server's monitor of a cluster calls it."""

    async def launch(self, directory: ClusterDirectory) -> Owner:
        """Start the controller of the cluster whose record lies in ``directory``.

        Returns as soon as its process exists, or its job has been submitted. Raises OSError when it
        could not be started, in the words of the system that refused.
        """

    async def wait(
        self, directory: ClusterDirectory, owner: Owner, tell: Tell | None = None
    ) -> bool:
        """Until the controller is ready (True) or dead (False).

        Also called after a restart of the server, with an ``owner`` read from the record. A
        controller that does neither is waited for without limit: the user sees it starting, and
        can end it by force. ``tell`` hears what it waits for, whenever that changes.
        """

    async def alive(self, directory: ClusterDirectory, owner: Owner) -> bool | None:
        """Whether the controller lives; None while nothing says so that could know. Raises nothing."""

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        """What is known of a dead controller's end, for a message to the user. Raises nothing."""

    def how_ended(self, owner: Owner) -> str | None:
        """A sentence on how a dead controller ended, by what was seen when it was last looked for;
        None when that says nothing."""

    async def end(self, directory: ClusterDirectory, owner: Owner) -> None:
        """End the controller by force, if it is that cluster's, and one that this launcher can reach.
        Raises nothing."""


def controller_command() -> list[str]:
    """Return the command line of a controller: this Python's."""
    return module_command("jupyter_dask_slurm.controller")


def order_for(directory: ClusterDirectory) -> str:
    """Return what a controller reads on its standard input. Holds no secret."""
    return json.dumps(write(Order(str(directory.path), current_umask())))


async def last_lines(directory: ClusterDirectory) -> str:
    """Return `end_of_log`, or why that cannot be told."""
    try:
        return await in_file_thread(directory.registry, end_of_log, directory)
    except FileSystemSilent as error:
        return f"its controller is gone: {error}"


def end_of_log(directory: ClusterDirectory) -> str:
    """Return the last lines of a dead controller's log, for a message to the user; says so when there
    is none."""
    log = directory.log("controller")
    try:
        words = tail(log, LAST_LINES).strip()
    except OSError:
        return f"its controller is gone, and left no log ({log.name})"
    return words or f"its controller is gone, and its log ({log.name}) is empty"

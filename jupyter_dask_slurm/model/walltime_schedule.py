"""When a job that nears its walltime is succeeded, retired, and at last ends its workers itself.

Counted back from the walltime, in seconds, the first to come last::

    0 ············ Slurm ends the job
    0.5-1.5 margin each dask worker ends itself (``--lifetime`` with ``--lifetime-stagger``): the net.
                   By the walltime that was asked for; where Slurm gave more it stays for longer
    2 margins      the job is *due*: the controller retires it as soon as another can take its data
    + lead         it is *expiring*: a successor is submitted, and it goes once that is connected

Pure, and shared by the job script and the controller, which retires the jobs.
"""

from __future__ import annotations

LONGEST_WAIT_FACTOR = 1.5
"""A successor may have to wait in the queue a bit longer than the job itself had to."""
LONGEST_WARNING = 120
"""Seconds before the end of its own job at which a controller is told to end, at most."""
MOST_OF_A_WALLTIME = 0.75
"""A job is left to work alone for the rest of its walltime, however long the queue is."""


def margin_of(walltime: int) -> int:
    """Return the unit of all these times: 5 % of the walltime, at least 30 s, at most 300 s or a quarter."""
    return min(max(30, walltime // 20), 300, walltime // 4)


def lifetime_of(walltime: int) -> tuple[int, int]:
    """Return ``--lifetime`` and ``--lifetime-stagger`` of the workers of such a job.

    Staggered, because workers that ended all at once could leave their data to none.
    """
    margin = margin_of(walltime)
    return walltime - margin, margin // 2


def due_before_end(walltime: int) -> int:
    """Return how long before its end the controller retires a job: before any worker ends itself."""
    return 2 * margin_of(walltime)


def successor_before_end(walltime: int, waited: float) -> float:
    """Return how long before the end of a job its successor is submitted.

    ``waited`` is how long jobs of this cluster wait in the queue.
    """
    lead = max(margin_of(walltime), LONGEST_WAIT_FACTOR * waited)
    return min(due_before_end(walltime) + lead, MOST_OF_A_WALLTIME * walltime)


def warning_time(walltime: int | None) -> int:
    """Return the seconds before the end of its job at which a controller is told to end, so that it can
    cancel its jobs and write down why."""
    return LONGEST_WARNING if walltime is None else min(LONGEST_WARNING, max(1, walltime // 4))

"""When a job that nears its walltime is succeeded, retired, and at last ends its workers itself.

Counted back from the walltime, in seconds, the first to come last::

    0 ············ Slurm ends the job
    0.5 margin     what still runs of its tasks is cut, and run again elsewhere
    0.5-1.5 margin each dask worker ends itself (``--lifetime`` with ``--lifetime-stagger``): the net.
                   By the walltime that was asked for; where Slurm gave more it stays for longer
                   A worker that has handed over, and finishes a task, ends itself last of them
    2 margins      the job is *due*: the controller retires it as soon as another can take its data
    + lead         it is *expiring*: a successor is submitted, and it goes once that is connected. It gets
                   no new tasks from then on, and finishes those that it runs

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


def tasks_end_before_end(walltime: int) -> float:
    """Return how long before its end the tasks of a job that has handed its data over are cut: as late as
    the last worker ends itself."""
    return margin_of(walltime) / 2


def longest_task(walltime: int) -> int:
    """Return how long a task can run at most, in a job of that walltime."""
    return int(walltime - tasks_end_before_end(walltime))


def walltime_for(seconds: float, walltime: int) -> int:
    """Return a walltime, twice the present one or more, that leaves twice as long to a task as it has run."""
    longer = 2 * walltime
    while longest_task(longer) < 2 * seconds:
        longer *= 2
    return longer


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

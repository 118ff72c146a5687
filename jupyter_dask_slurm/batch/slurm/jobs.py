"""Read what ``squeue`` and ``sacct`` print of jobs, in the formats given here. Pure.

Seen with Slurm 22.05; what newer ones print differently is in tables of the tests
(``test_newer_slurm.py``). Columns are separated by a character that cannot occur in them. Instants
are asked for as seconds since the epoch (``SLURM_TIME_FORMAT=%s``), so that neither a time zone nor
a site's own format matters.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from ..base import BatchJob, JobState, Snapshot
from .parse import SEPARATOR, parse_duration, parse_indices, parse_number

TIME_FORMAT = "%s"

_COLUMNS = ("%F", "%K", "%j", "%T", "%r", "%V", "%S", "%e", "%L", "%N", "%C", "%P", "%l")
QUEUE_FORMAT = SEPARATOR.join(_COLUMNS)

# The same columns and the exit code, which has no letter. Unlike -o, -O cuts what is longer than
# the size given (20 when none is): an id has ten digits, a host name 64 letters.
_CODED_COLUMNS = (
    *("ArrayJobID:20", "ArrayTaskID:20", "Name:128", "State:20", "Reason:64", "SubmitTime:20"),
    *("StartTime:20", "EndTime:20", "TimeLeft:20", "NodeList:64", "NumCPUs:20"),
    *("Partition:256", "TimeLimit:20", "exit_code:20"),
)
CODED_FORMAT = ",".join(column + SEPARATOR for column in _CODED_COLUMNS)

# PATH_MAX: a path that is cut would be another.
LOG_FORMAT = f"ArrayJobID:20{SEPARATOR},STDOUT:4096{SEPARATOR}"

_ACCOUNT_COLUMNS = (
    *("JobID", "JobName", "State", "ExitCode", "Submit", "Start", "End", "NodeList", "Reason"),
    *("AllocCPUS", "Partition", "Timelimit"),
)
ACCOUNT_FORMAT = ",".join(_ACCOUNT_COLUMNS)

_NO_TASK = "N/A"
_NO_NODE = "None assigned"
_NOT_ALL_KNOWN = "allocation"
_NO_REASON = frozenset({"", "None", "(null)", "N/A"})


def parse_queue(text: str, *, taken: float, ahead: float = 0.0) -> Snapshot:
    """Read the rows of ``squeue -h -r -t all -o QUEUE_FORMAT``. Rows that cannot be read are skipped.
    ``ahead`` is `Snapshot.ahead`."""
    rows = (row.split(SEPARATOR) for row in text.splitlines())
    return _snapshot((row for row in rows if len(row) == len(_COLUMNS)), taken, ahead)


def parse_coded_queue(text: str, *, taken: float) -> Snapshot:
    """Read the rows of ``squeue -h -r -t all -O CODED_FORMAT``: the same jobs with their exit codes."""
    rows = ([value.strip() for value in row.split(SEPARATOR)] for row in text.splitlines())
    # Every value is followed by a separator, the last one too.
    return _snapshot((row[:-1] for row in rows if len(row) == len(_CODED_COLUMNS) + 1), taken)


def parse_logs(text: str) -> dict[str, PurePath]:
    """Read the rows of ``squeue -h -O LOG_FORMAT``: where the output of each job goes, by the id of its
    array. Slurm prints the path as it was asked for, before it fills in what begins with ``%``."""
    rows = ([value.strip() for value in row.split(SEPARATOR)] for row in text.splitlines())
    return {row[0]: PurePath(row[1].replace("%%", "%")) for row in rows if len(row) == 3}


def _snapshot(rows: Iterable[Sequence[str]], taken: float, ahead: float = 0.0) -> Snapshot:
    now = taken - ahead  # as Slurm has it
    jobs: dict[str, BatchJob] = {}
    collapsed: dict[str, BatchJob] = {}
    for values in rows:
        array, task = values[0], values[1]
        if not array.isdigit():
            continue
        if task == _NO_TASK:
            job = _job(array, values, now)
            jobs[array] = job
            if job.state.ended:
                collapsed[array] = job
            continue
        for index in parse_indices(task):
            job_id = f"{array}_{index}"
            jobs[job_id] = _job(job_id, values, now)
    for array in {job_id.partition("_")[0] for job_id in jobs if "_" in job_id}:
        jobs.pop(array, None)  # it has tasks: its line without a task is no job
    return Snapshot(taken=taken, jobs=jobs, collapsed=collapsed, ahead=ahead)


def _job(job_id: str, values: Sequence[str], now: float) -> BatchJob:
    _, _, name, state_text, reason, submitted, start, end, left, node, cpus, where, limit, *rest = (
        values
    )
    state = parse_state(state_text)
    begin = parse_instant(start)
    # A job that was cancelled while pending has a "start" too, but never had a node.
    ran = state.ended and bool(node)
    return BatchJob(
        id=job_id,
        name=name,
        state=state,
        word=state_text.strip() or None if state is JobState.UNKNOWN else None,
        reason=None if reason in _NO_REASON else reason,
        submitted=parse_instant(submitted),
        # What squeue --start prints: %S is "actual or expected" (squeue manual), the backfill
        # scheduler's guess. It guesses for an array as a whole: every task shows the first one's.
        estimated_start=begin if state.pending else None,
        started=begin if ran or state.running else None,
        ended=parse_instant(end) if state.ended else None,
        time_left=_time_left(state, end, left, now),
        node=node or None,
        cpus=parse_number(cpus) or None,
        partition=where or None,
        time_limit=parse_duration(limit),
        exit_code=parse_exit_code(rest[0]) if ran and rest else None,
    )


def _time_left(state: JobState, end: str, left: str, now: float) -> int | None:
    """Return the seconds that a job has left which is running.

    Its end counts for more than what is left of its limit: when a job is preempted that has a time of
    grace, Slurm sets its end alone. While a job is suspended its end stays where it was, and the time
    that it has left, too.
    """
    if not state.running:
        return None
    ends = None if state.suspended else parse_instant(end)
    return parse_duration(left) if ends is None else max(0, int(ends - now))


def parse_accounts(text: str, *, taken: float) -> Snapshot:
    """Read the rows of ``sacct -n -P -X --delimiter=SEPARATOR -o ACCOUNT_FORMAT``.

    Rows that cannot be read are skipped, and so is one named "allocation": accounting writes it in
    the first second of a job, before it knows the array. ``81_[0-3]`` are the tasks that had not
    been split off when the array was cancelled; ``81`` without a node is an array whose tasks were
    all cancelled. A state may name the user: ``CANCELLED by 1000``.
    """
    jobs: dict[str, BatchJob] = {}
    for row in text.splitlines():
        values = row.split(SEPARATOR)
        array, _, task = values[0].partition("_")
        if len(values) != len(_ACCOUNT_COLUMNS) or not array.isdigit():
            continue
        _, name, state, code, submitted, start, end, node, reason, cpus, partition, limit = values
        if name == _NOT_ALL_KNOWN:
            continue
        where = "" if node == _NO_NODE else node
        told: tuple[str, ...] = (name, state.partition(" ")[0], reason, submitted, start, end, "")
        told = (*told, where, cpus, partition, limit, code)
        for job_id in [f"{array}_{i}" for i in parse_indices(task)] if task else [array]:
            jobs[job_id] = _job(job_id, ("", "", *told), taken)
    whole = {i: job for i, job in jobs.items() if "_" not in i and job.state.ended and not job.node}
    return Snapshot(taken=taken, jobs=jobs, collapsed=whole)


def parse_state(text: str) -> JobState:
    """Return the state of that name; UNKNOWN, which is no end, for a name that is not known.

    Of a state with its flags (``RUNNING,COMPLETING``) the last that is known counts, which is the one
    that Slurm prints where it prints one alone. A ``+`` stands where a column was too narrow.
    """
    for name in reversed(re.split(r"[\s,+]+", text.upper())):
        with contextlib.suppress(ValueError):
            return JobState(name)
    return JobState.UNKNOWN


def parse_instant(text: str) -> float | None:
    """Return seconds since the epoch; None for ``N/A``, ``Unknown`` and all else that is no number."""
    return float(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def parse_exit_code(text: str) -> str | None:
    """Return ``code:signal`` from what ``sacct`` prints, or from the wait status that ``squeue`` prints."""
    code, separator, number = text.partition(":")
    if not (text.isascii() and code.isdigit() and (number.isdigit() or not separator)):
        return None
    if separator:
        return text
    status = int(text)
    if status > 0xFFFF:
        return None
    signal = status & 0x7F  # the bit behind it says that there is a core file
    # What is above the number of a signal means nothing: Slurm writes 15 there when it cannot open the
    # output of a job (sacct prints 0:53).
    return f"0:{signal}" if signal else f"{status >> 8}:0"

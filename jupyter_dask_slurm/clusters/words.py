"""How a cluster is, in a line: for a prompt, a terminal, and whoever waits for workers. Pure."""

from __future__ import annotations

from ..model.cluster import Cluster, Job, JobCounts


def in_short(cluster: Cluster, status: str | None = None) -> str:
    """Return its name and how it is, such as ``blue-otter: running, 3 of 4 jobs, 36 cores``."""
    status = cluster.status if status is None else status
    text = f"{cluster.name}: {status}"
    if status in ("running", "stopping"):
        text += f", {_running(cluster.jobs)}, {cluster.cores} cores"
    return text


def _running(jobs: JobCounts) -> str:
    # While some are leaving there are more than wanted.
    surplus = jobs.running > jobs.desired
    return count(jobs.running, "job") if surplus else f"{jobs.running} of {jobs.desired} jobs"


def workers_in_words(cluster: Cluster, wanted: int) -> str:
    """Return how far it is to so many workers, and why there are no more yet."""
    said = [f"{cluster.workers.connected} of {wanted} workers", jobs_in_words(cluster.jobs)]
    per_job = cluster.options.processes or 1
    if cluster.scaling.adapt is None and cluster.jobs.desired * per_job < wanted:
        said.append(f"it is scaled to {count(cluster.jobs.desired, 'job')}")
    said += [words] if (words := why_pending(cluster)) else []
    said += [problem.message.partition("\n")[0] for problem in cluster.problems]
    return "; ".join(said)


def jobs_in_words(jobs: JobCounts) -> str:
    """Return how many jobs are where, such as ``1 job running, 3 pending``."""
    parts = [("running", jobs.running), ("pending", jobs.pending), ("submitting", jobs.submitting)]
    found = [f"{number} {word}" for word, number in parts if number]
    return f"jobs: {', '.join(found)}" if found else "no job"


def why_pending(cluster: Cluster) -> str:
    """Return Slurm's reasons for the jobs that wait, with what they mean; empty where none waits."""
    said = []
    for pending in cluster.pending_reasons:
        meaning = f": {pending.explanation}" if pending.explanation else ""
        verb = "waits" if pending.jobs == 1 else "wait"
        said.append(f"{count(pending.jobs, 'job')} {verb} ({pending.reason}{meaning})")
    if not said and cluster.pending_reason:
        said.append(cluster.pending_reason)
    text = ", ".join(said)
    if text and cluster.estimated_start:
        text += f" (expected to start {cluster.estimated_start})"
    return text


def used_in_words(cluster: Cluster) -> list[tuple[str, str]]:
    """Return what its jobs have used, each with its name."""
    options, usage, advice = cluster.options, cluster.usage, cluster.advice
    found = []
    if cluster.core_seconds:
        found.append(("used", f"{cluster.core_seconds / 3600:.1f} core-hours"))
    if usage is None:
        return found
    if usage.memory_peak:
        asked = f" of {size(options.memory)}" if options.memory else ""
        spilled = f", {size(usage.memory_spilled)} spilled" if usage.memory_spilled else ""
        found.append(("memory", f"peak {size(usage.memory_peak)}{asked} in one job{spilled}"))
    if usage.cpu_mean is not None:
        asked = f" of {options.cores}" if options.cores else ""
        found.append(("CPU", f"{usage.cpu_mean:.1f}{asked} cores on average in one job with tasks"))
    if advice is not None:
        memory = [] if advice.memory is None else [size(advice.memory)]
        cores = [] if advice.cores is None else [count(advice.cores, "core")]
        found.append(("would do", f"{' and '.join(memory + cores)} per job"))
    return found


def size(number: int) -> str:
    """Return bytes as text that `parse_memory` reads, such as ``3.1 GB``; GiB where these are whole."""
    unit, factor = ("GiB", 1024**3) if number and number % 1024**3 == 0 else ("GB", 1000**3)
    return f"{number / factor:.3g} {unit}"


def job_row(job: Job) -> tuple[str, ...]:
    """Return what a table says of one job, under `JOB_COLUMNS`."""
    why = (
        job.explanation or job.reason or job.cause or (job.error or "").strip().rpartition("\n")[2]
    )
    left = "" if job.time_left is None else _clock(job.time_left)
    return (job.id, job.state, job.node or "", str(job.workers), left, why or job.exit_code or "")


JOB_COLUMNS = ("JOB", "STATE", "NODE", "WORKERS", "LEFT", "WHY")


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as text in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"

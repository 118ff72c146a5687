"""What is said of a node and of the way between it and this host, by the job that ran there. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...batch.base import BatchJob
from ...batch.slurm.reasons import advise, explain, never_starts
from ...interfaces import Interface
from ...site_rules.python import OLDEST_DISTRIBUTED, OLDEST_PYTHON, is_older, release_text
from ...site_rules.reachability import NO_OUTPUT, connection_advice, log_advice
from .check import ON_NODE, Check, Outcome
from .job import JobFacts

CLOCKS = 10.0
"""Seconds that clocks may differ without harm. The hand-over of a job before its walltime begins a minute
ahead of it, or earlier."""
CERTIFICATES = 3600.0
"""Seconds by which a node's clock may be behind: a key pair counts from an hour ago (`tls`)."""
_NTP = "Ask those who run these hosts to have their clocks set (NTP)."


def judge_job(facts: JobFacts) -> Check:
    """Judge whether it came to run, and said what it had to."""
    if facts.refused is not None:
        message, advice = "it could not be submitted", "Change what it says, and look again."
        return Check("test_job", "failed", message, str(facts.refused), advice)
    job, waited = facts.job, f"job {facts.id} waited {facts.waited:.0f} s"
    if facts.said is not None:
        where = f", ran on {facts.said['host']}"
        return Check("test_job", "ok", f"{waited}{where}, and is gone")
    if job is None or job.state.pending:
        reason = job.reason if job is not None else None
        meaning = explain(reason)
        message = f"{waited} and was cancelled: {meaning or 'it did not start'}"
        if reason is not None and never_starts(reason):
            return Check("test_job", "failed", message, reason, advise(reason))
        advice = "Look again when the queue is shorter, or give it longer (--timeout)."
        return Check("test_job", "warning", message, reason, advice)
    if _no_output(facts, job):
        message = f"job {facts.id} ran, and its log is not to be seen here"
        code = f"exit code {job.exit_code}" if job.exit_code else None
        advice = log_advice(facts.log_directory, own=facts.own_log_directory)
        return Check("test_job", "failed", message, code, advice)
    message = f"job {facts.id} ended {job.state.name} before Python said anything"
    advice = (
        "Fix what its output shows: what the prologue runs, or the Python, is not the same there."
    )
    return Check("test_job", "failed", message, (facts.log or "").strip() or None, advice)


def judge_node(
    facts: JobFacts, *, usual: str | None, python: str, controllers_in_jobs: bool
) -> Iterator[Check]:
    """Yield what the job's answer says of directory, Python, addresses and clocks. ``usual`` is the address
    at which a scheduler would serve."""
    said = facts.said
    if said is None:
        for name in ON_NODE:
            yield Check(name, "skipped", "only the test job could tell")
        return
    host = said["host"]
    if said["sees_directory"]:
        yield Check("node_state_dir", "ok", f"{host} sees the directory of the clusters")
    else:
        message = f"{host} does not see the directory of the clusters: workers would find no keys"
        advice = "Set state_dir (JUPYTER_DASK_SLURM_STATE_DIR) to a directory that nodes and this host share."
        yield Check("node_state_dir", "failed", message, advice=advice)
    yield _python(facts, python)
    yield _address(facts, usual, controllers_in_jobs)
    yield _clocks(facts)


def _python(facts: JobFacts, python: str) -> Check:
    assert facts.said is not None
    said = facts.said
    host, version, distributed = said["host"], said["version"], said.get("distributed")
    if distributed is None:
        message = f"{python} on {host} is Python {version} and has no dask that can be imported"
        advice = (
            "Install distributed there, or choose a Python on a file system that the nodes share; where it "
            "needs a module, load that in the prologue."
        )
        return Check("node_python", "failed", message, said.get("error"), advice)
    message = f"{python} on {host} is Python {version} with distributed {distributed}"
    for found, oldest in ((version, OLDEST_PYTHON), (distributed, OLDEST_DISTRIBUTED)):
        if is_older(found, oldest):
            advice = f"Choose a Python with {release_text(oldest)} or later of that."
            return Check("node_python", "failed", message, advice=advice)
    return Check("node_python", "ok", message)


def _address(facts: JobFacts, usual: str | None, controllers_in_jobs: bool) -> Check:
    assert facts.said is not None
    host, reached = facts.said["host"], facts.said["reached"]
    ways = [i for i in facts.addresses if i.address in reached and reached[i.address] is None]
    words = "\n".join(
        f"{i.address} ({i.name}): {reached[i.address]}"
        for i in facts.addresses
        if reached.get(i.address) is not None
    )
    names = ", ".join(f"{i.address} ({i.name})" for i in ways)
    bad: Outcome = "warning" if controllers_in_jobs else "failed"
    if not ways:
        message = f"{host} reaches this host at none of its addresses"
        advice = connection_advice(usual or "any address", facts.addresses)
        if not controllers_in_jobs:
            advice += ' Or place controllers in jobs of their own (option placement "job").'
        return Check("address", bad, message, words or None, advice)
    if usual is not None and usual not in {i.address for i in ways}:
        message = (
            f"{host} does not reach this host at {usual}, where schedulers serve, but at {names}"
        )
        advice = (
            f"Choose the interface {ways[0].name} for the scheduler: scheduler_interface in the form, or "
            f"jobqueue.slurm.scheduler-options.interface: {ways[0].name} in dask's configuration."
        )
        return Check("address", bad, message, words or None, advice)
    return Check("address", "ok", f"{host} reaches this host at {names}", words or None)


def _clocks(facts: JobFacts) -> Check:
    assert facts.said is not None
    host, now = facts.said["host"], facts.said.get("time")
    node = now - facts.accepted if now is not None and facts.accepted is not None else None
    server = _ahead(facts)
    said = [] if node is None else [f"{host} is {_apart(node)} this host"]
    said += [] if server is None else [f"the batch system is {_apart(server)} it"]
    if not said:
        return Check("clocks", "skipped", "nothing says what time it is elsewhere")
    message = "; ".join(said)
    if node is not None and node < -CERTIFICATES:
        return Check(
            "clocks", "failed", f"{message}: keys made here do not count there yet", advice=_NTP
        )
    if any(ahead is not None and abs(ahead) > CLOCKS for ahead in (node, server)):
        message += ": jobs are handed over before their walltime by this host's clock"
        return Check("clocks", "warning", message, advice=_NTP)
    return Check("clocks", "ok", message)


def _ahead(facts: JobFacts) -> float | None:
    """By how much the batch system's clock is ahead, which tells whole seconds; None where it does not."""
    if facts.job is None or facts.job.submitted is None:
        return None
    before, after = facts.submitted
    told = facts.job.submitted
    if before - 1 <= told <= after + 1:
        return 0.0
    return told - before if told < before else told - after


def _apart(seconds: float) -> str:
    if abs(seconds) < 1:
        return "less than 1 s from"
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def _no_output(facts: JobFacts, job: BatchJob) -> bool:
    return job.exit_code == NO_OUTPUT or facts.log is None


def ways_here(
    found: list[Interface], chosen: Interface | None, usual: str | None
) -> tuple[Interface, ...]:
    """Return the addresses that a node is to try: the one at which schedulers serve first."""
    first = [chosen] if chosen is not None else [i for i in found if i.address == usual]
    if not first and usual is not None:
        first = [Interface("scheduler-options.host", usual)]
    return tuple(dict.fromkeys([*first, *found]))

"""A job of a minute that tells how this host looks from a node: its script, and running it.

It is the script of a cluster's job, with what the site and its prologue put there, and in the worker's place
a Python that looks and prints. It connects to a port of this host, for each address that it has. That serves
nothing: it sends a word, by which the job knows that it was this host, and closes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import shlex
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...batch.base import BatchJob, BatchSystem
from ...batch.errors import BatchError
from ...file_threads import in_file_thread
from ...interfaces import Interface
from ...job_script.lines import Line
from ...logs import excerpt
from ...model.command import python_words

JOB_NAME = "dask-slurm-doctor"
PAUSE = 1.0
"""Seconds between two looks at the queue and at the job's log."""
LOG_LIMIT = 15.0
"""Seconds that the log of a job that has ended may take to appear here: a file server's clients remember for
a while what is not there."""
SHOWN_LINES = 20
_MARK = "jupyter_dask_slurm doctor: "
_CODE = """
import json, os, socket, sys, time
asked = json.loads(sys.argv[1])
said = {"host": socket.gethostname(), "version": ".".join(map(str, sys.version_info[:3])), "reached": {}}
said["sees_directory"] = os.path.exists(asked["file"])
for address, port in asked["addresses"]:
    try:
        with socket.create_connection((address, port), timeout=asked["limit"]) as stream:
            now = time.time()
            stream.settimeout(asked["limit"])
            if stream.recv(100).decode() == asked["word"]:
                said["reached"][address] = None
                said.setdefault("time", now)
            else:
                said["reached"][address] = "something else answers there"
    except (OSError, ValueError) as error:
        said["reached"][address] = str(error)
try:
    import distributed
    said["distributed"] = distributed.__version__
except Exception as error:
    said["error"] = "%s: %s" % (type(error).__name__, error)
print("\\n" + asked["mark"] + json.dumps(said), flush=True)
"""
"""Any Python from 3.8 on can read it, and it needs nothing else."""


@dataclass(frozen=True)
class JobFacts:
    """What became of the job. ``refused`` is why there is none; ``said`` is what it printed, None where it
    did not come to that."""

    refused: BatchError | OSError | None = None
    id: str | None = None
    job: BatchJob | None = None
    """As the batch system showed it last."""
    waited: float = 0.0
    """Seconds until it had started, or until nobody waited any longer."""
    log: str | None = None
    """The end of what it printed; None where it is not to be seen here."""
    log_directory: Path = Path()
    own_log_directory: bool = True
    said: Mapping[str, Any] | None = None
    submitted: tuple[float, float] = (0.0, 0.0)
    """Before and after it was submitted, by this host's clock."""
    accepted: float | None = None
    """When it connected, likewise."""
    addresses: tuple[Interface, ...] = field(default=())
    """Those that it was to reach this host at."""


def probe_script(
    lines: Sequence[Line],
    python: str,
    addresses: Sequence[tuple[str, int]],
    *,
    file: Path,
    word: str,
) -> str:
    """Return the script of a job whose lines are those of a cluster's, up to its worker's command, and
    which runs the look at a host in that Python."""
    before = []
    for line in lines:
        if line.origin == "python" and not line.text.startswith("#"):
            break
        before.append(line.text)
    asked = {"addresses": addresses, "file": str(file), "word": word, "limit": 5, "mark": _MARK}
    # In one word without line breaks: `conda run` takes no others.
    code = f"exec(__import__('base64').b64decode('{base64.b64encode(_CODE.encode()).decode()}'))"
    command = shlex.join([*python_words(python), "-c", code, json.dumps(asked)])
    return "\n".join([*before, command]) + "\n"


def read_answer(log: str) -> dict[str, Any] | None:
    """Return what the job printed; None where it has not."""
    for line in log.splitlines():
        if line.startswith(_MARK):
            with contextlib.suppress(ValueError):
                found: dict[str, Any] = json.loads(line.removeprefix(_MARK))
                return found
    return None


async def run_job(
    batch: BatchSystem,
    lines: Sequence[Line],
    python: str,
    *,
    state_dir: Path,
    log_directory: Path | None,
    addresses: Sequence[Interface],
    limit: float,
    tell: Callable[[str], None],
) -> JobFacts:
    """Submit it and wait for what it prints, ``limit`` seconds at most; nothing of it is left after that.
    ``tell`` hears how far it is. Raises nothing of the batch system's, nor of files."""
    directory = state_dir / f".doctor-{secrets.token_hex(4)}"
    word, file = secrets.token_hex(8), directory / "here"
    logs = directory if log_directory is None else log_directory
    facts = JobFacts(log_directory=logs, own_log_directory=log_directory is None)
    job = None
    try:
        await in_file_thread(state_dir, _write, file)
        async with _listening(addresses, word) as (ports, accepted):
            script = probe_script(lines, python, ports, file=file, word=word)
            before = time.time()
            submission = await batch.submit(script, name=JOB_NAME, count=1, log_directory=logs)
            facts = replace(facts, submitted=(before, time.time()), addresses=tuple(addresses))
            if not submission.ids:
                return replace(facts, refused=submission.error)
            job = submission.ids[0]
            facts = await _followed(batch, replace(facts, id=job), limit, tell)
            return replace(facts, accepted=min(accepted, default=None))
    except (BatchError, OSError) as error:
        return replace(facts, refused=error)
    finally:
        if job is not None:
            with contextlib.suppress(BatchError):
                await batch.cancel([job])
        with contextlib.suppress(OSError):
            await in_file_thread(state_dir, _clean, directory, logs / f"{job}.log")


async def _followed(
    batch: BatchSystem, facts: JobFacts, limit: float, tell: Callable[[str], None]
) -> JobFacts:
    """Return the facts with how it ended and what it said. Raises BatchError and OSError."""
    job_id, begun, ended = facts.id or "", time.monotonic(), None
    log = facts.log_directory / f"{job_id}.log"
    while True:
        now = time.monotonic()
        text = await in_file_thread(facts.log_directory, _read, log)
        job = (await batch.jobs(max_age=PAUSE)).get(job_id) or facts.job
        if job is None or job.state.pending:
            facts = replace(facts, waited=now - begun)
            reason = f" ({job.reason})" if job is not None and job.reason else ""
            tell(f"job {job_id} waits{reason}")
        else:
            tell(f"job {job_id} runs")
        said = None if text is None else read_answer(text)
        facts = replace(facts, job=job, log=text, said=said)
        if said is not None:
            return facts
        if job is not None and job.state.ended:
            ended = now if ended is None else ended
            if text is not None or now - ended >= LOG_LIMIT:
                found = await batch.ended_jobs([job_id])
                return replace(facts, job=found.get(job_id, job))
        elif now - begun >= limit:
            return facts
        await asyncio.sleep(PAUSE)


@contextlib.asynccontextmanager
async def _listening(
    addresses: Sequence[Interface], word: str
) -> AsyncIterator[tuple[list[tuple[str, int]], list[float]]]:
    """Serve the word at a port of each address; give these, and a list of when somebody came."""
    accepted: list[float] = []

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(time.time())
        with contextlib.suppress(OSError):
            writer.write(word.encode())
            await writer.drain()
        writer.close()

    async with contextlib.AsyncExitStack() as stack:
        ports = []
        for address in dict.fromkeys(interface.address for interface in addresses):
            with contextlib.suppress(OSError):  # it has just gone
                server = await asyncio.start_server(greet, address, 0)
                await stack.enter_async_context(server)
                ports.append((address, server.sockets[0].getsockname()[1]))
        yield ports, accepted


def _write(file: Path) -> None:
    file.parent.mkdir(mode=0o700)
    file.touch(0o600)


def _read(log: Path) -> str | None:
    """Return the end of what the job has written so far; None where there is no such file."""
    try:
        return excerpt(log, SHOWN_LINES).text
    except FileNotFoundError:
        return None


def _clean(directory: Path, log: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        log.unlink()

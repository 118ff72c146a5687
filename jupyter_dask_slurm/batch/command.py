"""Run one command of a batch system, with a limit on its time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from .errors import BatchRefused, CommandFailed, CommandTimeout, SlurmctldSilent

_GRACE = 1.0

_SILENCE = (
    # slurmctld is stopped, overloaded, or lost in the network; seen with a stopped slurmctld:
    "Socket timed out",
    # ... and with one that does not run:
    "Unable to contact slurm controller",
    "Connection refused",
    "Connection timed out",
    "Connection reset by peer",
    "Zero Bytes were transmitted or received",
    "Unexpected message received",
    "Message send failure",
    "Message receive failure",
    "Communication connection failure",
    "Communication shutdown failure",
    "Slurm backup controller in standby mode",
    "Slurmctld is currently in standby mode",
    "Controller is in standby mode",
    # ... or slurmdbd knows no slurmctld of that cluster at the moment (-M):
    "can't be reached now",
)
_NO_SUCH_CLUSTER = "known by database"
"""In what is said beside that of a cluster that slurmdbd has never heard of."""


watchers: set[Callable[[str, float, str], None]] = set()
"""Called with each command that has ended: its program, its seconds, and ``"ok"`` or the error's class."""


async def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    limit: float,
    stdin: str | None = None,
    refusals: Collection[str] = (),
) -> tuple[str, str]:
    """Run a command and return what it wrote to standard output and standard error.

    ``stdin`` is what it reads, ``limit`` is in seconds. A line of its standard error with one of the
    ``refusals`` in it is an error, too: the command is ended then, for it would go on trying. Raise
    CommandFailed for these and when it ends with an error of its own, SlurmctldSilent when it ended
    because slurmctld did not answer, CommandTimeout when it did not end in time, and BatchRefused
    when it cannot be started. Whatever happens, cancellation included, no process is left behind.
    """
    begun, outcome = time.monotonic(), "ok"
    try:
        return await _run(argv, environ, limit, stdin, refusals)
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        for watcher in watchers:
            watcher(argv[0], time.monotonic() - begun, outcome)


async def _run(
    argv: Sequence[str],
    environ: Mapping[str, str],
    limit: float,
    stdin: str | None,
    refusals: Collection[str],
) -> tuple[str, str]:
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.subprocess_exec(
            lambda: asyncio.subprocess.SubprocessStreamProtocol(2**16, loop),
            *argv,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environ),
            # Ctrl-C in the terminal of Jupyter is not meant for it; and it is ended as a group.
            start_new_session=True,
        )
    except OSError as error:
        # A directory on PATH that may not be searched makes it "Permission denied".
        if shutil.which(argv[0], path=environ.get("PATH")) is None:
            raise BatchRefused(f"there is no command {argv[0]!r} on PATH of this host") from None
        raise BatchRefused(f"{argv[0]} cannot be started: {error.strerror}") from None
    process = asyncio.subprocess.Process(transport, protocol, loop)
    refused = asyncio.Event()
    talk = asyncio.ensure_future(_talk(process, stdin, refusals, refused))
    told = asyncio.ensure_future(refused.wait())
    try:
        await asyncio.wait({talk, told}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if refused.is_set():
            await asyncio.shield(_end(process.pid, talk))
            raise CommandFailed(argv, 1, talk.result()[1] if talk.done() else "")
        if not talk.done():
            await asyncio.shield(_end(process.pid, talk))
            raise CommandTimeout(argv, limit, talk.result()[1] if talk.done() else "")
    except asyncio.CancelledError:
        await asyncio.shield(_end(process.pid, talk))
        raise
    finally:
        told.cancel()
        if not talk.done():  # one that nothing ends, or that left its group, holds the pipes
            talk.cancel()
            transport.close()
    out, err = talk.result()
    exit_code = process.returncode or 0
    if exit_code != 0:
        kind = SlurmctldSilent if is_silence(err) else CommandFailed
        raise kind(argv, exit_code, err)
    return out, err


def is_silence(stderr: str) -> bool:
    """Return whether a command's words say that slurmctld did not answer it."""
    return _NO_SUCH_CLUSTER not in stderr and any(phrase in stderr for phrase in _SILENCE)


async def _talk(
    process: asyncio.subprocess.Process,
    stdin: str | None,
    refusals: Collection[str],
    refused: asyncio.Event,
) -> tuple[str, str]:
    """Write and read until the command has ended; set ``refused`` as soon as it says one of these."""
    assert process.stdout is not None
    assert process.stderr is not None

    async def complaints(stream: asyncio.StreamReader) -> bytes:
        said = b""
        while part := await stream.read(2**16):
            said += part
            if any(words.encode() in said for words in refusals):
                refused.set()
        return said

    _, out, err = await asyncio.gather(
        _write(process, stdin), process.stdout.read(), complaints(process.stderr)
    )
    await process.wait()
    return out.decode(errors="replace"), err.decode(errors="replace")


async def _write(process: asyncio.subprocess.Process, text: str | None) -> None:
    if process.stdin is None or text is None:
        return
    # It may end without reading what it is given.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(text.encode())
        await process.stdin.drain()
    process.stdin.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.wait_closed()


async def _end(group: int, talk: asyncio.Future[tuple[str, str]]) -> None:
    """Terminate, wait, kill, wait: the whole group, because the command may be a site's wrapper whose
    own child is the one that hangs. Each wait has a limit: a process in the kernel's hands, such as
    on a file system that does not answer, ends when that does."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        await asyncio.wait({talk}, timeout=_GRACE)
        if talk.done():
            return

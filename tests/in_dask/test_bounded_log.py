"""The log of a controller or a scheduler stays small, whatever is logged, and its end is there to read."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.in_dask import bounded_log, scheduler
from jupyter_dask_slurm.in_dask.bounded_log import (
    FREE_REPEATS,
    MISSING,
    QUIET,
    BoundedFile,
    FewRepeats,
    Writer,
)
from jupyter_dask_slurm.logs import excerpt, log_end

MIB = 1024**2
BOUND = f"""
import importlib.util, logging, os, sys, warnings
spec = importlib.util.spec_from_file_location("bounded_log", {bounded_log.__file__!r})
bounded_log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bounded_log)
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = bounded_log.bound_log({MIB})
"""
LONGEST = 60.0
"""Seconds. A bound against hanging for ever."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "controller.log"


def run(log: Path, code: str) -> int:
    """The exit code of a process that has its log there, as launchers start it."""
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as stream:
        return subprocess.run(
            [sys.executable, "-c", BOUND + code], stdout=stream, stderr=stream, timeout=100
        ).returncode


@pytest.mark.parametrize(
    "code",
    [
        "for n in range(40_000): logging.info('%d %s', n, 'x' * 50)",
        "for n in range(40_000): print(n, 'x' * 50)",
        "for n in range(40_000): print(n, 'x' * 50, file=sys.stderr)",
        "for n in range(40_000): warnings.warn_explicit('x' * 50, UserWarning, 'a.py', n)",
        "for n in range(300): logging.info('x' * 20_000)",
        "logging.info('x' * 10_000_000)",
    ],
    ids=["log", "stdout", "stderr", "warnings", "long lines", "one message"],
)
def test_however_much_is_logged_it_stays_below_the_bound_and_its_end_is_there(
    log: Path, code: str
) -> None:
    assert run(log, f"{code}\nlogging.info('the last line')") == 0
    assert log.stat().st_size <= MIB
    assert log_end(log, 1) == "INFO the last line"
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_is_left_out_is_said(log: Path) -> None:
    assert run(log, "for n in range(40_000): logging.info('%d %s', n, 'x' * 50)") == 0
    first, *lines = log.read_text().splitlines()
    assert first == "[older lines were dropped: they are kept up to 1 MiB]"
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == list(range(numbers[0], 40_000)), "lines are whole, and none is missing"
    log.unlink()
    assert run(log, "logging.info('a' * 100_000)") == 0
    head, middle, end = log.read_text().splitlines()
    assert (head[:6], end[-1]) == ("INFO a", "a")
    assert middle == f"[{100_006 - 65_536} bytes are left out here]"


def test_others_who_write_to_the_file_go_on_at_its_end(log: Path) -> None:
    """The watchdog has the controller's standard error, and Slurm a descriptor of its own."""
    code = """
import subprocess
script = "import os; input(); os.write(2, b'the watchdog\\\\n')"
child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
for n in range(40_000): logging.info('%d %s', n, 'x' * 50)
log.wait(60)
child.communicate(b"go\\n")
logging.info("after it")
"""
    with log.open("ab") as slurm:
        assert run(log, code) == 0
        slurm.write(b"slurmstepd: error: *** JOB 81 CANCELLED ***\n")
    end = ["the watchdog", "INFO after it", "slurmstepd: error: *** JOB 81 CANCELLED ***"]
    assert excerpt(log, 3).text.splitlines() == end
    assert b"\0" not in log.read_bytes()


def test_the_last_words_of_a_crash_are_at_the_end(log: Path) -> None:
    many = "for n in range(40_000): logging.info('%d %s', n, 'x' * 50)\n"
    assert run(log, many + "raise RuntimeError('out of ideas')") == 1
    assert log_end(log, 1) == "RuntimeError: out of ideas"
    log.unlink()
    assert run(log, many + "import faulthandler; faulthandler.enable(); os.abort()") < 0
    assert "Fatal Python error: Aborted" in log_end(log)


def test_a_link_to_the_log_of_a_job_stays_one(log: Path, tmp_path: Path) -> None:
    log.symlink_to("81.log")
    assert run(log, "for n in range(40_000): logging.info('%d %s', n, 'x' * 50)") == 0
    assert os.readlink(log) == "81.log"
    assert {path.name for path in tmp_path.iterdir()} == {"controller.log", "81.log"}
    assert "INFO 39999" in log_end(tmp_path / "81.log", 1)


def test_who_follows_it_by_bytes_gets_the_end_after_a_cut(log: Path) -> None:
    with BoundedWriter(log) as write:
        for n in range(1000):
            write(f"{n} {'x' * 250}\n")
        before = excerpt(log, 1)
        write(f"1000 {'x' * 250}\n")
        assert excerpt(log, 9, after=before.end).text.startswith("1000 x")
        while log.stat().st_size >= before.end:
            n += 1
            write(f"{n} {'x' * 250}\n")
        again = excerpt(log, 2, after=before.end)
        assert again.start < before.end, "from another place: the whole is shown anew"
        assert again.text.splitlines()[-1].startswith(f"{n} x")
        write("more\n")
        assert excerpt(log, 2, after=again.end).text == "more\n"


class BoundedWriter:
    """Writes to a file through `BoundedFile`, at most a quarter of a MiB."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        self._file = BoundedFile(self._descriptor, MIB // 4)

    def __enter__(self) -> BoundedWriter:
        return self

    def __exit__(self, *args: object) -> None:
        os.close(self._descriptor)

    def __call__(self, text: str) -> None:
        self._file.append(text.encode())


def test_what_is_no_file_is_written_to_as_it_is() -> None:
    reading, writing = os.pipe()
    file = BoundedFile(writing, 10)
    for _ in range(3):
        file.append(b"more than ten bytes")
    assert os.read(reading, 100) == b"more than ten bytes" * 3
    os.close(reading)
    os.close(writing)


def read_lines(descriptor: int) -> Iterator[bytes]:
    with open(descriptor, "rb") as stream:
        yield from stream


def test_a_file_that_takes_nothing_holds_nobody_up_and_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pipe that nobody reads: what writes to it waits in the kernel."""
    monkeypatch.setattr(bounded_log, "PATIENCE", 0.01)
    reading, writing = os.pipe()
    writer = Writer(BoundedFile(writing))
    line = b"x" * 999 + b"\n"
    for _ in range(5000):
        writer.write(line)
    assert not writer.wait(0)
    lines = read_lines(reading)
    taken = 0
    while (found := next(lines)) == line:
        taken += 1
    # It stands where the lines would, and after it comes what is logged now.
    assert found == MISSING % (5000 - taken)
    assert taken < 5000
    writer.write(b"as before\n")
    assert next(lines) == b"as before\n"
    assert writer.wait(LONGEST)
    os.close(writing)
    lines.close()  # type: ignore[attr-defined]


def test_a_process_ends_although_its_log_takes_nothing() -> None:
    code = "bounded_log.PATIENCE = bounded_log.EXIT_LIMIT = 0.1\n"
    code += "for n in range(40_000): logging.info('%d %s', n, 'x' * 50)\nprint('more')"
    reading, writing = os.pipe()
    done = subprocess.run([sys.executable, "-c", BOUND + code], stderr=writing, timeout=100)
    os.close(writing)
    os.close(reading)
    assert done.returncode == 0


class Refusing:
    """A file that refuses what it is given, until it is told to take it."""

    descriptor = -1

    def __init__(self) -> None:
        self.refuses = True
        self.taken: list[bytes] = []
        self.threads: set[str] = set()

    def append(self, data: bytes) -> None:
        self.threads.add(threading.current_thread().name)
        if self.refuses:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.taken += data.splitlines(keepends=True)


def test_a_full_disk_ends_nothing_and_what_is_missing_is_said() -> None:
    file = Refusing()
    writer = Writer(file)  # type: ignore[arg-type]
    for _ in range(2):
        writer.write(b"lost\n")
        writer.write(b"lost, too\n")
        assert writer.wait(LONGEST)
    file.refuses = False
    writer.write(b"space again\n")
    assert writer.wait(LONGEST)
    assert file.taken == [MISSING % 4, b"space again\n"]
    assert file.threads == {"log"}


def test_a_forked_child_writes_and_repeats_nothing(log: Path) -> None:
    """As multiprocessing makes it, in what a user loads into the scheduler."""
    # From Python 3.12 on it warns of a fork where there are threads.
    code = """
warnings.simplefilter("ignore", DeprecationWarning)
for n in range(1000): logging.info('%d %s', n, 'x' * 50)
if not (child := os.fork()):
    logging.info("the child")
    os._exit(0)
os.waitpid(child, 0)
logging.info("the parent")
"""
    assert run(log, code) == 0
    lines = log.read_text().splitlines()
    assert len(lines) == 1002
    assert lines.count("INFO the child") == 1
    assert lines[-1] == "INFO the parent"
    assert [line for line in lines if re.match(r"INFO \d", line)] == [
        f"INFO {n} {'x' * 50}" for n in range(1000)
    ]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def warn(kept: FewRepeats, line: int, level: int = logging.WARNING) -> str | None:
    """What is logged of a warning with another number each time; None when it is left out."""
    warn.count += 1  # type: ignore[attr-defined]
    words = "TLS handshake failed with remote %s"
    record = logging.LogRecord("tcp", level, "tcp.py", line, words, (warn.count,), None)  # type: ignore[attr-defined]
    return record.getMessage() if kept.filter(record) else None


warn.count = 0  # type: ignore[attr-defined]


def test_a_warning_that_comes_again_and_again_is_counted(clock: list[float]) -> None:
    kept = FewRepeats()
    said = [words for _ in range(1000) if (words := warn(kept, 1)) is not None]
    assert len(said) == FREE_REPEATS + 6  # 16, 32, … 512
    assert all("[" not in words for words in said[:FREE_REPEATS])
    assert said[-1].endswith("[the 512th warning like this; others are left out]")
    # Others are not held back by it.
    assert warn(kept, 2) is not None
    clock[0] += QUIET + 1
    assert "[" not in (warn(kept, 1) or "[")


def test_what_is_no_warning_is_never_left_out(clock: list[float]) -> None:
    kept = FewRepeats()
    assert all(warn(kept, 1, logging.INFO) for _ in range(100))


PRELOAD = """
import logging
import os

def much():
    for number in range(40_000):
        logging.getLogger("distributed.scheduler").info("line %d %s", number, "x" * 200)
        print("a preload prints", number)
    for number in range(1000):
        logging.getLogger("distributed.core").warning("knocks from port %d", number)

if os.environ.pop("LOG_MUCH", None):  # dask runs a preload twice
    much()
"""


def test_the_scheduler_of_a_cluster_keeps_its_log_small(tmp_path: Path) -> None:
    (tmp_path / "preload.py").write_text(PRELOAD)
    tls.make_key_pair(tmp_path / "cert.pem", tmp_path / "key.pem")
    config = {"host": "127.0.0.1", "cert": "cert.pem", "key": "key.pem"}
    log = tmp_path / "scheduler.log"
    environment = {
        **os.environ,
        "DASK_DISTRIBUTED__SCHEDULER__PRELOAD": "['preload.py']",
        "LOG_MUCH": "1",
    }
    # A user's switch, which takes the script's own directory from where modules are looked for.
    environment["PYTHONSAFEPATH"] = "1"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as stream:
        process = subprocess.Popen(
            [sys.executable, scheduler.__file__],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
    answer, _ = process.communicate(json.dumps(config) + "\n", timeout=100)
    assert json.loads(answer)["address"].startswith("tls://127.0.0.1")
    assert log.stat().st_size <= bounded_log.LIMIT
    text = log.read_text()
    assert text.startswith("[older lines were dropped: they are kept up to 4 MiB]\n")
    assert text.count("knocks from port") == FREE_REPEATS + 6
    assert "closing" in log_end(log).lower()

"""The log of a controller or a scheduler stays small, whatever is logged, and its end is there to read."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.in_dask import bounded_log, scheduler
from jupyter_dask_slurm.in_dask.bounded_log import FREE_REPEATS, QUIET, BoundedFile, FewRepeats
from jupyter_dask_slurm.logs import excerpt, log_end

MIB = 1024**2
BOUND = f"""
import importlib.util, logging, os, sys, warnings
spec = importlib.util.spec_from_file_location("bounded_log", {bounded_log.__file__!r})
bounded_log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bounded_log)
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
bounded_log.bound_log({MIB})
"""


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
        self._file.write(text.encode())


def test_what_is_no_file_is_written_to_as_it_is() -> None:
    reading, writing = os.pipe()
    file = BoundedFile(writing, 10)
    for _ in range(3):
        assert file.write(b"more than ten bytes") == 19
    assert os.read(reading, 100) == b"more than ten bytes" * 3
    os.close(reading)
    os.close(writing)


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

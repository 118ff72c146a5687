"""The end of a log, and what is new in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_dask_slurm.logs import Excerpt, excerpt, log_end


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "81_0.log"
    path.write_bytes(b"one\ntwo\nthree\n")
    return path


def append(log: Path, data: bytes) -> None:
    with log.open("ab") as stream:
        stream.write(data)


def test_its_last_lines_and_where_they_stand(log: Path) -> None:
    assert excerpt(log, 2) == Excerpt("two\nthree\n", 4, 14)
    assert excerpt(log, 0) == Excerpt("", 14, 14)
    assert excerpt(log, 99, max_bytes=8) == Excerpt("three\n", 8, 14)


def test_what_was_written_since(log: Path) -> None:
    end = excerpt(log, 1).end
    assert excerpt(log, 1, after=end) == Excerpt("", 14, 14)
    append(log, b"four\nfi")
    assert excerpt(log, 1, after=end) == Excerpt("four\nfi", 14, 21)
    append(log, b"ve\n")
    assert excerpt(log, 1, after=21) == Excerpt("ve\n", 21, 24)


def test_a_character_that_is_half_written_is_left_for_the_next_time(log: Path) -> None:
    append(log, "né".encode()[:-1])
    found = excerpt(log, 9, after=14)
    assert found == Excerpt("n", 14, 15)
    append(log, "né".encode()[-1:] + b"\xff")
    assert excerpt(log, 9, after=found.end) == Excerpt("é\N{REPLACEMENT CHARACTER}", 15, 18)


@pytest.mark.parametrize("after", [15, 99, 3])
def test_its_end_once_more_where_it_begins_anew_or_too_much_is_new(log: Path, after: int) -> None:
    found = excerpt(log, 1, after=after, max_bytes=10)
    assert found == Excerpt("three\n", 8, 14)
    assert found.start != after


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """A job may put there what it likes, and reading must come to an end."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "directory").mkdir()
    for name in ("fifo", "device", "directory"):
        assert log_end(tmp_path / name) == ""
        with pytest.raises(OSError, match=r"no regular file|directory"):
            excerpt(tmp_path / name, 3)


def test_the_end_of_no_log_is_empty(tmp_path: Path) -> None:
    assert log_end(tmp_path / "none") == ""

"""What numbers and texts of durations mean; on which surface they stand: `tests/test_durations.py`."""

from __future__ import annotations

from collections.abc import Callable

import dask.utils
import pytest

from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.model.durations import (
    MAX_DURATION,
    checked_seconds,
    parse_timeout,
    parse_walltime_text,
    read_walltime,
    readable,
    timeout_reader,
    written,
)
from tests.support.grammar import cases


@pytest.mark.parametrize(
    "text",
    [
        "90",
        "90s",
        "90 s",
        "2 minutes",
        "1 minute",
        "5m",
        "1.5 hours",
        "8h",
        "1 D",
        "2 weeks",
        "7.9",
    ],
)
def test_units_are_those_of_dask(text: str) -> None:
    assert parse_timeout(text) == int(dask.utils.parse_timedelta(text))


@pytest.mark.parametrize(
    ("text", "seconds"), [("30:00", 1800), ("1:30:00", 5400), ("1-0", 86400), (" 1-12:30 ", 131400)]
)
def test_a_colon_or_a_day_means_the_same_for_every_option(text: str, seconds: int) -> None:
    assert read_walltime(text) == timeout_reader(0)(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 parsecs", "5 ss", "1h 30", "90 s:00", "٣ س"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        timeout_reader(0)(text)


@pytest.mark.parametrize("raw", [True, None, 1.5, ["1"], -1, MAX_DURATION + 1, "400-0"])
def test_json_has_whole_seconds_within_reason(raw: object) -> None:
    for read in (read_walltime, timeout_reader(0)):
        with pytest.raises(ValueError, match=r"seconds|366 days|such as"):
            read(raw)


def test_the_least_and_the_most_of_a_time_out_are_named() -> None:
    read = timeout_reader(1, 60)
    assert (read(1), read("1:00")) == (1, 60)
    for raw in (0, "0", 61, "2 minutes"):
        with pytest.raises(ValueError, match="from 1 to 60 seconds"):
            read(raw)


@pytest.mark.parametrize(("text", "seconds"), cases("walltime", "time"))
def test_a_walltime_is_read_as_the_panel_reads_it(text: str, seconds: int | None) -> None:
    _is_read(parse_walltime_text, text, seconds)


@pytest.mark.parametrize(("text", "seconds"), cases("timeout", "time"))
def test_a_time_out_is_read_as_the_panel_reads_it(text: str, seconds: int | None) -> None:
    _is_read(parse_timeout, text, seconds)


def _is_read(parse: Callable[[str], int], text: str, seconds: int | None) -> None:
    if seconds is None:
        with pytest.raises(ValueError, match="is not a time; write for example 30 min"):
            parse(text)
    else:
        assert parse(text) == seconds


@pytest.mark.parametrize("text", ["9" * 400, "9" * 400 + " days", "9" * 5000 + ":00"])
def test_more_than_there_can_be_is_refused(text: str) -> None:
    for read in (read_walltime, timeout_reader(0)):
        with pytest.raises(ValueError, match=r"366 days|seconds|not a time"):
            read(text)


def test_a_request_gives_a_time_out_in_any_form() -> None:
    assert checked_seconds("idle_timeout", 90) == checked_seconds("idle_timeout", "1:30") == 90
    with pytest.raises(InvalidOptions, match=r"^seconds: 'soon' is not a time"):
        checked_seconds("seconds", "soon")


def test_what_is_written_is_in_minutes_where_slurm_would_read_minutes() -> None:
    options = {"walltime": 90, "controller_walltime": 60, "idle_timeout": 90, "cores": 2}
    assert written(options) == {**options, "walltime": "90", "controller_walltime": "60"}
    # What is no number stays as it is, for the reader to refuse.
    assert written({"walltime": True, "controller_walltime": None}) == {
        "walltime": True,
        "controller_walltime": None,
    }


def test_what_we_write_for_people_is_text_that_means_the_same_everywhere() -> None:
    text = readable({"walltime": 5400, "controller_walltime": 90061, "idle_timeout": 90})
    assert text == {"walltime": "01:30:00", "controller_walltime": "1-01:01:01", "idle_timeout": 90}
    assert written(text) == text
    assert read_walltime(text["controller_walltime"]) == 90061

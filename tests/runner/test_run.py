"""What a run counts, and what it says of a test that failed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .run import Run, count

REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_good"/>
<testcase classname="tests.test_a" name="test_bad"><failure message="assert 1 == 2">
    assert 1 == 2
E   assert 1 == 2
E    +  where 1 = one()
captured noise
</failure></testcase>
<testcase classname="journey" name="page"><error message="it broke">no line is marked</error></testcase>
<testcase classname="tests.test_a" name="test_left"><skipped message="no Slurm here"/></testcase>
</testsuite></testsuites>"""

BAD = "tests.test_a test_bad\n    E   assert 1 == 2\n    E    +  where 1 = one()"
BROKE = "journey page\n    it broke"
LEFT = "tests.test_a test_left\n    no Slurm here"


@pytest.mark.parametrize(
    ("strict", "failures"), [(False, [BAD, BROKE]), (True, [BAD, BROKE, LEFT])]
)
def test_failed_tests_are_counted_and_named(
    tmp_path: Path, strict: bool, failures: list[str]
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert count(report, strict=strict) == (1, failures)


def test_a_report_that_is_not_there_counts_as_none(tmp_path: Path) -> None:
    assert count(tmp_path / "none.xml", strict=True) == (0, [])


def test_the_last_thing_said_is_what_failed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path / "run", ci=False)
    run.tree.mkdir()
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert not run.step("suite", [sys.executable, "-c", "exit(1)"], junit=report)
    assert not run.step("crash", [sys.executable, "-c", "exit(3)"])
    capfd.readouterr()
    run.say_failures()
    said = capfd.readouterr().out
    assert said == f"failed in suite: {BAD}\nfailed in suite: {BROKE}\nfailed in crash: crash\n"

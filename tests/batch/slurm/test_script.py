"""The ``#SBATCH`` lines of a job script, as tables. (A real sbatch reads them in the contract.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.slurm.script import directives, interpreter, stamp

TEMPLATE = """\
#!/usr/bin/env bash

#SBATCH -J dask-worker
#SBATCH -e /logs/dask-worker-%J.err
#SBATCH -o /logs/dask-worker-%J.out
#SBATCH -p debug
#SBATCH --cpus-per-task=4

python -m distributed.cli.dask_worker
"""


def test_the_stamp_stands_behind_the_last_directive_and_replaces_earlier_ones() -> None:
    assert (
        stamp(TEMPLATE, name="blue-1", count=3, log_directory=Path("/x"))
        == """\
#!/usr/bin/env bash

#SBATCH -p debug
#SBATCH --cpus-per-task=4
#SBATCH -J blue-1
#SBATCH --array=0-2
#SBATCH -o /x/%A_%a.log

python -m distributed.cli.dask_worker
"""
    )


def test_a_single_job_has_no_array() -> None:
    text = stamp("#!/bin/sh\ntrue", name="b", count=None, log_directory=Path("/x"))
    assert text == "#!/bin/sh\n#SBATCH -J b\n#SBATCH -o /x/%j.log\ntrue\n"


def test_stamping_again_changes_only_what_is_new() -> None:
    once = stamp(TEMPLATE, name="blue-1", count=3, log_directory=Path("/x"))
    assert stamp(once, name="blue-1", count=3, log_directory=Path("/x")) == once
    assert "--array=0-8" in stamp(once, name="blue-1", count=9, log_directory=Path("/x"))


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("#SBATCH -Jother", None),
        ("#SBATCH --job-name=other", None),
        ("#SBATCH --job-name other", None),
        ("#SBATCH --array=0-9%2", None),
        # sbatch takes any beginning of an option that only one has.
        ("#SBATCH --job=other --out /x", None),
        ("#SBATCH --err=/x --part=debug", "#SBATCH --part=debug"),
        ("#SBATCH -a 1,2 --error /x", None),
        ('#SBATCH -J "a name" -p debug', "#SBATCH -p debug"),
        ("#SBATCH --output=/x --comment='two words'", '#SBATCH "--comment=two words"'),
        ("#SBATCH -p debug  # with a comment", "#SBATCH -p debug  # with a comment"),
        ("#SBATCH --overcommit", "#SBATCH --overcommit"),
        ('#SBATCH -J "unbalanced', '#SBATCH -J "unbalanced'),
        ("#SBATCHER -J other", "#SBATCHER -J other"),
        ("# SBATCH -J other", "# SBATCH -J other"),
    ],
)
def test_directives_that_the_stamp_replaces(line: str, left: str | None) -> None:
    text = stamp(f"#!/bin/sh\n{line}\ntrue\n", name="b", count=1, log_directory=Path("/x"))
    kept = [x for x in text.splitlines()[1:-1] if x not in text_of_stamp()]
    assert kept == ([] if left is None else [left])


def text_of_stamp() -> list[str]:
    return ["#SBATCH -J b", "#SBATCH --array=0-0", "#SBATCH -o /x/%A_%a.log"]


def test_the_body_is_left_alone() -> None:
    body = "true\n#SBATCH -J in-a-here-document\n\n  indented\ttext  \n"
    assert stamp("#!/bin/sh\n" + body, name="b", count=1, log_directory=Path("/x")).endswith(body)


@pytest.mark.parametrize(
    ("directory", "written"),
    [
        ("/home/alice/logs", "/home/alice/logs/%A_%a.log"),
        ("/a b/c", '"/a b/c/%A_%a.log"'),
        ("/100%j", "/100%%j/%A_%a.log"),
        ('/a"b\\c', '"/a\\"b\\\\c/%A_%a.log"'),
        ("/a#b", '"/a#b/%A_%a.log"'),
    ],
)
def test_log_directories_of_any_name(directory: str, written: str) -> None:
    text = stamp("#!/bin/sh\n", name="b", count=1, log_directory=Path(directory))
    assert f"#SBATCH -o {written}\n" in text
    assert directives(text)["--output"] == directory.replace("%", "%%") + "/%A_%a.log"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["#SBATCH -c4"], {"--cpus-per-task": "4"}),
        (
            ["#SBATCH --part=debug -M lab -L matlab:1"],
            {"--partition": "debug", "--clusters": "lab", "--licenses": "matlab:1"},
        ),
        (["#SBATCH --no=1"], {"--no": "1"}),
        (["#SBATCH -c 4 -n 1"], {"--cpus-per-task": "4", "--ntasks": "1"}),
        (["#SBATCH --mem=15G", "#SBATCH --mem 16G"], {"--mem": "16G"}),
        (["#SBATCH --exclusive -t 1-0"], {"--exclusive": "", "--time": "1-0"}),
        (["#SBATCH --comment='a = b'"], {"--comment": "a = b"}),
        (["", "# about", "#SBATCH -p a,b # more"], {"--partition": "a,b"}),
        (["true", "#SBATCH -p late"], {}),
        (["#SBATCH 'unbalanced"], {}),
        (["#SBATCH"], {}),
    ],
)
def test_directives(lines: list[str], found: dict[str, str]) -> None:
    assert directives("\n".join(["#!/bin/sh", *lines, "true"])) == found


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("#!/usr/bin/env bash\ntrue", ["/usr/bin/env", "bash"]),
        ("#! /bin/bash -l -x\n", ["/bin/bash", "-l -x"]),
        ("true\n", None),
        ("#!\n", None),
        ("", None),
    ],
)
def test_the_interpreter(script: str, command: list[str] | None) -> None:
    assert interpreter(script) == command

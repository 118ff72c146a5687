"""What the doctor says of a site: each fault, with its repair; and all of it on a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, Estimate, JobState
from jupyter_dask_slurm.batch.errors import BatchRefused, CommandFailed, SlurmctldSilent
from jupyter_dask_slurm.batch.site import Accounts, Partition, Site, Unseen
from jupyter_dask_slurm.cli import main
from jupyter_dask_slurm.cluster_files.directory import STATE_DIR_VARIABLE
from jupyter_dask_slurm.clusters import without_server
from jupyter_dask_slurm.clusters.doctor import Check, host, node, report, slurm
from jupyter_dask_slurm.clusters.doctor.check import TITLES
from jupyter_dask_slurm.clusters.doctor.host import (
    DirectoryFacts,
    EndingFacts,
    LimitFacts,
    limits_here,
    try_directory,
)
from jupyter_dask_slurm.clusters.doctor.job import JobFacts, probe_script, read_answer
from jupyter_dask_slurm.clusters.doctor.slurm import CommandFacts
from jupyter_dask_slurm.interfaces import Interface
from jupyter_dask_slurm.job_script.lines import Line
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE, Settings
from jupyter_dask_slurm.model.wire import write
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.python import PythonFacts
from tests.slurm.handle import Slurm
from tests.support.ready_at_once import RendererHere

GIB = 1024**3
IB0, ETH0 = Interface("ib0", "10.1.0.1"), Interface("eth0", "10.9.0.1")


def told(check: Check) -> str:
    """All of it in one line."""
    return " ".join(check.text().split())


# -- this host


def test_a_directory_that_is_good(tmp_path: Path) -> None:
    facts = try_directory(tmp_path / "state")
    assert (facts.error, facts.locks) == (None, True)
    assert host.judge_directory(replace(facts, free=10**12)).outcome == "ok"
    assert list((tmp_path / "state").iterdir()) == []


def writable_by_all(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def a_file(place: Path) -> None:
    place.write_text("")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(writable_by_all, "can be written by everybody: run chmod go-w"), (a_file, "File exists")],
)
def test_a_directory_that_cannot_be_used(tmp_path: Path, spoil: Any, words: str) -> None:
    spoil(tmp_path / "state")
    check = host.judge_directory(try_directory(tmp_path / "state"))
    assert check.outcome == "failed"
    assert words in (check.words or "")
    assert check.advice


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (DirectoryFacts(Path("/s"), free=5 * 1024**2), "5 MiB free"),
        (DirectoryFacts(Path("/s"), free=GIB, locks=False), "has no locks"),
    ],
)
def test_a_directory_that_may_do(facts: DirectoryFacts, words: str) -> None:
    check = host.judge_directory(facts)
    assert check.outcome == "warning"
    assert words in check.message


ROOM = LimitFacts(files=524288, processes=10000, processes_used=50)


@pytest.mark.parametrize(
    ("facts", "placement", "outcome", "words"),
    [
        (LimitFacts(), "local", "ok", "none"),
        (ROOM, "local", "ok", "9950 processes and threads of yours left of 10000"),
        (replace(ROOM, files=1024), "local", "warning", "ulimit -Hn"),
        (replace(ROOM, files=128), "job", "failed", "ulimit -Hn"),
        (replace(ROOM, processes=200), "local", "warning", "ulimit -Hu"),
        (replace(ROOM, processes=100), "local", "failed", "place controllers in jobs"),
        (replace(ROOM, processes=100), "job", "ok", "50 processes"),
        (replace(ROOM, tasks=64, tasks_used=40), "local", "failed", "TasksMax"),
    ],
)
def test_limits(facts: LimitFacts, placement: str, outcome: str, words: str) -> None:
    check = host.judge_limits(facts, placement)
    assert check.outcome == outcome
    assert words in told(check)


def test_the_limits_of_this_process() -> None:
    facts = limits_here()
    assert facts.processes_used >= 1
    assert facts.files is None or facts.files > 0


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (EndingFacts(ends_with="Jupyter itself runs inside the Slurm job 81."), "Slurm job 81"),
        (EndingFacts(cpu_seconds=3600), "after 3600 s of CPU (ulimit -t)"),
        (EndingFacts(killed_at_logout=True), "KillUserProcesses=yes"),
        (EndingFacts(died=("otter", "stoat")), "were killed: otter, stoat"),
    ],
)
def test_what_ends_clusters(facts: EndingFacts, words: str) -> None:
    check = host.judge_endings(facts, "local")
    assert check.outcome == "warning"
    assert words in check.message
    assert 'placement "job"' in (check.advice or "")
    assert host.judge_endings(facts, "job").outcome == "ok"
    assert host.judge_endings(EndingFacts(), "local").outcome == "ok"


def test_dashboards() -> None:
    facts = PythonFacts(version="3.12.1", distributed="2026.8.0", executable="/my env/bin/python")
    check = host.judge_dashboards(facts, "/my env/bin/python")
    assert check.outcome == "warning"
    assert check.advice == "'/my env/bin/python' -m pip install --upgrade bokeh"
    assert host.judge_dashboards(replace(facts, bokeh="3.9.1"), "python").outcome == "ok"


# -- Slurm

MISSING = "there is no command 'squeue' on PATH of this host"
SILENT = SlurmctldSilent(["squeue"], 1, "Unable to contact slurm controller (connect failure)")
DENIED = CommandFailed(["sinfo"], 1, "Access/permission denied")
FAST = {"squeue": 0.012, "sinfo": 0.01}


@pytest.mark.parametrize(
    ("facts", "outcome", "words"),
    [
        (CommandFacts(version="slurm 22.05.8", seconds=FAST), "ok", "squeue 12 ms, sinfo 10 ms"),
        (CommandFacts(missing={"squeue": MISSING}), "failed", f"| {MISSING} -> Start Jupyter"),
        (CommandFacts(missing={"sinfo": "no config"}), "failed", "set SLURM_CONF"),
        (CommandFacts(errors={"squeue": SILENT}), "failed", "| Unable to contact slurm controller"),
        (CommandFacts(errors={"squeue": SILENT}), "failed", "squeue got no answer"),
        (CommandFacts(seconds=FAST, errors={"sinfo": DENIED}), "failed", "sinfo was refused"),
        (CommandFacts(seconds={**FAST, "sinfo": 8.04}), "warning", "sinfo 8.0 s"),
    ],
)
def test_commands(facts: CommandFacts, outcome: str, words: str) -> None:
    check = slurm.judge_commands(facts)
    assert check.outcome == outcome
    assert words in told(check)


DEBUG = Partition("debug", default=True)
OWNERS = Partition("owners", refuses="takes jobs of root alone")
DOWN = Partition("old", available=False, state="DOWN")


@pytest.mark.parametrize(
    ("partitions", "unseen", "outcome", "words"),
    [
        (
            (DEBUG, OWNERS),
            (),
            "ok",
            "debug (default) takes jobs. | owners takes jobs of root alone",
        ),
        ((OWNERS, DOWN), (), "failed", "none takes jobs of yours"),
        ((DOWN,), (), "failed", "old starts no job now (DOWN)"),
        ((Partition("r", needs_reservation=True),), (), "failed", "of reservations alone"),
        ((), (Unseen("partitions", "denied", refused=True),), "warning", "does not show its part"),
        ((DEBUG,), (Unseen("nodes", "denied", refused=True),), "warning", "are not checked"),
    ],
)
def test_partitions(
    partitions: tuple[Partition, ...], unseen: tuple[Unseen, ...], outcome: str, words: str
) -> None:
    check = slurm.judge_partitions(Site("slurm", "22.05", partitions=partitions, unseen=unseen))
    assert check.outcome == outcome
    assert words in told(check)


TWO = Accounts(accounts=("physics", "chemistry"), accounts_enforced=True)


@pytest.mark.parametrize(
    ("accounts", "chosen", "outcome", "words"),
    [
        (Accounts(), None, "ok", "asks for none"),
        (Accounts(accounts_enforced=True), None, "failed", "sacctmgr add user"),
        (TWO, None, "warning", "none of them by default"),
        (TWO, "biology", "failed", "biology is none of yours"),
        (TWO, "physics", "ok", "jobs run for physics"),
        (replace(TWO, default_account="physics", default_qos="normal"), None, "ok", "QOS normal"),
    ],
)
def test_account(accounts: Accounts, chosen: str | None, outcome: str, words: str) -> None:
    check = slurm.judge_account(Site("slurm", "22.05", accounts=accounts), chosen)
    assert check.outcome == outcome
    assert words in told(check)


def test_accounting_that_does_not_answer() -> None:
    site = Site("slurm", "22.05", unseen=(Unseen("accounts", "slurmdbd is down"),))
    check = slurm.judge_account(site, None)
    assert check.outcome == "warning"
    assert "slurmdbd is down" in check.message


@pytest.mark.parametrize(
    ("found", "message", "outcome", "words"),
    [
        (Findings(), None, "ok", "it can be created"),
        (Findings.problem("partition", "no partition gpu"), None, "failed", "| partition: no par"),
        (Findings.warning("memory", "left out"), None, "warning", "with these remarks"),
        (Findings.doubt("python", "it has no dask"), None, "warning", "it may not start"),
        (Findings(), "Invalid qos specification", "failed", "| Invalid qos specification"),
    ],
)
def test_a_new_cluster(found: Findings, message: str | None, outcome: str, words: str) -> None:
    check = slurm.judge_cluster(found, Estimate(message=message))
    assert check.outcome == outcome
    assert words in told(check)


# -- the node

SAID: dict[str, Any] = {
    "host": "n1",
    "version": "3.11.2",
    "sees_directory": True,
    "distributed": "2026.8.0",
    "reached": {"10.1.0.1": None, "10.9.0.1": None},
    "time": 1000.2,
}
RAN = JobFacts(
    id="81_0",
    job=BatchJob("81_0", "doctor", JobState.COMPLETED, submitted=990.0),
    log="",
    said=SAID,
    submitted=(989.5, 990.5),
    accepted=1000.0,
    addresses=(IB0, ETH0),
)


def judged(
    facts: JobFacts, *, usual: str = "10.1.0.1", in_jobs: bool = False
) -> Mapping[str, Check]:
    checks = [
        node.judge_job(facts),
        *node.judge_node(facts, usual=usual, python="/env/python", controllers_in_jobs=in_jobs),
    ]
    return {check.name: check for check in checks}


def test_a_node_where_all_is_well() -> None:
    checks = judged(RAN)
    assert {check.outcome for check in checks.values()} == {"ok"}
    assert checks["address"].message == ("n1 reaches this host at 10.1.0.1 (ib0), 10.9.0.1 (eth0)")
    assert checks["clocks"].message == (
        "n1 is less than 1 s from this host; the batch system is less than 1 s from it"
    )


REFUSED = "refused"


@pytest.mark.parametrize(
    ("name", "said", "outcome", "words"),
    [
        ("node_state_dir", {"sees_directory": False}, "failed", "JUPYTER_DASK_SLURM_STATE_DIR"),
        (
            "node_python",
            {"distributed": None, "error": "No module named 'distributed'"},
            "failed",
            "has no dask that can be imported | No module named 'distributed'",
        ),
        ("node_python", {"version": "3.6.8"}, "failed", "Choose a Python with 3.8 or later"),
        ("node_python", {"distributed": "2021.1.0"}, "failed", "with 2022.10 or later"),
        (
            "address",
            {"reached": {"10.1.0.1": REFUSED, "10.9.0.1": None}},
            "failed",
            "jobqueue.slurm.scheduler-options.interface: eth0",
        ),
        (
            "address",
            {"reached": {"10.1.0.1": REFUSED, "10.9.0.1": REFUSED}},
            "failed",
            "This host has ib0 (10.1.0.1), eth0 (10.9.0.1).",
        ),
        ("address", {"reached": {"10.1.0.1": None, "10.9.0.1": REFUSED}}, "ok", "10.9.0.1 (eth0)"),
        ("clocks", {"time": 1060.0}, "warning", "n1 is 60 s ahead of this host"),
        ("clocks", {"time": 1000.0 - 7200}, "failed", "keys made here do not count there yet"),
    ],
)
def test_a_node_with_a_fault(name: str, said: dict[str, Any], outcome: str, words: str) -> None:
    checks = judged(replace(RAN, said={**SAID, **said}))
    assert checks[name].outcome == outcome
    assert words in told(checks[name])
    assert {c.outcome for c in checks.values() if c.name != name} == {"ok"}


def test_a_slurm_whose_clock_is_wrong() -> None:
    assert RAN.job is not None
    check = judged(replace(RAN, job=replace(RAN.job, submitted=890.0)))["clocks"]
    assert check.outcome == "warning"
    assert "the batch system is 100 s behind it" in check.message


def test_a_way_that_only_the_scheduler_lacks_matters_less_where_that_is_on_a_node() -> None:
    nowhere = replace(RAN, said={**SAID, "reached": {"10.1.0.1": REFUSED, "10.9.0.1": REFUSED}})
    assert judged(nowhere, in_jobs=True)["address"].outcome == "warning"


def job(state: JobState, **about: Any) -> BatchJob:
    return BatchJob("81_0", "doctor", state, **about)


NOTHING = replace(RAN, said=None, accepted=None)


@pytest.mark.parametrize(
    ("facts", "outcome", "words"),
    [
        (
            JobFacts(refused=BatchRefused("Invalid account or account/partition combination")),
            "failed",
            "| Invalid account or account/partition combination",
        ),
        (
            replace(NOTHING, job=job(JobState.PENDING, reason="Resources"), waited=120, log=None),
            "warning",
            "waited 120 s and was cancelled: waits for free cores or memory | Resources",
        ),
        (
            replace(NOTHING, job=job(JobState.PENDING, reason="QOSMaxWallDurationPerJobLimit")),
            "failed",
            "Ask for a shorter walltime",
        ),
        (
            replace(NOTHING, job=job(JobState.FAILED, exit_code="0:53"), log=None),
            "failed",
            "exit code 0:53 -> The node could not write the log",
        ),
        (
            replace(
                NOTHING, job=job(JobState.FAILED, exit_code="127:0"), log="python: not found\n"
            ),
            "failed",
            "| python: not found",
        ),
    ],
)
def test_a_job_that_says_nothing(facts: JobFacts, outcome: str, words: str) -> None:
    checks = judged(facts)
    assert checks["test_job"].outcome == outcome
    assert words in told(checks["test_job"])
    assert {checks[name].outcome for name in checks if name != "test_job"} == {"skipped"}


def test_the_script_is_that_of_a_cluster_up_to_its_worker(tmp_path: Path) -> None:
    lines = [
        Line("#!/bin/sh", "cluster"),
        Line("#SBATCH -p debug", "partition"),
        Line("module load x", "job_script_prologue"),
        Line("apptainer exec 'my image' python -m distributed.cli.dask_worker \\", "python"),
        Line("    tls://[scheduler]", "cluster"),
        Line("epilogue", "config"),
    ]
    python, way = "apptainer exec 'my image' python", [("10.1.0.1", 1)]
    *before, last = probe_script(lines, python, way, file=tmp_path, word="w").splitlines()
    assert before == ["#!/bin/sh", "#SBATCH -p debug", "module load x"]
    assert last.startswith(f"{python} -c ")
    assert read_answer("a prologue's words\n") is None


def test_a_report_is_for_a_ticket() -> None:
    checks = [
        Check(
            "test_job", "failed", "it was not accepted", "Invalid account\nbatch", "Choose another."
        ),
        Check("clocks", "ok", "all the same"),
    ]
    first, *others = report(checks, "login1").splitlines()
    assert first.startswith("jupyter-dask-slurm ")
    assert first.endswith(" on login1")
    assert others == [
        "failed   A test job: it was not accepted",
        "         | Invalid account",
        "         | batch",
        "         -> Choose another.",
        "ok       Clocks: all the same",
    ]


# -- all of it


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    settings = Settings(place, batch_system="local", local_cores=2, local_memory=10**12)
    monkeypatch.setenv(SETTINGS_VARIABLE, json.dumps(write(settings)))
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(place))
    monkeypatch.setattr(without_server, "Renderer", RendererHere)
    return place


def outcomes(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], str]:
    """The outcome of each check, and all that was said."""
    out = capsys.readouterr().out
    return {check["name"]: check["outcome"] for check in json.loads(out)}, out


def test_on_a_machine_without_slurm(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found, _ = outcomes(capsys)
    assert list(found) == list(TITLES)
    bad = {name for name, outcome in found.items() if outcome == "failed"}
    assert not bad
    slurms = {"slurm_commands", "partitions", "account"}
    assert {name for name, outcome in found.items() if outcome == "skipped"} == slurms
    assert {found[name] for name in ("test_job", "node_python", "address", "clocks")} == {"ok"}
    # Nothing is left: the queue's own directory is not ours.
    assert [place.name for place in state_dir.iterdir()] == [".local"]


@pytest.mark.parametrize(
    ("options", "name", "words"),
    [
        (["--option", "python=/nowhere/python"], "python", "there is no /nowhere/python here"),
        (
            ["--option", 'job_script_prologue=["echo no licence >&2", "exit 3"]'],
            "test_job",
            "no licence",
        ),
        (["--cores", "99", "--memory", "1GB"], "new_cluster", "cores: "),
    ],
)
def test_faults_of_this_machine(
    state_dir: Path,
    capsys: pytest.CaptureFixture[str],
    options: Sequence[str],
    name: str,
    words: str,
) -> None:
    assert main(["doctor", *options, "--json"]) == 1
    found, out = outcomes(capsys)
    assert found[name] == "failed"
    assert words in out


def test_a_terminal_sees_each_check(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--no-job"]) == 0
    out = capsys.readouterr().out
    # What follows may be a path too long for the line.
    assert "\nok       Directory of the clusters:" in out
    assert "\nskipped  A test job: no job was asked for\n" in out


def test_on_slurm(
    slurm: Slurm,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(without_server, "Renderer", RendererHere)
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "state"))
    settings = Settings(tmp_path / "state", batch_system="slurm")
    monkeypatch.setenv(SETTINGS_VARIABLE, json.dumps(write(settings)))
    lo = ["--option", "interface=lo", "--option", "scheduler_interface=lo"]
    code = main(["doctor", *lo, "--timeout", "5m", "--json"])
    out = capsys.readouterr().out
    found = {check["name"]: check for check in json.loads(out)}
    assert code == 0, out
    looked = {name for name, check in found.items() if check["outcome"] in ("ok", "warning")}
    assert looked == set(TITLES)
    assert found["slurm_commands"]["message"].startswith("slurm")
    assert "127.0.0.1 (lo)" in found["address"]["message"]
    assert slurm.run("squeue", "-h", "-t", "PENDING,RUNNING") == ""

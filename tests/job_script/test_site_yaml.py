"""A site's YAML as it is: what people write into it is understood, or named and left aside."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from dask_jobqueue.slurm import SLURMJob

from .test_answers import ask, origins, refused, rendered, site, warned

__all__ = ["site"]

Programs = Callable[..., None]
KEYS = (
    *dask.config.get("jobqueue.slurm"),
    *("project", "job-extra", "env-extra", "header-skip", "extra"),
    *("job-script-epilogue", "security", "no-such-key"),
)
VALUES: tuple[Any, ...] = (
    None,
    "",
    "two words",
    "a\nb",
    "$(id) `id`",
    "it's",
    "24:00:00",
    0,
    -1,
    10**30,
    1.5,
    True,
    [],
    ["--x", None, 7],
    [["--x"]],
    [{"--constraint": "avx"}],
    {"a": {"b": 1}},
)


@pytest.mark.parametrize("key", KEYS)
def test_no_value_of_any_type_breaks_the_others(site: Callable[..., None], key: str) -> None:
    for value in VALUES:
        site(**{"cores": 4, "memory": "16 GB", "queue": "long", key: value})
        defaults = ask("defaults")
        assert "ok" in defaults, (value, defaults)
        assert "ok" in ask("profiles"), value
        result = ask(options={"cores": 2, "memory": "1 GB", "processes": 1}, name="a")
        assert "ok" in result, (value, result)
        script = result["ok"]["script"]
        assert "#SBATCH -p long\n" in script or key == "queue", (value, script)
        if key not in ("job-script-prologue", "job-script-epilogue", "env-extra"):
            subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("section", ["slurm", ["a"], 7, {}, {"slurm": "x"}, {"slurm": ["cores"]}])
def test_a_section_that_is_none_leaves_the_rest(tmp_path: Path, section: Any, site: Any) -> None:
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({"jobqueue": section}))
    assert ask("defaults")["ok"]["death_timeout"] == 60
    assert ask("profiles")["ok"]["profiles"] == {}
    assert "-n 1" in rendered()["script"]


@pytest.mark.parametrize(
    ("section", "field", "words"),
    [
        (
            {"cores": [4]},
            "cores",
            "jobqueue.slurm.cores cannot be used: a whole number (it is [4])",
        ),
        ({"walltime": "soon"}, "walltime", "jobqueue.slurm.walltime cannot be used:"),
        ({"queue": "a b"}, "partition", "jobqueue.slurm.queue cannot be used: spaces, quotes"),
        ({"project": "a b"}, "account", "jobqueue.slurm.project cannot be used: spaces, quotes"),
        ({"extra": ["--x 'y"]}, "worker_extra_args", "extra cannot be used: No closing quotation"),
        (
            {"job-script-prologue": ["echo 'a"]},
            "job_script_prologue",
            "that of dask's configuration cannot be read: bash",
        ),
        ({"job-cpu": "all"}, "cores", "jobqueue.slurm.job-cpu cannot be used: a whole number"),
        ({"job-mem": "20 GB x"}, "memory", "jobqueue.slurm.job-mem cannot be used: a size"),
        ({"shebang": "bash"}, "job_script_prologue", "shebang cannot be used: a line that begins"),
        ({"colour": "red"}, "configuration", "jobqueue.slurm.colour cannot be used: no key of"),
        (
            {"scheduler-options": {"port": "8786:8800"}},
            "scheduler_interface",
            "port cannot be used",
        ),
        (
            {"scheduler-options": {"port": -1}},
            "scheduler_interface",
            "port cannot be used: one port",
        ),
        ({"scheduler-options": ["x"]}, "scheduler_interface", "scheduler-options cannot be used"),
        (
            {"scheduler-options": {"protocol": "ucx"}},
            "scheduler_interface",
            "protocol cannot be used",
        ),
        (
            {"worker-extra-args": ["--nworkers 4 --y"]},
            "worker_extra_args",
            "use the option processes",
        ),
    ],
)
def test_a_key_that_cannot_be_used_is_named(
    site: Callable[..., None], section: dict[str, Any], field: str, words: str
) -> None:
    site(**section)
    options = {} if field == "cores" and "cores" in section else {"cores": 4}
    if not options:
        assert words in refused(cores=None)["cores"]
        return
    message = warned(rendered(**options))[field]
    assert words in message
    assert "dask's configuration" in message


def test_the_other_words_of_the_sites_arguments_stay(site: Callable[..., None]) -> None:
    site(worker_extra_args=["--a 1 --nworkers 4", "--name=me", "--b"])
    words = rendered(processes=1)["script"].replace("\\\n", "").split()
    assert "--nworkers" not in words
    assert [words[words.index("--a") + n] for n in (1, 2)] == ["1", "--b"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24:00:00", 86400),
        ("1:30:00", 5400),
        ("30:00", 1800),
        ("2-12:00:00", 216_000),
        ("'24:00:00'", 86400),
        ("60", 3600),
        ("1440", 86400),
        ("7200", 432_000),
    ],
)
def test_a_walltime_is_what_is_written_there(
    tmp_path: Path, site: Any, text: str, seconds: int
) -> None:
    """For YAML 1.1 ``24:00:00`` is a number to the base of 60."""
    (tmp_path / "jobqueue.yaml").write_text(f"jobqueue: {{slurm: {{walltime: {text}}}}}")
    assert ask("defaults")["ok"]["walltime"] == seconds
    assert warned(rendered()) == {}
    assert yaml.safe_load("24:00:00") == 86400  # for everybody else


def test_names_of_digits_and_numbers_in_quotes(site: Callable[..., None]) -> None:
    site(queue=1080, account=12345, cores="24", processes="2", job_cpu="8")
    result = rendered(cores=None)
    assert "#SBATCH -p 1080\n#SBATCH -A 12345\n" in result["script"]
    assert (result["options"]["cores"], result["options"]["processes"]) == (24, 2)
    assert "--cpus-per-task=8" in result["script"]


def test_a_walltime_of_a_profile_likewise(tmp_path: Path, site: Any) -> None:
    profile = "{Day: {options: {walltime: 24:00:00}}}"
    (tmp_path / "jobqueue.yaml").write_text(f"jupyter-dask-slurm: {{profiles: {profile}}}")
    profiles = ask("profiles")["ok"]["profiles"]
    assert profiles["Day"]["options"]["walltime"] == "1-00:00:00"


def test_a_number_of_minutes_that_is_months_is_doubted(site: Callable[..., None]) -> None:
    site(walltime=86400)
    assert warned(rendered())["walltime"].endswith("walltime: 86400 minutes are 60 days")
    assert warned(rendered(walltime=3600)) == {}


def test_variables_and_home_are_filled_in_where_no_shell_does_it(
    site: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "alice")
    monkeypatch.setenv("HOME", "/home/alice")
    site(log_directory="/scratch/${USER}/$USER/%x", python="$HOME/env/bin/python")
    result = rendered()
    assert result["options"]["log_directory"] == "/scratch/alice/alice/%x"
    assert "#SBATCH -o /scratch/alice/alice/%%x/%A_%a.log\n" in result["script"]
    assert "/home/alice/env/bin/python -m" in result["script"]
    assert ask("defaults")["ok"]["log_directory"] == "/scratch/alice/alice/%x"
    own = rendered(log_directory="~/$USER", python="~/bin/python")["options"]
    assert (own["log_directory"], own["python"]) == ("/home/alice/alice", "/home/alice/bin/python")


def test_a_variable_that_is_not_there_is_said(
    site: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCRATCH", raising=False)
    site(log_directory="$SCRATCH/logs")
    result = rendered()
    assert result["options"]["log_directory"] is None
    assert "there is no variable $SCRATCH" in warned(result)["log_directory"]
    assert list(refused(log_directory="${SCRATCH}/logs")) == ["log_directory"]


def test_a_line_break_in_a_variable_adds_no_directive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD", "x\n#SBATCH --uid=0")
    assert list(refused(log_directory="/logs/$ODD")) == ["log_directory"]


@pytest.mark.parametrize(
    "mark", ["#SBATCH ", "  #SBATCH\t", "# sbatch ", "#SBATCH #SBATCH ", "SBATCH ", "sbatch "]
)
@pytest.mark.parametrize("whose", ["site", "user"])
def test_a_directive_may_come_with_its_mark(
    site: Callable[..., None], mark: str, whose: str
) -> None:
    directives = {"job_extra_directives": [f"{mark}--constraint=avx512"]}
    if whose == "site":
        site(**directives)
    result = rendered(**(directives if whose == "user" else {}))
    assert "\n#SBATCH --constraint=avx512\n" in result["script"]
    assert "is left out" in warned(result)["job_extra_directives"]


def test_a_mark_within_a_directive_stays() -> None:
    result = rendered(job_extra_directives=["--comment='no #SBATCH here'"])
    assert "#SBATCH --comment='no #SBATCH here'\n" in result["script"]
    assert result["warnings"] == []


def test_a_directive_among_the_commands_is_said(site: Callable[..., None]) -> None:
    lines = ["#SBATCH --exclusive", "", "echo gcc", "#SBATCH --constraint=avx512"]
    site(job_script_prologue=lines)
    message = warned(rendered())["job_script_prologue"]
    assert message.startswith("Slurm does not read '#SBATCH --constraint=avx512' behind a command")
    assert warned(rendered(job_script_prologue=["true"])).keys() == {"job_script_prologue"}


def test_a_variable_in_a_directive_is_said() -> None:
    result = rendered(job_extra_directives=["--chdir=$HOME/run", "--comment='costs $'"])
    assert "#SBATCH --chdir=$HOME/run\n" in result["script"]
    assert warned(result) == {
        "job_extra_directives": "$HOME of '--chdir=$HOME/run' stays as it is: Slurm fills in no variable"
    }


def test_a_commented_directive_is_left_out_and_said() -> None:
    result = rendered(job_extra_directives=["# for the new nodes", "##SBATCH -C new", "-C old"])
    assert [line for line in result["script"].split("\n") if "new" in line] == []
    assert "#SBATCH -C old\n" in result["script"]
    assert len(result["warnings"]) == 2


def test_several_directives_of_one_text_are_lines(site: Callable[..., None]) -> None:
    site(job_extra_directives="--exclusive\n#SBATCH -C avx512\n")
    assert "#SBATCH --exclusive\n#SBATCH -C avx512\n" in rendered()["script"]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Let there be these programs, and no others."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def make(*names: str) -> None:
        for name in names:
            (directory / name).touch(0o700)

    return make


@pytest.fixture(params=["this", "next"])
def dask_jobqueue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """dask-jobqueue as it is, and as its main branch is: with an epilogue and ``-N 1``."""
    if request.param == "next":
        monkeypatch.setattr(SLURMJob, "_script_template", SLURMJob._script_template + "%(more)s\n")
        made = SLURMJob.job_script

        def job_script(self: Any) -> str:
            more = dask.config.get("jobqueue.slurm.job-script-epilogue")
            template, self._script_template = self._script_template, type(self)._script_template
            self._script_template = template.replace("%(more)s", "\n".join(filter(None, more)))
            self.job_header = self.job_header.replace("#SBATCH -n 1", "#SBATCH -n 1\n#SBATCH -N 1")
            return made(self)

        monkeypatch.setattr(SLURMJob, "job_script", job_script)
        section = {"jobqueue": {"slurm": {"job-script-epilogue": []}}}
        monkeypatch.setattr(dask.config, "defaults", [*dask.config.defaults, section])


def test_an_epilogue_stands_behind_the_worker(
    site: Callable[..., None], dask_jobqueue: None
) -> None:
    site(job_script_epilogue=["rm -rf $TMPDIR/dask", "date\nhostname"])
    result = rendered(job_script_prologue=["ulimit -c 0"])
    assert result["script"].endswith("key.pem\nrm -rf $TMPDIR/dask\ndate\nhostname\n")
    lines = origins(result)
    assert lines["hostname"] == "config"
    assert lines["tls://10.0.0.1:4321"] == "cluster"
    assert result["warnings"] == []
    assert "job-script-epilogue" in result["exports"]["yaml"]


def test_the_python_that_is_exported_has_no_word_that_this_dask_jobqueue_refuses(
    site: Callable[..., None],
) -> None:
    known = "job-script-epilogue" in dask.config.get("jobqueue.slurm")
    site(job_script_epilogue=["date"])
    assert ("epilogue" in rendered()["exports"]["python"]) == known


@pytest.mark.parametrize(
    "command",
    [
        "apptainer exec image.sif python",
        "srun --mpi=none python",
        "conda run --no-capture-output -n env python",
        "apptainer exec --bind '/a b:/c' oras://host/image:latest python3",
        "shifter --image=docker:x/y:latest python",
    ],
)
@pytest.mark.parametrize("whose", ["site", "user"])
def test_python_may_be_a_command(
    site: Callable[..., None], programs: Programs, command: str, whose: str
) -> None:
    programs("apptainer", "conda", "shifter", "python")
    if whose == "site":
        site(python=command)
    result = rendered(**({"python": command} if whose == "user" else {}))
    assert origins(result)[f"{command} -m distributed.cli.dask_worker"] == "python"
    assert result["options"]["python"] == command
    assert result["warnings"] == []
    exported = yaml.safe_load(result["exports"]["yaml"])["jobqueue"]["slurm"]["python"]
    assert shlex.split(exported) == shlex.split(command)


@pytest.mark.parametrize(
    ("python", "prologue", "words"),
    [
        ("python3", [], None),
        # What is not here may be brought by the prologue, which the scheduler has as well.
        ("python4", ["module load python"], None),
        ("/env/bin/python", ["module load python"], None),
        ("python4", [], "there is no python4 here, where the scheduler runs"),
        ("apptainer exec x.sif python", [], "there is no apptainer here"),
        ("conda run -n env python", [], "conda run keeps what the scheduler says"),
        ("conda run --live-stream -n env python", [], None),
    ],
)
def test_what_the_scheduler_does_not_share_with_jobs_is_said(
    programs: Programs, python: str, prologue: list[str], words: str | None
) -> None:
    programs("conda", "python3")
    for placement in ("local", "job"):
        result = rendered(python=python, job_script_prologue=prologue, placement=placement)
        message = warned(result).get("python")
        if words is None or (placement == "job" and "conda" not in words):
            assert message is None
        else:
            assert message is not None
            assert words in message


@pytest.mark.parametrize(
    ("shebang", "prologue", "words"),
    [
        ("#!/bin/bash", ["true"], None),
        ("#!/bin/bash", ["module load python"], "there is no command module here"),
        ("#!/bin/bash", ["  ml python  # the default"], "there is no command ml here"),
        ("#!/bin/bash -l", ["module load python"], None),
        ("#!/bin/bash", [". /etc/passwd", "module load python"], None),
        ("#!/bin/bash", ["source /no/such/activate"], "there is no /no/such/activate here"),
        (
            "#!/bin/bash",
            ["source venv/bin/activate"],
            "there is no /project/venv/bin/activate here",
        ),
        ("#!/bin/bash", ["source $WORK/activate", "echo 'two", "lines'"], None),
        ("#!/bin/tcsh", ["module load python"], "/bin/tcsh is no Bourne shell"),
    ],
)
def test_what_of_a_prologue_fails_where_the_scheduler_runs_is_said(
    site: Callable[..., None],
    programs: Programs,
    shebang: str,
    prologue: list[str],
    words: str | None,
) -> None:
    programs("python3")
    site(shebang=shebang)
    for placement in ("local", "job"):
        result = rendered(directory="/project", job_script_prologue=prologue, placement=placement)
        message = warned(result).get("job_script_prologue")
        if words is None or placement == "job":
            assert message is None
        else:
            assert message is not None
            assert words in message


def test_a_module_command_of_the_environment_is_known(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs("python3")
    monkeypatch.setenv("BASH_FUNC_module%%", "() { true; }")
    assert "job_script_prologue" not in warned(rendered(job_script_prologue=["module load a"]))


def test_a_python_in_a_directory_with_a_space_is_one_word(tmp_path: Path) -> None:
    (tmp_path / "my env").mkdir()
    python = tmp_path / "my env" / "python"
    python.touch()
    result = rendered(python=str(python))
    assert f"\n'{python}' -m distributed.cli.dask_worker" in result["script"]
    exported = yaml.safe_load(result["exports"]["yaml"])["jobqueue"]["slurm"]["python"]
    assert exported == f"'{python}'"


@pytest.mark.parametrize("command", ["python;id", "a $(id)", "a `id`", "a && b", "a > b", "a | b"])
def test_a_command_is_words_and_no_shell(command: str) -> None:
    assert list(refused(python=command)) == ["python"]


def test_what_a_word_of_the_command_holds_stays_in_it(
    site: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGE", "x;id>$(id)")
    result = rendered(python="apptainer exec '$IMAGE' python")
    assert "apptainer exec 'x;id>$(id)' python -m" in result["script"]


GENIUS = {
    "cores": 24,
    "memory": "96 GB",
    "queue": "batch",
    "job_extra_directives": ["--cluster=genius"],
    "scheduler-options": {"interface": "ib0"},
}


def test_a_section_of_another_name_is_a_profile(tmp_path: Path, site: Any) -> None:
    sections = {
        "genius": GENIUS,
        "pbs": {"queue": "x"},
        "mine": {"queue": "x", "resource-spec": "select=1"},
        "broken": {"queue": "a b", "memory": "1 GB", "shebang": "#!/bin/sh"},
        "text": "slurm",
        "empty": {},
    }
    (tmp_path / "jobqueue.yaml").write_text(yaml.safe_dump({"jobqueue": sections}))
    answer = ask("profiles")["ok"]
    assert sorted(answer["profiles"]) == ["broken", "genius"]
    genius = answer["profiles"]["genius"]
    assert genius["description"] == "jobqueue.genius of dask's configuration"
    assert {key: value for key, value in genius["options"].items() if value is not None} == {
        "cores": 24,
        "memory": 96 * 10**9,
        "partition": "batch",
        "scheduler_interface": "ib0",
        "job_extra_directives": ["--cluster=genius"],
    }
    assert answer["profiles"]["broken"]["description"].endswith(
        "what is no option there is not used"
    )
    assert [words for words in answer["complaints"] if "jobqueue.broken.queue" in words]


def test_a_profile_of_that_name_comes_first(tmp_path: Path, site: Any) -> None:
    own = {"genius": {"options": {"cores": 1}}}
    both = {"jobqueue": {"genius": GENIUS}, "jupyter-dask-slurm": {"profiles": own}}
    (tmp_path / "jobqueue.yaml").write_text(yaml.safe_dump(both))
    assert ask("profiles")["ok"]["profiles"]["genius"]["options"] == {"cores": 1}

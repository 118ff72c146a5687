"""One option means one thing: each option of a duration, on every surface where it can be given.

The number 90 is seconds in JSON of ours, whatever the option; elsewhere it is what the text ``"90"`` is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from traitlets import TraitError

from jupyter_dask_slurm import cli
from jupyter_dask_slurm.clusters.without_server import WithoutServer
from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.job_script import dask_config
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.profile import Profile, read_profiles
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.server.app import DaskSlurmExtension
from jupyter_dask_slurm.server.profile_store import FILE, ProfileFile

WALLTIMES = ("walltime", "controller_walltime")
TIMEOUTS = ("death_timeout", "idle_timeout", "maximum_age")
PATIENCES = ("grow_after", "shrink_after")
SECONDS = {**dict.fromkeys(WALLTIMES, 90 * 60), **dict.fromkeys((*TIMEOUTS, *PATIENCES), 90)}
"""What 90 means where people write it, and ``"90"`` everywhere."""

Surface = Callable[[str, Any], int]


def profile_body(option: str, value: Any) -> dict[str, Any]:
    if option in PATIENCES:
        adapt = {"minimum_jobs": 0, "maximum_jobs": 4, option: value}
        return {"options": {}, "scaling": {"adapt": adapt}}
    return {"options": {option: value}}


def seconds_of(profile: Profile, option: str) -> int:
    source: Any = profile.options
    if option in PATIENCES:
        assert profile.scaling is not None
        source = profile.scaling.adapt
    seconds: int = getattr(source, option)
    return seconds


@pytest.fixture
def dask_directory(tmp_path: Path) -> Iterator[Path]:
    """The only directory in which dask's configuration is looked for."""
    before = list(dask.config.paths)
    dask.config.paths[:] = [str(tmp_path)]
    yield tmp_path
    dask.config.paths[:] = before
    dask.config.refresh()


@pytest.fixture
def rest() -> Surface:
    """The body of a request."""

    def read(option: str, value: Any) -> int:
        data = json.loads(json.dumps(profile_body(option, value)))
        if option in PATIENCES:
            return int(getattr(Scaling.from_json(data["scaling"]).adapt, option))
        return int(getattr(ClusterOptions.from_json(data["options"]), option))

    return read


@pytest.fixture
def users_file(tmp_path: Path) -> Surface:
    """The file of the user's profiles, as this version or an older one wrote it."""

    def read(option: str, value: Any) -> int:
        (tmp_path / FILE).write_text(json.dumps({"mine": profile_body(option, value)}))
        (profile,) = ProfileFile(tmp_path / FILE, logging.getLogger("test")).read()
        return seconds_of(profile, option)

    return read


@pytest.fixture
def yaml_profile(dask_directory: Path) -> Surface:
    """A profile of dask's configuration, as the server gets it from the process that reads that."""

    def read(option: str, value: Any) -> int:
        body = profile_body(option, value)
        body["options"] = {k.replace("_", "-"): v for k, v in body["options"].items()}
        text = yaml.safe_dump({"jupyter-dask-slurm": {"profiles": {"Night": body}}})
        (dask_directory / "profiles.yaml").write_text(text)
        found, complaints = dask_config.profiles()
        assert not complaints
        sent = json.loads(json.dumps({profile.name: profile.body() for profile in found}))
        (profile,), complaints = read_profiles(sent, "configuration")
        assert not complaints
        return seconds_of(profile, option)

    return read


@pytest.fixture
def administrators_profile() -> Surface:
    """A profile of the extension's trait."""

    def read(option: str, value: Any) -> int:
        extension = DaskSlurmExtension(profiles={"Large": profile_body(option, value)})
        (profile,) = extension._settings().profiles
        return seconds_of(profile, option)

    return read


@pytest.fixture
def job_script_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ClusterOptions]:
    """The options that ``jupyter dask-slurm job-script`` asks a script for."""
    asked: list[ClusterOptions] = []

    async def preview(maker: WithoutServer, options: ClusterOptions, *_: Any, **__: Any) -> None:
        asked.append(options)
        raise InvalidOptions.of("nothing", "is rendered here")

    monkeypatch.setattr(WithoutServer, "preview", preview)

    def run(*arguments: str) -> ClusterOptions:
        assert cli.main(["job-script", *arguments]) == 2
        return asked.pop()

    return run


@pytest.mark.parametrize("option", [*WALLTIMES, *TIMEOUTS, *PATIENCES])
class TestEveryOption:
    def test_in_a_request(self, rest: Surface, option: str) -> None:
        assert rest(option, 90) == 90
        assert rest(option, "90") == SECONDS[option]
        assert rest(option, "01:00:00") == rest(option, "1 h") == rest(option, "60min") == 3600

    def test_in_the_users_file(self, users_file: Surface, option: str) -> None:
        assert users_file(option, 90) == 90
        assert users_file(option, "90") == SECONDS[option]
        assert users_file(option, "01:00:00") == 3600

    def test_in_a_profile_of_the_yaml(self, yaml_profile: Surface, option: str) -> None:
        assert yaml_profile(option, 90) == SECONDS[option]
        assert yaml_profile(option, "90") == SECONDS[option]
        assert yaml_profile(option, "01:00:00") == 3600

    def test_in_a_profile_of_the_administrator(
        self, administrators_profile: Surface, option: str
    ) -> None:
        assert administrators_profile(option, 90) == SECONDS[option]
        assert administrators_profile(option, "90") == SECONDS[option]
        assert administrators_profile(option, "01:00:00") == 3600

    def test_what_is_saved_means_the_same_when_it_is_read(self, option: str) -> None:
        profile = Profile.from_json("mine", profile_body(option, 5400), source="user")
        assert Profile.from_json("mine", profile.body(), source="user") == profile
        # Also by somebody who copies it into the administrator's file.
        if option not in PATIENCES:
            copied = DaskSlurmExtension(profiles={"mine": profile.body()})._settings().profiles[0]
            assert copied.options == profile.options

    def test_what_cannot_be_read_is_named(
        self, dask_directory: Path, rest: Surface, option: str
    ) -> None:
        field = f"scaling.adapt.{option}" if option in PATIENCES else option
        with pytest.raises(InvalidOptions, match=f"^{field}: 'a while' is not a time"):
            rest(option, "a while")
        with pytest.raises(TraitError, match=f"'Large': {field}: 'a while' is not a time"):
            DaskSlurmExtension(profiles={"Large": profile_body(option, "a while")})
        text = yaml.safe_dump(
            {"jupyter-dask-slurm": {"profiles": {"Night": profile_body(option, "a while")}}}
        )
        (dask_directory / "profiles.yaml").write_text(text)
        assert dask_config.profiles()[1][0].startswith(f"'Night': {field}: 'a while' is not a time")


@pytest.mark.parametrize("option", [*WALLTIMES, *TIMEOUTS])
def test_on_the_command_line(
    job_script_command: Callable[..., ClusterOptions],
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    for value, seconds in (("90", SECONDS[option]), ('"90"', SECONDS[option]), ("1:00:00", 3600)):
        asked = job_script_command("--option", f"{option}={value}")
        assert getattr(asked, option) == seconds
    assert cli.main(["job-script", "--option", f"{option}=a while"]) == 2
    assert f"{option}: 'a while' is not a time" in capsys.readouterr().err


def test_the_flag_of_the_command_line_is_the_option(
    job_script_command: Callable[..., ClusterOptions],
) -> None:
    for value in ("90", "1:30:00"):
        asked = job_script_command("--walltime", value)
        assert asked == job_script_command("--option", f"walltime={value}")
        assert asked.walltime == 5400


@pytest.mark.parametrize(
    ("key", "value", "seconds"),
    [
        ("walltime", 90, 5400),
        ("walltime", "90", 5400),
        ("walltime", "01:30:00", 5400),
        ("death-timeout", 90, 90),
        ("death-timeout", "90", 90),
        ("death-timeout", "2 minutes", 120),
        ("death-timeout", "00:02:00", 120),
    ],
)
def test_in_the_section_of_dask_jobqueue(
    dask_directory: Path, key: str, value: Any, seconds: int
) -> None:
    text = yaml.safe_dump({"jobqueue": {"slurm": {key: value}}})
    (dask_directory / "jobqueue.yaml").write_text(text)
    configured = dask_config.read()
    assert not configured.problems
    assert getattr(configured.options, key.replace("-", "_")) == seconds


def test_a_trait_takes_one_form_alone() -> None:
    """A number of seconds, as everywhere in Jupyter; the walltime is text, which Slurm reads."""
    for name in ("idle_timeout", "maximum_age", *PATIENCES):
        assert getattr(DaskSlurmExtension(**{name: 90})._settings(), name) == 90
        with pytest.raises(TraitError, match=name):
            DaskSlurmExtension(**{name: "90"})
    assert DaskSlurmExtension(controller_walltime="90")._settings().controller_walltime == 5400
    with pytest.raises(TraitError, match="controller_walltime"):
        DaskSlurmExtension(controller_walltime=90)

"""What dask's configuration says: ``jobqueue.slurm.*`` as options for what is left open, and profiles:
those of ``jupyter-dask-slurm.profiles``, and the sections of ``jobqueue`` that a site has for Slurm under
names of its own (dask-jobqueue's ``config_name``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import dask.config
import yaml
from distributed.deploy.utils import nprocesses_nthreads

from ..batch.slurm.request import read_request
from ..errors import FieldProblem, InvalidOptions, RendererFailed
from ..model.options import ClusterOptions
from ..model.profile import Profile, read_profiles
from ..model.units import parse_memory
from .call import Call
from .lines import Line, as_directive, sbatch_lines
from .section import (
    EXPANDED,
    LISTS,
    RENAMED,
    UNREADABLE,
    DaskConfig,
    as_option,
    expanded,
    jobqueue_defaults,
    read_section,
)

_JOBQUEUE = "jobqueue"
_SECTION = "slurm"
_PROFILES = "jupyter-dask-slurm.profiles"
DEATH_TIMEOUT = 60
_INTEGER = "tag:yaml.org,2002:int"


def read(*, of_site: bool = False, call: Call | None = None) -> DaskConfig:
    """Return the configuration as the files are now: an edited YAML counts from the next script on.

    ``of_site`` leaves out what users may change: their own files, the environment, and the ``call`` of
    `SLURMCluster`. Raise InvalidOptions when that names a section that there is not.
    """
    _refresh(of_site=of_site)
    call = Call() if call is None or of_site else call
    where = f"{_JOBQUEUE}.{call.config_name or _SECTION}"
    section = dask.config.get(where, None)
    if call.config_name and section is None and call.set_here is None:
        there = ", ".join(sorted(map(str, dask.config.get(_JOBQUEUE, None) or {}))) or "nothing"
        message = f"dask's configuration has no {where}; below {_JOBQUEUE} it has {there}"
        raise InvalidOptions.of("config_name", message)
    config = read_section(call.over(section), where)
    options = config.options
    timeout = DEATH_TIMEOUT if options.death_timeout is None else options.death_timeout
    options = replace(options, death_timeout=timeout, placement="local")
    if call.directory is not None and "--chdir" not in _given_by(config):
        options = replace(options, directory=call.directory)
    return replace(config, options=options)


def _given_by(config: DaskConfig) -> Collection[str]:
    """Return the options of ``sbatch`` that the configuration's directives give."""
    lines = [Line(line) for line in config.lines("job_extra_directives")]
    return read_request(sbatch_lines(filter(None, map(as_directive, lines)))).given


def _refresh(*, of_site: bool = False) -> None:
    sources: dict[str, Any] = {}
    if of_site:
        site = [path for path in dask.config.paths if path != dask.config.PATH]
        sources = {"paths": site, "env": {}}
    try:
        with _times_as_text():
            dask.config.refresh(**sources)
    except Exception as error:  # of YAML that is none, and of keys that are no text
        raise RendererFailed(f"dask's configuration cannot be read: {error}") from error


@contextmanager
def _times_as_text() -> Iterator[None]:
    """Leave a time without quotes the text that it is: for YAML 1.1 ``24:00:00`` is a number to the base
    of 60, and 86400 is a walltime in minutes."""
    number = yaml.SafeLoader.yaml_constructors[_INTEGER]

    def construct(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        return node.value if ":" in node.value else number(loader, node)

    yaml.SafeLoader.add_constructor(_INTEGER, construct)
    try:
        yield
    finally:
        yaml.SafeLoader.add_constructor(_INTEGER, number)


def resolve(given: ClusterOptions, config: DaskConfig) -> ClusterOptions:
    """Return options with nothing left open but what may stay open. Raise InvalidOptions.

    A list is added to the configuration's, which SLURMJob would drop instead.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name in (f.name for f in fields(ClusterOptions)):
        own, theirs = getattr(given, name), getattr(config.options, name)
        if own is not None and name in EXPANDED:
            try:
                own = expanded(own)
            except ValueError as error:
                problems.append(FieldProblem(name, str(error)))
        values[name] = theirs if own is None else own
        if name in LISTS:
            values[name] = (*config.lines(name), *config.lines_behind(name, given))
    cores, processes = values["cores"], values["processes"]
    for name, what in (("cores", "many cores"), ("memory", "much memory")):
        if values[name] is None:
            why = f" ({config.problems[name].message})" if name in config.problems else ""
            problems.append(FieldProblem(name, f"how {what} a job has must be given{why}"))
    if cores is not None and processes is not None and processes > cores:
        where = "" if given.processes else "; dask's configuration says " + str(processes)
        problems.append(FieldProblem("processes", f"at most one per core: {cores} here{where}"))
    if problems:
        raise InvalidOptions(problems)
    if values["scheduler_interface"] is None and config.scheduler_host is None:
        # As in dask-jobqueue: the workers' interface is the scheduler's, too.
        values["scheduler_interface"] = values["interface"]
    if values["python"] is None:
        values["python"] = sys.executable
    for name in ("directory", "log_directory"):
        if values[name] is not None:
            # Slurm's jobs start in a directory of their own.
            values[name] = os.path.join(os.path.expanduser("~"), values[name])
    if processes is None:
        values["processes"] = int(nprocesses_nthreads(cores)[0])
    return replace(ClusterOptions(), **values)


def left_aside(given: ClusterOptions, config: DaskConfig) -> tuple[FieldProblem, ...]:
    """Return what of the configuration is not used, or hardly meant, for options that leave it open."""
    problems = [
        problem for name, problem in config.problems.items() if getattr(given, name) is None
    ]
    return (*problems, *config.notes)


def profiles(*, of_site: bool = False) -> tuple[list[Profile], list[str]]:
    """Return those that can be used, and what is wrong with the others. The files are read anew."""
    _refresh(of_site=of_site)
    section = dask.config.get(_PROFILES, None) or {}
    if not isinstance(section, Mapping):
        found: list[Profile] = []
        complaints = [f"{_PROFILES} is {section!r}, not profiles by name"]
    else:
        bodies = {name: _body(body) for name, body in section.items()}
        found, complaints = read_profiles(bodies, "configuration")
    names = {profile.name for profile in found}
    for name, raw in _other_sections():
        if name not in names:
            profile, said = _profile_of(name, raw)
            found += [profile] if profile.options != ClusterOptions() else []
            complaints += said
    return found, complaints


def _other_sections() -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield the sections beside dask-jobqueue's own that hold no key of another batch system."""
    known = jobqueue_defaults()
    slurm = {*known["slurm"], *RENAMED.values()}
    foreign = {key for section in known.values() for key in section} - slurm
    sections = dask.config.get(_JOBQUEUE, None)
    for name, raw in sections.items() if isinstance(sections, Mapping) else ():
        if name not in known and isinstance(raw, Mapping) and not foreign & set(raw):
            yield str(name), raw


def _profile_of(name: str, raw: Mapping[Any, Any]) -> tuple[Profile, list[str]]:
    where = f"{_JOBQUEUE}.{name}"
    config = read_section(raw, where)
    said = [problem.message for problem in (*config.problems.values(), *config.notes)]
    description = f"{where} of dask's configuration"
    if config != replace(DaskConfig(config.options), problems=config.problems, notes=config.notes):
        description += "; what is no option there is not used"
    return Profile(name, "configuration", config.options, description=description), said


def _body(body: Any) -> Any:
    """In the form that REST has: as in the rest of the file the number of a walltime is minutes, words
    have hyphens or underscores, and a list of one may be written without brackets."""
    if not isinstance(body, Mapping) or not isinstance(body.get("options"), Mapping):
        return body
    options = {}
    for key, raw in body["options"].items():
        name = str(key).replace("-", "_")
        try:
            options[name] = as_option(name, raw)
        except UNREADABLE:
            options[name] = raw  # said by who reads it
    return {**body, "options": options}


def slurm_memory(text: str) -> int | None:
    """Bytes meant by ``--mem=<text>``; None for "all of the node" and for what cannot be read.

    Slurm's suffixes are binary, and a bare number is MiB.
    """
    number, suffix = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "M")
    try:
        return parse_memory(f"{number}{suffix.upper()}i") or None
    except ValueError:
        return None

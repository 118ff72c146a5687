"""The keyword arguments of a `SLURMCluster`, read as dask-jobqueue reads them.

Each has the word of a key of the configuration and stands in its place, a list in the place of the whole
list. So what they mean is said by `section`, and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from dask_jobqueue.slurm import SLURMJob

from ..errors import FieldProblem, InvalidOptions
from ..model.options import ClusterOptions
from .section import RENAMED, SCHEDULER, read_section

_OLD = {old.replace("-", "_"): new for new, old in RENAMED.items()}


def read_arguments(given: Mapping[str, Any]) -> tuple[ClusterOptions, list[FieldProblem]]:
    """Return the options that they give, and what of them is not used. Raise InvalidOptions, which names
    every argument that cannot be."""
    config = read_section(given, None)
    aside = [note for note in config.notes if note.field.startswith(SCHEDULER)]
    wrong = [note for note in config.notes if note not in aside]
    if problems := [*config.problems.values(), *wrong]:
        raise InvalidOptions(problems)
    return config.options, aside


def warnings_of_old_names(given: Mapping[str, Any]) -> list[str]:
    """Return what dask-jobqueue itself says of the names that it has changed."""
    old = {name: given[name] for name in _OLD if given.get(name) is not None}
    if not old:
        return []
    new = {_OLD[name]: given[_OLD[name]] for name in old if _OLD[name] in given}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            SLURMJob(cores=1, memory="1 GB", **old, **new)
        except TypeError:  # of a version that knows them no more
            return [f"{name} has been renamed to {_OLD[name]}." for name in old]
    return [str(warning.message) for warning in said if warning.category is FutureWarning]

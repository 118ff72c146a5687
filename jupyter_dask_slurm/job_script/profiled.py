"""The profiles of dask's configuration: ``jupyter-dask-slurm.profiles``, which users may add to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dask.config

from ..model.profile import Profile, read_profiles
from .dask_config import as_option

KEY = "jupyter-dask-slurm.profiles"


def read() -> tuple[list[Profile], list[str]]:
    """Those that can be used, and what is wrong with the others. The files are read anew."""
    dask.config.refresh()
    section = dask.config.get(KEY, None) or {}
    if not isinstance(section, Mapping):
        return [], [f"{KEY} is {section!r}, not profiles by name"]
    return read_profiles({name: _body(body) for name, body in section.items()}, "configuration")


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
        except (ValueError, TypeError):
            options[name] = raw  # said by who reads it
    return {**body, "options": options}

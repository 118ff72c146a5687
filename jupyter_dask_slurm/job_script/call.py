"""A call of `SLURMCluster`, as a kernel tells it to the process that renders its script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """``config_name`` is the section of dask's configuration below ``jobqueue``; None is ``slurm``.
    ``set_here`` are those of its keys that the kernel itself has set (``dask.config.set``), None where
    it knows no such section. ``arguments`` are the keyword arguments that dask-jobqueue has, as JSON.
    ``directory`` is where the kernel is: jobs start there, unless a directive says otherwise."""

    config_name: str | None = None
    set_here: Mapping[str, Any] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    directory: str | None = None

    def over(self, section: object) -> object:
        """Return the section of the files with what the kernel set, and what was called with, in its
        place."""
        own = {**_hyphened(self.set_here or {}), **_hyphened(self.arguments)}
        if not own:
            return section
        return {**(_hyphened(section) if isinstance(section, Mapping) else {}), **own}


def _hyphened(keys: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).replace("_", "-"): value for key, value in keys.items()}

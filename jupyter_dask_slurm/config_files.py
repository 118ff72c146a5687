"""The files that dask reads its configuration from, as they are now. The server does not import dask, whose
import fails where one of them cannot be read.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator

State = tuple[tuple[str, int, int], ...]
"""Of each file its path, when it was changed, and its size."""
_SUFFIXES = (".json", ".yaml", ".yml")


def site_paths() -> list[str]:
    """Return those of ``dask.config.paths`` that are not a user's: of the host, then of this Python."""
    paths = [
        os.getenv("DASK_ROOT_CONFIG", "/etc/dask"),
        *(os.path.join(prefix, "etc", "dask") for prefix in (sys.prefix, *site.PREFIXES)),
    ]
    return list(dict.fromkeys(paths))


def config_paths() -> list[str]:
    """Return the directories and files of ``dask.config.paths``."""
    paths = [
        *site_paths(),
        os.path.join(os.path.expanduser("~"), ".config", "dask"),
    ]
    if "DASK_CONFIG" in os.environ:
        paths.append(os.environ["DASK_CONFIG"])
    return list(reversed(dict.fromkeys(reversed(paths))))


def state_of_files() -> State:
    """Return the files there, which differ from those of another time if one has changed. Blocks."""
    return tuple(_stated(config_paths()))


def files_of(path: str) -> list[str]:
    """Return the files that dask reads there, in its order: of a directory, or the file itself. Blocks."""
    try:
        with os.scandir(path) as entries:
            return sorted(e.path for e in entries if e.name.lower().endswith(_SUFFIXES))
    except NotADirectoryError:
        return [path]
    except OSError:
        return []


def _stated(paths: list[str]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        for file in files_of(path):
            try:
                about = os.stat(file)
            except OSError:
                continue
            yield file, about.st_mtime_ns, about.st_size

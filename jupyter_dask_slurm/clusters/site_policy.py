"""The policy of a site for the user of this process: what the administrator set for Jupyter, and what the
site's own files of dask's configuration say for everybody. Blocks.
"""

from __future__ import annotations

import grp
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config_files import files_of, site_paths
from ..errors import BrokenSettings, InvalidOptions
from ..logs import one_line
from ..model.policy import Policy, policy_of
from ..private_files import NotPrivate, check_site_file

KEY = "jupyter-dask-slurm"
_INTEGER = "tag:yaml.org,2002:int"


def policy_here(own: Mapping[str, Any] | None = None) -> Policy:
    """Return it; each key of the administrator's ``own`` counts in place of the files'. Raise BrokenSettings,
    which names what cannot be used: nothing goes on without bounds that nobody has read."""
    try:
        return policy_of({**policy_of_files(), **(own or {})}, _is_mine)
    except InvalidOptions as error:
        raise BrokenSettings(f"policy: {error}") from None


def policy_of_files() -> dict[str, Any]:
    """Return what the files say. Of several the host's count before those of an environment, and of one
    directory the last, as for dask. Raise BrokenSettings, which names the file and the key."""
    found: dict[str, Any] = {}
    for place in reversed(site_paths()):
        for file in files_of(place):
            found.update(_read(Path(file)))
    return found


def _is_mine(group: str) -> bool:
    """Return whether this process is in a group. One that there is not may be a slip, and its limits
    would count for nobody."""
    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        message = f"there is no group {group!r} on this host"
        raise InvalidOptions.of("groups", message) from None
    return gid in (os.getegid(), *os.getgroups())


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            status, content = os.fstat(stream.fileno()), stream.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BrokenSettings(f"{path} cannot be read: {error.strerror}") from error
    if KEY.encode() not in content.replace(b"_", b"-"):
        return {}  # nothing of ours: dask says what is wrong with it
    policy = _policy_in(path, content)
    if policy is None:
        return {}
    try:
        check_site_file(path, status)
        policy_of(policy, lambda group: False)
    except NotPrivate as error:
        raise BrokenSettings(str(error)) from error
    except InvalidOptions as error:
        words = "; ".join(f"{KEY}.policy.{p.field}: {p.message}" for p in error.problems)
        raise BrokenSettings(f"{path}: {words}") from None
    return policy


def _policy_in(path: Path, content: bytes) -> dict[str, Any] | None:
    import yaml

    class Loader(yaml.SafeLoader):
        """Leaves a time without quotes the text that it is, as where dask's configuration is read."""

    def integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        return node.value if ":" in node.value else loader.construct_yaml_int(node)

    Loader.add_constructor(_INTEGER, integer)
    try:
        data = yaml.load(content, Loader)
    except (yaml.YAMLError, UnicodeError) as error:
        raise BrokenSettings(f"{path} is no YAML: {one_line(error)}") from error
    section = _underscored(data).get("jupyter_dask_slurm") if isinstance(data, Mapping) else None
    policy = section.get("policy") if isinstance(section, Mapping) else None
    if policy is None:
        return None
    if not isinstance(policy, Mapping):
        raise BrokenSettings(f"{path}: {KEY}.policy: keys and values, such as max-cores: 48")
    return _words_underscored(policy)


def _underscored(data: Mapping[Any, Any]) -> dict[str, Any]:
    """Words may have hyphens, as in all of dask's configuration."""
    return {str(key).replace("-", "_"): value for key, value in data.items()}


def _words_underscored(policy: Mapping[Any, Any]) -> dict[str, Any]:
    found = _underscored(policy)
    if isinstance(found.get("fixed"), Mapping):
        found["fixed"] = _underscored(found["fixed"])
    for key in ("forbidden", "hidden"):
        if isinstance(found.get(key), list):
            found[key] = [str(word).replace("-", "_") for word in found[key]]
    if isinstance(groups := found.get("groups"), Mapping):
        found["groups"] = {
            name: _words_underscored(own) if isinstance(own, Mapping) else own
            for name, own in groups.items()
        }
    return found

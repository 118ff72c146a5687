"""The Python environments a cluster can run in, as far as Jupyter knows them: its kernels'."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_OWN = ("python", f"python{sys.version_info[0]}", "python{}.{}".format(*sys.version_info[:2]))
"""The words that Jupyter replaces by the server's own interpreter (`jupyter_client.manager`)."""
_CONTAINERS = ("apptainer", "singularity", "shifter", "sarus", "ch-run")
"""Programs that run others in a container as they would run here: with the user's files and ids."""
_CONDAS = ("conda", "mamba", "micromamba")
_CONDA_FLAGS = ("--no-capture-output", "--live-stream", "-v", "--verbose")
_FindPrefix = Callable[[str, str], "str | None"]


def find_environments(kernel_specs: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return one entry per Python that a kernel runs in and that is there, the server's own first.

    ``kernel_specs`` is what ``KernelSpecManager.get_all_specs`` answers. No process is run. Kernels of
    which their specification does not surely say which Python they run are left out: the open
    notebook's kernel is asked by the panel.
    """
    found = {sys.executable: {"name": "server", "display_name": "Jupyter's own"}}
    for name, entry in sorted(kernel_specs.items()):
        spec = entry.get("spec", {})
        if str(spec.get("language", "")).lower() != "python" or _is_elsewhere(spec):
            continue
        python = python_of(spec.get("argv") or [], conda_prefix)
        if python is None or shutil.which(_program(python)) is None:
            continue
        display_name = str(spec.get("display_name") or name)
        if python == sys.executable:
            display_name = f"{display_name} (Jupyter's own)"
        elif python in found:
            continue
        found[python] = {"name": name, "display_name": display_name}
    return [{**names, "python": python} for python, names in found.items()]


def python_of(argv: Sequence[str], find_prefix: _FindPrefix) -> str | None:
    """Return the interpreter that a kernel runs in: its path, or for a container the command that runs it;
    None if these words do not surely say it. ``find_prefix`` is given the program of conda's and the
    name of an environment, and returns where that is."""
    words = list(argv)
    if words and words[0] in _OWN:
        words[0] = sys.executable
    return _python_of(words, find_prefix)


def _python_of(words: Sequence[str], find_prefix: _FindPrefix) -> str | None:
    program = os.path.basename(words[0]) if words else ""
    if words[1:3] == ["-m", "nb_conda_kernels.runner"] and len(words) > 5:
        # Behind them come conda's own prefix, that of the environment, and the kernel's command.
        return _in_prefix(words[4], words[5:], find_prefix)
    if program.startswith("python"):
        return words[0] if os.path.isabs(words[0]) else shutil.which(words[0])
    if program == "env":
        behind = [word for word in words[1:] if "=" not in word]
        is_plain = bool(behind) and not words[1].startswith("-")
        return _python_of(behind, find_prefix) if is_plain else None
    if program in _CONDAS and words[1:2] == ["run"]:
        return _of_conda(words, find_prefix)
    if program in _CONTAINERS and "-m" in words:
        command = words[: words.index("-m")]
        is_python = os.path.basename(command[-1]).startswith("python")
        return shlex.join(command) if is_python and "{" not in "".join(command) else None
    return None


def _of_conda(words: Sequence[str], find_prefix: _FindPrefix) -> str | None:
    """``conda run -n NAME …``, ``conda run -p PREFIX …``; of other options it is not known how many words
    they have."""
    prefix, n = None, 2
    while n < len(words) and words[n].startswith("-"):
        option, _, value = words[n].partition("=")
        if option in ("-n", "--name", "-p", "--prefix"):
            if not value:
                n += 1
                value = words[n] if n < len(words) else ""
            is_name = option in ("-n", "--name")
            prefix = find_prefix(words[0], value) if is_name else value
        elif words[n] not in _CONDA_FLAGS:
            return None
        n += 1
    return None if prefix is None else _in_prefix(prefix, words[n:], find_prefix)


def _in_prefix(prefix: str, words: Sequence[str], find_prefix: _FindPrefix) -> str | None:
    """What these words run where the environment of that prefix is active."""
    if words and words[0].startswith("python") and "/" not in words[0]:
        return os.path.join(prefix, "bin", words[0])
    return _python_of(words, find_prefix)


def conda_prefix(program: str, name: str) -> str | None:
    """Return where the conda environment of that name is, None if that is not known or not clear."""
    home = Path.home()
    root = Path(shutil.which(program) or program).resolve().parent.parent
    if name in ("base", "root"):
        return str(root)
    known = {root / "envs" / name, home / ".conda" / "envs" / name}
    try:
        lines = (home / ".conda" / "environments.txt").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    known |= {Path(line) for line in lines if os.path.basename(line) == name}
    found = [str(path) for path in known if (path / "conda-meta").is_dir()]
    return found[0] if len(found) == 1 else None


def _is_elsewhere(spec: Mapping[str, Any]) -> bool:
    """Whether a provisioner starts the kernel, on another host, say."""
    provisioner = (spec.get("metadata") or {}).get("kernel_provisioner") or {}
    return bool(provisioner.get("provisioner_name", "local-provisioner") != "local-provisioner")


def _program(python: str) -> str:
    return python if os.path.exists(python) else shlex.split(python)[0]

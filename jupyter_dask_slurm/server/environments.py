"""The Python environments a cluster can run in, as far as Jupyter knows them: its kernels'."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any


def find_environments(kernel_specs: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """One entry per interpreter that a Python kernel uses, the server's own first.

    ``kernel_specs`` is what ``KernelSpecManager.get_all_specs`` answers. No process is run: whether
    an environment holds distributed is found out by the cluster that is started in it. Kernels that
    are started through another program (``conda run``, a container) name no interpreter and are left
    out.
    """
    found = {sys.executable: {"name": "server", "display_name": "Jupyter's own"}}
    for name, entry in sorted(kernel_specs.items()):
        spec = entry.get("spec", {})
        python = _interpreter(spec.get("argv") or [])
        if str(spec.get("language", "")).lower() != "python" or python is None:
            continue
        display_name = str(spec.get("display_name") or name)
        if python == sys.executable:
            display_name = f"{display_name} (Jupyter's own)"
        elif python in found:
            continue
        found[python] = {"name": name, "display_name": display_name}
    return [{**names, "python": python} for python, names in found.items()]


def _interpreter(argv: list[str]) -> str | None:
    """The absolute path of the interpreter a kernel is started with, or None if there is none."""
    if not argv or not os.path.basename(argv[0]).startswith("python"):
        return None
    # ipykernel's own spec says "python", which Jupyter replaces by the server's own interpreter.
    if argv[0] in ("python", f"python{sys.version_info[0]}"):
        return sys.executable
    return argv[0] if os.path.isabs(argv[0]) else shutil.which(argv[0])

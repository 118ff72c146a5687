"""The names of clusters behind the Tab key: ``connect("<tab>``."""

from __future__ import annotations

import re
import sys
from typing import Any

from ..cluster_files.directory import default_state_dir
from ..clusters.find import read_all

_CALL = re.compile(r"""\bconnect\(\s*(?:name\s*=\s*)?(?P<quote>["'])(?P<begun>[^"']*)$""")


def install() -> None:
    """Have IPython complete the names, if this is one. Twice is as good as once."""
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    matchers: list[Any] = getattr(getattr(shell, "Completer", None), "custom_matchers", [])
    if shell is not None and names_of_clusters not in matchers:
        matchers.append(names_of_clusters)


def names_of_clusters(context: Any) -> Any:
    """Return the names that complete what stands before the cursor; IPython calls it."""
    from IPython.core.completer import SimpleCompletion

    line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
    found = _CALL.search(line)
    names = [] if found is None else names_that_begin(found["begun"])
    # What IPython takes for the word that is completed may be the end of the name alone.
    begun = "" if found is None else found["begun"]
    known = len(begun) - len(context.token) if begun.endswith(context.token) else 0
    return {
        "completions": [SimpleCompletion(text=name[known:], type="cluster") for name in names],
        "suppress": bool(names),
    }


names_of_clusters.matcher_api_version = 2  # type: ignore[attr-defined]
names_of_clusters.matcher_identifier = "jupyter_dask_slurm.clusters"  # type: ignore[attr-defined]


def names_that_begin(begun: str) -> list[str]:
    """Return the names of clusters that begin so, those of living ones first."""
    found = [o for o in read_all(default_state_dir()) if o.record.name.startswith(begun)]
    return list(dict.fromkeys(o.record.name for o in sorted(found, key=lambda o: bool(o.ended))))

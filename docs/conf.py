"""How the documentation is built: ``python -m sphinx -W docs docs/_build/html``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from generated import fill_in

from jupyter_dask_slurm import __version__

project = "jupyter_dask_slurm"
copyright = "the jupyter_dask_slurm developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True
# Classes of other packages: their documentation is not asked for, so that a build needs no network.
nitpick_ignore_regex = [("py:.*", r"(?!jupyter_dask_slurm\b).*")]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
python_use_unqualified_type_names = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"jupyter-dask-slurm {release}"  # hyphens: it breaks there, in a narrow sidebar
html_show_sphinx = False
html_copy_source = False


def setup(app: Any) -> None:
    app.connect("source-read", _fill_in)


def _fill_in(app: Any, page: str, source: list[str]) -> None:
    source[0] = fill_in(source[0])

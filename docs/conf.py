"""How the documentation is built: ``python -m sphinx -W docs docs/_build/html``."""

from __future__ import annotations

from jupyter_dask_slurm import __version__

project = "jupyter_dask_slurm"
copyright = "the jupyter_dask_slurm developers"
release = version = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"{project} {release}"
html_show_sphinx = False
html_copy_source = False

"""The links to dashboards that dask itself prints: through Jupyter, for the dashboard's own port asks
for the cluster's key."""

from __future__ import annotations

import os

LINK_VARIABLE = "JUPYTER_DASK_SLURM_DASHBOARD_LINK"
"""The server hands the template on to its kernels; its own code for them takes it from there, too."""


def link_template(base_url: str) -> str:
    """A value of dask's ``distributed.dashboard.link``, for a server below ``base_url``.

    dask keeps one template for all clients of a kernel, and fills in the host of the scheduler and
    the port of its dashboard. These say which cluster is meant, so it is right for each of them.
    """
    prefix = base_url.replace("{", "{{").replace("}", "}}")
    return f"{prefix}dask-slurm/dashboard/{{host}}/{{port}}/status"


def handed_on() -> str | None:
    """The template that a Jupyter server has handed on; None where none is the parent."""
    return os.environ.get(LINK_VARIABLE) or None

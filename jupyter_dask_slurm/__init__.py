"""Dask clusters on Slurm, from the JupyterLab sidebar and from a notebook.

Importing this package imports neither Jupyter's server nor dask: the server loads it at its start,
and a kernel loads it for `SLURMCluster`, `connect` and `list_clusters` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .notebook.client import connect, list_clusters
    from .notebook.cluster import SLURMCluster

__all__ = ["SLURMCluster", "__version__", "connect", "list_clusters"]


def __getattr__(name: str) -> Any:
    if name in ("connect", "list_clusters"):
        from .notebook import client, completion

        completion.install()
        return getattr(client, name)
    if name == "SLURMCluster":
        from .notebook.cluster import SLURMCluster

        return SLURMCluster
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What ``jupyter server extension`` loads."""
    from .server.app import DaskSlurmExtension
    from .server.settings_check import check_for_list

    check_for_list(DaskSlurmExtension)
    return [{"module": "jupyter_dask_slurm", "app": DaskSlurmExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where ``jupyter labextension develop`` finds the built panel."""
    return [{"src": "labextension", "dest": "jupyter-dask-slurm"}]

"""How a kernel becomes a client: the code that the panel inserts into a notebook, and the links to
dashboards that dask prints there. They lead through Jupyter, for the dashboard's own port asks for the
cluster's key.
"""

from __future__ import annotations

import os

from ..cluster_files.directory import ClusterDirectory, Connection
from ..logs import one_line

LINK_VARIABLE = "JUPYTER_DASK_SLURM_DASHBOARD_LINK"
"""The server hands the template on to its kernels; its own code for them takes it from there, too."""
SESSION_VARIABLE = "JPY_SESSION_NAME"
"""What a Jupyter server tells a kernel: the path of its notebook."""
_CODE = """\
# {name}: a dask cluster
import os
from pathlib import Path

{import_dask}from dask.distributed import Client, Security

{link}cluster_dir = {directory!r}
if not Path(cluster_dir, "cert.pem").exists():
    raise RuntimeError("this cluster has ended: insert the client of another one")
client = Client(
    {address!r},
    name=os.environ.get({session!r}),  # the notebook's
    security=Security(
        require_encryption=True,
        tls_ca_file=f"{{cluster_dir}}/cert.pem",
        tls_client_cert=f"{{cluster_dir}}/cert.pem",
        tls_client_key=f"{{cluster_dir}}/key.pem",
    ),
)
client"""

_LINK = """\
dask.config.set(  # dask's own links to the dashboard lead through Jupyter
    {{"distributed.dashboard.link": {link!r}}}
)
"""


def client_code(directory: ClusterDirectory, connection: Connection) -> str:
    """Plain dask code that binds ``client``, for a kernel that may lack this package.

    It names the scheduler's address rather than the scheduler file: for a file that is gone dask
    waits for ever, and a cluster keeps its address as long as it lives.
    """
    link = handed_on()
    return _CODE.format(
        import_dask="" if link is None else "import dask\n",
        link="" if link is None else _LINK.format(link=link),
        name=one_line(connection.name),
        directory=str(directory.path.absolute()),
        address=connection.address,
        session=SESSION_VARIABLE,
    )


def link_template(base_url: str) -> str:
    """A value of dask's ``distributed.dashboard.link``, for a server below ``base_url``.

    dask keeps one template for all clients of a kernel, and fills in the host of the scheduler and
    the port of its dashboard. These say which cluster is meant, so it is right for each of them.
    """
    prefix = base_url.replace("{", "{{").replace("}", "}}")
    return f"{prefix}dask-slurm/dashboard/{{host}}/{{port}}/status"


def dashboard_link(cluster_id: str) -> str:
    """Where a cluster's dashboard opens: through the Jupyter server that is the parent, else words that
    say what to add to a JupyterLab's address. The scheduler's own port is of no use to a browser, because
    it asks for the cluster's key."""
    template = handed_on()
    if template is None:
        return f"[address of JupyterLab]/{dashboard_path(cluster_id)}"
    prefix = template.partition("dask-slurm/dashboard/")[0]
    return prefix.replace("{{", "{").replace("}}", "}") + dashboard_path(cluster_id)


def dashboard_path(cluster_id: str) -> str:
    """Return where the dashboard's first page is, below the Jupyter server's base URL."""
    return f"dask-slurm/clusters/{cluster_id}/dashboard/status"


def handed_on() -> str | None:
    """The template that a Jupyter server has handed on; None where none is the parent."""
    return os.environ.get(LINK_VARIABLE) or None

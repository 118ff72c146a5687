"""The code that the panel inserts into a notebook."""

from __future__ import annotations

from ..cluster_files.directory import ClusterDirectory, Connection
from ..model.dashboard_links import handed_on

_CODE = """\
# {name}: a dask cluster
{import_dask}from dask.distributed import Client, Security

{link}cluster_dir = {directory!r}
client = Client(
    {address!r},
    security=Security(
        require_encryption=True,
        tls_ca_file=f"{{cluster_dir}}/{cert}",
        tls_client_cert=f"{{cluster_dir}}/{cert}",
        tls_client_key=f"{{cluster_dir}}/{key}",
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
        name=connection.name,
        directory=str(directory.path.absolute()),
        address=connection.address,
        cert=connection.cert,
        key=connection.key,
    )

"""The code that the panel inserts into a notebook."""

from __future__ import annotations

from .connection import ClusterDirectory, Connection

_CODE = """\
# {name}: a dask cluster
from dask.distributed import Client, Security

cluster_dir = {directory!r}
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


def client_code(directory: ClusterDirectory, connection: Connection) -> str:
    """Plain dask code that binds ``client``, for a kernel that may lack this package.

    It names the scheduler's address rather than the scheduler file: for a file that is gone dask
    waits for ever, and a cluster keeps its address as long as it lives.
    """
    return _CODE.format(
        name=connection.name,
        directory=str(directory.path.absolute()),
        address=connection.address,
        cert=connection.cert,
        key=connection.key,
    )

"""Following clusters: a `ClusterMonitor` for each, and all of them in the `Registry`. The manager imports
it; it imports clusters, and nothing of the server.
"""

from .cluster import ClusterMonitor
from .registry import Registry

__all__ = ["ClusterMonitor", "Registry"]

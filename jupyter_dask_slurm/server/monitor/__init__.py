"""Following clusters: a `ClusterMonitor` for each (`.cluster`), and all of them in the `Registry`. The
manager imports it; it imports clusters, and nothing of the server.
"""

from .registry import Registry

__all__ = ["Registry"]

"""Following clusters: one `ClusterWatch` for each, and all of them as `Watches`."""

from .cluster import ClusterWatch
from .monitors import Watches

__all__ = ["ClusterWatch", "Watches"]

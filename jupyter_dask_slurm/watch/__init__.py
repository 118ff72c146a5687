"""Following clusters: one `ClusterWatch` for each."""

from .cluster import ClusterWatch

__all__ = ["ClusterWatch"]

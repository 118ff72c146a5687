"""What runs in a kernel: `SLURMCluster`, `connect` and `list_clusters`. Nothing imports it but the package
itself; it imports clusters.
"""

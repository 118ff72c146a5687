"""Batch systems: they know jobs, not dask and not Jupyter."""

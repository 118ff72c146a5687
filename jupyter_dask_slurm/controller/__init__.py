"""The controller: one detached process per cluster. It knows jobs, not dask and not Jupyter."""

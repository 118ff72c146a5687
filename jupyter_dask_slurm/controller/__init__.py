"""The controller of one cluster: a detached process that owns its jobs, its scheduler and its keys.

It is run as ``python -m jupyter_dask_slurm.controller`` and imported by nothing else. It imports the
cluster files, the model and the batch systems; it knows jobs, neither dask nor Jupyter.
"""

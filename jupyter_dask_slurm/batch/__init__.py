"""Batch systems: Slurm, and an embedded queue where there is none, behind one protocol (`base`).

Every other room may import it; it imports nothing but the standard library, and knows neither dask,
clusters nor Jupyter.
"""

"""The embedded queue: the same job scripts as processes of this host. Only `batch.choose` imports it;
it imports `batch`, Slurm's grammar of scripts and durations, and the standard library.
"""

"""What runs in the user's own environment: each file by its path, on stock ``distributed``.

Nothing here imports another room of this package, which need not be installed there; the scheduler
loads the others from beside its own file. The controller imports `bounded_log` and `private_ports`, and
otherwise uses only the paths of these files.
"""

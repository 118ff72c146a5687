"""What runs in the user's own environment: each file by its path, on stock ``distributed``.

Nothing here imports another room of this package, which need not be installed there; the scheduler
loads `bounded_log` and `private_ports` from the files beside its own. The controller imports these two,
and otherwise uses only the paths of these files.
"""

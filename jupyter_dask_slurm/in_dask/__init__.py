"""What runs inside the user's environment: each file by path, on stock ``distributed``.

Nothing here imports another module of this package, which need not be installed there; the scheduler
loads `bounded_log` from the file beside its own.
"""

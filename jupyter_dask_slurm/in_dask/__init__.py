"""What runs inside the user's environment: each file alone, by path, on stock ``distributed``.

Nothing here imports another module of this package, which need not be installed there.
"""

"""Slurm: its commands, its grammar and its rules. Only `batch.choose` imports `system`; the functions
that read Slurm's words may be imported by every room. It imports `batch` and the standard library.
"""

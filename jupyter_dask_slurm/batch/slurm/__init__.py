"""Slurm: its commands, and pure functions that read what they print. Standard library only."""

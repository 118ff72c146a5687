"""Faults of every kind in a seeded order, against a real server, real controllers and a real Slurm."""

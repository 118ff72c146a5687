"""A zoo of Slurm set-ups: each in a few lines, and all of them go one way.

`zoo.py` has the sites; `test_sites.py` takes a scientist's way through each.
"""

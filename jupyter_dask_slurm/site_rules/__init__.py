"""What a site allows: pure functions from options and what the batch system says of the site to
findings. Imported by clusters and server; imports the model and the batch systems' values and rules.
"""

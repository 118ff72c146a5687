"""What a site allows: pure functions from options, what the batch system says of the site, and what the
administrator sets, to findings. Imported by clusters, server and controllers; imports the model and the
batch systems' values and rules.
"""

"""What a site allows, as pure functions on what its batch system told. Imported by clusters and
server; imports the model and the batch systems' types.
"""

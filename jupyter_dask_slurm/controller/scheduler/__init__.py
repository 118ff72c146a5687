"""The dask scheduler of the cluster: its process, its client, and the loop that polls it. Imported by
the rest of the controller; only the loop imports the controller's other modules.
"""

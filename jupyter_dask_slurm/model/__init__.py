"""What clusters, jobs and options are: typed values, read and written as JSON. Everybody may import
it; it imports the batch systems' grammar and the modules at the top, and does no I/O.
"""

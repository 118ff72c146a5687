"""The directory of a cluster: every file in it is read and written here only. Imported by all but
the batch systems; imports the model.
"""

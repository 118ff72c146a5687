"""The Jupyter server extension: all that knows Jupyter's server. No other room imports it; it imports
clusters and the rooms below, and nothing of the controller.
"""

"""The Jupyter server extension: all that knows Jupyter's server. Nothing imports it; it imports
everything but the controller.
"""

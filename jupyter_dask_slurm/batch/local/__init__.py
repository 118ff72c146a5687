"""The embedded queue: the same job scripts as processes of this host. Standard library only."""

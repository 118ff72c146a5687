"""What docs/security.md promises, against another user of the machine."""

"""The operations: one file each. The folder is the registry."""

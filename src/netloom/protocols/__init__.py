"""The protocols: one folder each. The folder is the registry."""

"""The faults, one a module, which its name is. The folder is the registry."""

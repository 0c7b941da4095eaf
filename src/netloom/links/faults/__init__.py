"""Trouble on purpose: faults by name, at the same place as taps, between a socket and everything above it."""

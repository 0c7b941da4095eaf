"""Comparing: what became of the packets of one capture in another."""

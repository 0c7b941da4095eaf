"""Tapes: what both sides of a recording said, kept in memory to be played again."""

"""Application protocols as bytes: parse, emit, state machines; no I/O, no clock, no randomness."""

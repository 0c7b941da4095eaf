"""What `transpose.take` is told of each column: which word of a row, how many octets it has there, and its address."""

from __future__ import annotations

WORD, OCTETS, ADDRESS = range(3)
TASK = 3

"""A file with TLS secrets, as browsers write it (SSLKEYLOGFILE)."""

from __future__ import annotations

from pathlib import Path

from netloom.errors import UsageError

LIMIT = 64 << 20
"""Octets that are read."""


def read_key_log(path: str) -> bytes:
    """Its lines; nothing, where none is named. Raises UsageError."""
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            return file.read(LIMIT) + b"\n"
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}") from error

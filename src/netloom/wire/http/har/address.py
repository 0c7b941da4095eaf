"""Addresses in an archive, which may be anything (RFC 3986)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_NOWHERE = SplitResult("", "", "/", "", "")


def split(url: str) -> SplitResult:
    """The parts of an address; of what is none a path alone."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _NOWHERE
    return parts

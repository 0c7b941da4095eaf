"""Numbers as octets, and a mistake of the caller's where one has no place."""

from __future__ import annotations

import struct

from netloom.errors import UsageError


def numbers(what: str, form: str, *values: int) -> bytes:
    """Numbers in their places, as `struct` spells them. Raises UsageError that names `what` they are of."""
    try:
        return struct.pack(form, *values)
    except struct.error as exc:
        raise UsageError(f"{what} of {', '.join(map(str, values))}: {exc}") from exc

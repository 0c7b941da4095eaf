"""Retry's tokens: who shows one again can be reached where it says it is (RFC 9000 §8.1.2)."""

from __future__ import annotations

import hmac
import secrets
import struct
from typing import Any

LIFE = 15.0
"""Seconds in which a client has to come back."""
_MARK = 16


class Tokens:
    """Makes and checks them; nothing is kept but a key."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def make(self, address: Any, original: bytes, chosen: bytes, now: float) -> bytes:
        """For a client at an address that began with the `original` ID, and is to come back with the `chosen` one."""
        body = struct.pack("!dB", now, len(original)) + original + chosen
        return body + self._mark(address, body)

    def check(self, address: Any, token: bytes, now: float) -> tuple[bytes, bytes] | None:
        """The original and the chosen ID, or None for what isn't ours, is too old, or is somebody else's."""
        body, mark = token[:-_MARK], token[-_MARK:]
        if len(body) < 9 or not hmac.compare_digest(mark, self._mark(address, body)):
            return None
        made, size = struct.unpack_from("!dB", body)
        if not 0 <= now - made <= LIFE:
            return None
        return body[9 : 9 + size], body[9 + size :]

    def _mark(self, address: Any, body: bytes) -> bytes:
        place = f"{address[0]} {address[1]}\0".encode()
        return hmac.digest(self._key, place + body, "sha256")[:_MARK]

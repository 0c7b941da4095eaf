"""Text as TFTP sends it: CRLF for a line's end, CR NUL for a CR (RFC 764, RFC 1350 §1)."""

from __future__ import annotations

import re

_SPECIAL = re.compile(rb"[\r\n]")
_SAID = {b"\n": b"\r\n", b"\r": b"\r\0"}
_PAIR = re.compile(rb"\r[\n\0]")


class Encoder:
    """LF and CR become CRLF and CR NUL."""

    def feed(self, data: bytes) -> bytes:
        """Some octets as they are sent."""
        return _SPECIAL.sub(lambda found: _SAID[found[0]], data)

    def finish(self) -> bytes:
        """Nothing is held back."""
        return b""


class Decoder:
    """The way back; a CR before anything else stays as it is."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Some octets as they are kept. A CR at the end waits for what follows it."""
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        return _PAIR.sub(lambda found: b"\n" if found[0] == b"\r\n" else b"\r", data.removesuffix(b"\r"))

    def finish(self) -> bytes:
        """What is left at the end."""
        held, self._held = self._held, b""
        return held

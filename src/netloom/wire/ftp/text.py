"""Text on a data connection: lines that end in CRLF, here in LF (RFC 959 §3.1.1.1)."""

from __future__ import annotations


class Encoder:
    """LF becomes CRLF. Any text comes back from a Decoder as it was."""

    def feed(self, data: bytes) -> bytes:
        """Some octets as they are sent."""
        return data.replace(b"\n", b"\r\n")

    def finish(self) -> bytes:
        """Nothing is held back."""
        return b""


class Decoder:
    """CRLF becomes LF; a CR alone stays."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Some octets as they are kept. A CR at the end waits for what follows it."""
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(b"\r").replace(b"\r\n", b"\n")

    def finish(self) -> bytes:
        """What is left at the end."""
        held, self._held = self._held, b""
        return held

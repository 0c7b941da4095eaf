"""ClientHellos in what passes: the random number by which a key log names the secrets of TLS (RFC 8446 §4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from netloom.wire.quic_initial import Reader

_RANDOM = slice(11, 43)  # in a TLS record that starts with a ClientHello
_LONG = 0xC0
_PATIENCE = 16
"""Datagrams in which a ClientHello of QUIC has to be whole."""


class Hellos:
    """One conversation, both its directions: over TCP anywhere, since TLS may begin late; over UDP at the beginning."""

    def __init__(self, kind: str) -> None:
        self._streams = kind == "tcp"
        self._left = _PATIENCE if kind == "udp" else 0
        self._reader: Reader | None = None

    def find(self, data: bytes) -> bytes:
        """The random number of the ClientHello that these octets begin, or that a datagram makes whole; or nothing."""
        if self._streams:
            return _of_record(data)
        return self._of_datagram(data) if self._left else b""

    def _of_datagram(self, data: bytes) -> bytes:
        if not data or data[0] & _LONG != _LONG:  # a long header, which QUIC begins with (RFC 9000 §17.2)
            self._left = 0
        if not self._left:
            self._reader = None
            return b""
        if self._reader is None:
            from netloom.wire.quic_initial import Reader

            self._reader = Reader()
        self._left -= 1
        try:
            found = self._reader.feed(data)
        except RemoteProtocolError:
            found = None
        if found is None:
            return b""
        self._reader = None  # a Retry brings another, which may have another number (RFC 9000 §8.1.2)
        return found.random


def _of_record(data: bytes) -> bytes:
    if data[:2] == b"\x16\x03" and data[5:6] == b"\x01" and len(data) >= _RANDOM.stop:
        return bytes(data[_RANDOM])
    return b""

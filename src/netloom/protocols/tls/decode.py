"""TLS, the passive decoder: records as they pass (RFC 8446 §5.1)."""

from __future__ import annotations

from netloom.links.raw import RawDecoder
from netloom.records import Said

_HEADER = 5
_HELLO = b"\x16\x03"
_TYPES = {20: "change cipher spec", 21: "alert", 22: "handshake", 23: "application data", 24: "heartbeat"}
_HANDSHAKES = {
    1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 8: "EncryptedExtensions", 11: "Certificate",
    12: "ServerKeyExchange", 13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
    16: "ClientKeyExchange", 20: "Finished",
}  # fmt: skip


class Decoder:
    """Plaintext as text, TLS records by their type: a tap above TLS sees the one, a capture the other."""

    def __init__(self) -> None:
        self._rest = {"client": b"", "server": b""}
        self._encrypted: bool | None = None

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        buffer = self._rest[sender] + data
        if self._encrypted is None and _HELLO.startswith(buffer[:2]) and len(buffer) <= _HEADER:
            self._rest[sender] = buffer
            return []
        if self._encrypted is None:
            self._encrypted = is_hello(buffer)
        if not self._encrypted:
            self._rest[sender] = b""
            return RawDecoder().feed(sender, buffer)
        said = []
        while len(buffer) >= _HEADER:
            size = _HEADER + int.from_bytes(buffer[3:5], "big")
            if len(buffer) < size:
                break
            said.append(Said(sender=sender, words=_words(buffer[:size]), size=size))
            buffer = buffer[size:]
        self._rest[sender] = buffer
        return said


def _words(record: bytes) -> str:
    kind = _TYPES.get(record[0], f"record of type {record[0]}")
    if record[0] == 22 and len(record) > _HEADER and record[_HEADER] in _HANDSHAKES:
        kind = f"handshake: {_HANDSHAKES[record[_HEADER]]}"
    return f"{kind}, {len(record) - _HEADER} bytes"


def is_hello(data: bytes) -> bool:
    """Whether a first payload begins a handshake (RFC 8446 §5.1, §4)."""
    return len(data) > _HEADER and data[0] == 22 and data[1] == 3 and data[_HEADER] in (1, 2)

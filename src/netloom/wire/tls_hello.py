"""TLS's first message, the ClientHello: what a client asks for in the open (RFC 8446 §4.1.2, RFC 6066, RFC 7301)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

HANDSHAKE = 22
CLIENT_HELLO = 1
SERVER_NAME, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS = 0, 13, 16, 43
MOST = 1 << 16
"""Octets of a message that are waited for; keys of several kilobytes come with post-quantum key exchange."""

_HEADER = 4
_RECORD = 5
_MOST_RECORD = (1 << 14) + 256
_RULE = "RFC 8446 §4.1.2"
_VERSIONS = "RFC 8446 §4.2.1"
_SIGNATURES = "RFC 8446 §4.2.3"
_NAMES = "RFC 6066 §3"
_PROTOCOLS = "RFC 7301 §3.1"


class ClientHello(Struct, frozen=True):
    """What stands in it, in its order. `version` is the one in its head, which is 0x0303 since TLS 1.3.

    `extensions` are types with their octets; what four of them say is spelled out: the `server_name` (empty where none
    is asked for), protocols of ALPN, `versions` that are supported and `signatures` that are understood.
    """

    version: int = 0x0303
    random: bytes = bytes(32)
    session: bytes = b""
    ciphers: tuple[int, ...] = ()
    compressions: bytes = b"\0"
    extensions: tuple[tuple[int, bytes], ...] = ()

    @property
    def server_name(self) -> bytes:
        """The host that is asked for (RFC 6066 §3). Raises RemoteProtocolError."""
        data = self.extension(SERVER_NAME)
        if not data:
            return b""
        names = _Octets(data, _NAMES).block(2)
        while not names.ended:
            kind, name = names.number(1), names.block(2)
            if kind == 0:
                return name.rest()
        return b""

    @property
    def alpn(self) -> tuple[bytes, ...]:
        """The protocols that may be spoken, the best first (RFC 7301 §3.1). Raises RemoteProtocolError."""
        data = self.extension(ALPN)
        if not data:
            return ()
        names = _Octets(data, _PROTOCOLS).block(2)
        found = []
        while not names.ended:
            found.append(names.block(1).rest())
        return tuple(found)

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions that are supported, the best first (RFC 8446 §4.2.1). Raises RemoteProtocolError."""
        data = self.extension(SUPPORTED_VERSIONS)
        return _Octets(data, _VERSIONS).block(1).numbers() if data else ()

    @property
    def signatures(self) -> tuple[int, ...]:
        """The algorithms of signatures that are understood (RFC 8446 §4.2.3). Raises RemoteProtocolError."""
        data = self.extension(SIGNATURE_ALGORITHMS)
        return _Octets(data, _SIGNATURES).block(2).numbers() if data else ()

    def extension(self, kind: int) -> bytes | None:
        """The octets of the first extension of a type."""
        return next((data for number, data in self.extensions if number == kind), None)


class _Octets:
    """Numbers and blocks with their lengths before them, one after another."""

    def __init__(self, data: bytes, rule: str = _RULE) -> None:
        self._data = data
        self._rule = rule
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._data)

    def take(self, size: int) -> bytes:
        at, self._at = self._at, self._at + size
        if self._at > len(self._data):
            raise RemoteProtocolError(
                f"{size} octets are said to follow, {len(self._data) - at} are there", rule=self._rule, offset=at
            )
        return self._data[at : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> _Octets:
        """Octets whose length stands before them, in so many octets."""
        return _Octets(self.take(self.number(size)), self._rule)

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def numbers(self) -> tuple[int, ...]:
        """All that is left, as numbers of two octets."""
        data = self.rest()
        if len(data) % 2:
            raise RemoteProtocolError("half a number at the end of a list", rule=self._rule, offset=len(data))
        return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


def parse(data: bytes) -> ClientHello:
    """A whole handshake message, its header included. Raises RemoteProtocolError."""
    message = _Octets(data)
    if message.number(1) != CLIENT_HELLO:
        raise RemoteProtocolError(f"message {data[0]} where a ClientHello is", rule=_RULE, offset=0)
    body = message.block(3)
    if not message.ended:
        raise RemoteProtocolError("octets follow the ClientHello", rule=_RULE, offset=len(data))
    version = body.number(2)
    random = body.take(32)
    session = body.block(1).rest()
    ciphers = body.block(2).numbers()
    compressions = body.block(1).rest()
    extensions = []
    if not body.ended:
        block = body.block(2)
        while not block.ended:
            extensions.append((block.number(2), block.block(2).rest()))
    if not body.ended:
        raise RemoteProtocolError("octets follow the extensions", rule=_RULE, offset=len(data))
    return ClientHello(version, random, session, ciphers, compressions, tuple(extensions))


def emit(hello: ClientHello) -> bytes:
    """A handshake message, its header included. Raises LocalProtocolError for what doesn't fit its field."""
    if len(hello.random) != 32:
        raise LocalProtocolError(f"{len(hello.random)} random octets, of which a ClientHello has 32", rule=_RULE)
    try:
        ciphers = b"".join(number.to_bytes(2, "big") for number in hello.ciphers)
        extensions = b"".join(kind.to_bytes(2, "big") + _block(data, 2) for kind, data in hello.extensions)
        body = hello.version.to_bytes(2, "big") + hello.random + _block(hello.session, 1)
        body += _block(ciphers, 2) + _block(hello.compressions, 1) + _block(extensions, 2)
        return bytes([CLIENT_HELLO]) + _block(body, 3)
    except OverflowError as exc:
        raise LocalProtocolError(f"a ClientHello can't hold that: {exc}", rule=_RULE) from None


def _block(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def message_in(data: bytes | bytearray) -> bytes | None:
    """The first handshake message of some octets, header included; None while it isn't whole.

    Raises RemoteProtocolError where it is no ClientHello, or one of more than `MOST` octets.
    """
    if data and data[0] != CLIENT_HELLO:
        raise RemoteProtocolError(f"message {data[0]} where a ClientHello is", rule=_RULE, offset=0)
    if len(data) < _HEADER:
        return None
    end = _HEADER + int.from_bytes(data[1:_HEADER], "big")
    if end > MOST:
        raise RemoteProtocolError(f"a ClientHello of {end} octets", rule=_RULE, offset=1)
    return bytes(data[:end]) if len(data) >= end else None


class Reader:
    """Finds the ClientHello at the start of a stream, in records and pieces of any size (RFC 8446 §5.1)."""

    def __init__(self) -> None:
        self._records = bytearray()
        self._message = bytearray()

    def feed(self, data: bytes) -> ClientHello | None:
        """What follows in the stream; gives the ClientHello once it is whole. Raises RemoteProtocolError."""
        self._records += data
        at = 0
        while len(self._records) - at >= _RECORD:
            head = self._records[at : at + _RECORD]
            size = int.from_bytes(head[3:], "big")
            if head[0] != HANDSHAKE or head[1] != 3 or not 0 < size <= _MOST_RECORD:
                raise RemoteProtocolError(f"no record of a handshake: {head.hex()}", rule="RFC 8446 §5.1", offset=at)
            if len(self._records) - at < _RECORD + size:
                break
            self._message += self._records[at + _RECORD : at + _RECORD + size]
            at += _RECORD + size
            if message := message_in(self._message):
                return parse(message)
        del self._records[:at]
        return None

"""What names a flow: whom TLS and QUIC ask for and how, which names DNS is asked for; read from its first payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from netloom.errors import RemoteProtocolError
from netloom.packet.flows.tracked import TCP, Names
from netloom.wire import ja4, quic_initial, tls_hello
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.wire.tls_hello import ClientHello

MOST_NAME = 255
"""Characters of a name that are kept; no host has a longer one."""
MOST_PROTOCOLS = 16
MOST_QUERIES = 64
_ESCAPED = {octet: f"\\x{octet:02x}" for octet in range(256) if not 0x20 < octet < 0x7F}


class Reader(Protocol):
    """Reads a flow's payloads, in order, until it has what it wants."""

    both: bool
    """Whether what went backward tells anything."""

    @property
    def names(self) -> Names: ...

    def feed(self, back: int, payload: bytes) -> bool:
        """A payload, which went backward if `back`. Whether more are wanted. Raises RemoteProtocolError."""


class _Hello:
    """The ClientHello of a stream or of datagrams."""

    both = False

    def __init__(self, feed: Callable[[bytes], ClientHello | None], transport: str) -> None:
        self.names = Names()
        self._feed = feed
        self._transport = transport

    def feed(self, back: int, payload: bytes) -> bool:  # noqa: ARG002  # only the client's are given
        hello = self._feed(payload)
        if hello is None:
            return True
        self.names = _named(hello, self._transport)
        return False


class _Questions:
    """Messages of DNS: datagrams, or with their lengths before them (RFC 1035 §4.2.2)."""

    both = True

    def __init__(self, *, framed: bool) -> None:
        self._rest: tuple[bytes, bytes] | None = (b"", b"") if framed else None
        self._asked: dict[str, None] = {}

    @property
    def names(self) -> Names:
        return Names(queries=tuple(self._asked))

    def feed(self, back: int, payload: bytes) -> bool:
        if self._rest is None:
            self._read(payload)
        else:
            rest = self._rest[back] + payload
            while found := dns.unframed(rest):
                self._read(found[0])
                rest = rest[found[1] :]
            self._rest = (self._rest[0], rest) if back else (rest, self._rest[1])
        return len(self._asked) < MOST_QUERIES

    def _read(self, octets: bytes) -> None:
        for question in dns.questions(octets):
            if len(self._asked) == MOST_QUERIES:
                return
            self._asked[asked(question.name)] = None


def _tls(protocol: int) -> Reader:  # noqa: ARG001  # all readers are made alike
    return _Hello(tls_hello.Reader().feed, ja4.TCP)


def _quic(protocol: int) -> Reader:  # noqa: ARG001
    return _Hello(quic_initial.Reader().feed, ja4.QUIC)


def _dns(protocol: int) -> Reader:
    return _Questions(framed=protocol == TCP)


READERS: dict[str, Callable[[int], Reader]] = {"tls": _tls, "quic": _quic, "dns": _dns}
"""By what is spoken; they are given the number of the protocol that carries it."""


def read(reader: Reader, back: int, payload: bytes) -> bool:
    """Let a reader read on; whether it wants more. What breaks its protocol ends it, with what it has."""
    try:
        return reader.feed(back, payload)
    except RemoteProtocolError:
        return False


def asked(name: bytes) -> str:
    """The text of a name that DNS is asked for, from its wire form."""
    return to_text(name).removesuffix(".") or "."


def shown(name: bytes) -> str:
    """A name as text: octets that no host's name has are escaped, and what is too long is cut."""
    return name[:MOST_NAME].decode("latin-1").translate(_ESCAPED)[:MOST_NAME]


# What names a ClientHello in parts


def kind(octets: bytes) -> Names:
    """The names that a stream's beginning tells, a whole ClientHello, but for the host's; none where it is broken."""
    try:
        hello = tls_hello.Reader().feed(octets)
        if hello is None:
            return Names()
        nameless = tuple(
            (number, b"" if number == tls_hello.SERVER_NAME else data) for number, data in hello.extensions
        )
        return _named(replace(hello, extensions=nameless), ja4.TCP)
    except RemoteProtocolError:
        return Names()


def host(data: bytes) -> str | None:
    """The host's name in the octets of its extension (RFC 6066 §3); None where they are broken."""
    try:
        return shown(tls_hello.ClientHello(extensions=((tls_hello.SERVER_NAME, data),)).server_name)
    except RemoteProtocolError:
        return None


def _named(hello: ClientHello, transport: str) -> Names:
    return Names(
        server_name=shown(hello.server_name),
        alpn=tuple(shown(name) for name in hello.alpn[:MOST_PROTOCOLS]),
        ja4=ja4.ja4(hello, transport),
    )

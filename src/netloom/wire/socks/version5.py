"""SOCKS 5 messages and relayed datagrams (RFC 1928), and its user names and passwords (RFC 1929)."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.credentials import Credentials
from netloom.wire.socks.fields import (
    FIELD_LIMIT,
    RULE_REQUEST,
    emit_address,
    emit_octet,
    emit_text,
    expect,
    parse_address,
    parse_text,
)

RULE_METHODS = "RFC 1928 §3"
RULE_REPLY = "RFC 1928 §6"
RULE_UDP = "RFC 1928 §7"
RULE_PASSWORD = "RFC 1929 §2"  # noqa: S105 - the name of a rule


class Method(IntEnum):
    """How a client may prove who it is (RFC 1928 §3)."""

    NONE = 0x00
    GSSAPI = 0x01
    PASSWORD = 0x02
    UNACCEPTABLE = 0xFF


class Verb(IntEnum):
    """What the proxy is asked to do; SOCKS 4 has the first two."""

    CONNECT = 1
    BIND = 2
    UDP_ASSOCIATE = 3


SUCCEEDED = 0
REPLIES = {
    0: "succeeded",
    1: "general SOCKS server failure",
    2: "connection not allowed by ruleset",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}


class Greeting(Struct, frozen=True):
    """The client's offer of authentication methods."""

    methods: tuple[int, ...]


class Choice(Struct, frozen=True):
    """The server's choice among the offered methods; 0xFF is none of them."""

    method: int


class AuthStatus(Struct, frozen=True):
    """The server's verdict on a password: 0 is welcome."""

    status: int


class Request(Struct, frozen=True):
    """What the client wants. `host` is an IPv4 or IPv6 address or a domain name, as text."""

    verb: int
    host: str
    port: int


class Reply(Struct, frozen=True):
    """What became of it, and the address that the proxy uses for it."""

    code: int
    host: str = "0.0.0.0"  # noqa: S104 - RFC 1928's "no address", nothing is bound
    port: int = 0


class Datagram(Struct, frozen=True):
    """A UDP datagram to be relayed to `host`, or that came from it; `fragment` 0 stands alone."""

    host: str
    port: int
    data: bytes
    fragment: int = 0


# In the order of a handshake. Every parser gives the message and the octets it took, or None: more is needed


def emit_greeting(greeting: Greeting) -> bytes:
    """Version 5 and the methods on offer."""
    if not 1 <= len(greeting.methods) <= FIELD_LIMIT:
        raise LocalProtocolError("a greeting offers 1 to 255 methods", rule=RULE_METHODS)
    methods = b"".join(emit_octet(method, "method") for method in greeting.methods)
    return bytes((5, len(methods))) + methods


def parse_greeting(buffer: bytes) -> tuple[Greeting, int] | None:
    """What the client offers."""
    expect(buffer, 0, 5, "the version", RULE_METHODS)
    if len(buffer) < 2:
        return None
    if buffer[1] == 0:
        raise RemoteProtocolError("a greeting that offers no method", rule=RULE_METHODS, offset=1)
    end = 2 + buffer[1]
    return None if len(buffer) < end else (Greeting(tuple(buffer[2:end])), end)


def emit_choice(choice: Choice) -> bytes:
    """Version 5 and the method that the server chose."""
    return b"\x05" + emit_octet(choice.method, "method")


def parse_choice(buffer: bytes) -> tuple[Choice, int] | None:
    """What the server chose; that it was on offer is for the handshake to check."""
    expect(buffer, 0, 5, "the version", RULE_METHODS)
    return None if len(buffer) < 2 else (Choice(buffer[1]), 2)


def emit_credentials(credentials: Credentials) -> bytes:
    """The user name and password; SOCKS has no `authorize_as`."""
    if credentials.authorize_as:
        raise LocalProtocolError("SOCKS can't act as another user", rule=RULE_PASSWORD)
    name = emit_text(credentials.username, "user name", RULE_PASSWORD)
    password = emit_text(credentials.password, "password", RULE_PASSWORD)
    return bytes((1, len(name))) + name + bytes((len(password),)) + password


def parse_credentials(buffer: bytes) -> tuple[Credentials, int] | None:
    """Who the client says it is. An empty password is let through: clients send it."""
    expect(buffer, 0, 1, "the version of the password dialogue", RULE_PASSWORD)
    if len(buffer) < 2:
        return None
    if buffer[1] == 0:
        raise RemoteProtocolError("an empty user name", rule=RULE_PASSWORD, offset=1)
    middle = 2 + buffer[1]
    if len(buffer) <= middle:
        return None
    end = middle + 1 + buffer[middle]
    if len(buffer) < end:
        return None
    username = parse_text(bytes(buffer[2:middle]), "user name", 2, RULE_PASSWORD)
    password = parse_text(bytes(buffer[middle + 1 : end]), "password", middle + 1, RULE_PASSWORD)
    return Credentials(username, password), end


def emit_auth_status(status: AuthStatus) -> bytes:
    """Whether the password was right; anything but 0 ends the connection."""
    return b"\x01" + emit_octet(status.status, "status")


def parse_auth_status(buffer: bytes) -> tuple[AuthStatus, int] | None:
    """The server's verdict."""
    expect(buffer, 0, 1, "the version of the password dialogue", RULE_PASSWORD)
    return None if len(buffer) < 2 else (AuthStatus(buffer[1]), 2)


def emit_request(request: Request) -> bytes:
    """What the proxy shall do, and with which address."""
    return b"\x05" + emit_octet(request.verb, "command") + b"\0" + emit_address(request.host, request.port)


def parse_request(buffer: bytes) -> tuple[Request, int] | None:
    """What the client wants; a verb that isn't supported is answered with reply 7, so it is no error here."""
    expect(buffer, 0, 5, "the version", RULE_REQUEST)
    expect(buffer, 2, 0, "the reserved octet", RULE_REQUEST)
    found = parse_address(buffer, 3)
    return None if found is None else (Request(buffer[1], found[0], found[1]), found[2])


def emit_reply(reply: Reply) -> bytes:
    """What became of the request."""
    return b"\x05" + emit_octet(reply.code, "reply code") + b"\0" + emit_address(reply.host, reply.port)


def parse_reply(buffer: bytes) -> tuple[Reply, int] | None:
    """What became of the request; `refusal` tells a "no" in words."""
    expect(buffer, 0, 5, "the version", RULE_REPLY)
    expect(buffer, 2, 0, "the reserved octet", RULE_REPLY)
    found = parse_address(buffer, 3)
    return None if found is None else (Reply(buffer[1], found[0], found[1]), found[2])


def emit_datagram(datagram: Datagram) -> bytes:
    """A datagram with the header for a UDP association."""
    fragment = emit_octet(datagram.fragment, "fragment number")
    return b"\0\0" + fragment + emit_address(datagram.host, datagram.port) + datagram.data


def parse_datagram(data: bytes) -> Datagram:
    """A whole datagram of a UDP association."""
    expect(data, 0, 0, "the reserved octet", RULE_UDP)
    expect(data, 1, 0, "the reserved octet", RULE_UDP)
    found = parse_address(data, 3)
    if found is None:
        raise RemoteProtocolError("the datagram ends within its header", rule=RULE_UDP, offset=len(data))
    return Datagram(found[0], found[1], bytes(data[found[2] :]), data[2])

"""Engine.IO: packets one by one in a WebSocket, several in a payload of long polling (its protocol's revision 4)."""

from __future__ import annotations

import base64
import binascii
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

REVISION = "4"
PACKETS = 10_000
"""Packets of a payload."""
PROBE = "probe"

_RULE = "Engine.IO 4"
_SEPARATOR = b"\x1e"
_BINARY = b"b"

Message = str | bytes
"""A packet as a WebSocket carries it: text that begins with its kind's digit, or the bytes of a binary message."""


class Kind(IntEnum):
    """What a packet is for."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


class Packet(msgspec.Struct, frozen=True):
    """A packet. Only messages carry bytes."""

    kind: Kind
    data: str | bytes = ""


Milliseconds = Annotated[int, Meta(ge=0, le=10**11)] | Annotated[float, Meta(ge=0, le=10**11)]


class Handshake(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What OPEN says: the session, what it may be upgraded to, its heartbeat in milliseconds, bytes of a payload."""

    sid: Annotated[str, Meta(min_length=1, max_length=512)]
    upgrades: list[str] = []
    ping_interval: Milliseconds
    ping_timeout: Milliseconds
    max_payload: Annotated[int, Meta(ge=0, le=2**53)] = 1_000_000


_handshakes = msgspec.json.Decoder(Handshake)


def parse_handshake(text: str | bytes) -> Handshake:
    """The data of OPEN. Raises RemoteProtocolError."""
    try:
        return _handshakes.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as exc:
        raise RemoteProtocolError(f"a handshake that is none: {exc}", rule=_RULE) from None


def emit_handshake(handshake: Handshake) -> str:
    """OPEN, as a message."""
    return f"{Kind.OPEN:d}{msgspec.json.encode(handshake).decode()}"


def parse(message: Message) -> Packet:
    """A packet from a WebSocket's message. Raises RemoteProtocolError."""
    if isinstance(message, bytes):
        return Packet(Kind.MESSAGE, message)
    kind = message[:1]
    if not ("0" <= kind <= "6"):
        raise RemoteProtocolError(f"a packet's kind is a digit from 0 to 6, not {kind!r}", rule=_RULE, offset=0)
    return Packet(Kind(int(kind)), message[1:])


def emit(packet: Packet) -> Message:
    """A packet as a WebSocket's message."""
    return packet.data if isinstance(packet.data, bytes) else f"{packet.kind:d}{packet.data}"


def parse_payload(data: bytes, limit: int = PACKETS) -> list[Packet]:
    """The packets of a payload, at least one and at most `limit`. Raises RemoteProtocolError."""
    if data.count(_SEPARATOR) >= limit:
        raise RemoteProtocolError(f"a payload of more than {limit} packets", rule=_RULE)
    found = []
    at = 0
    for piece in data.split(_SEPARATOR):
        found.append(_from_payload(piece, at))
        at += len(piece) + 1
    return found


def emit_payload(messages: Iterable[Message]) -> bytes:
    """A payload of these; what isn't text goes as base64."""
    return _SEPARATOR.join(
        [
            _BINARY + base64.b64encode(message) if isinstance(message, bytes) else message.encode()
            for message in messages
        ]
    )


def _from_payload(piece: bytes, at: int) -> Packet:
    try:
        if piece[:1] == _BINARY:
            return Packet(Kind.MESSAGE, base64.b64decode(piece[1:], validate=True))
        return parse(piece.decode())
    except UnicodeDecodeError as exc:
        raise RemoteProtocolError("a packet that isn't UTF-8", rule=_RULE, offset=at + exc.start) from None
    except binascii.Error:
        raise RemoteProtocolError("a binary packet that isn't base64", rule=_RULE, offset=at) from None
    except RemoteProtocolError as exc:
        exc.offset = at
        raise

"""What events hold and what a bus carries: JavaScript's values and bytes, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.socketio import engine, packets
from netloom.wire.socketio.packets import Packet

if TYPE_CHECKING:
    from netloom.records import Message

TEXT, BINARY, JSON = "text", "binary", "json"


def payload_of(arguments: list[Any]) -> tuple[bytes, str]:
    """An event's arguments as a payload, and what it is: text, binary, or json for anything else.

    Raises UsageError for bytes inside of something else.
    """
    if not arguments:
        return b"", TEXT
    value: Any = arguments[0] if len(arguments) == 1 else arguments
    if isinstance(value, str):
        return value.encode(), TEXT
    if isinstance(value, bytes):
        return value, BINARY
    if _holds_bytes(value):
        raise UsageError("bytes are published by themselves, not inside of something else")
    return msgspec.json.encode(value), JSON


def value_of(message: Message) -> str | bytes | Any:
    """A message as an event's argument: what it was for another client here, otherwise text where it is UTF-8."""
    payload, kind = message.payload, message.properties.get("type")
    if kind == BINARY:
        return payload
    if kind == JSON:
        try:
            return msgspec.json.decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass  # another protocol's idea of JSON
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload


def told(packet: Packet) -> tuple[engine.Message, ...]:
    """A packet as messages of Engine.IO."""
    text, *attachments = packets.emit(packet)
    return (f"{engine.Kind.MESSAGE:d}{text!s}", *attachments)


def event(namespace: str, name: str, message: Message) -> tuple[engine.Message, ...]:
    """A message as an event."""
    value = value_of(message)
    packet = Packet(kind=packets.Kind.EVENT, namespace=namespace, data=[name, value])
    try:
        return told(packet)
    except LocalProtocolError:  # what is JSON, and can't be an event's
        return told(msgspec.structs.replace(packet, data=[name, message.payload.decode()]))


def _holds_bytes(value: Any) -> bool:
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, bytes):
            return True
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()
    return False

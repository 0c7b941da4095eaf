"""What MQTT's packets are made of: integers, texts and binary data (MQTT 5.0 §1.5)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt.reasons import PacketError

VARINT_LIMIT = 268_435_455
"""The largest variable byte integer, and so the largest remaining length (MQTT 5.0 §1.5.5)."""
LENGTH_LIMIT = 65_535
"""Bytes of a text or of binary data (MQTT 5.0 §1.5.4, §1.5.6)."""

_TEXT = "MQTT 5.0 §1.5.4"
_SHORT = "MQTT 5.0 §2.1.4"
RULE_VARINT = "MQTT 5.0 §1.5.5"


class Cursor:
    """Reads fields one after the other out of `data` from `at` to `end`. Raises PacketError."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    @property
    def left(self) -> int:
        """Bytes that are unread."""
        return self.end - self.at

    def take(self, size: int) -> bytes:
        """So many bytes."""
        at = self.at
        if at + size > self.end:
            raise PacketError(f"the packet ends {at + size - self.end} bytes too early", rule=_SHORT, offset=self.end)
        self.at = at + size
        return self.data[at : at + size]

    def byte(self) -> int:
        """An integer of one byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """An integer of two bytes."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """An integer of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def varint(self) -> int:
        """A variable byte integer, in as few bytes as it takes (MQTT 5.0 §1.5.5)."""
        value = shift = 0
        start = self.at
        while True:
            octet = self.byte()
            value |= (octet & 127) << shift
            if octet < 128:
                break
            shift += 7
            if shift == 28:
                raise PacketError("a variable byte integer of more than four bytes", rule=RULE_VARINT, offset=start)
        if octet == 0 and shift:
            raise PacketError("a variable byte integer with more bytes than it needs", rule=RULE_VARINT, offset=start)
        return value

    def binary(self) -> bytes:
        """Binary data behind its length."""
        return self.take(self.u16())

    def text(self) -> str:
        """A text behind its length: UTF-8 without surrogates and NUL."""
        start = self.at + 2
        return decode(self.binary(), start)

    def finish(self) -> None:
        """Refuse what follows the last field."""
        if self.at != self.end:
            raise PacketError(f"{self.left} bytes too many in the packet", rule=_SHORT, offset=self.at)


def decode(data: bytes, offset: int) -> str:
    """The text that these bytes are, which stand at `offset`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise PacketError(
            "a text that isn't UTF-8", rule=f"{_TEXT} [MQTT-1.5.4-1]", offset=offset + error.start
        ) from None
    if "\0" in text:
        raise PacketError("NUL in a text", rule=f"{_TEXT} [MQTT-1.5.4-2]", offset=offset + data.index(0))
    return text


# Emission


def emit_varint(value: int) -> bytes:
    """A variable byte integer."""
    if value < 128:
        return bytes((value,))
    if value > VARINT_LIMIT:
        raise LocalProtocolError(f"{value} is more than {VARINT_LIMIT}", rule=RULE_VARINT)
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def emit_integer(value: int, size: int, what: str) -> bytes:
    """An integer of `size` bytes."""
    if not 0 <= value < 1 << 8 * size:
        raise LocalProtocolError(f"{value} is no {what}: it has {size} bytes", rule="MQTT 5.0 §1.5")
    return value.to_bytes(size, "big")


def emit_binary(data: bytes, what: str) -> bytes:
    """Binary data behind its length."""
    if len(data) > LENGTH_LIMIT:
        raise LocalProtocolError(f"a {what} has no more than {LENGTH_LIMIT} bytes", rule="MQTT 5.0 §1.5.6")
    return len(data).to_bytes(2, "big") + data


def emit_text(text: str, what: str) -> bytes:
    """A text behind its length. Raises LocalProtocolError for NUL and for half of a surrogate pair."""
    if "\0" in text:
        raise LocalProtocolError(f"NUL in a {what}", rule=f"{_TEXT} [MQTT-1.5.4-2]")
    try:
        return emit_binary(text.encode(), what)
    except UnicodeEncodeError:
        raise LocalProtocolError(f"half of a surrogate pair in a {what}", rule=f"{_TEXT} [MQTT-1.5.4-1]") from None

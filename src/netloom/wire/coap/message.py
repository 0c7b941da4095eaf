"""One CoAP message over UDP: header, token, options, payload (RFC 7252 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.coap.codes import EMPTY, OPTIONS, TYPES, code_name, is_critical

if TYPE_CHECKING:
    from collections.abc import Iterable

DATAGRAM_LIMIT = 65_507
TOKEN_LIMIT = 8
_MARKER = 0xFF
_NUMBERS = 0xFFFF
_RESERVED = (1, 6, 7)


class Message(Struct, frozen=True):
    """`options` are numbers and values, sorted by number; several of one number stay in their order."""

    type: int
    code: int
    id: int
    token: bytes = b""
    options: tuple[tuple[int, bytes], ...] = ()
    payload: bytes = b""

    @property
    def is_request(self) -> bool:
        return 0 < self.code < 32

    @property
    def is_response(self) -> bool:
        return self.code >> 5 >= 2

    def values(self, number: int) -> tuple[bytes, ...]:
        """All values of an option."""
        return tuple(value for found, value in self.options if found == number)

    def value(self, number: int) -> bytes | None:
        """The value of an option that is there once; what comes after the first doesn't count (§5.4.5)."""
        return next((value for found, value in self.options if found == number), None)

    def uint(self, number: int) -> int | None:
        """An option that is a number; None where it isn't there."""
        value = self.value(number)
        return None if value is None else int.from_bytes(value)

    def texts(self, number: int) -> tuple[str, ...]:
        """All values of an option that is text; what is no UTF-8 stays as lone surrogates."""
        return tuple(value.decode("utf-8", "surrogateescape") for value in self.values(number))


def uint(number: int) -> bytes:
    """A number as an option has it: without leading zeros, none for 0 (§3.2)."""
    return number.to_bytes((number.bit_length() + 7) // 8)


def sorted_options(options: Iterable[tuple[int, bytes]]) -> tuple[tuple[int, bytes], ...]:
    """Options in the order in which a message has them."""
    return tuple(sorted(options, key=lambda each: each[0]))


def parse(data: bytes) -> Message:
    """A datagram's message. Raises RemoteProtocolError."""
    if len(data) < 4:
        raise _wrong(f"{len(data)} octets are no header", len(data), "§3")
    version, kind, length = data[0] >> 6, data[0] >> 4 & 3, data[0] & 15
    if version != 1:
        raise _wrong(f"version {version}, not 1", 0, "§3")
    if length > TOKEN_LIMIT:
        raise _wrong(f"a token of {length} octets", 0, "§3")
    code, number = data[1], int.from_bytes(data[2:4])
    if code >> 5 in _RESERVED:
        raise _wrong(f"the class of {code_name(code)} is reserved", 1, "§3")
    if code == EMPTY and (length or len(data) > 4):
        raise _wrong("an empty message has something in it", 4, "§4.1")
    at = 4 + length
    if len(data) < at:
        raise _wrong("it ends within the token", len(data), "§3")
    options, payload = parse_options(data, at)
    return Message(kind, code, number, data[4:at], options, payload)


def parse_options(data: bytes, at: int) -> tuple[tuple[tuple[int, bytes], ...], bytes]:
    """Options from an offset on, and the payload behind them. Raises RemoteProtocolError."""
    options: list[tuple[int, bytes]] = []
    number = 0
    while at < len(data):
        first = data[at]
        if first == _MARKER:
            if at + 1 == len(data):
                raise _wrong("a payload is announced and isn't there", at, "§3")
            return tuple(options), data[at + 1 :]
        start = at
        delta, at = _extended(first >> 4, data, at + 1, start)
        size, at = _extended(first & 15, data, at, start)
        number += delta
        if number > _NUMBERS:
            raise _wrong(f"there is no option {number}", start, "§3.1")
        if at + size > len(data):
            raise _wrong(f"option {number} of {size} octets isn't whole", start, "§3.1")
        options.append((number, data[at : at + size]))
        at += size
    return tuple(options), b""


def emit(message: Message) -> bytes:
    """A datagram. Raises LocalProtocolError for what doesn't fit one."""
    if not 0 <= message.type < len(TYPES) or not 0 <= message.id <= _NUMBERS:
        raise LocalProtocolError("there is no such type, or no such id", rule="RFC 7252 §3")
    if len(message.token) > TOKEN_LIMIT:
        raise LocalProtocolError(f"a token has at most {TOKEN_LIMIT} octets", rule="RFC 7252 §3")
    if message.code == EMPTY and (message.token or message.options or message.payload):
        raise LocalProtocolError("an empty message has nothing in it", rule="RFC 7252 §4.1")
    head = bytes([0x40 | message.type << 4 | len(message.token), message.code]) + message.id.to_bytes(2)
    made = head + message.token + emit_options(message.options)
    if message.payload:
        made += b"\xff" + message.payload
    if len(made) > DATAGRAM_LIMIT:
        raise LocalProtocolError(f"{len(made)} octets don't fit a datagram", rule="RFC 7252 §4.6")
    return made


def emit_options(options: Iterable[tuple[int, bytes]]) -> bytes:
    """Options, which are sorted. Raises LocalProtocolError."""
    made = bytearray()
    before = 0
    for number, value in options:
        known = OPTIONS.get(number)
        if number < before or number > _NUMBERS or (known is not None and not known[2] <= len(value) <= known[3]):
            name = known[0] if known is not None else f"option {number}"
            raise LocalProtocolError(f"{name} can't have {len(value)} octets, or stand there", rule="RFC 7252 §3.1")
        delta, more = _nibble(number - before)
        size, longer = _nibble(len(value))
        made.append(delta << 4 | size)
        made += more + longer + value
        before = number
    return bytes(made)


def unknown_critical(message: Message, understood: Iterable[int]) -> int | None:
    """A critical option that isn't understood: not by its number, its length, or how often it is there (§5.4)."""
    seen: set[int] = set()
    known = set(understood)
    for number, value in message.options:
        if is_critical(number):
            _, _, shortest, longest, repeats = OPTIONS.get(number, ("", "", 0, 0, True))
            again = number in seen and not repeats
            if number not in known or again or not shortest <= len(value) <= longest:
                return number
        seen.add(number)
    return None


def _extended(nibble: int, data: bytes, at: int, start: int) -> tuple[int, int]:
    """A delta or a length, and where it ends."""
    if nibble < 13:
        return nibble, at
    if nibble == 15:
        raise _wrong("15 is no delta and no length", start, "§3.1")
    size = nibble - 12
    if at + size > len(data):
        raise _wrong("it ends within an option", len(data), "§3.1")
    return int.from_bytes(data[at : at + size]) + (13 if size == 1 else 269), at + size


def _nibble(number: int) -> tuple[int, bytes]:
    if number < 13:
        return number, b""
    if number < 269:
        return 13, (number - 13).to_bytes(1)
    return 14, (number - 269).to_bytes(2)


def _wrong(words: str, offset: int, section: str) -> RemoteProtocolError:
    return RemoteProtocolError(words, rule=f"RFC 7252 {section}", offset=offset)

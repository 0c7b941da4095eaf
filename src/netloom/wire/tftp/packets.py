"""TFTP's six packets (RFC 1350 §5, RFC 2347)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS_LIMIT = 32
"""Options in a packet."""
REQUEST_LIMIT = 512
"""Octets that a request of ours may have (RFC 2347): what others send may be longer."""
DATA_LIMIT = 65464
"""Octets in a block at most (RFC 2348)."""


class Opcode(IntEnum):
    """What a packet is."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class Code(IntEnum):
    """Why something was refused (RFC 1350 §5, appendix; 8 is RFC 2347's)."""

    UNDEFINED = 0
    NOT_FOUND = 1
    ACCESS = 2
    FULL = 3
    ILLEGAL = 4
    UNKNOWN_ID = 5
    EXISTS = 6
    NO_USER = 7
    OPTIONS = 8


class Request(Struct, frozen=True):
    """RRQ, or WRQ where it `writes`: a file's name, a mode in lower case, options with names in lower case, in order.

    Octets of the name that are no UTF-8 are lone surrogates (PEP 383).
    """

    name: str
    mode: str = "octet"
    options: dict[str, str] = {}
    writes: bool = False


class Data(Struct, frozen=True):
    """A block by its 16-bit number."""

    block: int
    payload: bytes = b""


class Ack(Struct, frozen=True):
    """A block by its 16-bit number has come, and all before it."""

    block: int


class Refusal(Struct, frozen=True):
    """An ERROR packet, which ends everything."""

    code: int
    text: str = ""


class OptionAck(Struct, frozen=True):
    """The options that were agreed to, names in lower case."""

    options: dict[str, str]


Packet = Request | Data | Ack | Refusal | OptionAck


def parse(data: bytes) -> Packet:
    """A datagram's packet. Raises RemoteProtocolError."""
    if len(data) < 2:
        raise RemoteProtocolError(f"{len(data)} octets are no packet", rule="RFC 1350 §5", seen=data)
    number = int.from_bytes(data[:2], "big")
    if number in (Opcode.DATA, Opcode.ACK):
        return _numbered(number, data)
    if number == Opcode.ERROR:
        if len(data) < 4:
            raise RemoteProtocolError("an error without its code", rule="RFC 1350 §5", offset=len(data), seen=data)
        # Some send the text without the NUL at its end
        text = data[4:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
        return Refusal(int.from_bytes(data[2:4], "big"), text)
    if number in (Opcode.RRQ, Opcode.WRQ, Opcode.OACK):
        texts = _texts(data)
        if number == Opcode.OACK:
            return OptionAck(_options(texts, data))
        if len(texts) < 2 or not texts[0]:
            raise RemoteProtocolError("a request has a name and a mode", rule="RFC 1350 §5", offset=2, seen=data[:64])
        name = texts[0].decode("utf-8", "surrogateescape")
        mode = texts[1].decode("ascii", "backslashreplace").lower()
        return Request(name, mode, _options(texts[2:], data), number == Opcode.WRQ)
    raise RemoteProtocolError(f"{number} is no opcode", rule="RFC 1350 §5", offset=0, seen=data[:64])


def _numbered(number: int, data: bytes) -> Data | Ack:
    if len(data) < 4:
        raise RemoteProtocolError("a packet without its block's number", rule="RFC 1350 §5", offset=len(data))
    block = data[2] << 8 | data[3]
    if number == Opcode.ACK:
        return Ack(block)  # what some send after it means nothing
    if len(data) - 4 > DATA_LIMIT:
        raise RemoteProtocolError(f"a block of {len(data) - 4} octets", rule="RFC 2348", offset=4 + DATA_LIMIT)
    return Data(block, data[4:])


def _texts(data: bytes) -> list[bytes]:
    texts = data[2:].split(b"\0")
    if len(texts) > 2 * OPTIONS_LIMIT + 3:
        raise RemoteProtocolError(f"more than {OPTIONS_LIMIT} options", rule="RFC 2347", seen=data[:64])
    if texts.pop():
        raise RemoteProtocolError("a text doesn't end in NUL", rule="RFC 1350 §5", offset=len(data), seen=data[:64])
    return texts


def _options(texts: list[bytes], data: bytes) -> dict[str, str]:
    if len(texts) % 2:
        raise RemoteProtocolError("an option without a value", rule="RFC 2347", offset=len(data), seen=data[:64])
    found: dict[str, str] = {}
    for name, value in zip(texts[::2], texts[1::2], strict=True):
        key = name.decode("ascii", "backslashreplace").lower()
        if not key or key in found:
            raise RemoteProtocolError("an option without a name, or twice", rule="RFC 2347", seen=data[:64])
        found[key] = value.decode("ascii", "backslashreplace")
    return found


def emit(packet: Packet) -> bytes:
    """A packet's octets. Raises LocalProtocolError, for NUL in a text among others."""
    if isinstance(packet, Data):
        if len(packet.payload) > DATA_LIMIT:
            raise LocalProtocolError(f"a block of {len(packet.payload)} octets: {DATA_LIMIT} at most", rule="RFC 2348")
        return b"\0\3" + _block(packet.block) + packet.payload
    if isinstance(packet, Ack):
        return b"\0\4" + _block(packet.block)
    if isinstance(packet, Refusal):
        return b"\0\5" + _block(packet.code) + _text(packet.text)
    if isinstance(packet, OptionAck):
        return b"\0\6" + _pairs(packet.options)
    if not packet.name or not packet.mode:
        raise LocalProtocolError("a request has a name and a mode", rule="RFC 1350 §5")
    opcode = b"\0\2" if packet.writes else b"\0\1"
    return opcode + _text(packet.name) + _text(packet.mode) + _pairs(packet.options)


def _block(number: int) -> bytes:
    if not 0 <= number <= 0xFFFF:
        raise LocalProtocolError(f"{number} isn't a number of 16 bits", rule="RFC 1350 §5")
    return number.to_bytes(2, "big")


def _text(text: str) -> bytes:
    if "\0" in text:
        raise LocalProtocolError("NUL in a text", rule="RFC 1350 §5")
    try:
        return text.encode("utf-8", "surrogateescape") + b"\0"
    except UnicodeEncodeError:
        raise LocalProtocolError("a text that isn't UTF-8", rule="RFC 1350 §5") from None


def _pairs(options: Mapping[str, str]) -> bytes:
    if len(options) > OPTIONS_LIMIT or not all(options):
        raise LocalProtocolError(f"1 to {OPTIONS_LIMIT} options, each with a name", rule="RFC 2347")
    return b"".join(_text(text) for pair in options.items() for text in pair)

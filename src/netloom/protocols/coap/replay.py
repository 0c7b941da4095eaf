"""CoAP, replayed: requests by method and options; answers take over id and token (RFC 7252 §4.4, §5.3)."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import SERVER
from netloom.packet.tape.buffered import Whole
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.coap.message import Message, parse

_HOST, _PORT = 3, 7
_HEADER = 4
"""Octets before the token."""


class Replay(Part):
    """One pair of places."""

    adapts: ClassVar[frozenset[str]] = frozenset({SERVER})

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self._tokens: dict[bytes, bytes] = {}

    def units(self, _: str) -> Units:
        """Datagrams."""
        return _Units()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember what the answers will be recognised by."""
        if recorded.about is not None and heard.about is not None:
            self._ids[recorded.about.id] = heard.about.id
            self._tokens[recorded.about.token] = heard.about.token

    def adapt(self, unit: Unit) -> bytes:
        """An answer to what was asked in fact. A confirmable or non-confirmable one has an id of its own."""
        message: Message | None = unit.about
        if message is None:
            return unit.data
        number = self._ids.get(message.id, message.id) if message.type > 1 else message.id
        token = self._tokens.get(message.token, message.token)
        head = bytes([unit.data[0] & 0xF0 | len(token), message.code])
        return head + number.to_bytes(2) + token + unit.data[_HEADER + len(message.token) :]

    def answers(self, asked: Unit, answer: Unit) -> bool:
        """By the token; what is empty by the id."""
        one, other = asked.about, answer.about
        if one is None or other is None:
            return False
        return bool(one.token == other.token if other.code else one.id == other.id)


class _Units(Whole):
    def unit(self, sender: str, data: bytes) -> Unit:
        try:
            message = parse(data)
        except RemoteProtocolError:
            return Unit(sender, data, data.hex())
        options = [(number, value) for number, value in message.options if number not in (_HOST, _PORT)]
        return Unit(sender, data, f"{message.type} {message.code} {options} {message.payload!r}", message)
